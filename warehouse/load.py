"""The load transaction: one partition replaced whole, or not at all (GUARANTEES section 2).

Nothing else in the system writes facts. Any failure leaves the old version; calling ``load`` again
with the same token is always right, also after a COMMIT whose answer was lost.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import numpy as np
from psycopg2 import sql

from contracts.errors import HubBug, LoadConflict
from contracts.partition import Partition
from contracts.verdict import Counts, Judged, Outcome, QuarantinedRow
from warehouse import chain, ledger, mart, step
from warehouse.archive import Landing
from warehouse.copy import Places, copy_in
from warehouse.database import Connection, Cursor, run, translated
from warehouse.dimension import AgencyKeys, agency_keys, currency_id, member_ids
from warehouse.facts import Array, Fact, convert, fact_of, member_codes
from warehouse.ledger import Head
from warehouse.statement import statement

QUARANTINE_BLOCK = 1000
"""Quarantined rows written at a time."""


class LoadOutcome(StrEnum):
    """What a load did."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    ALREADY = "already"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """All that is made ready before the transaction opens."""

    partition: Partition
    fact: Fact
    agency: AgencyKeys
    columns: dict[str, tuple[str, Array]]
    order: Places | None

    @property
    def keys(self) -> dict[str, object]:
        """Return the parameters that name the partition in statements."""
        return {
            "agency": self.partition.agency,
            "feed": self.partition.feed,
            "day": self.partition.day,
            "agency_ids": list(self.agency.all_ids),
        }


def load(
    conn: Connection,
    token: int,
    partition: Partition,
    judged: Judged,
    landing: Landing,
    *,
    currency: str = "VND",
) -> LoadOutcome:
    """Replace a partition by a judged landing, in one transaction.

    Args:
        conn: an idle connection of ``warehouse.database.connect``.
        token: the run's fencing number from ``ledger.claim``.
        partition: what is loaded; the landing's own.
        judged: an accepted verdict.
        landing: where the rows came from.
        currency: ISO 4217 code of the contract's amounts.

    Returns:
        ``loaded``; ``unchanged`` when the partition shows equal content under the same contract
        already; ``superseded`` when a newer run was applied or is under way; ``already`` when
        this token was applied.

    Raises:
        LoadConflict: the database asked to try again, or the run was closed meanwhile.
        HubBug: verdict and landing do not belong together, or COPY took another number of rows.
    """
    where = str(partition)
    _check(partition, judged, landing)
    try:
        with translated(where):
            prepared = _prepare(conn, partition, judged, currency)
            step.at("after_prepare")
            with conn, conn.cursor() as cursor:
                outcome = _replace(cursor, token, prepared, judged, landing)
                step.at("before_commit")
    except LoadConflict as error:
        if error.code == "LOCK-TIMEOUT":
            error.action = f"wait for sessions {_blockers(conn)} or end them"
        raise
    if outcome is LoadOutcome.SUPERSEDED:
        ledger.close(
            conn,
            token,
            "superseded",
            code="FENCED",
            message="a newer run was applied or is under way",
        )
    step.at("after_commit")
    return outcome


def _check(partition: Partition, judged: Judged, landing: Landing) -> None:
    counts = judged.counts
    balance = counts.loaded + counts.quarantined + counts.duplicates
    held = (
        ("a rejected day cannot load", judged.outcome is Outcome.ACCEPT),
        ("the landing is another partition's", landing.partition == partition),
        ("received rows differ from the manifest", counts.received == landing.rows),
        ("received = loaded + quarantined + duplicates", counts.received == balance),
        ("the frame has another number of rows", judged.frame.rows == counts.loaded),
        ("quarantine has another number of rows", len(judged.quarantine) == counts.quarantined),
    )
    for what, is_held in held:
        if not is_held:
            raise HubBug(f"broken promise: {what}", where=str(partition))


def _prepare(conn: Connection, partition: Partition, judged: Judged, currency: str) -> _Prepared:
    """Make leaf, dimension members and columns ready; a short committed transaction.

    Members that a failed load leaves behind refer to nothing and are found by the next one.
    """
    fact = fact_of(partition.feed)
    day = partition.day
    with conn, conn.cursor() as cursor:
        run(cursor, "ledger.lazy")
        run(cursor, "load.ensure_month", table=fact.table, day=day)
        agency = agency_keys(cursor, partition)
        members = {
            dimension: dict(zip(codes, member_ids(cursor, dimension, codes, day), strict=True))
            for dimension, codes in sorted(member_codes(fact, judged.frame).items())
        }
    columns = convert(fact, judged.frame, members)
    rows = judged.frame.rows
    columns["agency_id"] = ("i4", np.broadcast_to(np.int32(agency.day_id), rows))
    columns["day"] = ("d4", np.broadcast_to(np.int32((day - mart.EPOCH).days), rows))
    if fact.has_currency:
        columns["currency_id"] = ("i2", np.broadcast_to(np.int16(currency_id(currency)), rows))
    return _Prepared(partition, fact, agency, columns, judged.frame.order)


def _replace(
    cursor: Cursor, token: int, prepared: _Prepared, judged: Judged, landing: Landing
) -> LoadOutcome:
    head = _lock(cursor, prepared)
    step.at("after_lock")
    if head.applied == token:
        return LoadOutcome.ALREADY
    if head.applied > token or _is_outrun(cursor, token, prepared):
        return LoadOutcome.SUPERSEDED
    if landing.is_incremental:
        chain.link(cursor, token, landing, prepared.keys)
    if _is_unchanged(cursor, token, head, judged, landing):
        run(cursor, "load.touch_head", token=token, **prepared.keys)
        _finish(cursor, token, judged, landing, "unchanged")
        return LoadOutcome.UNCHANGED
    before = mart.before(cursor, prepared.partition, prepared.keys)
    with mart.summing(prepared.partition, prepared.columns) as sums:
        _replace_facts(cursor, prepared)
        _replace_quarantine(cursor, token, prepared, judged.quarantine)
        step.at("after_quarantine")
        mart.maintain(cursor, prepared.partition, prepared.keys, sums, before)
    step.at("after_flow")
    _finish(cursor, token, judged, landing, "loaded")
    _move_head(cursor, token, prepared, judged.counts, landing.content_digest)
    return LoadOutcome.LOADED


def _lock(cursor: Cursor, prepared: _Prepared) -> Head:
    run(cursor, "load.make_head", **prepared.keys)
    row = run(cursor, "load.lock_head", **prepared.keys).fetchone()
    assert row is not None
    return ledger.head_of(row)


def _is_outrun(cursor: Cursor, token: int, prepared: _Prepared) -> bool:
    row = run(cursor, "load.newer_under_way", token=token, **prepared.keys).fetchone()
    return row is not None and bool(row[0])


def _is_unchanged(cursor: Cursor, token: int, head: Head, judged: Judged, landing: Landing) -> bool:
    """Tell whether the partition shows exactly this already.

    Counts are compared too: a code list that gained a code frees quarantined rows although
    content and contract are equal.
    """
    if head.applied == 0 or head.content_digest != landing.content_digest:
        return False
    mine = (judged.counts.loaded, judged.counts.quarantined, judged.counts.duplicates)
    shown = (head.counts.loaded, head.counts.quarantined, head.counts.duplicates)
    contract = run(cursor, "load.contract_of", token=token).fetchone()
    return contract is not None and contract[0] == head.contract and mine == shown


def _replace_facts(cursor: Cursor, prepared: _Prepared) -> None:
    table = sql.Identifier("core", prepared.fact.table)
    text = sql.SQL(statement("load.delete_facts")).format(table=table)
    cursor.execute(text, prepared.keys)
    step.at("after_delete")
    rows = len(prepared.columns["key"][1])
    copied = copy_in(cursor, "core", prepared.fact.table, prepared.columns, prepared.order)
    if copied != rows:
        raise HubBug(
            "COPY took another number of rows than the manifest names",
            where=str(prepared.partition),
            seen=str(copied),
            allowed=str(rows),
        )
    step.at("after_copy")


def _replace_quarantine(
    cursor: Cursor, token: int, prepared: _Prepared, rows: Iterable[QuarantinedRow]
) -> None:
    run(cursor, "load.delete_quarantine", **prepared.keys)
    held = list(rows)
    for start in range(0, len(held), QUARANTINE_BLOCK):
        text = io.StringIO()
        csv.writer(text).writerows(
            _quarantine_lines(token, prepared.partition, held[start : start + QUARANTINE_BLOCK])
        )
        text.seek(0)
        cursor.copy_expert("COPY ledger.quarantine FROM STDIN (FORMAT csv)", text)


def _quarantine_lines(
    token: int, partition: Partition, rows: Iterable[QuarantinedRow]
) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            partition.agency,
            partition.feed,
            partition.day.isoformat(),
            token,
            row.row_number,
            ledger.jsonb_text(dict(row.values)),
            ledger.jsonb_text(msgspec.to_builtins(row.violations)),
        )


def _finish(cursor: Cursor, token: int, judged: Judged, landing: Landing, state: str) -> None:
    ledger.record_totals(cursor, token, judged)
    ledger.record_judged(cursor, token, judged, landing, state)


def _move_head(
    cursor: Cursor, token: int, prepared: _Prepared, counts: Counts, content_digest: str
) -> None:
    run(
        cursor,
        "load.move_head",
        token=token,
        content_digest=content_digest,
        received=counts.received,
        loaded=counts.loaded,
        quarantined=counts.quarantined,
        duplicates=counts.duplicates,
        **prepared.keys,
    )
    if cursor.rowcount != 1:
        raise HubBug("the head did not move", where=str(prepared.partition))


def _blockers(conn: Connection) -> str:
    """Return the pids that hold heads now, for the message of a lock timeout."""
    with translated(), conn, conn.cursor() as cursor:
        pids = [str(row[0]) for row in run(cursor, "load.blockers")]
    return ", ".join(pids) or "(gone by now)"
