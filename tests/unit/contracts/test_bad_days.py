"""Rules over a whole day: declared totals, emptiness, volume, drift, identities."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from contracts.batch import History
from contracts.code_list import CodeLists
from contracts.errors import ConfigError, HubBug
from contracts.judge import Judge
from contracts.model import NamedRule, load_contract
from contracts.page import BrokenRow, Page, Value
from contracts.partition import Partition
from contracts.rule import Closed
from contracts.source_map import SourceField, SourceMap
from contracts.verdict import Judged, Outcome
from tests.contracts.example import judge_rows, own_map

DAY = date(2026, 11, 20)


def payments(count: int, **other: object) -> list[dict[str, Any]]:
    return [
        {
            "partner_code": "VNPTPAY",
            "reference_code": "TS-17",
            "transaction_code": str(number),
            "unit_code": "H26",
            "amount": 1000,
            "status": "succeeded",
            "paid_at": "2026-11-20T08:15:00+07:00",
        }
        | other
        for number in range(count)
    ]


def judge(
    rows: list[dict[str, Any]],
    declared: Mapping[str, int] | None = None,
    history: History | None = None,
) -> Judged:
    contract, partition = load_contract("payments"), Partition("H26", "payments", DAY)
    return judge_rows(contract, rows, partition, declared or {}, history=history)


def reasons(judged: Judged) -> list[str]:
    return [v.code for v in judged.reasons]


def test_a_day_with_other_than_the_declared_rows_is_rejected() -> None:
    judged = judge(payments(10), {"rows": 11})
    assert reasons(judged) == ["COUNT-MISMATCH"]
    assert (judged.reasons[0].seen, judged.reasons[0].allowed) == (
        "10 rows received",
        "11 declared",
    )


def test_declared_rows_may_leave_out_what_paging_doubled() -> None:
    rows = payments(10)
    judged = judge([*rows, rows[3]], {"rows": 10, "amount": 10000})
    assert judged.outcome is Outcome.ACCEPT
    assert judged.totals == {
        "rows": 10,
        "amount": 10000,
        "declared_rows": 10,
        "declared_amount": 10000,
    }


def test_a_declared_sum_that_differs_rejects_the_day() -> None:
    assert reasons(judge(payments(10), {"amount": 10001})) == ["TOTAL-MISMATCH"]


def test_the_declared_sum_counts_quarantined_rows_too() -> None:
    rows = payments(20)
    rows[4]["status"] = "unknown"
    judged = judge(rows, {"rows": 20, "amount": 20000})
    assert judged.outcome is Outcome.ACCEPT
    assert (judged.totals["amount"], judged.totals["declared_amount"]) == (19000, 20000)


def test_a_sum_with_an_unreadable_part_cannot_be_compared() -> None:
    rows = payments(20)
    rows[4]["amount"] = "1000.5"
    assert judge(rows, {"amount": 20000}).outcome is Outcome.ACCEPT


def test_an_empty_day_needs_a_declared_zero() -> None:
    assert reasons(judge([])) == ["EMPTY"]
    assert judge([], {"rows": 0}).outcome is Outcome.ACCEPT


def test_more_than_a_tenth_of_quarantined_rows_reject_the_day() -> None:
    rows = payments(20)
    rows[0]["status"] = rows[1]["status"] = "unknown"
    assert judge(rows).outcome is Outcome.ACCEPT
    rows[2]["status"] = "unknown"
    judged = judge(rows)
    assert reasons(judged) == ["TOO-MANY-REJECTS"]
    assert (judged.counts.loaded, judged.counts.quarantined, judged.frame.rows) == (0, 20, 0)
    assert len(judged.quarantine) == 3


@pytest.mark.parametrize(("rows", "refused"), [(19, True), (20, False), (600, False), (601, True)])
def test_volume_is_held_against_the_median(rows: int, refused: bool) -> None:
    judged = judge(payments(rows), history=History(100, 28))
    assert reasons(judged) == (["VOLUME"] if refused else [])


def test_volume_is_not_asked_without_history() -> None:
    assert judge(payments(1), history=History(100, 6)).outcome is Outcome.ACCEPT
    assert judge(payments(1), history=History(49, 28)).outcome is Outcome.ACCEPT


def _scaled(amounts: list[int], history: History | None) -> Judged:
    rows = payments(len(amounts))
    return judge([r | {"amount": a} for r, a in zip(rows, amounts, strict=True)], history=history)


@pytest.mark.parametrize(
    ("median", "refused"),
    [(1_000, True), (1_001, False), (100_000, False), (9_999_999, False), (10_000_000, True)],
)
def test_row_123_a_median_a_hundred_times_off_is_held(median: int, refused: bool) -> None:
    amounts = [1] * 10 + [median] + [10**9] * 10
    past = History(21, 28, {"amount": 100_000})
    judged = _scaled(amounts, past)
    assert reasons(judged) == (["DRIFT-UNIT"] if refused else [])


def test_row_123_thousands_of_dong_are_told_with_both_medians() -> None:
    judged = _scaled([150] * 20, History(20, 28, {"amount": 150_000}))
    (reason,) = judged.reasons
    assert (reason.rule, reason.field) == ("amount_unit", "amount")
    assert (reason.seen, reason.allowed) == ("median 150", "less than 100 times off 150000")
    assert judged.totals["median_amount"] == 150


def test_a_unit_is_not_asked_without_history_nor_of_few_rows() -> None:
    medians = {"amount": 150_000}
    assert _scaled([150] * 20, History(20, 6, medians)).outcome is Outcome.ACCEPT
    assert _scaled([150] * 19, History(20, 28, medians)).outcome is Outcome.ACCEPT
    assert _scaled([150] * 20, History(20, 28)).outcome is Outcome.ACCEPT
    assert _scaled([150] * 20, None).outcome is Outcome.ACCEPT


def test_a_median_of_nothing_is_no_other_unit() -> None:
    past = History(20, 28, {"amount": 150_000})
    assert _scaled([0] * 20, past).outcome is Outcome.ACCEPT
    assert _scaled([150] * 20, History(20, 28, {"amount": 0})).outcome is Outcome.ACCEPT


def test_a_median_is_that_of_the_rows_that_would_load() -> None:
    judged = _scaled([*range(1, 41), -1, -2, -3, -4], None)
    assert judged.counts.quarantined == 4
    assert judged.totals["median_amount"] == 20


def test_an_identity_number_in_a_kept_column_rejects_the_day() -> None:
    judged = judge([*payments(20), *payments(1, reference_code="CCCD001203004567")])
    assert [(v.code, v.field) for v in judged.reasons] == [("PII-UNEXPECTED", "reference_code")]


def test_twelve_digits_that_are_no_identity_number_are_a_reference() -> None:
    judged = judge([*payments(20), *payments(1, reference_code="261120000017")])
    assert judged.outcome is Outcome.ACCEPT


def _judge_columns(columns: Mapping[str, list[Value]], **page: Any) -> Judged:
    contract, lists = load_contract("payments"), CodeLists.load(DAY)
    own = Judge(contract, own_map(contract), Partition("H26", "payments", DAY), lists)
    own.page(Page(columns=columns, **page))
    return own.close({})


def _columns(count: int) -> dict[str, list[Value]]:
    rows = payments(count)
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_a_required_column_missing_everywhere_names_the_nearest_unknown_one() -> None:
    columns = _columns(10)
    del columns["status"]
    judged = _judge_columns(columns, rows=10, unknown=frozenset({"statuss", "note"}))
    assert reasons(judged) == ["DRIFT-MISSING", "TOO-MANY-REJECTS"]
    assert judged.reasons[0].seen == "no value in 10 rows; nearest unknown name: statuss"


def test_an_unknown_field_is_no_reason() -> None:
    judged = _judge_columns(_columns(10), rows=10, unknown=frozenset({"note"}))
    assert judged.outcome is Outcome.ACCEPT


def test_a_closed_contract_refuses_an_unknown_field_by_name() -> None:
    contract = load_contract("payments")
    closed = NamedRule("closed", "", Closed(rule="closed"))
    contract = replace(contract, rules=(*contract.rules, closed))
    partition = Partition("H26", "payments", DAY)
    own = Judge(contract, own_map(contract), partition, CodeLists.load(DAY))
    own.page(Page(columns=_columns(10), rows=10, unknown=frozenset({"note"})))
    judged = own.close({})
    assert [(v.code, v.seen) for v in judged.reasons] == [("DRIFT-NEW", "note")]


def test_a_row_that_could_not_be_decoded_is_quarantined_with_its_code() -> None:
    columns = _columns(20)
    for values in columns.values():
        values[7] = None
    judged = _judge_columns(columns, rows=20, broken=(BrokenRow(7, "CSV-WIDTH", "13 columns"),))
    (row,) = judged.quarantine
    assert (row.row_number, [v.code for v in row.violations]) == (7, ["CSV-WIDTH"])
    assert judged.counts.loaded == 19


def test_every_rule_is_counted_also_when_it_never_failed() -> None:
    rows = payments(20)
    rows[4]["status"] = "unknown"
    counts = {r.rule: (r.checked, r.failed) for r in judge(rows).rules}
    assert counts["status.drift_enum"] == (20, 1)
    assert counts["amount.num_range"] == (20, 0)
    assert counts["parts_within_amount"] == (20, 0)
    assert counts["key"] == (20, 0)
    assert counts["row_count"] == (1, 0)


def test_a_frame_tells_the_order_of_its_keys_and_has_every_field() -> None:
    judged = judge(payments(500))
    key = np.asarray(judged.frame.columns["key"])[judged.frame.order]
    assert len(key) == 500
    assert (key[:-1] < key[1:]).all()
    names = {f.name for f in load_contract("payments").fields}
    assert set(judged.frame.columns) == names | {"key", "row_number"}


def test_a_map_that_leaves_a_required_field_out_is_a_mistake() -> None:
    contract = load_contract("payments")
    short = SourceMap(fields={"amount": SourceField(path="amount")})
    with pytest.raises(ConfigError, match="leaves out required fields"):
        Judge(contract, short, Partition("H26", "payments", DAY), CodeLists.load(DAY))


def test_a_map_that_names_an_unknown_field_is_a_mistake() -> None:
    contract = load_contract("payments")
    wrong = own_map(contract, payer=SourceField(path="payerName"))
    with pytest.raises(ConfigError, match="payer"):
        Judge(contract, wrong, Partition("H26", "payments", DAY), CodeLists.load(DAY))


def test_a_column_shorter_than_its_page_is_our_bug() -> None:
    with pytest.raises(HubBug):
        _judge_columns(_columns(9), rows=10)


def test_an_identity_number_is_told_once_by_its_field_not_by_its_path() -> None:
    contract, lists = load_contract("payments"), CodeLists.load(DAY)
    source_map = own_map(contract, bank_code=SourceField(path="bank.code"))
    own = Judge(contract, source_map, Partition("H26", "payments", DAY), lists)
    columns = _columns(20) | {"bank.code": ["001203004567", *["970436"] * 19]}
    columns["status"][0] = "unknown"
    own.page(Page(rows=20, columns=columns))
    judged = own.close({})
    assert [(v.code, v.field) for v in judged.reasons] == [("PII-UNEXPECTED", "bank_code")]
    assert judged.quarantine[0].values["bank.code"] == "[12 chữ số]"
