"""Bytes -> pages with the allow-list applied; nothing else of an answer is ever kept."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from contracts.page import Page
from contracts.source_map import SourceMap

_LONG_NUMBER = re.compile(r"\d{5,}")
_MOST_NAMES = 100


class Body:
    """The bytes of one answer as they pass by: counted, hashed, handed out once.

    Attributes:
        size: bytes so far.
        at_end: called when the last byte has been handed out.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._hash = hashlib.sha256()
        self._loaded: bytes | None = None
        self.size = 0
        self.at_end: Callable[[], object] = lambda: None

    def __iter__(self) -> Iterator[bytes]:
        """Pass the chunks on."""
        if self._loaded is not None:
            loaded, self._loaded = self._loaded, None
            yield loaded
        for chunk in self._chunks:
            self._hash.update(chunk)
            self.size += len(chunk)
            yield chunk
        self.at_end()

    def load(self) -> None:
        """Read all bytes now and hold them for whoever asks next."""
        self._loaded = b"".join(self)

    def whole(self) -> bytes:
        """Return all bytes at once."""
        return b"".join(self)

    @property
    def digest(self) -> str:
        """Return the sha256 (hex) of the bytes so far."""
        return self._hash.hexdigest()


class Decoder(Protocol):
    """Turns answers of one pull into pages; remembers which record shapes it has examined."""

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield the pages of an answer, at least one; the last carries digest and size.

        Raises:
            ContractBroken: the answer as a whole is not what the system's file says.
        """


class KnownNames:
    """Which field names are expected: mapped, above a mapped one, or ignored on purpose."""

    def __init__(self, source_map: SourceMap) -> None:
        mapped, named = source_map.paths, (*source_map.paths, *source_map.ignore)
        self._containers = {n[:i] for n in named for i, c in enumerate(n) if c == "."}
        self._exact = {*mapped, *(name for name in source_map.ignore if not name.endswith("*"))}
        self._prefixes = tuple(n.removesuffix("*") for n in source_map.ignore if n.endswith("*"))

    def knows(self, name: str) -> bool:
        """Return whether a name is in the map or in the ignore-list."""
        return name in self._exact or bool(self._prefixes and name.startswith(self._prefixes))

    def contains(self, name: str) -> bool:
        """Return whether known fields lie below a name."""
        return name in self._containers


def tell_names(names: Iterable[str]) -> frozenset[str]:
    """Return field names fit for a log: printable, short, long numbers masked, at most 100."""
    told = {"".join(c if c.isprintable() else "?" for c in name[:80]) for name in names}
    return frozenset(sorted(_LONG_NUMBER.sub("#", name) for name in told)[:_MOST_NAMES])
