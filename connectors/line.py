"""The line to a source: pinned to an address, timed at every read, verified where it is TLS."""

import socket
import ssl
import time
from typing import Any, TypeVar

from connectors.connection import Connection
from connectors.patience import Patience
from contracts.errors import HubError, SourceRefused, SourceUnavailable

_OURS = ("CERTIFICATE", "HANDSHAKE_FAILURE")  # alerts of a server that wants to know us

Received = TypeVar("Received", int, bytes)


class Clock:
    """Total deadline and least rate of one answer; asked at every read of the socket."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self.start()

    def start(self) -> None:
        """Begin a new answer."""
        self._began, self._bytes = time.monotonic(), 0

    def count(self, size: int) -> None:
        """Count received bytes.

        Raises:
            SourceUnavailable: NET-SLOW, past the deadline or below the least rate.
        """
        self._bytes += size
        passed = time.monotonic() - self._began
        limits = self._patience
        if passed > limits.answer or (
            passed > limits.grace and self._bytes < limits.slowest * passed
        ):
            raise SourceUnavailable(
                "The answer comes too slowly",
                code="NET-SLOW",
                seen=f"{self._bytes} bytes in {passed:.1f} s",
                allowed=f"{limits.slowest:.0f} bytes a second, {limits.answer:.0f} s in all",
            )


class TimedSocket(socket.socket):
    """A socket that asks the clock: a read timeout alone lets a drip of bytes go on for ever."""

    clock: Clock | None = None

    def recv(self, *args: Any) -> bytes:
        """Read as a socket does."""
        return _counted(super().recv(*args), self.clock)

    def recv_into(self, *args: Any) -> int:
        """Read as a socket does."""
        return _counted(super().recv_into(*args), self.clock)


class TimedTlsSocket(ssl.SSLSocket):
    """The same with TLS."""

    clock: Clock | None = None

    def recv(self, *args: Any) -> bytes:
        """Read as a socket does."""
        return _counted(super().recv(*args), self.clock)

    def recv_into(self, *args: Any) -> int:
        """Read as a socket does."""
        return _counted(super().recv_into(*args), self.clock)


def _counted(got: Received, clock: Clock | None) -> Received:
    if clock:
        clock.count(got if isinstance(got, int) else len(got))
    return got


def connect(address: str, port: int, clock: Clock | None, seconds: float) -> socket.socket:
    """Return a timed socket to exactly this address.

    Raises:
        SourceUnavailable: NET-TIMEOUT or NET-CONNECT.
    """
    try:
        plain = socket.create_connection((address, port), timeout=seconds)
    except TimeoutError as error:
        raise SourceUnavailable("No connection in time", code="NET-TIMEOUT") from error
    except OSError as error:
        raise SourceUnavailable(
            "The connection is refused", code="NET-CONNECT", seen=str(error.strerror)
        ) from error
    timed = TimedSocket(fileno=plain.detach())
    timed.settimeout(seconds)
    timed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    timed.clock = clock
    return timed


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Return a context that verifies, with the connection's own authority and certificate."""
    context = ssl.create_default_context(cafile=str(connection.ca) if connection.ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = TimedTlsSocket
    if connection.certificate:
        key = str(connection.certificate_key) if connection.certificate_key else None
        context.load_cert_chain(str(connection.certificate), key)
    return context


def tls_failure(error: Exception) -> HubError:
    """Sort a TLS failure: ours (certificate refused), theirs, or a line that broke.

    In TLS 1.3 a refused client certificate may show as a broken line; it then fails after
    retries as NET-CONNECT.
    """
    cause = error.args[0] if error.args and isinstance(error.args[0], ssl.SSLError) else error
    reason = str(getattr(cause, "reason", "") or "")
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return SourceUnavailable("The source hung up", code="NET-CONNECT")
    if "ALERT" in reason and any(word in reason for word in _OURS):
        return SourceRefused(
            "The source wants another certificate of ours", code="TLS-CLIENT", seen=reason
        )
    detail = getattr(cause, "verify_message", "") or reason
    return SourceRefused(
        "The source cannot prove who it is",
        code="TLS",
        seen=detail,
        action="correct the certificate or the connection's ca; verification is never turned off",
    )
