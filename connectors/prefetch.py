"""The answer that most likely comes next, read while the one at hand is decoded."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from threading import Thread

from connectors.protocol import Request
from connectors.transport import Reply
from contracts.errors import HubError


class Prefetch:
    """Reads at most one answer ahead, in a thread, over the same connection.

    It works only in the process that a long pull continues in (``connectors.ahead``): a
    thread would not survive the fork that begins it, and short pulls have nothing to hide. A
    failure ahead is forgotten: the request is then made again in its turn, with its retries.

    Args:
        send: performs a request.
    """

    def __init__(self, send: Callable[[Request], Reply]) -> None:
        self._send, self._born = send, os.getpid()
        self._thread: Thread | None = None
        self._request: Request | None = None
        self._reply: Reply | None = None

    def after(self, chunks: Iterator[bytes], following: Request | None) -> Iterator[bytes]:
        """Pass a body on; once it is whole, begin to read the answer to what follows."""
        yield from chunks
        if following and os.getpid() != self._born:
            self._request, self._reply = following, None
            self._thread = Thread(target=self._read, args=(following,), name="prefetch")
            self._thread.start()

    def take(self, request: Request) -> Reply | None:
        """Return the answer to a request where it was read ahead and came whole."""
        self.end()
        reply, self._reply = self._reply, None
        return reply if request == self._request else None

    def end(self) -> None:
        """Wait until nothing is being read."""
        if self._thread:
            self._thread.join()
            self._thread = None

    def _read(self, request: Request) -> None:
        with suppress(HubError):
            reply = self._send(request)
            try:
                whole = b"".join(reply.chunks)
            finally:
                reply.close()
            self._reply = replace(reply, chunks=iter((whole,)), close=lambda: None)
