"""Texts met before, recognised by their bytes: a whole column at once, no text made."""

import numpy as np
from numpy.typing import NDArray

from contracts.packed import Rows, Tokens

_MOST = 4096
"""Texts worth recognising; a column with more of them has few that come again."""
_MIXERS = np.array(
    [
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0xD6E8FEB86659FD93,
        0xA0761D6478BD642F,
    ],
    np.uint64,
)
Words = NDArray[np.uint64]


class KnownTexts:
    """Places of short texts in a list kept elsewhere.

    A text is found by a number mixed from its bytes and then compared byte for byte, so that
    two of one number are never taken for each other.
    """

    def __init__(self) -> None:
        self._known: dict[int, _OfSize] = {}
        self._count = 0

    def find(self, tokens: Tokens) -> Rows:
        """Return the place of each text, -1 where it was not learned."""
        places = np.full(len(tokens.sizes), -1, np.intp)
        for size in np.flatnonzero(np.bincount(tokens.sizes)).tolist():
            known = self._known.get(size)
            if known:
                words, rows = _words(tokens, size)
                places[rows] = known.find(words)
        return places

    def learn(self, tokens: Tokens, rows: Rows, places: Rows) -> None:
        """Remember the texts in some rows; ``places`` says where each of them stands."""
        fresh, first = np.unique(places, return_index=True)
        fresh, rows = fresh[: _MOST - self._count], rows[first[: _MOST - self._count]]
        self._count += len(fresh)
        chosen = Tokens(tokens.data, tokens.starts[rows], tokens.sizes[rows])
        for size in np.unique(chosen.sizes).tolist():
            words, at = _words(chosen, size)
            known = self._known.setdefault(size, _OfSize(words[:0], fresh[:0]))
            self._known[size] = known.and_also(words, fresh[at])


class _OfSize:
    """Texts of one size, in the order of their numbers."""

    def __init__(self, words: Words, places: Rows) -> None:
        numbers = _mixed(words)
        order = np.argsort(numbers)
        self._words, self._places, self._numbers = words[order], places[order], numbers[order]

    def and_also(self, words: Words, places: Rows) -> "_OfSize":
        return _OfSize(np.concatenate([self._words, words]), np.concatenate([self._places, places]))

    def find(self, words: Words) -> Rows:
        at = np.searchsorted(self._numbers, _mixed(words))
        at[at == len(self._numbers)] = 0
        same = np.ones(len(words), bool)
        for column in range(words.shape[1]):
            same &= self._words[at, column] == words[:, column]
        return np.where(same, self._places[at], -1)


def _words(tokens: Tokens, size: int) -> tuple[Words, Rows]:
    """Return the values of one size as rows of 64-bit numbers, and their rows."""
    cells, rows = tokens.lines(size)
    padded = np.zeros((len(cells), -(-size // 8) * 8), np.uint8)
    padded[:, :size] = cells
    return padded.view(np.uint64), rows


def _mixed(words: Words) -> Words:
    """Return one number per row."""
    mixed = np.zeros(len(words), np.uint64)
    for column in range(words.shape[1]):
        mixed ^= words[:, column]
        mixed *= _MIXERS[column % len(_MIXERS)]
        mixed ^= mixed >> np.uint64(29)
    return mixed
