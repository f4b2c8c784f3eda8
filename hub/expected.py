"""The expected set: what the registry says must exist, written where coverage is counted."""

from datetime import date, datetime

from hub.desk import Desk
from hub.matrix import expected_with_due
from warehouse import ledger


def expect_days(desk: Desk, first: date, last: date, now: datetime) -> None:
    """Make the ledger's expected set of some days what the registry says; days to come are left.

    Idempotent. Every figure's coverage is counted against this set.

    Raises:
        LoadConflict: the database asked to try again.
    """
    end = min(last, now.date())
    if first <= end:
        wanted = expected_with_due(desk.registry, first, end)
        ledger.replace_expected(desk.conn(), first, end, wanted)
