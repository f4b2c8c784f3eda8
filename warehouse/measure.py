"""Measures: the one vocabulary of what can be counted, each a named query over the marts.

Indicators and published figures name measures and nothing else, so that no file holds SQL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.errors import ConfigError
from contracts.frequency import frequency_of, last_day
from warehouse.database import Cursor, run
from warehouse.figures import Coverage

Level = Literal["all", "ministry", "province", "district", "commune"]
"""Level of government that a figure speaks of; ``all`` is the country."""
Unit = Literal["count", "percent", "thousand_persons"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a named query of ``warehouse/sql/statistics.sql`` counts.

    Attributes:
        feed: feed behind it; its partitions are the measure's coverage.
        unit: of the values.
        is_national: one agency tells it for the whole country, so its partitions are behind
            every level; else a level rests on the agencies of that level alone.
    """

    feed: str
    unit: Unit = "count"
    is_national: bool = False


MEASURES: Mapping[str, Measure] = {
    "services_online": Measure("service_catalogue"),
    "services_integrated": Measure("service_catalogue"),
    "portal_accounts": Measure("portal_usage", is_national=True),
    "portal_visits": Measure("portal_usage", is_national=True),
    "dossiers_reported": Measure("dossier_statistics"),
    "dossiers_resolved": Measure("dossier_statistics"),
    "dossiers_resolved_in_time": Measure("dossier_statistics"),
    "dossiers_closed": Measure("dossiers"),
    "dossiers_closed_in_time": Measure("dossiers"),
    "work_files_total": Measure("work_files"),
    "work_files_online": Measure("work_files"),
    "cabinet_sessions": Measure("cabinet_sessions", is_national=True),
    "cabinet_papers": Measure("cabinet_sessions", is_national=True),
    "cabinet_ballots": Measure("cabinet_sessions", is_national=True),
    "cabinet_ballot_papers": Measure("cabinet_sessions", is_national=True),
    "organisations_evaluated": Measure("usage_evaluation", is_national=True),
    "level4_share_sum": Measure("usage_evaluation", "percent", is_national=True),
    "level4_under_10": Measure("usage_evaluation", is_national=True),
    "level4_at_100": Measure("usage_evaluation", is_national=True),
    "organisations": Measure("platform_traffic", is_national=True),
    "platforms_connected": Measure("platform_traffic", is_national=True),
    "indicator_reporters": Measure("socioeconomic_indicators"),
    "population": Measure("population", "thousand_persons", is_national=True),
    "results_issued": Measure("electronic_results"),
    "results_electronic": Measure("electronic_results"),
    "incidents_change": Measure("security_incidents", "percent", is_national=True),
    "payments_succeeded": Measure("payments"),
    "payments_online": Measure("payments"),
}
"""Name -> measure; the query of that name counts it."""

_REPORTERS: Mapping[str, str] = {"district": "province", "commune": "province"}
"""Level -> level of the agencies that report of it, where it is another one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure over some days; a value cannot be had without its coverage.

    Attributes:
        measure: what was counted.
        values: level -> sum over the organisations of that level, ``all`` over every one; a
            level without any row is not there.
        reporters: level -> partitions of the agencies of that level.
    """

    measure: Measure
    values: Mapping[str, Decimal]
    reporters: Mapping[str, Coverage]

    def at(self, level: Level = "all") -> tuple[Decimal | None, Coverage]:
        """Return the value of a level and its coverage; None where nothing was told of it.

        A count is 0 once a partition is there; a percentage that nobody told stays None.
        """
        covered = self._coverage(level)
        nothing = Decimal(0) if covered.covered and self.measure.unit == "count" else None
        return self.values.get(level, nothing), covered

    def _coverage(self, level: Level) -> Coverage:
        told = _REPORTERS.get(level, level)
        return self.reporters.get("all" if self.measure.is_national else told, Coverage(0, 0))


def measure_of(name: str) -> Measure:
    """Return a measure by name.

    Raises:
        ConfigError: no measure has that name.
    """
    if name not in MEASURES:
        raise ConfigError("no measure has this name", seen=name[:40], allowed=", ".join(MEASURES))
    return MEASURES[name]


def read_measure(cursor: Cursor, name: str, first: date, last: date) -> Measured:
    """Return a measure over the days first..last (inclusive); as ``read_measures``."""
    return read_measures(cursor, (name,), first, last)[name]


def read_measures(
    cursor: Cursor, names: Iterable[str], first: date, last: date
) -> dict[str, Measured]:
    """Return measures over the days first..last (inclusive), by name.

    Of a monthly, quarterly or yearly feed, the period that ``last`` lies in is counted whole.
    Measures of one feed share its coverage, which is asked for once.

    Args:
        cursor: of ``warehouse.database.read_snapshot``.
        names: of ``MEASURES``.
        first: first day asked for.
        last: last day asked for.

    Raises:
        ConfigError: no measure has that name.
    """
    reporters: dict[str, dict[str, Coverage]] = {}
    measured = {}
    for name in names:
        measure = measure_of(name)
        if measure.feed not in reporters:
            reporters[measure.feed] = read_reporters(cursor, measure.feed, first, last)
        days = _days(measure.feed, first, last)
        values: dict[str, Decimal] = {}
        for _, level, value in run(cursor, f"statistics.{name}", **days).fetchall():
            for at in {"all", level} - {None}:
                values[at] = values.get(at, Decimal(0)) + value
        measured[name] = Measured(measure, values, reporters[measure.feed])
    return measured


def read_reporters(cursor: Cursor, feed: str, first: date, last: date) -> dict[str, Coverage]:
    """Return level -> partitions of a feed of the agencies of that level, over some days."""
    days = _days(feed, first, last)
    found: dict[str, Coverage] = {}
    for level, expected, covered in run(cursor, "statistics.coverage", feed=feed, **days):
        for at in {"all", level} - {None}:
            so_far = found.get(at, Coverage(0, 0))
            found[at] = Coverage(so_far.expected + expected, so_far.covered + covered)
    return found


def _days(feed: str, first: date, last: date) -> dict[str, date]:
    until = last_day(last, frequency_of(feed))
    return {"first_day": first, "last_day": last, "until_day": until}
