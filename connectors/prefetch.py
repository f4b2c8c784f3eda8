"""The answers that most likely come next, read and hashed while the one at hand is decoded."""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from connectors.decode import Body
from connectors.protocol import Request
from connectors.transport import Reply
from contracts.errors import HubError

Asked = tuple[Reply, Body]


class Prefetch:
    """Reads answers ahead, one after the other, in one thread, over the same connection.

    It works only in the process that a long pull continues in (``connectors.ahead``): a
    thread would not survive the fork that begins it, and short pulls have nothing to hide. A
    failure ahead is forgotten: the request is then made again in its turn, with its retries.

    Args:
        ask: performs a request.
    """

    def __init__(self, ask: Callable[[Request], Asked]) -> None:
        self._ask, self._born = ask, os.getpid()
        self._reader: ThreadPoolExecutor | None = None
        self._coming: deque[tuple[Request, Future[Asked | None]]] = deque()

    def begin(self, request: Request | None) -> None:
        """Begin to read the answer to a request and to what it says comes after it."""
        if os.getpid() == self._born:
            return
        self._reader = self._reader or ThreadPoolExecutor(1, "prefetch")
        begun = [known for known, _ in self._coming]
        while request:
            if request not in begun:
                self._coming.append((request, self._reader.submit(self._read, request)))
            request = request.then

    def take(self, request: Request) -> Asked | None:
        """Return the answer to a request where it was read ahead and came whole."""
        while self._coming:
            expected, answer = self._coming.popleft()
            asked = answer.result()
            if request == expected:
                return asked
        return None

    def end(self) -> None:
        """Wait until nothing is being read."""
        if self._reader:
            self._reader.shutdown()

    def _read(self, request: Request) -> Asked | None:
        try:
            reply, body = self._ask(request)
            try:
                body.load()
            finally:
                reply.close()
        except HubError:
            return None
        return reply, body
