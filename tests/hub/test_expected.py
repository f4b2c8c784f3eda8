"""What is due is expected, also where nothing ran."""

from datetime import date, datetime
from pathlib import Path

import pytest

from contracts.partition import ZONE, Partition
from hub.desk import Desk, open_desk
from hub.expected import expect_until
from hub.settings import Settings
from tests.warehouse.given import rows
from warehouse import ledger

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=ZONE)


def days(desk: Desk) -> list[date]:
    return [
        day for (day,) in rows(desk.conn(), "SELECT DISTINCT day FROM ledger.expected ORDER BY 1")
    ]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(state=tmp_path, database_url=database_url)


def test_days_that_nobody_ran_are_expected_once_they_are_due(settings: Settings) -> None:
    with open_desk(settings) as desk:
        first = Partition("H26", "dossiers", date(2026, 11, 18))
        ledger.expect(desk.conn(), [(first, NOW)])
        expect_until(desk, NOW)
        assert days(desk) == [date(2026, 11, 18 + n) for n in range(3)]
        owed = desk.registry.expected(date(2026, 11, 20))
        counted = "SELECT count(*) FROM ledger.expected WHERE day = '2026-11-20'"
        assert rows(desk.conn(), counted) == [(len(owed),)]


def test_a_hub_that_never_expected_anything_is_left_alone(settings: Settings) -> None:
    with open_desk(settings) as desk:
        expect_until(desk, NOW)
        assert days(desk) == []
