"""Workbooks as another library reads them, with their sums worked out anew."""

import re
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

_SUM = re.compile(r"SUM\(([A-Z]+\d+:[A-Z]+\d+)\)")
_TERM = re.compile(r"([+-]?)(?:'([^']+)'!)?([A-Z]+\d+)")


def opened(file: bytes, *, cached: bool = False) -> Workbook:
    """Open a workbook; ``cached`` gives the values that stand beside its formulas."""
    return load_workbook(BytesIO(file), data_only=cached)


def worked_out(sheet: Worksheet, place: str) -> int | float:
    """Work a cell out from numbers and formulas of sums alone; cached values are not looked at."""
    value: Any = sheet[place].value
    if isinstance(value, int | float):
        return value
    assert isinstance(value, str), f"{sheet.title}!{place} holds no figure: {value!r}"
    assert value.startswith("="), f"{sheet.title}!{place} holds no figure: {value!r}"
    text = value.removeprefix("=")
    if found := _SUM.fullmatch(text):
        first, top, last, bottom = range_boundaries(found[1])
        told = [cell for row in sheet.iter_rows(top, bottom, first, last) for cell in row]
        return sum(worked_out(sheet, c.coordinate) for c in told if c.value not in {"–", None})
    return _added(sheet, _unbracketed(text))


def _unbracketed(text: str) -> str:
    """Return ``A-(B+C)`` as ``A-B-C``; no other bracket is written."""
    head, bracket, rest = text.partition("-(")
    return f"{head}-{rest.removesuffix(')').replace('+', '-')}" if bracket else text


def _added(sheet: Worksheet, text: str) -> int | float:
    assert "".join(match[0] for match in _TERM.finditer(text)) == text, f"no sum: {text}"
    total: int | float = 0
    book = sheet.parent
    assert book is not None
    for sign, other, place in _TERM.findall(text):
        where = book[other] if other else sheet
        total += worked_out(where, place) * (-1 if sign == "-" else 1)
    return total


def rows_of(file: bytes) -> dict[str, dict[int, int | float | None]]:
    """Return the form's rows by name: column number -> figure, worked out; None for a dash.

    The cached value of every figure is held against the one worked out.
    """
    book, cached = opened(file), opened(file, cached=True)
    sheet, beside = book.worksheets[0], cached.worksheets[0]
    [numbers] = [row for row in sheet.iter_rows() if {"(1)", "(2)"} <= {c.value for c in row}]
    places = {int(str(c.value)[1:-1]): c.column_letter for c in numbers if c.value}
    found: dict[str, dict[int, int | float | None]] = {}
    first = int(numbers[0].row or 0) + 1
    for row in range(first, sheet.max_row + 1):
        name = str(sheet[f"{places[2]}{row}"].value or "")
        if not name:
            break
        cells = {n: f"{letter}{row}" for n, letter in places.items() if n > 2}
        found[name] = {n: _figure(sheet, beside, place) for n, place in cells.items()}
    return found


def _figure(sheet: Worksheet, beside: Worksheet, place: str) -> int | float | None:
    if sheet[place].value == "–":
        return None
    figure = worked_out(sheet, place)
    assert beside[place].value == figure, f"{place}: the cached value differs"
    return figure
