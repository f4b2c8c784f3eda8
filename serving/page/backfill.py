"""Plans of actions: what will run and what is left out, shown before anybody confirms it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from contracts.partition import ZONE, Partition
from hub.backfill import foresee, open_work, plan_for
from hub.crew import Workshop
from hub.plan import PARKED, Plan, Wish
from hub.redrive import open_archive, plan_redrive, plan_replay, quarantined
from hub.registry import ready_at
from serving.access import Operator, Person
from serving.day import spans_text
from serving.numeral import number
from serving.problem import Problem
from serving.service import Served, Service
from serving.span import Span, Spanned
from serving.template import page
from serving.view import View, Viewed
from serving.work import Order, decoded
from warehouse import action
from warehouse.action import Action
from warehouse.database import Connection

router = APIRouter()

Doing = Literal["backfill", "run", "replay", "redrive"]
LINES = 100
"""Lines (agency and feed) of a plan that are shown; the rest is counted."""
ASKED = ("agency", "feed", "kind", "rule", "code", "parked", "volume")
"""What an address says of an action beside its days."""


@dataclass(frozen=True, slots=True)
class Line:
    """Partitions of one agency and feed."""

    agency: str
    name: str
    feed: str
    days: str
    count: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for.

    Attributes:
        query: as the address says it, days included.
        wish: days, agencies and feeds.
        rule, code: cause of a redrive; empty means any.
        kind: kind of agency; empty means all.
        is_held: whether unusual volumes are held back.
    """

    doing: Doing
    query: Mapping[str, str]
    wish: Wish
    rule: str
    code: str
    kind: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan as it is put before somebody; ``is_changed``: since they last looked at it."""

    asked: Asked
    plan: Plan
    is_changed: bool = False


@router.get("/plan/{doing}", include_in_schema=False)
def show_plan(
    doing: str, view: Viewed, span: Spanned, person: Operator, service: Served
) -> Response:
    """Show what an action would run; nothing is written."""
    asked = _asked(doing, view, span)
    with service.snapshot() as conn:
        offer = Offer(asked, _foreseen(service, conn, asked))
        return _plan_page(view, person, service, conn, offer)


@router.post("/plan/{doing}", include_in_schema=False)
def confirm_plan(
    doing: str,
    view: Viewed,
    span: Spanned,
    person: Operator,
    service: Served,
    plan: Annotated[str, Form()] = "",
) -> Response:
    """Carry out the plan that was shown; one that changed meanwhile is shown again."""
    asked = _asked(doing, view, span)
    made = _made(service, asked)
    if not made.steps or digest(made) != plan:
        with service.snapshot() as conn:
            return _plan_page(view, person, service, conn, Offer(asked, made, is_changed=True))
    with service.connection() as conn:
        order = _order(service, conn, person, asked, made)
        settings = service.settings
        figure = service.works.start(
            conn,
            service.url,
            order,
            processes=settings.processes,
            park_after=settings.park_after,
        )
    return RedirectResponse(view.href(f"/actions/{figure}"), 303)


def digest(plan: Plan) -> str:
    """Return what tells one plan from another: sha256 of its steps."""
    return sha256("\n".join(map(str, plan.steps)).encode()).hexdigest()


def _asked(doing: str, view: View, span: Span) -> Asked:
    if doing not in get_args(Doing):
        raise Problem(404, "NOT-FOUND", "no such action", seen=doing[:20])
    query = {key: view.query[key] for key in ASKED if view.query.get(key)}
    wish = Wish(
        first=span.first,
        last=span.last,
        missing_only=doing == "backfill",
        agencies=_some(query, "agency"),
        feeds=_some(query, "feed"),
        parked_too="parked" in query or doing == "run",
    )
    return Asked(
        doing,  # type: ignore[arg-type]
        {**query, **span.query},
        wish,
        query.get("rule", ""),
        query.get("code", ""),
        query.get("kind", ""),
        is_held=query.get("volume") != "accepted",
    )


def _some(query: Mapping[str, str], key: str) -> frozenset[str]:
    return frozenset(filter(None, query.get(key, "").split(",")))


def _foreseen(service: Service, conn: Connection, asked: Asked) -> Plan:
    for code in asked.wish.agencies:
        service.registry.agency(code)
    match asked.doing:
        case "replay":
            return plan_replay(conn, asked.wish)
        case "redrive":
            return plan_redrive(conn, asked.wish, rule=asked.rule, code=asked.code)
    park_after = service.settings.park_after
    plan = foresee(service.registry, conn, asked.wish, service.clock(), park_after=park_after)
    return _of_kind(service, plan, asked.kind)


def _made(service: Service, asked: Asked) -> Plan:
    """Return the plan to carry out; what it covers is written to the expected set."""
    if asked.doing in {"replay", "redrive"}:
        with service.snapshot() as conn:
            return _foreseen(service, conn, asked)
    with service.desk() as desk:
        desk.addresses()  # without the file no step could run
        return _of_kind(service, plan_for(desk, asked.wish, service.clock()), asked.kind)


def _of_kind(service: Service, plan: Plan, kind: str) -> Plan:
    if not kind:
        return plan
    agencies = service.registry.agencies

    def wants(partition: Partition) -> bool:
        return (agencies[partition.agency].kind == "province") == (kind == "province")

    return plan.narrowed(wants)


def _order(service: Service, conn: Connection, person: Person, asked: Asked, plan: Plan) -> Order:
    before = (
        quarantined(conn, asked.wish, rule=asked.rule, code=asked.code)
        if asked.doing == "redrive"
        else {}
    )
    return Order(
        person=person.name,
        verb=asked.doing,
        subject=_subject(asked, plan),
        plan=plan,
        workshop=_workshop(service, asked),
        detail={
            "asked": asked.query,
            "expected": plan.expected,
            "left_out": dict(plan.left_out),
            "count": len(plan.steps),
        },
        before={step: before[step] for step in plan.steps if step in before},
    )


def _workshop(service: Service, asked: Asked) -> Workshop:
    settings, url = service.settings, service.url
    if asked.doing in {"replay", "redrive"}:
        return partial(open_archive, settings, url, is_newest=asked.doing == "redrive")
    reason = "manual" if asked.doing == "run" else "backfill"
    return partial(open_work, settings, url, held=asked.is_held, reason=reason)


def _subject(asked: Asked, plan: Plan) -> str:
    """Return what an action is about: ``agency/feed/day``, each ``*`` where there are several."""
    parts: tuple[set[object], ...] = (
        {step.agency for step in plan.steps},
        {step.feed for step in plan.steps},
        {step.day for step in plan.steps},
    )
    named = "/".join(str(min(part, key=str)) if len(part) == 1 else "*" for part in parts)
    cause = " ".join(filter(None, (asked.rule, asked.code)))
    return f"{named} {cause}".strip()


def _plan_page(
    view: View, person: Person, service: Service, conn: Connection, offer: Offer
) -> Response:
    asked, plan = offer.asked, offer.plan
    lines = grouped(service, plan.steps)
    parked = grouped(service, (p for p, why in plan.reasons.items() if why == PARKED))
    return page(
        "plan.html",
        view,
        person,
        tab="/quarantine" if asked.doing == "redrive" else "/completeness",
        is_kept=False,
        asked=asked,
        plan=plan,
        digest=digest(plan),
        heading=_heading(view, asked, plan),
        lead=_lead(view, plan),
        lines=lines[:LINES],
        more=len(lines) - LINES,
        parked=parked[:LINES],
        not_ready=_not_ready(service, asked),
        is_changed=offer.is_changed,
        busy=_busy(conn, plan),
    )


def grouped(service: Service, partitions: Iterable[Partition]) -> Sequence[Line]:
    """Return partitions by agency and feed, the most first."""
    found: dict[tuple[str, str], list[date]] = {}
    for p in partitions:
        found.setdefault((p.agency, p.feed), []).append(p.day)
    lines = (
        Line(code, service.registry.agency(code).name, feed, spans_text(days, 6), len(days))
        for (code, feed), days in found.items()
    )
    return sorted(lines, key=lambda line: (-line.count, line.agency, line.feed))


def _not_ready(service: Service, asked: Asked) -> int:
    """Return how many partitions of the wish their sources do not serve yet."""
    if asked.doing in {"replay", "redrive"}:
        return 0
    wish, now = asked.wish, service.clock()
    yesterday = now.astimezone(ZONE).date() - timedelta(1)  # earlier days are ready for sure
    owed = service.registry.expected_between(max(wish.first, yesterday), wish.last)
    agencies = service.registry.agencies
    waiting = [p for p in owed if wish.wants(p) and ready_at(agencies[p.agency], p.day) > now]
    return len(_of_kind(service, Plan(tuple(waiting), len(waiting), {}), asked.kind).steps)


def _busy(conn: Connection, plan: Plan) -> Action | None:
    """Return a running action that is at one of the plan's partitions."""
    wanted = set(plan.steps)
    found = (a for a in action.running(conn) if not wanted.isdisjoint(decoded(a.detail)))
    return next(found, None)


def _heading(view: View, asked: Asked, plan: Plan) -> str:
    verb = view.say(f"action.{asked.doing}")
    if not plan.steps:
        return view.say("action.heading_none", verb=verb)
    return view.say("action.heading", verb=verb, count=number(len(plan.steps), view.lang))


def _lead(view: View, plan: Plan) -> str:
    if not plan.steps:
        return ""
    days = {step.day for step in plan.steps}
    return view.say(
        "action.lead",
        agencies=len({step.agency for step in plan.steps}),
        feeds=len({step.feed for step in plan.steps}),
        days=len(days),
        span=spans_text(days),
    )
