"""Nothing unsigned, uncovered, unbalanced or unaudited leaves: each is tried."""

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg2
import pytest

from hub.period import Calendar, parse_period
from serving.publication.form import form_outlines, outline_of
from serving.publication.gate import Audits, holds, lacks
from serving.publication.outbox import kpi_item
from tests.serving.publication import (
    FIRST,
    LAST,
    Receiver,
    audit_days,
    office,
    report,
    sent,
    sign_nation,
    signing,
)
from warehouse.database import Connection
from warehouse.packet import packets
from warehouse.signed import SignedForm, sign


def codes(conn: Connection, form: SignedForm) -> list[str]:
    return [lack.code for lack in report(conn, form).lacks]


def nothing_left(conn: Connection, receiver: Receiver, form: SignedForm) -> bool:
    done = sent(conn, receiver, form)
    return not done and not packets(conn) and not receiver.received()


def test_a_whole_audited_form_may_leave(conn: Connection) -> None:
    audit_days(conn)
    assert codes(conn, sign_nation(conn)) == []


def test_days_that_nobody_audited_keep_a_form_here(conn: Connection, receiver: Receiver) -> None:
    form = sign_nation(conn)
    lack = report(conn, form).lacks[0]
    assert (lack.code, lack.action) == ("NOT-AUDITED", "hub audit dossiers 2026-10-15")
    assert lack.sentence("vi") == "25 ngày của luồng dossiers chưa qua kiểm định, từ 15/10/2026"
    assert nothing_left(conn, receiver, form)


def test_one_day_that_failed_the_audit_keeps_a_form_here(
    conn: Connection, receiver: Receiver
) -> None:
    audit_days(conn)
    audit_days(conn, date(2026, 11, 3), date(2026, 11, 3), is_passed=False)
    form = sign_nation(conn)
    assert report(conn, form).lacks[0].action == "hub audit dossiers 2026-11-03"
    assert nothing_left(conn, receiver, form)


def test_a_day_loaded_anew_since_its_audit_keeps_a_form_here(
    conn: Connection, receiver: Receiver
) -> None:
    audit_days(conn)
    form = sign_nation(conn)
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger.audit SET newest_run = newest_run - 1 WHERE day = '2026-11-01'"
        )
    assert codes(conn, form) == ["NOT-AUDITED"]
    assert nothing_left(conn, receiver, form)


def test_a_setting_lets_a_form_leave_without_an_audit(conn: Connection, receiver: Receiver) -> None:
    form = sign_nation(conn)
    done = sent(conn, receiver, form, at=office(needs_audit=False))
    assert {packet.state for packet in done} == {"acknowledged"}


def test_missing_coverage_keeps_a_form_here(conn: Connection) -> None:
    audit_days(conn)
    short = replace(sign_nation(conn), covered=99)
    lack = lacks(short, II06A, Audits(conn))[0]
    assert lack.code == "UNCOVERED"
    assert lack.action == (
        "hub backfill --from 2026-10-15 --to 2026-11-08 --feed dossiers --missing-only"
    )


def test_the_warehouse_takes_no_signature_over_missing_coverage(conn: Connection) -> None:
    with pytest.raises(Exception, match="signed_form_check"):
        sign(conn, signing([], expected=100, covered=99))


FOUND = outline_of(form_outlines(), "II.06a", "ii06a")
assert FOUND is not None
II06A = FOUND
BALANCED = {"3": 10, "4": 4, "5": 3, "6": 3, "7": 6, "8": 3, "9": 2, "10": 1} | {
    "11": 4,
    "12": 3,
    "13": 1,
}


@pytest.mark.parametrize("column", list(BALANCED))
@pytest.mark.parametrize("figure", [10_000, -1, None, "12", 1.5, True])
def test_every_column_of_a_sum_is_held_to_it(column: str, figure: Any) -> None:
    columns = {**BALANCED, column: figure}
    assert all(holds(one, BALANCED) for one in II06A.identities)
    assert not all(holds(one, columns) for one in II06A.identities)


def test_a_sum_that_does_not_hold_keeps_a_form_here(conn: Connection, receiver: Receiver) -> None:
    audit_days(conn)
    rows = [dict(row) for row in sign_nation(conn).figures]
    rows[1]["columns"] = {**rows[1]["columns"], "4": 10_000}
    form = sign_nation(conn, figures=rows, fingerprint="c" * 64)
    lack = report(conn, form).lacks[0]
    assert lack.code == "UNBALANCED"
    assert lack.sentence("vi") == "Phép cộng 3 = 4 + 5 + 6 không khớp ở dòng G22"
    assert nothing_left(conn, receiver, form)


def test_a_form_without_rows_keeps_here(conn: Connection, receiver: Receiver) -> None:
    audit_days(conn)
    form = sign_nation(conn, figures=[])
    assert codes(conn, form) == ["UNBALANCED"]
    assert nothing_left(conn, receiver, form)


def test_a_form_that_nobody_defined_keeps_here(conn: Connection, receiver: Receiver) -> None:
    form = sign_nation(conn, form="XX.99")
    assert codes(conn, form) == ["UNKNOWN-FORM"]
    assert nothing_left(conn, receiver, form)


def test_an_older_signature_keeps_here(conn: Connection, receiver: Receiver) -> None:
    audit_days(conn)
    form = sign_nation(conn)
    sign_nation(conn, fingerprint="b" * 64)
    assert codes(conn, form) == ["SUPERSEDED"]
    assert nothing_left(conn, receiver, form)


def test_a_packet_is_kept_for_a_signed_form_that_exists_alone(conn: Connection) -> None:
    statement = (
        "INSERT INTO ledger.packet (kind, signed_form_id, idempotency_key, body, body_sha256,"
        " made_by) VALUES ('report_data', 999, 'k', '', '', 'x')"
    )
    with pytest.raises(psycopg2.errors.ForeignKeyViolation), conn, conn.cursor() as cursor:
        cursor.execute(statement)


def test_a_kpi_leaves_with_full_coverage_and_audited_days_alone(conn: Connection) -> None:
    period = parse_period("2026-11", Calendar.REPORT)
    item, found = kpi_item(conn, office(), period, "report")
    assert item is None
    assert {lack.code for lack in found} >= {"KPI-UNCOVERED", "NOT-AUDITED"}
    free, _ = kpi_item(conn, office(needs_audit=False), period, "report")
    assert free is not None
    values = free.parcel.values["values"]
    assert values
    assert all(value["expected"] == value["covered"] > 0 for value in values)


def test_the_days_of_the_gate_are_those_of_the_figures(conn: Connection) -> None:
    audit_days(conn, FIRST, LAST)
    assert Audits(conn)("dossiers", FIRST, LAST) == []
    assert [lack.code for lack in Audits(conn)("dossiers", FIRST, date(2026, 11, 9))] == [
        "NOT-AUDITED"
    ]
