"""Published figures of the founding documents, beside what the hub counts for the same days."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import cast

from contracts.frequency import frequency_of, last_day
from hub.desk import Desk
from warehouse.database import Connection, read_snapshot
from warehouse.figures import Coverage, NationalTable, Stated, national_table, stated_figures
from warehouse.indicator import compute, indicators
from warehouse.measure import MEASURES, Level, read_measure

COUNTED = ("dossiers", "sent", "received", "moved")
"""Measures of the national table; every other one is of ``warehouse.measure`` or an indicator."""
STATED = "published_figures"
"""The feed that published figures come from."""


@dataclass(frozen=True, slots=True)
class Published:
    """One figure that the hub compares, as a document states it.

    Attributes:
        code: figure code of the feed ``published_figures``.
        feed: feed that it must be reproduced from.
        measure: what is counted beside it: one of ``COUNTED``, a measure, or an indicator.
        level: level of government that it speaks of.
        first: first day counted.
        last: last day counted.
        value: as published; None = no document is loaded that states it.
        precision: ``exact``, ``over``, ``about``.
        document: documents that state it, all with this value.
        as_of: last day that the documents speak of.
    """

    code: str
    feed: str
    measure: str
    level: Level
    label_vi: str
    label_en: str
    first: date
    last: date
    value: Decimal | None
    document: str
    precision: str = "exact"
    as_of: date | None = None

    @property
    def is_percent(self) -> bool:
        """Tell whether the value is in percent."""
        known = MEASURES.get(self.measure)
        return known.unit == "percent" if known else self.measure in indicators()


@dataclass(frozen=True, slots=True)
class Compared:
    """A published figure, what the hub counts (None: nothing was told), and its coverage."""

    published: Published
    counted: Decimal | None
    coverage: Coverage

    @property
    def fits(self) -> bool | None:
        """Tell whether both agree within the precision; None where they cannot be compared yet.

        Exact figures agree to their last decimal, those said to be about something to their last
        digit that is not 0, and those said to be over something may be exceeded.
        """
        value = self.published.value
        if value is None or self.counted is None or self.coverage.ratio < 1:
            return None
        if self.published.precision == "over":
            return self.counted >= value
        digit = cast("int", value.normalize().as_tuple().exponent)
        step = Decimal(10) ** (digit if self.published.precision == "about" else min(digit, 0))
        return abs(self.counted - value) * 2 <= step


@cache
def published_figures() -> tuple[Published, ...]:
    """Return the figures that are compared, in the file's order.

    Their values come with the feed ``published_figures``. The file itself states only those of
    the three daily feeds, which stand beside the hub's count before any document is loaded.
    """
    text = (resources.files("hub") / "published.csv").read_text(encoding="utf-8")
    return tuple(
        Published(
            row["figure_code"],
            row["feed"],
            row["measure"],
            cast("Level", row["level"]),
            row["label_vi"],
            row["label_en"],
            date.fromisoformat(row["first"]),
            date.fromisoformat(row["last"]),
            Decimal(row["value"]) if row["value"] else None,
            row["document"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def founding_spans() -> dict[str, tuple[date, date]]:
    """Return feed -> first and last day that must be loaded to reproduce the figures."""
    spans: dict[str, tuple[date, date]] = {}
    for one in published_figures():
        end = last_day(one.last, frequency_of(one.feed))
        first, last = spans.get(one.feed, (one.first, end))
        spans[one.feed] = min(first, one.first), max(last, end)
    year = last_day(max(one.last for one in published_figures()), frequency_of(STATED))
    return spans | {STATED: (year, year)}


def compare(desk: Desk) -> list[Compared]:
    """Return every published figure beside the hub's count over the same days.

    A figure that documents state differently has a row per statement, each beside one count.
    """
    stated: dict[str, list[Stated]] = {}
    for one in stated_figures(desk.conn()):
        stated.setdefault(one.figure, []).append(one)
    tables = _tables(desk.conn())
    return [
        Compared(published, *_counted(desk.conn(), figure, tables))
        for figure in published_figures()
        for published in _as_stated(figure, stated.get(figure.code, []))
    ]


def _as_stated(figure: Published, stated: list[Stated]) -> list[Published]:
    """Return the figure once per value that documents state; as the file has it without any."""
    same: dict[tuple[Decimal, str, date], list[str]] = {}
    for one in stated:
        same.setdefault((one.value, one.precision, one.as_of), []).append(one.document)
    return [
        replace(
            figure,
            value=value,
            precision=precision,
            as_of=as_of,
            document=" ".join(sorted(documents)),
        )
        for (value, precision, as_of), documents in same.items()
    ] or [figure]


def _tables(conn: Connection) -> dict[tuple[date, date], NationalTable]:
    asked = [figure for figure in published_figures() if figure.measure in COUNTED]
    windows = dict.fromkeys((figure.first, figure.last) for figure in asked)
    return {window: national_table(conn, *window) for window in windows}


def _counted(
    conn: Connection, figure: Published, tables: Mapping[tuple[date, date], NationalTable]
) -> tuple[Decimal | None, Coverage]:
    if figure.measure in COUNTED:
        table = tables[figure.first, figure.last]
        counted = Decimal(count(table, figure.measure))
        return counted, table.coverage.get(figure.feed, Coverage(0, 0))
    if figure.measure in MEASURES:
        with read_snapshot(conn) as cursor:
            measured = read_measure(cursor, figure.measure, figure.first, figure.last)
        return measured.at(figure.level)
    rows = compute(conn, figure.first, figure.last, codes=[figure.measure])
    row = next(row for row in rows if row.level == figure.level)
    return row.value, row.coverage


def count(table: NationalTable, measure: str) -> int:
    """Return one measure of a national table.

    Raises:
        KeyError: no measure has that name.
    """
    match measure:
        case "dossiers":
            return table.dossiers
        case "sent":
            return table.documents_sent
        case "received":
            return table.documents_received
        case "moved":
            return table.documents_sent + table.documents_received
    raise KeyError(measure)
