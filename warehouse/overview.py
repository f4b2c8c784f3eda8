"""The country in one page: indicators, who is missing, and the index of every agency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from contracts import model
from warehouse.database import Connection, Cursor, read_snapshot, run
from warehouse.figures import Coverage
from warehouse.indicator import IndicatorRow
from warehouse.kept import Kept
from warehouse.map import Basis
from warehouse.measure import MEASURES, Measured
from warehouse.overview_card import Card, Counted, make_cards
from warehouse.overview_day import Line, Span, line_span, read_days, total, within
from warehouse.service_index import Place, ServiceIndex, feed_coverage, service_index

NONE = Coverage(0, 0)
COMPARED = ("dossiers", "payments")
"""Daily feeds whose figures are compared with the period before."""
LEVELS = {"G": "ministry", "H": "province", "K": "province"}
"""First letter of a code -> level of government (QĐ 20/2020; ``mart.government_level``)."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An agency that owes: ``days.covered`` of ``days.expected`` are there in every feed."""

    code: str
    name: str
    days: Coverage


@dataclass(frozen=True, slots=True)
class Overview:
    """The country in a period.

    Attributes:
        asked: its days that are owed by now.
        submitted: dossiers submitted in the period, as known by now.
        submitted_line: one number per day up to the period's end.
        dossiers: coverage of the feed.
        cards: those with a value first.
        coverage: partitions of every feed.
        missing: fewest days first.
        index: of every agency.
        updated_at: when the newest version of anything was loaded.
    """

    asked: Span
    submitted: int
    submitted_before: int | None
    submitted_line: Line
    dossiers: Coverage
    cards: tuple[Card, ...]
    coverage: Coverage
    missing: tuple[Missing, ...]
    index: ServiceIndex
    updated_at: datetime | None

    @property
    def judged(self) -> tuple[IndicatorRow, ...]:
        """Return what can be held against a target."""
        return tuple(card.row for card in self.cards if card.row.is_met is not None)


def overview(
    conn: Connection,
    period: Span,
    past: Span,
    *,
    basis: Basis = "reported",
    kept: Kept | None = None,
) -> Overview:
    """Return the country over some days.

    Args:
        conn: idle, or within a snapshot.
        period: first and last day; days that nobody owes yet are left out.
        past: the period before, of which as many days are compared with.
        basis: the map that agencies stand on.
        kept: what was worked out before.
    """
    kept = kept or Kept()
    with read_snapshot(conn) as cursor:
        asked = owed_span(cursor, period)
        before = past[0], min(past[1], past[0] + (asked[1] - asked[0]))
        line = line_span(asked[1])
        index = service_index(conn, *asked, basis=basis, kept=kept)
        owed = feed_coverage(cursor, dict.fromkeys(model.feeds(), asked), basis)
        told = _told(cursor, before)
        days = read_days(cursor, min(before[0], line[0]), asked[1])
        cards = make_cards(conn, asked, before, Counted(days, _counted(index, owed), told), kept)
        updated = run(cursor, "overview.updated").fetchone()
    return Overview(
        asked=asked,
        submitted=sum(row.counts["submitted"] for row in index.counters),
        submitted_before=total(within(days, before)).submitted if "dossiers" in told else None,
        submitted_line=tuple(Decimal(day.submitted) for day in within(days, line)),
        dossiers=_added(of.get("dossiers", NONE) for of in owed.values()),
        cards=cards,
        coverage=_added(c for of in owed.values() for feed, c in of.items() if feed),
        missing=_missing(owed, {(a.code, a.mark): a.name for a in index.agencies}),
        index=index,
        updated_at=updated[0] if updated else None,
    )


def owed_span(cursor: Cursor, period: Span) -> Span:
    """Return the days of a period up to the newest that is owed; its first day where none is."""
    owed = {feed: last for feed, _, last, _ in _owed(cursor, period)}
    return period[0], owed.get("dossiers", period[0])


def _owed(cursor: Cursor, span: Span) -> list[tuple[str, date, date, bool]]:
    """Return the feeds compared with: the first and newest day owed, whether any is there."""
    asked = {"feeds": list(COMPARED), "first_day": span[0], "last_day": span[1]}
    return list(run(cursor, "overview.owed", **asked))


def furthest(rows: Iterable[IndicatorRow]) -> IndicatorRow | None:
    """Return the indicator that misses its target by the largest part of it."""
    return max((row for row in rows if row.is_met is False), key=target_gap, default=None)


def _told(cursor: Cursor, before: Span) -> frozenset[str]:
    """Return the feeds that the days before can be compared by: none where they are not all owed.

    A warehouse that began within them would make every figure rise.
    """
    owed = _owed(cursor, before)
    return frozenset(feed for feed, *days, is_there in owed if is_there and tuple(days) == before)


def target_gap(row: IndicatorRow) -> Decimal:
    """Return how far a value is from its target, as a part of the target."""
    if row.value is None or not row.target:
        return Decimal(0)
    return abs(row.target - row.value) / row.target


def _counted(
    index: ServiceIndex, owed: Mapping[Place, Mapping[str, Coverage]]
) -> dict[str, Measured]:
    """Return the measures of indicators that the index counted already, by level."""
    values: dict[str, dict[str, Decimal]] = {}
    for row in index.counters:
        n = row.counts
        ended = n["resolved_early"] + n["resolved_ontime"] + n["withdrawn"] + n["stopped"]
        _add(values, row.code, dossiers_closed=ended + n["resolved_late"])
        _add(values, row.code, dossiers_closed_in_time=ended)
    for (code, _), n in index.counts.items():
        _add(values, code, payments_succeeded=n.get("payments", 0))
        _add(values, code, payments_online=n.get("payments_online", 0))
    return {
        name: Measured(MEASURES[name], levels, _reporters(owed, MEASURES[name].feed))
        for name, levels in values.items()
    }


def _add(values: dict[str, dict[str, Decimal]], code: str, **counts: int) -> None:
    for name, count in counts.items():
        levels = values.setdefault(name, {})
        for level in _levels(code):
            levels[level] = levels.get(level, Decimal(0)) + count


def _reporters(owed: Mapping[Place, Mapping[str, Coverage]], feed: str) -> dict[str, Coverage]:
    reporters: dict[str, Coverage] = {}
    for (code, _), feeds in owed.items():
        for level in _levels(code):
            reporters[level] = _added((reporters.get(level, NONE), feeds.get(feed, NONE)))
    return reporters


def _levels(code: str) -> tuple[str, ...]:
    level = LEVELS.get(code[:1])
    return ("all", level) if level else ("all",)


def _added(coverages: Iterable[Coverage]) -> Coverage:
    listed = list(coverages)
    return Coverage(sum(c.expected for c in listed), sum(c.covered for c in listed))


def _missing(
    owed: Mapping[Place, Mapping[str, Coverage]], names: Mapping[Place, str]
) -> tuple[Missing, ...]:
    days = [
        Missing(place[0], names.get(place, place[0]), feeds[""])
        for place, feeds in owed.items()
        if feeds[""].covered < feeds[""].expected
    ]
    return tuple(sorted(days, key=lambda one: (one.days.ratio, one.code)))
