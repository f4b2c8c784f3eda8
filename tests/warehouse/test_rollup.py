"""Rollups: kept by loads, filled by the migration, held against their rebuild by `hub verify`."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

import warehouse.migrations
from tests.postgres import cloned
from tests.warehouse.given import DAY, accepted, dossiers, loaded, one, partition, payments, rows
from warehouse.database import Connection, connect, read_snapshot, run
from warehouse.embedded import Server

CUTOFFS = "SELECT day FROM mart.dossier_before WHERE cut = 0 ORDER BY agency_id, day"
TOLD = [{"code": "A", "received": DAY, "unit": "H26.01"}, {"code": "B", "received": DAY}]
ROLLUPS = ("dossier_cut", "dossier_before", "procedure_field", "payment_cut", "payment_before")


def offences(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    with read_snapshot(conn) as cursor:
        return {name: run(cursor, f"verify.{name}").fetchall() for name in ROLLUPS}


def test_a_loaded_day_begins_its_cutoff(warehouse: Connection) -> None:
    loaded(warehouse, partition(DAY), accepted(dossiers(TOLD)))
    loaded(warehouse, partition(date(2026, 10, 14)), accepted(dossiers([])))
    assert rows(warehouse, CUTOFFS) == [(date(2026, 10, 8),), (date(2026, 11, 15),)]


def test_the_last_cutoff_month_of_a_version_closes_with_it(warehouse: Connection) -> None:
    loaded(warehouse, partition(date(2025, 6, 25)), accepted(dossiers([])))
    assert rows(warehouse, CUTOFFS) == [
        (date(2025, 6, 22),),
        (date(2025, 7, 1),),
        (date(2025, 10, 8),),
    ]


def test_a_late_day_moves_every_later_sum(warehouse: Connection) -> None:
    loaded(warehouse, partition(date(2026, 11, 20)), accepted(dossiers([])))
    loaded(warehouse, partition(date(2026, 10, 20)), accepted(dossiers([])))
    old = date(2026, 9, 20)
    loaded(warehouse, partition(old), accepted(dossiers([{"code": "A", "received": old}])))
    held = "SELECT day, received FROM mart.dossier_before WHERE cut = 0 ORDER BY day"
    assert rows(warehouse, held) == [
        (date(2026, 9, 15), 0),
        (date(2026, 10, 15), 1),
        (date(2026, 11, 15), 1),
    ]


def test_a_corrected_day_leaves_no_empty_row(warehouse: Connection) -> None:
    loaded(warehouse, partition(date(2026, 12, 2)), accepted(dossiers([])))
    loaded(warehouse, partition(DAY), accepted(dossiers(TOLD)))
    loaded(warehouse, partition(DAY), accepted(dossiers([])))
    assert rows(warehouse, "SELECT * FROM mart.dossier_cut") == []
    assert one(warehouse, "SELECT count(*) FROM mart.dossier_before WHERE cut > 0") == 0


def test_payments_of_a_day_are_replaced_in_every_sum(warehouse: Connection) -> None:
    place = {"feed": "payments"}
    days = (date(2026, 9, 20), date(2026, 11, 20), date(2026, 10, 20))
    for day in days:
        paid = accepted(payments([{"code": c, "amount": 5} for c in ("A", "B")]))
        loaded(warehouse, partition(day, **place), paid)
    loaded(warehouse, partition(days[0], **place), accepted(payments([{"code": "A", "amount": 5}])))
    loaded(warehouse, partition(days[2], **place), accepted(payments([])))
    assert offences(warehouse) == {name: [] for name in ROLLUPS}
    held = "SELECT day, succeeded_count FROM mart.payment_before WHERE cut = 0 ORDER BY day"
    assert rows(warehouse, held) == [
        (date(2026, 9, 15), 0),
        (date(2026, 10, 15), 1),
        (date(2026, 11, 15), 1),
    ]


def test_first_rows_after_an_emptied_day_reach_the_sums(warehouse: Connection) -> None:
    later = date(2026, 12, 2)
    loaded(warehouse, partition(later), accepted(dossiers([{"code": "A", "received": later}])))
    loaded(warehouse, partition(later), accepted(dossiers([])))
    loaded(warehouse, partition(DAY), accepted(dossiers(TOLD)))
    assert offences(warehouse) == {name: [] for name in ROLLUPS}


@pytest.mark.parametrize("rollup", ["dossier_cut", "dossier_before"])
def test_a_rollup_that_is_off_by_one_is_found(warehouse: Connection, rollup: str) -> None:
    loaded(warehouse, partition(date(2026, 12, 2)), accepted(dossiers(TOLD)))
    with warehouse, warehouse.cursor() as cursor:
        cursor.execute(f"UPDATE mart.{rollup} SET received = received + 1 WHERE cut = 1")
    assert [agency for agency, _ in offences(warehouse)[rollup]] == ["H26"]


@pytest.fixture
def filled_before(postgres: Server) -> Iterator[str]:
    """A database of schema 0012 with two days of H26 that were loaded under it."""
    with cloned(postgres, "template1") as url:
        migrate_to(url, "0012")
        with closing(connect(url)) as conn, conn, conn.cursor() as cursor:
            cursor.execute(FILL)
        yield url


def migrate_to(url: str, revision: str) -> None:
    config = Config()
    folder = Path(warehouse.migrations.__file__).parent
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    command.upgrade(config, revision)


FILL = """
    INSERT INTO core.dim_agency (agency_code, agency_name, full_name, level, kind, valid_from)
    VALUES ('H26', 'Hà Nội', 'Hà Nội', 'province', 'province', '2025-07-01');
    SELECT core.ensure_month('dossier_change', '2026-10-20'),
        core.ensure_month('dossier_change', '2026-11-20');
    INSERT INTO core.dossier_change (
        key, agency_id, day, row_number, unit_id, status_id, channel_id, service_level_id,
        received_on, due_on
    )
    SELECT k, 1, DATE '2026-10-20' + 31 * (k % 2), k, k % 3, 4, 1 + k % 3, 4 + k % 3,
        DATE '2026-10-01' + k, DATE '2026-10-20' + k
    FROM generate_series(1, 40) AS k;
    UPDATE core.dossier_change SET status_id = 5 WHERE key <= 4;
    INSERT INTO mart.dossier_flow SELECT * FROM mart.dossier_flow_rebuilt;
    SELECT core.ensure_month('payment', '2026-10-20');
    INSERT INTO core.payment (
        key, amount_minor, agency_id, day, row_number, unit_id, currency_id, status_id, method_id
    )
    SELECT k, 5000, 1, DATE '2026-10-20', k, k % 3, 704, 2, 1 + k % 2
    FROM generate_series(1, 10) AS k;
    INSERT INTO mart.payment_flow SELECT * FROM mart.payment_flow_rebuilt;
    INSERT INTO ledger.head (agency_code, feed, day, applied, loaded_count)
    VALUES ('H26', 'dossiers', '2026-10-20', 1, 20), ('H26', 'dossiers', '2026-11-20', 2, 20),
        ('H26', 'payments', '2026-10-20', 3, 10), ('H26', 'payments', '2026-11-20', 4, 0);
