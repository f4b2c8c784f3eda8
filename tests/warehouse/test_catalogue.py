"""The catalogue: every mart describes itself, and its page says the same."""

from datetime import date

import pytest

from tests.docs.page import page
from tests.warehouse.given import rows
from warehouse.catalogue import catalogue_page, read_catalogue
from warehouse.database import Connection
from warehouse.dataset import Selection, columns_of, has_days, read_rows

RELATIONS = "SELECT relname FROM pg_class WHERE relnamespace = 'mart'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
READABLE = f"{RELATIONS} AND has_table_privilege('hub_dashboard', oid, 'SELECT')"

FOR_BI = {
    "agencies",
    "cabinet_sessions",
    "codes",
    "completeness_daily",
    "coverage_day",
    "days",
    "document_flow",
    "documents_daily",
    "dossier_before",
    "dossier_cut",
    "dossier_day",
    "dossier_flow",
    "dossier_statistics",
    "dossiers_daily",
    "electronic_results",
    "field_of_procedure",
    "fields",
    "partition_state",
    "payment_before",
    "payment_cut",
    "payment_flow",
    "payments_daily",
    "platform_traffic",
    "population",
    "population_latest",
    "portal_usage",
    "procedure_field",
    "procedures",
    "publishable_day",
    "published_figures",
    "published_figures_latest",
    "security_incidents",
    "service_catalogue",
    "service_catalogue_latest",
    "signed_forms",
    "socioeconomic_indicators",
    "units",
    "usage_evaluation",
    "work_files",
}
"""Names that BI tools rely on: one may be added, none may go."""


BEFORE = ("dossier_before", "payment_before")
SUMS = ("_flow", "_cut", "_before")
"""Marts that other views read; their names do not promise coverage."""


def test_bi_tools_may_read_exactly_these(warehouse: Connection) -> None:
    assert {name for (name,) in rows(warehouse, READABLE)} == FOR_BI


def test_bi_tools_may_write_nothing(warehouse: Connection) -> None:
    writable = (
        "SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace"
        " WHERE n.nspname IN ('mart', 'core', 'ledger') AND c.relkind IN ('r', 'p', 'v', 'm')"
        " AND has_table_privilege('hub_dashboard', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
    )
    assert rows(warehouse, writable) == []


def test_every_mart_says_what_it_is(warehouse: Connection) -> None:
    assert set(read_catalogue(warehouse)) == {name for (name,) in rows(warehouse, RELATIONS)}


def test_every_column_is_described_in_both_languages(warehouse: Connection) -> None:
    undescribed = [
        f"{mart.name}.{column.name}"
        for mart in read_catalogue(warehouse).values()
        for column in mart.columns
        if not (column.label_vi and column.label_en)
    ]
    assert undescribed == []


def test_a_name_means_one_thing_in_one_unit_everywhere(warehouse: Connection) -> None:
    units: dict[str, set[tuple[str, str]]] = {}
    for mart in read_catalogue(warehouse).values():
        for column in mart.columns:
            units.setdefault(column.name, set()).add((column.type, column.unit))
    # A form's cut is a word, a mart's one of three numbers: each says so in its comment.
    assert {name for name, told in units.items() if len(told) > 1} == {"cut"}


def test_a_key_names_columns_of_its_mart(warehouse: Connection) -> None:
    for mart in read_catalogue(warehouse).values():
        assert set(mart.key) <= {column.name for column in mart.columns}, mart.name


def test_every_figure_stands_beside_its_coverage(warehouse: Connection) -> None:
    counted = {"dossiers", "payments", "movements", "files", "results", "visits", "requests"}
    for mart in read_catalogue(warehouse).values():
        names = {column.name for column in mart.columns}
        units = {column.unit for column in mart.columns}
        if counted & units and not any(part in mart.name for part in SUMS):
            assert {"expected_count", "covered_count"} <= names, mart.name


def test_every_example_runs_for_those_whom_it_is_for(warehouse: Connection) -> None:
    examples = {m.name: m.example for m in read_catalogue(warehouse).values() if m.is_shown}
    with warehouse.cursor() as cursor:
        cursor.execute("SET ROLE hub_dashboard")
        for name, example in examples.items():
            cursor.execute(example)
            assert f"mart.{name}" in example


def test_the_page_says_what_the_database_says(warehouse: Connection) -> None:
    assert page("catalogue.md") == catalogue_page(read_catalogue(warehouse))


def test_rows_of_every_mart_with_days_can_be_read_in_the_order_of_its_key(
    warehouse: Connection,
) -> None:
    today = date(2026, 11, 21)
    chosen = Selection(first=today, last=today, today=today, basis="today", agency="H26")
    for mart in read_catalogue(warehouse).values():
        with warehouse, warehouse.cursor() as cursor:
            cursor.execute("SELECT 1")
            found = list(read_rows(warehouse, mart, chosen, 5))
        assert all(len(row) == len(columns_of(mart)) for row in found)
        if has_days(mart) and mart.name not in {"days", *BEFORE}:
            assert found == []


@pytest.mark.parametrize("day", ["2026-11-14", "2026-11-15", "2026-12-14", "2026-12-15"])
def test_days_stand_in_both_calendars(warehouse: Connection, day: str) -> None:
    told = rows(
        warehouse,
        f"SELECT month, report_month, report_quarter, report_year FROM mart.days WHERE day = '{day}'",
    )
    wanted = {
        "2026-11-14": ("2026-11", "2026-11", "2026-Q4", "2026"),
        "2026-11-15": ("2026-11", "2026-12", "2026-Q4", "2026"),
        "2026-12-14": ("2026-12", "2026-12", "2026-Q4", "2026"),
        "2026-12-15": ("2026-12", "2027-01", "2027-Q1", "2027"),
    }
    assert told == [wanted[day]]
