"""Use of services: what is kept of it is always what would be counted anew."""

from datetime import date

import pytest

from tests.warehouse.given import accepted, claimed, dossiers, loaded, noted, partition
from tests.warehouse.statistic import ROWS, given
from warehouse import service_use
from warehouse.database import Connection, read_snapshot
from warehouse.kept import Kept

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
SEPTEMBER = (date(2026, 9, 1), date(2026, 9, 30))
DAY = date(2026, 10, 20)


def catalogue(conn: Connection, agency: str, *procedures: str) -> None:
    rows = [ROWS["service_catalogue"] | {"procedure_code": code} for code in procedures]
    given(conn, agency, "service_catalogue", SEPTEMBER[1], rows)


def came(conn: Connection, day: date, procedure: str, *, channel: int = 2, token: int = 0) -> None:
    """One dossier comes on a day and replaces what that day held."""
    row = {"code": f"{day}", "received": day, "procedure": procedure, "channel": channel}
    loaded(conn, partition(day), accepted(dossiers([row])), token=token)


def counted(conn: Connection, kept: Kept) -> dict[str, tuple[int, ...]]:
    with read_snapshot(conn) as cursor:
        told, anew = (
            service_use.service_use(cursor, one, OCTOBER, SEPTEMBER, None) for one in (kept, Kept())
        )
    assert told == anew
    return {code: numbers for (code, _), numbers in told.items()}


def test_what_is_kept_follows_every_load(warehouse: Connection) -> None:
    kept = Kept()
    assert counted(warehouse, kept) == {}
    catalogue(warehouse, "H26", "1.000001", "1.000002")
    assert counted(warehouse, kept) == {"H26": (2, 2, 0, 0, 0)}
    came(warehouse, DAY, "1.000001")
    assert counted(warehouse, kept) == {"H26": (2, 2, 1, 0, 0)}
    came(warehouse, DAY, "1.000001", channel=1)  # corrected: it did not come online
    assert counted(warehouse, kept) == {"H26": (2, 2, 0, 0, 0)}
    catalogue(warehouse, "H29", "1.000001")
    assert counted(warehouse, kept) == {"H26": (2, 2, 0, 0, 0), "H29": (1, 1, 0, 0, 0)}


def test_a_run_that_claimed_first_and_ends_last_is_not_missed(warehouse: Connection) -> None:
    kept = Kept()
    catalogue(warehouse, "H26", "1.000001", "1.000002")
    token = claimed(warehouse, partition(date(2026, 10, 21)))
    came(warehouse, date(2026, 10, 22), "1.000001")
    assert counted(warehouse, kept) == {"H26": (2, 2, 1, 0, 0)}
    came(warehouse, date(2026, 10, 21), "1.000002", token=token)
    assert counted(warehouse, kept) == {"H26": (2, 2, 2, 0, 0)}


@pytest.mark.parametrize("told_on", [date(2026, 11, 5), date(2026, 9, 28)])
def test_a_day_outside_of_the_period_may_tell_of_one_within_it(
    warehouse: Connection, told_on: date
) -> None:
    kept = Kept()
    catalogue(warehouse, "H26", "1.000001")
    assert counted(warehouse, kept) == {"H26": (1, 1, 0, 0, 0)}
    told = {"code": "L", "received": DAY, "procedure": "1.000001"}
    loaded(warehouse, partition(told_on), accepted(dossiers([told])))
    assert counted(warehouse, kept) == {"H26": (1, 1, 1, 0, 0)}


def test_nothing_is_counted_again_where_nothing_was_loaded(
    warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = noted(monkeypatch, service_use, "service_index.services")
    kept = Kept()
    catalogue(warehouse, "H26", "1.000001")
    catalogue(warehouse, "H29", "1.000001")
    for _ in range(2):
        with read_snapshot(warehouse) as cursor:
            service_use.service_use(cursor, kept, OCTOBER, SEPTEMBER, None)
        came(warehouse, DAY, "1.000001")
    assert len(asked) == 2
    assert {"H26", "H29"} <= set(asked[0]["codes"])
    assert asked[1]["codes"] == ["H26"]
