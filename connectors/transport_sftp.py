"""Files over SFTP: the server's key is the one of the connection, or nothing is said to it."""

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import paramiko

from connectors.connection import Connection
from connectors.egress import resolve
from connectors.line import Clock, connect
from connectors.listing import Entry, below, check_size, listed, moment
from connectors.login import read_secret
from connectors.patience import Patience
from connectors.source import Source
from connectors.transport import Reply, Wire
from contracts.errors import ConfigError, HubError, SourceRefused, SourceUnavailable

_PIECE = 32_768
_PIECES = 32
"""Pieces asked for at once: a line of 100 ms then carries 10 MB a second, and no more than
1 MiB waits in memory."""
_BROKEN = (paramiko.SSHException, OSError, EOFError)
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


def open_transport(source: Source, patience: Patience) -> "SftpTransport":
    """Return the transport of an ``sftp://`` connection."""
    return SftpTransport(source.connection, patience, patience.read or source.system.read_seconds)


class SftpTransport:
    """Lists and reads below the connection's folder over one SSH session.

    Args:
        connection: where; its ``certificate_key`` is our SSH key, the secret then its passphrase.
        patience: limits of time.
        silence: longest silence while an answer is awaited, seconds.
    """

    def __init__(self, connection: Connection, patience: Patience, silence: float) -> None:
        self._connection, self._opening, self._silence = connection, patience.connect, silence
        self._clock = Clock(patience)
        self._address = resolve(connection)
        self._ssh: paramiko.Transport | None = None
        self._files: paramiko.SFTPClient | None = None

    def close(self) -> None:
        """End the session and its threads."""
        if self._ssh:
            self._ssh.close()
        self._ssh = self._files = None

    def send(self, wire: Wire, most: int) -> Reply:
        """Return a file or 404, or which file of a folder matches.

        Raises:
            SourceUnavailable: NET-*; while a file is read: TRUNCATED, PARTIAL-FILE, NET-SLOW.
            SourceRefused: AUTH, HOST-KEY.
            SourceUnsafe: EGRESS, the path leaves the folder.
            ContractBroken: TOO-BIG.
        """
        self._clock.start()
        path = below(self._connection.base, wire.path)
        try:
            files = self._open()
            if wire.method == "LIST":
                return listed(self._entries(files, path), wire)
            file = files.open(path, "rb")
            check_size(file.stat().st_size or 0, most)
            _hush(file)
        except FileNotFoundError:
            return Reply(404, {}, iter(()))
        except _BROKEN as error:
            raise self._told(error) from error
        return Reply(200, {}, self._read(files, file, path))

    def _entries(self, files: paramiko.SFTPClient, folder: str) -> Iterator[Entry]:
        for held in files.listdir_attr(folder):
            path = f"{folder}/{held.filename}".removeprefix(self._connection.base)
            yield Entry(path, held.st_size, moment(held.st_mtime or 0))

    def _read(
        self, files: paramiko.SFTPClient, file: paramiko.SFTPFile, path: str
    ) -> Iterator[bytes]:
        try:
            before = file.stat()
            size, at = before.st_size or 0, 0
            while at < size:
                places = range(at, min(size, at + _PIECES * _PIECE), _PIECE)
                pieces = [(place, min(_PIECE, size - place)) for place in places]
                chunk = b"".join(file.readv(pieces))
                if not chunk:
                    raise EOFError
                at += len(chunk)
                yield chunk
            after = files.stat(path)
        except _BROKEN as error:
            raise self._told(error, begun=True) from error
        finally:
            with suppress(*_BROKEN):
                file.close()
        if (before.st_size, before.st_mtime) != (after.st_size, after.st_mtime):
            raise SourceUnavailable("The file is still being written", code="PARTIAL-FILE")

    def _open(self) -> paramiko.SFTPClient:
        if self._files is None:
            self._ssh = self._greet()
            self._files = self._ssh.open_sftp_client()
            assert self._files
            channel = self._files.get_channel()
            assert channel
            channel.settimeout(self._silence)
        return self._files

    def _greet(self) -> paramiko.Transport:
        pinned = _host_key(self._connection)
        port = self._connection.origin[2]
        ssh = paramiko.Transport(connect(self._address, port, self._clock, self._opening))
        ssh.banner_timeout = ssh.auth_timeout = self._opening
        kinds = _RSA if pinned.get_name() == "ssh-rsa" else (pinned.get_name(),)
        ssh.get_security_options().key_types = kinds
        self._ssh = ssh
        try:
            ssh.start_client(timeout=self._opening)
        except paramiko.ssh_exception.IncompatiblePeer as error:
            raise _another(pinned) from error
        if ssh.get_remote_server_key() != pinned:
            raise _another(pinned)
        if self._connection.certificate_key:
            ssh.auth_publickey(self._connection.username, _our_key(self._connection))
        else:
            ssh.auth_password(self._connection.username, read_secret(self._connection))
        return ssh

    def _told(self, error: Exception, *, begun: bool = False) -> HubError:
        """Return what broke; the clock speaks in the thread that reads, so it is asked there."""
        ours = _ours(error) or (_ours(self._ssh.get_exception()) if self._ssh else None)
        lasting = isinstance(error, PermissionError)
        if not lasting:
            self.close()
        if ours:
            return ours
        if lasting or isinstance(error, paramiko.AuthenticationException):
            return SourceRefused("The source does not let us in", code="AUTH")
        if isinstance(error, TimeoutError):
            return SourceUnavailable("The source fell silent", code="NET-TIMEOUT")
        if begun:
            return SourceUnavailable("The file is cut off", code="TRUNCATED")
        return SourceUnavailable("The source hung up", code="NET-CONNECT")


def _ours(error: BaseException | None) -> HubError | None:
    while error and not isinstance(error, HubError):
        error = error.__cause__ or error.__context__
    return error if isinstance(error, HubError) else None


def _hush(file: Any) -> None:
    """Let the thread in which paramiko asks for pieces end without a word on stderr."""
    file._prefetch_thread = partial(_quietly, file._prefetch_thread)  # noqa: SLF001


def _quietly(run: Callable[..., None], *args: Any) -> None:
    """Run what a thread runs; who reads meets the same error."""
    with suppress(*_BROKEN):
        run(*args)


def _host_key(connection: Connection) -> paramiko.PKey:
    kind, _, text = connection.host_key.partition(" ")
    try:
        return paramiko.PKey.from_type_string(kind, base64.b64decode(text.split(" ")[0]))
    except (paramiko.SSHException, binascii.Error, ValueError, IndexError) as error:
        raise ConfigError(
            "The host_key is no public key",
            where=connection.url,
            seen=connection.host_key[:40],
            allowed="ssh-ed25519 AAAA…, as in known_hosts without the name",
        ) from error


def _our_key(connection: Connection) -> paramiko.PKey:
    password = read_secret(connection) if connection.secret else None
    try:
        return paramiko.PKey.from_path(str(connection.certificate_key), password=password)
    except (paramiko.SSHException, OSError, ValueError) as error:
        raise ConfigError("Our key cannot be read", where=connection.url) from error


def _another(pinned: paramiko.PKey) -> SourceRefused:
    return SourceRefused(
        "The server shows another key than the pinned one",
        code="HOST-KEY",
        allowed=f"{pinned.get_name()} {pinned.fingerprint}",
        action="ask the agency by another way whether its key changed, then correct host_key",
    )
