"""The warehouse's own load, behind the interface of the designs.

Eight partitions in a row are days of one agency over a change of month, and they know the same
dossiers: marts over days are then maintained by loads that race.
"""

import hashlib
from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import psycopg2
from numpy.typing import NDArray

from contracts.partition import Partition
from contracts.verdict import (
    NULL,
    Counts,
    Factor,
    Frame,
    Judged,
    Outcome,
    QuarantinedRow,
    RuleCount,
    Violation,
)
from tests.faults.truth import Row
from warehouse import database, dimension, ledger
from warehouse.archive import Landing
from warehouse.database import Connection, Cursor
from warehouse.load import load

FEED = "dossiers"
CONTRACT = "dossiers@1.0.0"
FIRST_DAY = date(2020, 1, 28)
DAYS = 8
DAY_MICROSECONDS = 86_400_000_000

Integers = NDArray[np.int64]


def partition(part: int) -> Partition:
    """Return the (agency, feed, day) of a numbered partition."""
    return Partition(f"T{part // DAYS}", FEED, FIRST_DAY + timedelta(days=part % DAYS))


def judged(part: int, rows: list[Row]) -> Judged:
    """Return a verdict whose frame tells every row's amount (its row number) and more.

    The more is a function of the amount: dates and status move the flow marts.
    """
    quarantined, duplicates = len(rows) % 4, len(rows) % 3
    return Judged(
        outcome=Outcome.ACCEPT,
        frame=_frame(part, rows),
        quarantine=tuple(_broken(number) for number in range(quarantined)),
        reasons=(),
        counts=Counts(
            received=len(rows) + quarantined + duplicates,
            loaded=len(rows),
            quarantined=quarantined,
            duplicates=duplicates,
        ),
        rules=(RuleCount("row_count", "COUNT", 1, 0),),
        totals={"rows": len(rows), "row_sum": sum(amount for _, amount in rows)},
    )


def _broken(number: int) -> QuarantinedRow:
    violation = Violation("status.enum", "CODE-UNKNOWN", "status", "11", "1-10")
    return QuarantinedRow(2_000_000 + number, {"status": "11"}, (violation,))


def _frame(part: int, rows: list[Row]) -> Frame:
    keys = np.array([key - part * 1000 for key, _ in rows], np.int64)
    n = np.array([amount for _, amount in rows], np.int64)
    status = 1 + n % 10
    today = (partition(part).day - date(1970, 1, 1)).days
    submitted = today - n % 30
    received = submitted + n % 3
    finished = np.where(status >= 9, received + n % 25, NULL)
    return Frame(
        len(rows),
        {
            "key": keys,
            "row_number": n,
            "unit_code": Factor((n % 3).astype(np.int32), ["T.01", "T.02", "T.03"]),
            "procedure_code": Factor((n % 2).astype(np.int32), ["1.000001", "1.000002"]),
            "commune_code": Factor(
                (n % 5 - 1).astype(np.int32), ["00001", "00002", "00003", "00004"]
            ),
            "submitted_at": _instants(submitted),
            "received_at": _instants(received),
            "due_at": _instants(np.where(n % 7 == 0, NULL, received + n % 20)),
            "finished_at": _instants(finished),
            "returned_at": _instants(np.where(status == 10, finished, NULL)),
            "updated_at": _instants(np.full(len(rows), today)),
            "status": status,
            "channel": 1 + n % 3,
            "applicant_type": 1 + n % 5,
            "service_level": 1 + n % 7,
            "payment_flag": 1 + n % 2,
        },
    )


def _instants(days: Integers) -> Integers:
    """Return noon of each day, UTC+07:00, in microseconds UTC; absent stays absent."""
    noon = days * DAY_MICROSECONDS + 5 * 3_600_000_000
    return np.where(days == NULL, NULL, noon)


def landing(part: int, token: int, rows: list[Row]) -> Landing:
    """Return what the archive would say of these rows."""
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()
    received = judged(part, rows).counts.received
    return Landing(partition(part), token, f"runs/{token}.json", digest, received, 1, 100)


