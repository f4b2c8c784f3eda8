"""Rendered days: a day is printed once per shape, a page is a slice of it."""

import mmap
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from sandbox.draw import I64
from sandbox.frame import Frame
from sandbox.nation import Day, Nation
from sandbox.shapes import axis, drop, gateway, one_stop, portal

_CHUNK = 10_000
"""Rows rendered at a time; lists of Python strings stay below 50 MB."""
_SPOOL_ABOVE = 32_768
"""Days of more rows are printed to a temporary file and mapped."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One spelling of one feed.

    Attributes:
        lines: renders rows, without separators.
        end: what follows each row in the printed day.
        header: first line of a file.
    """

    name: str
    feed: str
    lines: Callable[[Day, Frame], list[str]]
    end: bytes = b","
    header: bytes = b""


_BOM = "\ufeff"
SHAPES = {
    shape.name: shape
    for shape in (
        Shape("one_stop_rest", "dossiers", one_stop.lines),
        Shape("portal_session", "dossiers", portal.dossier_lines),
        Shape(
            "report_drop",
            "dossiers",
            drop.dossier_lines,
            b"\r\n",
            f"{_BOM}{drop.DOSSIER_HEADER}\r\n".encode(),
        ),
        Shape("portal_payments", "payments", portal.payment_lines),
        Shape("payment_gateway", "payments", gateway.lines),
        Shape("axis_list", "documents", axis.lines),
        Shape(
            "document_drop",
            "documents",
            drop.document_lines,
            b"\n",
            f"{drop.DOCUMENT_HEADER}\n".encode(),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Printed:
    """A rendered day.

    Attributes:
        text: rows one after the other, each with its end.
        offsets: where each row begins in ``text``, and the end of the last.
        instants: listing time of each row (seconds of local wall time), rising.
        amount: sum of the amounts in whole VND; 0 for other feeds.
    """

    text: memoryview
    offsets: I64
    instants: I64
    amount: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.instants)


class Press:
    """Prints days and remembers the last ones, within a budget of bytes."""

    def __init__(self, nation: Nation, budget: int = 256 << 20) -> None:
        self._nation = nation
        self._budget = budget
        self.edition = 0
        self._kept: OrderedDict[tuple[str, str, date], Printed] = OrderedDict()
        self._size = 0

    def forget(self) -> None:
        """Drop every printed day, after anything about the nation was changed."""
        self._kept.clear()
        self._size = 0
        self.edition += 1

    def day(self, agency: str, shape: Shape, day: date) -> Printed:
        """Return a printed day; without rows where the agency does not exist on it."""
        place = (agency, shape.name, day)
        printed = self._kept.get(place)
        if printed is not None:
            self._kept.move_to_end(place)
            return printed
        printed = self._print(agency, shape, day)
        self._kept[place] = printed
        self._size += printed.text.nbytes + 16 * printed.rows
        while self._size > self._budget and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._size -= old.text.nbytes + 16 * old.rows
        return printed

    def _print(self, agency: str, shape: Shape, day: date) -> Printed:
        rows = self._nation.day(agency, shape.feed, day)
        if rows is None or rows.frame.rows == 0:
            none = np.zeros(0, dtype=np.int64)
            return Printed(memoryview(b""), np.zeros(1, dtype=np.int64), none, 0)
        frame = rows.frame
        amount = int(frame["amount"].sum()) if shape.feed == "payments" else 0
        lengths = np.zeros(frame.rows + 1, dtype=np.int64)
        text = _bind(_chunks(rows, shape, lengths), frame.rows > _SPOOL_ABOVE)
        return Printed(text, np.cumsum(lengths), frame["at"], amount)


def _chunks(day: Day, shape: Shape, lengths: I64) -> Iterator[bytes]:
    """Yield the rendered rows in chunks and note each row's length, its end included."""
    frame, end = day.frame, shape.end
    for start in range(0, frame.rows, _CHUNK):
        order = np.arange(start, min(start + _CHUNK, frame.rows))
        encoded = [line.encode() for line in shape.lines(day, frame.take(order))]
        lengths[start + 1 : start + 1 + len(encoded)] = [len(line) + len(end) for line in encoded]
        encoded.append(b"")
        yield end.join(encoded)


def _bind(chunks: Iterator[bytes], is_large: bool) -> memoryview:
    if not is_large:
        return memoryview(b"".join(chunks))
    with tempfile.TemporaryFile() as file:
        file.writelines(chunks)
        file.flush()
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that a query selects: runs of printed days, in order."""

    runs: tuple[tuple[Printed, int, int], ...]

    @property
    def rows(self) -> int:
        """Number of rows selected."""
        return sum(stop - start for _, start, stop in self.runs)

    @property
    def amount(self) -> int:
        """Sum of the amounts in whole VND of the days touched."""
        return sum(printed.amount for printed, _, _ in self.runs)

    def slice(self, start: int, stop: int) -> tuple[memoryview, ...]:
        """Return the text of rows start..stop, without the end of the last row."""
        parts: list[memoryview] = []
        for printed, first, last in self.runs:
            low, high = first + max(start, 0), min(first + max(stop, 0), last)
            if low < high:
                begin, end = int(printed.offsets[low]), int(printed.offsets[high])
                parts.append(printed.text[begin:end])
            start -= last - first
            stop -= last - first
        if parts:
            parts[-1] = parts[-1][:-1]
        return tuple(parts)
