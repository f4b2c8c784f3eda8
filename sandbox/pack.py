"""Pages in gzip, for clients that accept it where the sandbox was told to offer it."""

import gzip
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from sandbox.http import Request, Response

_LEVEL = 1
_SMALLEST = 1024
"""Bodies below this many bytes are sent as they are."""


@dataclass(slots=True)
class Packer:
    """Packs answers and remembers the last ones.

    Attributes:
        is_offered: whether gzip is offered at all.
        budget: bytes of packed pages kept.
    """

    is_offered: bool = False
    budget: int = 128 << 20
    _kept: OrderedDict[tuple[int, str, bytes], bytes] = field(default_factory=OrderedDict)
    _size: int = 0

    def pack(self, request: Request, response: Response, edition: int) -> Response:
        """Return the answer in gzip where it is offered, accepted and worth it.

        Args:
            request: what was asked for, the key of the packed page.
            response: the right answer.
            edition: rises whenever anything about the nation was changed.
        """
        is_accepted = "gzip" in request.headers.get("accept-encoding", "")
        if not self.is_offered or not is_accepted or response.status != 200:
            return response
        key = (edition, request.target, _without_session(request.body))
        packed = self._kept.get(key)
        if packed is None:
            body = response.body
            if len(body) < _SMALLEST:
                return response
            packed = gzip.compress(body, _LEVEL, mtime=0)
            self._keep(key, packed)
        headers = {**response.headers, "Content-Encoding": "gzip"}
        return replace(response, parts=(packed,), headers=headers)

    def _keep(self, key: tuple[int, str, bytes], packed: bytes) -> None:
        self._kept[key] = packed
        self._size += len(packed)
        while self._size > self.budget and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])


def _without_session(body: bytes) -> bytes:
    """Return the body without the session, which differs at every login."""
    before, mark, rest = body.partition(b'"session"')
    return before + rest.partition(b",")[2] if mark else body
