"""A morning: agencies' days arrive while people read, each in a real load transaction."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from threading import Event, Thread
from typing import Self

import numpy as np

from contracts.key import hash_texts
from contracts.partition import Partition
from contracts.verdict import Column, Counts, Factor, Frame, Judged, Outcome
from warehouse import ledger
from warehouse.archive import Landing
from warehouse.database import Connection, connect
from warehouse.load import load

ROWS = 300
"""Dossiers of a partition: those of a middling agency that arrive at once."""
CHANGED = 0.6
"""Share of them that the warehouse knows already."""


@dataclass(slots=True)
class Morning:
    """Loads one partition a second while a block runs.

    Attributes:
        url: address of the warehouse.
        agencies: whose days arrive, in turn.
        day: the first day that arrives; the next round brings the next day.
        milliseconds: how long every load took.
    """

    url: str
    agencies: tuple[str, ...]
    day: date
    milliseconds: list[float] = field(default_factory=list)
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> Self:
        """Begin to load."""
        self._thread = Thread(target=self._run, name="morning", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop loading."""
        self._over.set()
        assert self._thread
        self._thread.join()

    def _run(self) -> None:
        with closing(connect(self.url, name="morning")) as conn:
            for number, where in enumerate(arrivals(self.agencies, self.day)):
                if self._over.is_set():
                    return
                started = time.perf_counter()
                arrive(conn, where, number)
                spent = time.perf_counter() - started
                self.milliseconds.append(spent * 1000)
                self._over.wait(max(1 - spent, 0))


def arrivals(agencies: Sequence[str], day: date) -> Iterator[Partition]:
    """Yield partitions for ever: a day of every agency in turn, then the next day."""
    for number in count():
        round_, place = divmod(number, len(agencies))
        yield Partition(agencies[place], "dossiers", day + timedelta(round_))


def arrive(conn: Connection, where: Partition, number: int, rows: int = ROWS) -> None:
    """Claim, land and load one partition; most of its dossiers are known, the rest are new."""
    keys = _keys(conn, where, number, rows)
    judged = _judged(conn, where, keys, number)
    token = ledger.claim(conn, where, contract="dossiers/1.0.0", reason="morning")
    landing = Landing(
        partition=where,
        token=token,
        manifest=f"runs/{where}/{token}.json",
        content_digest=f"{token:064d}",
        rows=len(keys),
        pages=1,
        size=300 * len(keys),
        unknown=(),
    )
    ledger.landed(conn, token, landing)
    load(conn, token, where, judged, landing)


def _keys(conn: Connection, where: Partition, number: int, rows: int) -> np.ndarray:
    text = (
        "SELECT c.key FROM core.dossier_change AS c JOIN core.dim_agency AS a USING (agency_id)"
        " WHERE a.agency_code = %s AND c.day BETWEEN %s AND %s AND c.status_id IN (2, 4, 5)"
        " ORDER BY c.key LIMIT %s"
    )
    last = where.day - timedelta(1)
    with conn, conn.cursor() as cursor:
        cursor.execute(text, (where.agency, last - timedelta(20), last, int(rows * CHANGED)))
        known = [row[0] for row in cursor.fetchall()]
    fresh = hash_texts([f"{where}/{number}/{n}" for n in range(rows - len(known))])
    return np.unique(np.concatenate([np.array(known, np.int64), fresh]))


def _judged(conn: Connection, where: Partition, keys: np.ndarray, number: int) -> Judged:
    draw, count = np.random.default_rng(number), len(keys)
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT procedure_code FROM core.dim_procedure WHERE procedure_code LIKE %s LIMIT 300",
            (f"%.{where.agency}",),
        )
        procedures = [row[0] for row in cursor.fetchall()]
    noon = int((where.day - date(1970, 1, 1)).days) * 86_400_000_000 + 5 * 3_600_000_000
    day = 86_400_000_000
    done = draw.random(count) < CHANGED
    received = noon - draw.integers(1, 15, count) * day
    columns: dict[str, Column] = {
        "key": keys,
        "row_number": np.arange(count, dtype=np.int64),
        "unit_code": Factor(
            draw.integers(0, 14, count).astype(np.int32),
            [f"{where.agency}.{n:02d}" for n in range(1, 15)],
        ),
        "procedure_code": Factor(
            draw.integers(0, len(procedures), count).astype(np.int32), procedures
        ),
        "commune_code": Factor(np.zeros(count, np.int32), ["00001"]),
        "status": np.where(done, 9, 4).astype(np.int64),
        "channel": draw.integers(1, 3, count),
        "service_level": draw.integers(4, 7, count),
        "submitted_at": received,
        "received_at": received,
        "due_at": received + draw.integers(5, 20, count) * day,
        "finished_at": np.where(done, noon, np.iinfo(np.int64).min),
        "returned_at": np.full(count, np.iinfo(np.int64).min),
    }
    counts = Counts(count, count, 0, 0)
    return Judged(Outcome.ACCEPT, Frame(count, columns), (), (), counts, (), {"rows": count})
