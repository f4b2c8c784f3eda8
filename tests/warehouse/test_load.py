"""The load transaction against a real PostgreSQL."""

import threading
from contextlib import closing
from datetime import date, timedelta

import psycopg2
import pytest

from contracts.errors import ConfigError, HubBug, LoadConflict
from tests.warehouse.given import (
    DAY,
    accepted,
    broken_row,
    claimed,
    documents,
    dossiers,
    landing_of,
    loaded,
    one,
    partition,
    payments,
    rejected,
    rows,
)
from warehouse import ledger
from warehouse.database import Connection, connect, read_snapshot
from warehouse.load import LoadOutcome, load

COUNT = "SELECT count(*) FROM core.dossier_change"


def test_a_load_writes_facts_head_and_run(warehouse: Connection) -> None:
    frame = dossiers(
        [
            {"code": "A", "status": 9, "received": date(2026, 11, 1), "finished": DAY},
            {"code": "B", "status": 4, "received": DAY, "commune": "00004"},
        ]
    )
    assert loaded(warehouse, partition(), accepted(frame)) is LoadOutcome.LOADED
    assert rows(
        warehouse,
        "SELECT status_id, received_on, finished_on, commune_code, unit_code"
        " FROM core.dossier_change JOIN core.dim_unit USING (unit_id)"
        " LEFT JOIN core.dim_commune USING (commune_id) ORDER BY status_id",
    ) == [(4, DAY, None, "00004", "H26.01"), (9, date(2026, 11, 1), DAY, None, "H26.01")]
    head = ledger.head(warehouse, partition())
    assert head is not None
    run = ledger.state(warehouse, head.applied)
    assert run is not None
    assert (run.state, run.counts.loaded, head.counts.received) == ("loaded", 2, 2)


def test_facts_of_a_day_carry_the_agency_version_of_that_day(warehouse: Connection) -> None:
    before, after = date(2025, 6, 30), date(2025, 7, 1)
    for day in (before, after):
        loaded(warehouse, partition(day), accepted(dossiers([{"code": "A"}])))
    assert rows(
        warehouse,
        "SELECT c.day, a.valid_from, a.valid_to FROM core.dossier_change AS c"
        " JOIN core.dim_agency AS a USING (agency_id) ORDER BY c.day",
    ) == [(before, date(1, 1, 1), before), (after, after, None)]


def test_an_agency_that_ended_has_no_later_days(warehouse: Connection) -> None:
    with pytest.raises(ConfigError, match="AGENCY-DAY"):
        loaded(warehouse, partition(agency="H22"), accepted(dossiers([{"code": "A"}])))


def test_an_agency_of_a_registry_alone_becomes_an_inferred_member(warehouse: Connection) -> None:
    loaded(warehouse, partition(agency="X01"), accepted(dossiers([{"code": "A"}])))
    inferred = "SELECT agency_code FROM core.dim_agency WHERE is_inferred"
    assert rows(warehouse, inferred) == [("X01",)]


def test_loading_twice_is_loading_once(warehouse: Connection) -> None:
    judged = accepted(dossiers([{"code": "A"}, {"code": "B"}]))
    loaded(warehouse, partition(), judged)
    loaded(warehouse, partition(), judged)
    assert one(warehouse, COUNT) == 2


def test_the_same_token_twice_is_already_applied(warehouse: Connection) -> None:
    judged = accepted(dossiers([{"code": "A"}]))
    token = claimed(warehouse, partition())
    landing = landing_of(partition(), token, judged)
    ledger.landed(warehouse, token, landing)
    assert load(warehouse, token, partition(), judged, landing) is LoadOutcome.LOADED
    assert load(warehouse, token, partition(), judged, landing) is LoadOutcome.ALREADY
    assert one(warehouse, COUNT) == 1


