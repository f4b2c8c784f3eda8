"""The expected set: what the registry says must exist, written where coverage is counted."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from contracts.partition import Partition
from hub.desk import Desk
from hub.registry import Registry, due_at, ready_at
from warehouse import figures, ledger


def expect_days(
    desk: Desk,
    first: date,
    last: date,
    now: datetime,
    *,
    only: Callable[[Partition], bool] | None = None,
) -> None:
    """Make the ledger's expected set of some days what the registry says; days to come are left.

    Idempotent. Every figure's coverage is counted against this set. With ``only``, the chosen
    partitions are added and no other is touched: cheap enough for one source's backfill.

    Raises:
        LoadConflict: the database asked to try again.
    """
    end = min(last, now.date())
    if first > end:
        return
    registry = desk.registry
    wanted = [
        (p, due_at(registry.agency(p.agency), p.day))
        for p in registry.expected_between(first, end)
        if only is None or only(p)
    ]
    if only:
        ledger.expect(desk.conn(), wanted)
    else:
        ledger.replace_expected(desk.conn(), first, end, wanted)


def expect_until(desk: Desk, now: datetime) -> None:
    """Expect what fell due since the expected set ended; a day that nobody ran is missing, too.

    A hub that never expected anything is left alone: its first day is for people to choose.

    Raises:
        LoadConflict: the database asked to try again.
    """
    newest = ledger.newest_expected(desk.conn())
    if newest is not None:
        due = partial(_is_due, desk.registry, now)
        expect_days(desk, newest, now.date(), now, only=due)


def _is_due(registry: Registry, now: datetime, partition: Partition) -> bool:
    return due_at(registry.agency(partition.agency), partition.day) <= now


def covered_by_feed(desk: Desk, day: date) -> dict[str, list[int]]:
    """Return per feed how many partitions of a day are expected and how many show their day."""
    seen = figures.coverage(desk.conn(), day, day)
    return {feed: [coverage.expected, coverage.covered] for feed, coverage in seen.items()}


def ready_partitions(registry: Registry, first: date, last: date, now: datetime) -> list[Partition]:
    """Return what is owed for a span of days and can be had by now."""
    return [
        partition
        for partition in registry.expected_between(first, last)
        if ready_at(registry.agency(partition.agency), partition.day) <= now
    ]
