"""Readers: a small HTTP client of their own, many at once, in a process of their own.

``python -m benchmarks.size_reader`` reads what to do as JSON and prints one row per answer: kind,
milliseconds, status, bytes on the wire, seconds since the start.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

HEADERS = (
    "Host: {host}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n"
    "X-Reader: {name}\r\nX-Forwarded-Groups: {groups}\r\n\r\n"
)
NAME_HEADER = "X-Reader"
"""By which the server is told of a person, as a proxy would."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        status: HTTP status.
        headers: names in lower case.
        size: bytes on the wire, head and body.
        body: as sent, compressed or not.
        milliseconds: from the first byte sent to the last one received.
    """

    status: int
    headers: Mapping[str, str]
    size: int
    body: bytes
    milliseconds: float


class Connection:
    """One kept-alive connection to one server."""

    def __init__(self, host: str, port: int, *, name: str, groups: str = "") -> None:
        self._host, self._port = host, port
        self._head = HEADERS.format(host=f"{host}:{port}", name=name, groups=groups)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, address: str) -> Answer:
        """Ask for an address; open the connection anew where the server closed it meanwhile."""
        started = time.perf_counter()
        if self._streams is not None:
            try:
                return await self._ask(address, started)
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()
        return await self._ask(address, started)

    async def _ask(self, address: str, started: float) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(f"GET {address} HTTP/1.1\r\n{self._head}".encode())
        told = await reader.readuntil(b"\r\n\r\n")
        first, *lines = told.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        body = await _body(reader, headers)
        spent = (time.perf_counter() - started) * 1000
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(first.split()[1]), headers, len(told) + len(body), body, spent)

    def close(self) -> None:
        """Close the connection; the next question opens it anew."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


async def read(job: Mapping[str, Any]) -> list[tuple[str, float, int, int, float]]:
    """Let readers ask until the time is over; return one row per answer."""
    begun = time.perf_counter()
    rows: list[tuple[str, float, int, int, float]] = []

    async def reader(number: int) -> None:
        draw = Random(number)
        connection = Connection(job["host"], job["port"], name=f"reader-{number}")
        await asyncio.sleep(draw.random() * max(job["think"], 0.5))
        while (now := time.perf_counter() - begun) < job["seconds"]:
            kind, address = draw.choice(job["addresses"])
            answer = await connection.get(address)
            rows.append((kind, answer.milliseconds, answer.status, answer.size, now))
            if job["think"]:
                await asyncio.sleep(draw.expovariate(1 / job["think"]))
        connection.close()

    await asyncio.gather(*(reader(number) for number in range(job["readers"])))
    return rows


def main() -> None:
    """Read the job, let readers ask, print what they saw."""
    print(json.dumps(asyncio.run(read(json.load(sys.stdin)))))


if __name__ == "__main__":
    main()
