"""Migrations, and the dimensions that follow the contracts' lists."""

import subprocess
import sys
from datetime import date

from tests.warehouse.given import one, rows
from warehouse.database import Connection, migrate
from warehouse.dimension import sync_dimensions
from warehouse.embedded import Server


def test_migrating_twice_changes_nothing(database_url: str, warehouse: Connection) -> None:
    count = "SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text IN ('core', 'mart', 'ledger')"
    before = one(warehouse, count)
    migrate(database_url)
    assert one(warehouse, count) == before


def test_two_processes_migrate_at_once(postgres: Server) -> None:
    url = postgres.create_database("migrated_twice")
    code = "import sys; from warehouse.database import migrate; migrate(sys.argv[1])"
    callers = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(2)]
    assert [caller.wait(60) for caller in callers] == [0, 0]


def test_syncing_dimensions_twice_keeps_every_id(warehouse: Connection) -> None:
    listed = "SELECT agency_id, agency_code, valid_from FROM core.dim_agency ORDER BY 1"
    before = rows(warehouse, listed)
    sync_dimensions(warehouse)
    assert rows(warehouse, listed) == before


def test_the_country_of_a_day(warehouse: Connection) -> None:
    count = (
        "SELECT count(*) FROM core.dim_agency WHERE level = 'province'"
        " AND valid_from <= %s AND (valid_to IS NULL OR valid_to >= %s)"
    )
    assert one(warehouse, count, date(2020, 6, 1), date(2020, 6, 1)) == 63
    assert one(warehouse, count, date(2026, 6, 1), date(2026, 6, 1)) == 34


def test_a_reused_gso_code_means_another_unit_after_the_merger(warehouse: Connection) -> None:
    meaning = (
        "SELECT a.agency_name FROM core.agency_code AS c JOIN core.dim_agency AS a"
        " ON a.agency_code = c.agency_code AND a.valid_from = c.valid_from"
        " WHERE c.system = 'gso' AND c.code = '15' AND c.valid_from <= %s"
        " AND (c.valid_to IS NULL OR c.valid_to >= %s)"
    )
    assert one(warehouse, meaning, date(2025, 6, 30), date(2025, 6, 30)) == "Yên Bái"
    assert one(warehouse, meaning, date(2025, 7, 1), date(2025, 7, 1)) == "Lào Cai"


def test_both_spellings_lead_to_one_agency(warehouse: Connection) -> None:
    spelled = (
        "SELECT DISTINCT agency_code FROM core.agency_code WHERE code IN ('H26', '000.00.00.H26')"
    )
    assert rows(warehouse, spelled) == [("H26",)]


def test_ha_giang_became_part_of_tuyen_quang(warehouse: Connection) -> None:
    successor = (
        "SELECT successor_code, effective_date FROM core.succession WHERE agency_code = 'H22'"
    )
    assert rows(warehouse, successor) == [("H60", date(2025, 7, 1))]


def test_months_are_made_once_however_many_ask(database_url: str, warehouse: Connection) -> None:
    ensure = "SELECT core.ensure_month('payment', %s)"
    assert one(warehouse, ensure, date(2020, 2, 29)) is True
    assert one(warehouse, ensure, date(2020, 2, 1)) is False
    leaves = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'core.payment'::regclass"
    assert one(warehouse, leaves) == 1
