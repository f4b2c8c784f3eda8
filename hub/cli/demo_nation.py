"""What the demo does: a nation-day through Airflow, failed days healed, the second judge."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.errors import HubError
from contracts.frequency import Frequency
from contracts.partition import Partition
from hub import airflow
from hub.cli.demo_machine import Machine
from hub.period import days_between
from warehouse.database import connect
from warehouse.figures import PartitionState, status_matrix

DONE = frozenset({"loaded", "quarantine"})
"""States of a partition that shows the day its source gave."""

SPANNING = ("audit", "bulk", "national")
"""DAGs beside those of the agencies."""

FAILED_DAYS = 5
FAULT = "http_403"
"""What the three agencies do on those days: refuse, which no retry can help."""

PATIENCE_SECONDS = 120.0
POLL_SECONDS = 1.0
ASK_AIRFLOW_SECONDS = 3.0
"""The ledger is asked every second, Airflow less often: its answers cost its api-server."""

Tell = Callable[[int, int], None]
"""Told again and again: partitions done, partitions asked for."""


@dataclass(slots=True)
class Nation:
    """The demo's work.

    Attributes:
        machine: what runs.
        rest: Airflow.
        day: the nation-day.
    """

    machine: Machine
    rest: airflow.Rest
    day: date

    def expected(self) -> list[Partition]:
        """Return what the registry says must exist for the day, feeds of longer periods too."""
        return self.machine.registry.expected(self.day)

    def await_dags(self) -> None:
        """Wait until Airflow has read every DAG, and let them run.

        Raises:
            HubError: a DAG file cannot be read, or not all of them were in time.
        """
        wanted = {*SPANNING} | {
            dag_of(code, agency.frequency(feed))
            for code, agency in self.machine.registry.agencies.items()
            for feed in agency.feeds
        }
        deadline = time.monotonic() + PATIENCE_SECONDS
        while missing := wanted - self.rest.dag_ids():
            self.machine.services.check()
            unread = self.rest.import_errors()
            if unread or time.monotonic() > deadline:
                told = unread[0] if unread else f"missing: {', '.join(sorted(missing)[:5])}"
                raise HubError("Airflow cannot read the DAGs", code="AIRFLOW", seen=told)
            time.sleep(POLL_SECONDS)
        self.rest.unpause()

    def run_day(self, tell: Tell) -> None:
        """Let Airflow run the day for every agency that has something open; wait for the end."""
        key = self.day.isoformat()
        asked = self.expected()
        agencies = self.machine.registry.agencies
        started = {dag_of(p.agency, agencies[p.agency].frequency(p.feed)) for p in self.open(asked)}
        for dag in sorted(started):
            if not self.rest.trigger(dag, key, run_id=f"demo__{key}"):
                self.rest.clear_failed(dag, key, key)
        self._await_runs(started, asked, tell)

    def failing(self) -> list[Partition]:
        """Return the partitions of the five days before, for three agencies of unlike systems."""
        chosen: dict[str, str] = {}
        for partition in self.expected():
            if partition.feed == "dossiers":
                agency = self.machine.registry.agency(partition.agency)
                chosen.setdefault(agency.feeds["dossiers"].system, partition.agency)
        codes = set(list(chosen.values())[:3])
        first = self.day - timedelta(FAILED_DAYS)
        wanted = self.machine.registry.expected_between(first, self.day - timedelta(1), "day")
        return [partition for partition in wanted if partition.agency in codes]

    def fail_days(self, tell: Tell) -> int:
        """Let Airflow backfill days while their sources refuse; return how many were refused."""
        asked = self.failing()
        codes, first, last = span_of(asked)
        if Counter(p.agency for p in self.open(asked)) != Counter(p.agency for p in asked):
            return 0  # a demo before this one got further
        for code in codes:
            for day in days_between(date.fromisoformat(first), date.fromisoformat(last)):
                self.machine.set_fault(FAULT, agency=code, day=day.isoformat())
        for code in codes:
            self.rest.backfill(dag_of(code), first, last)
        dags = map(dag_of, codes)
        self._await_runs(dags, asked, lambda *_: tell(self._refused(asked), len(asked)))
        return self._refused(asked)

    def heal_days(self, tell: Tell) -> None:
        """Let the sources serve again and clear what failed, as ``dags clear --only-failed``."""
        self.machine.clear_faults()
        asked = self.failing()
        codes, first, last = span_of(asked)
        for code in codes:
            if any(p.agency == code for p in self.open(asked)):
                self.rest.clear_failed(dag_of(code), first, last)
        self._await_runs(map(dag_of, codes), asked, tell)

    def audit_day(self) -> str:
        """Let the second judge speak about the day; return the state of its run."""
        key = self.day.isoformat()
        if not self.rest.trigger("audit", key, run_id=f"demo__{key}"):
            self.rest.clear_failed("audit", key, key)
        while not (ended := self._ended({"audit"}, [key])):
            self.machine.services.check()
            time.sleep(POLL_SECONDS)
        return "failed" if ended["failed"] else "success"

    def states(self, asked: Iterable[Partition]) -> dict[Partition, PartitionState]:
        """Return what the ledger knows of some partitions."""
        wanted = set(asked)
        first, last = min(p.day for p in wanted), max(p.day for p in wanted)
        with closing(connect(self.machine.server.url)) as conn:
            known = status_matrix(conn, first, last)
        found = {Partition(s.agency, s.feed, s.day): s for s in known}
        return {partition: found[partition] for partition in wanted & set(found)}

    def open(self, asked: Iterable[Partition]) -> list[Partition]:
        """Return the partitions that do not show their day yet, by agency."""
        wanted = list(asked)
        known = self.states(wanted)
        return [p for p in wanted if p not in known or known[p].state not in DONE]

    def _refused(self, asked: Collection[Partition]) -> int:
        return sum(state.last_state == "failed" for state in self.states(asked).values())

    def _await_runs(self, dags: Iterable[str], asked: list[Partition], tell: Tell) -> None:
        """Wait until no run of some DAGs for the days asked for is under way."""
        keys = sorted({p.day.isoformat() for p in asked})
        dag_ids = set(dags)
        asked_at = time.monotonic()
        while True:
            self.machine.services.check()
            left = len(self.open(asked))
            tell(len(asked) - left, len(asked))
            if not left:
                return
            if time.monotonic() - asked_at > ASK_AIRFLOW_SECONDS:
                if self._ended(dag_ids, keys) is not None:
                    return
                asked_at = time.monotonic()
            time.sleep(POLL_SECONDS)

    def _ended(self, dag_ids: Collection[str], keys: Iterable[str]) -> Counter[str] | None:
        """Return how the runs ended, None while one has not."""
        states: Counter[str] = Counter()
        for key in keys:
            states += self.rest.run_states(key, dag_ids)
        return None if states["queued"] or states["running"] else states


def dag_of(code: str, frequency: Frequency = "day") -> str:
    """Return the id of the DAG of an agency's feeds of one frequency."""
    return f"agency_{code}" if frequency == "day" else f"agency_{code}_{frequency}"


def span_of(asked: Collection[Partition]) -> tuple[list[str], str, str]:
    """Return the agencies of some partitions, their first and their last day."""
    days = sorted(p.day.isoformat() for p in asked)
    return sorted({p.agency for p in asked}), days[0], days[-1]
