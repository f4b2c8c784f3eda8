"""Random draws that are pure functions of (seed, agency, day, index, column).

A numpy generator is a sequence: what it gives depends on what was drawn before. A day's rows
come from 36 days of receipt, asked for in any order, so each draw is a hash of its own address
instead (splitmix64 finaliser, as in counter-based generators). Same seed, same bytes.
"""

from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST = np.uint64(31)
_HIGH = np.uint64(32)
_UNIT = np.uint64(11)


def mix(values: U64) -> U64:
    """Return the splitmix64 finaliser of each value; a bijection on 64 bits."""
    for shift, factor in _MIX:
        values = (values ^ (values >> shift)) * factor
    return values ^ (values >> _LAST)


@lru_cache(maxsize=65536)
def address(*words: str | int) -> np.uint64:
    """Return 64 bits that stand for the words, the same on every machine."""
    text = "\x1f".join(map(str, words)).encode()
    return np.uint64(int.from_bytes(blake2b(text, digest_size=8).digest(), "little"))


class Draw:
    """Draws for a run of rows; one independent stream per column name.

    Attributes:
        rows: 64 bits per row, its address.
    """

    __slots__ = ("rows",)

    def __init__(self, rows: U64) -> None:
        self.rows = rows

    @classmethod
    def at(cls, base: np.uint64, day: I64, index: I64) -> "Draw":
        """Return draws for rows addressed by (stream, day number, index within the day)."""
        days = mix(base ^ (day.astype(np.uint64) * _GOLDEN))
        return cls(mix(days ^ (index.astype(np.uint64) * _GOLDEN)))

    def bits(self, column: str) -> U64:
        """Return 64 random bits per row."""
        return mix(self.rows ^ address("column", column))

    def unit(self, column: str) -> F64:
        """Return a number in [0, 1) per row."""
        return (self.bits(column) >> _UNIT).astype(np.float64) * 2.0**-53

    def below(self, column: str, limit: int | I64) -> I64:
        """Return an integer in [0, limit) per row; limit < 2**31."""
        span = np.asarray(limit, dtype=np.uint64)
        return (((self.bits(column) >> _HIGH) * span) >> _HIGH).astype(np.int64)

    def chance(self, column: str, share: float) -> NDArray[np.bool_]:
        """Return True for about this share of the rows."""
        return self.unit(column) < share

    def pick(self, column: str, weights: F64) -> I64:
        """Return an index into the weights per row, in proportion to them."""
        bounds = np.cumsum(weights) / weights.sum()
        return np.minimum(
            np.searchsorted(bounds, self.unit(column), side="right"), len(weights) - 1
        ).astype(np.int64)

    def take(self, order: I64 | NDArray[np.bool_]) -> "Draw":
        """Return the draws of some of the rows."""
        return Draw(self.rows[order])
