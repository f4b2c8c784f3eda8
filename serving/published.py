"""Published cuts: the tables of open data, whole calendar months on fixed maps, small cells closed.

Everything that leaves the house without a name attached leaves through here. Finer cuts, other
maps and other spans are not told: what is subtracted from what is told would tell of few people.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial

from contracts.errors import ConfigError
from contracts.partition import ZONE
from serving.disclosure import SMALL
from serving.disclosure.cube import COARSE, FINE, STOCK, Key
from serving.open_month import OpenMonth, documents_of, dossiers_of, payments_of
from serving.word import words
from warehouse.database import Connection
from warehouse.figures import Coverage, coverage
from warehouse.indicator import IndicatorRow, compute, indicators
from warehouse.map import Basis
from warehouse.measure import measure_of
from warehouse.published import BEFORE_MERGER

SETTLING = timedelta(days=14)
"""A month is told once it has been over for so long: most corrections have come by then."""
NORMAL, CLOSED = "A", "C"
"""Observation status. Source: SDMX code list CL_OBS_STATUS 2.2 and CL_CONF_STATUS 1.3."""
PERSONAL = frozenset({"dossiers", "payments", "dossier_statistics", "electronic_results"})
"""Feeds that count what people and businesses did."""
BASES = ("reported", "today", BEFORE_MERGER)
COUNTRY = "all"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        unit: what a measure counts; empty for a dimension.
    """

    name: str
    label_vi: str
    label_en: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table of open data; its grain is its dimensions, the first of them the month."""

    name: str
    title_vi: str
    title_en: str
    dimensions: tuple[Column, ...]
    measures: tuple[Column, ...]

    @property
    def is_on_map(self) -> bool:
        """Tell whether a map makes a difference."""
        return any(column.name == "agency" for column in self.dimensions)


@dataclass(frozen=True, slots=True)
class PublishedRows:
    """Rows of a table, by dimensions.

    Attributes:
        rows: dimensions, then measures, then ``obs_status``: ``A`` normal, ``C`` confidential:
            at least one measure is closed (None). A combination that has no row is 0.
        coverage: partitions behind the rows.
    """

    rows: list[tuple[object, ...]]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a table's rows come from: dimensions after the month, and measure -> cells."""

    feed: str
    dimensions: tuple[str, ...]
    measures: Mapping[str, tuple[str, str]]


_FLOWS = {"received": ("received", "pq"), "resolved": ("resolved", "pq")}
_LATE = {"resolved_late": ("resolved", "p")}
_WHOLE = {
    "received": ("received", "pq"),
    "received_online": ("received", "p"),
    "resolved": ("resolved", "pq"),
    **_LATE,
    "pending": (STOCK, "end"),
}
_PAID = {"payments": ("payments", "pq")}
_MOVED = {"documents": ("documents", "pq")}
_SOURCES: Mapping[str, _Source] = {
    "dossiers_by_agency": _Source("dossiers", ("agency",), _WHOLE),
    "dossiers_by_agency_field": _Source("dossiers", ("agency", "field"), _FLOWS),
    "dossiers_by_field": _Source("dossiers", ("field",), {**_FLOWS, **_LATE}),
    "dossiers_by_level": _Source("dossiers", ("level",), _WHOLE),
    "payments_by_agency": _Source("payments", ("agency", "obligation"), _PAID),
    "payments_by_level": _Source("payments", ("level", "obligation"), _PAID),
    "documents_by_agency": _Source("documents", ("agency", "direction"), _MOVED),
    "documents_by_level": _Source("documents", ("level", "direction"), _MOVED),
}
INDICATORS = "indicators_by_level"
_READERS: Mapping[str, Callable[[Connection, date, date, date], OpenMonth]] = {
    "dossiers": dossiers_of,
    "payments": payments_of,
    "documents": documents_of,
}


@cache
def published_tables() -> Mapping[str, PublishedTable]:
    """Return every published table by name."""
    cuts = {
        name: (("month", *source.dimensions), tuple(source.measures))
        for name, source in _SOURCES.items()
    }
    cuts[INDICATORS] = (("month", "indicator", "level"), ("value",))
    return {name: _table(name, *columns) for name, columns in cuts.items()}


