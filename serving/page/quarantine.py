"""Cách ly: quarantined rows by cause and agency, how to mend them, and a file for those who do."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from hub.origin import origin_of
from hub.registry import Registry
from hub.spreadsheet import XLSX
from serving.access import Reader
from serving.cause import cause_text, fix_text, masked
from serving.numeral import number
from serving.problem import Problem
from serving.quarantine_file import MOST, write_workbook
from serving.service import Served
from serving.span import Span, Spanned
from serving.template import page
from serving.view import View, Viewed
from warehouse.quarantine import Cause, Choice, Example, causes, count, examples, reasons

router = APIRouter()

LINES = 50
"""Causes on one page."""


@dataclass(frozen=True, slots=True)
class Line:
    """One cause as the page shows it; ``query`` names it in addresses."""

    cause: Cause
    text: str
    name: str
    seen: str | None
    allowed: str
    fix: str
    query: dict[str, str]


@router.get("/quarantine", include_in_schema=False)
def show_quarantine(view: Viewed, span: Spanned, person: Reader, service: Served) -> Response:
    """Show why rows are in quarantine."""
    choice = _choice(view, span)
    at = _page_number(view)
    with service.snapshot() as conn:
        found = causes(conn, choice)
        part = found[(at - 1) * LINES : at * LINES]
        registry = service.registry
        told = zip(part, examples(conn, part), strict=True)
        rows = sum(c.rows for c in found) if choice.rule else count(conn, choice)
        return page(
            "quarantine.html",
            view,
            person,
            tab="/quarantine",
            span=span,
            choice=choice,
            query={**_named(choice), **span.query},
            heading=_heading(view, rows, found),
            lines=[_line(view, registry, span, cause, one) for cause, one in told],
            pages=range(1, -(-len(found) // LINES) + 1),
            at=at,
            agencies={code: agency.name for code, agency in registry.agencies.items()},
            feeds=sorted({feed for agency in registry.agencies.values() for feed in agency.feeds}),
        )


@router.get("/quarantine.xlsx", include_in_schema=False)
def give_workbook(view: Viewed, span: Spanned, person: Reader, service: Served) -> Response:
    """Give every reason of every chosen row as a workbook.

    Raises:
        Problem: 413, more rows than a sheet holds.
    """
    del person
    choice = _choice(view, span)
    handle, name = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    path = Path(name)
    with service.snapshot() as conn:
        if (rows := count(conn, choice)) > MOST:
            path.unlink()
            raise Problem(
                413, "TOO-BIG", "too many rows for one file", seen=str(rows), allowed=str(MOST)
            )
        write_workbook(path, view, service.registry, reasons(conn, choice))
    title = "-".join(filter(None, (view.say("quarantine.file"), *choice.agencies, choice.code)))
    return FileResponse(
        path,
        media_type=XLSX,
        filename=f"{title}-{span.first:%Y%m%d}-{span.last:%Y%m%d}.xlsx",
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _choice(view: View, span: Span) -> Choice:
    query = view.query
    return Choice(
        span.first,
        span.last,
        tuple(filter(None, query.get("agency", "").split(","))),
        tuple(filter(None, query.get("feed", "").split(","))),
        query.get("rule", ""),
        query.get("code", ""),
    )


def _named(choice: Choice) -> dict[str, str]:
    """Return a choice as an address says it, days left out."""
    return {
        "agency": ",".join(choice.agencies),
        "feed": ",".join(choice.feeds),
        "rule": choice.rule,
        "code": choice.code,
    }


def _page_number(view: View) -> int:
    text = view.query.get("page", "1")
    if not text.isdecimal() or not int(text):
        raise Problem(400, "PAGE", "not a page number", seen=text[:20], allowed="1 …")
    return int(text)


def _heading(view: View, rows: int, found: Sequence[Cause]) -> str:
    if not found:
        return view.say("quarantine.heading_none")
    distinct = {(cause.feed, cause.rule, cause.code) for cause in found}
    return view.say(
        "quarantine.heading",
        rows=number(rows, view.lang),
        causes=number(len(distinct), view.lang),
    )


def _line(view: View, registry: Registry, span: Span, cause: Cause, one: Example) -> Line:
    agency = registry.agencies.get(cause.agency)
    if agency and cause.feed in agency.feeds:
        contract = origin_of(agency, cause.feed).contract
        text = cause_text(view, contract, cause.rule, cause.code, one.field or "")
    else:
        text = view.say(f"cause.{cause.code}")
    named = {"agency": cause.agency, "feed": cause.feed, "rule": cause.rule, "code": cause.code}
    return Line(
        cause,
        text,
        agency.name if agency else cause.agency,
        None if one.seen is None else masked(one.seen),
        one.allowed or "",
        fix_text(view, cause.code),
        {**named, **span.query},
    )
