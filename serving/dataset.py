"""Datasets: what others may take away, each with its columns, coverage and newest load.

Two kinds: ``open`` needs no key (published cuts, names and codes, completeness); ``inner`` is full
detail and needs a person who reads or a key of that scope.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import dropwhile, islice
from typing import Any, Literal

from hub.period import Calendar, Period, parse_period
from serving.problem import Problem
from serving.word import words
from warehouse.catalogue import Column, Relation
from warehouse.database import Connection
from warehouse.dataset import Behind, Row, Selection, behind, columns_of, has_agencies, read_rows
from warehouse.figures import Coverage
from warehouse.indicator import compute
from warehouse.tally import COUNTERS, Cut, tally

Kind = Literal["open", "inner"]
Catalogue = Mapping[str, Relation]
MONTHS = 36
"""Months of one answer that is worked out month by month."""
DAY, MONTH, YEAR = 31, 400, 3660
"""Days that an answer goes back where none are named, by how often its feed comes."""


@dataclass(frozen=True, slots=True)
class About:
    """What a dataset is.

    Attributes:
        title_vi, title_en: what it is called.
        grain_vi, grain_en: what a row is.
        key: columns that tell rows apart, in the order of the rows.
    """

    title_vi: str
    title_en: str
    grain_vi: str
    grain_en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One dataset.

    Attributes:
        name: stable name, in the address.
        kind: who may read it.
        feed: whose coverage stands beside it; empty = all feeds, None = names and codes, which
            belong to no day.
        about: says what it is, from the catalogue of marts.
        read: gives the rows after a key, in order, lazily; None = all of them.
        span: days that it goes back where none are named.
        has_agencies: can be filtered by agency and placed on a map.
    """

    name: str
    kind: Kind
    feed: str | None
    about: Callable[[Catalogue], About]
    read: Callable[[Connection, Catalogue, Selection, int | None], Iterator[Row]]
    span: int = DAY
    has_agencies: bool = True

    def behind(self, conn: Connection, chosen: Selection) -> Behind:
        """Return what stands behind an answer."""
        if self.feed is None:
            return Behind(Coverage(0, 0), None)
        return behind(conn, self.feed, chosen)


def _mart(name: str, kind: Kind, feed: str | None, span: int = DAY, **more: Any) -> Dataset:
    """Return the dataset of a mart of the same name."""
    return Dataset(
        name=name,
        kind=kind,
        feed=feed,
        about=partial(_about_mart, name),
        read=partial(_read_mart, name),
        span=span,
        **more,
    )


def _about_mart(name: str, catalogue: Catalogue) -> About:
    mart = catalogue[name]
    titles = (mart.title_vi, mart.title_en, mart.grain_vi, mart.grain_en)
    return About(*titles, mart.key, columns_of(mart))


def _read_mart(
    name: str, conn: Connection, catalogue: Catalogue, chosen: Selection, limit: int | None
) -> Iterator[Row]:
    return read_rows(conn, catalogue[name], chosen, limit)


def _about_words(
    name: str, key: tuple[str, ...], types: Mapping[str, str], marts: Catalogue
) -> About:
    """Return what a dataset is that is worked out: its words stand in ``words/dataset.yaml``."""
    del marts
    title, grain = words()[f"dataset.{name}_title"], words()[f"dataset.{name}_grain"]
    columns = []
    for named, of_type in types.items():
        label = words()[f"dataset.column_{named}"]
        kind, _, unit = of_type.partition(":")
        columns.append(Column(named, kind, label.vi, label.en, unit))
    return About(title.vi, title.en, grain.vi, grain.en, key, tuple(columns))


INDICATORS = {
    "indicator": "text",
    "level": "text",
    "name_vi": "text",
    "name_en": "text",
    "first_day": "day",
    "last_day": "day",
    "value": "decimal:percent",
    "numerator": "decimal",
    "denominator": "decimal",
    "target": "decimal:percent",
    "is_met": "boolean",
    "source": "text",
    "expected_count": "integer:partitions",
    "covered_count": "integer:partitions",
}
"""Columns of the indicators: type and unit."""
TALLY = {
    "first_day": "day",
    "last_day": "day",
    "code": "text",
    "mark": "text",
    "name": "text",
    **dict.fromkeys(COUNTERS, "integer:dossiers"),
}
"""Columns of the tallies."""


def _read_indicators(
    conn: Connection, _: Catalogue, chosen: Selection, limit: int | None
) -> Iterator[Row]:
    rows = (
        (
            *(row.indicator, row.level, row.name_vi, row.name_en, row.first_day, row.last_day),
            *(row.value, row.numerator, row.denominator, row.target, row.is_met, row.source),
            *(row.coverage.expected, row.coverage.covered),
        )
        for row in compute(conn, chosen.first, chosen.last)
    )
    return _after(sorted(rows, key=_first(2)), chosen.after, limit)


