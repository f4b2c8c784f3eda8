"""Every statistical feed from the judge's frame to its mart, and the balance over all of them."""

import pytest

from contracts.code_list import CodeLists
from contracts.model import load_contract
from tests.contracts.example import examples
from tests.warehouse.given import claimed, landing_of, rows
from tests.warehouse.statistic import APRIL, NO, ROWS, YES, given
from warehouse import ledger
from warehouse.database import Connection, read_snapshot, run
from warehouse.fact_table import FACTS, How
from warehouse.load import load

SHOWN: dict[str, str] = {
    "dossier_statistics": "(province,ii06b,H26.01,DK.01,1.000001,6,3,1,10,2,4,1,7,2,1,3)",
    "service_catalogue": "(province,1.000001,H26.01,DK.01,transact_online,nd43,t,t,2020-03-01,f)",
    "portal_usage": "(province,mobile,7,5000000000)",
    "work_files": "(province,H26.01,district,50,20,4)",
    "cabinet_sessions": "(province,ballot,2020-04-02,159,-3211912617678252573)",
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


def test_what_the_judge_accepts_of_every_contract_can_be_loaded(warehouse: Connection) -> None:
    held = [example for example in examples("accept") if example.contract.feed in ROWS]
    for example in held:
        where, judged = example.partition, example.judge()
        token = claimed(warehouse, where, example.contract.id)
        landing = landing_of(where, token, judged)
        ledger.landed(warehouse, token, landing)
        assert load(warehouse, token, where, judged, landing) == "loaded", str(example)
    assert {example.contract.feed for example in held} == ROWS.keys()
    with read_snapshot(warehouse) as cursor:
        assert run(cursor, "verify.balance").fetchall() == []


@pytest.mark.parametrize("feed", ROWS)
def test_a_fact_keeps_what_its_contract_names(feed: str) -> None:
    fields = {field.name: field for field in load_contract(feed).fields}
    for column in FACTS[feed].columns[2:]:
        kind = fields[column.source].kind.value
        assert (column.how is How.MEMBER) == (kind in {"code", "area", "org"})
        assert (column.how is How.DAY) == (kind == "date")
        _, digits = fields[column.source].scale
        assert column.name.endswith(f"_e{digits}") == bool(digits)


def test_every_statistical_table_and_mart_says_what_it_holds(warehouse: Connection) -> None:
    silent = (
        "SELECT oid::regclass::text FROM pg_class WHERE oid = ANY(%s::regclass[]) "
        "AND obj_description(oid, 'pg_class') IS NULL"
    )
    marts = [f"mart.{feed}" for feed in ROWS]
    tables = [f"core.{FACTS[feed].table}" for feed in ROWS]
    assert rows(warehouse, silent, marts + tables) == []


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


def test_the_ids_written_here_are_those_of_the_lists() -> None:
    lists = CodeLists.load(APRIL)
    assert lists.ids("yes_no") == {"yes": YES, "no": NO}
    assert lists.ids("precision") == {"exact": 1, "over": 2, "about": 3}
    assert [*lists.ids("government_level")] == ["ministry", "province", "district", "commune"]
