"""What people did on these pages: the list, and how far each action is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from serving.access import Operator
from serving.numeral import moment, number
from serving.problem import Problem
from serving.service import Served
from serving.state import GLYPHS
from serving.template import page
from serving.view import View, Viewed
from serving.work import decoded
from warehouse import action
from warehouse.action import Action, Step

router = APIRouter()

RECENT = 50
LINES = 200
"""Partitions of one action that are shown, those in need of attention first."""
WORKED = frozenset({"backfill", "run", "replay", "redrive"})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an action is.

    Attributes:
        state: ``running``, ``lost``, ``done``, ``failed``, ``refused``.
        good: partitions that came through; ``bad``: that did not.
    """

    told: Action
    state: str
    steps: Sequence[Step]
    parked: frozenset[str]

    @property
    def total(self) -> int:
        """Return how many partitions were planned."""
        return len(self.steps)

    @property
    def good(self) -> int:
        """Return how many partitions came through."""
        return sum(step.state in {"loaded", "unchanged", "superseded"} for step in self.steps)

    @property
    def done(self) -> int:
        """Return how many partitions are over, parked ones included."""
        over = sum(step.is_over for step in self.steps)
        return min(self.total, over + len(self.parked))

    @property
    def lines(self) -> list[Step]:
        """Return the partitions, those in need of attention first."""
        rank = {"failed": 0, "rejected": 1, "running": 2, None: 3}
        return sorted(self.steps, key=lambda s: (rank.get(s.state, 4), s.partition))[:LINES]


@router.get("/actions", include_in_schema=False)
def show_actions(view: Viewed, person: Operator, service: Served) -> Response:
    """List the newest actions."""
    with service.snapshot() as conn:
        found = action.recent(conn, count=RECENT)
        outcomes = {one.action_id: _outcome(view, one.outcome) for one in found}
        return page(
            "actions.html", view, person, tab="/completeness", actions=found, outcomes=outcomes
        )


@router.get("/actions/{figure}", include_in_schema=False)
def show_action(figure: str, view: Viewed, person: Operator, service: Served) -> Response:
    """Show how far an action is."""
    with service.snapshot() as conn:
        told = action.read_action(conn, int(figure)) if figure.isdecimal() else None
        if told is None:
            raise Problem(404, "NOT-FOUND", "no such action", seen=figure[:20], next="/actions")
        steps = (
            []
            if told.state == "refused"
            else action.progress(conn, decoded(told.detail), told.started_at)
        )
        now = service.clock()
        is_lost = service.works.is_lost(told, steps, now)
        parked = frozenset(
            bad["partition"] for bad in told.outcome.get("bad", ()) if bad["outcome"] == "parked"
        )
        progress = Progress(told, "lost" if is_lost else told.state, steps, parked)
    return page(
        "action.html",
        view,
        person,
        tab="/quarantine" if told.verb == "redrive" else "/completeness",
        is_kept=False,
        progress=progress,
        told=told,
        heading=_heading(view, progress),
        outcome=_outcome(view, told.outcome),
        by=view.say("action.by", number=figure, person=told.person, at=moment(told.started_at)),
        names={code: agency.name for code, agency in service.registry.agencies.items()},
        glyphs=GLYPHS,
        asked=told.detail.get("asked", {}),
    )


def _heading(view: View, progress: Progress) -> str:
    told, total = progress.told, progress.total
    verb = view.say(f"action.{told.verb}")
    if told.verb not in WORKED:
        return view.say("action.ended", verb=verb, state=view.say(f"action.state_{told.state}"))
    key, bad = progress.state, total - progress.good
    if key == "done" and bad:
        key = "done_some"
    numbers = {"done": progress.done, "total": total, "good": progress.good, "bad": bad}
    values = {name: number(value, view.lang) for name, value in numbers.items()}
    return view.say(f"action.{key}", verb=verb, because=told.outcome.get("because", ""), **values)


def _outcome(view: View, outcome: Mapping[str, Any]) -> str:
    """Return what came of an action in one sentence; empty where nothing did yet."""
    told = []
    if "freed" in outcome:
        is_whole = not outcome.get("code") and not outcome["bad_count"]
        key = "action.freed_none" if is_whole and not outcome["freed"] else "action.freed"
        freed = {name: number(outcome[name], view.lang) for name in ("freed", "left")}
        told.append(view.say(key, **freed))
    elif "rows_loaded" in outcome:
        told.append(view.say("action.loaded", rows=number(outcome["rows_loaded"], view.lang)))
    if outcome.get("code"):
        told.append(view.say(f"cause.{outcome['code']}"))
    return " · ".join(told)
