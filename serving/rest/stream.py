"""Streams: files that leave while they are made, each over a connection of its own.

Their readers may be slow, so they never hold the connections that pages wait for; how many are
served at once is bounded, and PostgreSQL ends the snapshot of a reader who stopped reading.
"""

import zlib
from collections.abc import AsyncIterator, Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from threading import BoundedSemaphore

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from serving.problem import Problem
from serving.service import Service
from warehouse.database import Connection, connect, read_snapshot

LANES = 4
"""Files of one process at a time."""
GZIP_LEVEL = 4
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes for files."""

    service: Service
    _free: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(LANES))

    def open(self, stack: ExitStack) -> Connection:
        """Return a connection within a snapshot; both last as long as the stack is open.

        Raises:
            Problem: 503, every lane is taken.
            LoadConflict: the warehouse cannot be reached.
        """
        if not self._free.acquire(blocking=False):
            raise Problem(503, "BUSY", "as many files as may are being sent", allowed=str(LANES))
        stack.callback(self._free.release)
        conn = stack.enter_context(closing(connect(self.service.url, name="hub serve file")))
        stack.enter_context(read_snapshot(conn))
        return conn


def held(chunks: Generator[bytes, None, None], stack: ExitStack) -> Generator[bytes, None, None]:
    """Return chunks that let go of what they hold at their end, whoever ends them.

    The first chunk is made at once, so that what is wrong before it is still an answer of its own.
    """
    sending = _sending(chunks, stack)
    next(sending)
    return sending


def _sending(
    chunks: Generator[bytes, None, None], stack: ExitStack
) -> Generator[bytes, None, None]:
    with stack, closing(chunks):
        first = next(chunks, b"")
        yield b""
        yield first
        yield from chunks


def packed(chunks: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Yield chunks compressed; what was told first leaves first."""
    packer = zlib.compressobj(GZIP_LEVEL, wbits=_GZIP)
    yield packer.compress(next(chunks, b"")) + packer.flush(zlib.Z_SYNC_FLUSH)
    for chunk in chunks:
        if ready := packer.compress(chunk):
            yield ready
    yield packer.flush()


class Streamed(StreamingResponse):
    """An answer that is sent as it is made; a reader who leaves ends the making at once."""

    def __init__(
        self, chunks: Generator[bytes, None, None], media_type: str, headers: dict[str, str]
    ) -> None:
        super().__init__(_drained(chunks), headers=headers, media_type=media_type)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and let go of what it holds whatever happens."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._chunks.close()


async def _drained(chunks: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    while (chunk := await run_in_threadpool(next, chunks, None)) is not None:
        if chunk:
            yield chunk
