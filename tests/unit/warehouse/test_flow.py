"""Steps of single dossiers; days count from 1970-01-01."""

from typing import Any

import numpy as np
import pytest

from warehouse import flow
from warehouse.flow import CHANGE, MEASURES, NEVER, Changes, Steps, add, correction, sum_steps

BASE = {
    "key": 1,
    "agency_id": 1,
    "unit_id": 2,
    "procedure_id": 3,
    "channel_id": 2,
    "service_level_id": 0,
    "day": 100,
    "status_id": 4,
    "submitted_on": 90,
    "received_on": 91,
    "due_on": 95,
    "finished_on": NEVER,
    "returned_on": NEVER,
}


def changes(*rows: dict[str, int]) -> Changes:
    full = [BASE | row for row in rows]
    return {
        name: np.array([row[name] for row in full], np.dtype(dtype))
        for name, dtype in CHANGE.items()
    }


def steps(summed: flow.Steps) -> dict[tuple[int, str], int]:
    """(day, measure) -> steps, those that are not zero."""
    found: dict[tuple[int, str], int] = {}
    for position, day in enumerate(summed.day.tolist()):
        for name in MEASURES:
            if count := int(summed.measures[name][position]):
                found[day, name] = found.get((day, name), 0) + count
    return {at: count for at, count in found.items() if count}


def moved(new: Changes, old: Changes, others: Changes) -> Steps:
    return add(sum_steps(new), sum_steps(*correction(new, old, others)))


OPEN = {(90, "submitted"): 1, (91, "received"): 1}

CASES: dict[str, tuple[dict[str, int], dict[tuple[int, str], int]]] = {
    "open and overdue from the day after the due day": ({}, OPEN | {(96, "overdue_started"): 1}),
    "open without a due day is never overdue": ({"due_on": NEVER}, OPEN),
    "deleted by its source is no dossier at all": ({"status_id": 11, "finished_on": 94}, {}),
    "finished the day before is early": (
        {"status_id": 9, "finished_on": 94},
        OPEN | {(94, "resolved_early"): 1},
    ),
    "finished on the due day is on time": (
        {"status_id": 10, "finished_on": 95},
        OPEN | {(95, "resolved_ontime"): 1},
    ),
    "finished without a due day is on time": (
        {"status_id": 9, "finished_on": 99, "due_on": NEVER},
        OPEN | {(99, "resolved_ontime"): 1},
    ),
    "finished later was overdue until then": (
        {"status_id": 9, "finished_on": 98},
        OPEN | {(98, "resolved_late"): 1, (96, "overdue_started"): 1, (98, "overdue_ended"): 1},
    ),
    "returned without a finished day closes on the returned day": (
        {"status_id": 10, "returned_on": 95},
        OPEN | {(95, "resolved_ontime"): 1},
    ),
    "withdrawn without a finished day closes on the day that says so": (
        {"status_id": 7, "due_on": NEVER},
        OPEN | {(100, "withdrawn"): 1},
    ),
    "stopped in time": ({"status_id": 8, "finished_on": 93}, OPEN | {(93, "stopped"): 1}),
    "registered is submitted and nothing else": (
        {"status_id": 1, "received_on": NEVER},
        {(90, "submitted"): 1},
    ),
    "refused is submitted and nothing else": ({"status_id": 3}, {(90, "submitted"): 1}),
    "submitted at the counter counts on the day it is received": (
        {"submitted_on": NEVER, "due_on": NEVER},
        {(91, "submitted"): 1, (91, "received"): 1},
    ),
    "awaiting documents is still open": (
        {"status_id": 5},
        OPEN | {(96, "overdue_started"): 1, (91, "awaiting"): 1, (96, "awaiting_overdue"): 1},
    ),
    "a finished day of an open dossier is not believed": (
        {"status_id": 4, "finished_on": 93},
        OPEN | {(96, "overdue_started"): 1},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_dossier_steps(case: str) -> None:
    row, expected = CASES[case]
    assert steps(sum_steps(changes(row))) == expected


@pytest.mark.parametrize("cells", [0, flow.DENSE_CELLS])
def test_table_and_sorting_give_the_same_sums(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(7)
    rows: Any = [
        {
            "key": key,
            "unit_id": int(random.integers(1, 5)),
            "status_id": int(random.integers(1, 11)),
            "received_on": int(random.integers(80, 99)),
            "finished_on": int(random.integers(80, 99)),
        }
        for key in range(500)
    ]
    weights = random.integers(-1, 2, 500)
    monkeypatch.setattr(flow, "DENSE_CELLS", cells)
    one_by_one: dict[tuple[int, str], int] = {}
    for row, weight in zip(rows, weights.tolist(), strict=True):
        for at, count in steps(sum_steps(changes(row))).items():
            one_by_one[at] = one_by_one.get(at, 0) + weight * count
    assert steps(sum_steps(changes(*rows), weights)) == {
        at: count for at, count in one_by_one.items() if count
    }


def test_groups_keep_their_members() -> None:
    summed = sum_steps(changes({"key": 1, "unit_id": 9}, {"key": 2, "unit_id": 5}))
    received = summed.measures["received"] == 1
    assert summed.groups["unit_id"][received].tolist() == [5, 9]
    assert summed.groups["procedure_id"][received].tolist() == [3, 3]


def test_a_day_in_the_past_does_not_change_what_a_later_day_says() -> None:
    new, old = changes({"day": 100, "status_id": 4}), changes()
    later = changes({"day": 101, "status_id": 7})
    assert steps(moved(new, old, later)) == {}


def test_a_later_change_replaces_the_earlier_one() -> None:
    new, old = changes({"status_id": 9, "finished_on": 95}), changes()
    earlier = changes({"day": 99})
    assert steps(moved(new, old, earlier)) == {
        (95, "resolved_ontime"): 1,
        (96, "overdue_started"): -1,
    }


def test_a_removed_change_lets_the_earlier_one_show_again() -> None:
    new, old = changes(), changes({"status_id": 9, "finished_on": 95})
    earlier = changes({"day": 99})
    assert steps(moved(new, old, earlier)) == {
        (95, "resolved_ontime"): -1,
        (96, "overdue_started"): 1,
    }
