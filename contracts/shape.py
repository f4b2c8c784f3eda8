"""Shapes: texts that differ only in their digits are judged together by a digit-uniform pattern."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from contracts.packed import Bytes, Tokens, text_head

_CLASS = re.compile(r"\d|0-9")
_COUNT = re.compile(r"\{\d+(?:,\d*)?\}")
_RUN = re.compile(r"[0-9]{12}")
_LINES = 512
_T = TypeVar("_T", np.uint8, np.bool_)


@cache
def is_digit_uniform(pattern: str) -> bool:
    r"""Tell whether a pattern treats all digits alike, so that one text speaks for its shape.

    >>> is_digit_uniform(r"^H\d{2}-[0-9A-Z]+$"), is_digit_uniform(r"^0[1-5]$")
    (True, False)
    """
    if not pattern:
        return False
    return re.search(r"[0-9]", _COUNT.sub("", _CLASS.sub("", pattern))) is None


@dataclass(frozen=True, slots=True)
class DigitShape:
    """Texts of one width with digits in the same places and equal signs elsewhere.

    Attributes:
        low, span: byte at each position lies in ``low .. low + span``; the head of the text
            comes first.
        long: whether 12 digits stand in a row, so that an identity number would fit.
    """

    low: Bytes
    span: Bytes
    long: bool

    @classmethod
    def of(cls, text: str) -> "DigitShape":
        """Return the shape of an ASCII text of at most 127 letters."""
        head = text_head(len(text))
        cells = np.frombuffer(head + text.encode("ascii"), np.uint8)
        digit = (cells >= ord("0")) & (cells <= ord("9"))
        digit[: len(head)] = False
        low = np.where(digit, np.uint8(ord("0")), cells)
        span = np.where(digit, np.uint8(9), np.uint8(0))
        return cls(low, span, _RUN.search(text) is not None)

    def tick_off(self, tokens: Tokens, doubtful: NDArray[np.bool_]) -> None:
        """Strike the values that have the shape out of the doubtful ones."""
        cells, rows = tokens.lines(len(self.low))
        fits = fitting(above(cells, self.low), self.span)
        doubtful[rows if fits is None else rows[fits]] = False


def above(cells: Bytes, low: Bytes) -> Bytes:
    """Return lines less the least byte of each position, wrapped around below it."""
    return _line_by_line(np.subtract, cells, low, np.empty_like(cells))


def fitting(digits: Bytes, span: Bytes) -> NDArray[np.bool_] | None:
    """Return which rows of what ``above`` gave fit a shape, None where all do."""
    good = _line_by_line(np.less_equal, digits, span, np.empty(digits.shape, bool))
    if good.all():
        return None
    fits: NDArray[np.bool_] = np.logical_and.reduce(good, axis=1)
    return fits


def _line_by_line(how: np.ufunc, cells: Bytes, row: Bytes, out: NDArray[_T]) -> NDArray[_T]:
    """Hold every line of cells against one row.

    Many lines as one long row: numpy takes ten times as long for rows of 20 bytes.
    """
    whole = len(cells) // _LINES * _LINES
    rows = _repeated(row.tobytes())
    how(cells[:whole].reshape(-1, len(rows)), rows, out=out[:whole].reshape(-1, len(rows)))
    rest = cells[whole:].ravel()
    how(rest, rows[: len(rest)], out=out[whole:].reshape(-1))
    return out


@lru_cache(maxsize=64)
def _repeated(row: bytes) -> Bytes:
    return np.tile(np.frombuffer(row, np.uint8), _LINES)
