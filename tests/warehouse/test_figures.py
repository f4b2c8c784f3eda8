"""Figures over real loads; expectations written out by hand."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

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
)
from warehouse import figures, ledger
from warehouse.database import Connection, read_snapshot, run
from warehouse.figures import Balance, Coverage, FormRow

D = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR = datetime(2999, 1, 1, tzinfo=UTC)


def test_form_06a_of_a_known_period(warehouse: Connection) -> None:
    first, last = DAY, DAY + 4 * D
    rows = [
        {"code": "carried, open", "status": 4, "received": first - D, "due": last},
        {"code": "carried, late", "status": 4, "received": first - 9 * D, "due": last - D},
        {"code": "carried, done late", "status": 9, "received": first - 9 * D, "due": first - D}
        | {"finished": first},
        {"code": "early", "status": 10, "received": first, "due": last, "finished": last - D},
        {"code": "on time", "status": 9, "received": first, "due": last, "finished": last},
        {"code": "no due date", "status": 9, "received": first, "finished": last, "channel": 1},
        {"code": "withdrawn", "status": 7, "received": first, "finished": last, "channel": 3},
        {"code": "stopped", "status": 8, "received": first, "finished": last + D},
        {"code": "registered", "status": 1, "submitted": first},
        {"code": "refused", "status": 3, "submitted": first},
        {"code": "done before", "status": 9, "received": first - 5 * D, "finished": first - D},
        {"code": "received after", "status": 2, "received": last + D},
    ]
    loaded(warehouse, partition(last + D), accepted(dossiers(rows)))
    [row] = figures.form_06a(warehouse, first, last)
    assert row.columns == {
        3: 8,
        4: 3,
        5: 2,
        6: 3,
        7: 5,
        8: 1,
        9: 3,
        10: 1,
        11: 3,
        12: 2,
        13: 1,
    }
    assert (row.agency, row.name, row.is_balanced) == ("H26", "Hà Nội", True)


def test_a_dossier_due_on_the_last_day_is_pending_in_time(warehouse: Connection) -> None:
    rows = [{"code": "A", "status": 4, "received": DAY, "due": DAY}]
    loaded(warehouse, partition(), accepted(dossiers(rows)))
    [on_the_day] = figures.form_06a(warehouse, DAY, DAY)
    [day_after] = figures.form_06a(warehouse, DAY, DAY + D)
    assert (on_the_day.pending_intime, on_the_day.pending_late) == (1, 0)
    assert (day_after.pending_intime, day_after.pending_late) == (0, 1)


def test_an_expected_agency_without_data_has_a_row_with_its_coverage(
    warehouse: Connection,
) -> None:
    ledger.expect(warehouse, [(partition(agency=a), LONG_AGO) for a in ("H26", "H14")])
    loaded(warehouse, partition(), accepted(dossiers([{"code": "A", "received": DAY}])))
    rows = figures.form_06a(warehouse, DAY, DAY)
    assert [(r.agency, r.received_total, r.expected, r.covered) for r in rows] == [
        ("H14", 0, 1, 0),
        ("H26", 1, 1, 1),
    ]
    total = FormRow.total(rows)
    assert (total.received_total, total.expected, total.covered) == (1, 2, 1)


def test_the_matrix_names_every_state(warehouse: Connection) -> None:
    wanted = [(partition(agency=a), LONG_AGO) for a in ("H14", "H26", "H60", "H12")]
    wanted += [(partition(agency="H18"), FAR)]
    ledger.replace_expected(warehouse, DAY, DAY, wanted)
    loaded(warehouse, partition(agency="H26"), accepted(dossiers([])))
    loaded(warehouse, partition(agency="H60"), accepted(dossiers([]), [broken_row()]))
    token = claimed(warehouse, partition(agency="H12"))
    refused = rejected(3)
    ledger.reject(warehouse, token, refused, landing_of(partition(agency="H12"), token, refused))
    claimed(warehouse, partition(agency="H01"))
    found = figures.status_matrix(warehouse, DAY, DAY)
    assert {state.agency: (state.state, state.is_expected) for state in found} == {
        "H01": ("running", False),
        "H12": ("rejected", True),
        "H14": ("missing", True),
        "H18": ("not_due", True),
        "H26": ("loaded", True),
        "H60": ("quarantine", True),
    }


def test_what_the_registry_no_longer_names_is_no_longer_expected(warehouse: Connection) -> None:
    kept, gone = partition(agency="H26"), partition(agency="H14")
    ledger.replace_expected(warehouse, DAY, DAY, [(kept, LONG_AGO), (gone, LONG_AGO)])
    ledger.replace_expected(warehouse, DAY, DAY, [(kept, LONG_AGO)])
    assert figures.coverage(warehouse, DAY, DAY) == {"dossiers": Coverage(1, 0)}


def test_the_national_table(warehouse: Connection) -> None:
    ledger.expect(warehouse, [(partition(), LONG_AGO), (partition(DAY + D), LONG_AGO)])
    loaded(warehouse, partition(), accepted(dossiers([{"code": "A"}, {"code": "B"}])))
    loaded(warehouse, partition(DAY + D), accepted(dossiers([{"code": "A"}]), [broken_row()], 1))
    paid = [{"code": "1", "amount": 50_000}, {"code": "2", "amount": 9, "status": 3}]
    loaded(warehouse, partition(feed="payments"), accepted(payments(paid)))
    moved = [{"id": "1", "direction": 1}, {"id": "2", "direction": 2, "to": "H26"}]
    loaded(warehouse, partition(feed="documents"), accepted(documents(moved)))
    table = figures.national_table(warehouse, DAY, DAY + D)
    assert (table.dossiers, table.documents_sent, table.documents_received) == (2, 1, 1)
    assert [(p.obligation, p.currency, p.count, p.amount_minor) for p in table.payments] == [
        ("fee", "VND", 1, 50_000)
    ]
    assert table.coverage == {"dossiers": Coverage(2, 2)}
    assert table.balance["dossiers"] == Balance(5, 3, 1, 1)
    assert figures.national_table(warehouse, DAY + D, DAY + D).dossiers == 1


def test_history_is_the_median_of_the_same_weekday_in_four_weeks(warehouse: Connection) -> None:
    for ago, size in ((1, 50), (2, 30), (7, 4), (14, 8), (21, 6), (35, 100)):
        many = [{"code": str(i)} for i in range(size)]
        loaded(warehouse, partition(DAY - ago * D), accepted(dossiers(many)))
    assert ledger.history(warehouse, partition()) == (6, 5)
    assert ledger.history(warehouse, partition(agency="H14")) == (0, 0)


def test_the_usual_size_of_a_number_is_the_median_of_its_medians_as_shown(
    warehouse: Connection,
) -> None:
    for ago, median in ((1, 700), (2, 500), (3, 900), (29, 1)):
        judged = accepted(dossiers([{"code": "A"}]))
        told = dataclasses.replace(judged, totals={"rows": 1, "median_amount": median})
        loaded(warehouse, partition(DAY - ago * D), told)
    assert ledger.medians(warehouse, partition()) == {"amount": 700}
    again = dataclasses.replace(told, totals={"rows": 1, "median_amount": 10})
    loaded(warehouse, partition(DAY - D), again)
    assert ledger.medians(warehouse, partition()) == {"amount": 500}
    assert ledger.medians(warehouse, partition(agency="H14")) == {}


def test_run_history_is_newest_first(warehouse: Connection) -> None:
    tokens = [claimed(warehouse, partition()) for _ in range(3)]
    found = figures.run_history(warehouse, agency="H26", feed="dossiers", day=DAY, count=2)
    assert [run.token for run in found] == [tokens[2], tokens[1]]


def test_unknown_fields_are_kept_by_name_with_their_days(warehouse: Connection) -> None:
    judged = accepted(dossiers([]))
    for day in (DAY, DAY - D):
        token = claimed(warehouse, partition(day))
        landing = landing_of(partition(day), token, judged, unknown=("ghiChu",))
        ledger.landed(warehouse, token, landing)
    seen = "SELECT field || ' ' || first_day || ' ' || last_day FROM ledger.drift"
    assert one(warehouse, seen) == f"ghiChu {DAY - D} {DAY}"


def test_failures_count_until_a_load_succeeds(warehouse: Connection) -> None:
    for _ in range(2):
        ledger.close(warehouse, claimed(warehouse, partition()), "failed", code="NET-TIMEOUT")
    assert ledger.failures(warehouse, partition()) == 2
    loaded(warehouse, partition(), accepted(dossiers([])))
    assert ledger.failures(warehouse, partition()) == 0


def test_dead_runs_are_reaped(warehouse: Connection) -> None:
    token = claimed(warehouse, partition())
    assert ledger.reap(warehouse, LONG_AGO) == []
    assert ledger.reap(warehouse, FAR) == [token]
    run = ledger.state(warehouse, token)
    assert run is not None
    assert (run.state, run.code) == ("failed", "ABANDONED")


def test_the_last_landed_run_is_found_for_replay(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers([])))
    claimed(warehouse, partition())
    found = ledger.last_landed(warehouse, partition())
    assert found is not None
    assert found.manifest == f"runs/{partition()}/{found.token}.json"
    assert ledger.last_landed(warehouse, partition(date(2020, 1, 1))) is None


def test_quarantine_and_metrics_are_read_back(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers([]), [broken_row(3)]))
    [(number, values, violations)] = figures.quarantined(warehouse, partition())
    assert (number, values, violations[0]["code"]) == (3, {"status": "??"}, "CODE-UNKNOWN")
    asked = {"first": DAY, "last": DAY, "agencies": None, "feeds": None}
    with read_snapshot(warehouse) as cursor:
        [reason] = run(cursor, "quarantine.groups", **asked).fetchall()
        [metric] = run(cursor, "audit.rules", feed="dossiers", day=DAY).fetchall()
    assert reason[:5] == ("H26", "dossiers", "status.code_list", "CODE-UNKNOWN", 1)
    assert metric == ("H26", "status.code_list", "CODE-UNKNOWN", 1, 1)


def test_verify_is_silent_when_all_fits_and_names_what_does_not(warehouse: Connection) -> None:
    loaded(warehouse, partition(), accepted(dossiers([{"code": "A"}, {"code": "B"}])))
    assert offences(warehouse) == {"dossier_flow": [], "balance": []}
    with warehouse, warehouse.cursor() as cursor:
        cursor.execute("DELETE FROM core.dossier_change WHERE row_number = 0")
    assert offences(warehouse) == {
        "dossier_flow": [("H26", 2)],
        "balance": [("H26/dossiers/2026-11-20", 2, 2, 1, 0, 0)],
    }


def offences(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    with read_snapshot(conn) as cursor:
        return {
            name: run(cursor, f"verify.{name}").fetchall() for name in ("dossier_flow", "balance")
        }


def test_the_coverage_function_of_the_mart(warehouse: Connection) -> None:
    ledger.expect(warehouse, [(partition(agency=a), LONG_AGO) for a in ("H26", "H14", "H60")])
    loaded(warehouse, partition(), accepted(dossiers([])))
    ratio = "SELECT coverage_ratio::text FROM mart.coverage('dossiers', %s, %s)"
    assert one(warehouse, ratio, DAY, DAY) == "0.333333"
