"""Redrive: what a changed rule, code list or code map frees from quarantine, without any network.

A partition is judged again whole, from its newest landing; the rows that now fit load with the
others, in the one load transaction there is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from contracts.errors import HubError
from contracts.model import load_contract, pinned_contract
from contracts.partition import Partition
from hub import ingest
from hub.crew import Work
from hub.desk import Desk, open_desk
from hub.plan import Plan, Wish
from hub.result import RunResult
from hub.settings import Settings
from warehouse import ledger
from warehouse.database import Connection, read_snapshot, run


def quarantined(
    conn: Connection, wish: Wish, *, rule: str = "", code: str = ""
) -> dict[Partition, int]:
    """Return the partitions that show quarantined rows -> how many.

    Args:
        conn: the warehouse.
        wish: days, agencies and feeds.
        rule: only partitions of which a row broke this rule; empty means any.
        code: only partitions of which a row bears this reason code; empty means any.
    """
    with read_snapshot(conn) as cursor:
        rows = run(
            cursor,
            "quarantine.partitions",
            rule=rule or None,
            code=code or None,
            **_asked(wish),
        ).fetchall()
    return {Partition(*row[:3]): row[3] for row in rows}


def plan_redrive(conn: Connection, wish: Wish, *, rule: str = "", code: str = "") -> Plan:
    """Return the plan that judges again every partition with such quarantined rows."""
    found = quarantined(conn, wish, rule=rule, code=code)
    return Plan(tuple(_ordered(found)), len(found), {})


def plan_replay(conn: Connection, wish: Wish) -> Plan:
    """Return the plan that replays every partition of a wish that was ever landed."""
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "quarantine.landed", **_asked(wish)).fetchall()
    found = [Partition(*row) for row in rows]
    return Plan(tuple(_ordered(found)), len(found), {})


def redrive(desk: Desk, partition: Partition) -> RunResult:
    """Judge a partition's newest landing under the newest version of its contract.

    Code lists and code maps are those of now, as of the partition's day.

    Raises:
        ConfigError: nothing of the partition was ever landed.
        HubError: the run failed; the ledger holds its code and sentence.
    """
    known = ledger.last_landed(desk.conn(), partition)
    if known is None:
        return ingest.replay(desk, partition)
    pinned = pinned_contract(known.contract)
    newest = load_contract(pinned.feed, pinned.name)
    return ingest.replay(desk, partition, version=newest.version)


@contextmanager
def open_archive(settings: Settings, url: str, *, is_newest: bool) -> Iterator[Work]:
    """Open what a worker keeps that runs partitions from the archive.

    Args:
        settings: as read at the edge.
        url: address of the warehouse.
        is_newest: whether the newest contract judges (redrive), or the pinned one (replay).
    """
    with open_desk(settings, url) as desk:
        yield partial(_attempt, desk, is_newest=is_newest)


def _attempt(desk: Desk, partition: Partition, *, is_newest: bool) -> RunResult:
    try:
        return redrive(desk, partition) if is_newest else ingest.replay(desk, partition)
    except HubError as error:
        return RunResult.failed(partition, error)


def _asked(wish: Wish) -> dict[str, object]:
    return {
        "first": wish.first,
        "last": wish.last,
        "agencies": sorted(wish.agencies) or None,
        "feeds": sorted(wish.feeds) or None,
    }


def _ordered(found: "list[Partition] | dict[Partition, int]") -> list[Partition]:
    return sorted(found, key=lambda p: (p.day, p.agency, p.feed))