def test_an_older_token_is_superseded_and_writes_nothing(warehouse: Connection) -> None:
    older = claimed(warehouse, partition())
    loaded(warehouse, partition(), accepted(dossiers([{"code": "A"}, {"code": "B"}])))
    stale = accepted(dossiers([{"code": "A"}]))
    assert loaded(warehouse, partition(), stale, token=older) is LoadOutcome.SUPERSEDED
    run = ledger.state(warehouse, older)
    assert run is not None
    assert (run.state, run.code) == ("superseded", "FENCED")
    assert one(warehouse, COUNT) == 2


def test_equal_content_under_the_same_contract_is_unchanged(warehouse: Connection) -> None:
    judged = accepted(dossiers([{"code": "A"}]))
    loaded(warehouse, partition(), judged, digest="same")
    token = claimed(warehouse, partition())
    outcome = loaded(warehouse, partition(), judged, token=token, digest="same")
    assert outcome is LoadOutcome.UNCHANGED
    head = ledger.head(warehouse, partition())
    assert head is not None
    assert (head.applied, head.facts_run < token) == (token, True)


def test_equal_content_under_another_contract_is_loaded(warehouse: Connection) -> None:
    judged = accepted(dossiers([{"code": "A"}]))
    loaded(warehouse, partition(), judged, digest="same")
    token = claimed(warehouse, partition(), contract="dossiers@1.1.0")
    outcome = loaded(warehouse, partition(), judged, token=token, digest="same")
    assert outcome is LoadOutcome.LOADED


def test_equal_content_with_freed_quarantine_is_loaded(warehouse: Connection) -> None:
    held = accepted(dossiers([{"code": "A"}]), [broken_row()])
    loaded(warehouse, partition(), held, digest="same")
    freed = accepted(dossiers([{"code": "A"}, {"code": "B"}]))
    assert loaded(warehouse, partition(), freed, digest="same") is LoadOutcome.LOADED
    assert one(warehouse, "SELECT count(*) FROM ledger.quarantine") == 0


def test_a_correction_with_fewer_rows_removes_the_others(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers([{"code": c} for c in "ABCDE"])))
    loaded(warehouse, partition(), accepted(dossiers([{"code": "B"}])))
    assert one(warehouse, COUNT) == 1
    assert one(warehouse, "SELECT sum(received) FROM mart.dossier_flow") == 1


def test_a_declared_empty_day_loads_as_empty(warehouse: Connection) -> None:
    assert loaded(warehouse, partition(), accepted(dossiers([]))) is LoadOutcome.LOADED
    state = "SELECT state, loaded_count FROM mart.partition_state"
    assert rows(warehouse, state) == [("loaded", 0)]


def test_received_is_loaded_and_quarantined_and_duplicates(warehouse: Connection) -> None:
    judged = accepted(dossiers([{"code": "A"}]), [broken_row(1), broken_row(2)], duplicates=3)
    loaded(warehouse, partition(), judged)
    balance = (
        "SELECT state, received_count, loaded_count, quarantined_count, duplicate_count"
        " FROM mart.partition_state"
    )
    assert rows(warehouse, balance) == [("quarantine", 6, 1, 2, 3)]
    assert rows(
        warehouse,
        "SELECT row_number, row_values->>'status', violations->0->>'code'"
        " FROM ledger.quarantine ORDER BY 1",
    ) == [(1, "??", "CODE-UNKNOWN"), (2, "??", "CODE-UNKNOWN")]
    assert rows(warehouse, "SELECT rule, checked, failed FROM ledger.rule_count") == [
        ("status.code_list", 6, 2)
    ]
    assert rows(warehouse, "SELECT name, value::int FROM ledger.control_total ORDER BY 1") == [
        ("declared_rows", 6),
        ("rows", 1),
    ]


def test_quarantined_values_that_json_cannot_hold_are_shown(warehouse: Connection) -> None:
    judged = accepted(dossiers([]), [broken_row(1, 'a\0b"\\u0000,\n')])
    loaded(warehouse, partition(), judged)
    held = "SELECT row_values->>'status' FROM ledger.quarantine"
    assert one(warehouse, held) == 'a␀b"\\u0000,\n'


