"""The tally: counters of dossiers over a period, cut one way, on any map, with coverage.

Forms, ranks, pages and packets read dossiers through this module alone, so that they agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from warehouse.database import Connection, read_snapshot, run
from warehouse.figures import Coverage
from warehouse.map import Basis, map_day

Cut = Literal["agency", "unit", "field", "procedure"]
"""What a row of a tally is: an agency, a unit below one, a field of procedures (lĩnh vực), or a
national procedure (its code without the agency's suffix)."""

COUNTERS = (
    "submitted",
    "received_online",
    "received_online_full",
    "received_online_partial",
    "received_direct",
    "received_postal",
    "received",
    "carried_over",
    "resolved_early",
    "resolved_ontime",
    "resolved_late",
    "withdrawn",
    "stopped",
    "pending",
    "pending_late",
    "awaiting",
    "awaiting_late",
)
"""Names of the counters, all in dossiers.

``received``: taken in within the period, whatever the channel; ``_online_full`` at level 4 or
full, ``_online_partial`` at level 3 or partial. ``carried_over``: open when the period began.
``pending``: open at its end, ``pending_late`` of them past their due day; ``awaiting`` and
``awaiting_late``: those of either whose applicant owes documents by their last change. The identity
carried_over + received = resolved_* + withdrawn + stopped + pending holds by construction.
"""


@dataclass(frozen=True, slots=True)
class TallyRow:
    """One member of a cut.

    Attributes:
        code: agency code on the map, unit code, field code, or national procedure code; empty
            where the source did not state it.
        name: as known to the warehouse; may be empty.
        mark: why the row is not simply that unit of the map (``warehouse.map.MARKS``).
        counts: counter -> dossiers, every name of ``COUNTERS``.
    """

    code: str
    name: str
    mark: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Payments:
    """Succeeded payments of one member of a cut, those made online among them.

    Attributes:
        code, mark: as in ``TallyRow``.
    """

    code: str
    mark: str
    succeeded: int
    online: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One agency on a map in a period: its name, level and coverage of a feed.

    Attributes:
        level: ``ministry``, ``province`` and so on (``core.dim_agency.level``); may be empty.
        mark: as in ``TallyRow``.
    """

    code: str
    name: str
    level: str
    mark: str
    coverage: Coverage


def tally(
    conn: Connection,
    first: date,
    last: date,
    *,
    cut: Cut,
    basis: Basis = "reported",
    agency: str = "",
) -> list[TallyRow]:
    """Return the counters of days first..last (inclusive), by code.

    Args:
        conn: idle, or within a snapshot.
        first: first day.
        last: last day.
        cut: what a row is.
        basis: the map that agencies stand on.
        agency: only dossiers of this code on that map; empty = the country.
    """
    asked = _asked(first, last, basis, agency)
    with read_snapshot(conn) as cursor:
        return [
            TallyRow(code, name, mark, dict(zip(COUNTERS, counts, strict=True)))
            for code, name, mark, *counts in run(cursor, f"tally.{cut}", **asked)
        ]


def payments(
    conn: Connection,
    first: date,
    last: date,
    *,
    cut: Cut,
    basis: Basis = "reported",
    agency: str = "",
) -> list[Payments]:
    """Return the succeeded payments of days first..last (inclusive); arguments as ``tally``."""
    asked = _asked(first, last, basis, agency)
    with read_snapshot(conn) as cursor:
        return [Payments(*row) for row in run(cursor, f"tally.payments_{cut}", **asked)]


def _asked(first: date, last: date, basis: Basis, agency: str) -> dict[str, object]:
    days = {"first_day": first, "last_day": last}
    return {**days, "on_day": map_day(basis), "agency": agency or None}


def standings(
    conn: Connection,
    feed: str,
    first: date,
    last: date,
    basis: Basis = "reported",
    agency: str = "",
) -> list[Standing]:
    """Return who owes a feed in days first..last (inclusive) on a map, with coverage, by code.

    ``agency``: only that code on the map, in all its marks; empty = everybody.
    """
    asked = _asked(first, last, basis, agency) | {"feed": feed}
    with read_snapshot(conn) as cursor:
        return [
            Standing(code, name, level, mark, Coverage(expected, covered))
            for code, name, level, mark, expected, covered in run(cursor, "tally.agencies", **asked)
        ]
