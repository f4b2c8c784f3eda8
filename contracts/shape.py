"""Shapes: texts that differ only in their digits are judged together by a digit-uniform pattern."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from contracts.page import Value

_CLASS = re.compile(r"\\d|0-9")
_COUNT = re.compile(r"\{\d+(?:,\d*)?\}")
_END = ord("\n")
_RUN = re.compile(r"[0-9]{12}")


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
        low, span: byte at each position lies in ``low .. low + span``; the last position is
            the line feed behind the text.
        long: whether 12 digits stand in a row, so that an identity number would fit.
    """

    width: int
    low: NDArray[np.uint8]
    span: NDArray[np.uint8]
    long: bool

    @classmethod
    def of(cls, text: str) -> "DigitShape":
        """Return the shape of an ASCII text."""
        cells = np.frombuffer(text.encode("ascii") + b"\n", np.uint8)
        digit = (cells >= ord("0")) & (cells <= ord("9"))
        low = np.where(digit, np.uint8(ord("0")), cells)
        span = np.where(digit, np.uint8(9), np.uint8(0))
        return cls(len(text), low, span, _RUN.search(text) is not None)

    def misfits(self, values: Sequence[Value], rows: Sequence[int]) -> Sequence[int]:
        """Return those of the rows that have another shape or are no text at all."""
        chosen = values if len(rows) == len(values) else [values[row] for row in rows]
        cells, places = sized(chosen, self.width)
        fits = fitting(above(cells, self.low), self.span, cells)
        if fits is None and places is None:
            return ()
        wrong = np.ones(len(rows), bool)
        wrong[slice(None) if places is None else places] = False if fits is None else ~fits
        return [rows[place] for place in np.flatnonzero(wrong).tolist()]


def sized(values: Sequence[Value], width: int) -> tuple[NDArray[np.uint8], NDArray[np.intp] | None]:
    """Return the lines of the ASCII texts of one width, and their places where not all are."""
    cells = aligned(values, width)
    if cells is not None:
        return cells, None
    places = [
        place
        for place, v in enumerate(values)
        if isinstance(v, str) and len(v) == width and v.isascii() and "\n" not in v
    ]
    cells = aligned([values[place] for place in places], width) if places else None
    if cells is None:
        cells = np.empty((0, width + 1), np.uint8)
    return cells, np.array(places, np.intp)


def aligned(values: Sequence[Value], width: int) -> NDArray[np.uint8] | None:
    """Return the lines of texts that seem to be of one width, one row each, None where not.

    A line is a text's bytes and the line feed that joins it to the next; ``fitting`` tells
    whether each text ends its own row.
    """
    count = len(values)
    try:
        data = "\n".join(values).encode()  # type: ignore[arg-type]  # except is the check
    except (TypeError, UnicodeEncodeError):
        return None
    if len(data) != count * (width + 1) - 1:
        return None
    cells = np.frombuffer(data + b"\n", np.uint8).reshape(count, width + 1)
    return cells if (cells[:, width] == _END).all() else None


def above(cells: NDArray[np.uint8], low: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return lines less the least byte of each position, wrapped around below it.

    Both as one long row: numpy takes ten times as long for rows of 20 bytes.
    """
    return (cells.ravel() - _repeated(low.tobytes(), len(cells))).reshape(cells.shape)


@lru_cache(maxsize=64)
def _repeated(row: bytes, count: int) -> NDArray[np.uint8]:
    return np.tile(np.frombuffer(row, np.uint8), count)


def fitting(
    digits: NDArray[np.uint8], span: NDArray[np.uint8], cells: NDArray[np.uint8]
) -> NDArray[np.bool_] | None:
    """Return which rows fit a shape, None where all do.

    Where every row fits, none holds a line feed, so the line feeds between them are those of
    the join and every text has the width. Else a text with line feeds of its own may have moved
    its neighbours: then no row fits.
    """
    good = digits.ravel() <= _repeated(span.tobytes(), len(cells))
    if good.all():
        return None
    if (cells[:, :-1] == _END).any():
        return np.zeros(len(cells), bool)
    fits: NDArray[np.bool_] = np.logical_and.reduce(good.reshape(cells.shape), axis=1)
    return fits
