"""Works: plans that a serving process carries out in the background, each under an audit row.

The runs themselves are made by worker processes, as ``hub backfill`` makes them, so that readers
are served meanwhile. How far a plan is follows from the ledger: any process can tell.
"""

import os
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Any

import psutil

from contracts.errors import HubError
from contracts.partition import ZONE, Partition
from hub.backfill import ABANDONED
from hub.crew import Workshop
from hub.plan import Plan, carry_out
from hub.result import RunResult
from serving.day import spans
from warehouse import action
from warehouse.action import Action, End, Step, Verb
from warehouse.database import Connection, connect

AT_ONCE = 2
"""Plans that one process carries out side by side; the next ones wait."""
TOLD = 50
"""Partitions that did not come through and are named in the audit row; the rest is counted."""
LEAVE_SECONDS = 60.0
"""How long a process that stops waits for the partitions at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody confirmed.

    Attributes:
        before: rows in quarantine per partition before a redrive; empty for other verbs.
    """

    person: str
    verb: Verb
    subject: str
    plan: Plan
    workshop: Workshop
    detail: Mapping[str, Any]
    before: Mapping[Partition, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Tally:
    """What came of a plan so far."""

    before: Mapping[Partition, int]
    outcomes: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    freed: int = 0
    bad: list[RunResult] = field(default_factory=list)
    code: str = "INTERRUPTED"
    message: str = ""

    def add(self, result: RunResult) -> None:
        self.outcomes[result.outcome] += 1
        if not result.applied:
            self.bad.append(result)
            return
        self.rows += result.counts.loaded
        if result.partition in self.before:
            self.freed += self.before[result.partition] - result.counts.quarantined

    @property
    def plain(self) -> dict[str, Any]:
        told = [
            {"partition": str(r.partition), "outcome": r.outcome, "code": r.code} for r in self.bad
        ]
        body = {
            "outcomes": dict(self.outcomes),
            "rows_loaded": self.rows,
            "bad": told[:TOLD],
            "bad_count": len(told),
        }
        if self.before:
            body |= {"freed": self.freed, "left": sum(self.before.values()) - self.freed}
        return body | ({"code": self.code, "message": self.message} if self.code else {})


class Works:
    """The plans of one process: starts them, knows which are its own, stops them with it."""

    def __init__(self) -> None:
        self._threads: dict[int, Thread] = {}
        self._lock = Lock()
        self._turn = BoundedSemaphore(AT_ONCE)
        self._stopping = Event()

    def start(
        self, conn: Connection, url: str, order: Order, *, processes: int, park_after: int
    ) -> int:
        """Write an order down and begin it; return the number of its audit row.

        Where another action is at one of the same partitions, the row says so (``refused``,
        ``because``) and nothing runs.
        """
        detail = {**order.detail, "steps": encoded(order.plan.steps), "worker": _here()}
        with self._lock:  # an action that is written down but not begun would look lost
            number = action.begin(conn, order.person, order.verb, order.subject, detail)
            if other := self._at_work(conn, number, order.plan.steps):
                action.end(conn, number, "refused", {"because": other})
                return number
            thread = Thread(
                target=self._carry_out,
                args=(url, number, order),
                kwargs={"processes": processes, "park_after": park_after},
                name=f"action {number}",
                daemon=True,
            )
            self._threads[number] = thread
            thread.start()
        return number

    def is_lost(self, told: Action, steps: Iterable[Step], now: datetime) -> bool:
        """Tell whether nobody is at a running action any more.

        Of this machine the process is asked after; of another one, an action that moved nothing
        for two hours is given up, like its runs.
        """
        if told.state != "running":
            return False
        worker = told.detail.get("worker", {})
        if worker.get("host") == socket.gethostname():
            if worker.get("process") == os.getpid():
                return told.action_id not in self._threads
            return not _is_alive(worker)
        moved = [step.moved_at for step in steps if step.moved_at]
        return max([told.started_at, *moved]) < now - ABANDONED

    def close(self) -> None:
        """Stop: every plan ends after the partitions at hand, and its audit row says so."""
        self._stopping.set()
        for thread in list(self._threads.values()):
            thread.join(LEAVE_SECONDS)
        self._stopping.clear()

    def _at_work(self, conn: Connection, number: int, steps: Sequence[Partition]) -> int | None:
        """Return the number of an older action at one of the same partitions; end lost ones."""
        wanted = set(steps)
        for other in action.running(conn):
            theirs = decoded(other.detail)
            if other.action_id >= number or wanted.isdisjoint(theirs):
                continue
            moved = action.progress(conn, theirs, other.started_at)
            if not self.is_lost(other, moved, datetime.now(ZONE)):
                return other.action_id
            action.end(conn, other.action_id, "failed", {"code": "WORKER-LOST"})
        return None

    def _carry_out(
        self, url: str, number: int, order: Order, *, processes: int, park_after: int
    ) -> None:
        tally = _Tally(order.before)
        state: End = "failed"
        try:
            with self._turn:
                results = carry_out(
                    order.plan,
                    order.workshop,
                    processes=processes,
                    park_after=park_after,
                    is_apart=True,
                )
                # Closing the generator lets every worker finish the partition it is at.
                with closing(results):
                    self._take(results, tally)
            if sum(tally.outcomes.values()) == len(order.plan.steps):
                state, tally.code = "done", ""
        except HubError as error:
            tally.code, tally.message = error.code, error.what
        finally:
            with closing(connect(url)) as conn:
                action.end(conn, number, state, tally.plain)
            with self._lock:
                del self._threads[number]

    def _take(self, results: Iterator[RunResult], tally: _Tally) -> None:
        """Count results until the last one, or until the process is to stop."""
        while not self._stopping.is_set():
            result = next(results, None)
            if result is None:
                return
            tally.add(result)


def encoded(steps: Iterable[Partition]) -> dict[str, dict[str, list[list[str]]]]:
    """Return partitions as JSON: agency -> feed -> spans of days."""
    found: dict[str, dict[str, list[date]]] = {}
    for step in steps:
        found.setdefault(step.agency, {}).setdefault(step.feed, []).append(step.day)
    return {
        agency: {
            feed: [[first.isoformat(), last.isoformat()] for first, last in spans(days)]
            for feed, days in sorted(feeds.items())
        }
        for agency, feeds in sorted(found.items())
    }


def decoded(detail: Mapping[str, Any]) -> list[Partition]:
    """Return the partitions of an action's detail, by agency, feed and day."""
    return [
        Partition(agency, feed, date.fromisoformat(first) + timedelta(n))
        for agency, feeds in detail.get("steps", {}).items()
        for feed, told in feeds.items()
        for first, last in told
        for n in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    ]


def _here() -> dict[str, Any]:
    process = psutil.Process()
    return {
        "host": socket.gethostname(),
        "process": process.pid,
        "since": process.create_time(),
    }


def _is_alive(worker: Mapping[str, Any]) -> bool:
    """Tell whether a process of this machine lives; its number may have gone to another one."""
    try:
        since = psutil.Process(worker["process"]).create_time()
    except psutil.NoSuchProcess:
        return False
    return bool(abs(since - worker["since"]) < 1)
