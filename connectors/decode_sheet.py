"""Sheets of workbooks: labels found wherever they stand, values as their cells hold them."""

import io
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain, islice
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from connectors.apart import read_apart
from connectors.decode import Body, KnownNames, tell_names
from connectors.format import SheetFormat
from connectors.json_strict import text_flaw
from connectors.table import TotalLines, label_of, number_of
from connectors.vietnamese import read_font
from connectors.workbook import Place, look_over, no_sheet, not_a_workbook, too_wide
from contracts.errors import ContractBroken
from contracts.moment import write_instant
from contracts.page import BrokenRow, Page, Value
from contracts.source_map import SourceField, SourceMap

_BLOCK = 5_000
_NUMBERED = re.compile(r"\(\w{1,3}\)(?:\s*=.*)?")

_ROOM, _CELL_BYTES = 256 * 2**20, 200
"""Memory for a reader beside what it reads, and for each cell of the sheet's rectangle."""

Cells = list[Any]


@dataclass(frozen=True, slots=True)
class _Header:
    """Where the labels were found.

    Attributes:
        labels: label of each column, empty where there is none.
        below: first line under them.
    """

    labels: list[str]
    below: int


class SheetDecoder:
    """Decodes workbooks; a workbook is held in memory, never on a disk."""

    def __init__(self, fields: SourceMap, shape: SheetFormat, most: int) -> None:
        self._fields, self._shape, self._most = fields, shape, most
        self._known, self._paths = KnownNames(fields), fields.paths
        self._field_at = {f.path: f for f in fields.fields.values() if f.path}

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield blocks of 5,000 rows; the last carries digest, size and totals.

        Raises:
            ContractBroken: CSV-HEADER (the labels are not there), FORMAT, XLSX-ACTIVE, XLSX-DIM,
                XML-DTD, ZIP-BOMB or ZIP-UNSAFE.
        """
        data = body.whole()
        page, totals = Page(0, {path: [] for path in self._paths}), None
        if data:
            totals = TotalLines(self._shape.footer, self._shape.subtotals, self._fields)
            blocks = self._blocks(data, totals)
            page = next(blocks)
            for following in blocks:
                yield page
                page = following
        found = totals.found if totals else {}
        yield Page(
            page.rows, page.columns, page.broken, found, page.unknown, body.digest, body.size
        )

    def _blocks(self, data: bytes, totals: TotalLines) -> Iterator[Page]:
        told = read_apart(partial(_told, data, self._shape, self._most), self._room())
        with closing(told):
            yield from self._read(told, totals)

    def _room(self) -> int:
        """Return the memory that reading may take: the file unpacked, and its cells."""
        return _ROOM + 2 * self._most + _CELL_BYTES * self._shape.max_cells

    def _read(self, told: Iterator[Any], totals: TotalLines) -> Iterator[Page]:
        left, merged, flaws = next(told)
        lines = map(self._understood, chain.from_iterable(told))
        head = list(islice(lines, self._shape.search_rows + self._shape.header_rows))
        header = self._header(head, merged)
        unknown = tell_names(n for n in header.labels if n and not self._known.knows(n))
        rest = enumerate(chain(head[header.below :], lines), header.below)
        if _is_numbering(next(iter(head[header.below :]), [])):
            next(rest)
        # each line carries its number behind its cells, whatever is taken out before it is used
        filled = ([*row, number] for number, row in rest if any(cell != "" for cell in row))
        block = list(islice(filled, _BLOCK))
        while True:
            rows = totals.take(block, header.labels)
            yield self._page(rows, header.labels, (flaws, left), unknown)  # type: ignore[arg-type]
            if len(block) < _BLOCK:
                return
            block, unknown = list(islice(filled, _BLOCK)), frozenset()

    def _understood(self, row: Cells) -> Cells:
        font = self._shape.font
        if font == "unicode":
            return row
        return [read_font(cell, font) if isinstance(cell, str) else cell for cell in row]

    def _header(self, head: list[Cells], merged: dict[Place, Place]) -> _Header:
        """Return the labels: of all places among the first lines the one that knows most.

        Raises:
            ContractBroken: CSV-HEADER.
        """
        depth, wanted = self._shape.header_rows, set(self._paths)
        best, most = _Header([], 0), 0
        for top in range(max(0, min(self._shape.search_rows, len(head) - depth + 1))):
            labels = _labels(head, top, depth, merged)
            if (count := len(wanted & set(labels))) > most:
                best, most = _Header(labels, top + depth), count
        doubled = [name for name in self._paths if best.labels.count(name) > 1]
        if doubled or not most:
            raise ContractBroken(
                "The labels are not in the sheet once",
                code="CSV-HEADER",
                seen=", ".join(doubled[:5]) or f"none in the first {self._shape.search_rows} lines",
                allowed=", ".join(self._paths[:12]),
            )
        return best

    def _page(
        self,
        rows: list[Cells],
        labels: list[str],
        flawed: tuple[frozenset[Place], int],
        unknown: frozenset[str],
    ) -> Page:
        broken: dict[int, BrokenRow] = {}
        columns: dict[str, list[Value]] = {path: [None] * len(rows) for path in self._paths}
        for path in set(self._paths) & set(labels):
            place = labels.index(path)
            columns[path] = _values([row[place] for row in rows], self._field_at[path])
            for flaw in chain(
                _formula_flaws(rows, place, flawed, path), _text_flaws(columns[path], path)
            ):
                broken.setdefault(flaw.row, flaw)
        for values in columns.values() if broken else ():
            for row in broken:
                values[row] = None
        told = tuple(broken[row] for row in sorted(broken))
        return Page(len(rows), columns, told, unknown=unknown)


def _told(data: bytes, shape: SheetFormat, most: int) -> Iterator[Any]:
    """Yield (first column, merged cells, cells without value), then blocks of a sheet's lines.

    Raises:
        ContractBroken: as ``look_over``, FORMAT or XLSX-DIM.
    """
    looked = look_over(data, shape, most)
    wanted, flaws = (looked.name, looked.flaws) if looked else (shape.sheet, frozenset())
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            sheet = _sheet(book, wanted, shape.max_cells)
            left = sheet.start[1] if sheet.start else 0
            yield left, _merged(sheet, left), flaws
            rows = sheet.iter_rows()
            while block := list(islice(rows, _BLOCK)):
                yield block
    except PasswordError:
        raise not_a_workbook("a locked workbook", "one without password") from None
    except CalamineError as error:
        raise not_a_workbook(type(error).__name__, "xlsx or xls") from None


def _sheet(book: CalamineWorkbook, wanted: str, most: int) -> CalamineSheet:
    """Return the wanted sheet, or the first that is shown."""
    shown = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
    names = [name for name in book.sheet_names if name == wanted] if wanted else shown
    if not names:
        raise no_sheet(wanted)
    sheet = book.get_sheet_by_name(names[0])
    if sheet.total_height * sheet.total_width > most:
        raise too_wide(f"{sheet.total_height} lines, {sheet.total_width} columns", most)
    return sheet


def _merged(sheet: CalamineSheet, left: int) -> dict[Place, Place]:
    """Return covered cell -> the cell whose value it shows; columns as rows are given."""
    return {
        (line, column - left): (top, first - left)
        for (top, first), (bottom, right) in sheet.merged_cell_ranges or []
        for line in range(top, min(bottom, top + 200) + 1)
        for column in range(first, right + 1)
    }


def _labels(head: list[Cells], top: int, depth: int, merged: dict[Place, Place]) -> list[str]:
    """Return the label of each column, its parts joined from the top down."""
    labels = []
    for column in range(len(head[top])):
        origins = [merged.get((line, column), (line, column)) for line in range(top, top + depth)]
        # a cell merged over both lines is one part, and one merged from above no part of it
        parts = [label_of(head[a][b]) for a, b in dict.fromkeys(origins) if a >= top]
        labels.append(" / ".join(part for part in parts if part))
    return labels


def _is_numbering(row: Cells) -> bool:
    """Tell whether a line only numbers the columns: ``(1) (2) (3)=(1)+(2)``."""
    filled = [cell for cell in row if cell != ""]
    return bool(filled) and all(
        isinstance(cell, str) and _NUMBERED.fullmatch(cell.strip()) for cell in filled
    )


def _values(cells: Cells, field: SourceField) -> list[Value]:
    """Return a column as its source would have written it by hand."""
    kinds = set(map(type, cells))
    return cells if kinds <= {str} else [_value(cell, field) for cell in cells]


def _value(cell: Any, field: SourceField) -> Value:
    match cell:
        case str() | bool():
            return cell
        case int() | float():
            return number_of(cell, field.decimal)
        case datetime() | date():
            return write_instant(cell, field.format or "iso")
        case time() | timedelta():
            return str(cell)
    return None


def _formula_flaws(
    rows: list[Cells], place: int, flawed: tuple[frozenset[Place], int], path: str
) -> Iterator[BrokenRow]:
    flaws, left = flawed
    for row, cells in enumerate(rows if flaws else ()):
        if (cells[-1], left + place) in flaws:
            yield BrokenRow(row, "XLSX-FORMULA", f"no value in {path}", "a computed value")


def _text_flaws(values: list[Value], path: str) -> Iterator[BrokenRow]:
    for row, value in enumerate(values):
        if isinstance(value, str) and (flaw := text_flaw(row, value, path)):
            yield flaw
