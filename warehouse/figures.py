"""Figures for people: every function reads one snapshot, every figure comes with its coverage."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Self

from contracts.partition import Partition
from warehouse import ledger
from warehouse.database import Connection, read_snapshot, run
from warehouse.ledger import Run
from warehouse.map import Basis, map_day


@dataclass(frozen=True, slots=True)
class PartitionState:
    """What one partition shows, and its newest attempt.

    Attributes:
        state: ``loaded``, ``quarantine`` (loaded, some rows quarantined), ``running``,
            ``rejected``, ``failed``, ``superseded``, ``missing`` (due, never tried), ``not_due``.
        is_expected: False where somebody ran a partition that the registry does not ask for.
        applied: token of the run that it shows, 0 for none.
        last_run: newest attempt, None for none; ``last_state``, ``last_code`` and
            ``last_message`` tell of it.
    """

    agency: str
    feed: str
    day: date
    state: str
    is_expected: bool
    applied: int
    received: int
    loaded: int
    quarantined: int
    duplicates: int
    last_run: int | None
    last_state: str | None
    last_code: str | None
    last_message: str | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of expected partitions behind a figure."""

    expected: int
    covered: int

    @property
    def ratio(self) -> float:
        """Return 0..1; 0 where nothing was expected."""
        return self.covered / self.expected if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of form II.06a: dossiers of one agency in one period, with coverage.

    Identities that hold by construction of the mart and are checked by ``is_balanced``:
    received = carried over + online + direct or postal = resolved + pending.
    ``mark``: why the row is not simply that unit of the map (``warehouse.map``); usually empty.
    Source: form II.06a (TT 02/2017/TT-VPCP), columns 3..13.
    """

    agency: str
    name: str
    received_online: int
    received_direct_postal: int
    carried_over: int
    resolved_early: int
    resolved_ontime: int
    resolved_late: int
    pending_intime: int
    pending_late: int
    expected: int
    covered: int
    mark: str = ""

    @property
    def received_total(self) -> int:
        """Return column 3 = 4 + 5 + 6."""
        return self.received_online + self.received_direct_postal + self.carried_over

    @property
    def resolved_total(self) -> int:
        """Return column 7 = 8 + 9 + 10."""
        return self.resolved_early + self.resolved_ontime + self.resolved_late

    @property
    def pending_total(self) -> int:
        """Return column 11 = 12 + 13."""
        return self.pending_intime + self.pending_late

    @property
    def is_balanced(self) -> bool:
        """Tell whether 3 = 7 + 11 and no column is negative."""
        parts = self.columns
        return parts[3] == parts[7] + parts[11] and min(parts.values()) >= 0

    @property
    def columns(self) -> dict[int, int]:
        """Return the form's column number -> figure, 3..13 in order."""
        return {
            3: self.received_total,
            4: self.received_online,
            5: self.received_direct_postal,
            6: self.carried_over,
            7: self.resolved_total,
            8: self.resolved_early,
            9: self.resolved_ontime,
            10: self.resolved_late,
            11: self.pending_total,
            12: self.pending_intime,
            13: self.pending_late,
        }

    @classmethod
    def total(cls, rows: Sequence[Self], name: str = "Tổng số") -> Self:
        """Return the sum of rows."""
        counted = [field.name for field in fields(cls)[2:-1]]
        return cls("", name, *(sum(getattr(row, field) for row in rows) for field in counted))


@dataclass(frozen=True, slots=True)
class PaymentFigure:
    """Succeeded payments of one obligation; amount = ``amount_minor`` / 10 ** ``exponent``."""

    obligation: str
    label_vi: str
    label_en: str
    currency: str
    exponent: int
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Where the received rows of a feed went: received = loaded + quarantined + duplicates."""

    received: int
    loaded: int
    quarantined: int
    duplicates: int

    @property
    def is_balanced(self) -> bool:
        """Tell whether no row disappeared."""
        return self.received == self.loaded + self.quarantined + self.duplicates


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure as one document states it (feed ``published_figures``).

    Attributes:
        precision: ``exact``, ``over``, ``about``.
        first_on: first day that it speaks of, None where the document names none.
        as_of: last day that it speaks of.
    """

    figure: str
    document: str
    value: Decimal
    precision: str
    first_on: date | None
    as_of: date
    unit_name: str


