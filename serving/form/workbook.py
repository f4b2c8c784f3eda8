"""Workbooks: a form as XLSX with its sums as formulas, its identities and where it comes from.

The same figures, definition and language give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

from hub.spreadsheet import harmless
from serving import numeral
from serving.form.cell import ranges, row_name, worded
from serving.form.definition import Column
from serving.form.filling import Cell, Filled, Printed
from serving.form.header import Head, heads
from serving.form.note import notes_of
from serving.numeral import ABSENT, Lang
from serving.word import say
from warehouse.figures import Coverage

FONT = "Times New Roman"
A4 = 9
LEAD = 4
"""Rows above the head: code and unit, title, period, agency and map."""
CELL_TEXT = 32_000
"""Characters that a cell takes."""
_BASE: dict[str, Any] = {"font_name": FONT, "font_size": 11, "valign": "vcenter"}
_BOXED = {**_BASE, "border": 1}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the figures come from.

    Attributes:
        scope: whom they speak of, as printed.
        runs: runs behind the period.
        signer: who signs; empty for a workbook that nobody signs.
    """

    scope: str
    runs: Sequence[int] = ()
    signer: str = ""


@dataclass(slots=True)
class _Sheet:
    """The first sheet while it is written; positions count from 0."""

    book: Any
    sheet: Any
    filled: Filled
    lang: Lang
    formats: dict[str, Any] = field(default_factory=dict)

    @property
    def left(self) -> int:
        return self.filled.definition.blank_columns

    @property
    def body(self) -> int:
        """Return the first row of figures: below the head and the row of numbers."""
        return LEAD + len(heads(self.filled.definition, self.filled.asked.cut, self.lang)) + 1

    @property
    def end(self) -> int:
        """Return the last row of figures, before the total."""
        return self.body + len(self.filled.rows) - 1

    def letter(self, number: int) -> str:
        return str(xl_col_to_name(self.left + number - 1))

    def format(self, base: dict[str, Any], **more: Any) -> Any:
        key = repr(sorted({**base, **more}.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**base, **more})
        return self.formats[key]


