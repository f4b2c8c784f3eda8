"""Delimited files: read strictly, in blocks, so that a file of any length fits in memory."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.decode import Body, KnownNames, tell_names
from connectors.format import CsvFormat
from connectors.json_strict import text_flaw
from connectors.table import Row, TotalLines, label_of
from connectors.vietnamese import codec_of
from contracts.errors import ContractBroken
from contracts.page import BrokenRow, Page, Value
from contracts.source_map import SourceMap

_BLOCK = 5_000
_LINE_END = re.compile(r"\r\n|\r|\n")
_CELL, _LINE = "\x1f", "\x1e"


class _Chunks(io.RawIOBase):
    """A file of passing chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


@dataclass(slots=True)
class _Reading:
    """Where the reading of one file stands."""

    rows: Any  # csv.reader has no public type with line_num
    header: list[str]
    unknown: frozenset[str]
    totals: TotalLines
    begun: bool = False


class CsvDecoder:
    """Decodes delimited files."""

    def __init__(self, fields: SourceMap, shape: CsvFormat) -> None:
        self._fields, self._shape, self._known = fields, shape, KnownNames(fields)
        self._paths = fields.paths

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield blocks of about 5,000 rows; the last carries digest, size and totals.

        Raises:
            ContractBroken: CSV-HEADER, CSV-DIALECT, CSV-QUOTE (a quote that is never closed,
                or swallows lines), DRIFT-ORDER or ENCODING.
        """
        try:
            reading = self._open(body)
            while reading:
                rows = self._block(reading)
                page = self._page(rows, reading)
                if len(rows) < _BLOCK:
                    break
                yield page
        except UnicodeError as error:
            raise _not_encoded(self._shape.encoding, type(error).__name__) from None
        if not reading:
            page = Page(0, {path: [] for path in self._paths})
            totals: dict[str, Value] = {}
        else:
            totals = reading.totals.found
        yield Page(
            page.rows, page.columns, page.broken, totals, page.unknown, body.digest, body.size
        )

    def _open(self, body: Body) -> _Reading | None:
        shape, codec = self._shape, codec_of(self._shape.encoding)
        file = io.BufferedReader(_Chunks(iter(body)), 1024 * 1024)
        text = io.TextIOWrapper(file, codec.name, codec.errors, newline="")
        lines = map(codec.step, text) if codec.step else text
        rows = csv.reader(
            lines,
            delimiter=shape.delimiter,
            quotechar=shape.quote or None,
            quoting=csv.QUOTE_MINIMAL if shape.quote else csv.QUOTE_NONE,
            strict=True,
        )
        header = self._header(rows)
        if not header and not body.size:
            return None
        self._check_header(header)
        unknown = tell_names(name for name in header if not self._known.knows(name))
        totals = TotalLines(shape.footer, shape.subtotals, self._fields)
        return _Reading(rows, header, unknown, totals)

    def _header(self, rows: Iterator[list[str]]) -> list[str]:
        """Return the labels: of the declared line, or as they are declared themselves."""
        try:
            data = (row for row in rows if not self._is_comment(row))
            above = list(islice(data, self._shape.header))
        except csv.Error as error:
            raise ContractBroken(
                "The header cannot be read", code="CSV-HEADER", seen=str(error)
            ) from None
        if self._shape.columns:
            return list(self._shape.columns)
        return [label_of(label) for label in above[-1]] if len(above) == self._shape.header else []

    def _is_comment(self, row: Row) -> bool:
        mark = self._shape.comment
        if not mark or isinstance(row, BrokenRow):
            return False
        return bool(row) and row[0].startswith(mark)

    def _check_header(self, header: list[str]) -> None:
        if text_flaw(0, _CELL.join(header), "header"):
            raise _not_encoded(self._shape.encoding, "the header")
        found = len(set(self._paths) & set(header))
        if len(header) == 1 and not found:
            raise ContractBroken(
                "The header has one column",
                code="CSV-DIALECT",
                allowed=f"columns parted by {self._shape.delimiter!r}",
            )
        doubled = sorted({name for name in header if header.count(name) > 1 or not name})
        if doubled or not found:
            # without one known label the line may be a row of data: then nothing of it is told
            told = ", ".join(repr(name[:30]) for name in doubled[:5]) if found else ""
            raise ContractBroken(
                "The header is not one label per column",
                code="CSV-HEADER",
                seen=told or "no known label",
                allowed=", ".join(self._paths[:12]),
            )

    def _block(self, reading: _Reading) -> list[Row]:
        """Return up to 5,000 rows, broken ones in their places; fewer at the end of the file."""
        rows: list[Row] = []
        line = reading.rows.line_num
        while len(rows) < _BLOCK:
            whole = len(rows)
            try:
                rows.extend(islice(reading.rows, _BLOCK - whole))
            except csv.Error as error:
                spanned = reading.rows.line_num - line - sum(map(_lines_of, rows[whole:]))
                rows.append(_quote_flaw(str(error), spanned, reading.rows.line_num))
                line = reading.rows.line_num
            else:
                break
        return rows

    def _page(self, block: list[Row], reading: _Reading) -> Page:
        data = reading.totals.take(self._data(block), reading.header)
        rows = _checked(data, reading.header)
        broken = tuple(row for row in rows if isinstance(row, BrokenRow))
        if broken:
            gap: list[Value] = [None] * len(reading.header)
            cells: Sequence[Any] = [gap if isinstance(row, BrokenRow) else row for row in rows]
        else:
            cells = rows
        if not reading.begun and self._shape.columns:
            _check_order(self._shape.columns, cells)
        place = {name: index for index, name in enumerate(reading.header)}
        columns: dict[str, list[Value]] = {
            path: [row[place[path]] for row in cells] if path in place else [None] * len(cells)
            for path in self._paths
        }
        unknown, reading.unknown, reading.begun = reading.unknown, frozenset(), True
        return Page(len(rows), columns, broken, unknown=unknown)

    def _data(self, rows: list[Row]) -> list[Row]:
        """Return the lines that are neither comments nor, where they are skipped, blank."""
        if self._shape.comment:
            rows = [row for row in rows if not self._is_comment(row)]
        if self._shape.blank_lines == "reject":
            return rows
        return [row for row in rows if isinstance(row, BrokenRow) or any(row)]


def _check_order(columns: Mapping[str, str], rows: Sequence[Any]) -> None:
    """Hold the first block of a file without labels against what its columns should look like.

    Raises:
        ContractBroken: DRIFT-ORDER, most values of a column are not like it.
    """
    for place, (name, pattern) in enumerate(columns.items()):
        like = re.compile(pattern)
        values = [str(row[place]) for row in rows if row[place]]
        strange = sum(like.fullmatch(value.strip()) is None for value in values)
        if 2 * strange > len(values):
            raise ContractBroken(
                "The columns of the file are not in their order",
                code="DRIFT-ORDER",
                seen=f"{strange} of {len(values)} values of column {place + 1}",
                allowed=f"{name}: {pattern}"[:120],
            )


def _lines_of(row: Row) -> int:
    """Return how many lines of the file a row spans."""
    if isinstance(row, BrokenRow):
        return 0
    return 1 + sum(len(_LINE_END.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)


def _quote_flaw(message: str, spanned: int, line: int) -> BrokenRow:
    """Return the broken row of a reading error, if it can be only one row.

    Raises:
        ContractBroken: CSV-QUOTE, a quote swallowed lines: which rows they were is lost.
    """
    if "unexpected end" in message or spanned > 1:
        raise ContractBroken(
            "A quote is not closed where its field ends",
            code="CSV-QUOTE",
            seen=f"line {line}, {spanned} lines in one field",
        )
    if "field larger" in message:
        return BrokenRow(0, "TOO-LONG", message, "a field of 131072 characters")
    return BrokenRow(0, "CSV-QUOTE", "text after a closing quote", "quotes doubled within quotes")


def _checked(rows: Sequence[Row], header: list[str]) -> Sequence[Row]:
    """Return the rows with those of another width or of unreadable text broken, numbered."""
    width = len(header)
    plain = [row for row in rows if not isinstance(row, BrokenRow)]
    whole = len(plain) == len(rows) and set(map(len, plain)) <= {width}
    if whole and not _has_flaw(_LINE.join(map(_CELL.join, plain))):
        return rows
    return [_check_row(number, row, header) for number, row in enumerate(rows)]


def _has_flaw(text: str) -> bool:
    if "\x00" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _check_row(number: int, row: Row, header: list[str]) -> Row:
    if isinstance(row, BrokenRow):
        return BrokenRow(number, row.code, row.seen, row.allowed)
    if len(row) != len(header):
        return BrokenRow(number, "CSV-WIDTH", f"{len(row)} columns", f"{len(header)} columns")
    for name, cell in zip(header, row, strict=True):
        if flaw := text_flaw(number, cell, name):
            return flaw
    return row


def _not_encoded(encoding: str, seen: str) -> ContractBroken:
    return ContractBroken(
        "The file is not in its declared encoding", code="ENCODING", seen=seen, allowed=encoding
    )
