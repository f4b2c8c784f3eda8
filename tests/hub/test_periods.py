"""Feeds of months and years: when they are owed, planned, shown, and held against their past."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from contracts.frequency import frequency_of
from contracts.partition import ZONE, Partition
from hub.backfill import plan_for
from hub.cli.status import _print
from hub.desk import Desk, open_desk
from hub.expected import expect_days
from hub.matrix import completeness
from hub.plan import Wish
from hub.registry import Registry, due_at, read_registry
from hub.settings import Settings
from hub.system import named_systems, states
from tests.warehouse.given import accepted, claimed, dossiers, loaded, partition
from warehouse import ledger
from warehouse.database import Connection

HANOI = """
code: "H26"
name: Thành phố Hà Nội
kind: province
owner: Văn phòng UBND
feeds:
  dossiers: {system: one_stop_rest, connection: h26}
  dossier_statistics: {system: statistics_gateway, connection: h26, valid_from: 2020-02-01}
  population: {system: population_book, connection: h26}
"""
LATER = datetime(2021, 6, 1, 12, tzinfo=ZONE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "agencies").mkdir()
    (tmp_path / "agencies" / "h26_ha_noi.yaml").write_text(HANOI, encoding="utf-8")
    return tmp_path / "agencies"


@pytest.fixture
def registry(folder: Path) -> Registry:
    return read_registry(folder)


def owed(registry: Registry, day: date) -> list[str]:
    return [p.feed for p in registry.expected(day)]


def test_a_feed_is_owed_on_the_last_day_of_its_contract_s_period(registry: Registry) -> None:
    assert frequency_of("dossier_statistics") == "month"
    assert frequency_of("population") == "year"
    assert owed(registry, date(2020, 2, 28)) == ["dossiers"]
    assert owed(registry, date(2020, 2, 29)) == ["dossiers", "dossier_statistics"]
    assert owed(registry, date(2020, 12, 31)) == ["dossiers", "dossier_statistics", "population"]
    assert owed(registry, date(2020, 1, 31)) == ["dossiers"]  # before its own first day


def test_one_frequency_can_be_asked_for(registry: Registry) -> None:
    day = date(2020, 12, 31)
    assert [p.feed for p in registry.expected(day, "day")] == ["dossiers"]
    assert [p.feed for p in registry.expected_between(date(2020, 1, 1), day, "month")] == [
        "dossier_statistics"
    ] * 11


def test_a_day_within_a_period_is_refused_and_its_last_day_named(registry: Registry) -> None:
    with pytest.raises(ConfigError) as refused:
        registry.owed(Partition("H26", "dossier_statistics", date(2020, 2, 28)))
    assert (refused.value.code, refused.value.allowed) == ("NOT-REQUIRED", "2020-02-29")


def test_a_month_is_due_on_the_morning_after_its_last_day(registry: Registry) -> None:
    due = due_at(registry.agency("H26"), date(2020, 2, 29))
    assert due == datetime(2020, 3, 1, 8, 0, tzinfo=ZONE)


@pytest.fixture
def desk(folder: Path, database_url: str) -> Iterator[Desk]:
    settings = Settings(state=folder.parent, agencies=folder, database_url=database_url)
    with open_desk(settings) as opened:
        yield opened


def test_a_plan_of_a_quarter_holds_its_months_once_each(desk: Desk) -> None:
    wish = Wish(
        first=date(2020, 1, 1), last=date(2020, 3, 31), feeds=frozenset({"dossier_statistics"})
    )
    plan = plan_for(desk, wish, LATER)
    assert [str(step) for step in plan.steps] == [
        "H26/dossier_statistics/2020-02-29",
        "H26/dossier_statistics/2020-03-31",
    ]


def test_a_month_that_is_not_over_is_not_planned(desk: Desk) -> None:
    wish = Wish(
        first=date(2020, 3, 1), last=date(2020, 3, 31), feeds=frozenset({"dossier_statistics"})
    )
    at_noon = datetime(2020, 3, 31, 12, tzinfo=ZONE)
    assert plan_for(desk, wish, at_noon).steps == ()


def test_a_month_that_failed_three_times_is_parked(desk: Desk) -> None:
    place = Partition("H26", "dossier_statistics", date(2020, 3, 31))
    for _ in range(3):
        ledger.close(desk.conn(), claimed(desk.conn(), place), "failed", code="NET-TIMEOUT")
    wish = Wish(first=date(2020, 3, 1), last=date(2020, 3, 31), feeds=frozenset({place.feed}))
    plan = plan_for(desk, wish, LATER)
    assert (plan.steps, dict(plan.left_out)) == ((), {"parked": 1})


def test_the_expected_set_holds_a_month_once(desk: Desk) -> None:
    expect_days(desk, date(2020, 2, 1), date(2020, 2, 29), LATER)
    with desk.conn() as conn, conn.cursor() as cursor:
        cursor.execute("SELECT feed, count(*) FROM ledger.expected GROUP BY feed ORDER BY feed")
        assert cursor.fetchall() == [("dossier_statistics", 1), ("dossiers", 29)]


def test_the_matrix_shows_a_month_on_its_last_day_alone(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    span = date(2020, 2, 28), date(2020, 3, 1)
    matrix = completeness(registry, [], span, LATER, frozenset({"dossier_statistics"}))
    (row,) = matrix.rows
    assert [dict(row.cells[day]) for day in matrix.days] == [
        {},
        {"dossier_statistics": "missing"},
        {},
    ]
    assert [row.worst[day] for day in matrix.days] == ["not_required", "missing", "not_required"]
    _print(matrix)
    told = capsys.readouterr().out
    assert "H26 Thành phố Hà Nội – ✕ –" in " ".join(told.split())
    assert "– không phải cung cấp / not required: 2" in told


def test_a_month_is_held_against_the_year_before_whatever_its_weekday(
    warehouse: Connection,
) -> None:
    for month, size in ((1, 9), (6, 3), (9, 6), (12, 5)):
        many = [{"code": str(i)} for i in range(size)]
        day = date(2025, month + 1, 1) if month < 12 else date(2026, 1, 1)
        loaded(warehouse, partition(day - timedelta(days=1)), accepted(dossiers(many)))
    end = partition(date(2026, 6, 30))
    assert ledger.history(warehouse, end, "month") == (5, 3)
    assert ledger.history(warehouse, end) == (0, 0)
    assert ledger.history(warehouse, end, "year") == (5, 4)


def test_the_fourteen_systems_stand_with_their_feeds() -> None:
    systems = named_systems()
    assert [one.number for one in systems] == list(range(1, 15))
    assert {document for one in systems for document in one.documents} == {
        "000",
        "001",
        "002",
        "003",
        "004",
    }
    # every feed of a system is under contract
    assert {frequency_of(feed) for one in systems for feed in one.feeds} >= {"day", "month", "year"}


def test_a_system_that_nobody_loaded_is_missing_and_what_is_to_come_is_not_due(
    desk: Desk, registry: Registry
) -> None:
    loaded(desk.conn(), partition(date(2020, 3, 10)), accepted(dossiers([{"code": "A"}])))
    span = date(2020, 3, 10), date(2020, 3, 11)
    told = {s.system.number: s for s in states(registry, desk.conn(), span, LATER)}
    assert (told[3].state, told[3].expected, told[3].covered) == ("partial", 2, 1)
    assert told[3].newest == date(2020, 3, 10)
    assert (told[12].state, told[12].expected, told[12].newest) == ("missing", 0, None)
    assert told[6].state == "missing"
    whole = states(registry, desk.conn(), (span[0], span[0]), LATER)
    assert whole[2].state == "loaded"
    future = date(2021, 12, 31)
    coming = states(registry, desk.conn(), (future, future), LATER)
    assert (coming[11].state, coming[11].expected, coming[11].due) == ("not_due", 1, 0)
