"""A real FTP server with TLS on both channels over one folder, for systems that drop files.

The tests start it; its library comes with the extra ``dev``.
"""

import threading
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

with warnings.catch_warnings():  # it still stands on asyncore, which Python 3.12 drops
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]
    from pyftpdlib.handlers import TLS_FTPHandler  # type: ignore[import-untyped]
    from pyftpdlib.servers import FTPServer  # type: ignore[import-untyped]

_POLL_SECONDS = 0.05


class FtpsServer:
    """Serves a folder on a free port of 127.0.0.1 while it is a context.

    Args:
        folder: what is served, read only.
        login: the one user and its password.
        pair: PEM files of the server's certificate and private key.
        old: whether it is a server older than RFC 3659 (no MLSD, no MDTM).
    """

    def __init__(
        self, folder: Path, login: tuple[str, str], pair: tuple[Path, Path], *, old: bool = False
    ) -> None:
        users = DummyAuthorizer()
        users.add_user(*login, str(folder), perm="elr")
        known = dict(TLS_FTPHandler.proto_cmds)
        for name in ("MLSD", "MLST", "MDTM") if old else ():
            known.pop(name)
        handler = type(
            "Handler",
            (TLS_FTPHandler,),
            {
                "authorizer": users,
                "certfile": str(pair[0]),
                "keyfile": str(pair[1]),
                "tls_control_required": True,
                "tls_data_required": True,
                "proto_cmds": known,
                "auth_failed_timeout": 0,
            },
        )
        self._server = FTPServer(("127.0.0.1", 0), handler)
        self.port: int = self._server.socket.getsockname()[1]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            self._server.serve_forever(timeout=_POLL_SECONDS, blocking=False, handle_exit=False)
        self._server.close_all()
