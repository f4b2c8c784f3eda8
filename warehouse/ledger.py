"""The run ledger: who tried which partition, what came of it, which run a partition shows.

Every function is one short transaction of its own unless it takes a cursor. Times are instants;
``day`` is a day of Asia/Ho_Chi_Minh.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from contracts.errors import ContractBroken, HubError, LoadConflict
from contracts.frequency import Frequency
from contracts.partition import Partition
from contracts.verdict import Counts, Judged, Violation
from warehouse import step
from warehouse.archive import Landing
from warehouse.database import Connection, Cursor, run, translated

HISTORY_DAYS: dict[Frequency, int] = {"day": 28, "month": 366, "quarter": 731, "year": 3653}
"""How far back the volumes of a feed are looked at: four weeks, a year, two, ten."""
PROVISIONAL = "PROVISIONAL"
"""Code of a loaded run whose pull began before the source served the whole period."""
MESSAGE_CAP = 500


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a partition, as the ledger knows it.

    Attributes:
        token: the run's fencing number.
        state: ``running``, ``loaded``, ``unchanged``, ``rejected``, ``failed``, ``superseded``.
        contract: contract version that the run is pinned to.
        reason: why it was started, e.g. ``daily``, ``backfill``, ``replay``.
        code: stable code of a rejection or failure, else empty.
        manifest: path of the landing's manifest in the archive; empty before landing.
    """

    token: int
    partition: Partition
    state: str
    contract: str
    reason: str
    code: str
    message: str
    manifest: str
    content_digest: str
    counts: Counts
    started_at: datetime
    landed_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Head:
    """What a partition shows.

    Attributes:
        applied: token of the newest run that was applied.
        facts_run: token of the run whose rows lie in core (older than ``applied`` when that
            run found nothing changed).
    """

    applied: int
    facts_run: int
    contract: str
    content_digest: str
    counts: Counts
    applied_at: datetime | None


def claim(conn: Connection, partition: Partition, *, contract: str, reason: str = "") -> int:
    """Open a run, COMMITTED before anything is pulled; return its fencing token.

    Args:
        conn: an idle connection.
        partition: what the run is about.
        contract: contract version, e.g. ``dossiers@1.0.0``.
        reason: why, e.g. ``daily``, ``backfill``, ``replay``.

    Raises:
        LoadConflict: the database asked to try again.
    """
    with translated(str(partition)), conn, conn.cursor() as cursor:
        run(cursor, "ledger.claim", contract=contract, reason=reason, **_named(partition))
        token = _one(cursor)
    step.at("after_claim")
    return token


def landed(conn: Connection, token: int, landing: Landing, *, is_told: bool = True) -> None:
    """Note where a run's rows lie, and the unknown names that came with them.

    Args:
        conn: a connection outside of a transaction.
        token: the run.
        landing: what it landed.
        is_told: whether the caller tells others that it landed, so that it must survive a crash;
            a run that goes on to load needs no disk here, its load waits for it.

    Raises:
        LoadConflict: the run is closed already (reaped), or the database asked to try again.
    """
    with translated(str(landing.partition)), conn, conn.cursor() as cursor:
        if not is_told:
            run(cursor, "ledger.lazy")
        run(
            cursor,
            "ledger.landed",
            token=token,
            manifest=landing.manifest,
            content_digest=landing.content_digest,
            pages=landing.pages,
            size=landing.size,
            rows=landing.rows,
        )
        _require_running(cursor, token, landing.partition)
        if landing.unknown:
            names = list(landing.unknown)
            run(cursor, "ledger.drift", token=token, names=names, **_named(landing.partition))
    step.at("after_land")


def fail(conn: Connection, token: int, error: HubError) -> None:
    """Close a run with the error's code and sentence; the head stays as it was.

    An answer that cannot be the day (``ContractBroken``) rejects the day, all else fails the run.
    """
    state = "rejected" if isinstance(error, ContractBroken) else "failed"
    close(conn, token, state, code=error.code, message=str(error))


