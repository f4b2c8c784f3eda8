"""Codes as of a day."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.check import check_of
from contracts.code_list import (
    CodeLists,
    all_agencies,
    all_communes,
    all_entries,
    list_names,
    normalise_org,
    table,
)
from contracts.errors import ConfigError
from contracts.model import load_contract


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("000.00.00.H26", "H26"),
        ("000.09.23.H34", "H34.23.09"),
        ("H34.23.09", "H34.23.09"),
        ("H26.00.00", "H26"),
        ("003.09.23.H34", "H34.23.09.003"),
        ("H34.23.09.003", "H34.23.09.003"),
        ("K26", "K26"),
        ("26", None),
        ("h26", None),
        ("H26.1", None),
        ("000.00.H26", None),
        ("H26 ", None),
    ],
)
def test_an_organisation_code_has_one_short_form(code: str, short: str | None) -> None:
    assert normalise_org(code) == short


@pytest.mark.parametrize(
    ("day", "provinces", "all_codes"),
    [
        (date(2020, 4, 17), 63, 91),
        (date(2025, 3, 1), 63, 88),
        (date(2025, 6, 30), 63, 88),
        (date(2025, 7, 1), 34, 59),
        (date(2026, 11, 20), 34, 59),
    ],
)
def test_the_country_is_that_of_its_day(day: date, provinces: int, all_codes: int) -> None:
    agencies = CodeLists.load(day).agencies
    assert len(agencies) == all_codes
    assert len([a for a in agencies.values() if a.level == "province"]) == provinces


def test_hue_and_dong_nai_change_their_names_on_their_days() -> None:
    names = [
        CodeLists.load(day).agencies[code].full_name_vi
        for code, day in [
            ("H57", date(2024, 12, 31)),
            ("H57", date(2025, 1, 1)),
            ("H19", date(2026, 4, 29)),
            ("H19", date(2026, 4, 30)),
        ]
    ]
    assert names == [
        "Tỉnh Thừa Thiên Huế",
        "Thành phố Huế",
        "Tỉnh Đồng Nai",
        "Thành phố Đồng Nai",
    ]


def test_a_reused_gso_code_means_another_unit_since_july_2025() -> None:
    def of(day: date) -> list[str]:
        return [a.name_vi for a in CodeLists.load(day).agencies.values() if a.gso_code == "15"]

    assert of(date(2025, 6, 30)) == ["Yên Bái"]
    assert of(date(2025, 7, 1)) == ["Lào Cai"]


def test_spans_of_one_code_never_overlap() -> None:
    for day in (date(2020, 1, 1), date(2025, 2, 28), date(2025, 3, 1), date(2026, 4, 30)):
        codes = [a.code for a in all_agencies() if a.valid(day)]
        assert len(codes) == len(set(codes))


def test_every_code_that_ends_has_a_successor_that_is_valid_the_day_after() -> None:
    later = CodeLists.load(date(2026, 11, 20)).agencies
    assert [a.code for a in all_agencies() if a.valid_to and a.successor not in later] == []


def test_the_succession_takes_every_old_province_to_a_new_one() -> None:
    provinces = [row for row in table("succession") if row["code"].startswith("H")]
    assert len(provinces) == 63
    assert len({row["successor"] for row in provinces}) == 34


def test_a_unit_has_a_version_of_its_own_from_each_of_its_successions_on() -> None:
    starts = {(a.code, a.valid_from) for a in all_agencies()}
    ends = {(a.code, a.valid_to + timedelta(days=1)) for a in all_agencies() if a.valid_to}
    split = [(row, date.fromisoformat(row["effective"])) for row in table("succession")]
    assert [row for row, day in split if (row["code"], day) not in ends] == []
    assert [row for row, day in split if (row["successor"], day) not in starts] == []


def test_a_unit_has_one_main_heir_and_parts_go_elsewhere() -> None:
    main = [(r["code"], r["effective"]) for r in table("succession") if r["kind"] != "part"]
    parts = [(r["code"], r["effective"]) for r in table("succession") if r["kind"] == "part"]
    assert len(main) == len(set(main))
    assert set(parts) <= set(main)


def test_communes_are_listed_once_by_code_under_a_province_of_their_day() -> None:
    communes = all_communes()
    provinces = {a.gso_code for a in CodeLists.load(date(2025, 7, 1)).agencies.values()}
    assert len(communes) == len({c.code for c in communes}) == 3321
    assert [c for c in communes if c.province_gso_code not in provinces] == []
    assert [c for c in communes if len(c.code) != 5 or not c.code.isdecimal()] == []


def test_names_of_communes_repeat_so_nothing_may_join_on_them() -> None:
    names = Counter(c.full_name_vi for c in all_communes())
    assert sum(count > 1 for count in names.values()) == 245
    assert names["Xã Tân Tiến"] > 1


def test_a_commune_is_of_the_list_since_the_two_tiers_and_of_any_code_before() -> None:
    last, first = CodeLists.load(date(2025, 6, 30)), CodeLists.load(date(2025, 7, 1))
    assert (last.knows_commune("00001"), first.knows_commune("00001")) == (True, False)
    assert (last.knows_commune("00004"), first.knows_commune("00004")) == (True, True)


@pytest.mark.parametrize(
    ("code", "day", "reasons"),
    [
        ("00004", date(2026, 11, 20), ()),
        ("00001", date(2026, 11, 20), ("CODE-UNKNOWN",)),
        ("00001", date(2020, 4, 30), ()),
        ("10", date(2025, 6, 30), ()),
        ("10", date(2025, 7, 1), ("CODE-UNKNOWN",)),
        ("001", date(2025, 7, 1), ("CODE-FORMAT",)),
    ],
)
def test_an_area_is_a_province_or_a_commune_of_its_day(
    code: str, day: date, reasons: tuple[str, ...]
) -> None:
    [area] = [f for f in load_contract("population").fields if f.name == "area_code"]
    of_any_length = replace(area, pattern="")
    assert check_of(of_any_length, CodeLists.load(day))(code) == (code, reasons)


def test_a_peoples_council_lives_as_long_as_its_province() -> None:
    assert CodeLists.load(date(2025, 6, 30)).knows_org("K63")
    assert not CodeLists.load(date(2025, 7, 1)).knows_org("K63")


def test_new_service_levels_begin_with_their_decree() -> None:
    assert list(CodeLists.load(date(2020, 4, 17)).ids("service_level")) == [
        "info",
        "forms",
        "submit_online",
        "transact_online",
    ]
    assert CodeLists.load(date(2026, 11, 20)).ids("service_level")["full"] == 5


@pytest.mark.parametrize("name", list_names())
def test_ids_of_a_list_run_from_one(name: str) -> None:
    entries = all_entries(name)
    assert [e.id for e in entries] == list(range(1, len(entries) + 1))
    assert all(e.label_vi and e.label_en for e in entries)


def test_dossier_statuses_keep_the_numbers_of_the_national_portal() -> None:
    assert list(CodeLists.load(date(2026, 11, 20)).ids("dossier_status").items())[8:] == [
        ("finished", 9),
        ("returned", 10),
        ("deleted", 11),
    ]


def test_an_unknown_list_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="dossier_status"):
        CodeLists.load(date(2026, 11, 20)).ids("status")
