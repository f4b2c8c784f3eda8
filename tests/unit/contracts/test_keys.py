"""Keys and repeats."""

from datetime import date
from typing import Any

import numpy as np

from contracts.key import hash_key
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged
from tests.contracts.example import judge_rows

LINE: dict[str, Any] = {
    "partner_code": "HMRC",
    "reference_code": "Estates",
    "transaction_code": "5100039250",
    "amount": "10.00",
    "status": "succeeded",
    "paid_at": "2018-09-04T00:00:00+07:00",
}


def judge(*amounts: str) -> Judged:
    contract = load_contract("payments", "departmental_spending")
    rows = [{**LINE, "amount": amount} for amount in amounts]
    partition = Partition("X02", "payments", date(2018, 9, 30))
    return judge_rows(contract, rows, partition, {})


def test_a_key_is_the_hash_of_its_parts_joined_by_the_unit_separator() -> None:
    assert hash_key([["a"], ["b"], [None]]).tolist() == hash_key([["a\x1fb\x1f"]]).tolist()


def test_the_key_of_a_row_is_that_of_its_natural_key() -> None:
    judged = judge("10.00")
    expected = hash_key([["HMRC"], ["Estates"], ["5100039250"]])
    assert np.array_equal(np.asarray(judged.frame.columns["key"]), expected)


def test_lines_of_one_transaction_are_payments_of_their_own() -> None:
    judged = judge("10.00", "10.00", "-3.50")
    assert (judged.counts.loaded, judged.counts.duplicates) == (3, 0)
    assert judged.totals == {"rows": 3, "amount": 1650}
    assert len(set(np.asarray(judged.frame.columns["key"]).tolist())) == 3


def test_lines_are_numbered_by_their_values_not_by_their_order() -> None:
    def pairs(judged: Judged) -> list[tuple[int, int]]:
        columns = judged.frame.columns
        return sorted(zip(np.asarray(columns["key"]), np.asarray(columns["amount"]), strict=True))

    assert pairs(judge("10.00", "-3.50", "7.00")) == pairs(judge("7.00", "10.00", "-3.50"))
