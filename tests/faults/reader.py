"""Readers that take snapshots of one partition while it is replaced without a pause."""

import multiprocessing
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Event
from typing import NamedTuple

from tests.faults import truth
from tests.faults.real import Warehouse
from tests.faults.stage import Stage

PART = 1

MODES: Mapping[str, tuple[str, bool]] = {
    "one statement, READ COMMITTED": ("READ COMMITTED", False),
    "two statements, REPEATABLE READ": ("REPEATABLE READ READ ONLY", True),
    "two statements, SERIALIZABLE": ("SERIALIZABLE READ ONLY DEFERRABLE", True),
}
"""Name -> (transaction mode, whether head and facts are read one after the other)."""


class Snapshots(NamedTuple):
    """What one reader saw.

    Attributes:
        taken: number of snapshots.
        partial: those that were no whole version, or whose figures and facts differed.
        versions: distinct versions seen.
    """

    taken: int
    partial: int
    versions: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What a reader is told; it goes on until both numbers are reached."""

    url: str
    source: truth.Source
    mode: str
    snapshots: int
    versions: int


def replace(url: str, source: truth.Source, stop: Event) -> None:
    """Correct and reload the partition until told to stop."""
    design = Warehouse(url, "replacer")
    design.open()
    while not stop.is_set():
        version = source.correct(PART)
        rows = truth.rows(PART, version)
        token = design.claim(PART)
        design.land(token, PART, rows)
        design.load(token, PART, rows)
    os._exit(0)  # a forked process must not end its parent's connections


def read(watch: Watch, pipe: Pipe) -> None:
    """Take snapshots and tell what they were."""
    desk = Warehouse(watch.url, "reader")
    level, is_pair = MODES[watch.mode]
    known: dict[truth.Seen, int] = {truth.truth(PART, 1): 1}
    taken, partial, seen_versions, newest = 0, 0, set(), 1
    with closing(desk.connect()) as conn:
        while taken < watch.snapshots or newest < watch.versions:
            taken += 1
            with conn, conn.cursor() as cur:
                cur.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                figures = desk.figures(cur, PART) if is_pair else None
                seen = truth.seen(desk.facts(cur, PART))
            for version in range(newest + 1, watch.source.newest(PART) + 1):
                known[truth.truth(PART, version)] = newest = version
            seen_versions.add(known.get(seen, 0))
            partial += seen not in known or figures not in (None, (seen.rows, seen.total))
    pipe.send(Snapshots(taken, partial, len(seen_versions - {0})))
    os._exit(0)


def watch_modes(stage: Stage, snapshots: int) -> dict[str, Snapshots]:
    """Take so many snapshots in every mode, all modes at once, while the day is replaced."""
    stage.number_from(PART)
    stage.partition(loaded=True)
    stage.close()
    assert not stage.findings, stage.findings
    context = multiprocessing.get_context("forkserver")
    stop = context.Event()
    writer = context.Process(target=replace, args=(stage.url, stage.source, stop), daemon=True)
    writer.start()
    readers = {}
    for mode in MODES:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        watch = Watch(stage.url, stage.source, mode, snapshots, snapshots // 10)
        context.Process(target=read, args=(watch, theirs), daemon=True).start()
        theirs.close()
        readers[mode] = ours
    results = {mode: ours.recv() for mode, ours in readers.items()}
    stop.set()
    writer.join()
    return results
