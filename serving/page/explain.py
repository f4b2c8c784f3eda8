"""Why one day of one feed is as it is: every attempt, down to the received bytes."""

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from contracts.partition import Partition
from hub.matrix import NOT_REQUIRED
from hub.story import Told, tell
from serving.access import Reader
from serving.cause import fix_text
from serving.numeral import day as day_text
from serving.numeral import number
from serving.page.agency import agency_row, known_agency
from serving.problem import Problem
from serving.service import Served
from serving.span import Span, day_of
from serving.state import GLYPHS
from serving.template import page
from serving.view import View, Viewed
from warehouse import action
from warehouse.database import read_snapshot
from warehouse.shown import shown

router = APIRouter()

SHOWN = 10
"""Attempts told; the rest is counted."""
HELD = frozenset({"VOLUME", "DRIFT-UNIT"})
"""Codes of days held back until somebody accepts them."""


@router.get("/agencies/{code}/{feed}/{day}", include_in_schema=False)
def show_partition(
    code: str, feed: str, day: str, view: Viewed, person: Reader, service: Served
) -> Response:
    """Explain one partition."""
    agency = known_agency(service, code)
    where = Partition(agency.code, feed, day_of("day", day))
    with service.snapshot() as conn, read_snapshot(conn) as cursor:
        story = tell(cursor, where)
        known = [one for one in shown(conn, where.day, where.day, agency.code) if one.feed == feed]
        row = agency_row(service, agency, known, Span(where.day, where.day))
        state = row.cells[where.day].get(feed) or (known[0].state if known else NOT_REQUIRED)
        if not story and state == NOT_REQUIRED:
            raise Problem(
                404,
                "NOT-REQUIRED",
                "not owed for that day",
                seen=str(where),
                allowed=", ".join(agency.feeds_on(where.day)),
                next=f"/agencies/{agency.code}",
            )
        return page(
            "explain.html",
            view,
            person,
            tab="/completeness",
            agency=agency,
            where=where,
            state=state,
            heading=_heading(view, where, state),
            lead=_lead(view, agency.name, story),
            story=story[:SHOWN],
            earlier=len(story) - SHOWN,
            shown_run=_shown_run(story),
            is_landed=any(told["manifest"] for told in story),
            is_held=bool(story) and story[0]["code"] in HELD,
            quarantined=sum(one.quarantined for one in known),
            actions=action.recent(conn, subject=str(where)),
            glyphs=GLYPHS,
            fix=partial(fix_text, view),
        )


def _heading(view: View, where: Partition, state: str) -> str:
    return view.say(
        "agency.explain",
        feed=view.say(f"feed.{where.feed}"),
        day=day_text(where.day),
        state=view.say(f"state.{state}"),
    )


def _lead(view: View, name: str, story: list[Told]) -> str:
    if not story:
        return f"{name} · {view.say('agency.never')}"
    newest = story[0]
    if newest["code"]:
        return f"{name} · {view.say('cause.' + newest['code'])}"
    return f"{name} · {balance(view, newest)}"


def balance(view: View, told: Told) -> str:
    """Return where the rows of a run went."""
    names = ("received", "loaded", "quarantined", "duplicates")
    columns = ("received_count", "loaded_count", "quarantined_count", "duplicate_count")
    values = {
        name: number(told[column], view.lang) for name, column in zip(names, columns, strict=True)
    }
    return view.say("agency.balance", **values)


def _shown_run(story: list[Told]) -> int | None:
    """Return the newest run that was applied: what the partition shows."""
    applied = (told["run_id"] for told in story if told["state"] in {"loaded", "unchanged"})
    return next(applied, None)
