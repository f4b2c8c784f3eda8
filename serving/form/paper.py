"""The paper: a filled form as a page's table shows it, cell by cell with its address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.period import Calendar, parse_period
from serving import numeral
from serving.form.cell import row_name, scope_name, shown
from serving.form.filling import Filled, Printed
from serving.form.header import heads
from serving.form.note import notes_of
from serving.form.question import UNSTATED, place_in_address
from serving.form.workbook import coverage_text, map_name
from serving.view import View

PAGE_ROWS = 200
"""Rows of one page; a page of more would be past 100 KB."""
NAMED = 5
"""Agencies with missing days that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell: its text, whether it is a word or no figure, and where it explains itself."""

    text: str
    is_word: bool
    href: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row: ordinal, name with the sign of its mark, coverage where rows have one, cells."""

    ordinal: str
    name: str
    coverage: str
    cells: Sequence[ShownCell]


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows a page shows, counted from 1, of how many; numbers of the pages beside it."""

    first: int
    last: int
    all: int
    back: int
    next: int


def paper_values(filled: Filled, view: View) -> dict[str, Any]:
    """Return what the table of a form needs in a template."""
    number = view.query.get("page", "1")
    rows, span = rows_of(filled, view, int(number) if number.isdecimal() else 1)
    return {
        "filled": filled,
        "one": filled.definition,
        "heads": heads(filled.definition, filled.asked.cut, view.lang),
        "rows": rows,
        "span": span,
        "total": total_of(filled, view),
        "scope": scope_name(filled, view.lang),
        "map_name": map_name(filled, view.lang),
        "coverage": coverage_text(filled.coverage, view.lang),
        "place": place_in_address(filled.asked),
        "lacking": lacking(filled, view),
        "notes": notes_of(filled, view.lang),
        "other": other_calendar(view),
    }


def rows_of(filled: Filled, view: View, number: int = 1) -> tuple[list[ShownRow], Span]:
    """Return the rows of one page of a form, and which they are."""
    first = min(max(number - 1, 0) * PAGE_ROWS, max(len(filled.rows) - 1, 0))
    chosen = filled.rows[first : first + PAGE_ROWS]
    last = first + len(chosen)
    has_more = last < len(filled.rows)
    span = Span(first + 1, last, len(filled.rows), number - 1, number + 1 if has_more else 0)
    rows = [_row(filled, view, row, str(place)) for place, row in enumerate(chosen, first + 1)]
    return rows, span


def total_of(filled: Filled, view: View) -> ShownRow | None:
    """Return the total as shown, None where a form has none."""
    return _row(filled, view, filled.total, "") if filled.total else None


def cell_addresses(filled: Filled, view: View, row: Printed) -> dict[int, str]:
    """Return column number -> where the cell of that column explains itself."""
    is_total = row is filled.total
    address = view.href(
        f"/forms/{filled.asked.form}/cell",
        **place_in_address(filled.asked),
        row="" if is_total else row.code or UNSTATED,
        mark=row.mark,
        column=0,
    )
    return {number: f"{address[:-1]}{number}" for number in row.cells}


def _row(filled: Filled, view: View, row: Printed, ordinal: str) -> ShownRow:
    addresses = cell_addresses(filled, view, row)
    cells = [
        ShownCell(
            shown(filled, number, cell, view.lang),
            isinstance(cell, str),
            addresses[number],
        )
        for number, cell in row.cells.items()
    ]
    coverage = row.coverage
    is_short = coverage is not None and coverage.covered < coverage.expected
    told = coverage_text(coverage, view.lang) if coverage and is_short else ""
    return ShownRow(ordinal, row_name(filled, row, view.lang), told, cells)


def lacking(filled: Filled, view: View) -> str:
    """Return one sentence about who did not give what; empty where all is there."""
    gone = filled.coverage.expected - filled.coverage.covered
    if not gone:
        return ""
    counted = [(one.coverage.expected - one.coverage.covered, one) for one in filled.incomplete]
    counted.sort(key=lambda pair: (-pair[0], pair[1].code))
    names = [
        view.say("form.lacking_one", name=one.name, gone=view.number(days))
        for days, one in counted[:NAMED]
    ]
    if more := len(counted) - NAMED:
        names += [view.say("form.lacking_more", count=view.number(more))] if more > 0 else []
    return view.say("form.lacking", gone=view.number(gone), names=", ".join(names) or "–")


def other_calendar(view: View) -> tuple[str, str] | None:
    """Return the days that a named period has in the other calendar, and where to see them."""
    name = view.query.get("period", "") or view.period.name
    other = Calendar.CIVIL if view.calendar is Calendar.REPORT else Calendar.REPORT
    if ".." in name:
        return None
    period = parse_period(name, other)
    days = f"{numeral.day(period.first)} – {numeral.day(period.last)}"
    return days, view.href(calendar=other.value, period=name)