def test_a_rejected_day_keeps_the_previous_version(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers([{"code": "A"}])))
    token = claimed(warehouse, partition())
    refused = rejected(3)
    landing = landing_of(partition(), token, refused)
    ledger.landed(warehouse, token, landing)
    ledger.reject(warehouse, token, refused, landing)
    assert rows(warehouse, "SELECT state, last_state, last_code FROM mart.partition_state") == [
        ("loaded", "rejected", "COUNT-MISMATCH")
    ]
    assert one(warehouse, COUNT) == 1
    with pytest.raises(HubBug, match="rejected day cannot load"):
        load(warehouse, token, partition(), refused, landing)


def test_a_closed_run_cannot_load(warehouse: Connection) -> None:
    token = claimed(warehouse, partition())
    judged = accepted(dossiers([{"code": "A"}]))
    landing = landing_of(partition(), token, judged)
    ledger.landed(warehouse, token, landing)
    ledger.fail(warehouse, token, LoadConflict("the worker died"))
    with pytest.raises(LoadConflict, match="RUN-CLOSED"):
        load(warehouse, token, partition(), judged, landing)
    assert one(warehouse, COUNT) == 0


def test_verdict_and_manifest_must_agree(warehouse: Connection) -> None:
    judged = accepted(dossiers([{"code": "A"}]))
    token = claimed(warehouse, partition())
    foreign = landing_of(partition(), token, accepted(dossiers([])))
    with pytest.raises(HubBug, match="manifest"):
        load(warehouse, token, partition(), judged, foreign)


def test_payments_keep_minor_units_and_their_currency(warehouse: Connection) -> None:
    frame = payments([{"code": "1", "amount": 50_000, "dossier": "A"}, {"code": "2", "amount": 7}])
    where = partition(feed="payments")
    token = claimed(warehouse, where)
    judged = accepted(frame)
    landing = landing_of(where, token, judged)
    ledger.landed(warehouse, token, landing)
    load(warehouse, token, where, judged, landing, currency="GBP")
    amounts = (
        "SELECT currency_code, exponent, sum(amount_minor)::int, sum(payment_count)::int"
        " FROM mart.payment_flow JOIN core.currency USING (currency_id) GROUP BY 1, 2"
    )
    assert rows(warehouse, amounts) == [("GBP", 2, 50_007, 2)]
    loaded(warehouse, partition(), accepted(dossiers([{"code": "A"}])))
    joined = "SELECT count(*) FROM core.payment AS p JOIN core.dossier_change AS d ON d.key = p.dossier_key"
    assert one(warehouse, joined) == 1


def test_documents_count_per_own_unit(warehouse: Connection) -> None:
    frame = documents(
        [
            {"id": "H26,2026/11/20,1/CV", "direction": 1, "from": "H26.01"},
            {"id": "G01,2026/11/20,2/CV", "direction": 2, "from": "G01", "to": "H26"},
            {"id": "G01,2026/11/20,2/CV", "direction": 2, "from": "G01", "to": "H26.02"},
        ]
    )
    loaded(warehouse, partition(feed="documents"), accepted(frame))
    assert rows(
        warehouse,
        "SELECT unit_code, direction_id, movement_count FROM mart.document_flow"
        " JOIN core.dim_unit USING (unit_id) ORDER BY 1",
    ) == [("H26", 2, 1), ("H26.01", 1, 1), ("H26.02", 2, 1)]


