"""What a test is given: small verdicts, landings and loads, written as rows."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from contracts.key import hash_texts
from contracts.page import Page
from contracts.partition import Partition
from contracts.verdict import (
    NULL,
    Column,
    Counts,
    Factor,
    Frame,
    Judged,
    Outcome,
    QuarantinedRow,
    RuleCount,
    Violation,
)
from warehouse import ledger
from warehouse.archive import Landing
from warehouse.database import Connection, Cursor, run
from warehouse.load import LoadOutcome, load

DAY = date(2026, 11, 20)
HANOI = timezone(timedelta(hours=7))
Row = Mapping[str, Any]


def partition(day: date = DAY, feed: str = "dossiers", agency: str = "H26") -> Partition:
    return Partition(agency, feed, day)


def noon(day: date | None) -> int:
    """Microseconds UTC of noon of a day in Viet Nam."""
    if day is None:
        return NULL
    instant = datetime(day.year, day.month, day.day, 12, tzinfo=HANOI)
    return int(instant.timestamp()) * 1_000_000


def dossiers(rows: Sequence[Row]) -> Frame:
    """A frame of dossiers: code, status, and whatever else a row says (days as dates)."""
    ordered = sorted(rows, key=lambda row: int(hash_texts([row["code"]])[0]))
    columns: dict[str, Column] = {
        "key": hash_texts([row["code"] for row in ordered]),
        "row_number": np.arange(len(rows), dtype=np.int64),
        "unit_code": factor([row.get("unit", "H26.01") for row in ordered]),
        "procedure_code": factor([row.get("procedure", "1.000001") for row in ordered]),
        "commune_code": factor([row.get("commune") for row in ordered]),
        "status": integers([row.get("status", 4) for row in ordered]),
        "channel": integers([row.get("channel", 2) for row in ordered]),
        "service_level": integers([row.get("level", NULL) for row in ordered]),
    }
    for name in ("submitted", "received", "due", "finished", "returned"):
        columns[f"{name}_at"] = integers([noon(row.get(name)) for row in ordered])
    return Frame(len(rows), columns)


def payments(rows: Sequence[Row]) -> Frame:
    columns: dict[str, Column] = {
        "key": np.sort(hash_texts([row["code"] for row in rows])),
        "row_number": np.arange(len(rows), dtype=np.int64),
        "partner_code": factor([row.get("partner", "VCB") for row in rows]),
        "dossier_code": factor([row.get("dossier") for row in rows]),
        "unit_code": factor(["H26.01" for _ in rows]),
        "obligation_kind": integers([row.get("kind", 1) for row in rows]),
        "amount": integers([row["amount"] for row in rows]),
        "status": integers([row.get("status", 2) for row in rows]),
    }
    return Frame(len(rows), columns)


def documents(rows: Sequence[Row]) -> Frame:
    columns: dict[str, Column] = {
        "key": np.sort(hash_texts([row["id"] + str(row.get("to")) for row in rows])),
        "row_number": np.arange(len(rows), dtype=np.int64),
        "document_id": factor([row["id"] for row in rows]),
        "direction": integers([row["direction"] for row in rows]),
        "sender_code": factor([row.get("from", "H26") for row in rows]),
        "receiver_code": factor([row.get("to") for row in rows]),
    }
    return Frame(len(rows), columns)


def factor(values: Sequence[str | None]) -> Factor:
    distinct = list(dict.fromkeys(value for value in values if value is not None))
    codes = [-1 if value is None else distinct.index(value) for value in values]
    return Factor(np.array(codes, np.int32), distinct)


def integers(values: Sequence[int]) -> Any:
    return np.array(values, np.int64)


def accepted(
    frame: Frame, quarantine: Sequence[QuarantinedRow] = (), duplicates: int = 0
) -> Judged:
    received = frame.rows + len(quarantine) + duplicates
    return Judged(
        Outcome.ACCEPT,
        frame,
        tuple(quarantine),
        (),
        Counts(received, frame.rows, len(quarantine), duplicates),
        (RuleCount("status.code_list", "CODE-UNKNOWN", received, len(quarantine)),),
        {"rows": frame.rows, "declared_rows": received},
    )


def rejected(received: int) -> Judged:
    reason = Violation("row_count", "COUNT-MISMATCH", "", "received 3", "declared 4")
    return Judged(
        Outcome.REJECT, Frame(0, {}), (), (reason,), Counts(received), (), {"declared_rows": 4}
    )


def broken_row(number: int = 7, value: str = "??") -> QuarantinedRow:
    seen = Violation("status.code_list", "CODE-UNKNOWN", "status", value, "a code of the list")
    return QuarantinedRow(number, {"status": value}, (seen,))


def landing_of(
    where: Partition, token: int, judged: Judged, digest: str = "", unknown: tuple[str, ...] = ()
) -> Landing:
    return Landing(
        partition=where,
        token=token,
        manifest=f"runs/{where}/{token}.json",
        content_digest=digest or f"content-{token}",
        rows=judged.counts.received,
        pages=1,
        size=100,
        unknown=unknown,
    )


def claimed(conn: Connection, where: Partition, contract: str = "dossiers@1.0.0") -> int:
    return ledger.claim(conn, where, contract=contract, reason="test")


def loaded(
    conn: Connection, where: Partition, judged: Judged, *, token: int = 0, digest: str = ""
) -> LoadOutcome:
    """Claim (unless a token is given), land and load."""
    token = token or claimed(conn, where)
    landing = landing_of(where, token, judged, digest)
    ledger.landed(conn, token, landing)
    return load(conn, token, where, judged, landing)


def one(conn: Connection, query: str, *parameters: object) -> Any:
    """First value of the first row; ends the transaction."""
    return rows(conn, query, *parameters)[0][0]


def rows(conn: Connection, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with conn, conn.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def page(values: Sequence[str | None]) -> Page:
    return Page(
        rows=len(values),
        columns={"code": list(values)},
        envelope={"total": len(values)},
        unknown=frozenset({"ghiChu"}),
        digest="ab" * 32,
        size=10 * len(values),
    )


def noted(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[dict[str, Any]]:
    """Return a list that gains the parameters each time a module runs a statement."""
    asked: list[dict[str, Any]] = []

    def noting(cursor: Cursor, statement: str, **parameters: Any) -> Cursor:
        if statement == name:
            asked.append(parameters)
        return run(cursor, statement, **parameters)

    monkeypatch.setattr(module, "run", noting)
    return asked
