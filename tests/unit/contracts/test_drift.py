"""BAD_INPUT section F, row by row: what a source that changed its shape does to its day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import Contract, NamedRule, load_contract
from contracts.page import Page, Value
from contracts.partition import Partition
from contracts.rule import Closed
from contracts.verdict import Judged, Outcome
from tests.contracts.example import own_map

DAY = date(2020, 4, 30)
CONTRACT = load_contract("electronic_results")


def columns(count: int = 20, **other: list[Value]) -> dict[str, list[Value]]:
    plain: dict[str, list[Value]] = {
        "unit_code": ["H26"] * count,
        "procedure_code": [f"1.{number:06}" for number in range(count)],
        "results_issued": [10] * count,
        "results_electronic": [5] * count,
    }
    return {**plain, **other}


def judge(
    received: Mapping[str, list[Value]], contract: Contract = CONTRACT, **page: Any
) -> Judged:
    partition = Partition("H26", contract.feed, DAY)
    own = Judge(contract, own_map(contract), partition, CodeLists.load(DAY))
    rows = len(next(iter(received.values())))
    own.page(Page(rows=rows, columns=received, **page))
    return own.close({})


def codes(judged: Judged) -> list[str]:
    return [reason.code for reason in judged.reasons]


def test_row_116_a_new_column_is_no_reason_and_is_not_loaded() -> None:
    judged = judge(columns(), unknown=frozenset({"results_signed"}))
    assert (judged.outcome, judged.counts.loaded) == (Outcome.ACCEPT, 20)
    assert "results_signed" not in judged.frame.columns


def test_row_117_a_closed_contract_names_every_new_column() -> None:
    closed = NamedRule("closed", "", Closed(rule="closed"))
    contract = replace(CONTRACT, rules=(*CONTRACT.rules, closed))
    judged = judge(columns(), contract, unknown=frozenset({"b", "a"}))
    assert [(r.rule, r.code, r.seen) for r in judged.reasons] == [
        ("closed", "DRIFT-NEW", "a"),
        ("closed", "DRIFT-NEW", "b"),
    ]
    assert judge(columns(), contract).outcome is Outcome.ACCEPT


def test_row_118_a_renamed_column_is_missing_and_the_nearest_name_is_told() -> None:
    received = columns()
    del received["results_issued"]
    judged = judge(received, unknown=frozenset({"result_issued", "note"}))
    assert codes(judged) == ["DRIFT-MISSING", "TOO-MANY-REJECTS"]
    assert judged.reasons[0].seen == "no value in 20 rows; nearest unknown name: result_issued"
    assert judged.counts.loaded == 0


def test_row_118_a_column_that_is_gone_without_a_likeness_names_none() -> None:
    received = columns()
    del received["results_issued"]
    assert judge(received).reasons[0].seen == "no value in 20 rows"


@pytest.mark.parametrize(("changed", "refused"), [(2, False), (3, True)])
def test_row_119_numbers_that_became_words_wait_and_past_a_tenth_refuse_the_day(
    changed: int, refused: bool
) -> None:
    told: list[Value] = [*["mười"] * changed, *[10] * (20 - changed)]
    judged = judge(columns(results_issued=told))
    found = {v.code for row in judged.quarantine for v in row.violations}
    assert (len(judged.quarantine), found) == (changed, {"NUM-FORMAT"})
    assert codes(judged) == (["TOO-MANY-REJECTS"] if refused else [])


def test_row_119_a_truth_value_is_another_type() -> None:
    judged = judge(columns(results_issued=[True, *[10] * 19]))
    assert [v.code for row in judged.quarantine for v in row.violations] == ["DRIFT-TYPE"]


def test_row_120_the_order_of_columns_says_nothing() -> None:
    received = columns()
    turned = {name: received[name] for name in reversed(received)}
    assert judge(turned).frame.digest() == judge(received).frame.digest()


def test_row_121_columns_that_changed_places_break_the_checks_of_each_column() -> None:
    received = columns()
    turned = {
        name: received[other]
        for name, other in zip(received, [*list(received)[1:], "unit_code"], strict=True)
    }
    judged = judge(turned)
    assert codes(judged) == ["TOO-MANY-REJECTS"]
    assert {v.field for v in judged.quarantine[0].violations} == {
        "unit_code",
        "procedure_code",
        "results_electronic",
    }


def test_row_122_a_value_that_a_list_does_not_have_waits_with_what_it_has() -> None:
    contract = load_contract("work_files")
    received: dict[str, list[Value]] = {
        "unit_code": [f"H26.{number:02}" for number in range(1, 21)],
        "level": ["special_zone", *["commune"] * 19],
        "files_total": [10] * 20,
        "files_online": [5] * 20,
    }
    judged = judge(received, contract)
    ((violation,),) = [row.violations for row in judged.quarantine]
    assert (violation.code, violation.seen) == ("DRIFT-ENUM", "special_zone")
    assert violation.allowed == (
        "government_level 2020-04-30: ministry, province, district, commune"
    )
    assert judged.counts.loaded == 19
