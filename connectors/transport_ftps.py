"""Files over FTP with explicit TLS (RFC 4217): certificate verified, data channel private.

The data channel goes to the address that was resolved, whatever the server names; its port is
the server's choice, as the protocol has it.
"""

import ftplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import cast

from connectors.connection import Connection
from connectors.egress import resolve
from connectors.line import Clock, TimedTlsSocket, connect, tls_context, tls_failure
from connectors.listing import Entry, below, check_size, listed, moment
from connectors.login import read_secret
from connectors.patience import Patience
from connectors.source import Source
from connectors.transport import Reply, Wire
from contracts.errors import HubError, SourceRefused, SourceUnavailable

_CHUNK = 256 * 1024
_BROKEN = (ftplib.Error, OSError, EOFError)
_UNKNOWN = ("500", "501", "502", "504")


def open_transport(source: Source, patience: Patience) -> "FtpsTransport":
    """Return the transport of an ``ftps://`` connection."""
    return FtpsTransport(source.connection, patience, patience.read or source.system.read_seconds)


class _PinnedFtps(ftplib.FTP_TLS):
    """Connects to the resolved address; both channels are timed and verified."""

    def __init__(self, connection: Connection, clock: Clock, silence: float) -> None:
        super().__init__(context=tls_context(connection), timeout=silence)
        self._clock = clock

    def greet(self, address: str, origin: tuple[str, str, int], opening: float) -> None:
        """Connect, switch to TLS and make the data channel private."""
        _, self.host, self.port = origin
        self.sock = connect(address, self.port, self._clock, opening)
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        self.auth()
        self.sock.settimeout(self.timeout)
        cast("TimedTlsSocket", self.sock).clock = self._clock

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """Open a data channel in the control channel's TLS session, as many servers insist."""
        plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - TLS is put on below
        session = cast("ssl.SSLSocket", self.sock).session
        private = self.context.wrap_socket(plain, server_hostname=self.host, session=session)
        cast("TimedTlsSocket", private).clock = self._clock
        return private, size


class FtpsTransport:
    """Lists and reads below the connection's folder over one session.

    Args:
        connection: where.
        patience: limits of time.
        silence: longest silence while an answer is awaited, seconds.
    """

    def __init__(self, connection: Connection, patience: Patience, silence: float) -> None:
        self._connection, self._opening, self._silence = connection, patience.connect, silence
        self._clock = Clock(patience)
        self._address = resolve(connection)
        self._ftp: _PinnedFtps | None = None

    def close(self) -> None:
        """Let go of the session without a goodbye, which another process may still use."""
        if self._ftp:
            self._ftp.close()
        self._ftp = None

    def send(self, wire: Wire, most: int) -> Reply:
        """Return a file or 404, or which file of a folder matches.

        Raises:
            SourceUnavailable: NET-*; while a file is read: TRUNCATED, PARTIAL-FILE, NET-SLOW.
            SourceRefused: AUTH, TLS, TLS-CLIENT.
            SourceUnsafe: EGRESS, the path leaves the folder.
            ContractBroken: TOO-BIG.
        """
        self._clock.start()
        path = below(self._connection.base, wire.path)
        try:
            ftp = self._open()
            if wire.method == "LIST":
                return listed(self._entries(ftp, path), wire)
            before = _stat(ftp, path)
            check_size(before[0], most)
            channel = ftp.transfercmd(f"RETR {path}")
        except _BROKEN as error:
            if _is_missing(error):
                return Reply(404, {}, iter(()))
            raise self._told(error) from error
        return Reply(200, {}, self._read(ftp, channel, path, before), close=channel.close)

    def _entries(self, ftp: _PinnedFtps, folder: str) -> Iterator[Entry]:
        base = self._connection.base
        try:
            for name, facts in ftp.mlsd(folder, ["type", "size", "modify"]):
                if facts.get("type", "file") == "file":
                    path = f"{folder}/{name}".removeprefix(base)
                    yield Entry(path, int(facts.get("size", 0)), _moment(facts.get("modify", "")))
        except ftplib.error_perm as error:
            if not str(error).startswith(_UNKNOWN):
                raise
            for name in ftp.nlst(folder):  # a server older than RFC 3659
                path = f"{folder}/{name.rpartition('/')[2]}"
                with suppress(ftplib.error_perm):
                    yield Entry(path.removeprefix(base), *_stat(ftp, path))

    def _read(
        self, ftp: _PinnedFtps, channel: socket.socket, path: str, before: tuple[int, str]
    ) -> Iterator[bytes]:
        received = 0
        try:
            with channel:
                while chunk := channel.recv(_CHUNK):
                    received += len(chunk)
                    yield chunk
            ftp.voidresp()
            after = _stat(ftp, path)
        except _BROKEN as error:
            raise self._told(error, begun=True) from error
        if before != after:
            raise SourceUnavailable("The file is still being written", code="PARTIAL-FILE")
        if received != after[0]:
            raise SourceUnavailable("The file is cut off", code="TRUNCATED")

    def _open(self) -> _PinnedFtps:
        if self._ftp is None:
            self._ftp = _PinnedFtps(self._connection, self._clock, self._silence)
            self._ftp.greet(self._address, self._connection.origin, self._opening)
            self._ftp.login(self._connection.username, read_secret(self._connection))
            self._ftp.prot_p()
        return self._ftp

    def _told(self, error: Exception, *, begun: bool = False) -> HubError:
        self.close()
        match error:
            case ssl.SSLError() if not begun:
                return tls_failure(error)
            case TimeoutError():
                return SourceUnavailable("The source fell silent", code="NET-TIMEOUT")
            case ftplib.error_perm():
                told = str(error)[:3]
                return SourceRefused("The source does not let us in", code="AUTH", seen=told)
            case _ if begun:
                return SourceUnavailable("The file is cut off", code="TRUNCATED")
        return SourceUnavailable("The source hung up", code="NET-CONNECT", seen=str(error)[:3])


def _is_missing(error: Exception) -> bool:
    return isinstance(error, ftplib.error_perm) and str(error).startswith("550")


def _stat(ftp: _PinnedFtps, path: str) -> tuple[int, str]:
    """Return size and time of a file; the time is empty where the server tells none."""
    ftp.voidcmd("TYPE I")  # a listing has switched to text, in which sizes are not told
    size = ftp.size(path)
    try:
        told = ftp.voidcmd(f"MDTM {path}").partition(" ")[2]
    except ftplib.error_perm as error:
        if not str(error).startswith(_UNKNOWN):
            raise
        told = ""
    return size or 0, _moment(told)


def _moment(told: str) -> str:
    """Return a time of RFC 3659 (``20261120173000.123``, UTC) as text that sorts."""
    if not told[:14].isdigit():
        return ""
    whole = datetime.strptime(told[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return moment(whole.timestamp())
