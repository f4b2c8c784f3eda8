"""What published cuts are made of: counts of a month by version of an agency.

Open data alone reads these, and tells nothing of them before ``serving.disclosure`` has closed
what is small. Grain is finer than any other reader needs, so that one pattern can hold on every
map at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from warehouse.database import Connection, read_snapshot, run

BEFORE_MERGER = date(2025, 6, 30)
"""Last day of the map of 63 provinces. Source: Resolution 202/2025/QH15, article 2."""

Counted = Literal["dossiers", "payments", "documents"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One version of an agency and where it stands.

    Attributes:
        code: as reported; ``today``, ``before``: on those maps.
        level: ``core.dim_agency.level``.
    """

    agency_id: int
    code: str
    level: str
    today: str
    before: str


def leaves(conn: Connection, today: date) -> list[Leaf]:
    """Return every version of every agency, by code and time."""
    asked = {"today": today, "before_day": BEFORE_MERGER}
    with read_snapshot(conn) as cursor:
        return [Leaf(*row) for row in run(cursor, "published.agencies", **asked)]


def counts(
    conn: Connection, what: Counted, first: date, last: date
) -> dict[tuple[int, str], tuple[int, ...]]:
    """Return (agency_id, category) -> counts of the days first..last.

    Counts of dossiers: received online, received otherwise, resolved late, resolved in time;
    of payments and documents: how many.
    """
    with read_snapshot(conn) as cursor:
        rows = run(cursor, f"published.{what}", first_day=first, last_day=last)
        return {(agency, category): tuple(rest) for agency, category, *rest in rows}


def stocks(conn: Connection, first: date, last: date) -> dict[int, tuple[int, int]]:
    """Return agency_id -> dossiers open before ``first`` and after ``last``."""
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "published.stocks", first_day=first, last_day=last)
        return {agency: (start, end) for agency, start, end in rows}


def agency_names(conn: Connection) -> list[tuple[str, str, str]]:
    """Return (code, name, level) of every agency as last named, by code."""
    with read_snapshot(conn) as cursor:
        return list(run(cursor, "published.names"))


def field_names(conn: Connection) -> list[tuple[str, str]]:
    """Return (code, name) of every field of procedures, by code; a name may be empty."""
    with read_snapshot(conn) as cursor:
        return [(code, name or "") for code, name in run(cursor, "published.fields")]


def code_names(conn: Connection, code_list: str) -> list[tuple[str, str, str]]:
    """Return (code, Vietnamese, English) of a code list, in its order."""
    with read_snapshot(conn) as cursor:
        return list(run(cursor, "published.codes", code_list=code_list))


def owed_days(conn: Connection) -> Mapping[str, tuple[date, date]]:
    """Return feed -> first and last day that is owed."""
    with read_snapshot(conn) as cursor:
        return {feed: (first, last) for feed, first, last in run(cursor, "published.months")}


def loaded_at(conn: Connection, first: date, last: date) -> Mapping[str, datetime]:
    """Return feed -> instant at which any of its days first..last was last loaded."""
    with read_snapshot(conn) as cursor:
        return dict(run(cursor, "published.changed", first_day=first, last_day=last).fetchall())