class Warehouse:
    """``warehouse.ledger.claim`` and ``warehouse.load.load`` as they are."""

    reader: ClassVar[str] = "REPEATABLE READ READ ONLY"

    def __init__(self, url: str, name: str = "controller") -> None:
        self.url = url
        self.name = name
        self.connections: list[Connection] = []

    # -- in the worker

    def open(self) -> None:
        for conn in self.connections:
            conn.close()
        self.connections = [database.connect(self.url, name=self.name)]

    def claim(self, part: int) -> int:
        return ledger.claim(self.connections[0], partition(part), contract=CONTRACT)

    def land(self, token: int, part: int, rows: list[Row]) -> None:
        ledger.landed(self.connections[0], token, landing(part, token, rows))

    def load(self, token: int, part: int, rows: list[Row]) -> str:
        outcome = load(
            self.connections[0],
            token,
            partition(part),
            judged(part, rows),
            landing(part, token, rows),
        )
        return str(outcome.value)

    # -- in the controller

    def prepare(self) -> None:
        database.migrate(self.url)
        with closing(database.connect(self.url)) as conn:
            dimension.sync_dimensions(conn)

    def connect(self) -> Connection:
        return psycopg2.connect(self.url, application_name=self.name)

    def facts(self, cur: Cursor, part: int) -> list[Row]:
        cur.execute(
            "SELECT f.key, f.row_number FROM core.dossier_change f"
            " JOIN core.dim_agency a USING (agency_id) WHERE a.agency_code = %s AND f.day = %s",
            _agency_day(part),
        )
        return [(part * 1000 + int(key), int(number)) for key, number in cur.fetchall()]

    def figures(self, cur: Cursor, part: int) -> tuple[int, int]:
        cur.execute(
            "SELECT coalesce(sum(t.value) FILTER (WHERE t.name = 'rows'), 0),"
            " coalesce(sum(t.value) FILTER (WHERE t.name = 'row_sum'), 0)"
            " FROM ledger.head h JOIN ledger.control_total t ON t.run_id = h.facts_run"
            " WHERE h.agency_code = %s AND h.feed = 'dossiers' AND h.day = %s",
            _agency_day(part),
        )
        count, amount = cur.fetchone() or (0, 0)
        return int(count), int(amount)

    def ledger(self, cur: Cursor, part: int) -> Iterable[str]:
        for question, text in CHECKS.items():
            cur.execute(text, dict(zip(("agency", "day"), _agency_day(part), strict=True)))
            for found in cur.fetchall():
                yield f"{question}: {found}"

    def applied(self, cur: Cursor, part: int, token: int) -> bool:
        cur.execute("SELECT state FROM ledger.run WHERE run_id = %s", (token,))
        (state,) = cur.fetchone() or ("",)
        return state in ("loaded", "unchanged")


def _agency_day(part: int) -> tuple[str, date]:
    where = partition(part)
    return where.agency, where.day


_MINE = "agency_code = %(agency)s AND feed = 'dossiers' AND day = %(day)s"
_HEAD = "h.agency_code = %(agency)s AND h.feed = 'dossiers' AND h.day = %(day)s"
_AGENCY = "agency_id IN (SELECT agency_id FROM core.dim_agency WHERE agency_code = %(agency)s)"
_KEPT = (
    "SELECT agency_id, day, unit_id, procedure_id, channel_id, service_level_id, submitted,"
    " received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,"
    f" overdue_started, overdue_ended FROM (SELECT * FROM {{}} WHERE {_AGENCY}) f"
    " WHERE (submitted, received, resolved_early, resolved_ontime, resolved_late, withdrawn,"
    " stopped, overdue_started, overdue_ended) <> (0, 0, 0, 0, 0, 0, 0, 0, 0)"
)
_DELTA, _REBUILT = _KEPT.format("mart.dossier_flow"), _KEPT.format("mart.dossier_flow_rebuilt")

CHECKS = {
    "head shows a run that is not applied": (
        "SELECT h.applied, r.state FROM ledger.head h LEFT JOIN ledger.run r"
        f" ON r.run_id = h.applied WHERE h.applied > 0 AND {_HEAD}"
        " AND r.state IS DISTINCT FROM 'loaded' AND r.state IS DISTINCT FROM 'unchanged'"
    ),
    "a run newer than the head is applied": (
        f"SELECT r.run_id FROM ledger.run r WHERE {_MINE} AND r.state IN ('loaded', 'unchanged')"
        " AND r.run_id > (SELECT coalesce(max(h.applied), 0) FROM ledger.head h WHERE"
        f" {_HEAD})"
    ),
    "run and head differ in counts, or the balance is broken": (
        "SELECT r.run_id FROM ledger.run r JOIN ledger.head h ON h.facts_run = r.run_id"
        f" WHERE {_HEAD}"
        " AND ((r.received_count, r.loaded_count, r.quarantined_count, r.duplicate_count)"
        " <> (h.received_count, h.loaded_count, h.quarantined_count, h.duplicate_count)"
        " OR r.received_count <> r.loaded_count + r.quarantined_count + r.duplicate_count)"
    ),
    "quarantined rows differ from the head": (
        f"SELECT * FROM (SELECT (SELECT count(*) FROM ledger.quarantine WHERE {_MINE}) AS rows,"
        f" (SELECT coalesce(sum(quarantined_count), 0) FROM ledger.head WHERE {_MINE}) AS said) q"
        " WHERE rows <> said"
    ),
    "mart has what a rebuild has not": f"({_DELTA}) EXCEPT ({_REBUILT}) LIMIT 3",
    "mart lacks what a rebuild has": f"({_REBUILT}) EXCEPT ({_DELTA}) LIMIT 3",
}
"""What must return no row: question -> SQL with parameters agency and day."""
