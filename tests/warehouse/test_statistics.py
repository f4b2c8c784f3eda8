"""Every statistical feed from its frame to its mart, its measures and the founding figures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contracts.code_list import CodeLists, all_agencies
from contracts.model import load_contract
from contracts.partition import Partition
from tests.warehouse.given import accepted, claimed, landing_of, one, rows
from tests.warehouse.statistic import frame
from warehouse import ledger
from warehouse.database import Connection, read_snapshot, run
from warehouse.fact_table import FACTS, How
from warehouse.figures import Coverage, Stated, stated_figures
from warehouse.indicator import compute
from warehouse.load import load
from warehouse.measure import MEASURES, Level, read_measure

APRIL, AUGUST, YEAR_END = date(2020, 4, 30), date(2020, 8, 31), date(2020, 12, 31)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
YES, NO = 1, 2
SUBMIT, TRANSACT, FORMS = 3, 4, 2


def given(
    conn: Connection, agency: str, feed: str, day: date, told: Sequence[Mapping[str, Any]]
) -> None:
    """Expect a partition and load it."""
    where = Partition(agency, feed, day)
    ledger.expect(conn, [(where, LONG_AGO)])
    judged = accepted(frame(feed, told))
    token = claimed(conn, where, f"{feed}@1.0.0")
    landing = landing_of(where, token, judged)
    ledger.landed(conn, token, landing)
    assert load(conn, token, where, judged, landing) == "loaded"


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


ROWS: dict[str, dict[str, Any]] = {
    "dossier_statistics": {
        "form": 2,
        "unit_code": "H26.01",
        "field_code": "DK.01",
        "procedure_code": "1.000001",
        "received_online": 6,
        "received_direct_postal": 3,
        "carried_over": 1,
        "received_total": 10,
        "resolved_early": 2,
        "resolved_ontime": 4,
        "resolved_late": 1,
        "resolved_total": 7,
        "pending_intime": 2,
        "pending_late": 1,
        "pending_total": 3,
    },
    "service_catalogue": {
        "procedure_code": "1.000001",
        "unit_code": "H26.01",
        "field_code": "DK.01",
        "service_level": TRANSACT,
        "regime": 1,
        "integrated": YES,
        "integrated_on": date(2020, 3, 1),
        "has_payment": NO,
    },
    "portal_usage": {"channel": 2, "new_accounts": 7, "visits": 5_000_000_000},
    "work_files": {
        "unit_code": "H26.01",
        "level": 3,
        "files_total": 50,
        "files_online": 20,
        "files_secret": 4,
    },
    "cabinet_sessions": {"kind": 2, "held_on": date(2020, 4, 2), "papers_replaced": 159},
    "usage_evaluation": {
        "evaluated_code": "H29",
        "services_total": 10_000,
        "services_level4": 1_797,
        "level4_share": 1_797,
    },
    "platform_traffic": {
        "platform_code": "H26",
        "service_code": "dancu.xacthuc",
        "requests": 900,
        "failures": 3,
        "connected_on": date(2020, 2, 1),
    },
    "socioeconomic_indicators": {
        "indicator_code": "GRDP",
        "area_code": "01",
        "reporting_period": "2020-Q1",
        "value_kind": 2,
        "approved": NO,
        "value": -37_210,
        "unit_name": "phan_tram",
    },
    "population": {"area_code": "15", "average_population": 8_316},
    "electronic_results": {
        "unit_code": "H26.01",
        "procedure_code": "1.000001",
        "results_issued": 40,
        "results_electronic": 8,
    },
    "security_incidents": {
        "incident_kind": 1,
        "reporting_period": "2020-01..2020-04",
        "incidents": None,
        "change_percent": -514,
        "compared_period": "2019-01..2019-04",
    },
    "published_figures": {
        "figure_code": "level4_share_mean",
        "document": "002",
        "value": 1_797,
        "precision": 1,
        "first_on": None,
        "as_of": date(2020, 8, 20),
        "unit_name": "%",
    },
}
"""Feed -> one row of it, as the judge hands it on."""

SHOWN: dict[str, str] = {
    "dossier_statistics": "(province,ii06b,H26.01,DK.01,1.000001,6,3,1,10,2,4,1,7,2,1,3)",
    "service_catalogue": "(province,1.000001,H26.01,DK.01,transact_online,nd43,t,t,2020-03-01,f)",
    "portal_usage": "(province,mobile,7,5000000000)",
    "work_files": "(province,H26.01,district,50,20,4)",
    "cabinet_sessions": "(province,ballot,2020-04-02,159)",
    "usage_evaluation": "(province,H29,province,10000,1797,17.97)",
    "platform_traffic": "(province,H26,province,dancu.xacthuc,900,3,2020-02-01)",
    "socioeconomic_indicators": "(province,GRDP,01,2020-Q1,estimate,f,-3.7210,phan_tram)",
    "population": "(province,15,H63,831.6)",
    "electronic_results": "(province,H26.01,1.000001,40,8)",
    "security_incidents": "(province,all,2020-01..2020-04,,-51.4,2019-01..2019-04)",
    "published_figures": "(province,level4_share_mean,002,17.97,exact,,2020-08-20,%)",
}
"""Feed -> its mart's row without agency, day and coverage."""