"""


def test_the_migration_fills_the_rollups_of_a_filled_database(filled_before: str) -> None:
    migrate_to(filled_before, "head")
    with closing(connect(filled_before)) as conn:
        assert offences(conn) == {name: [] for name in ROLLUPS}
        sums = "SELECT day, received, received_online, awaiting FROM mart.dossier_before"
        assert rows(conn, sums + " WHERE cut = 0 ORDER BY day") == [
            (date(2026, 10, 15), 13, 5, 4),
            (date(2026, 11, 15), 40, 14, 4),
        ]
        with read_snapshot(conn) as cursor:
            assert run(cursor, "verify.dossier_flow").fetchall() == []
        paid = "SELECT succeeded_count, online_count FROM mart.payment_sums(%s, %s, NULL, 0, NULL)"
        assert rows(conn, paid, date(2026, 10, 1), DAY) == [(10, 5)]


def test_loads_go_on_after_the_migration(filled_before: str) -> None:
    migrate_to(filled_before, "head")
    with closing(connect(filled_before)) as conn:
        loaded(conn, partition(DAY), accepted(dossiers(TOLD)))
        loaded(conn, partition(date(2026, 9, 30)), accepted(dossiers(TOLD[:1])))
        assert offences(conn) == {name: [] for name in ROLLUPS}
