"""Keys of systems: made once, kept as argon2id hashes, revoked for good.

A key is ``lt_<id>_<secret>``; the id is no secret and stands in lists and audit rows.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from warehouse.database import Connection, read_snapshot, run, translated

Scope = Literal["open", "inner"]
"""open: open data under a limit of its own; inner: every dataset and page, nothing is changed."""
PREFIX = "lt_"
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""The least that OWASP asks for: the secret is 192 random bits, no word that people choose."""
NOBODY_S = _HASHER.hash(secrets.token_hex(24))
"""Hash of no key: asked where an id is unknown, so that this takes as long as a wrong secret."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key as it is kept.

    Attributes:
        key_hash: argon2id; never shown.
        holder: whose it is.
        scopes: what it may do.
        expires_at, revoked_at: None = not.
    """

    key_id: str
    key_hash: str = field(repr=False)
    holder: str
    scopes: Sequence[Scope]
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it may be used at an instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A key that is to be made.

    Attributes:
        holder: whose it will be.
        scopes: what it may do.
        made_by: who makes it.
        expires_at: None = never.
    """

    holder: str
    scopes: Sequence[Scope]
    made_by: str
    expires_at: datetime | None = None


def make_key(conn: Connection, wanted: Wanted) -> tuple[str, str]:
    """Make a key; return its id and the key itself, which nobody can tell again. Commits."""
    key_id, secret = secrets.token_hex(5), secrets.token_hex(24)
    asked = {
        "key_id": key_id,
        "key_hash": _HASHER.hash(secret),
        "holder": wanted.holder,
        "scopes": list(wanted.scopes),
        "made_by": wanted.made_by,
        "expires_at": wanted.expires_at,
    }
    with translated(), conn, conn.cursor() as cursor:
        run(cursor, "key.make", **asked)
    return key_id, f"{PREFIX}{key_id}_{secret}"


def read_key(conn: Connection, key_id: str) -> Key | None:
    """Return one key, None where there is none."""
    with read_snapshot(conn) as cursor:
        row = run(cursor, "key.one", key_id=key_id).fetchone()
    return Key(*row) if row else None


def list_keys(conn: Connection) -> list[Key]:
    """Return all keys, newest first."""
    with read_snapshot(conn) as cursor:
        return [Key(*row) for row in run(cursor, "key.list")]


def revoke_key(conn: Connection, key_id: str) -> bool:
    """End a key; return whether there was one to end. Commits."""
    with translated(), conn, conn.cursor() as cursor:
        return run(cursor, "key.revoke", key_id=key_id).fetchone() is not None


def split_key(key: str) -> tuple[str, str]:
    """Return the id and the secret of a key; empty texts where it is no key of ours."""
    parts = key.split("_")
    if len(parts) != 3 or not key.startswith(PREFIX) or not key.isascii():
        return "", ""
    return parts[1], parts[2]


def is_secret_of(key: Key | None, secret: str) -> bool:
    """Tell whether a secret is a key's; an unknown key takes as long to refuse as a wrong one."""
    try:
        return _HASHER.verify(key.key_hash if key else NOBODY_S, secret) and key is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
