"""Records that a source deleted: key and state are all that a tombstone says."""

from datetime import date
from typing import Any

import pytest

from contracts.code_list import CodeLists
from contracts.errors import ConfigError
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.page import Page, Value
from contracts.partition import Partition
from contracts.source_map import SourceMap, Tombstone
from contracts.verdict import NULL, Counts, Factor, Judged, Outcome
from tests.contracts.example import own_map

DAY = date(2026, 11, 20)
NOON = "2026-11-20T12:00:00+07:00"
WHOLE = {
    "dossier_code": "000.00.02.H26-261120-0001",
    "procedure_code": "1.000001",
    "unit_code": "H26.01",
    "status": "processing",
    "channel": "online",
    "submitted_at": NOON,
    "received_at": NOON,
    "updated_at": NOON,
}


def judge(
    *rows: dict[str, Any], feed: str = "dossiers", values: tuple[str, ...] = ("1",)
) -> Judged:
    contract = load_contract(feed)
    told = own_map(contract).model_copy(
        update={"tombstone": Tombstone(path="daXoa", values=values)}
    )
    return judged_by(told, rows, feed)


def judged_by(told: SourceMap, rows: tuple[dict[str, Any], ...], feed: str) -> Judged:
    judge = Judge(load_contract(feed), told, Partition("H26", feed, DAY), CodeLists.load(DAY))
    columns: dict[str, list[Value]] = {p: [row.get(p) for row in rows] for p in told.paths}
    judge.page(Page(len(rows), columns))
    return judge.close({})


def gone(number: int, **other: object) -> dict[str, Any]:
    return {
        "dossier_code": f"000.00.02.H26-261120-{number:04d}",
        "updated_at": NOON,
        "daXoa": "1",
    } | other


def test_a_tombstone_loads_as_a_deleted_record_with_its_key() -> None:
    judged = judge(WHOLE, gone(2))
    assert (judged.outcome, judged.counts) == (Outcome.ACCEPT, Counts(2, 2, 0, 0))
    columns = judged.frame.columns
    assert list(columns["status"]) == [4, 11]  # type: ignore[arg-type]
    units = columns["unit_code"]
    assert isinstance(units, Factor)
    assert units.codes.tolist() == [0, -1]
    assert columns["received_at"].tolist()[1] == NULL  # type: ignore[union-attr]
    assert len(set(columns["key"].tolist())) == 2  # type: ignore[union-attr]


def test_what_a_tombstone_still_says_beside_its_key_is_not_judged() -> None:
    odd = {"status": "nonsense", "received_at": "yesterday", "unit_code": "??", "channel": None}
    judged = judge(gone(1, **odd), gone(2) | {"updated_at": None})
    assert judged.counts == Counts(2, 2, 0, 0)
    assert list(judged.frame.columns["status"]) == [11, 11]  # type: ignore[arg-type]


def test_a_day_of_tombstones_alone_is_whole() -> None:
    assert judge(gone(1), gone(2)).outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (gone(1) | {"dossier_code": None}, "dossier_code REQUIRED"),
        (gone(1) | {"dossier_code": "H26\0"}, "dossier_code NUL"),
        (gone(1) | {"updated_at": "2026-11-19T12:00:00+07:00"}, "updated_at DAY-MISMATCH"),
    ],
)
def test_key_and_day_of_a_tombstone_are_judged(row: dict[str, Any], reason: str) -> None:
    judged = judge(*[gone(n) for n in range(2, 22)], row)
    [held] = judged.quarantine
    assert [f"{v.field} {v.code}" for v in held.violations] == [reason]
    assert judged.counts == Counts(21, 20, 1, 0)


def test_a_record_told_and_deleted_on_one_day_is_in_conflict() -> None:
    same = {"dossier_code": WHOLE["dossier_code"], "updated_at": NOON, "daXoa": "1"}
    judged = judge(WHOLE, same, *[gone(n) for n in range(2, 22)])
    assert [row.violations[0].code for row in judged.quarantine] == ["DUP-CONFLICT"] * 2


def test_a_tombstone_twice_is_one() -> None:
    assert judge(gone(1), gone(1)).counts == Counts(2, 1, 0, 1)


@pytest.mark.parametrize(
    ("values", "said", "loaded"),
    [
        (("1",), 1, 11),
        (("1",), True, 11),
        (("true",), True, 11),
        (("Y", "y"), "y", 11),
        (("1",), "0", 4),
        (("1",), None, 4),
        (("true",), False, 4),
    ],
)
def test_a_deletion_is_told_in_the_source_s_words(
    values: tuple[str, ...], said: Value, loaded: int
) -> None:
    judged = judge(WHOLE | {"daXoa": said}, values=values)
    assert list(judged.frame.columns["status"]) == [loaded]  # type: ignore[arg-type]


def test_a_feed_without_a_state_cannot_tell_of_deleted_records() -> None:
    with pytest.raises(ConfigError, match="tombstone: daXoa"):
        judge(feed="documents")