def write_workbook(filled: Filled, origin: Origin, lang: Lang = "vi") -> bytes:
    """Return a form as an XLSX file."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties(_properties(filled, lang))
    sheet = _Sheet(book, book.add_worksheet(say("form.sheet", lang)), filled, lang)
    _page(sheet)
    _lead(sheet, origin)
    _head(sheet)
    for place, row in enumerate(filled.rows):
        _row(sheet, sheet.body + place, row, str(place + 1))
    if filled.total:
        _row(sheet, sheet.end + 1, filled.total, "")
    _notes(sheet)
    _fit(sheet)
    _origin_sheet(sheet, origin)
    if filled.checked:
        _check_sheet(sheet)
    book.close()
    return out.getvalue()


def _properties(filled: Filled, lang: Lang) -> dict[str, Any]:
    """Return the file's properties; its date is the period's last, so that bytes repeat."""
    return {
        "title": f"{filled.definition.code} – {filled.asked.period.label}",
        "subject": filled.definition.title.text(lang),
        "author": say("nav.site", lang),
        "created": datetime.combine(filled.asked.period.last, time()),
    }


def _page(sheet: _Sheet) -> None:
    page = sheet.sheet
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    page.repeat_rows(LEAD, sheet.body - 1)
    page.set_footer("&R&P/&N")
    page.hide_gridlines(2)
    page.freeze_panes(sheet.body, sheet.left + 2)


def _lead(sheet: _Sheet, origin: Origin) -> None:
    one, asked, lang = sheet.filled.definition, sheet.filled.asked, sheet.lang
    first, last = sheet.left, sheet.left + len(one.columns) - 1
    left, right = sheet.format(_BASE), sheet.format(_BASE, align="right")
    middle = {**_BASE, "align": "center", "text_wrap": True}
    sheet.sheet.merge_range(0, first, 0, first + 1, say("form.number", lang, code=one.code), left)
    sheet.sheet.merge_range(
        0, last - 2, 0, last, say("form.measured", lang, unit=one.unit.text(lang)), right
    )
    title = sheet.format(middle | {"bold": True, "font_size": 13})
    sheet.sheet.merge_range(1, first, 1, last, one.title.text(lang).upper(), title)
    days = {"first": f"{asked.period.first:%d/%m/%Y}", "last": f"{asked.period.last:%d/%m/%Y}"}
    text = say("form.days", lang, period=asked.period.label, **days)
    sheet.sheet.merge_range(2, first, 2, last, text, sheet.format(middle, italic=True))
    text = say("form.of", lang, scope=harmless(origin.scope), map=map_name(sheet.filled, lang))
    sheet.sheet.merge_range(3, first, 3, last, text, sheet.format(middle))
    sheet.sheet.set_row(1, 34)


def _head(sheet: _Sheet) -> None:
    one, cut = sheet.filled.definition, sheet.filled.asked.cut
    style = sheet.format(_BOXED, bold=True, align="center", text_wrap=True)
    for row, line in enumerate(heads(one, cut, sheet.lang), LEAD):
        for head in line:
            _merge(sheet, row, head, style)
    italic = sheet.format(_BOXED, italic=True, align="center")
    for column in one.columns:
        place = sheet.left + column.number - 1
        sheet.sheet.write_string(sheet.body - 1, place, f"({column.number})", italic)


def _merge(sheet: _Sheet, row: int, head: Head, style: Any) -> None:
    first = sheet.left + head.column - 1
    if head.rows == head.columns == 1:
        sheet.sheet.write_string(row, first, head.label, style)
        return
    below, beside = row + head.rows - 1, first + head.columns - 1
    sheet.sheet.merge_range(row, first, below, beside, head.label, style)


def _notes(sheet: _Sheet) -> None:
    """Write the notes two rows below the table."""
    style = sheet.format(_BASE, italic=True, text_wrap=True)
    first, last = sheet.left, sheet.left + len(sheet.filled.definition.columns) - 1
    for at, note in enumerate(notes_of(sheet.filled, sheet.lang), sheet.end + 4):
        sheet.sheet.merge_range(at, first, at, last, harmless(note), style)


def _row(sheet: _Sheet, at: int, row: Printed, ordinal: str) -> None:
    bold = {"bold": True} if row is sheet.filled.total else {}
    for column in sheet.filled.definition.columns:
        place = sheet.left + column.number - 1
        if column.shows == "ordinal":
            style = sheet.format(_BOXED | bold, align="center")
            sheet.sheet.write_string(at, place, ordinal, style)
        elif column.shows == "name":
            name = harmless(row_name(sheet.filled, row, sheet.lang))
            style = sheet.format(_BOXED | bold, text_wrap=True, num_format="@")
            sheet.sheet.write_string(at, place, name, style)
        else:
            _figure(sheet, at, column, row, bold)


def _figure(sheet: _Sheet, at: int, column: Column, row: Printed, bold: dict[str, Any]) -> None:
    place = sheet.left + column.number - 1
    cell = worded(sheet.filled, column.number, row.cells[column.number], sheet.lang)
    if cell is None or isinstance(cell, str):
        style = sheet.format(_BOXED | bold, align="center")
        sheet.sheet.write_string(at, place, harmless(cell) if cell else ABSENT, style)
        return
    shape = "#,##0.00" if isinstance(cell, Decimal) and cell % 1 else "#,##0"
    style = sheet.format(_BOXED | bold, num_format=shape)
    if formula := _formula(sheet, at, column, row):
        sheet.sheet.write_formula(at, place, formula, style, _number(cell))
    else:
        sheet.sheet.write_number(at, place, _number(cell), style)


def _formula(sheet: _Sheet, at: int, column: Column, row: Printed) -> str:
    """Return the formula behind a figure; empty for one that marts counted."""
    if column.sum:
        return "=" + "+".join(f"{sheet.letter(number)}{at + 1}" for number in column.sum)
    if row is sheet.filled.total and sheet.filled.rows:
        letter = sheet.letter(column.number)
        return f"=SUM({letter}{sheet.body + 1}:{letter}{sheet.end + 1})"
    return ""


def _fit(sheet: _Sheet) -> None:
    """Make columns as wide as what stands in them."""
    rows = [*sheet.filled.rows, *([sheet.filled.total] if sheet.filled.total else [])]
    if sheet.left:
        sheet.sheet.set_column(0, sheet.left - 1, 2)
    for column in sheet.filled.definition.columns:
        place = sheet.left + column.number - 1
        if column.shows == "name":
            widest = max((len(row_name(sheet.filled, row, sheet.lang)) for row in rows), default=0)
            sheet.sheet.set_column(place, place, min(max(widest + 2, 18), 60))
        elif column.shows == "ordinal":
            sheet.sheet.set_column(place, place, 5)
        else:
            told = [numeral.number(c) for r in rows if isinstance(c := r.cells[column.number], int)]
            sheet.sheet.set_column(place, place, max(9, *(len(text) + 2 for text in told), 0))


def _origin_sheet(sheet: _Sheet, origin: Origin) -> None:
    lang = sheet.lang
    page = sheet.book.add_worksheet(say("form.sheet_origin", lang))
    name = sheet.format(_BASE, bold=True)
    text = sheet.format(_BASE, text_wrap=True, num_format="@", valign="top")
    for row, (key, value) in enumerate(origin_facts(sheet.filled, origin, lang)):
        page.write_string(row, 0, say(f"form.{key}", lang), name)
        page.write_string(row, 1, harmless(value)[:CELL_TEXT], text)
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 90)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)


def origin_facts(filled: Filled, origin: Origin, lang: Lang) -> list[tuple[str, str]]:
    """Return what is told of a form beside its figures: (word below ``form``, text)."""
    one, asked = filled.definition, filled.asked
    holding = filled.checked - len(filled.broken)
    facts = [
        ("fact_code", one.code),
        ("fact_version", filled.version),
        ("fact_authority", one.authority.text(lang)),
        ("fact_source", one.source),
        ("fact_scope", origin.scope),
        ("fact_period", f"{asked.period.label} · {asked.period.name}"),
        ("fact_days", f"{numeral.day(asked.period.first)} – {numeral.day(asked.period.last)}"),
        ("fact_calendar", say(f"nav.calendar_{asked.calendar}", lang)),
        ("fact_map", map_name(filled, lang)),
        ("fact_coverage", coverage_text(filled.coverage, lang)),
        ("fact_identities", f"{holding}/{filled.checked}"),
        ("fact_fingerprint", filled.fingerprint),
        (
            "fact_runs",
            f"{len(origin.runs)}: {ranges(list(origin.runs))}" if origin.runs else ABSENT,
        ),
    ]
    if filled.before is not None:
        facts.insert(10, ("fact_before", coverage_text(filled.before, lang)))
    if origin.signer:
        facts.append(("fact_signer", origin.signer))
    return facts


def coverage_text(coverage: Coverage, lang: Lang) -> str:
    """Return a coverage as people read it: share, and partitions of how many."""
    if not coverage.expected:
        return ABSENT
    share = Decimal(10_000 * coverage.covered // coverage.expected) / 100
    counted = f"{numeral.number(coverage.covered, lang)}/{numeral.number(coverage.expected, lang)}"
    return f"{numeral.percent(share, lang)} ({counted})"


def map_name(filled: Filled, lang: Lang) -> str:
    """Return the map that agencies stand on."""
    basis = filled.asked.basis
    if isinstance(basis, str):
        return say(f"nav.map_{basis}", lang)
    return say("nav.map_of", lang, day=numeral.day(basis))


def _check_sheet(sheet: _Sheet) -> None:
    """Write every identity as a formula that is 0 where it holds."""
    lang, name = sheet.lang, say("form.sheet", sheet.lang)
    page = sheet.book.add_worksheet(say("form.sheet_check", lang))
    bold, text = sheet.format(_BASE, bold=True), sheet.format(_BASE, num_format="@")
    for place, key in enumerate(("row", "identity", "difference")):
        page.write_string(0, place, say(f"form.check_{key}", lang), bold)
    for at, check in enumerate(sheet.filled.checks, 1):
        row, place = check.row, sheet.body + check.place + 1
        right = "+".join(f"'{name}'!{sheet.letter(n)}{place}" for n in check.identity.right)
        formula = f"='{name}'!{sheet.letter(check.identity.left)}{place}-({right})"
        page.write_string(at, 0, harmless(row_name(sheet.filled, row, lang)), text)
        page.write_string(at, 1, str(check.identity), text)
        page.write_formula(at, 2, formula, sheet.format(_BASE), check.difference)
    page.set_column(0, 0, 44)
    page.set_column(1, 2, 24)


def _number(cell: Cell) -> int | float:
    return float(cell) if isinstance(cell, Decimal) else int(cell or 0)
