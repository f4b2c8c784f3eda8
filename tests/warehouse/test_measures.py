"""Measures and indicators over hand-made days: the figures of the founding documents, literally."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.code_list import all_agencies
from contracts.partition import Partition
from tests.warehouse.given import one, rows
from tests.warehouse.statistic import (
    APRIL,
    AUGUST,
    FORMS,
    LONG_AGO,
    NO,
    ROWS,
    SUBMIT,
    TRANSACT,
    YEAR_END,
    YES,
    evaluation,
    given,
    stated,
)
from warehouse import ledger
from warehouse.database import Connection, read_snapshot
from warehouse.figures import Coverage, Stated, stated_figures
from warehouse.indicator import compute
from warehouse.measure import MEASURES, Level, read_measure


def counted(
    conn: Connection, name: str, first: date, last: date, level: Level = "all"
) -> tuple[Any, Coverage]:
    """Value (Any, so that it may be written as a whole number) and coverage of a measure."""
    with read_snapshot(conn) as cursor:
        return read_measure(cursor, name, first, last).at(level)


def value(conn: Connection, name: str, first: date, last: date, level: Level = "all") -> Any:
    found, _ = counted(conn, name, first, last, level)
    return None if found is None else found.normalize() + 0


def computed(conn: Connection, code: str, first: date, last: date, level: str = "all") -> Any:
    """An indicator's row of one level."""
    return next(r for r in compute(conn, first, last, codes=[code]) if r.level == level)


def test_226_of_the_online_services_are_on_the_national_portal(warehouse: Connection) -> None:
    """226 of 753 are integrated; the month before and a service of level 2 do not count."""
    for agency, online, integrated in (("G01", 300, 120), ("H26", 453, 106)):
        told = [service(n, integrated=n < integrated) for n in range(online)]
        told.append(service(9_999, integrated=True) | {"service_level": FORMS})
        given(warehouse, agency, "service_catalogue", APRIL, told)
        given(warehouse, agency, "service_catalogue", date(2020, 3, 31), told[:50])
    days = date(2020, 3, 1), APRIL
    assert value(warehouse, "services_integrated", *days) == 226
    assert value(warehouse, "services_integrated", *days, "ministry") == 120
    share = computed(warehouse, "portal_services_share", *days)
    assert (share.numerator, share.denominator, share.target) == (226, 753, 30)
    assert share.value is not None
    assert round(share.value, 4) == Decimal("30.0133")
    assert (share.is_met, share.coverage) == (True, Coverage(4, 4))
    assert one(warehouse, "SELECT count(*) FROM mart.service_catalogue_latest") == 301 + 454


def service(number: int, *, integrated: bool) -> dict[str, Any]:
    return {
        "procedure_code": f"1.{number:06d}",
        "unit_code": "H26",
        "service_level": SUBMIT if number % 2 else TRANSACT,
        "regime": 1,
        "integrated": YES if integrated else NO,
    }


def test_visits_and_accounts_of_the_portal_add_up_over_its_days(warehouse: Connection) -> None:
    told = [(date(2019, 12, 9), 100_000, 20_000_000), (APRIL, 3_126, 7_500_000)]
    for day, accounts, visits in told:
        web = {"channel": 1, "new_accounts": accounts - 26, "visits": visits - 26}
        mobile = {"channel": 2, "new_accounts": 26, "visits": 26}
        given(warehouse, "G22", "portal_usage", day, [web, mobile])
    given(warehouse, "G22", "portal_usage", date(2020, 5, 1), [web])
    days = date(2019, 12, 9), APRIL
    assert counted(warehouse, "portal_visits", *days) == (27_500_000, Coverage(2, 2))
    assert value(warehouse, "portal_accounts", *days) == 103_126


