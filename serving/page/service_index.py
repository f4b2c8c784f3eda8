"""``/index-766``: every component of Decision 766, computed or not and why, for every agency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter
from starlette.responses import Response

from hub.period import recent
from serving import home_sentence as sentence
from serving import numeral
from serving.access import Reader
from serving.page.home import GROUPS, group_of, group_rows, mean, note
from serving.problem import Problem
from serving.service import Served
from serving.template import page
from serving.view import View, Viewed
from warehouse.database import read_snapshot
from warehouse.index_definition import Component, Definition, Group, Rule
from warehouse.overview import owed_span
from warehouse.service_index import AgencyIndex, Scored, ServiceIndex, service_index

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One component of one agency as it stands on the page."""

    name: str
    most: str
    counted: str
    share: str
    points: str
    coverage: str
    reason: str


@router.get("/index-766", include_in_schema=False)
def index_766(view: Viewed, person: Reader, service: Served) -> Response:
    """Show the index of every agency of a group, or every component of one agency."""
    group = group_of(view)
    period = view.period.first, max(view.period.first, view.until)
    with service.snapshot() as conn, read_snapshot(conn) as cursor:
        asked = owed_span(cursor, period)
        index = service_index(conn, *asked, basis=view.basis, kept=service.kept)
    rows = group_rows(index, group)
    return page(
        "service_index.html",
        view,
        person,
        tab="/",
        index=index,
        known=index.definition,
        sentence=sentence,
        note=note,
        periods=recent(service.clock().date(), view.calendar),
        group=group,
        groups=GROUPS,
        rows=rows,
        mean=mean(rows),
        months=sentence.months(view, index.spans["service_catalogue"]),
        rule=lambda one: rule_text(view, one),
        chosen=_chosen(view, index.agencies),
        lines=_lines(view, index),
    )


def rule_text(view: View, rule: Rule | None) -> str:
    """Say in words how a share becomes points."""
    if rule is None:
        return view.say("service_index.rule_unknown")
    if rule.full_at is None:
        return view.say("service_index.rule_share")
    full = numeral.number(rule.full_at, view.lang)
    if rule.below_factor is not None:
        factor = numeral.number(rule.below_factor, view.lang, 1)
        return view.say("service_index.rule_factor", full=full, factor=factor)
    if rule.below_points is not None:
        points = numeral.number(rule.below_points, view.lang)
        return view.say("service_index.rule_points", full=full, points=points)
    return view.say("service_index.rule_full", full=full)


def component_name(view: View, one: Component) -> str:
    """Return a component's name."""
    return one.name_vi if view.lang == "vi" else one.name_en


def _chosen(view: View, rows: Sequence[AgencyIndex]) -> list[AgencyIndex]:
    """Return the rows of the agency that the address names; one per mark of the map.

    Raises:
        Problem: 404, no such agency in the period and on the map.
    """
    code = view.query.get("agency", "")
    if not code:
        return []
    found = [row for row in rows if row.code == code]
    if not found:
        raise Problem(404, "AGENCY", view.say("service_index.unknown_agency"), seen=code[:20])
    return found


def _lines(
    view: View, index: ServiceIndex
) -> dict[tuple[str, str], list[tuple[Group, str, list[Line]]]]:
    return {
        (row.code, row.mark): _groups(view, index.definition, row)
        for row in _chosen(view, index.agencies)
    }


def _groups(view: View, known: Definition, row: AgencyIndex) -> list[tuple[Group, str, list[Line]]]:
    """Return each group with the points reached in it and its components."""
    scored = {one.component.code: one for one in row.scored}
    groups = []
    for group in known.groups:
        parts = [scored[one.code].points for one in group.components if one.code in scored]
        told = [points for points in parts if points is not None]
        reached = numeral.number(sum(told, Decimal(0)) if told else None, view.lang, 1)
        lines = [_line(view, one, scored.get(one.code)) for one in group.components]
        groups.append((group, reached, lines))
    return groups


def _line(view: View, one: Component, scored: Scored | None) -> Line:
    counted = share = points = coverage = numeral.ABSENT
    if scored and scored.denominator is not None:
        counted = " / ".join(
            f"{view.number(value)} {view.say(f'service_index.measure_{name}')}"
            for value, name in (
                (scored.numerator, one.numerator),
                (scored.denominator, one.denominator),
            )
        )
        share = numeral.percent(scored.share, view.lang, 1)
        points = numeral.number(scored.points, view.lang, 1)
    if scored:
        there, owed = scored.coverage.covered, scored.coverage.expected
        coverage = view.say("home.parts_whole")
        if there < owed or not owed:
            coverage = view.say("home.parts", there=view.number(there), owed=view.number(owed))
    name, most = component_name(view, one), numeral.number(one.max, view.lang)
    return Line(name, most, counted, share, points, coverage, reason(view, one, scored))


def reason(view: View, one: Component, scored: Scored | None) -> str:
    """Say why a component has no points; empty where it has."""
    if scored is None:
        why = one.absent_vi if view.lang == "vi" else one.absent_en
        return view.say("service_index.absent", reason=why)
    if scored.points is not None:
        return ""
    if scored.denominator is None:
        feeds = ", ".join(view.say(f"feed.{feed}") for feed in one.feeds)
        return view.say("service_index.not_told", feeds=feeds)
    return view.say("service_index.nothing_counted")
