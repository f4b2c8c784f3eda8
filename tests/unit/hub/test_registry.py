from datetime import date, datetime
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from contracts.partition import ZONE, Partition
from hub.registry import Registry, due_at, read_registry, ready_at

HANOI = """
code: "H26"
name: Thành phố Hà Nội
kind: province
owner: Văn phòng UBND
timetable: {ready: "00:30", due: "08:00"}
feeds:
  dossiers: {system: one_stop_rest, connection: h26_dossiers}
  payments: {system: payment_gateway, connection: h26_payments, valid_from: 2020-06-01}
"""
OLD = """
code: "H02"
name: Tỉnh Bắc Giang
kind: province
owner: Văn phòng UBND
valid_to: 2025-06-30
successor: "H05"
feeds:
  dossiers: {system: portal_session, connection: h02_dossiers}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    (tmp_path / "h26_ha_noi.yaml").write_text(HANOI, encoding="utf-8")
    (tmp_path / "h02_bac_giang.yaml").write_text(OLD, encoding="utf-8")
    return read_registry(tmp_path)


def test_a_day_expects_the_country_of_that_day(registry: Registry) -> None:
    assert registry.expected(date(2025, 6, 30)) == [
        Partition("H02", "dossiers", date(2025, 6, 30)),
        Partition("H26", "dossiers", date(2025, 6, 30)),
        Partition("H26", "payments", date(2025, 6, 30)),
    ]
    assert [p.agency for p in registry.expected(date(2025, 7, 1))] == ["H26", "H26"]


def test_a_feed_is_expected_from_its_own_first_day(registry: Registry) -> None:
    assert [p.feed for p in registry.expected(date(2020, 5, 31)) if p.agency == "H26"] == [
        "dossiers"
    ]


def test_a_span_is_expected_day_by_day(registry: Registry) -> None:
    span = list(registry.expected_between(date(2025, 6, 30), date(2025, 7, 1)))
    assert [p.day.day for p in span] == [30, 30, 30, 1, 1]


def test_an_unknown_agency_is_refused_with_near_codes(registry: Registry) -> None:
    with pytest.raises(ConfigError) as refused:
        registry.agency("H62")
    assert "H26" in refused.value.allowed
    assert refused.value.action == "hub agency list"


def test_a_partition_after_the_agency_ended_is_not_owed(registry: Registry) -> None:
    with pytest.raises(ConfigError) as refused:
        registry.owed(Partition("H02", "dossiers", date(2025, 7, 1)))
    assert refused.value.code == "NOT-REQUIRED"
    assert "2025-06-30" in refused.value.allowed


def test_a_day_is_ready_and_due_on_the_morning_after(registry: Registry) -> None:
    hanoi = registry.agency("H26")
    assert ready_at(hanoi, date(2026, 12, 31)) == datetime(2027, 1, 1, 0, 30, tzinfo=ZONE)
    assert due_at(hanoi, date(2024, 2, 28)) == datetime(2024, 2, 29, 8, 0, tzinfo=ZONE)