def close(conn: Connection, token: int, state: str, *, code: str = "", message: str = "") -> None:
    """Close a running run without a load; does nothing when it is closed already."""
    with translated(f"run {token}"), conn, conn.cursor() as cursor:
        run(
            cursor,
            "ledger.close",
            token=token,
            state=state,
            code=code,
            message=message[:MESSAGE_CAP],
        )


def reject(conn: Connection, token: int, judged: Judged, landing: Landing) -> None:
    """Close a run whose day was refused: reasons, balance, totals, rule counts; no facts.

    The previous version of the day stays; its rows are in the archive alone.

    Raises:
        LoadConflict: the run is closed already, or the database asked to try again.
    """
    with translated(str(landing.partition)), conn, conn.cursor() as cursor:
        record_totals(cursor, token, judged)
        record_judged(cursor, token, judged, landing, "rejected")


def record_judged(cursor: Cursor, token: int, judged: Judged, landing: Landing, state: str) -> None:
    """End a run in the caller's transaction.

    Raises:
        LoadConflict: the run was closed meanwhile.
    """
    first = next(iter((*judged.reasons, *judged.notes)), None)
    counts = judged.counts
    run(
        cursor,
        "ledger.judged",
        token=token,
        manifest=landing.manifest,
        content_digest=landing.content_digest,
        state=state,
        code=first.code if first else "",
        message=_sentence(first)[:MESSAGE_CAP] if first else "",
        violations=violations_json(judged.reasons),
        received=counts.received,
        loaded=counts.loaded,
        quarantined=counts.quarantined,
        duplicates=counts.duplicates,
        normalised=counts.normalised,
    )
    _require_running(cursor, token, landing.partition)


def record_totals(cursor: Cursor, token: int, judged: Judged) -> None:
    """Keep control totals and rule counts of a run in the caller's transaction."""
    run(
        cursor,
        "ledger.totals",
        token=token,
        names=list(judged.totals),
        values=list(judged.totals.values()),
        rules=[rule.rule for rule in judged.rules],
        codes=[rule.code for rule in judged.rules],
        checked=[rule.checked for rule in judged.rules],
        failed=[rule.failed for rule in judged.rules],
    )


def _require_running(cursor: Cursor, token: int, partition: Partition) -> None:
    """Insist that the last UPDATE of a run hit exactly one row.

    Raises:
        LoadConflict: the run was closed meanwhile.
    """
    if cursor.rowcount != 1:
        raise LoadConflict(
            f"run {token} was closed by somebody else",
            code="RUN-CLOSED",
            where=str(partition),
            action="run the partition again",
        )


def violations_json(violations: Sequence[Violation]) -> str:
    """Return violations as a JSON array that jsonb can hold."""
    return jsonb_text(msgspec.to_builtins(violations))


def jsonb_text(value: Any) -> str:
    """Return a value as JSON text with U+0000 shown as U+2400, since jsonb cannot hold U+0000."""
    text = msgspec.json.encode(value).decode()
    if "\\u0000" not in text:
        return text
    return msgspec.json.encode(_visible(value)).decode()


def _visible(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "␀")
        case Mapping():
            return {_visible(key): _visible(item) for key, item in value.items()}
        case list() | tuple():
            return [_visible(item) for item in value]
        case _:
            return value


def state(conn: Connection, token: int) -> Run | None:
    """Return a run by its token, None where there is none."""
    with translated(f"run {token}"), conn, conn.cursor() as cursor:
        return read_run(cursor, token)


def read_run(cursor: Cursor, token: int) -> Run | None:
    """Return a run by its token in the caller's transaction."""
    row = run(cursor, "ledger.run", token=token).fetchone()
    if row is None:
        return None
    return Run(
        token=row[0],
        partition=Partition(row[1], row[2], row[3]),
        state=row[4],
        contract=row[5],
        reason=row[6],
        code=row[7],
        message=row[8],
        manifest=row[9],
        content_digest=row[10],
        counts=Counts(row[11], row[12], row[13], row[14]),
        started_at=row[15],
        landed_at=row[16],
        ended_at=row[17],
    )


