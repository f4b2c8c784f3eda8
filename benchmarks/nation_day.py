"""A nation-day through Airflow, split into scheduling and work.

Airflow's own database says when a task was wanted (all it waits for was done), begun and ended;
the ledger says when the hub claimed, had landed and ended the run. What lies between is
Airflow's: waiting for a slot, starting the task's process, and closing it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg2

Key = tuple[str, str]
"""(agency code, feed)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One finished task instance; instants carry their zone."""

    agency: str
    feed: str
    step: str
    scheduled_at: datetime
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One ended run of the ledger; ``landed_at`` is None where the pull failed."""

    agency: str
    feed: str
    started_at: datetime
    landed_at: datetime | None
    ended_at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Split:
    """Where the seconds of a nation-day went; sums run over all tasks, which overlap.

    Attributes:
        tasks, partitions, rows: how much was done.
        wall: from the first task wanted to the last task ended.
        waiting: wanted, but no slot or scheduler had taken the task up.
        starting: between a task's begin and the hub's first statement (fork, imports, reading
            the DAG); known of ``land``, taken as its median for ``load``.
        work: in the hub: claim to landed, and judged to committed.
        closing: from the hub's last statement to the end of the task.
    """

    tasks: int
    partitions: int
    rows: int
    wall: float
    waiting: float
    starting: float
    work: float
    closing: float

    @property
    def work_ratio(self) -> float:
        """Return the share of the task seconds, waiting excluded, that were work."""
        busy = self.starting + self.work + self.closing
        return self.work / busy if busy else 0.0


def read(metadata: str, warehouse: str, day: date) -> Split:
    """Return the split of one data day from Airflow's database and the ledger."""
    queries = _queries()
    tasks = [Task(*row) for row in _rows(metadata, queries["nation_day"], day.isoformat())]
    runs = [Run(*row) for row in _rows(warehouse, queries["ledger_day"], day)]
    return split(tasks, runs)


def split(tasks: Sequence[Task], runs: Iterable[Run]) -> Split:
    """Return where the time of finished tasks went.

    Raises:
        ValueError: no task of a loaded partition was found.
    """
    known = {(run.agency, run.feed): run for run in runs}  # the last run of a partition wins
    lands = {(task.agency, task.feed): task for task in tasks if task.step == "land"}
    loads = {(task.agency, task.feed): task for task in tasks if task.step == "load"}
    whole = sorted(key for key in known if key in lands and key in loads and known[key].landed_at)
    if not whole:
        raise ValueError("no partition of this day was landed and loaded by Airflow")
    used = [table[key] for key in whole for table in (lands, loads)]
    starts = {key: _seconds(known[key].started_at - lands[key].started_at) for key in whole}
    usual = max(median(starts.values()), 0.0)
    return Split(
        tasks=len(used),
        partitions=len(whole),
        rows=sum(known[key].rows for key in whole),
        wall=_seconds(max(t.ended_at for t in used) - min(t.scheduled_at for t in used)),
        waiting=sum(_seconds(t.started_at - t.scheduled_at) for t in used),
        starting=sum(starts.values()) + usual * len(whole),
        work=sum(_work(known[key], loads[key], usual) for key in whole),
        closing=sum(_closing(known[key], lands[key], loads[key]) for key in whole),
    )


def _work(run: Run, load: Task, usual_start: float) -> float:
    assert run.landed_at
    loading = _seconds(run.ended_at - load.started_at) - usual_start
    return _seconds(run.landed_at - run.started_at) + max(loading, 0.0)


def _closing(run: Run, land: Task, load: Task) -> float:
    assert run.landed_at
    return _seconds(land.ended_at - run.landed_at) + _seconds(load.ended_at - run.ended_at)


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


def _queries() -> Mapping[str, str]:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    parts = [part for part in text.split("-- name: ") if part]
    return {part.partition("\n")[0].strip(): "-- " + part for part in parts}


def _rows(url: str, query: str, day: str | date) -> list[tuple[Any, ...]]:
    plain = url.replace("postgresql+psycopg2:", "postgresql:", 1)
    with closing(psycopg2.connect(plain)) as connection, connection.cursor() as cursor:
        cursor.execute(query, {"day": day})
        return cursor.fetchall()
