"""A real SFTP server over one folder, as a system of the sandbox that drops files by SSH."""

import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)
from paramiko.sftp import SFTP_NO_SUCH_FILE, SFTP_PERMISSION_DENIED


class _Doorkeeper(paramiko.ServerInterface):
    """Lets known users in by password or key, to sessions alone."""

    def __init__(self, passwords: Mapping[str, str], keys: Mapping[str, paramiko.PKey]) -> None:
        self._passwords, self._keys = passwords, keys

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - their signature
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        known = self._passwords.get(username) == password
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = self._keys.get(username) == key
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002
        allowed = kind == "session"
        return OPEN_SUCCEEDED if allowed else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class _Folder(paramiko.SFTPServerInterface):
    """Reads one folder; nothing can be written."""

    def __init__(self, server: paramiko.ServerInterface, folder: Path) -> None:
        super().__init__(server)
        self._folder = folder

    def _place(self, path: str) -> Path:
        return self._folder / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> list[SFTPAttributes] | int:
        place = self._place(path)
        if not place.is_dir():
            return SFTP_NO_SUCH_FILE
        return [SFTPAttributes.from_stat(file.stat(), file.name) for file in place.iterdir()]

    def stat(self, path: str) -> SFTPAttributes | int:
        place = self._place(path)
        if not place.exists():
            return SFTP_NO_SUCH_FILE
        return SFTPAttributes.from_stat(place.stat())

    lstat = stat

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> SFTPHandle | int:  # noqa: ARG002
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            return SFTP_PERMISSION_DENIED
        try:
            file = self._place(path).open("rb")
        except FileNotFoundError:
            return SFTP_NO_SUCH_FILE
        except PermissionError:
            return SFTP_PERMISSION_DENIED
        handle = SFTPHandle(flags)
        handle.readfile = file  # type: ignore[attr-defined]
        handle.stat = lambda: SFTPAttributes.from_stat(os.fstat(file.fileno()))  # type: ignore[method-assign]
        return handle


class SftpServer:
    """Serves a folder on a free port of 127.0.0.1 while it is a context.

    Args:
        folder: what is served, read only.
        passwords: user -> password.
        keys: user -> public key, as text of an authorized_keys line.

    Attributes:
        port: the port.
        host_key: the server's public key, as connections pin it.
    """

    def __init__(
        self, folder: Path, passwords: Mapping[str, str], keys: Mapping[str, paramiko.PKey] = {}
    ) -> None:
        self._folder, self._passwords, self._keys = folder, passwords, keys
        self._key = paramiko.ECDSAKey.generate()
        self.host_key = f"{self._key.get_name()} {self._key.get_base64()}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sessions: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End every session, as a server does that is restarted."""
        while self._sessions:
            self._sessions.pop().close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(paramiko.SSHException, EOFError, OSError):
            session = paramiko.Transport(plain)
            self._sessions.append(session)
            session.add_server_key(self._key)
            session.set_subsystem_handler("sftp", SFTPServer, _Folder, self._folder)
            session.start_server(server=_Doorkeeper(self._passwords, self._keys))