def head(conn: Connection, partition: Partition) -> Head | None:
    """Return what a partition shows, None where nothing was ever applied."""
    with translated(str(partition)), conn, conn.cursor() as cursor:
        row = run(cursor, "ledger.head", **_named(partition)).fetchone()
    return head_of(row) if row else None


def head_of(row: Sequence[Any]) -> Head:
    """Return the head that a row of ``ledger.head`` or ``load.lock_head`` holds."""
    return Head(row[0], row[1], row[2], row[3], Counts(*row[4:8]), row[8])


def last_landed(conn: Connection, partition: Partition) -> Run | None:
    """Return the newest run of a partition whose landing is in the archive (for replay)."""
    with translated(str(partition)), conn, conn.cursor() as cursor:
        row = run(cursor, "ledger.last_landed", **_named(partition)).fetchone()
    return state(conn, row[0]) if row else None


def failures(conn: Connection, partition: Partition) -> int:
    """Return how many attempts failed or were rejected since the last one that was applied."""
    with translated(str(partition)), conn, conn.cursor() as cursor:
        return _one(run(cursor, "ledger.failures", **_named(partition)))


def history(
    conn: Connection, partition: Partition, frequency: Frequency = "day"
) -> tuple[int, int]:
    """Return (median rows, partitions known) of ``HISTORY_DAYS`` before a partition.

    Of daily feeds the median is that of the same weekday; longer periods have none.
    """
    span = {"days": HISTORY_DAYS[frequency], "is_daily": frequency == "day"}
    with translated(str(partition)), conn, conn.cursor() as cursor:
        row = run(cursor, "ledger.history", **span, **_named(partition)).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def medians(conn: Connection, partition: Partition, frequency: Frequency = "day") -> dict[str, int]:
    """Return by field the median of the partitions' medians over ``HISTORY_DAYS``, minor units."""
    with translated(str(partition)), conn, conn.cursor() as cursor:
        run(cursor, "ledger.medians", days=HISTORY_DAYS[frequency], **_named(partition))
        return {name: int(value) for name, value in cursor.fetchall()}


def newest_expected(conn: Connection) -> date | None:
    """Return the newest day of the expected set, None where nothing was ever expected."""
    with translated(), conn, conn.cursor() as cursor:
        row = run(cursor, "ledger.newest_expected").fetchone()
        return row[0] if row else None


def expect(conn: Connection, wanted: Iterable[tuple[Partition, datetime]]) -> None:
    """Add partitions with the instants they are due at to the expected set; idempotent."""
    rows = list(wanted)
    with translated(), conn, conn.cursor() as cursor:
        run(cursor, "ledger.expect", due_at=[due for _, due in rows], **_lists(p for p, _ in rows))


def replace_expected(
    conn: Connection, first_day: date, last_day: date, wanted: Iterable[tuple[Partition, datetime]]
) -> None:
    """Make the expected set of the days first..last (inclusive) exactly the wanted partitions."""
    rows = list(wanted)
    lists = _lists(p for p, _ in rows)
    with translated(), conn, conn.cursor() as cursor:
        run(cursor, "ledger.unexpect", first_day=first_day, last_day=last_day, **lists)
        run(cursor, "ledger.expect", due_at=[due for _, due in rows], **lists)


def reap(conn: Connection, before: datetime) -> list[int]:
    """Close runs that have been running since before an instant; return their tokens."""
    with translated(), conn, conn.cursor() as cursor:
        return [row[0] for row in run(cursor, "ledger.reap", before=before)]


def _lists(partitions: Iterable[Partition]) -> dict[str, list[object]]:
    known = list(partitions)
    return {
        "agencies": [p.agency for p in known],
        "feeds": [p.feed for p in known],
        "days": [p.day for p in known],
    }


def _named(partition: Partition) -> dict[str, object]:
    return {"agency": partition.agency, "feed": partition.feed, "day": partition.day}


def _one(cursor: Cursor) -> int:
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _sentence(violation: Violation) -> str:
    return f"{violation.rule}: {violation.seen} (allowed: {violation.allowed})"
