"""BAD_INPUT section E, row by row: what one wrong value does to its row."""

from datetime import date
from typing import Any

import pytest

from contracts.model import load_contract
from contracts.partition import Partition
from contracts.source_map import SourceField
from contracts.verdict import Factor, Judged
from tests.contracts.example import judge_rows, own_map

DAY = date(2026, 11, 20)
DOSSIER: dict[str, Any] = {
    "dossier_code": "000.00.19.H26-261118-0001",
    "procedure_code": "1.004873",
    "unit_code": "H26.19",
    "status": "processing",
    "channel": "online",
    "received_at": "2026-11-18T02:00:00.000+0000",
    "updated_at": "2026-11-20T03:30:00.000+0000",
}
PAYMENT: dict[str, Any] = {
    "partner_code": "VNPTPAY",
    "reference_code": "TS-17",
    "transaction_code": "17",
    "unit_code": "H26",
    "amount": 150000,
    "status": "succeeded",
    "paid_at": "2026-11-20T08:15:00+07:00",
}
DOCUMENT: dict[str, Any] = {
    "document_id": "G22,2026/11/20,415/QĐ-TTg",
    "direction": "received",
    "sender_code": "G22",
    "receiver_code": "H26",
    "moved_at": "2026-11-20T09:00:00+07:00",
}
BASE = {"dossiers": DOSSIER, "payments": PAYMENT, "documents": DOCUMENT}


def judge(feed: str, *rows: dict[str, Any], **fields: SourceField) -> Judged:
    contract = load_contract(feed)
    whole = [{**BASE[feed], **row} for row in rows]
    partition = Partition("H26", feed, DAY)
    return judge_rows(contract, whole, partition, {}, own_map(contract, **fields))


def codes(feed: str, row: dict[str, Any], **fields: SourceField) -> list[str]:
    """Return the reasons of a row that stands between two good ones."""
    first, last = _others(feed)
    judged = judge(feed, first, row, last, **fields)
    assert [q.row_number for q in judged.quarantine] in ([], [1])
    return [f"{v.field} {v.code}" for q in judged.quarantine for v in q.violations]


def _others(feed: str) -> tuple[dict[str, Any], dict[str, Any]]:
    key = load_contract(feed).key[0] if feed != "payments" else "transaction_code"
    other = {
        "dossiers": ("000.00.19.H26-261118-0098", "000.00.19.H26-261118-0099"),
        "payments": ("98", "99"),
        "documents": ("G22,2026/11/20,98/QĐ-TTg", "G22,2026/11/20,99/QĐ-TTg"),
    }[feed]
    return {key: other[0]}, {key: other[1]}


def test_decomposed_vietnamese_is_composed_and_counted() -> None:
    decomposed = "G22,2026/11/20,415/QU\u0302-TTg"
    first, last = _others("documents")
    judged = judge("documents", first, {"document_id": decomposed}, last)
    column = judged.frame.columns["document_id"]
    assert isinstance(column, Factor)
    assert "G22,2026/11/20,415/QÛ-TTg" in column.values
    assert judged.quarantine == ()
    assert judged.counts.normalised == 1


@pytest.mark.parametrize("letter", ["Ð", "Ɖ"])
def test_a_letter_that_looks_like_d_with_stroke_is_quarantined(letter: str) -> None:
    row = {"document_id": f"G22,2026/11/20,415/Q{letter}-TTg"}
    assert codes("documents", row) == ["document_id UNICODE-LOOKALIKE"]


def test_d_with_stroke_itself_is_a_letter_of_notations() -> None:
    assert codes("documents", {"document_id": "G22,2026/11/20,415/QĐ-TTg"}) == []


def test_a_cyrillic_letter_in_a_unit_code_is_quarantined() -> None:
    assert codes("dossiers", {"unit_code": "Н26.19"}) == ["unit_code UNICODE-LOOKALIKE"]


