"""Toàn cảnh: the country in one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from hub.period import previous, recent
from serving import home_sentence as sentence
from serving import numeral
from serving.access import Reader
from serving.chart import bullet, ranked_bar, sparkline
from serving.service import Served
from serving.template import page
from serving.tile_map import Face, tile_map, tiles
from serving.view import View, Viewed, one_of
from serving.word import say
from warehouse.figures import Coverage
from warehouse.overview import Overview, overview
from warehouse.overview_card import Card
from warehouse.overview_day import LINE_DAYS, Span
from warehouse.service_index import AgencyIndex, ServiceIndex

router = APIRouter()

TILES_SINCE = date(2025, 7, 1)
"""First day of the 34 provinces and cities that the tile map shows (NQ 202/2025/QH15)."""
GROUPS = ("province", "ministry")
LINE_LEAST = Decimal(5)
"""Points that the height of a line stands for at least: a tenth of a point is no mountain."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One card as it stands on the page; ``state`` is ``met``, ``missed`` or ``open``."""

    name: str
    value: str
    line: Markup
    bullet: Markup
    state: str
    verdict: str
    change: str
    when: str
    coverage: str


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of the ranking."""

    rank: str
    code: str
    name: str
    bar: Markup
    score: str
    note: str
    is_whole: bool


@router.get("/", include_in_schema=False)
def home(view: Viewed, person: Reader, service: Served) -> Response:
    """Show the country."""
    group = group_of(view)
    period, past = view.period, previous(view.period, view.calendar)
    asked = period.first, max(period.first, view.until)
    with service.snapshot() as conn:
        country = overview(
            conn, asked, (past.first, past.last), basis=view.basis, kept=service.kept
        )
    index = country.index
    rows = group_rows(index, group)
    return page(
        "home.html",
        view,
        person,
        tab="/",
        country=country,
        sentence=sentence,
        note=note,
        periods=recent(service.clock().date(), view.calendar),
        cards=_cards(view, country),
        absent=[sentence.indicator_name(view, c.row) for c in country.cards if _is_absent(c)],
        unranked=sum(row.days.covered < row.days.expected for row in index.agencies),
        group=group,
        groups=GROUPS,
        rows=rows,
        mean=mean(rows),
        ranking=_ranking(view, index, rows),
        **_map(view, index),
    )


def group_of(view: View) -> str:
    """Return which group of agencies is ranked.

    Raises:
        Problem: 400, an unknown group.
    """
    return one_of("rank", view.query.get("rank", GROUPS[0]), GROUPS)


def group_rows(index: ServiceIndex, group: str) -> list[AgencyIndex]:
    """Return the agencies of a group, highest score first, unknown ones last."""
    rows = [row for row in index.agencies if row.is_province is (group == "province")]
    return sorted(rows, key=lambda row: (row.score is None, -(row.score or 0), row.code))


def mean(rows: Sequence[AgencyIndex]) -> Decimal | None:
    """Return the mean score of the ranked; None where nobody is."""
    scores = [row.score for row in rows if row.rank and row.score is not None]
    return sum(scores, Decimal(0)) / len(scores) if scores else None


def note(view: View, row: AgencyIndex) -> str:
    """Say why a row is not simply ranked with the others; empty where it is."""
    if row.mark:
        return view.say(f"home.mark_{row.mark}")
    if not row.is_whole:
        return view.say("home.days", there=row.days.covered, owed=row.days.expected)
    full = sum((one.component.max for one in row.scored), Decimal(0))
    if row.computable < full:
        return view.say("home.out_of", points=numeral.number(row.computable, view.lang))
    return ""


def _is_absent(card: Card) -> bool:
    return card.row.value is None


def _cards(view: View, country: Overview) -> list[Shown]:
    shown = [_card(view, card, country.asked) for card in country.cards if not _is_absent(card)]
    return [_dossiers(view, country), *shown]


def _dossiers(view: View, country: Overview) -> Shown:
    before = country.submitted_before
    if before:
        share = (Decimal(country.submitted) - before) * 100 / before
        moved = sentence.change(share, view, unit="%")
        told = view.say("home.change_share", change=moved) if moved else ""
        told = told or view.say("home.no_change")
    else:
        told = view.say("home.no_before")
    is_known = country.dossiers.covered > 0
    return Shown(
        name=view.say("home.submitted"),
        value=numeral.short(country.submitted if is_known else None, view.lang),
        line=_days_line(view, country),
        bullet=Markup(),
        state="open",
        verdict="",
        change=told,
        when="",
        coverage=_coverage(view, country.dossiers),
    )


def _card(view: View, card: Card, asked: Span) -> Shown:
    row = card.row
    state = "open" if row.is_met is None else "met" if row.is_met else "missed"
    target = numeral.percent(row.target, view.lang)
    verdict = view.say(f"home.{state}", target=target) if state != "open" else ""
    value = row.value or Decimal(0)
    span = (row.first_day, row.last_day)
    return Shown(
        name=sentence.indicator_name(view, row),
        value=numeral.percent(value, view.lang),
        line=_line(view, card, asked[1]),
        bullet=bullet(value, row.target, state),
        state=state,
        verdict=verdict or view.say("home.no_target"),
        change=_points(view, card),
        when=sentence.months(view, span) if card.is_monthly and span != asked else "",
        coverage=_coverage(view, row.coverage),
    )


def _points(view: View, card: Card) -> str:
    if card.before is None or card.row.value is None:
        return view.say("home.no_before")
    moved = sentence.change(card.row.value - card.before, view)
    return view.say("home.change_points", change=moved) if moved else view.say("home.no_change")


def _coverage(view: View, coverage: Coverage) -> str:
    if coverage.expected and coverage.covered == coverage.expected:
        return view.say("home.parts_whole")
    there, owed = view.number(coverage.covered), view.number(coverage.expected)
    return view.say("home.parts", there=there, owed=owed)


def _days_line(view: View, country: Overview) -> Markup:
    known = [value for value in country.submitted_line if value is not None]
    low, high = view.number(int(min(known))), view.number(int(max(known)))
    last = numeral.day(country.asked[1])
    label = view.say("home.line_days", count=LINE_DAYS, last=last, low=low, high=high)
    return sparkline(country.submitted_line, label)


def _line(view: View, card: Card, last: date) -> Markup:
    known = [value for value in card.line if value is not None]
    if not known:
        return Markup()
    told = {
        "count": len(card.line),
        "last": numeral.day(last),
        "low": numeral.percent(min(known), view.lang),
        "high": numeral.percent(max(known), view.lang),
    }
    key = "home.line_months" if card.is_monthly else "home.line_days"
    return sparkline(card.line, view.say(key, **told), LINE_LEAST)


def _ranking(view: View, index: ServiceIndex, rows: Sequence[AgencyIndex]) -> list[Placed]:
    middle = mean(rows)
    return [
        Placed(
            rank=str(row.rank or "◌"),
            code=row.code,
            name=row.name,
            bar=ranked_bar(
                row.score or Decimal(0),
                index.definition.band(row.score or Decimal(0)).code,
                middle,
                is_whole=bool(row.rank),
            ),
            score=numeral.number(row.score, view.lang, 1),
            note=note(view, row),
            is_whole=bool(row.rank),
        )
        for row in rows
    ]


def has_tiles(view: View) -> bool:
    """Tell whether the tile map shows the units of the map chosen."""
    if view.basis == "today":
        return True
    day = view.period.first if view.basis == "reported" else view.basis
    return day >= TILES_SINCE


def _map(view: View, index: ServiceIndex) -> dict[str, Any]:
    provinces = [row for row in index.agencies if row.is_province]
    heading = sentence.map_heading(view, index.definition, provinces)
    drawn = Markup()
    if has_tiles(view):
        faces = {row.code: _face(view, index, row) for row in provinces if not row.mark}
        isles = {
            isle.name: tuple(say(f"chart.{isle.name}", view.lang).split("|"))
            for isle in tiles().archipelagos
        }
        drawn = tile_map(faces, isles, heading)
    return {
        "provinces": provinces,
        "map_heading": heading,
        "tiles": drawn,
        "bands": index.definition.bands,
        "counts": sentence.band_counts(index.definition, provinces),
        "dashed": sum(not row.rank for row in provinces),
    }


def _face(view: View, index: ServiceIndex, row: AgencyIndex) -> Face:
    if row.score is None:
        return Face("–", "none", f"{row.name}: {view.say('home.no_data')}")
    band = index.definition.band(row.score)
    score = numeral.number(row.score, view.lang, 1)
    if row.rank is None:
        return Face(score, "dashed", f"{row.name}: {score} ({note(view, row)})")
    return Face(score, band.code, f"{row.name}: {score} ({sentence.band_name(view, band)})")
