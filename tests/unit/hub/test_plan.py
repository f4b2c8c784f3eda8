import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from contracts.errors import SourceUnsafe
from contracts.partition import Partition
from contracts.verdict import Counts
from hub.crew import Work
from hub.plan import Known, Wish, carry_out, make_plan
from hub.result import RunResult

D1, D2, D3 = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)
EXPECTED = [
    Partition(agency, feed, day)
    for agency in ("H26", "G01")
    for feed in ("dossiers", "documents")
    for day in (D1, D2, D3)
]


def wish(*, missing_only: bool = False, failed_only: bool = False, **more: object) -> Wish:
    return Wish(
        first=D1,
        last=D3,
        missing_only=missing_only,
        failed_only=failed_only,
        **more,  # type: ignore[arg-type]
    )


@contextmanager
def failing_on_h26() -> Iterator[Work]:
    def work(partition: Partition) -> RunResult:
        if partition.agency == "H26":
            return RunResult(partition, "failed", code="NET-TIMEOUT", exit_code=3)
        return RunResult(partition, "loaded", counts=Counts(received=1, loaded=1))

    yield work


def test_a_plan_is_ordered_by_day_then_agency_then_feed() -> None:
    plan = make_plan(wish(), EXPECTED, {})
    assert [str(p) for p in plan.steps[:4]] == [
        "G01/documents/2026-11-18",
        "G01/dossiers/2026-11-18",
        "H26/documents/2026-11-18",
        "H26/dossiers/2026-11-18",
    ]
    assert (plan.expected, len(plan.steps), dict(plan.left_out)) == (12, 12, {})


def test_missing_only_leaves_out_what_shows_a_version_even_when_its_last_run_failed() -> None:
    known = {EXPECTED[0]: Known(shown=True, last="failed"), EXPECTED[1]: Known(False, "failed")}
    plan = make_plan(wish(missing_only=True), EXPECTED, known)
    assert dict(plan.left_out) == {"loaded": 1}
    assert EXPECTED[0] not in plan.steps
    assert EXPECTED[1] in plan.steps


def test_failed_only_takes_failed_and_rejected_days_and_nothing_else() -> None:
    known = {
        EXPECTED[0]: Known(True, "failed"),
        EXPECTED[1]: Known(False, "rejected"),
        EXPECTED[2]: Known(True, "loaded"),
    }
    plan = make_plan(wish(failed_only=True), EXPECTED, known)
    assert set(plan.steps) == {EXPECTED[0], EXPECTED[1]}


def test_a_day_that_failed_three_times_is_parked_until_somebody_asks_for_it() -> None:
    known = {EXPECTED[0]: Known(False, "failed", 3), EXPECTED[1]: Known(False, "failed", 2)}
    plan = make_plan(wish(), EXPECTED, known)
    assert (len(plan.steps), dict(plan.left_out)) == (11, {"parked": 1})
    assert len(make_plan(wish(agencies=frozenset({"H26"})), EXPECTED, known).steps) == 6
    assert len(make_plan(wish(parked_too=True), EXPECTED, known).steps) == 12


def test_a_plan_names_what_it_leaves_out_and_is_narrowed_with_its_reasons() -> None:
    known = {EXPECTED[0]: Known(False, "failed", 3), EXPECTED[6]: Known(True, "loaded")}
    plan = make_plan(wish(missing_only=True), EXPECTED, known)
    assert plan.reasons == {EXPECTED[0]: "parked", EXPECTED[6]: "loaded"}
    part = plan.narrowed(lambda partition: partition.agency == "H26")
    assert (len(part.steps), part.expected, dict(part.left_out)) == (5, 6, {"parked": 1})
    assert part.reasons == {EXPECTED[0]: "parked"}


def test_one_process_that_serves_readers_works_apart() -> None:
    plan = make_plan(wish(agencies=frozenset({"G01"}), feeds=frozenset({"dossiers"})), EXPECTED, {})
    told = list(carry_out(plan, telling_its_process, processes=1, park_after=9, is_apart=True))
    assert [r.partition.day for r in told] == [D1, D2, D3]
    assert str(os.getpid()) not in {r.message for r in told}
    assert len({r.message for r in told}) == 1


@contextmanager
def telling_its_process() -> Iterator[Work]:
    def work(partition: Partition) -> RunResult:
        return RunResult(partition, "loaded", message=str(os.getpid()))

    yield work


def test_agencies_feeds_and_days_narrow_a_plan() -> None:
    narrow = Wish(first=D2, last=D2, agencies=frozenset({"G01"}), feeds=frozenset({"dossiers"}))
    assert make_plan(narrow, EXPECTED, {}).steps == (Partition("G01", "dossiers", D2),)


def test_a_feed_that_fails_three_days_in_a_row_is_parked_and_the_others_go_on() -> None:
    days = [date(2026, 11, n) for n in range(1, 8)]
    steps = [Partition(a, "dossiers", d) for d in days for a in ("G01", "H26")]
    plan = make_plan(Wish(first=days[0], last=days[-1]), steps, {})
    results = list(carry_out(plan, failing_on_h26, processes=1, park_after=3))
    outcomes = [r.outcome for r in results if r.partition.agency == "H26"]
    assert outcomes == ["failed"] * 3 + ["parked"] * 4
    assert [r.outcome for r in results if r.partition.agency == "G01"] == ["loaded"] * 7


@contextmanager
def stopped_on_h26() -> Iterator[Work]:
    def work(partition: Partition) -> RunResult:
        if partition.agency == "H26":
            return RunResult.failed(partition, SourceUnsafe())
        return RunResult(partition, "loaded", counts=Counts(received=1, loaded=1))

    yield work


def test_a_security_stop_parks_its_feed_at_once() -> None:
    steps = [Partition(a, "dossiers", d) for d in (D1, D2, D3) for a in ("G01", "H26")]
    plan = make_plan(wish(), steps, {})
    results = list(carry_out(plan, stopped_on_h26, processes=1, park_after=3))
    outcomes = [r.outcome for r in results if r.partition.agency == "H26"]
    assert outcomes == ["failed", "parked", "parked"]
    assert [r.outcome for r in results if r.partition.agency == "G01"] == ["loaded"] * 3


def test_two_processes_give_every_partition_one_result() -> None:
    plan = make_plan(wish(), EXPECTED, {})
    told = list(carry_out(plan, failing_on_h26, processes=2, park_after=9))
    assert sorted(r.partition for r in told) == sorted(EXPECTED)
    assert sum(not r.applied for r in told) == 6
    g01 = [r.partition.day for r in told if r.partition.feed == "dossiers" and r.applied]
    assert g01 == [D1, D2, D3]


def test_a_worker_that_dies_costs_only_what_it_held() -> None:
    plan = make_plan(wish(), EXPECTED, {})
    results = list(carry_out(plan, dying_on_one, processes=2, park_after=9))
    lost = [r for r in results if r.code == "WORKER-LOST"]
    assert sorted(r.partition for r in results) == sorted(EXPECTED)
    assert 1 <= len(lost) <= 2
    assert {r.outcome for r in lost} == {"failed"}


@contextmanager
def dying_on_one() -> Iterator[Work]:
    def work(partition: Partition) -> RunResult:
        if partition == Partition("G01", "dossiers", D2):
            os.kill(os.getpid(), signal.SIGKILL)
        return RunResult(partition, "loaded")

    yield work