def test_concurrent_loads_of_one_partition_give_the_newest(database_url: str) -> None:
    where = partition()
    outcomes: list[LoadOutcome] = []

    def work(token: int, size: int) -> None:
        with closing(connect(database_url)) as conn:
            judged = accepted(dossiers([{"code": str(i)} for i in range(size)]))
            landing = landing_of(where, token, judged)
            ledger.landed(conn, token, landing)
            outcomes.append(load(conn, token, where, judged, landing))

    with closing(connect(database_url)) as conn:
        tokens = [claimed(conn, where) for _ in range(4)]
        workers = [
            threading.Thread(target=work, args=(t, 10 * i + 5)) for i, t in enumerate(tokens)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        head = ledger.head(conn, where)
        assert head is not None
        assert head.applied == tokens[-1]
        assert one(conn, COUNT) == 35
        assert one(conn, "SELECT sum(received) FROM mart.dossier_flow") == 35
    assert len(outcomes) == 4


def test_two_days_of_the_same_dossiers_at_once_count_them_once(database_url: str) -> None:
    days = [DAY - timedelta(days=n) for n in range(4)]

    def work(day: date) -> None:
        with closing(connect(database_url)) as conn:
            loaded(conn, partition(day), accepted(dossiers([{"code": str(i)} for i in range(50)])))

    workers = [threading.Thread(target=work, args=(day,)) for day in days]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with closing(connect(database_url)) as conn:
        assert one(conn, COUNT) == 200
        assert one(conn, "SELECT sum(received) FROM mart.dossier_flow") == 50


def test_a_reader_in_a_snapshot_sees_one_whole_version(database_url: str) -> None:
    with closing(connect(database_url)) as writer, closing(connect(database_url)) as reader:
        loaded(writer, partition(), accepted(dossiers([{"code": "A"}, {"code": "B"}])))
        with read_snapshot(reader) as cursor:
            cursor.execute(COUNT)
            first = cursor.fetchone()
            loaded(writer, partition(), accepted(dossiers([{"code": "C"}])))
            cursor.execute(COUNT)
            assert (first, cursor.fetchone()) == ((2,), (2,))
            cursor.execute("SELECT sum(received) FROM mart.dossier_flow")
            assert cursor.fetchone() == (2,)
        assert one(reader, COUNT) == 1


def test_a_snapshot_cannot_write(warehouse: Connection) -> None:
    with pytest.raises(HubBug, match="read-only"), read_snapshot(warehouse) as cursor:
        cursor.execute("DELETE FROM ledger.head")


def test_a_terminated_session_is_retried_and_leaves_the_old_version(database_url: str) -> None:
    with closing(connect(database_url)) as conn, closing(connect(database_url)) as other:
        loaded(conn, partition(), accepted(dossiers([{"code": "A"}])))
        judged = accepted(dossiers([{"code": "B"}, {"code": "C"}]))
        token = claimed(conn, partition())
        landing = landing_of(partition(), token, judged)
        ledger.landed(conn, token, landing)
        pid = conn.info.backend_pid
        assert one(other, "SELECT pg_terminate_backend(%s, 5000)", pid)
        with pytest.raises(LoadConflict) as caught:
            load(conn, token, partition(), judged, landing)
        assert caught.value.retry
        assert one(other, COUNT) == 1
        assert load(other, token, partition(), judged, landing) is LoadOutcome.LOADED


def test_a_held_partition_times_out_with_the_pid_that_holds_it(database_url: str) -> None:
    impatient = {"lock_timeout": "50ms"}
    with (
        closing(connect(database_url)) as holder,
        closing(connect(database_url, settings=impatient)) as conn,
    ):
        loaded(conn, partition(), accepted(dossiers([{"code": "A"}])))
        with holder.cursor() as cursor:
            cursor.execute("SELECT 1 FROM ledger.head FOR UPDATE")
        with pytest.raises(LoadConflict, match=f"LOCK-TIMEOUT.*{holder.info.backend_pid}"):
            loaded(conn, partition(), accepted(dossiers([{"code": "B"}])))


def test_sessions_have_the_settings_of_the_guarantees(warehouse: Connection) -> None:
    asked = (
        "synchronous_commit",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_timeout",
        "client_connection_check_interval",
        "default_transaction_isolation",
    )
    shown = [one(warehouse, f"SHOW {name}") for name in asked]
    assert shown == ["on", "1min", "2min", "30min", "1s", "read committed"]


def test_a_dead_server_is_a_conflict_and_a_wrong_password_an_error_of_ours(
    database_url: str,
) -> None:
    with pytest.raises(LoadConflict, match="PG-CONNECT"):
        connect("postgresql://postgres@127.0.0.1:1/hub")
    with pytest.raises(ConfigError, match="refuses"):
        connect(psycopg2.extensions.make_dsn(database_url, password="wrong"))
