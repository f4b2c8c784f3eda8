"""The controller of a round: it moves workers from step to step, so that timing decides nothing.

A worker is running, paused at a step, blocked by a lock (PostgreSQL says so) or over. Nobody is
moved before everybody else has come to rest, therefore a seed gives one interleaving.
"""

import itertools
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from tests.faults import truth, worker
from tests.faults.design import DONE, Design, Desk
from tests.faults.server import Crash, Server

REST_SECONDS = 30.0
"""Nothing in a round takes longer; a worker that does is a finding of its own."""


ANYTIME = "anytime"
"""Where a free worker is met."""


class State(Enum):
    """What a worker does."""

    RUNNING = auto()
    PAUSED = auto()
    OVER = auto()


@dataclass(slots=True)
class Actor:
    """A worker process as the controller sees it."""

    order: worker.Order
    process: BaseProcess
    pipe: Pipe
    state: State = State.RUNNING
    step: str = ""
    token: int = 0
    version: int = 0
    outcome: str = ""

    @property
    def part(self) -> int:
        """Return the partition it works on."""
        return self.order.part


def _signal(actor: Actor, number: signal.Signals) -> bool:
    """Send a signal to a worker that is still there; tell whether it was."""
    if actor.state is State.OVER or actor.process.exitcode is not None:
        return False
    assert actor.process.pid is not None
    with suppress(ProcessLookupError):
        os.kill(actor.process.pid, number)
        return True
    return False


