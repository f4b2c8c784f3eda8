"""Data: the observations of a query, month by month, with coverage and as-of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from serving.published import (
    CLOSED,
    NORMAL,
    coverage_of,
    feeds_of,
    is_open,
    months,
    read_published,
)
from serving.sdmx.flow import FREQUENCY, NOT_STATED
from serving.sdmx.problem import no_results
from serving.sdmx.query import DataQuery
from warehouse import published
from warehouse.database import Connection
from warehouse.figures import Coverage
from warehouse.map import Basis
from warehouse.published import BEFORE_MERGER

Month = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Observation:
    """One value.

    Attributes:
        key: codes of the flow's dimensions, time aside.
        value: None where it is closed.
        status: ``A`` or ``C``.
        unit: code of the unit of measure.
    """

    key: tuple[str, ...]
    period: str
    value: int | Decimal | None
    status: str
    unit: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a query comes to, before its observations are read.

    Attributes:
        months: first and last day of each month that is told.
        coverage: partitions behind them.
        as_of: when any of them was last loaded; ISO 8601.
    """

    query: DataQuery
    months: tuple[Month, ...]
    coverage: Coverage
    as_of: str


def data_set(conn: Connection, query: DataQuery, today: date) -> DataSet:
    """Return what a query comes to.

    Raises:
        Problem: 404, no month of it is told.
    """
    feeds = feeds_of(query.flow.table.name)
    found: list[Month] = []
    changes: list[datetime] = []
    for first, last in _open_months(conn, query, today):
        loaded = published.loaded_at(conn, first, last)
        changed = max((loaded[feed] for feed in feeds if feed in loaded), default=None)
        if changed and (query.updated_after is None or changed > query.updated_after):
            found.append((first, last))
            changes.append(changed)
    if not found:
        raise no_results("no month that is told matches the query")
    covered = [coverage_of(conn, query.flow.table.name, *month) for month in found]
    coverage = Coverage(sum(one.expected for one in covered), sum(one.covered for one in covered))
    return DataSet(query, tuple(found), coverage, max(changes).isoformat(timespec="milliseconds"))


def observations(conn: Connection, data: DataSet, today: date) -> Iterator[Observation]:
    """Yield the observations of a query by month, map and dimensions."""
    for month in data.months:
        for code, basis in data.query.flow.maps.items():
            if code and not data.query.may_be("MAP", code):
                continue
            if basis == BEFORE_MERGER and month[1] > BEFORE_MERGER:
                continue
            yield from _of_month(conn, data.query, month, (code, basis), today)


def _of_month(
    conn: Connection, query: DataQuery, month: Month, on_map: tuple[str, Basis], today: date
) -> Iterator[Observation]:
    table = query.flow.table
    size = len(table.dimensions)
    code, basis = on_map
    rows = read_published(conn, table.name, *month, basis, today=today).rows
    for row in rows:
        cut = tuple(str(part) or NOT_STATED for part in row[1:size])
        for column, value in zip(table.measures, row[size:-1], strict=True):
            key = (FREQUENCY, *((code,) if code else ()), *cut, column.name)
            if query.matches(key):
                assert value is None or isinstance(value, int | Decimal)
                status = CLOSED if value is None else NORMAL
                yield Observation(key, str(row[0]), value, status, column.unit)


def _open_months(conn: Connection, query: DataQuery, today: date) -> Iterator[Month]:
    owed = published.owed_days(conn)
    spans = [owed[feed] for feed in feeds_of(query.flow.table.name) if feed in owed]
    if not spans:
        return
    since = min(first for first, _ in spans)
    until = min(max(last for _, last in spans), today - timedelta(1))
    for first, last in months(since, until):
        is_asked = (query.first is None or query.first <= first) and (
            query.last is None or last <= query.last
        )
        if is_asked and is_open(last, today):
            yield first, last
