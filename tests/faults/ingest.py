"""The same faults one floor up: ``hub.ingest`` against the sandbox, killed, cut off, out of disk."""

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg2

from contracts.errors import HubError
from contracts.partition import Partition
from hub import ingest
from hub.desk import Desk, open_desk
from hub.settings import Settings
from tests.acceptance.nation import Sandbox, sandbox, write_connections
from tests.faults.bench import Bench
from tests.faults.real import Warehouse
from tests.faults.server import Crash, Server
from warehouse.step import STEPS

AGENCY, FEED = "H26", "dossiers"
DAY = date(2020, 3, 10)
FULL_BYTES = 64
"""Where the archive's volume ends for a worker that finds it full; smaller than any landing."""

WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one worker process is told.

    Attributes:
        token: run to load from the archive, as the second task does; 0 begins with a claim.
        lands: whether to stop once landed, as the first task does.
        fault: value of ``HUB_FAULT_STEP``; empty for none.
        disk_bytes: no file may grow past this; 0 for no limit.
    """

    settings: Settings
    partition: Partition
    token: int = 0
    lands: bool = False
    fault: str = ""
    disk_bytes: int = 0


def attempt(order: Attempt, pipe: Pipe) -> None:
    """Run one attempt and tell its outcome, or the code that it failed with."""
    if order.fault:
        os.environ["HUB_FAULT_STEP"] = order.fault
    if order.disk_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.disk_bytes, order.disk_bytes))
    with open_desk(order.settings) as desk:
        try:
            pipe.send(_outcome(desk, order))
        except HubError as error:
            pipe.send(f"failed: {error.code}")
    os._exit(0)  # a forked process must not end its parent's connections


def _outcome(desk: Desk, order: Attempt) -> str:
    if order.lands:
        ingest.land(desk, order.partition, reason="fault campaign")
        return "landed"
    if order.token:
        return ingest.load(desk, order.token).outcome
    return ingest.run(desk, order.partition, reason="fault campaign").outcome


@dataclass(frozen=True, slots=True)
class Floor:
    """A sandbox, a warehouse and an archive of their own."""

    server: Server
    nation: Sandbox
    settings: Settings

    @property
    def archive(self) -> Path:
        """Return the archive's folder."""
        return Path(self.settings.archive)

    def restate(self, partition: Partition, version: int) -> None:
        """Let the agency restate the day."""
        place = {"agency": partition.agency, "feed": partition.feed}
        self.nation.control("restate", {**place, "day": str(partition.day), "version": version})

    def start(self, order: Attempt) -> tuple[BaseProcess, Pipe]:
        """Start a worker."""
        ours, theirs = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=attempt, args=(order, theirs), daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def run(self, partition: Partition, **more: object) -> str:
        """Run a worker to its end; return its outcome, ``killed`` when it was."""
        process, pipe = self.start(Attempt(self.settings, partition, **more))  # type: ignore[arg-type]
        with closing(pipe):
            try:
                outcome = str(pipe.recv())
            except EOFError:
                outcome = "killed"
        process.join(WAIT_SECONDS)
        return outcome

    def ask(self, text: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the warehouse."""
        with closing(psycopg2.connect(self.settings.database_url)) as conn, conn.cursor() as cur:
            cur.execute(text, values)
            return list(cur.fetchall())

    def shown(self, partition: Partition) -> object:
        """Return a fingerprint of everything that core shows of a partition."""
        found = self.ask(
            "SELECT md5(string_agg(f::text, ',' ORDER BY f.key)) FROM core.dossier_change f"
            " JOIN core.dim_agency a USING (agency_id) WHERE a.agency_code = %s AND f.day = %s",
            partition.agency,
            partition.day,
        )
        return found[0][0]

    def drifted(self) -> bool:
        """Tell whether the flow mart differs from a rebuild."""
        measures = (
            "agency_id, day, unit_id, procedure_id, channel_id, service_level_id, submitted,"
            " received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,"
            " overdue_started, overdue_ended"
        )
        kept = f"SELECT {measures} FROM mart.dossier_flow"
        rebuilt = f"SELECT {measures} FROM mart.dossier_flow_rebuilt"
        return bool(self.ask(f"(({kept}) EXCEPT ({rebuilt})) UNION (({rebuilt}) EXCEPT ({kept}))"))

    def last_run(self, partition: Partition) -> tuple[int, str]:
        """Return token and state of a partition's newest run."""
        found = self.ask(
            "SELECT run_id, state FROM ledger.run WHERE agency_code = %s AND feed = %s"
            " AND day = %s ORDER BY run_id DESC LIMIT 1",
            partition.agency,
            partition.feed,
            partition.day,
        )
        token, state = found[0]
        assert isinstance(token, int)
        return token, str(state)


@contextmanager
def open_floor(bench: Bench, folder: Path) -> Iterator[Floor]:
    """Open a floor until the end of the block; its database is one of the bench's."""
    with sandbox(folder, scale=0.002) as nation:
        write_connections(folder / "connections.yaml", nation)
        stage = bench.stage(Warehouse)
        yield Floor(bench.server, nation, Settings(state=folder, database_url=stage.url))


def _partition(number: int) -> Partition:
    return Partition(AGENCY, FEED, date.fromordinal(DAY.toordinal() + number))


def killed_at(step: str) -> Callable[[Floor, int], list[str]]:
    """Make the round that kills an ingest at a step and tries again."""

    def killed(floor: Floor, number: int) -> list[str]:
        partition = _partition(number)
        floor.run(partition)
        old = floor.shown(partition)
        floor.restate(partition, 1)
        outcome = floor.run(partition, fault=f"{step}:kill")
        found = floor.shown(partition)
        again = floor.run(partition)
        new = floor.shown(partition)
        expected = new if step == STEPS[-1] else old
        wrong = {
            f"the worker was not killed but ended as {outcome}": outcome != "killed",
            "the correction changed nothing": old == new,
            "after the kill neither the old nor the new day is whole": found != expected,
            f"the retry ended as {again}": again not in {"loaded", "unchanged"},
            "the mart differs from a rebuild": floor.drifted(),
        }
        return [f"ingest killed at {step}: {text}" for text, is_so in wrong.items() if is_so]

    return killed


def killed_unheard(floor: Floor, number: int) -> list[str]:
    """COMMIT is on its way when the worker dies; the cleared task finds its token applied."""
    partition = _partition(number)
    process, pipe = floor.start(Attempt(floor.settings, partition, fault="before_commit:pause"))
    pid = process.pid
    assert pid is not None
    _await(lambda: _is_stopped(pid), "the worker does not pause")
    backend = floor.ask(
        "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction'"
        " AND datname = current_database() AND application_name = 'hub'"
    )[0][0]
    assert isinstance(backend, int)
    os.kill(backend, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.1)  # enough to send COMMIT; its answer cannot come
    process.kill()
    process.join(WAIT_SECONDS)
    pipe.close()
    os.kill(backend, signal.SIGCONT)
    gone = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    _await(lambda: floor.ask(gone, backend) == [(0,)], "the backend lives on")
    token, state = floor.last_run(partition)
    before = floor.shown(partition)
    again = floor.run(partition, token=token)
    wrong = {
        f"COMMIT arrived, but the run is {state}": state != "loaded",
        f"the cleared task ended as {again}": again != "already",
        "the cleared task wrote again": floor.shown(partition) != before,
        "nothing is shown": before is None,
    }
    return [f"ingest killed with COMMIT sent: {text}" for text, is_so in wrong.items() if is_so]


def out_of_disk(floor: Floor, number: int) -> list[str]:
    """The archive's volume is full: the run fails before the load and leaves no temporary file."""
    partition = _partition(number)
    floor.run(partition)
    old = floor.shown(partition)
    floor.restate(partition, 1)
    files = set(_files(floor.archive))
    outcome = floor.run(partition, disk_bytes=FULL_BYTES)
    left = set(_files(floor.archive)) - files
    _, state = floor.last_run(partition)
    shown = floor.shown(partition)
    again = floor.run(partition)
    wrong = {
        f"the run ended as {outcome}": outcome != "failed: ARCHIVE-WRITE",
        f"the ledger says {state}": state != "failed",
        f"files left behind: {sorted(left)}": bool(left),
        "the old day is not shown": shown != old,
        f"the retry ended as {again}": again != "loaded",
    }
    return [f"archive full: {text}" for text, is_so in wrong.items() if is_so]


def crashed_between_tasks(floor: Floor, number: int) -> list[str]:
    """The first task has landed the day, the database crashes, the second task loads it."""
    partition = _partition(number)
    landed = floor.run(partition, lands=True)
    token, _ = floor.last_run(partition)
    floor.server.crash(Crash.IMMEDIATE)
    loaded = floor.run(partition, token=token)
    wrong = {
        f"the landing ended as {landed}": landed != "landed",
        f"the load ended as {loaded}": loaded != "loaded",
        "nothing is shown": floor.shown(partition) is None,
    }
    return [f"crash between land and load: {text}" for text, is_so in wrong.items() if is_so]


ROUNDS: dict[str, Callable[[Floor, int], list[str]]] = {
    **{f"killed_at_{step}": killed_at(step) for step in STEPS},
    "killed_unheard": killed_unheard,
    "out_of_disk": out_of_disk,
    "crashed_between_tasks": crashed_between_tasks,
}
"""Every round of this floor by name."""


def _files(folder: Path) -> Iterator[str]:
    return (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _await(is_so: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + WAIT_SECONDS
    while not is_so():
        if time.monotonic() > limit:
            raise TimeoutError(what)
        time.sleep(0.005)