def test_sessions_and_ballots_count_on_the_day_they_were_held(warehouse: Connection) -> None:
    """The month of the last one is counted whole, but for what was held after the last day."""
    first, last = date(2019, 6, 24), date(2020, 4, 18)
    june = [meeting(1, date(2019, 6, 23), 500), *(meeting(1, first, n) for n in range(1, 14))]
    april = [meeting(1, last, 46_909), meeting(1, date(2020, 4, 19), 500)]
    april += [meeting(2, last, n) for n in range(1, 305)] + [meeting(2, last, 2_130)]
    given(warehouse, "G22", "cabinet_sessions", date(2019, 6, 30), june)
    given(warehouse, "G22", "cabinet_sessions", APRIL, april)
    assert counted(warehouse, "cabinet_sessions", first, last) == (14, Coverage(2, 2))
    assert value(warehouse, "cabinet_papers", first, last) == 47_000
    assert value(warehouse, "cabinet_ballots", first, last) == 305
    assert value(warehouse, "cabinet_ballot_papers", first, last) == 48_490


def meeting(kind: int, held_on: date, papers: int) -> dict[str, Any]:
    return {"kind": kind, "held_on": held_on, "papers_replaced": papers}


def test_the_level_4_shares_of_august_2020(warehouse: Connection) -> None:
    given(warehouse, "G14", "usage_evaluation", AUGUST, evaluation())
    given(warehouse, "G14", "usage_evaluation", date(2020, 7, 31), evaluation()[:1])
    days = date(2020, 7, 1), date(2020, 8, 20)
    mean = computed(warehouse, "level4_share", *days)
    assert mean.value == Decimal("17.97")
    assert (mean.denominator, mean.target, mean.is_met) == (85, None, None)
    assert mean.coverage == Coverage(2, 2)
    under = {level: value(warehouse, "level4_under_10", *days, level) for level in LEVELS}
    assert under == {"ministry": 5, "province": 22}
    assert value(warehouse, "level4_at_100", *days) == 2


LEVELS: tuple[Level, ...] = ("ministry", "province")


def test_work_files_are_held_against_the_target_of_their_level(warehouse: Connection) -> None:
    """80 % ministry, 60 % province, 30 % district; secret files are no part of the total."""
    given(
        warehouse,
        "G01",
        "work_files",
        APRIL,
        [{"unit_code": "G01", "level": 1, "files_total": 1_000, "files_online": 800}],
    )
    province = [
        {"unit_code": "H26", "level": 2, "files_total": 1_000, "files_online": 599}
        | {"files_secret": 700},
        {"unit_code": "H26.30", "level": 3, "files_total": 1_000, "files_online": 301},
    ]
    given(warehouse, "H26", "work_files", APRIL, province)
    ledger.expect(warehouse, [(Partition("H29", "work_files", APRIL), LONG_AGO)])
    found = compute(warehouse, APRIL, APRIL, codes=["work_files_online_share"])
    assert [(r.level, r.value, r.target, r.is_met, r.coverage) for r in found] == [
        ("ministry", 80, 80, True, Coverage(1, 1)),
        ("province", Decimal("59.9"), 60, False, Coverage(2, 1)),
        ("district", Decimal("30.1"), 30, True, Coverage(2, 1)),
        ("commune", None, None, None, Coverage(2, 1)),
    ]


def test_an_indicator_that_nobody_told_has_no_value_but_its_coverage(
    warehouse: Connection,
) -> None:
    ledger.expect(warehouse, [(Partition("H29", "work_files", APRIL), LONG_AGO)])
    found = computed(warehouse, "work_files_online_share", APRIL, APRIL, "province")
    assert (found.value, found.is_met, found.target) == (None, None, 60)
    assert found.coverage == Coverage(1, 0)