@pytest.mark.parametrize("dirt", ["\u200b", "\u202e", "\u00a0", "\ufeff"])
def test_invisible_signs_are_stripped_from_codes_and_counted(dirt: str) -> None:
    first, last = _others("dossiers")
    judged = judge("dossiers", first, {"unit_code": f"H26{dirt}.19"}, last)
    column = judged.frame.columns["unit_code"]
    assert isinstance(column, Factor)
    assert column.values == ["H26.19"]
    assert judged.counts.normalised == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-30T00:00:00Z", "DATE"),
        ("2025-02-29T00:00:00Z", "DATE"),
        ("2026-13-01T00:00:00Z", "DATE"),
        ("26-11-18T00:00:00Z", "DATE-FORMAT"),
        ("infinity", "DATE-FORMAT"),
        ("today", "DATE-FORMAT"),
        ("now", "DATE-FORMAT"),
        ("epoch", "DATE-FORMAT"),
        ("J2460000", "DATE-FORMAT"),
        ("2026-11-18", "DATE-FORMAT"),
        ("2026-11-18T23:59:60Z", "DATE-FORMAT"),
        ("2026-11-18T24:00:00Z", "DATE-FORMAT"),
        ("２026-11-18T00:00:00Z", "DATE-FORMAT"),
        ("0001-01-01T00:00:00Z", "DATE-RANGE"),
        ("1900-01-01T00:00:00Z", "DATE-RANGE"),
        ("9999-12-31T00:00:00Z", "DATE-RANGE"),
        ("1999-12-31T00:00:00+07:00", "DATE-RANGE"),
        ("2026-11-22T00:00:00+07:00", "DATE-RANGE"),
    ],
)
def test_a_wrong_date_is_quarantined_with_its_reason(text: str, code: str) -> None:
    assert codes("dossiers", {"submitted_at": text})[0] == f"submitted_at {code}"


def test_a_truth_value_is_no_date() -> None:
    assert codes("dossiers", {"submitted_at": True}) == ["submitted_at DRIFT-TYPE"]


def test_day_and_month_are_read_by_the_format_of_the_map_only() -> None:
    source = SourceField(path="submitted_at", format="dd/MM/yyyy")
    assert codes("dossiers", {"submitted_at": "31/12/2025"}, submitted_at=source) == []
    assert codes("dossiers", {"submitted_at": "12/31/2025"}, submitted_at=source) == [
        "submitted_at DATE"
    ]


def test_a_sentinel_that_the_map_calls_absent_is_absent() -> None:
    source = SourceField(path="due_at", null=("9999-12-31T00:00:00Z",))
    assert codes("dossiers", {"due_at": "9999-12-31T00:00:00Z"}, due_at=source) == []


def test_a_time_without_offset_is_local() -> None:
    first, last = _others("dossiers")
    judged = judge("dossiers", first, {"updated_at": "2026-11-20T00:00:00"}, last)
    start = 1_795_107_600_000_000  # 2026-11-19T17:00:00Z
    assert start in list(judged.frame.columns["updated_at"])  # type: ignore[arg-type]


def test_half_past_five_in_the_evening_utc_is_the_next_local_day() -> None:
    assert codes("dossiers", {"updated_at": "2026-11-20T17:30:00Z"}) == ["updated_at DAY-MISMATCH"]
    assert codes("dossiers", {"updated_at": "2026-11-19T17:30:00Z"}) == []


def test_the_last_microsecond_of_the_day_belongs_to_it() -> None:
    assert codes("dossiers", {"updated_at": "2026-11-20T23:59:59.999999+07:00"}) == []
    assert codes("dossiers", {"updated_at": "2026-11-21T00:00:00+07:00"}) == [
        "updated_at DAY-MISMATCH"
    ]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (-150000, "AMOUNT-SIGN"),
        ("-150000", "AMOUNT-SIGN"),
        (1_000_000_000_000_001, "NUM-RANGE"),
        ("18446744073709551616", "NUM-RANGE"),
        ("9" * 4301, "NUM-RANGE"),
        ("1e400", "NUM-RANGE"),
        ("1000.5", "AMOUNT-SCALE"),
        ("1.234.567", "AMOUNT-FORMAT"),
        ("1,234,567", "AMOUNT-FORMAT"),
        ("1.234", "AMOUNT-FORMAT"),
        ("NaN", "NUM-NONFINITE"),
        ("-Infinity", "NUM-NONFINITE"),
        ("1_000", "NUM-FORMAT"),
        ("0x1F", "NUM-FORMAT"),
        ("１２", "NUM-FORMAT"),
        (" 12 ", "NUM-FORMAT"),
        ("1e3", "NUM-FORMAT"),
        ("", "REQUIRED"),
        (None, "REQUIRED"),
        (True, "DRIFT-TYPE"),
    ],
    ids=repr,
)
def test_a_wrong_amount_is_quarantined_with_its_reason(amount: object, code: str) -> None:
    assert codes("payments", {"amount": amount}) == [f"amount {code}"]