def _read_tally(
    cut: Cut, conn: Connection, _: Catalogue, chosen: Selection, limit: int | None
) -> Iterator[Row]:
    rows = (row for month in _months(chosen) for row in _month_of(conn, cut, month))
    return _after(rows, chosen.after, limit)


def _month_of(conn: Connection, cut: Cut, month: Selection) -> list[Row]:
    rows = tally(conn, month.first, month.last, cut=cut, basis=month.basis, agency=month.agency)
    told = (
        (month.first, month.last, r.code, r.mark, r.name, *(r.counts[name] for name in COUNTERS))
        for r in rows
    )
    return sorted(told, key=_first(4))


def _months(chosen: Selection) -> list[Selection]:
    """Return the calendar months of some days, cut at both ends.

    Raises:
        Problem: 400, more than ``MONTHS``.
    """
    months: list[Selection] = []
    first = chosen.first
    while first <= chosen.last and len(months) <= MONTHS:
        end = _month_end(first)
        months.append(replace(chosen, first=first, last=min(end, chosen.last)))
        first = end + timedelta(1)
    if len(months) > MONTHS:
        raise Problem(400, "DAYS", "too many months at once", allowed=f"{MONTHS} months")
    return months


def _month_end(day: date) -> date:
    named: Period = parse_period(f"{day:%Y-%m}", Calendar.CIVIL)
    return named.last


def _first(count: int) -> Callable[[Row], Row]:
    return lambda row: row[:count]


def _after(rows: Any, after: Row, limit: int | None) -> Iterator[Row]:
    """Return the rows after a key; rows come in the order of their first columns, the key."""
    if after:
        rows = dropwhile(lambda row: row[: len(after)] <= after, rows)
    return islice(rows, limit)


def _tally(name: str, cut: Cut) -> Dataset:
    return Dataset(
        name=name,
        kind="inner",
        feed="dossiers",
        about=partial(_about_words, name, ("first_day", "last_day", "code", "mark"), TALLY),
        read=partial(_read_tally, cut),
    )


OPEN = (
    Dataset(
        name="indicators",
        kind="open",
        feed="",
        about=partial(_about_words, "indicators", ("indicator", "level"), INDICATORS),
        read=_read_indicators,
        has_agencies=False,
    ),
    _mart("completeness_daily", "open", "", has_agencies=False),
    _mart("published_figures", "open", "published_figures", YEAR),
    _mart("agencies", "open", None, has_agencies=False),
    _mart("fields", "open", None, has_agencies=False),
    _mart("codes", "open", None, has_agencies=False),
)
"""No key needed: nothing in them tells of few people."""

INNER = (
    _mart("dossier_day", "inner", "dossiers"),
    _mart("dossiers_daily", "inner", "dossiers"),
    _tally("dossiers_by_agency", "agency"),
    _tally("dossiers_by_field", "field"),
    _mart("payments_daily", "inner", "payments"),
    _mart("documents_daily", "inner", "documents"),
    _mart("dossier_statistics", "inner", "dossier_statistics", MONTH),
    _mart("service_catalogue", "inner", "service_catalogue", MONTH),
    _mart("portal_usage", "inner", "portal_usage"),
    _mart("work_files", "inner", "work_files", MONTH),
    _mart("cabinet_sessions", "inner", "cabinet_sessions", MONTH),
    _mart("usage_evaluation", "inner", "usage_evaluation", MONTH),
    _mart("platform_traffic", "inner", "platform_traffic"),
    _mart("socioeconomic_indicators", "inner", "socioeconomic_indicators", MONTH),
    _mart("population", "inner", "population", YEAR),
    _mart("electronic_results", "inner", "electronic_results", MONTH),
    _mart("security_incidents", "inner", "security_incidents", MONTH),
    _mart("partition_state", "inner", ""),
    _mart("signed_forms", "inner", "", MONTH),
    _mart("units", "inner", None, has_agencies=False),
    _mart("procedures", "inner", None, has_agencies=False),
)
"""Full detail."""

DATASETS: Mapping[str, Dataset] = {one.name: one for one in (*OPEN, *INNER)}
"""Name -> dataset, open ones first."""


def map_name(chosen: Selection) -> str:
    """Return the map of a selection as addresses name it."""
    return chosen.basis if isinstance(chosen.basis, str) else chosen.basis.isoformat()


__all__ = ["DATASETS", "INNER", "OPEN", "About", "Dataset", "has_agencies", "map_name"]