@dataclass(frozen=True, slots=True)
class NationalTable:
    """The nation in one period.

    Attributes:
        dossiers: distinct dossiers whose status was synced in the period.
        documents_sent: documents sent; ``documents_received`` counts every receiver.
        payments: succeeded payments by obligation and currency.
        coverage: by feed.
        balance: by feed.
    """

    first_day: date
    last_day: date
    dossiers: int
    documents_sent: int
    documents_received: int
    payments: tuple[PaymentFigure, ...]
    coverage: dict[str, Coverage]
    balance: dict[str, Balance]


def status_matrix(
    conn: Connection, first_day: date, last_day: date, *, feed: str = "", agency: str = ""
) -> list[PartitionState]:
    """Return the states of the partitions of days first..last (inclusive), by agency, feed, day."""
    asked = {"feed": feed or None, "agency": agency or None}
    with read_snapshot(conn) as cursor:
        run(cursor, "figures.matrix", first_day=first_day, last_day=last_day, **asked)
        return [PartitionState(*row) for row in cursor]


def run_history(
    conn: Connection, *, agency: str = "", feed: str = "", day: date | None = None, count: int = 50
) -> list[Run]:
    """Return the newest attempts, newest first."""
    asked = {"agency": agency or None, "feed": feed or None, "day": day, "count": count}
    with read_snapshot(conn) as cursor:
        tokens = [row[0] for row in run(cursor, "figures.runs", **asked)]
        return [found for token in tokens if (found := ledger.read_run(cursor, token))]


def coverage(conn: Connection, first_day: date, last_day: date) -> dict[str, Coverage]:
    """Return feed -> coverage of days first..last (inclusive)."""
    with read_snapshot(conn) as cursor:
        return _coverage(cursor, first_day, last_day)


def form_06a(
    conn: Connection, first_day: date, last_day: date, basis: Basis = "reported"
) -> list[FormRow]:
    """Return form II.06a of days first..last (inclusive), a row per agency, by code.

    An agency that is expected and gave nothing has a row of zeros with coverage 0; the total is
    ``FormRow.total(rows)``.
    """
    with read_snapshot(conn) as cursor:
        days = {"first_day": first_day, "last_day": last_day, "on_day": map_day(basis)}
        run(cursor, "figures.form_06a", **days)
        return [FormRow(*row) for row in cursor]


def national_table(conn: Connection, first_day: date, last_day: date) -> NationalTable:
    """Return the national table of days first..last (inclusive)."""
    days = {"first_day": first_day, "last_day": last_day}
    with read_snapshot(conn) as cursor:
        # The mart knows each dossier once, by its submission; a part of the days needs the facts.
        has_outside = _value(run(cursor, "figures.has_days_outside", **days))
        name = "period_dossiers" if has_outside else "all_dossiers"
        dossiers = _value(run(cursor, f"figures.{name}", **days))
        sent, received = run(cursor, "figures.documents", **days).fetchall()[0]
        payments = tuple(PaymentFigure(*row) for row in run(cursor, "figures.payments", **days))
        balance = {row[0]: Balance(*row[1:]) for row in run(cursor, "figures.balance", **days)}
        covered = _coverage(cursor, first_day, last_day)
    return NationalTable(first_day, last_day, dossiers, sent, received, payments, covered, balance)


def stated_figures(conn: Connection) -> list[Stated]:
    """Return every figure of every document as last stated, contradicting ones beside each other.

    By figure and document; none before the feed ``published_figures`` was loaded.
    """
    with read_snapshot(conn) as cursor:
        return [Stated(*row) for row in run(cursor, "figures.stated")]


def quarantined(
    conn: Connection, partition: Partition, count: int = 100
) -> list[tuple[int, dict[str, Any], list[dict[str, str]]]]:
    """Return (row number, values, violations) of a partition's quarantined rows, in row order."""
    with read_snapshot(conn) as cursor:
        run(
            cursor,
            "quarantine.rows",
            agency=partition.agency,
            feed=partition.feed,
            day=partition.day,
            count=count,
        )
        return list(cursor.fetchall())


def _coverage(cursor: Any, first_day: date, last_day: date) -> dict[str, Coverage]:
    run(cursor, "figures.coverage", first_day=first_day, last_day=last_day)
    return {feed: Coverage(expected, covered) for feed, expected, covered in cursor}


def _value(cursor: Any) -> Any:
    return cursor.fetchone()[0]