def test_every_platform_that_is_connected_by_october_counts_once(warehouse: Connection) -> None:
    october = date(2020, 10, 31)
    codes = [a.code for a in all_agencies() if a.level in LEVELS and a.valid(october)]
    told = [platform(code, date(2020, 10, 25)) for code in codes[:-1]]
    told += [platform(codes[0], date(2020, 2, 1)) | {"service_code": "b"}]
    told += [platform(codes[-1], date(2020, 11, 1))]
    given(warehouse, "G14", "platform_traffic", october, told)
    share = computed(warehouse, "platform_connection_share", october, october)
    assert (share.numerator, share.denominator, share.is_met) == (84, 85, False)
    given(warehouse, "G14", "platform_traffic", october, [platform(c, october) for c in codes])
    share = computed(warehouse, "platform_connection_share", october, october)
    assert (share.value, share.is_met) == (100, True)


def platform(code: str, since: date) -> dict[str, Any]:
    row = {"platform_code": code, "service_code": "a", "connected_on": since}
    return row | {"requests": 1, "failures": 0}


def test_on_time_and_electronic_shares(warehouse: Connection) -> None:
    by_field = ROWS["dossier_statistics"] | {"form": 1, "procedure_code": None}
    told = [by_field, ROWS["dossier_statistics"]]
    given(warehouse, "H26", "dossier_statistics", APRIL, told)
    given(warehouse, "H26", "electronic_results", APRIL, [ROWS["electronic_results"]])
    first = date(2020, 4, 1)
    ontime = computed(warehouse, "ontime_reported_share", first, APRIL, "province")
    assert (ontime.numerator, ontime.denominator) == (6, 7)
    assert value(warehouse, "dossiers_reported", first, APRIL) == 9
    assert computed(warehouse, "electronic_results_share", first, APRIL).value == 20


def test_the_change_of_incidents_stands_without_any_count(warehouse: Connection) -> None:
    month = {"incident_kind": 1, "reporting_period": "2020-04", "change_percent": 120}
    given(warehouse, "G14", "security_incidents", APRIL, [ROWS["security_incidents"], month])
    change = value(warehouse, "incidents_change", date(2020, 1, 1), APRIL)
    assert change == Decimal("-51.4")
    assert value(warehouse, "incidents_change", date(2020, 2, 1), APRIL) is None


def test_population_is_that_of_the_newest_year_and_of_what_codes_meant(
    warehouse: Connection,
) -> None:
    """GSO code 15 was Yên Bái (H63) until 2025-06-30 and is Lào Cai (H38) since."""
    given(warehouse, "G05", "population", YEAR_END, [ROWS["population"]])
    given(warehouse, "G12", "population", date(2025, 12, 31), [ROWS["population"]])
    meant = "SELECT province_code, average_population_thousand FROM mart.population ORDER BY day"
    assert rows(warehouse, meant) == [("H63", Decimal("831.6")), ("H38", Decimal("831.6"))]
    assert rows(warehouse, "SELECT province_code FROM mart.population_latest") == [("H38",)]
    days = date(2020, 1, 1), date(2025, 12, 31)
    assert counted(warehouse, "population", *days) == (Decimal("831.6"), Coverage(2, 2))


def test_contradicting_figures_stand_side_by_side_as_last_stated(warehouse: Connection) -> None:
    told = [
        stated("001", 10_300_000, precision=3),
        stated("003", 10_300_000, precision=3),
        stated("000", 13_000_000, precision=2),
    ]
    given(
        warehouse, "G22", "published_figures", date(2019, 12, 31), [stated("000", 1, precision=1)]
    )
    given(warehouse, "G22", "published_figures", YEAR_END, told)
    opened = date(2019, 12, 9)
    assert stated_figures(warehouse) == [
        Stated("accounts", document, Decimal(number), precision, opened, APRIL, "tài khoản")
        for document, number, precision in (
            ("000", 130_000, "over"),
            ("001", 103_000, "about"),
            ("003", 103_000, "about"),
        )
    ]


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_of_an_empty_warehouse_has_no_coverage(warehouse: Connection, name: str) -> None:
    found, covered = counted(warehouse, name, date(2020, 4, 1), APRIL)
    assert covered == Coverage(0, 0)
    assert found is None or name == "organisations"