@pytest.mark.parametrize("feed", ROWS)
def test_a_row_of_a_feed_stands_in_its_mart_with_its_coverage(
    warehouse: Connection, feed: str
) -> None:
    given(warehouse, "H26", feed, APRIL, [ROWS[feed]])
    columns = rows(
        warehouse,
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND attname NOT IN ('agency_code', 'agency_id', 'day', 'expected_count', 'covered_count')"
        "ORDER BY attnum",
        f"mart.{feed}",
    )
    listed = ", ".join(name for (name,) in columns)
    shown = f"SELECT ROW({listed})::text, agency_code, day, expected_count, covered_count FROM mart.{feed}"
    assert rows(warehouse, shown) == [(SHOWN[feed], "H26", APRIL, 1, 1)]


@pytest.mark.parametrize("feed", ROWS)
def test_a_fact_keeps_what_its_contract_names(feed: str) -> None:
    fields = {field.name: field for field in load_contract(feed).fields}
    for column in FACTS[feed].columns[2:]:
        kind = fields[column.source].kind.value
        assert (column.how is How.MEMBER) == (kind in {"code", "area", "org"})
        assert (column.how is How.DAY) == (kind == "date")
        _, digits = fields[column.source].scale
        assert column.name.endswith(f"_e{digits}") == bool(digits)


def test_every_statistical_feed_is_tested_here() -> None:
    assert [*FACTS][3:] == [*ROWS] == [*SHOWN]


def test_a_day_loaded_again_replaces_its_statistics(warehouse: Connection) -> None:
    for visits in (5, 8):
        told = {"channel": 1, "new_accounts": 1, "visits": visits}
        given(warehouse, "G22", "portal_usage", APRIL, [told])
    assert rows(warehouse, "SELECT visits, channel FROM mart.portal_usage") == [(8, "web")]


def test_verify_counts_the_rows_of_every_statistical_feed(warehouse: Connection) -> None:
    for feed, told in ROWS.items():
        given(warehouse, "H26", feed, APRIL, [told])
    with read_snapshot(warehouse) as cursor:
        assert run(cursor, "verify.balance").fetchall() == []
    with warehouse, warehouse.cursor() as cursor:
        for feed in ROWS:
            cursor.execute(f"DELETE FROM core.{FACTS[feed].table}")
    with read_snapshot(warehouse) as cursor:
        found = run(cursor, "verify.balance").fetchall()
    assert found == [(f"H26/{feed}/2020-04-30", 1, 1, 0, 0, 0) for feed in sorted(ROWS)]


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


def evaluation() -> list[dict[str, Any]]:
    """22 ministries and 63 provinces: 5 and 22 under 10 %, 2 at 100 %, mean 17.97 %."""
    ministries = [f"G{n:02d}" for n in range(1, 23)]
    provinces = [a.code for a in all_agencies() if a.level == "province" and a.valid(AUGUST)]
    shares = dict.fromkeys([*ministries[:5], *provinces[:22]], 500) | {"G14": 10_000, "G18": 10_000}
    rest = [code for code in (*ministries, *provinces) if code not in shares]
    left = 1_797 * 85 - sum(shares.values())
    shares |= dict.fromkeys(rest, left // len(rest))
    shares[rest[0]] += left % len(rest)
    return [
        {"evaluated_code": code, "services_total": 1, "services_level4": 0, "level4_share": share}
        for code, share in shares.items()
    ]


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


def stated(document: str, hundredths: int, *, precision: int) -> dict[str, Any]:
    return {
        "figure_code": "accounts",
        "document": document,
        "value": hundredths,
        "precision": precision,
        "first_on": date(2019, 12, 9),
        "as_of": APRIL,
        "unit_name": "tài khoản",
    }


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_of_an_empty_warehouse_has_no_coverage(warehouse: Connection, name: str) -> None:
    found, covered = counted(warehouse, name, date(2020, 4, 1), APRIL)
    assert covered == Coverage(0, 0)
    assert found is None or name == "organisations"


def test_the_ids_written_here_are_those_of_the_lists() -> None:
    lists = CodeLists.load(APRIL)
    assert lists.ids("yes_no") == {"yes": YES, "no": NO}
    assert lists.ids("precision") == {"exact": 1, "over": 2, "about": 3}
    assert [*lists.ids("government_level")] == ["ministry", "province", "district", "commune"]
