"""Backfill: from a wish and the ledger to a plan, and the worker that carries it out."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial

from contracts.errors import HubError
from contracts.partition import Partition
from hub import ingest
from hub.crew import Work
from hub.desk import Desk, open_desk
from hub.expected import expect_days, ready_partitions
from hub.plan import Known, Plan, Wish, make_plan
from hub.registry import Registry
from hub.result import RunResult
from hub.settings import Settings
from warehouse import ledger
from warehouse.database import Connection, read_snapshot
from warehouse.database import run as query

ABANDONED = timedelta(hours=2)
"""A run that is still open after this long has lost its worker."""


def plan_for(desk: Desk, wish: Wish, now: datetime) -> Plan:
    """Return the plan of a wish as the ledger stands; days that no source has closed are not due.

    Raises:
        ConfigError: the wish names an agency that no file describes.
    """
    _check(desk.registry, wish)
    only = wish.wants if wish.agencies or wish.feeds else None
    expect_days(desk, wish.first, wish.last, now, only=only)
    ledger.reap(desk.conn(), now - ABANDONED)
    park_after = desk.settings.park_after
    return foresee(desk.registry, desk.conn(), wish, now, park_after=park_after)


def foresee(
    registry: Registry, conn: Connection, wish: Wish, now: datetime, *, park_after: int
) -> Plan:
    """Return the plan that a wish would come to; nothing is written.

    Raises:
        ConfigError: the wish names an agency that no file describes.
    """
    _check(registry, wish)
    expected = ready_partitions(registry, wish.first, wish.last, now)
    known = _known(conn, wish.first, wish.last)
    return make_plan(wish, expected, known, park_after=park_after)


def _check(registry: Registry, wish: Wish) -> None:
    for code in wish.agencies:
        registry.agency(code)


def _known(conn: Connection, first: date, last: date) -> dict[Partition, Known]:
    """Return what the ledger knows of every partition of some days that was ever tried."""
    with read_snapshot(conn) as cursor:
        rows = query(cursor, "plan.known", first=first, last=last).fetchall()
    return {Partition(*row[:3]): Known(*row[3:]) for row in rows}


def attempt(desk: Desk, partition: Partition, *, reason: str, held: bool = True) -> RunResult:
    """Run one partition; an error of ours becomes its result, so that the others go on."""
    try:
        return ingest.run(desk, partition, reason=reason, held=held)
    except HubError as error:
        return RunResult.failed(partition, error)


@contextmanager
def open_work(
    settings: Settings, url: str, *, held: bool = True, reason: str = "backfill"
) -> Iterator[Work]:
    """Open what a worker process keeps: one desk for all the partitions it is given.

    Args:
        settings: as read at the edge.
        url: address of the warehouse.
        held: whether unusual volumes are held back; False when the operator accepted them.
        reason: why, as the ledger keeps it.
    """
    with open_desk(settings, url) as desk:
        gc.freeze()  # what is imported stays: later collections need not walk it
        told = reason if held else f"{reason}, volume accepted"
        yield partial(attempt, desk, reason=told, held=held)
