"""What partitions show: the ledger's answer for a span of days in one statement."""

from datetime import date, datetime
from typing import NamedTuple

from warehouse.database import Connection, read_snapshot, run


class Shown(NamedTuple):
    """What one partition that was ever tried shows.

    A tuple, since a matrix reads many thousands of them.

    Attributes:
        state: ``loaded``, ``quarantine`` (loaded, some rows quarantined) or ``provisional``
            where it shows a version; else its last run's: ``running``, ``rejected``, ``failed``,
            ``superseded``.
        whole_at: when a whole version was first applied; None = never.
        loaded: rows in core; ``quarantined``: rows put aside.
    """

    agency: str
    feed: str
    day: date
    state: str
    whole_at: datetime | None
    loaded: int = 0
    quarantined: int = 0


def shown(conn: Connection, first: date, last: date, agency: str | None = None) -> list[Shown]:
    """Return what every tried partition of some days shows, both ends included."""
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "shown.days", first=first, last=last, agency=agency)
        return [Shown(*row) for row in rows]
