"""Datasets that are worked out: indicators, and dossiers by month (``words/dataset.yaml``)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import dropwhile, islice

from hub.period import Calendar, parse_period
from serving.dataset import About, Catalogue, Dataset
from serving.problem import Problem
from serving.word import words
from warehouse.catalogue import Column
from warehouse.database import Connection
from warehouse.dataset import Row, Selection
from warehouse.indicator import compute
from warehouse.tally import COUNTERS, Cut, tally

MONTHS = 36
"""Months of one answer that is worked out month by month."""


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
    return after(sorted(rows, key=_first(2)), chosen.after, limit)


def _read_tally(
    cut: Cut, conn: Connection, _: Catalogue, chosen: Selection, limit: int | None
) -> Iterator[Row]:
    rows = (row for month in months(chosen) for row in _month_of(conn, cut, month))
    return after(rows, chosen.after, limit)


def _month_of(conn: Connection, cut: Cut, month: Selection) -> list[Row]:
    rows = tally(conn, month.first, month.last, cut=cut, basis=month.basis, agency=month.agency)
    told = (
        (month.first, month.last, r.code, r.mark, r.name, *(r.counts[name] for name in COUNTERS))
        for r in rows
    )
    return sorted(told, key=_first(4))


def months(chosen: Selection) -> list[Selection]:
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
    return parse_period(f"{day:%Y-%m}", Calendar.CIVIL).last


def _first(count: int) -> Callable[[Row], Row]:
    return lambda row: row[:count]


def after(rows: Iterable[Row], after: Row, limit: int | None) -> Iterator[Row]:
    """Return the rows after a key; rows come in the order of their first columns, the key."""
    if after:
        rows = dropwhile(lambda row: row[: len(after)] <= after, rows)
    return islice(rows, limit)


def tally_dataset(name: str, cut: Cut) -> Dataset:
    """Return the dataset of dossiers by month, cut one way."""
    return Dataset(
        name=name,
        kind="inner",
        feed="dossiers",
        about=partial(_about_words, name, ("first_day", "last_day", "code", "mark"), TALLY),
        read=partial(_read_tally, cut),
    )


INDICATOR_DATASET = Dataset(
    name="indicators",
    kind="inner",
    feed="",
    about=partial(_about_words, "indicators", ("indicator", "level"), INDICATORS),
    read=_read_indicators,
    has_agencies=False,
)
