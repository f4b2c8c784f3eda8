"""Độ đầy đủ: who gave which day, agencies x days, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fastapi import APIRouter
from starlette.responses import Response

from hub.matrix import GRAVITY, NOT_REQUIRED, Matrix, Row, completeness
from serving.access import Reader
from serving.numeral import number, percent
from serving.service import Served
from serving.span import Span, Spanned
from serving.state import GLYPHS, PROBLEMS, plain_cells, state_texts
from serving.template import page
from serving.view import View, Viewed, one_of
from warehouse.shown import shown

router = APIRouter()

KINDS = ("all", "province", "ministry")
LEGEND = tuple(reversed(GRAVITY[:-2])) + GRAVITY[-2:]
"""States from best to worst, then those that ask for nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One agency as the page shows it.

    Attributes:
        cells: (day, worst state) in the order of days.
        feeds: feed -> its cells, where the agency is opened; else empty.
        share: percentage of due partitions that are there; None where none is due.
    """

    agency: str
    name: str
    cells: Sequence[tuple[date, str]]
    feeds: Sequence[tuple[str, Sequence[tuple[date, str]]]]
    share: Decimal | None
    lacking: int
    is_open: bool


@router.get("/completeness", include_in_schema=False)
def show_completeness(
    view: Viewed,
    span: Spanned,
    person: Reader,
    service: Served,
) -> Response:
    """Show the matrix."""
    kind, state = _kind(view), _state(view)
    with service.snapshot() as conn:
        known = shown(conn, span.first, span.last)
        whole = completeness(service.registry, known, (span.first, span.last), service.clock())
        matrix = _filtered(whole, kind, state)
        opened = frozenset(filter(None, view.query.get("open", "").split(",")))
        values = {
            "lines": [_line(row, matrix.days, row.agency in opened) for row in matrix.rows],
            "days": matrix.days,
            "heading": _heading(view, matrix),
            "lead": _lead(view, matrix, span),
            "lacking": sum(row.lacking for row in matrix.rows),
            "counts": matrix.counts,
            "opened": opened,
            "toggled": {row.agency: _toggled(opened, row.agency) for row in matrix.rows},
        }
        return page(
            "completeness.html",
            view,
            person,
            tab="/completeness",
            span=span,
            kind=kind,
            state=state,
            kinds=KINDS,
            legend=LEGEND,
            glyphs=GLYPHS,
            said=state_texts(view),
            plain=plain_cells(view),
            problems=PROBLEMS,
            **values,
        )


def _kind(view: View) -> str:
    return one_of("kind", view.query.get("kind") or "all", KINDS)


def _state(view: View) -> str:
    state = view.query.get("state", "")
    return one_of("state", state, GRAVITY) if state else ""


def _filtered(matrix: Matrix, kind: str, state: str) -> Matrix:
    rows = (
        row
        for row in matrix.rows
        if (kind == "all" or (row.kind == "province") == (kind == "province"))
        and (not state or row.counts[state])
    )
    return Matrix(matrix.days, tuple(rows))


def _heading(view: View, matrix: Matrix) -> str:
    names = [row.name for row in matrix.rows if row.lacking]
    if not names:
        return view.say("completeness.heading_none")
    if len(names) == 1:
        return view.say("completeness.heading_one", name=names[0])
    return view.say("completeness.heading", agencies=number(len(names), view.lang))


def _lead(view: View, matrix: Matrix, span: Span) -> str:
    due = sum(row.due for row in matrix.rows)
    missing = sum(row.lacking for row in matrix.rows)
    feeds = {feed for row in matrix.rows for feed in row.feeds}
    return view.say(
        "completeness.lead",
        days=span.days,
        span=f"{span.first:%d/%m/%Y} – {span.last:%d/%m/%Y}",
        feeds=len(feeds),
        shown=number(due - missing, view.lang),
        due=number(due, view.lang),
        share=percent(_share(due, missing), view.lang, 1),
    )


def _line(row: Row, days: Sequence[date], is_open: bool) -> Line:
    feeds = [
        (feed, [(day, row.cells[day].get(feed, NOT_REQUIRED)) for day in days])
        for feed in (row.feeds if is_open else ())
    ]
    return Line(
        row.agency,
        row.name,
        [(day, row.worst[day]) for day in days],
        feeds,
        _share(row.due, row.lacking),
        row.lacking,
        is_open,
    )


def _share(due: int, lacking: int) -> Decimal | None:
    return Decimal(100 * (due - lacking)) / due if due else None


def _toggled(opened: frozenset[str], agency: str) -> str:
    """Return the address's list of opened agencies once one of them is opened or closed."""
    return ",".join(sorted(opened ^ {agency}))
