"""Datasets of open data: the published tables, whole months on fixed maps, small cells closed."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from serving.dataset import About, Catalogue, Dataset
from serving.dataset_worked import after, months
from serving.problem import Problem
from serving.published import (
    BASES,
    PublishedTable,
    check_months,
    is_open,
    published_tables,
    read_published,
)
from serving.word import words
from warehouse.catalogue import Column
from warehouse.database import Connection
from warehouse.dataset import Row, Selection
from warehouse.published import BEFORE_MERGER

FEEDS = ("dossiers", "payments", "documents")
"""Feeds of published tables, by which their names begin; the others rest on all feeds."""


def published_datasets() -> tuple[Dataset, ...]:
    """Return a dataset for every published table."""
    return tuple(
        Dataset(
            name=name,
            kind="open",
            feed=next((feed for feed in FEEDS if name.startswith(f"{feed}_")), ""),
            about=partial(_about, table),
            read=partial(_read, name),
            has_agencies=False,
            is_monthly=True,
        )
        for name, table in published_tables().items()
    )


def newest_month(today: date) -> tuple[date, date]:
    """Return the newest month that open data tell of on a day."""
    last = today.replace(day=1) - timedelta(1)
    if not is_open(last, today):
        last = last.replace(day=1) - timedelta(1)
    return last.replace(day=1), last


def _about(table: PublishedTable, marts: Catalogue) -> About:
    del marts
    grain, status = words()["dataset.published_grain"], words()["dataset.column_obs_status"]
    columns = [Column(c.name, "text", c.label_vi, c.label_en) for c in table.dimensions]
    for one in table.measures:
        kind = "decimal" if one.unit == "percent" else "integer"
        columns.append(Column(one.name, kind, one.label_vi, one.label_en, one.unit))
    columns.append(Column("obs_status", "text", status.vi, status.en))
    key = tuple(column.name for column in table.dimensions)
    named = ", ".join(c.label_vi for c in table.dimensions)
    named_en = ", ".join(c.label_en for c in table.dimensions)
    grains = (grain.vi.format(columns=named), grain.en.format(columns=named_en))
    return About(table.title_vi, table.title_en, *grains, key, tuple(columns))


def _read(
    name: str, conn: Connection, marts: Catalogue, chosen: Selection, limit: int | None
) -> Iterator[Row]:
    """Return the rows of a table.

    Raises:
        ConfigError: the days are not whole months, or not over.
        Problem: 400, a map that open data are not told on, or too many months.
    """
    del marts
    check_months(chosen.first, chosen.last, chosen.today)
    if chosen.basis not in BASES or (chosen.basis == BEFORE_MERGER < chosen.last):
        allowed = f"reported, today, {BEFORE_MERGER} (…{BEFORE_MERGER:%Y-%m})"
        seen = str(chosen.basis)
        raise Problem(400, "MAP", "open data know no such map", seen=seen, allowed=allowed)
    rows = (row for month in months(chosen) for row in _month(conn, name, month))
    return after(rows, chosen.after, limit)


def _month(conn: Connection, name: str, month: Selection) -> list[Row]:
    told = read_published(conn, name, month.first, month.last, month.basis, today=month.today)
    return list(told.rows)
