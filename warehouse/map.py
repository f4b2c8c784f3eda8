"""The administrative map: figures as reported, on today's map, or on the map of a day.

Which unit a figure belongs to on a map is said by ``mart.map_on`` alone; every mart with an
``agency_id`` joins it. What a map cannot split stays whole under one unit, with a mark.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from contracts.partition import ZONE
from warehouse.database import Connection, read_snapshot, run

Basis = Literal["reported", "today"] | date
"""``reported``: under the code that reported it; ``today``: on the map of this day of
Asia/Ho_Chi_Minh; a day: on the map of that day."""

MARKS = {
    "not_divisible": "không tách được: số của đơn vị đã sáp nhập hoặc chia / not divisible",
    "not_on_map": "bản đồ ngày ấy không có đơn vị này / not on the map of that day",
}
"""Mark of a row -> what it says to people."""


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """Figures of one agency over some days, with coverage over all feeds.

    Attributes:
        agency: code on the chosen map; ``name`` as of that map's day.
        mark: empty, or why the row is not simply that unit: a key of ``MARKS``. A unit may have a
            row without and one with a mark.
        dossiers: distinct dossiers whose status was synced.
        payments: succeeded ones.
    """

    agency: str
    name: str
    mark: str
    dossiers: int
    documents_sent: int
    documents_received: int
    payments: int
    expected: int
    covered: int


def basis_of(name: str) -> Basis:
    """Return the basis of a name: ``reported``, ``today`` or a day.

    Raises:
        ValueError: it is none of them.
    """
    match name:
        case "reported" | "today":
            return name
        case _:
            return date.fromisoformat(name)


def map_day(basis: Basis) -> date | None:
    """Return the day whose map is meant, None for figures as reported."""
    match basis:
        case "reported":
            return None
        case "today":
            return datetime.now(ZONE).date()
        case _:
            return basis


def agency_figures(
    conn: Connection, first_day: date, last_day: date, basis: Basis = "reported"
) -> list[AgencyFigures]:
    """Return the national table of days first..last (inclusive) by agency, in order of code.

    The sums over all rows are the same on every basis.
    """
    days = {"first_day": first_day, "last_day": last_day, "on_day": map_day(basis)}
    with read_snapshot(conn) as cursor:
        return [AgencyFigures(*row) for row in run(cursor, "map.agencies", **days)]