@pytest.mark.parametrize("amount", ["1.234.567", "1234567", 1234567], ids=repr)
def test_separators_are_those_of_the_map(amount: object) -> None:
    source = SourceField(path="amount", thousands=".", decimal=",")
    first, last = _others("payments")
    judged = judge("payments", first, {"amount": amount}, last, amount=source)
    assert judged.totals["amount"] == 150000 + 1234567 + 150000


def test_a_group_of_two_digits_is_no_group() -> None:
    source = SourceField(path="amount", thousands=".", decimal=",")
    assert codes("payments", {"amount": "1.23.456"}, amount=source) == ["amount NUM-FORMAT"]


def test_a_code_that_lost_its_zero_is_quarantined() -> None:
    assert codes("dossiers", {"commune_code": 4}) == ["commune_code CODE-FORMAT"]
    assert codes("dossiers", {"commune_code": "00004"}) == []


@pytest.mark.parametrize("value", [2, "2"], ids=repr)
def test_a_code_means_the_same_as_number_and_as_text(value: object) -> None:
    source = SourceField(path="status", codes={"2": "accepted"})
    assert codes("dossiers", {"status": value}, status=source) == []


def test_an_unknown_code_is_quarantined() -> None:
    assert codes("dossiers", {"status": "archived"}) == ["status DRIFT-ENUM"]
    assert codes("dossiers", {"unit_code": "H99"}) == ["unit_code CODE-UNKNOWN"]


def test_a_province_that_ended_is_unknown_after_its_last_day() -> None:
    assert codes("documents", {"sender_code": "000.00.00.H63"}) == ["sender_code CODE-UNKNOWN"]


def test_both_spellings_of_an_organisation_are_one() -> None:
    first, last = _others("dossiers")
    judged = judge("dossiers", first, {"unit_code": "000.00.19.H26"}, last)
    column = judged.frame.columns["unit_code"]
    assert isinstance(column, Factor)
    assert column.values == ["H26.19"]


def test_a_nul_byte_and_a_lone_surrogate_are_quarantined() -> None:
    assert codes("dossiers", {"commune_code": "0000\0"}) == ["commune_code NUL"]
    assert codes("dossiers", {"dossier_code": "\ud800"}) == ["dossier_code UNICODE"]


def test_a_text_over_its_length_is_quarantined() -> None:
    row = {"reference_code": "7" * 65}
    assert codes("payments", row) == ["reference_code TOO-LONG"]


def test_an_exact_duplicate_is_dropped_and_counted() -> None:
    judged = judge("dossiers", {}, {}, _others("dossiers")[0])
    assert judged.quarantine == ()
    assert (judged.counts.loaded, judged.counts.duplicates) == (2, 1)


def test_two_rows_of_one_key_that_differ_are_both_quarantined() -> None:
    others = [{"dossier_code": f"000.00.19.H26-261118-{n:04d}"} for n in range(100, 130)]
    judged = judge("dossiers", {}, *others, {"channel": "postal"})
    found = [(q.row_number, [v.code for v in q.violations]) for q in judged.quarantine]
    assert found == [(0, ["DUP-CONFLICT"]), (31, ["DUP-CONFLICT"])]
    assert judged.counts.loaded == 30


def test_finished_before_received_is_quarantined() -> None:
    row = {"status": "finished", "finished_at": "2026-11-17T02:00:00.000+0000"}
    assert codes("dossiers", row) == ["finished_at LOGIC"]


def test_dates_are_compared_not_times() -> None:
    row = {"status": "finished", "finished_at": "2026-11-18T01:00:00.000+0000"}
    assert codes("dossiers", row) == []


def test_fee_and_charge_above_the_amount_are_quarantined() -> None:
    row = {"fee_amount": 100000, "charge_amount": 50001}
    assert codes("payments", row) == ["amount LOGIC"]


def test_every_reason_of_a_row_is_told() -> None:
    row = {"status": "xong", "channel": None, "unit_code": "26", "submitted_at": "30/02/2026"}
    assert codes("dossiers", row) == [
        "unit_code CODE-FORMAT",
        "status DRIFT-ENUM",
        "channel REQUIRED",
        "submitted_at DATE-FORMAT",
    ]


def test_seen_values_are_cut_and_identities_hidden() -> None:
    first, last = _others("dossiers")
    judged = judge("dossiers", first, {"commune_code": "001203004567"}, last)
    (row,) = judged.quarantine
    assert row.values["commune_code"] == "[12 chữ số]"
    assert [v.seen for v in row.violations] == ["[12 chữ số]"]
    assert [v.code for v in judged.reasons] == ["TOO-MANY-REJECTS", "PII-UNEXPECTED"]
