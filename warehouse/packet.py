"""Packets: what was sent to the national reporting system, kept as sent, and how it ended.

States: ``ready`` (not acknowledged yet; with code SENDING somebody is at it), ``acknowledged``
(a receipt that agrees with what was sent), ``refused`` (by the receiver, with its reason),
``failed`` (tries spent, or an answer that cannot be trusted). Whoever sends a packet claims it
first; the number of tries is the fencing token of the claim, so that a sender whose claim ran out
changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal

from psycopg2.extras import Json

from contracts.errors import ArchiveCorrupt, LoadConflict
from warehouse.database import Connection, read_snapshot, run, translated
from warehouse.signed import Place, SignedForm

State = Literal["ready", "acknowledged", "refused", "failed"]
STATES: tuple[State, ...] = ("ready", "acknowledged", "refused", "failed")
LEASE_SECONDS = 900
"""How long a packet stays in the hands of a sender that says nothing; a try takes far less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A packet that is about to be kept.

    Attributes:
        kind: of the 13 of QCVN 125:2021.
        place: kind and what it is about; packets of a place follow each other.
        signed_form_id: the signed form that it is made of; None for catalogues.
        key: idempotency key: the same content at the same place makes the same one.
        replaces: receipt number of the packet that it takes the place of; empty = none.
        body: as sent.
        made_by: who asked for it.
    """

    kind: str
    place: str
    signed_form_id: int | None
    key: str
    replaces: str
    body: bytes
    made_by: str


@dataclass(frozen=True, slots=True)
class Packet:
    """A kept packet without its body; attributes as in ``Draft``.

    Attributes:
        size: of the body, in bytes.
        attempts: tries so far.
        code: reason code; ``SENDING`` while somebody is at it.
        message: the receiver's reason, or what went wrong; never a secret.
        receipt: number, received_at, digest and key as the receiver told them; else empty.
        tried_at: when the newest try began.
    """

    packet_id: int
    kind: str
    place: str
    signed_form_id: int | None
    key: str
    replaces: str
    body_sha256: str
    size: int
    state: State
    attempts: int
    code: str
    message: str
    receipt: Mapping[str, Any]
    made_by: str
    made_at: datetime
    tried_at: datetime | None
    ended_at: datetime | None

    @property
    def number(self) -> str:
        """Return the receipt's number, empty without a receipt."""
        return str(self.receipt.get("number", ""))

    @property
    def is_open(self) -> bool:
        """Tell whether the packet has still to come to an end."""
        return self.state in {"ready", "failed"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A packet in the hands of one sender.

    Attributes:
        token: number of tries; what is written down with an older one is lost.
        is_doubtful: tried before, so that the receiver may hold it already.
    """

    packet_id: int
    token: int
    key: str
    body: bytes
    body_sha256: str
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class End:
    """How the tries of a packet ended."""

    state: State
    code: str = ""
    message: str = ""
    receipt: Mapping[str, Any] | None = None


def keep(conn: Connection, draft: Draft) -> Packet:
    """Keep a packet; one with the same key stays as it is and is returned. Commits.

    Raises:
        LoadConflict: PACKET-OPEN, another packet of this place is under way.
    """
    asked = {name: getattr(draft, name) for name in Draft.__slots__}
    with translated(), conn, conn.cursor() as cursor:
        run(cursor, "packet.keep", body_sha256=sha256(draft.body).hexdigest(), **asked)
        row = run(cursor, "packet.one", packet_id=None, key=draft.key).fetchone()
    if row is None:
        raise LoadConflict(
            "another packet of this place is under way",
            code="PACKET-OPEN",
            where=draft.place,
            action="hub publish",
        )
    return Packet(*row)


def claim(conn: Connection, packet_id: int, *, with_refused: bool = False) -> Claim | None:
    """Take a packet to send it; None where it has ended or somebody else is at it. Commits."""
    asked = {"packet_id": packet_id, "with_refused": with_refused, "lease_seconds": LEASE_SECONDS}
    with translated(), conn, conn.cursor() as cursor:
        row = run(cursor, "packet.claim", **asked).fetchone()
    if row is None:
        return None
    token, key, body, digest, is_doubtful = row
    return Claim(packet_id, token, key, bytes(body), digest, is_doubtful)


def again(conn: Connection, held: Claim) -> Claim | None:
    """Begin the next try; None where the claim was lost to somebody else. Commits."""
    with translated(), conn, conn.cursor() as cursor:
        asked = {"packet_id": held.packet_id, "token": held.token}
        row = run(cursor, "packet.again", **asked).fetchone()
    if row is None:
        return None
    return Claim(held.packet_id, row[0], held.key, held.body, held.body_sha256, is_doubtful=True)


def end(conn: Connection, held: Claim, ended: End) -> bool:
    """Write down how it ended; False where the claim was lost to somebody else. Commits."""
    asked = {"state": ended.state, "code": ended.code, "message": ended.message}
    place = {"packet_id": held.packet_id, "token": held.token}
    with translated(), conn, conn.cursor() as cursor:
        run(cursor, "packet.end", receipt=Json(dict(ended.receipt or {})), **asked, **place)
        return cursor.rowcount == 1


def packets(
    conn: Connection, *, kind: str | None = None, state: State | None = None, count: int = 50
) -> list[Packet]:
    """Return packets, newest first; None = whatever."""
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "packet.list", kind=kind, state=state, count=count)
        return [Packet(*row) for row in rows]


def packet_of(conn: Connection, packet_id: int) -> Packet | None:
    """Return one packet, None where there is none."""
    with read_snapshot(conn) as cursor:
        row = run(cursor, "packet.one", packet_id=packet_id, key=None).fetchone()
        return Packet(*row) if row else None


def packet_counts(conn: Connection) -> dict[State, int]:
    """Return state -> packets, every state."""
    with read_snapshot(conn) as cursor:
        found = dict(run(cursor, "packet.counts").fetchall())
    return {state: found.get(state, 0) for state in STATES}


def packet_body(conn: Connection, packet: Packet) -> bytes:
    """Return a packet's bytes as sent.

    Raises:
        ArchiveCorrupt: the bytes are not those that were made.
    """
    with read_snapshot(conn) as cursor:
        row = run(cursor, "packet.body", packet_id=packet.packet_id).fetchone()
    body = bytes(row[0]) if row else b""
    seen = sha256(body).hexdigest()
    if seen != packet.body_sha256:
        where = f"ledger.packet {packet.packet_id}"
        raise ArchiveCorrupt(where=where, seen=seen, allowed=packet.body_sha256)
    return body


@dataclass(frozen=True, slots=True)
class Standing:
    """What a place shows: its newest packet, and the newest one that was acknowledged."""

    newest: Packet | None = None
    current: Packet | None = None


def standings(conn: Connection, places: Iterable[str]) -> dict[str, Standing]:
    """Return place -> what it shows, every place that was asked for."""
    asked = sorted(set(places))
    found: dict[str, list[Packet]] = {place: [] for place in asked}
    with read_snapshot(conn) as cursor:
        for row in run(cursor, "packet.newest", places=asked):
            found[row[2]].append(Packet(*row))
    return {place: _standing(held) for place, held in found.items()}


def _standing(held: Sequence[Packet]) -> Standing:
    done = [packet for packet in held if packet.state == "acknowledged"]
    return Standing(held[-1] if held else None, done[-1] if done else None)


def holder_of(conn: Connection, number: str) -> int | None:
    """Return the packet that a receipt number was given for, None where it is new."""
    with read_snapshot(conn) as cursor:
        row = run(cursor, "packet.holder", number=number).fetchone()
        return int(row[0]) if row else None


def unpublishable_days(
    conn: Connection, feed: str, first: date, last: date
) -> list[tuple[date, bool | None]]:
    """Return the days of a feed that no passed audit stands behind, in order.

    With each the word of its newest audit: True (passed, but loaded anew since), False, None
    (never audited).
    """
    asked = {"feed": feed, "first_day": first, "last_day": last}
    with read_snapshot(conn) as cursor:
        return [(day, word) for day, word in run(cursor, "packet.unpublishable", **asked)]


def latest_forms(conn: Connection, place: Place, count: int = 100) -> list[SignedForm]:
    """Return the newest signature of every place, newest first."""
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "packet.latest_forms", count=count, **asdict(place))
        return [SignedForm(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class AgencyEntry:
    """One agency of a day, as a catalogue names it."""

    code: str
    name: str
    level: str
    valid_from: date


def agencies_on(conn: Connection, day: date) -> list[AgencyEntry]:
    """Return the agencies of a day, by code."""
    with read_snapshot(conn) as cursor:
        return [AgencyEntry(*row) for row in run(cursor, "packet.agencies", day=day)]
