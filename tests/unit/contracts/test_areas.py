"""GSO area codes mean what they meant on the day of the data."""

from datetime import date

import pytest

from contracts.code_list import CodeLists, all_agencies, all_entries, table
from contracts.model import load_contract
from contracts.partition import Partition
from tests.contracts.example import judge_rows

BEFORE, SINCE = date(2025, 6, 30), date(2025, 7, 1)


def reasons(code: str, day: date) -> list[str]:
    row = {
        "indicator_code": "CPI",
        "area_code": code,
        "reporting_period": "2025",
        "value_kind": "actual",
        "approved": "yes",
        "value": 1,
        "unit_name": "%",
    }
    contract = load_contract("socioeconomic_indicators")
    judged = judge_rows(contract, [row], Partition("G12", contract.feed, day), {})
    return [v.code for q in judged.quarantine for v in q.violations]


@pytest.mark.parametrize(("day", "count"), [(date(2020, 12, 31), 63), (BEFORE, 63), (SINCE, 34)])
def test_the_areas_are_those_of_their_day(day: date, count: int) -> None:
    assert len(CodeLists.load(day).ids("area")) == count


@pytest.mark.parametrize("day", [date(2020, 12, 31), BEFORE, SINCE, date(2026, 11, 20)], ids=str)
def test_the_areas_are_those_of_the_register_of_agencies(day: date) -> None:
    lists = CodeLists.load(day)
    assert set(lists.ids("area")) == {a.gso_code for a in lists.agencies.values() if a.gso_code}


def test_a_reused_code_has_another_id_and_name_since_july_2025() -> None:
    before, since = CodeLists.load(BEFORE), CodeLists.load(SINCE)
    reused = {row["gso_code"]: row for row in table("gso_code_reuse")}
    assert sorted(reused) == ["15", "24", "44", "52", "80", "82", "91"]
    for code, row in reused.items():
        assert before.ids("area")[code] != since.ids("area")[code]
        assert before.labels("area")[code] == row["meaning_before"]
        assert since.labels("area")[code] == row["meaning_since"]


def test_a_province_that_did_not_change_keeps_its_id_and_a_merged_one_gets_its_own() -> None:
    before, since = CodeLists.load(BEFORE).ids("area"), CodeLists.load(SINCE).ids("area")
    same = [code for code, number in before.items() if since.get(code) == number]
    assert same == ["01", "04", "11", "12", "14", "20", "22", "38", "40", "42", "46"]
    assert before["08"] != since["08"]  # Tuyên Quang, with Hà Giang since then


def test_no_two_areas_share_a_code_and_a_first_day() -> None:
    spans = [(e.code, e.valid_from) for e in all_entries("area")]
    assert len(spans) == len(set(spans)) == 86
    assert {e.code for e in all_entries("area")} == {a.gso_code for a in all_agencies()} - {""}


@pytest.mark.parametrize(
    ("code", "day", "found"),
    [
        ("15", BEFORE, []),
        ("15", SINCE, []),
        ("27", BEFORE, []),
        ("27", SINCE, ["CODE-UNKNOWN"]),
        ("03", BEFORE, ["CODE-UNKNOWN"]),
        ("00004", SINCE, []),
        ("4", SINCE, ["CODE-FORMAT"]),
        ("0004", SINCE, ["CODE-FORMAT"]),
        ("１５", SINCE, ["UNICODE-LOOKALIKE"]),
    ],
)
def test_an_area_code_is_asked_as_of_the_day(code: str, day: date, found: list[str]) -> None:
    assert reasons(code, day) == found
