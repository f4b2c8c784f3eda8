"""The index of Decision 766 per agency, restricted to what the marts tell; coverage beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from contracts.frequency import first_day, frequency_of
from warehouse.database import Connection, Cursor, read_snapshot, run
from warehouse.figures import Coverage
from warehouse.index_definition import Component, Definition, definition
from warehouse.kept import Kept
from warehouse.map import Basis, map_day
from warehouse.service_use import COUNTS, service_use
from warehouse.tally import Standing, TallyRow, standings, tally

Place = tuple[str, str]
"""(code on the map, mark)."""
Span = tuple[date, date]
Counts = dict[Place, dict[str, int]]
"""Place -> measure -> number."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One component of one agency.

    Attributes:
        component: what is scored.
        numerator, denominator: what was counted; None where nothing was told.
        share: percent, not rounded; None without a denominator.
        points: None where nothing could be computed.
        coverage: partitions behind it.
    """

    component: Component
    numerator: int | None
    denominator: int | None
    share: Decimal | None
    points: Decimal | None
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class AgencyIndex:
    """The index of one agency in a period.

    Attributes:
        code, name, level, mark: as in ``warehouse.tally.Standing``.
        days: days on which everything that the score rests on is there, of those owed.
        scored: one per computed component, in the order of the definition.
        rank: place among the agencies of its group; None where it is not ranked.
    """

    code: str
    name: str
    level: str
    mark: str
    days: Coverage
    scored: tuple[Scored, ...]
    rank: int | None = None

    @property
    def reached(self) -> Decimal:
        """Return the points reached."""
        return sum((one.points for one in self.scored if one.points is not None), Decimal(0))

    @property
    def computable(self) -> Decimal:
        """Return the points of the components that could be computed for it."""
        known = (one.component.max for one in self.scored if one.points is not None)
        return sum(known, Decimal(0))

    @property
    def score(self) -> Decimal | None:
        """Return points reached / points computable x 100; None where nothing was computed."""
        return self.reached * 100 / self.computable if self.computable else None

    @property
    def is_whole(self) -> bool:
        """Tell whether everything that the score rests on is there, for exactly this unit."""
        return not self.mark and 0 < self.days.expected == self.days.covered

    @property
    def is_province(self) -> bool:
        """Tell whether it is a province; everything else ranks among the ministries."""
        return self.code.startswith("H")


@dataclass(frozen=True, slots=True)
class ServiceIndex:
    """The index of every agency in a period.

    Attributes:
        definition: the components and bands.
        spans: feed -> days that stand for the period; of a monthly feed whole months, the newest
            before the period where none of its own is owed yet.
        agencies: by code and mark, provinces and ministries ranked apart.
        counters: the tally that it rests on, by code and mark.
        counts: place -> measure (``warehouse.index_definition.MEASURES``) -> number.
    """

    definition: Definition
    spans: Mapping[str, Span]
    agencies: tuple[AgencyIndex, ...]
    counters: tuple[TallyRow, ...]
    counts: Counts


def service_index(
    conn: Connection,
    first: date,
    last: date,
    *,
    basis: Basis = "reported",
    kept: Kept | None = None,
) -> ServiceIndex:
    """Return the index of days first..last (inclusive) of every agency that owes dossiers.

    Args:
        conn: idle, or within a snapshot.
        first: first day.
        last: last day; not in the future, or the coverage is never full.
        basis: the map that agencies stand on.
        kept: what was worked out before.
    """
    known = definition()
    with read_snapshot(conn) as cursor:
        spans = feed_spans(cursor, known.feeds, first, last)
        counters = tally(conn, first, last, cut="agency", basis=basis)
        counts = _from_tally(counters)
        _add_statistics(cursor, counts, (first, last), spans, map_day(basis))
        catalogue = spans["service_catalogue"]
        used = service_use(cursor, kept or Kept(), (first, last), catalogue, map_day(basis))
        for place, numbers in used.items():
            counts.setdefault(place, {}).update(zip(COUNTS, numbers, strict=True))
        covered = feed_coverage(cursor, spans, basis)
        standing = standings(conn, "dossiers", first, last, basis)
    rows = [_agency(known, one, counts, covered) for one in standing]
    return ServiceIndex(known, spans, ranked(rows), tuple(counters), counts)


def ranked(rows: Sequence[AgencyIndex]) -> tuple[AgencyIndex, ...]:
    """Return the rows with ranks: 1 for the highest score, the same for equal ones.

    What is not whole has no rank and does not move the others'.
    """
    best = [_scores(rows, is_province=is_province) for is_province in (False, True)]
    return tuple(
        replace(row, rank=best[row.is_province].index(row.score) + 1)
        if row.is_whole and row.score is not None
        else row
        for row in rows
    )


def feed_spans(cursor: Cursor, feeds: Sequence[str], first: date, last: date) -> dict[str, Span]:
    """Return feed -> days that stand for first..last: those days, or whole months."""
    monthly = [feed for feed in feeds if frequency_of(feed) != "day"]
    spans = dict.fromkeys(feeds, (first, last))
    asked = {"feeds": monthly, "first_day": first, "last_day": last}
    for feed, since, until in run(cursor, "service_index.spans", **asked).fetchall():
        spans[feed] = (first_day(since, frequency_of(feed)), until)
    return spans


def feed_coverage(
    cursor: Cursor, spans: Mapping[str, Span], basis: Basis = "reported"
) -> dict[Place, dict[str, Coverage]]:
    """Return place -> feed -> partitions; feed '' = days on which every feed is there."""
    asked = {
        "feeds": list(spans),
        "first_days": [first for first, _ in spans.values()],
        "last_days": [last for _, last in spans.values()],
        "on_day": map_day(basis),
    }
    found: dict[Place, dict[str, Coverage]] = {}
    for code, mark, feed, expected, covered in run(cursor, "service_index.coverage", **asked):
        found.setdefault((code, mark), {})[feed] = Coverage(expected, covered)
    return found


def _scores(rows: Sequence[AgencyIndex], *, is_province: bool) -> list[Decimal]:
    """Return the scores that rank in one of the two groups, highest first."""
    whole = (row.score for row in rows if row.is_whole and row.is_province is is_province)
    return sorted((score for score in whole if score is not None), reverse=True)


def _from_tally(rows: Sequence[TallyRow]) -> Counts:
    counts: Counts = {}
    for row in rows:
        n = row.counts
        handled = n["carried_over"] + n["received"]
        counts[row.code, row.mark] = {
            "dossiers_handled": handled,
            "dossiers_in_time": handled - n["resolved_late"] - n["pending_late"],
            "dossiers_received": n["received"],
            "dossiers_received_online": n["received_online"],
        }
    return counts


def _add_statistics(
    cursor: Cursor, counts: Counts, asked: Span, spans: Mapping[str, Span], on_day: date | None
) -> None:
    period = {"first_day": asked[0], "last_day": asked[1], "on_day": on_day}
    since, until = spans["electronic_results"]
    month = {"first_day": since, "last_day": until, "on_day": on_day}
    for names, statement, parameters in (
        (("results_issued", "results_electronic"), "results", month),
        (("payments", "payments_online"), "payments", period),
    ):
        for code, mark, *values in run(cursor, f"service_index.{statement}", **parameters):
            found = counts.setdefault((code, mark), {})
            found.update(zip(names, values, strict=True))


def _agency(
    known: Definition,
    one: Standing,
    counts: Counts,
    covered: Mapping[Place, Mapping[str, Coverage]],
) -> AgencyIndex:
    place = (one.code, one.mark)
    feeds = covered.get(place, {})
    scored = tuple(_scored(part, counts.get(place, {}), feeds) for part in known.computed)
    days = feeds.get("", Coverage(0, 0))
    return AgencyIndex(one.code, one.name, one.level, one.mark, days, scored)


def _scored(part: Component, counts: Mapping[str, int], feeds: Mapping[str, Coverage]) -> Scored:
    behind = [feeds.get(feed, Coverage(0, 0)) for feed in part.feeds]
    coverage = Coverage(sum(c.expected for c in behind), sum(c.covered for c in behind))
    if not all(c.covered for c in behind):
        return Scored(part, None, None, None, None, coverage)
    above = counts.get(part.numerator or "", 0)
    below = counts.get(part.denominator or "", 0)
    if not below or part.rule is None:
        return Scored(part, above, below, None, None, coverage)
    share = Decimal(above) * 100 / below
    return Scored(part, above, below, share, part.rule.points(share, part.max), coverage)
