"""HTTP with the doors shut: one address, own limits, own unpacking, no environment, no cookies.

The pool of urllib3 (what requests itself runs on) for exactly one address is used directly: of
what requests adds (proxies, netrc, cookies, redirects) all would have to be switched off again.
"""

import http.client
import logging
import socket
import ssl
import zlib
from collections.abc import Iterator
from typing import Any

import urllib3
from urllib3 import exceptions as broken
from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.connection import Connection
from connectors.egress import redirect_target, resolve
from connectors.line import Clock, TimedTlsSocket, connect, tls_context, tls_failure
from connectors.patience import Patience
from connectors.transport import Reply, Wire
from contracts.errors import (
    ContractBroken,
    HubError,
    SourceRefused,
    SourceUnavailable,
    SourceUnsafe,
)

_CHUNK = 1024 * 1024
_REDIRECTS = 3
_MOVED = {301, 302, 303, 307, 308}
_KEPT_METHOD = {307, 308}
_NO_CONTENT = 204
_LENGTHS = {"content-length", "transfer-encoding"}


_BROKEN = (broken.HTTPError, OSError, http.client.HTTPException)


class _PinnedHttp(HTTPConnection):
    """Connects to the resolved address whatever the name says by now."""

    def __init__(self, *args: Any, address: str, clock: Clock, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self._address, self._clock = address, clock

    def _new_conn(self) -> socket.socket:
        return connect(self._address, self.port, self._clock, float(self.timeout or 10))


class _PinnedHttps(HTTPSConnection):
    """The same with TLS; the certificate must still bear the host's name."""

    def __init__(self, *args: Any, address: str, clock: Clock, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self._address, self._clock = address, clock

    def _new_conn(self) -> socket.socket:
        return connect(self._address, self.port, self._clock, float(self.timeout or 10))

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, TimedTlsSocket):
            self.sock.clock = self._clock


def _is_no_target(record: logging.LogRecord) -> bool:
    """Tell whether a record of urllib3 may be logged; at DEBUG it tells targets, keys included."""
    return record.levelno > logging.DEBUG


class HttpTransport:
    """Asks one origin over kept-alive connections."""

    def __init__(
        self, connection: Connection, patience: Patience, read_seconds: float, *, gzip: bool = False
    ) -> None:
        self._origin, self._base = connection.origin, connection.base
        self._coding = "gzip" if gzip else "identity"
        self._clock = Clock(patience)
        self._timeout = urllib3.Timeout(connect=patience.connect, read=read_seconds)
        self._pool = self._open(connection)

    def _open(self, connection: Connection) -> urllib3.HTTPConnectionPool:
        logging.getLogger("urllib3.connectionpool").addFilter(_is_no_target)
        scheme, host, port = self._origin
        pinned: dict[str, Any] = {"address": resolve(connection), "clock": self._clock}
        if scheme == "http":
            pool = urllib3.HTTPConnectionPool(host, port, maxsize=1, **pinned)
            pool.ConnectionCls = _PinnedHttp
            return pool
        context = tls_context(connection)
        tls = urllib3.HTTPSConnectionPool(host, port, maxsize=1, ssl_context=context, **pinned)
        tls.ConnectionCls = _PinnedHttps
        return tls

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._pool.close()

    def send(self, wire: Wire, most: int) -> Reply:
        """Send a request and follow up to 3 redirects within the origin.

        Raises:
            SourceUnavailable: NET-*, TRUNCATED, HTTP-PROTO.
            SourceRefused: TLS, TLS-CLIENT, REDIRECT.
            SourceUnsafe: EGRESS, TLS-DOWNGRADE, HTTP-SMUGGLE.
            ContractBroken: while the body is read: TOO-BIG, CTYPE (an unknown content coding),
                GZIP-TRAILER, GZIP-CRC.
        """
        target = self._base + wire.target
        for _ in range(_REDIRECTS + 1):
            response = self._ask(wire, target)
            if response.status not in _MOVED:
                headers = {name.lower(): text for name, text in response.headers.itermerged()}
                measured = response.status == _NO_CONTENT or bool(_LENGTHS & headers.keys())
                body = _body(response, most)
                return Reply(response.status, headers, body, measured, response.close)
            location = response.headers.get("location", "")
            response.close()
            target = redirect_target(self._origin, target, location)
            if wire.method != "GET" and response.status not in _KEPT_METHOD:
                break
        raise SourceRefused(
            "The redirects lead nowhere", code="REDIRECT", allowed=f"{_REDIRECTS} hops of a GET"
        )

    def _ask(self, wire: Wire, target: str) -> urllib3.BaseHTTPResponse:
        self._clock.start()
        headers = {"Accept-Encoding": self._coding, "User-Agent": "lien-thong", **wire.headers}
        try:
            response = self._pool.urlopen(
                wire.method,
                target,
                wire.body,
                headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
            )
        except _BROKEN as error:
            raise _translated(error) from error
        if all(name in response.headers for name in _LENGTHS):
            response.close()
            raise SourceUnsafe("Two lengths for one answer", code="HTTP-SMUGGLE")
        return response


def _body(response: urllib3.BaseHTTPResponse, most: int) -> Iterator[bytes]:
    """Yield the unpacked body."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip"}:
        raise ContractBroken("An unknown content coding", code="CTYPE", seen=coding[:40])
    chunks = _raw(response, most)
    yield from _gunzip(chunks, most) if coding == "gzip" else chunks


def _raw(response: urllib3.BaseHTTPResponse, most: int) -> Iterator[bytes]:
    size = int(response.headers.get("content-length", "0"))
    while True:
        _check_size(size, most)
        try:
            chunk = response.read(_CHUNK, decode_content=False)
        except _BROKEN as error:
            raise _cut(error) from error
        if not chunk:
            return
        size = max(size, 0) if "content-length" in response.headers else size + len(chunk)
        yield chunk


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise ContractBroken(
            "The answer is too big", code="TOO-BIG", seen=f"{size} bytes", allowed=f"{most} bytes"
        )


def _gunzip(chunks: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Unpack exactly one gzip member; a cut, a tail or a wrong checksum is never passed over."""
    unpacker, size = zlib.decompressobj(31), 0
    for packed in chunks:
        rest = packed
        while rest:
            if unpacker.eof:
                raise ContractBroken("Bytes follow the end of the gzip", code="GZIP-TRAILER")
            try:
                chunk = unpacker.decompress(rest, _CHUNK)
            except zlib.error as error:
                raise ContractBroken("The gzip is damaged", code="GZIP-CRC") from error
            size += len(chunk)
            _check_size(size, most)
            rest = unpacker.unused_data or unpacker.unconsumed_tail
            yield chunk
    while not unpacker.eof:
        chunk = unpacker.decompress(unpacker.unconsumed_tail, _CHUNK)
        if not chunk and not unpacker.eof:
            raise SourceUnavailable("The gzip is cut off", code="GZIP-TRUNCATED")
        size += len(chunk)
        _check_size(size, most)
        yield chunk


def _cut(error: Exception) -> HubError:
    """Return what went wrong while a body was read."""
    if isinstance(error, broken.ReadTimeoutError | TimeoutError):
        return SourceUnavailable("The source fell silent", code="NET-TIMEOUT")
    if isinstance(error, broken.InvalidHeader):
        return _translated(error)
    return SourceUnavailable("The answer is cut off", code="TRUNCATED")


def _translated(error: Exception) -> HubError:
    """Return what went wrong before an answer's headers were complete."""
    cause = error.args[1] if isinstance(error, broken.ProtocolError) and error.args[1:] else error
    match cause:
        case broken.InvalidHeader():
            return SourceUnsafe("Two lengths for one answer", code="HTTP-SMUGGLE")
        case broken.SSLError() | ssl.SSLError():
            return tls_failure(cause)
        case broken.TimeoutError() | TimeoutError():
            return SourceUnavailable("The source does not answer", code="NET-TIMEOUT")
        case http.client.RemoteDisconnected() | ConnectionError():
            return SourceUnavailable("The source hung up", code="NET-CONNECT")
        case http.client.HTTPException() | broken.ProtocolError():
            return SourceUnavailable(
                "The answer is no HTTP", code="HTTP-PROTO", seen=type(cause).__name__
            )
    return SourceUnavailable("The source cannot be reached", seen=type(cause).__name__)
