"""Đơn vị: one agency, a strip of states and one of row counts per feed, and what waits for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from contracts.errors import ConfigError
from hub.drift import drift
from hub.matrix import LACKING, NOT_REQUIRED, Row, completeness
from hub.origin import origin_of
from hub.registry import Agency, Registry
from serving.access import Reader
from serving.cause import fix_text
from serving.day import spans_text
from serving.numeral import day as day_text
from serving.numeral import number
from serving.problem import Problem
from serving.service import Served, Service
from serving.span import Span, Spanned
from serving.state import GLYPHS, state_texts
from serving.template import page
from serving.view import View, Viewed
from warehouse.database import Connection, read_snapshot, run
from warehouse.shown import Shown, shown

router = APIRouter()

RUNS = 15
BAR_HEIGHT = 40


@dataclass(frozen=True, slots=True)
class Strip:
    """One feed over the days.

    Attributes:
        cells: (day, state).
        bars: (place from 0, height 0..40) of the days that show rows.
        most, total: rows of the fullest day, and of all days.
    """

    feed: str
    cells: Sequence[tuple[date, str]]
    bars: Sequence[tuple[int, float]]
    most: int
    total: int
    lacking: int


class RecentRun(NamedTuple):
    """One attempt, as ``explain.recent`` has it."""

    run_id: int
    feed: str
    day: date
    state: str
    reason: str
    contract: str
    code: str
    message: str
    loaded: int
    quarantined: int
    started_at: datetime
    ended_at: datetime | None


class Task(NamedTuple):
    """What waits for the agency: days of one feed that ended with one code."""

    feed: str
    code: str
    days: Sequence[date]
    message: str


@router.get("/agencies/{code}", include_in_schema=False)
def show_agency(
    code: str, view: Viewed, span: Spanned, person: Reader, service: Served
) -> Response:
    """Show one agency."""
    agency = known_agency(service, code)
    with service.snapshot() as conn:
        known = shown(conn, span.first, span.last, agency.code)
        row = agency_row(service, agency, known, span)
        strips = _strips(row, known)
        return page(
            "agency.html",
            view,
            person,
            tab="/completeness",
            agency=agency,
            span=span,
            days=list(row.cells),
            strips=strips,
            heading=_heading(view, row, known, span),
            facts=_facts(view, agency, span),
            lacking=sum(strip.lacking for strip in strips),
            chosen=view.query.get("day", ""),
            runs=_runs(conn, agency.code),
            tasks=_tasks(conn, agency.code, span),
            drifts=drift(service.registry, conn, agencies=[agency.code]),
            origins=[origin_of(agency, feed) for feed in agency.feeds],
            glyphs=GLYPHS,
            said=state_texts(view),
            spans_text=spans_text,
            fix=partial(fix_text, view),
        )


def known_agency(service: Service, code: str) -> Agency:
    """Return an agency of the registry.

    Raises:
        Problem: 404, no file has that code.
    """
    try:
        return service.registry.agency(code)
    except ConfigError as error:
        told = {"seen": error.seen, "allowed": error.allowed, "next": "/completeness"}
        raise Problem(404, error.code, error.what, **told) from error


def agency_row(service: Service, agency: Agency, known: Sequence[Shown], span: Span) -> Row:
    """Return an agency's row of the matrix; empty cells where it owes nothing."""
    alone = Registry({agency.code: agency}, service.registry.folder)
    matrix = completeness(alone, known, (span.first, span.last), service.clock())
    empty: Mapping[date, Mapping[str, str]] = {day: {} for day in matrix.days}
    return next(iter(matrix.rows), Row(agency.code, agency.name, empty, agency.kind))


def _strips(row: Row, known: Sequence[Shown]) -> list[Strip]:
    rows = {(one.feed, one.day): one.loaded for one in known}
    days = list(row.cells)
    strips = []
    for feed in row.feeds:
        counts = [rows.get((feed, day), 0) for day in days]
        most = max(counts)
        cells = [(day, row.cells[day].get(feed, NOT_REQUIRED)) for day in days]
        bars = [
            (place, round(BAR_HEIGHT * count / most, 1))
            for place, count in enumerate(counts)
            if count
        ]
        lacking = sum(state in LACKING for _, state in cells)
        strips.append(Strip(feed, cells, bars, most, sum(counts), lacking))
    return strips


def _heading(view: View, row: Row, known: Sequence[Shown], span: Span) -> str:
    days = {
        feed: [day for day, feeds in row.cells.items() if feeds.get(feed) in LACKING]
        for feed in row.feeds
    }
    worst = max(days, key=lambda feed: len(days[feed]), default="")
    if not worst:
        return view.say("agency.heading_idle", name=row.name)
    if not days[worst]:
        rows = sum(one.quarantined for one in known)
        key = "agency.heading_quarantine" if rows else "agency.heading_full"
        return view.say(key, name=row.name, rows=number(rows, view.lang), days=span.days)
    told = view.say(
        "agency.lacking",
        name=row.name,
        count=len(days[worst]),
        feed=feed_in_sentence(view, worst),
        days=spans_text(days[worst]),
    )
    others = [len(found) for feed, found in days.items() if found and feed != worst]
    if others:
        told += view.say("agency.lacking_more", count=sum(others), feeds=len(others))
    return told


def feed_in_sentence(view: View, feed: str) -> str:
    """Return a feed's name as it stands inside a sentence."""
    name = view.say(f"feed.{feed}")
    return name[:1].lower() + name[1:]


def _facts(view: View, agency: Agency, span: Span) -> str:
    active = [feed for feed, source in agency.feeds.items() if source.active(span.last)]
    told = view.say(
        "agency.facts",
        code=agency.code,
        systems=len(active),
        ready=agency.timetable.ready,
        due=agency.timetable.due,
        owner=agency.owner,
    )
    if not (agency.valid_from or agency.valid_to):
        return told
    first = day_text(agency.valid_from) if agency.valid_from else view.say("agency.always")
    last = day_text(agency.valid_to) if agency.valid_to else view.say("agency.still")
    return f"{told} · {view.say('agency.life', first=first, last=last)}"


def _runs(conn: Connection, code: str) -> list[RecentRun]:
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "explain.recent", agency=code, count=RUNS)
        return [RecentRun(*row) for row in rows]


def _tasks(conn: Connection, code: str, span: Span) -> list[Task]:
    asked = {"agency": code, "first": span.first, "last": span.last}
    with read_snapshot(conn) as cursor:
        return [Task(*row) for row in run(cursor, "explain.tasks", **asked)]
