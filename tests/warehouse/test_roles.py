"""Least privilege: what each role may do, statement by statement."""

from datetime import date

import psycopg2
import pytest

from tests.warehouse.given import accepted, dossiers, loaded, partition
from tests.warehouse.statistic import frame
from warehouse.database import Connection

LOADER, OPERATOR = "hub_loader", "hub_operator"
DASHBOARD, AUDITOR = "hub_dashboard", "hub_auditor"

MATRIX = {
    "SELECT * FROM mart.dossier_flow": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.partition_state": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.dossier_day": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM core.dim_agency": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM core.dossier_change": {LOADER, OPERATOR, AUDITOR},
    "SELECT * FROM mart.dossier_flow_rebuilt": {LOADER, OPERATOR, AUDITOR},
    "SELECT * FROM ledger.quarantine": {LOADER, OPERATOR, AUDITOR},
    "SELECT * FROM mart.work_files": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.service_catalogue_latest": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.population_latest": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.published_figures_latest": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.dossiers_daily": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.payments_daily": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.documents_daily": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.completeness_daily": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.agencies": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.days": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.codes": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.signed_forms": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT file FROM ledger.signed_form": {OPERATOR, AUDITOR},
    "SELECT key_hash FROM ledger.access_key": {OPERATOR},
    "SELECT holder FROM ledger.access_key": {OPERATOR, AUDITOR},
    "UPDATE ledger.access_key SET key_hash = ''": set(),
    "UPDATE ledger.access_key SET revoked_at = now()": {OPERATOR},
    "DELETE FROM ledger.access_key": set(),
    "DELETE FROM core.dossier_change": {LOADER},
    "DELETE FROM core.population": {LOADER},
    "UPDATE core.population SET area_id = 1": set(),
    "UPDATE core.dossier_change SET status_id = 9": set(),
    "TRUNCATE core.dossier_change": set(),
    "DELETE FROM ledger.run": set(),
    "DELETE FROM ledger.head": set(),
    "SELECT * FROM ledger.cursor": {LOADER, OPERATOR, AUDITOR},
    "UPDATE ledger.cursor SET value = ''": {LOADER},
    "DELETE FROM ledger.cursor": set(),
    "SELECT * FROM mart.map_on('2026-01-01')": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "SELECT * FROM mart.area_map_on('2026-01-01')": {LOADER, OPERATOR, DASHBOARD, AUDITOR},
    "UPDATE ledger.head SET applied = 0": {LOADER},
    "UPDATE ledger.run SET contract = 'x'": {LOADER},
    "UPDATE ledger.run SET state = 'failed', ended_at = now()": {LOADER, OPERATOR},
    "DELETE FROM ledger.rule_count": set(),
    "UPDATE ledger.control_total SET value = 0": set(),
    "DELETE FROM ledger.expected": {OPERATOR},
    "UPDATE mart.dossier_flow SET received = 0": {LOADER},
    "SELECT core.ensure_month('payment', '2026-01-01')": {LOADER},
    "CREATE TABLE core.mine (n int)": set(),
    "CREATE ROLE mine": set(),
    "DROP TABLE ledger.run": set(),
}


@pytest.mark.parametrize("statement", MATRIX)
def test_a_statement_is_allowed_to_exactly_these_roles(
    warehouse: Connection, statement: str
) -> None:
    allowed = set()
    for role in (LOADER, OPERATOR, DASHBOARD, AUDITOR):
        with warehouse.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
            try:
                cursor.execute(statement)
                allowed.add(role)
            except psycopg2.errors.InsufficientPrivilege:
                pass
            warehouse.rollback()
    assert allowed == MATRIX[statement]


def test_the_loader_needs_nothing_more_to_load(warehouse: Connection) -> None:
    with warehouse.cursor() as cursor:
        cursor.execute("SET ROLE hub_loader")
        warehouse.commit()
    assert loaded(warehouse, partition(), accepted(dossiers([{"code": "A"}]))) == "loaded"
    assert loaded(warehouse, partition(), accepted(dossiers([{"code": "B"}]))) == "loaded"


def test_the_loader_needs_nothing_more_to_load_statistics(warehouse: Connection) -> None:
    with warehouse.cursor() as cursor:
        cursor.execute("SET ROLE hub_loader")
        warehouse.commit()
    told = accepted(frame("population", [{"area_code": "01", "average_population": 82_465}]))
    where = partition(date(2020, 12, 31), "population", "G05")
    assert loaded(warehouse, where, told) == "loaded"
