"""A raw-socket HTTP server that says exactly the bytes it is told, faults included."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

Step = bytes | float
"""Bytes to send, or seconds to wait."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Play = Iterable[Step] | Callable[[Asked], Iterable[Step]]


def answer(
    body: bytes | Any, status: int = 200, *, media: str = "application/json", **headers: str
) -> list[Step]:
    """A whole, correct answer; header names are written with _ for -."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", f"Content-Type: {media}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join([*lines, "", ""]).encode() + content]


def raw(head: str, *steps: Step) -> list[Step]:
    """Whatever one likes: head lines parted by newlines, then steps."""
    return [head.strip().replace("\n", "\r\n").encode() + b"\r\n\r\n", *steps]


class FaultServer:
    """Plays its plays one request after the other; the last one again and again.

    A play is one answer; after it the connection is closed, unless it was a whole answer.
    """

    def __init__(self, *plays: Play, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._plays = list(plays)
        self.asked: list[Asked] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._listener.close()
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            sock = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
        except OSError:  # the client broke off the handshake
            plain.close()
            return
        with sock, sock.makefile("rb") as reader:
            try:
                while asked := _read(reader):
                    steps = self._next(asked)
                    for step in steps:
                        self._stopped.wait(step) if isinstance(step, float) else sock.sendall(step)
                    if len(steps) != 1 or not _measured(steps[0]):
                        return
            except OSError:
                return

    def _next(self, asked: Asked) -> list[Step]:
        with self._lock:
            self.asked.append(asked)
            play = self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]
        return list(play(asked) if callable(play) else play)


def _measured(step: Step) -> bool:
    return isinstance(step, bytes) and b"Content-Length" in step


def _read(reader: Any) -> Asked | None:
    first = reader.readline().decode().split()
    if len(first) < 2:
        return None
    headers = {}
    while line := reader.readline().strip().decode():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))
    return Asked(first[0], first[1], headers, body)
