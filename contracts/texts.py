"""Many texts kept as few: one per block, a quarter of what as many objects would take."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from contracts.key import SEPARATOR


class Texts(Sequence[str]):
    """Texts of which nearly every one differs, in the order of their blocks.

    A million of 22 letters take 25 MB; as Python objects 85 MB, in memory that is never given
    back whole.
    """

    def __init__(self) -> None:
        self._blocks: list[str | list[str]] = []
        self._starts = [0]
        self._open: tuple[int, list[str]] = (-1, [])

    def add(self, block: list[str]) -> None:
        """Append a block; the caller lets go of the list."""
        if not block:
            return
        joined = SEPARATOR.join(block)
        is_parted = joined.count(SEPARATOR) == len(block) - 1  # no text holds the separator
        self._open = (len(self._blocks), block)
        self._blocks.append(joined if is_parted else block)
        self._starts.append(self._starts[-1] + len(block))

    def add_joined(self, texts: str, count: int) -> None:
        """Append a block of texts, at least one, joined by U+001F."""
        self._blocks.append(texts)
        self._starts.append(self._starts[-1] + count)

    def __len__(self) -> int:
        return self._starts[-1]

    def __iter__(self) -> Iterator[str]:
        for number in range(len(self._blocks)):
            yield from self._block(number)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        place = at if at >= 0 else at + len(self)
        number = bisect_right(self._starts, place) - 1
        return self._opened(number)[place - self._starts[number]]

    def chosen(self, places: NDArray[np.integer[Any]]) -> list[str]:
        """Return the texts at places, empty for negative ones; quick within one block."""
        if not len(places):
            return []
        number = bisect_right(self._starts, int(places.min())) - 1
        if number < 0 or places.max() >= self._starts[number + 1]:
            return [self[place] if place >= 0 else "" for place in places.tolist()]
        block = self._opened(number)
        return [block[place] for place in (places - self._starts[number]).tolist()]

    def joined(self) -> str:
        """Return all texts as one, parted by U+001F."""
        return SEPARATOR.join(
            block if isinstance(block, str) else SEPARATOR.join(block) for block in self._blocks
        )

    def _opened(self, number: int) -> list[str]:
        """Return a block's texts; the one asked for last stays open."""
        if self._open[0] != number:
            self._open = (number, self._block(number))
        return self._open[1]

    def _block(self, number: int) -> list[str]:
        block = self._blocks[number]
        return block.split(SEPARATOR) if isinstance(block, str) else block
