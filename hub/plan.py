"""Plans: which partitions will run and why, as data; and how a plan is carried out."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from contracts.partition import Partition
from hub.crew import AHEAD, Hand, Workshop, collect, crew, give
from hub.lane import Lanes
from hub.result import RunResult

PARKED = "parked"
"""Outcome of a partition left out because it, or its feed just now, failed too often in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks a plan for.

    Attributes:
        first: first day.
        last: last day, included.
        missing_only: only partitions that show no version yet.
        failed_only: only partitions whose last run failed or was rejected.
        agencies: only these; empty means all.
        feeds: only these; empty means all.
        parked_too: also partitions that are parked; naming agencies asks for them as well.
    """

    first: date
    last: date
    missing_only: bool = False
    failed_only: bool = False
    agencies: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()
    parked_too: bool = False

    def wants(self, partition: Partition) -> bool:
        """Return whether a partition is within the days, agencies and feeds asked for."""
        return (
            self.first <= partition.day <= self.last
            and (not self.agencies or partition.agency in self.agencies)
            and (not self.feeds or partition.feed in self.feeds)
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of one partition.

    Attributes:
        shown: whether some version of it is loaded.
        last: state of its last run: ``loaded``, ``unchanged``, ``rejected``, ``failed``, ….
        failures: attempts that failed or were rejected since one was applied.
    """

    shown: bool
    last: str
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What will run, and what was left out and why.

    Attributes:
        steps: partitions to run, by day, agency, feed.
        expected: partitions that the wish covers.
        left_out: reason -> number of partitions.
        reasons: partition left out -> reason.
    """

    steps: tuple[Partition, ...]
    expected: int
    left_out: Mapping[str, int]
    reasons: Mapping[Partition, str] = field(default_factory=dict)

    def narrowed(self, wants: Callable[[Partition], bool]) -> "Plan":
        """Return the part of the plan that a choice of partitions keeps."""
        steps = tuple(filter(wants, self.steps))
        reasons = {p: reason for p, reason in self.reasons.items() if wants(p)}
        return Plan(steps, len(steps) + len(reasons), Counter(reasons.values()), reasons)


def make_plan(
    wish: Wish,
    expected: Iterable[Partition],
    known: Mapping[Partition, Known],
    *,
    park_after: int = 3,
) -> Plan:
    """Return the plan that a wish comes to; nothing is run.

    A partition that failed ``park_after`` times in a row is left alone until somebody asks for
    it: by naming its agency, or by asking for parked ones too.
    """
    wanted = sorted(filter(wish.wants, expected), key=lambda p: (p.day, p.agency, p.feed))
    reasons = [(p, _left_out(wish, known.get(p), park_after)) for p in wanted]
    return Plan(
        steps=tuple(p for p, reason in reasons if not reason),
        expected=len(wanted),
        left_out=Counter(reason for _, reason in reasons if reason),
        reasons={p: reason for p, reason in reasons if reason},
    )


def _left_out(wish: Wish, known: Known | None, park_after: int) -> str:
    """Return why a partition is left out, or an empty text."""
    if known is None:
        return "not failed" if wish.failed_only else ""
    if wish.missing_only and known.shown:
        return "loaded"
    if wish.failed_only and known.last not in {"failed", "rejected"}:
        return "not failed"
    asked = wish.parked_too or wish.agencies
    return PARKED if known.failures >= park_after and not asked else ""


def carry_out(
    plan: Plan, workshop: Workshop, *, processes: int, park_after: int, is_apart: bool = False
) -> Generator[RunResult]:
    """Run a plan and yield every partition's result as it comes, parked ones included.

    One process works inline, so that a short plan pays for no process; unless it is to stay
    ``is_apart``, since this process has readers to serve.
    """
    lanes = Lanes(plan.steps, park_after=park_after)
    size = min(processes, len({(p.agency, p.feed) for p in plan.steps}))
    if size <= 1 and not is_apart:
        with workshop() as work:
            while partition := lanes.take():
                yield from _settle(lanes, work(partition))
        return
    with crew(workshop, max(size, 1)) as hands:
        yield from _direct(lanes, hands)


def _direct(lanes: Lanes, hands: list[Hand]) -> Iterator[RunResult]:
    while _feed(lanes, hands):
        for _, result in collect(hands):
            yield from _settle(lanes, result)
    # Only reached with work left when every worker has died.
    while partition := lanes.take():
        lost = RunResult(partition, "failed", code="WORKER-LOST", exit_code=1, retry=True)
        yield from _settle(lanes, lost)


def _feed(lanes: Lanes, hands: list[Hand]) -> bool:
    """Give work to every worker that holds too little; return whether any is at work."""
    for depth in range(AHEAD):
        for hand in hands:
            if len(hand.holds) > depth:
                continue
            if (partition := lanes.take()) is None:
                break
            give(hand, partition)
    return any(hand.holds for hand in hands)


def _settle(lanes: Lanes, result: RunResult) -> Iterator[RunResult]:
    yield result
    failed = result.outcome == "failed"
    for partition in lanes.done(result.partition, failed=failed, stopped=result.stop):
        yield RunResult(
            partition,
            PARKED,
            code="PARKED",
            message="Luồng tạm dừng sau nhiều lần hỏng liên tiếp / feed parked after failures",
            exit_code=result.exit_code,
        )
