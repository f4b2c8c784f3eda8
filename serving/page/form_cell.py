"""One cell of a form: what was added, by agency and day, down to the received records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serving import numeral
from serving.access import Reader
from serving.form import backing
from serving.form.backing import Member, Part, Record
from serving.form.cell import ranges, row_name, shown
from serving.form.definition import Column
from serving.form.filling import Filled, Printed, fill
from serving.form.header import full_labels
from serving.form.paper import cell_addresses
from serving.form.question import asked_of, member_of, place_in_address
from serving.form.signing import feeds_of
from serving.form.workbook import coverage_text, map_name
from serving.problem import Problem
from serving.service import Served
from serving.template import page
from serving.view import View, Viewed
from warehouse.database import Connection

router = APIRouter()
SHOWN_DAYS = 400
"""Days that a page lists one by one; what lies before is told as one line."""
SHOWN_RECORDS = 200


@dataclass(frozen=True, slots=True)
class Asking:
    """The cell that is asked about, and how deep.

    Attributes:
        agency: code that reported; empty = every one.
        day: one of its days; None = all.
    """

    filled: Filled
    member: Member
    row: Printed
    column: Column
    agency: str
    day: date | None


@router.get("/forms/{form}/cell", include_in_schema=False)
def show_cell(form: str, view: Viewed, person: Reader, service: Served) -> Response:
    """Show what stands behind a cell."""
    with service.snapshot() as conn:
        asking = _asking(fill(conn, asked_of(form, view)), view)
        values = _common(asking, view) | _deeper(conn, asking, view)
    return page("form_cell.html", view, person, tab="/forms", **values)


def _asking(filled: Filled, view: View) -> Asking:
    member, number = member_of(view.query), view.query.get("column", "")
    column = filled.definition.column(int(number) if number.isdecimal() else 0)
    if not column.is_figure:
        raise Problem(400, "COLUMN", "this column holds no figures", seen=number[:10])
    rows = [filled.total] if member.is_total else filled.rows
    for row in rows:
        if row and (row.code, row.mark) == (member.code, member.mark):
            agency, day = view.query.get("of", "")[:20], _day(view.query.get("day", ""))
            return Asking(filled, member, row, column, agency, day)
    raise Problem(404, "ROW", "the form has no such row", seen=member.code[:40])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Problem(400, "DAY", "no day", seen=text[:20], allowed="YYYY-MM-DD") from error


def _common(asking: Asking, view: View) -> dict[str, Any]:
    filled, column = asking.filled, asking.column
    number = column.number
    labels = full_labels(filled.definition, filled.asked.cut, view.lang)
    addresses = cell_addresses(filled, view, asking.row)
    return {
        "filled": filled,
        "row_name": row_name(filled, asking.row, view.lang),
        "figure": shown(filled, number, asking.row.cells[number], view.lang),
        "column": column,
        "label": labels[number - 1],
        "place": place_in_address(filled.asked),
        "map_name": map_name(filled, view.lang),
        "coverage": coverage_text(filled.coverage, view.lang),
        "adds": [
            (
                n,
                labels[n - 1],
                shown(filled, n, asking.row.cells[n], view.lang),
                addresses[n],
            )
            for n in column.sum
        ],
        "plus": _counters(view, column.counters),
        "minus": _counters(view, column.minus),
        "is_stock": any(c.is_stock for c in backing.simple_columns(filled.definition, column)),
        "agency": asking.agency,
        "day": asking.day,
        "parts": [],
        "records": [],
        "earlier": None,
        "facts": _facts(asking, view),
    }


def _counters(view: View, names: Sequence[str]) -> str:
    return ", ".join(view.say(f"form.counter_{name}") for name in names)


def _facts(asking: Asking, view: View) -> str:
    """Return what an indicator's cell stands on; empty for counted cells."""
    if not asking.column.fact:
        return ""
    by_fact = {c.fact: c.number for c in asking.filled.definition.figures}
    told = {
        fact: shown(asking.filled, by_fact[fact], asking.row.cells[by_fact[fact]], view.lang)
        for fact in ("numerator", "denominator")
        if fact in by_fact
    }
    behind = coverage_text(asking.row.coverage, view.lang) if asking.row.coverage else "–"
    return view.say(
        "form.cell_indicator",
        above=told.get("numerator", "–"),
        below=told.get("denominator", "–"),
        coverage=behind,
    )


def _deeper(conn: Connection, asking: Asking, view: View) -> dict[str, Any]:
    """Return the parts of the cell: agencies, days of one, records of one day."""
    filled, column = asking.filled, asking.column
    if column.missing or column.fact:
        return {}
    simple = backing.simple_columns(filled.definition, column)
    if asking.agency and asking.day:
        found = backing.records(
            conn, filled.asked, simple, asking.member, agency=asking.agency, day=asking.day
        )
        return _record_values(found, view)
    parts = backing.parts(conn, filled.asked, simple, asking.member, agency=asking.agency)
    told = sum(part.count for part in parts)
    shown_parts, rest = parts[:SHOWN_DAYS], parts[SHOWN_DAYS:]
    return {
        "parts": _parts(conn, asking, view, shown_parts),
        "earlier": (len(rest), view.number(sum(part.count for part in rest))) if rest else None,
        "added": view.number(told),
    }


def _parts(
    conn: Connection, asking: Asking, view: View, parts: Sequence[Part]
) -> list[dict[str, str]]:
    """Return the lines of a cell: name, count, runs, and the address one step deeper."""
    period = asking.filled.asked.period
    first = min([period.first, *(part.day for part in parts if part.day)])
    runs = backing.runs_by_part(conn, _feed(asking), first, period.last, asking.agency)
    return [
        {
            "name": numeral.day(part.day) if part.day else f"{part.agency} {part.name}",
            "count": view.number(part.count),
            "runs": ranges(runs.get((part.agency, part.day), [])) or numeral.ABSENT,
            "href": view.href(of=part.agency, day=part.day.isoformat() if part.day else ""),
        }
        for part in parts
    ]


def _feed(asking: Asking) -> str:
    simple = backing.simple_columns(asking.filled.definition, asking.column)
    return feeds_of(asking.filled)[-1 if any(map(backing.has_payments, simple)) else 0]


def _record_values(found: Sequence[Record], view: View) -> dict[str, Any]:
    return {
        "records": [
            {
                "told": numeral.day(record.day),
                "row_number": view.number(record.row_number),
                "run": record.run,
                "manifest": record.manifest,
                "weight": f"{record.weight:+d}",
                "measure": view.say(f"form.counter_{record.measure}"),
                "status": record.status_vi if view.lang == "vi" else record.status_en,
                "received": numeral.day(record.received_on),
                "due": numeral.day(record.due_on),
                "closed": numeral.day(record.closed_on),
            }
            for record in found[:SHOWN_RECORDS]
        ],
        "all": len(found),
        "added": view.number(sum(record.weight for record in found)),
    }