def read_published(
    conn: Connection,
    name: str,
    first: date,
    last: date,
    basis: Basis,
    *,
    today: date | None = None,
) -> PublishedRows:
    """Return a table's rows of whole months, by month and dimensions.

    Args:
        conn: idle, or within a snapshot.
        name: of ``published_tables``.
        first: first day of a month.
        last: last day of a month that has been over for ``SETTLING``.
        basis: one of ``BASES``; the map before the merger only for months that it was valid in.
        today: the day that it is now; None = the day in Asia/Ho_Chi_Minh.

    Raises:
        ConfigError: no such table, month or map is published.
    """
    now = today or datetime.now(ZONE).date()
    table = _known(name)
    check_months(first, last, now)
    map_name = _map_name(basis, last)
    reader = _indicator_rows if name == INDICATORS else partial(_rows, table, map_name)
    rows = [
        row
        for month_first, month_last in months(first, last)
        for row in reader(conn, month_first, month_last, now)
    ]
    return PublishedRows(rows, coverage_of(conn, name, first, last))


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield (first, last) of the calendar months from one day to another."""
    month = first.replace(day=1)
    while month <= last:
        end = month.replace(day=monthrange(month.year, month.month)[1])
        yield month, end
        month = end + timedelta(1)


def is_open(last: date, today: date) -> bool:
    """Tell whether the month that ends on a day is told on another."""
    return last + SETTLING < today


def check_months(first: date, last: date, today: date) -> None:
    """Refuse spans that are not whole months, or not over.

    Raises:
        ConfigError: names what would be told.
    """
    newest = today.replace(day=1) - timedelta(1)
    if not is_open(newest, today):
        newest = newest.replace(day=1) - timedelta(1)
    is_whole = first.day == 1 and (last + timedelta(1)).day == 1 and first <= last
    if is_whole and last <= newest:
        return
    raise ConfigError(
        "Dữ liệu mở chỉ có tháng tròn đã khép / open data are whole calendar months that are over",
        code="MONTH",
        seen=f"{first}..{last}",
        allowed=f"… {newest:%Y-%m}",
    )


def _known(name: str) -> PublishedTable:
    tables = published_tables()
    if name in tables:
        return tables[name]
    raise ConfigError(
        "Không có bảng nào mang tên này / no table is published under this name",
        code="DATASET",
        seen=name[:40],
        allowed=", ".join(tables),
    )


def _map_name(basis: Basis, last: date) -> str:
    if basis == BEFORE_MERGER and last <= BEFORE_MERGER:
        return "before"
    if basis in {"reported", "today"}:
        return str(basis)
    raise ConfigError(
        "Dữ liệu mở không có trên bản đồ này / open data are not told on this map",
        code="MAP",
        seen=str(basis),
        allowed="reported, today" + (", 2025-06-30" if last <= BEFORE_MERGER else ""),
    )


def _rows(
    table: PublishedTable, map_name: str, conn: Connection, first: date, last: date, today: date
) -> Iterator[tuple[object, ...]]:
    source = _SOURCES[table.name]
    month = _READERS[source.feed](conn, first, last, today)
    told = [_told(month, source, map_name, block, part) for block, part in source.measures.values()]
    for place in sorted(set().union(*told)):
        values = [cells.get(place, 0) for cells in told]
        if any(value != 0 for value in values):
            status = CLOSED if None in values else NORMAL
            yield (f"{first:%Y-%m}", *place, *values, status)


def _told(
    month: OpenMonth, source: _Source, map_name: str, block: str, part: str
) -> dict[tuple[str, ...], int | None]:
    match source.dimensions:
        case ("agency", *rest):
            groupings = [map_name]
        case ("level", *rest):
            groupings = ["level", "country"]
        case _:
            told = month.told(Key(block, part, FINE, "country"))
            return {place[1:]: value for place, value in told.items()}
    detail = FINE if rest else COARSE
    return {
        place: value
        for grouping in groupings
        for place, value in month.told(Key(block, part, detail, grouping)).items()
    }


def _indicator_rows(
    conn: Connection, first: date, last: date, today: date
) -> Iterator[tuple[object, ...]]:
    """Yield the indicators of a month.

    A share of few, or one that rests on closed counts, is closed, and with it the country's, from
    which it could be worked out.
    """
    closed_levels = _closed_levels(conn, first, last, today)
    by_code: dict[str, list[IndicatorRow]] = {}
    for row in compute(conn, first, last):
        by_code.setdefault(row.indicator, []).append(row)
    for code, rows in sorted(by_code.items()):
        feed = measure_of(indicators()[code].formula.numerator).feed
        unsafe: set[str] = {row.level for row in rows if feed in PERSONAL and _is_of_few(row)}
        if feed in {"dossiers", "dossier_statistics"}:
            unsafe |= closed_levels & {str(row.level) for row in rows}
        unsafe |= {COUNTRY} if unsafe else set()
        for row in sorted(rows, key=lambda one: one.level):
            if row.level in unsafe:
                yield (f"{first:%Y-%m}", code, row.level, None, CLOSED)
            elif row.value is not None:
                value = row.value.quantize(Decimal("0.01"))
                yield (f"{first:%Y-%m}", code, row.level, value, NORMAL)


def _is_of_few(row: IndicatorRow) -> bool:
    if row.numerator is None or row.denominator is None:
        return False
    parts = (row.numerator, row.denominator, row.denominator - row.numerator)
    return any(0 < part < SMALL for part in parts)


def _closed_levels(conn: Connection, first: date, last: date, today: date) -> set[str]:
    month = dossiers_of(conn, first, last, today)
    return {
        place[0]
        for part in ("p", "pq")
        for grouping in ("level", "country")
        for place, value in month.told(Key("resolved", part, COARSE, grouping)).items()
        if value is None
    }


def feeds_of(name: str) -> frozenset[str]:
    """Return the feeds behind a table."""
    if name != INDICATORS:
        return frozenset({_SOURCES[name].feed})
    formulas = [one.formula for one in indicators().values()]
    measures = [name for one in formulas for name in (one.numerator, one.denominator)]
    return frozenset(measure_of(name).feed for name in measures)


def coverage_of(conn: Connection, name: str, first: date, last: date) -> Coverage:
    """Return the partitions behind a table in the days first..last (inclusive)."""
    covered = coverage(conn, first, last)
    found = [covered[feed] for feed in feeds_of(name) if feed in covered]
    return Coverage(sum(one.expected for one in found), sum(one.covered for one in found))


def _table(name: str, dimensions: Sequence[str], measures: Sequence[str]) -> PublishedTable:
    title = words()[f"published.{name}"]
    return PublishedTable(
        name,
        title.vi,
        title.en,
        tuple(_column(one) for one in dimensions),
        tuple(_column(one, _UNITS.get(one, "dossiers")) for one in measures),
    )


_UNITS = {"payments": "payments", "documents": "movements", "value": "percent"}


def _column(name: str, unit: str = "") -> Column:
    both = words()[f"published.{name}"]
    return Column(name, both.vi, both.en, unit)
