"""The expected set: what the registry says must exist, written where coverage is counted."""

from collections.abc import Callable
from datetime import date, datetime

from contracts.partition import Partition
from hub.desk import Desk
from hub.matrix import expected_with_due
from warehouse import ledger


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
    wanted = expected_with_due(desk.registry, first, end)
    if only:
        ledger.expect(desk.conn(), [entry for entry in wanted if only(entry[0])])
    else:
        ledger.replace_expected(desk.conn(), first, end, wanted)
