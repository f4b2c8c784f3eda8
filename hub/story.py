"""The story of a partition: every attempt at it, why it ended so, down to the archived bytes."""

from typing import Any

from contracts.partition import Partition
from warehouse.database import Cursor, run

Told = dict[str, Any]
"""One run by the column names of ``explain.runs``, with ``totals`` and ``broken`` rules."""


def tell(cursor: Cursor, partition: Partition) -> list[Told]:
    """Return every attempt at a partition, newest first; nothing where nobody tried."""
    found = run(
        cursor, "explain.runs", agency=partition.agency, feed=partition.feed, day=partition.day
    )
    names = [column.name for column in found.description or ()]
    story = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    for told in story:
        token = told["run_id"]
        told["totals"] = dict(run(cursor, "explain.totals", token=token).fetchall())
        broken = run(cursor, "explain.broken", token=token).fetchall()
        told["broken"] = [
            dict(zip(("rule", "code", "checked", "failed"), row, strict=True)) for row in broken
        ]
    return story