@dataclass(slots=True)
class Tally:
    """What was injected: kind of fault -> how often, step -> workers killed there."""

    faults: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Stage:
    """A database, a design in it, a source, and the workers of the current round.

    Attributes:
        acked: partition -> newest version that a load has acknowledged to its caller.
        tokens: partition -> tokens of acknowledged loads.
        tally: what was injected, over all stages.
    """

    server: Server
    design: Callable[[str, str], Design]
    desk: Desk
    url: str
    source: truth.Source
    actors: list[Actor] = field(default_factory=list)
    acked: dict[int, int] = field(default_factory=dict)
    tokens: dict[int, list[int]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    findings: list[str] = field(default_factory=list)
    _places: tuple[str, ...] = ()
    _parts: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _names: "itertools.count[int]" = field(default_factory=itertools.count)
    _observer: Connection | None = None

    def count(self, fault: str, times: int = 1) -> None:
        """Note that a fault was injected."""
        self.tally.faults[fault] += times

    # -- partitions and workers

    def number_from(self, part: int) -> None:
        """Give the next partition this number, so that a round repeats wherever it is played."""
        self._parts = itertools.count(part)

    def learn(self, places: tuple[str, ...]) -> None:
        """Take over what another stage of the same design knows of its steps."""
        self._places = places

    def partition(self, *, loaded: bool) -> int:
        """Open a new partition, with a first version in the source and perhaps in the facts."""
        part = next(self._parts)
        self.source.correct(part)
        if loaded:
            self.finish(self.worker(part))
        return part

    def worker(self, part: int, *, like: Actor | None = None, free: bool = False) -> Actor:
        """Start a worker and let it come to its first step; ``like`` delivers its task again."""
        name = f"faults-{next(self._names)}"
        order = worker.Order(
            self.design,
            self.url,
            name,
            part,
            self.source,
            like.token if like else 0,
            like.version if like else 0,
            free,
        )
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=worker.work, args=(order, theirs), daemon=True)
        process.start()
        theirs.close()
        actor = Actor(order, process, ours, step=ANYTIME if free else "")
        self.actors.append(actor)
        if not free:
            self.settle()
        return actor

    @property
    def places(self) -> tuple[str, ...]:
        """Return the steps of a run of this design in order, learnt from one quiet run."""
        if not self._places:
            part = self.partition(loaded=True)
            self.source.correct(part)
            actor = self.worker(part)
            met = []
            while actor.state is State.PAUSED:
                met.append(actor.step)
                self.go(actor)
            self._places = tuple(dict.fromkeys(met))
            self.close()
        return self._places

    @property
    def loading(self) -> tuple[str, ...]:
        """Return the steps at which the rows are in hand."""
        return self.places[self.places.index(worker.LANDED) :]

    # -- moving

    def go(self, actor: Actor, command: str = "go") -> None:
        """Let a paused worker take one step, and wait until all are at rest."""
        assert actor.state is State.PAUSED
        actor.state = State.RUNNING
        actor.pipe.send(command)
        self.settle()

    def until(self, actor: Actor, step: str) -> bool:
        """Walk a worker to a step; False when it ends or blocks before."""
        while actor.state is State.PAUSED and actor.step != step:
            self.go(actor)
        return actor.state is State.PAUSED

    def finish(self, *actors: Actor) -> None:
        """Let workers run to their ends, whatever they meet."""
        for actor in actors:
            if actor.state is State.PAUSED:
                actor.state = State.RUNNING
                actor.pipe.send("run")
        limit = time.monotonic() + REST_SECONDS
        while any(a.state is not State.OVER for a in actors):
            self._hear(0.05)
            for actor in actors:
                if actor.state is State.PAUSED:  # it was blocked when told to run
                    actor.state = State.RUNNING
                    actor.pipe.send("run")
            self._expect(limit, "a worker did not end")

    def settle(self) -> None:
        """Wait until every worker is paused, over, or blocked by another."""
        limit = time.monotonic() + REST_SECONDS
        while True:
            self._hear(0.002)
            running = {a.order.name for a in self.actors if a.state is State.RUNNING}
            if not running or running <= self._blocked():
                return
            self._expect(limit, "workers do not come to rest")

    def _hear(self, seconds: float) -> None:
        pipes = {a.pipe: a for a in self.actors if a.state is not State.OVER}
        for pipe in wait(list(pipes), seconds):
            assert isinstance(pipe, Pipe)
            self._listen(pipes[pipe])

    def _listen(self, actor: Actor) -> None:
        try:
            message = actor.pipe.recv()
        except (EOFError, ConnectionResetError):
            actor.process.join()
            actor.state = State.OVER
            actor.pipe.close()
            if not actor.outcome:
                self._died(actor)
            return
        match message:
            case worker.At(step):
                actor.state, actor.step = State.PAUSED, step
            case worker.Claimed(token):
                actor.token = token
            case worker.Pulled(version):
                actor.version = version
            case worker.Ended(outcome):
                self._ended(actor, outcome)

    def _died(self, actor: Actor) -> None:
        actor.outcome = "killed"
        if actor.process.exitcode != -signal.SIGKILL:
            self.findings.append(f"worker ended with {actor.process.exitcode} at {actor.step}")

    def _ended(self, actor: Actor, outcome: str) -> None:
        actor.outcome = outcome
        if outcome in DONE:
            self.acked[actor.part] = max(self.acked.get(actor.part, 0), actor.version)
            if actor.token:
                self.tokens.setdefault(actor.part, []).append(actor.token)
        elif outcome != "superseded":
            self.findings.append(f"partition {actor.part}: {outcome}")

    def _expect(self, limit: float, what: str) -> None:
        if time.monotonic() > limit:
            states = [(a.order.name, a.part, a.state.name, a.step) for a in self.actors]
            raise TimeoutError(f"{what}: {states}; blocked: {sorted(self._blocked())}")

    # -- what PostgreSQL says

    @property
    def observer(self) -> Connection:
        """Return the controller's own connection, outside any transaction."""
        if self._observer is None or self._observer.closed:
            self._observer = self.connect()
            self._observer.autocommit = True
        return self._observer

    def connect(self) -> Connection:
        """Open a connection that sees the design's tables."""
        return self.desk.connect()

    def _blocked(self) -> set[str]:
        with self.observer.cursor() as cur:
            cur.execute(
                "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE NOT l.granted"
            )
            return {name for (name,) in cur.fetchall()}

    def backends(self, actor: Actor) -> list[int]:
        """Return the process ids of a worker's backends, oldest first."""
        with self.observer.cursor() as cur:
            cur.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
                " ORDER BY backend_start",
                (actor.order.name,),
            )
            return [pid for (pid,) in cur.fetchall()]

    def await_backend(self, actor: Actor) -> None:
        """Wait until a free worker is connected, or over."""
        limit = time.monotonic() + REST_SECONDS
        while actor.process.exitcode is None and not self.backends(actor):
            self._expect(limit, "a worker does not connect")

    # -- faults

    def kill(self, actor: Actor) -> None:
        """SIGKILL a worker; wait until its backends have noticed."""
        if _signal(actor, signal.SIGKILL):
            self.tally.killed[actor.step] += 1
            self.count("kill")
        self._await_end(actor)
        self._await_gone(actor)

    def _await_end(self, actor: Actor) -> None:
        limit = time.monotonic() + REST_SECONDS
        while actor.state is not State.OVER:
            self._hear(0.01)
            self._expect(limit, "a killed worker lives on")

    def _await_gone(self, actor: Actor) -> None:
        limit = time.monotonic() + REST_SECONDS
        while self.backends(actor):
            time.sleep(0.002)
            self._expect(limit, "a killed worker's backend lives on")

    def stop(self, actor: Actor) -> None:
        """SIGSTOP a worker: it exists, holds what it holds, and does nothing."""
        if _signal(actor, signal.SIGSTOP):
            self.count("pause")

    def resume(self, actor: Actor) -> None:
        """SIGCONT a worker."""
        _signal(actor, signal.SIGCONT)

    def terminate(self, actor: Actor, which: int) -> None:
        """``pg_terminate_backend`` one of a worker's backends; wait until it is gone."""
        pids = self.backends(actor)
        if not pids:
            return
        pid = pids[which % len(pids)]
        with self.observer.cursor() as cur:
            cur.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
        self.count("terminate")

    def crash(self, how: Crash) -> None:
        """Crash the database and bring it back."""
        backend = self.observer.info.backend_pid
        self.server.crash(how, backend)
        with suppress(psycopg2.Error):
            self.observer.close()
        self._observer = None
        self.count(f"crash: {how}")

    def close(self) -> None:
        """End what is left of the round's workers."""
        for actor in self.actors:
            _signal(actor, signal.SIGKILL)
            self._await_end(actor)
        self.actors.clear()
