"""Signed forms: what an official signed, kept as it was, whatever becomes of the data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from psycopg2.extras import Json

from contracts.errors import ArchiveCorrupt
from warehouse.database import Connection, read_snapshot, run, translated


@dataclass(frozen=True, slots=True)
class Printed:
    """A form as it was or is about to be signed.

    Attributes:
        form, form_version: which form, by which definition.
        cut: what a row is (``warehouse.tally.Cut`` or the form's own word).
        agency: code on the map; empty = the country.
        period, calendar, first_day, last_day: the days, as named and as dates.
        basis: ``reported``, ``today`` or a day: the map.
        figures: the rows as printed: ``[{code, name, mark, columns: {number: figure}}, …]``.
        fingerprint: sha256 of the figures; pages compare it with today's.
        identities: sums that were checked and hold.
        expected, covered: partitions behind the figures; equal, or nobody may sign.
        runs: run ids of those partitions.
    """

    form: str
    form_version: str
    cut: str
    agency: str
    period: str
    calendar: str
    first_day: date
    last_day: date
    basis: str
    figures: Sequence[Mapping[str, Any]]
    fingerprint: str
    identities: int
    expected: int
    covered: int
    runs: Sequence[int]


@dataclass(frozen=True, slots=True)
class Signing(Printed):
    """A form that is about to be signed, with its workbook and who signs."""

    file: bytes
    signer: str


@dataclass(frozen=True, slots=True)
class SignedForm(Printed):
    """A signed form without its workbook."""

    signed_form_id: int
    file_sha256: str
    signer: str
    signed_at: datetime


def sign(conn: Connection, signing: Signing) -> tuple[int, datetime]:
    """Keep a signed form; return its number and the instant. Commits."""
    asked = {field.name: getattr(signing, field.name) for field in fields(signing)}
    asked |= {"figures": Json(list(signing.figures)), "runs": list(signing.runs)}
    asked["file_sha256"] = sha256(signing.file).hexdigest()
    with translated(), conn, conn.cursor() as cursor:
        row = run(cursor, "signed.sign", **asked).fetchone()
        assert row is not None
        return int(row[0]), row[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which signed forms are meant; attributes as in ``Signing``, None = whatever."""

    form: str | None = None
    cut: str | None = None
    agency: str | None = None
    period: str | None = None
    calendar: str | None = None
    basis: str | None = None


ANYWHERE = Place()


def signed_forms(conn: Connection, place: Place = ANYWHERE, *, count: int = 50) -> list[SignedForm]:
    """Return the signed forms of a place, newest first."""
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "signed.list", count=count, **asdict(place))
        return [SignedForm(*row) for row in rows]


def signed_form(conn: Connection, signed_form_id: int) -> SignedForm | None:
    """Return one signed form, None where there is none."""
    with read_snapshot(conn) as cursor:
        row = run(cursor, "signed.one", signed_form_id=signed_form_id).fetchone()
        return SignedForm(*row) if row else None


def signed_file(conn: Connection, signed: SignedForm) -> bytes:
    """Return the workbook byte for byte as it was signed.

    Raises:
        ArchiveCorrupt: the bytes are not those that were signed.
    """
    with read_snapshot(conn) as cursor:
        row = run(cursor, "signed.file", signed_form_id=signed.signed_form_id).fetchone()
    assert row is not None
    file = bytes(row[0])
    if sha256(file).hexdigest() != signed.file_sha256:
        where = f"ledger.signed_form {signed.signed_form_id}"
        raise ArchiveCorrupt(where=where, seen=sha256(file).hexdigest(), allowed=signed.file_sha256)
    return file


def runs_behind(
    conn: Connection, feed: str, first: date, last: date, agencies: Sequence[str] | None = None
) -> list[int]:
    """Return the runs that a feed's figures of days first..last stand on, in order."""
    asked = {"feed": feed, "first_day": first, "last_day": last, "agencies": agencies}
    with read_snapshot(conn) as cursor:
        return [row[0] for row in run(cursor, "signed.runs", **asked)]
