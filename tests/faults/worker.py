"""A worker: a process of its own that claims, pulls, loads, and retries what may be retried.

It is forked from a server that has imported everything once, so that killing it is cheap.
"""

import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import NamedTuple, TypeVar

import psycopg2

from contracts.errors import HubError, LoadConflict
from tests.faults import truth
from tests.faults.design import Design
from warehouse import step

T = TypeVar("T")

TRIES = 60
PAUSE_SECONDS = 0.05
"""A crashed database is back after a fraction of a second; a worker tries for three."""

PULLING = "during_pull"
"""Between the first and the last page; the other steps are those of ``warehouse.step``."""

LANDED = "after_land"
"""All rows are in hand; said by the design, as is ``after_claim``."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one worker is told.

    Attributes:
        design: class of the design, made as ``design(url, name)``.
        url: address of its database.
        name: name of the worker, shown by ``pg_stat_activity``.
        part: number of the partition.
        source: where versions are read.
        token: a token claimed before, for a task that is delivered twice; 0 claims a new one.
        version: version pulled before, with ``token``.
        free: whether it runs without stopping at steps.
    """

    design: Callable[[str, str], Design]
    url: str
    name: str
    part: int
    source: truth.Source
    token: int = 0
    version: int = 0
    free: bool = False


class At(NamedTuple):
    """The worker stands at a step and waits to be told."""

    step: str


class Claimed(NamedTuple):
    """The run exists."""

    token: int


class Pulled(NamedTuple):
    """The rows in hand are of this version."""

    version: int


class Ended(NamedTuple):
    """The caller of the load has its answer."""

    outcome: str


class Probe:
    """Stops the worker at every named step until the controller says how to go on."""

    def __init__(self, pipe: Pipe, design: Design, *, free: bool) -> None:
        self.pipe = pipe
        self.design = design
        self.free = free

    def at(self, step: str) -> None:
        """Stand in for ``warehouse.step.at``."""
        if self.free:
            return
        self.pipe.send(At(step))
        match self.pipe.recv():
            case "run":
                self.free = True
            case "deaf":
                self._lose_answers()

    def _lose_answers(self) -> None:
        """Send from now on, hear nothing: COMMIT arrives, its answer is lost."""
        for conn in self.design.connections:
            twin = socket.socket(fileno=os.dup(conn.fileno()))
            twin.shutdown(socket.SHUT_RD)
            twin.close()


def work(order: Order, pipe: Pipe) -> None:
    """Run one attempt at a partition to its end and tell the controller."""
    design = order.design(order.url, order.name)
    probe = Probe(pipe, design, free=order.free)
    step.at = probe.at
    try:
        _attempt(order, design, probe)
    except (EOFError, BrokenPipeError):
        os._exit(3)  # the controller is gone
    except (psycopg2.Error, HubError, TimeoutError) as error:
        pipe.send(Ended(f"failed: {type(error).__name__}: {error}"))
    sys.stdout.flush()
    os._exit(0)  # a forked process must not end its parent's connections and threads


def _attempt(order: Order, design: Design, probe: Probe) -> None:
    _again(design.open)
    probe.at("start")
    token = order.token or _again(lambda: design.claim(order.part), design)
    probe.pipe.send(Claimed(token))
    version = order.version or order.source.newest(order.part)
    probe.pipe.send(Pulled(version))
    probe.at(PULLING)
    rows = truth.rows(order.part, version)
    if not order.token:
        _again(lambda: design.land(token, order.part, rows), design)
    probe.pipe.send(Ended(_again(lambda: design.load(token, order.part, rows), design)))


def _again(act: Callable[[], T], design: Design | None = None) -> T:
    """Do it, and again on a new connection as long as the database asks for that."""
    for _ in range(TRIES):
        try:
            return act()
        except (psycopg2.OperationalError, psycopg2.InterfaceError, LoadConflict):
            time.sleep(PAUSE_SECONDS)
            if design is not None:
                _again(design.open)
    raise TimeoutError("the database did not come back")
