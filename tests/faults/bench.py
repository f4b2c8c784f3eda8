"""One crashable server and fresh databases on it for rounds of any design."""

import itertools
import multiprocessing
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg2

from tests.faults import truth
from tests.faults.design import Fenced
from tests.faults.real import Warehouse
from tests.faults.rounds import Round, play
from tests.faults.server import Server
from tests.faults.stage import Stage, Tally

RENEW = 20
"""Rounds per database: the checker rebuilds marts from scratch, so databases stay small."""

PARTS = 16
"""Partition numbers that one round may use: two agencies of eight days."""

PRELOAD = ["tests.faults.worker", "tests.faults.mutants", "tests.faults.real", "hub.ingest"]
"""Imported once by the process that all workers are forked from."""

TEMPLATE = "template_warehouse"

Kind = type[Fenced] | type[Warehouse]


class Bench:
    """Owns the server; makes stages; plays numbered rounds."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        multiprocessing.set_forkserver_preload(PRELOAD)
        self.server = Server()
        Warehouse(self.server.create(TEMPLATE)).prepare()
        self._databases = itertools.count(1)
        self._places: dict[Kind, tuple[str, ...]] = {}

    def stage(self, kind: Kind) -> Stage:
        """Return a stage for a design in a fresh database."""
        name = f"round_{next(self._databases)}"
        self.drop_behind(name)
        template = TEMPLATE if kind is Warehouse else "template1"
        conn = psycopg2.connect(self.server.url())
        conn.autocommit = True
        with conn.cursor() as cur:
            cur.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
            # A clone inherits the numbers that its template's sequences had logged ahead, without
            # their WAL: a crash before the next checkpoint would give tokens out twice.
            cur.execute("CHECKPOINT")
        conn.close()
        url = self.server.url(name)
        desk = kind(url)
        if kind is not Warehouse:
            desk.prepare()
        folder = Path(tempfile.mkdtemp(dir=self.server.folder))
        stage = Stage(self.server, kind, desk, url, truth.Source(folder), tally=self.tally)
        stage.learn(self._places.get(kind, ()))
        self._places[kind] = stage.places
        return stage

    def drop_behind(self, name: str) -> None:
        """Drop the database of the stage before last."""
        number = int(name.rpartition("_")[2]) - 2
        conn = psycopg2.connect(self.server.url())
        conn.autocommit = True
        with suppress(psycopg2.Error), conn.cursor() as cur:
            cur.execute(f"DROP DATABASE IF EXISTS round_{number} WITH (FORCE)")
        conn.close()

    def rounds(self, kind: Kind, played: Round, seed: str) -> Callable[[int], list[str]]:
        """Return a function that plays round number i of a seed and returns its findings."""
        held: list[Stage] = []

        def one(i: int) -> list[str]:
            if not held or i % RENEW == 0:
                held[:] = [self.stage(kind)]
            held[0].number_from(PARTS * (1 + i % RENEW))
            return play(held[0], played, f"{seed}/{i}")

        return one

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self.server.stop()
