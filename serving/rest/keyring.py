"""The keyring: whom a key names, remembered for a while so that its hash is asked for seldom."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from starlette.requests import HTTPConnection

from serving.access import NOBODY, Access, Person, Role
from serving.problem import Problem
from serving.service import Service
from warehouse.key import PREFIX, Key, Scope, is_secret_of, read_key, split_key

TRUSTED_SECONDS = 30.0
"""After so long a known key is looked at again: a revoked one works no longer than this."""
REMEMBERED = 1_000
ROLES: dict[Scope, frozenset[Role]] = {"open": frozenset(), "inner": frozenset({"reader"})}
SCHEME = "bearer "


@dataclass(frozen=True, slots=True)
class _Known:
    """A key whose secret was right; ``seen`` is when it was last looked at."""

    key: Key
    seen: float


@dataclass(slots=True)
class Keyring:
    """Tells whom the keys name, beside whatever else tells people apart.

    Attributes:
        service: leads to the warehouse, the clock and the other way of telling people apart.
        tick: seconds that only grow.
    """

    service: Service
    tick: Callable[[], float] = field(default=time.monotonic, repr=False)
    _known: OrderedDict[bytes, _Known] = field(default_factory=OrderedDict, repr=False)

    def is_known(self, token: str) -> bool:
        """Tell whether a token needs no work: it was right a moment ago."""
        known = self._known.get(_digest(token))
        return known is not None and self.tick() - known.seen < TRUSTED_SECONDS

    def person(self, token: str) -> Person:
        """Return whom a token of ours names.

        Raises:
            Problem: 401, it names nobody (any more).
        """
        key = self._key(token)
        if key is None or not key.is_valid(self.service.clock()):
            self._known.pop(_digest(token), None)
            raise refused()
        roles = frozenset(role for scope in key.scopes for role in ROLES[scope])
        return Person(f"{key.holder} ({PREFIX}{key.key_id})", roles)

    def _key(self, token: str) -> Key | None:
        digest = _digest(token)
        known = self._known.get(digest)
        if known and self.tick() - known.seen < TRUSTED_SECONDS:
            return known.key
        key_id, secret = split_key(token)
        with self.service.connection() as conn:
            key = read_key(conn, key_id)
        is_same = known is not None and key is not None and known.key.key_hash == key.key_hash
        if not is_same and not is_secret_of(key, secret):
            return None
        assert key is not None
        self._known[digest] = _Known(key, self.tick())
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return key


def token_of(asking: HTTPConnection) -> str:
    """Return the bearer token of a question, empty where there is none."""
    said = asking.headers.get("authorization", "")
    return said[len(SCHEME) :].strip() if said.lower().startswith(SCHEME) else ""


def with_keys(access: Access, keyring: Keyring) -> Access:
    """Return an access that knows people by keys, and by another access where no key is shown.

    A token that is no key of ours is left to the other access (an identity provider's, or
    Airflow's); where that knows nobody either, it is refused and never passed off as nobody.
    """

    def person(asking: HTTPConnection) -> Person:
        token = token_of(asking)
        if token.startswith(PREFIX):
            return keyring.person(token)
        who = access(asking)
        if token and who == NOBODY:
            raise refused()
        return who

    return person


def refused() -> Problem:
    """Return the answer to a key that names nobody."""
    return Problem(401, "KEY", "the key is unknown, expired or revoked", next="hub key list")


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
