"""The chain of an incremental feed: every partition begins to read where the one before ended.

A cursor moves only with the commit of the rows before it, in the transaction that shows them
(docs/adr/0006-cursor-moves-with-the-commit.md).
"""

from collections.abc import Mapping

from contracts.errors import ConfigError, LoadConflict
from contracts.partition import Partition
from warehouse.archive import Landing
from warehouse.database import Connection, Cursor, run, translated


def begin(conn: Connection, partition: Partition) -> str:
    """Return the cursor that the pull of a partition begins with; empty = at the beginning.

    That is where the last partition before it ended, so a partition pulled again reads its own
    changes again, and replaces itself by them.

    Raises:
        ConfigError: a later partition has read on from there, so its changes would be told twice.
        LoadConflict: the database asked to try again.
    """
    keys = {"agency": partition.agency, "feed": partition.feed, "day": partition.day}
    with translated(str(partition)), conn, conn.cursor() as cursor:
        before, after = _around(cursor, keys)
    if after is not None:
        raise ConfigError(
            "Luồng đã đọc quá ngày này / a later day has read on from here",
            code="CURSOR-PASSED",
            where=str(partition),
            action=f"hub replay {partition.agency} {partition.feed} {partition.day}",
        )
    return before


def link(cursor: Cursor, token: int, landing: Landing, keys: Mapping[str, object]) -> None:
    """Link a landing into the chain, in the transaction that loads it.

    Args:
        cursor: the load's.
        token: the run.
        landing: of an incremental feed; live or from the archive, it fits or it does not.
        keys: ``agency``, ``feed``, ``day`` for the statements.

    Raises:
        LoadConflict: other days were loaded since its pull began; it must be pulled again.
    """
    run(cursor, "flow.make_series", **keys)
    run(cursor, "flow.lock_series", **keys)
    before, after = _around(cursor, keys)
    if landing.since != before or after not in {None, landing.cursor}:
        raise LoadConflict(
            "other days of the feed were read meanwhile",
            code="CURSOR-MOVED",
            where=str(landing.partition),
            action="run the partition again",
        )
    run(cursor, "chain.link", token=token, since=before, value=landing.cursor, **keys)


def _around(cursor: Cursor, keys: Mapping[str, object]) -> tuple[str, str | None]:
    """Return (where the partitions before a day end, where the next one after it begins)."""
    row = run(cursor, "chain.around", **keys).fetchone()
    assert row is not None
    return row[0] or "", row[1]
