"""What leaves, what is held there, and what happens on the way: the real receiver over HTTP."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from connectors.push import Receipt
from hub.period import span_of_days
from hub.publish import send_packet
from serving.form.asked import Asked
from serving.form.definition import Rows
from serving.form.filling import fill
from serving.form.signing import signing_of
from serving.service import Service
from tests.serving.publication import (
    FIRST,
    LAST,
    PATIENT,
    Receiver,
    figures_of,
    office,
    report,
    sent,
    sign_nation,
    signed,
)
from warehouse.database import Connection, connect
from warehouse.packet import End, Packet, again, claim, end, packet_body, packet_of, packets
from warehouse.signed import SignedForm


def test_a_signed_form_is_held_with_exactly_its_figures(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    done = sent(conn, receiver, form)
    assert [(p.kind, p.state) for p in done] == [
        ("form", "acknowledged"),
        ("form_outline", "acknowledged"),
        ("report_data", "acknowledged"),
        ("outline", "acknowledged"),
        ("status", "acknowledged"),
    ]
    held = receiver.received("SoLieuBaoCao")
    assert len(held) == 1
    assert figures_of(held[0]) == form.figures
    assert len(form.figures) == 6  # five agencies and the total


@pytest.mark.parametrize(
    ("name", "cut", "kind"),
    [
        ("II.06a", "field", "SoLieuBaoCao"),
        ("II.06b", "procedure", "SoLieuBaoCao"),
        ("07a", "unit", "SoLieuBaoCao"),
        ("TH-2026", "agency", "SoLieuBaoCao"),
        ("MT", "indicator", "SoLieuDanhSach"),
    ],
)
def test_a_form_as_the_hub_fills_and_keeps_it_is_held_cell_by_cell(
    conn: Connection, receiver: Receiver, name: str, cut: Rows, kind: str
) -> None:
    asked = Asked(
        form=name,
        cut=cut,
        agency="",
        period=span_of_days(FIRST, LAST),
        calendar="report",
        basis="reported",
        basis_name="reported",
    )
    filled = fill(conn, asked)
    made = signing_of(filled, "", [1], "Tran Van Binh")
    form = signed(conn, replace(made, expected=1, covered=1))
    done = sent(conn, receiver, form, at=office(needs_audit=False))
    assert {packet.state for packet in done} == {"acknowledged"}, done[-1].message
    rows = receiver.received(kind)[0]["packet"]["DuLieu"]["DanhSachDong"]
    assert [(row.get("MaDong", ""), cells(row)) for row in rows] == [
        (row.code, {str(n): plain(cell) for n, cell in row.cells.items() if cell is not None})
        for row in filled.rows
    ]


def cells(row: Mapping[str, Any]) -> dict[str, Any]:
    return {cell["SoCot"]: cell["GiaTri"] for cell in row["DanhSachO"] if "GiaTri" in cell}


def plain(cell: object) -> object:
    return str(cell) if isinstance(cell, Decimal) else cell


def test_the_kept_body_is_what_was_received(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    data = data_of(sent(conn, receiver, form))
    held = receiver.received("SoLieuBaoCao")[0]
    assert json.loads(packet_body(conn, data)) == held["packet"]
    assert (data.body_sha256, data.key) == (held["digest"], held["key"])
    assert data.receipt == {
        "number": held["number"],
        "received_at": held["received_at"],
        "digest": held["digest"],
        "key": held["key"],
    }


def test_sending_again_sends_nothing(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    sent(conn, receiver, form)
    sent(conn, receiver, form)
    assert [packet["times"] for packet in receiver.received()] == [1] * 5


def test_a_form_signed_anew_replaces_the_earlier_one_by_its_receipt(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    first = data_of(sent(conn, receiver, form))
    changed = [*form.figures]
    changed[0] = {**changed[0], "name": "Tên khác"}
    newer = sign_nation(conn, figures=changed, fingerprint="b" * 64)
    second = data_of(sent(conn, receiver, newer))
    held = receiver.received("SoLieuBaoCao")
    assert [(h["number"], h["replaces"], h["is_current"]) for h in held] == [
        (first.number, "", False),
        (second.number, first.number, True),
    ]


def test_figures_that_return_to_what_they_were_are_a_packet_of_their_own(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    sent(conn, receiver, form)
    sent(conn, receiver, sign_nation(conn, fingerprint="b" * 64))
    sent(conn, receiver, sign_nation(conn))
    held = receiver.received("SoLieuBaoCao")
    assert [h["is_current"] for h in held] == [False, False, True]
    assert held[2]["packet"]["DuLieu"]["MaSoLieu"] == form.fingerprint


def test_signing_the_same_figures_again_makes_no_packet(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    sent(conn, receiver, form)
    again = sign_nation(conn)
    assert data_of(sent(conn, receiver, again)).signed_form_id == form.signed_form_id
    assert len(receiver.received("SoLieuBaoCao")) == 1


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("close", {}),
        ("close", {"after": "storing"}),
        ("reset", {}),
        ("reset", {"after": "storing"}),
        ("never_answer", {}),
        ("never_answer", {"after": "storing"}),
        ("cut", {"after": "storing"}),
        ("http_500", {}),
        ("http_500", {"after": "storing"}),
        ("http_503", {}),
        ("http_429", {"retry_after": "1"}),
        ("token_expired", {}),
        ("html_page", {"after": "storing"}),
    ],
)
def test_whatever_is_lost_on_the_way_each_packet_is_held_once(
    conn: Connection, receiver: Receiver, form: SignedForm, fault: str, detail: dict[str, str]
) -> None:
    receiver.fault(fault, detail, times=2)
    done = sent(conn, receiver, form)
    while done[-1].state == "failed":
        done = sent(conn, receiver, form)
    assert {p.state for p in done} == {"acknowledged"}
    assert [figures_of(h) for h in receiver.received("SoLieuBaoCao")] == [form.figures]
    assert len(receiver.received()) == 5


def test_after_a_lost_answer_the_receiver_is_asked_before_anything_is_sent_again(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    receiver.fault("close", {"after": "storing"})
    sent(conn, receiver, form)
    assert [packet["times"] for packet in receiver.received()] == [1] * 5


def test_the_same_key_sent_twice_is_counted_once(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    data = data_of(sent(conn, receiver, form))
    with receiver.push() as push:
        again = push.send(data.key, packet_body(conn, data), data.body_sha256)
    held = receiver.received("SoLieuBaoCao")
    assert [(h["times"], h["number"]) for h in held] == [(2, data.number)]
    assert again == push_receipt(held[0])


def data_of(done: list[Packet]) -> Packet:
    return next(packet for packet in done if packet.kind == "report_data")


def push_receipt(held: dict[str, str]) -> Receipt:
    return Receipt(held["number"], held["received_at"], held["digest"], held["key"])


def test_tries_end_and_the_packet_says_why(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    receiver.fault("http_503", times=-1)
    done = sent(conn, receiver, form)
    assert [(p.state, p.code, p.attempts) for p in done] == [("failed", "HTTP-5XX", 4)]
    assert receiver.received() == []


def test_a_refusal_ends_with_the_receiver_s_reason_and_is_not_tried_again(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    receiver.fault("refuse_packet", {"reason": "kỳ báo cáo đã khóa"})
    first = sent(conn, receiver, form)
    assert [(p.state, p.code, p.message) for p in first] == [
        ("refused", "TU-CHOI", "kỳ báo cáo đã khóa")
    ]
    assert sent(conn, receiver, form)[0].attempts == 1
    assert receiver.received() == []


def test_a_person_may_send_a_refused_packet_again(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    receiver.fault("refuse_packet")
    refused = sent(conn, receiver, form)[0]
    done = sent(conn, receiver, form, with_refused=True)
    assert {p.state for p in done} == {"acknowledged"}
    assert (done[0].packet_id, done[0].attempts) == (refused.packet_id, 2)


def test_a_receipt_over_other_bytes_is_an_alarm_and_no_success(
    conn: Connection, receiver: Receiver, form: SignedForm, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.fault("receipt_digest")
    wrong = sent(conn, receiver, form)[0]
    assert (wrong.state, wrong.code, wrong.number) == ("failed", "RECEIPT-DIGEST", "")
    assert any(record.levelname == "ERROR" for record in caplog.records)
    # Asked again, the receiver tells the right digest: it holds what was sent.
    assert sent(conn, receiver, form)[0].state == "acknowledged"
    assert [packet["times"] for packet in receiver.received()] == [1] * 5


def test_a_receipt_of_another_packet_is_an_alarm(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    sent(conn, receiver, form)
    receiver.fault("receipt_repeated")
    newer = sign_nation(conn, fingerprint="b" * 64)
    wrong = data_of(sent(conn, receiver, newer))
    assert (wrong.state, wrong.code) == ("failed", "RECEIPT-REPEAT")


def test_a_wrong_secret_fails_and_is_told_as_such(
    conn: Connection, receiver: Receiver, form: SignedForm, tmp_path: Path
) -> None:
    (tmp_path / "wrong").write_text("no such secret")
    text = receiver.connections.read_text().replace(
        str(receiver.nation.secrets / "reporting"), str(tmp_path / "wrong")
    )
    receiver.connections.write_text(text)
    done = sent(conn, receiver, form)
    assert [(p.state, p.code) for p in done] == [("failed", "AUTH")]


def test_two_senders_at_once_send_a_packet_once(
    unlanded: Service, conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    packet_id = made(conn, form, receiver)
    with closing(connect(unlanded.url)) as other, receiver.push() as push:
        assert claim(other, packet_id) is not None
        assert send_packet(conn, packet_id, push, PATIENT).code == "SENDING"
    assert receiver.received() == []


def made(conn: Connection, form: SignedForm, receiver: Receiver) -> int:
    """Return a packet that is kept and was not acknowledged yet; the receiver is well again."""
    receiver.fault("http_503", times=-1)
    failed = sent(conn, receiver, form)[-1]
    receiver.forget()
    assert failed.state == "failed"
    return failed.packet_id


def test_senders_that_race_have_the_packet_held_once(
    unlanded: Service, receiver: Receiver, conn: Connection, form: SignedForm
) -> None:
    def race() -> None:
        with closing(connect(unlanded.url)) as own:
            sent(own, receiver, form)

    racers = [Thread(target=race) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    sent(conn, receiver, form)
    assert [packet["times"] for packet in receiver.received()] == [1] * 5
    assert [p.attempts for p in packets(conn)] == [1] * 5


def test_a_sender_whose_claim_ran_out_changes_nothing(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    packet_id = made(conn, form, receiver)
    stale = claim(conn, packet_id)
    assert stale is not None
    with conn, conn.cursor() as cursor:
        cursor.execute("UPDATE ledger.packet SET tried_at = tried_at - interval '1 day'")
    with receiver.push() as push:
        assert send_packet(conn, packet_id, push, PATIENT).state == "acknowledged"
    assert again(conn, stale) is None
    assert end(conn, stale, End("refused", "X")) is False
    found = packet_of(conn, packet_id)
    assert found is not None
    assert found.state == "acknowledged"


def test_no_secret_is_kept_or_logged(
    conn: Connection, receiver: Receiver, form: SignedForm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    receiver.fault("refuse_packet", {"reason": f"khóa {receiver.secret} không đúng"})
    refused = sent(conn, receiver, form)
    assert refused[0].message == "khóa *** không đúng"
    sent(conn, receiver, form, with_refused=True)
    with conn, conn.cursor() as cursor:
        cursor.execute("SELECT string_agg(p::text, '') FROM ledger.packet AS p")
        kept = str(cursor.fetchall()[0][0])
    assert receiver.secret not in kept
    assert receiver.secret not in caplog.text
    assert "Bearer" not in caplog.text


def test_a_report_shows_the_state_of_its_packets(
    conn: Connection, receiver: Receiver, form: SignedForm
) -> None:
    assert report(conn, form).state == "new"
    sent(conn, receiver, form)
    assert report(conn, form).state == "acknowledged"
    newer = sign_nation(conn, fingerprint="b" * 64)
    assert report(conn, newer).state == "changed"
