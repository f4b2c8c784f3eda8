"""A dossier that its source deleted: gone from every figure, and back when the day is corrected."""

from datetime import timedelta

from tests.warehouse.given import DAY, accepted, dossiers, loaded, one, partition, rows
from warehouse.database import Connection, read_snapshot, run
from warehouse.figures import FormRow, form_06a, national_table
from warehouse.map import agency_figures

D = timedelta(days=1)
TOLD = [{"code": "A", "received": DAY}, {"code": "B", "received": DAY}]
GONE = [{"code": "A", "status": 11, "unit": None, "procedure": None}]


def received(conn: Connection) -> int:
    return FormRow.total(form_06a(conn, DAY, DAY + D)).received_total


def test_a_deleted_dossier_is_in_no_figure(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers(TOLD)))
    loaded(warehouse, partition(DAY + D), accepted(dossiers(GONE)))
    assert received(warehouse) == 1
    table = national_table(warehouse, DAY, DAY + D)
    assert (table.dossiers, table.balance["dossiers"].is_balanced) == (1, True)
    assert [row.dossiers for row in agency_figures(warehouse, DAY, DAY + D)] == [1]
    # as the first of the two days was told, both dossiers were known
    assert national_table(warehouse, DAY, DAY).dossiers == 2


def test_a_corrected_day_brings_the_dossier_back(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers(TOLD)))
    loaded(warehouse, partition(DAY + D), accepted(dossiers(GONE)))
    loaded(warehouse, partition(DAY + D), accepted(dossiers([])))
    assert received(warehouse) == 2


def test_a_dossier_told_of_again_after_its_deletion_is_back(warehouse: Connection) -> None:
    loaded(warehouse, partition(DAY + D), accepted(dossiers(GONE)))
    loaded(warehouse, partition(), accepted(dossiers(TOLD)))
    loaded(warehouse, partition(DAY + 2 * D), accepted(dossiers(TOLD[:1])))
    assert received(warehouse) == 2
    assert national_table(warehouse, DAY, DAY + 2 * D).dossiers == 2


def test_a_day_of_deletions_alone_leaves_no_step(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers(GONE)))
    assert rows(warehouse, "SELECT * FROM mart.dossier_flow") == []
    assert one(warehouse, "SELECT loaded_count FROM ledger.head") == 1


def test_the_rebuilt_mart_says_the_same(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers(TOLD)))
    loaded(warehouse, partition(DAY + D), accepted(dossiers(GONE)))
    with read_snapshot(warehouse) as cursor:
        assert run(cursor, "verify.dossier_flow").fetchall() == []
