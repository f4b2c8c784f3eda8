"""Quarantine for people: causes with their counts, an example each, and every reason for files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from warehouse.database import Connection, read_snapshot, run, translated

FETCHED = 2000
"""Rows that are held at once while a file is written."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which quarantined rows: days, both ends included; empty means all of the rest."""

    first: date
    last: date
    agencies: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    rule: str = ""
    code: str = ""

    @property
    def asked(self) -> dict[str, object]:
        """Return the parameters that every statement shares."""
        return {
            "first": self.first,
            "last": self.last,
            "agencies": list(self.agencies) or None,
            "feeds": list(self.feeds) or None,
        }


class Cause(NamedTuple):
    """Rows of one agency and feed that broke one rule; the newest day has an example."""

    agency: str
    feed: str
    rule: str
    code: str
    rows: int
    partitions: int
    first_day: date
    last_day: date


class Example(NamedTuple):
    """One broken value; all None where the row is there no more."""

    field: str | None
    seen: str | None
    allowed: str | None


class Reason(NamedTuple):
    """One reason of one quarantined row; ``row`` is its place in the received day, from 0."""

    agency: str
    feed: str
    day: date
    row: int
    values: Mapping[str, Any]
    rule: str
    code: str
    field: str
    seen: str
    allowed: str


def causes(conn: Connection, choice: Choice) -> list[Cause]:
    """Return why rows are in quarantine, the most rows first."""
    with read_snapshot(conn) as cursor:
        found = [Cause(*row) for row in run(cursor, "quarantine.causes", **choice.asked)]
    return [
        cause
        for cause in found
        if (not choice.rule or cause.rule == choice.rule)
        and (not choice.code or cause.code == choice.code)
    ]


def count(conn: Connection, choice: Choice) -> int:
    """Return how many rows are in quarantine, each counted once, whatever they broke."""
    with read_snapshot(conn) as cursor:
        row = run(cursor, "quarantine.count", **choice.asked).fetchone()
    assert row is not None
    return int(row[0])


def examples(conn: Connection, of: Sequence[Cause]) -> list[Example]:
    """Return an example of each cause, in their order."""
    asked = {
        "agencies": [cause.agency for cause in of],
        "feeds": [cause.feed for cause in of],
        "days": [cause.last_day for cause in of],
        "rules": [cause.rule for cause in of],
        "codes": [cause.code for cause in of],
    }
    with read_snapshot(conn) as cursor:
        return [Example(*row) for row in run(cursor, "quarantine.examples", **asked)]


def reasons(conn: Connection, choice: Choice) -> Iterator[Reason]:
    """Yield every reason of every quarantined row; the caller holds the transaction open."""
    with translated(), conn.cursor("quarantine_reasons") as cursor:
        cursor.itersize = FETCHED
        cause = {"rule": choice.rule or None, "code": choice.code or None}
        run(cursor, "quarantine.reasons", **choice.asked, **cause)
        for row in cursor:
            yield Reason(*row)
