"""A small HTTP/1.1 server on raw asyncio: faults need the socket, benchmarks need the speed."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

MAX_REQUEST = 1 << 20
"""Bytes of a request's head or body; more is refused by closing the connection."""

_JOIN_BELOW = 1 << 16
"""Answers smaller than this are sent as one write."""


Bytes = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Request:
    """A request as received.

    Attributes:
        path: decoded path.
        query: last value by name.
        headers: last value by lower-case name.
        target: path and query as sent.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; ``parts`` are sent one after the other as its body."""

    status: int = 200
    parts: tuple[Bytes, ...] = ()
    kind: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.parts)

    def head(self, length: int | None) -> bytes:
        """Return status line and headers; no Content-Length where ``length`` is None."""
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        if self.kind:
            lines.append(f"Content-Type: {self.kind}")
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class Wire:
    """The sending side of one connection, for faults that misbehave on it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._room = asyncio.Event()
        self._room.set()

    def pause(self) -> None:
        """Note that the send buffer is full."""
        self._room.clear()

    def resume(self) -> None:
        """Note that the send buffer has room."""
        self._room.set()

    @property
    def is_open(self) -> bool:
        """Whether the connection still takes bytes."""
        return not self._transport.is_closing()

    def send(self, response: Response) -> None:
        """Send a correct answer."""
        length = sum(memoryview(part).nbytes for part in response.parts)
        head = response.head(length)
        if length < _JOIN_BELOW:
            self._transport.write(b"".join((head, *response.parts)))
            return
        first, *rest = response.parts
        self._transport.write(b"".join((head, first)))
        for part in rest:
            self._transport.write(part)

    async def write(self, data: Bytes) -> None:
        """Send bytes as they are and wait until there is room again."""
        if self.is_open:
            self._transport.write(data)
            await self._room.wait()

    def close(self) -> None:
        """End the connection after what was written (FIN)."""
        self._transport.close()

    def reset(self) -> None:
        """End the connection at once (RST)."""
        sock = self._transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


Stunt = Callable[[Wire], Awaitable[None]]
"""Takes the connection over; no further request is read from it."""

Handler = Callable[[Request], Response | Stunt]


class Connection(asyncio.Protocol):
    """One client connection; requests are answered one after the other."""

    def __init__(self, handler: Handler, tasks: set[asyncio.Task[None]]) -> None:
        self._handler = handler
        self._tasks = tasks
        self._buffer = bytearray()
        self._wire: Wire | None = None
        self._taken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport; answers leave at once."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=1 << 22)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire = Wire(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio asks so
        """Free whoever waits for room."""
        if self._wire:
            self._wire.resume()

    def pause_writing(self) -> None:
        """Pass on that the send buffer is full."""
        if self._wire:
            self._wire.pause()

    def resume_writing(self) -> None:
        """Pass on that the send buffer has room."""
        if self._wire:
            self._wire.resume()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request in the buffer."""
        self._buffer += data
        while not self._taken and (request := self._next()) is not None:
            self._answer(request)

    def _answer(self, request: Request) -> None:
        wire = self._wire
        assert wire is not None
        answer = self._handler(request)
        if isinstance(answer, Response):
            wire.send(answer)
            if request.headers.get("connection", "").lower() == "close":
                wire.close()
            return
        self._taken = True
        task = asyncio.ensure_future(_perform(answer, wire))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _next(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or len(self._buffer) > 2 * MAX_REQUEST:
            self._refuse_if(len(self._buffer) > MAX_REQUEST)
            return None
        head = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_REQUEST or "transfer-encoding" in headers:
            self._refuse_if(True)
            return None
        total = end + 4 + int(length)
        if len(self._buffer) < total:
            return None
        body = bytes(self._buffer[end + 4 : total])
        del self._buffer[:total]
        return _parse(head[0], headers, body)

    def _refuse_if(self, is_bad: bool) -> None:
        if is_bad and self._wire:
            self._taken = True
            self._wire.send(Response(400, kind=""))
            self._wire.close()


def _parse(line: str, headers: Mapping[str, str], body: bytes) -> Request:
    method, _, rest = line.partition(" ")
    target = rest.rpartition(" ")[0]
    path, _, query = target.partition("?")
    pairs = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    return Request(method, unquote(path), pairs, headers, body, target)


async def _perform(stunt: Stunt, wire: Wire) -> None:
    with contextlib.suppress(ConnectionError):
        await stunt(wire)


async def listen(handler: Handler, host: str, port: int) -> asyncio.Server:
    """Return a listening server; its stunts end with the loop."""
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: Connection(handler, tasks), host, port, backlog=512, reuse_address=True
    )
