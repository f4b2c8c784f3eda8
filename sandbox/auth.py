"""Authentication of every shape: tokens, sessions, passwords and keys of the sandbox."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.http import Request

TOKEN_SECONDS = 3600


@dataclass(slots=True)
class Grant:
    """What one token or session allows.

    Attributes:
        until: end of validity, in the guard's clock.
        calls: calls left; None = any number.
    """

    agency: str
    until: float
    calls: int | None


@dataclass(slots=True)
class Terms:
    """What new tokens and sessions of an agency are good for."""

    seconds: float = TOKEN_SECONDS
    calls: int | None = None


@dataclass(slots=True)
class Guard:
    """Checks who asks.

    Attributes:
        folder: one file per agency code that holds its secret.
        clock: monotonic seconds.
        terms: by agency, where set by hand.
    """

    folder: Path
    clock: Callable[[], float]
    terms: dict[str, Terms] = field(default_factory=dict)
    _grants: dict[str, Grant] = field(default_factory=dict)
    _secrets: dict[str, str] = field(default_factory=dict)

    def make_secrets(self, agencies: Iterable[str]) -> None:
        """Write a secret for every agency that has none (mode 0600)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for code in agencies:
            path = self.folder / code
            if not path.exists():
                path.touch(mode=0o600)
                path.write_text(secrets.token_urlsafe(24), encoding="utf-8")

    def opens(self, agency: str, user: str, secret: str) -> bool:
        """Return whether user and secret are the agency's."""
        known = self._secret(agency)
        is_right = hmac.compare_digest(secret.encode(), known.encode())
        return bool(known) and user == agency and is_right

    def grant(self, agency: str) -> tuple[str, Terms]:
        """Return a new token or session and what it is good for."""
        terms = self.terms.get(agency, Terms())
        token = secrets.token_urlsafe(24)
        self._grants[token] = Grant(agency, self.clock() + terms.seconds, terms.calls)
        return token, terms

    def accepts(self, agency: str, token: str) -> bool:
        """Return whether a token or session holds, and count the call."""
        grant = self._grants.get(token)
        if grant is None or grant.agency != agency:
            return False
        if self.clock() >= grant.until or grant.calls == 0:
            del self._grants[token]
            return False
        if grant.calls is not None:
            grant.calls -= 1
        return True

    def revoke(self, agency: str) -> None:
        """End every token and session of the agency."""
        self._grants = {t: g for t, g in self._grants.items() if g.agency != agency}

    def basic(self, agency: str, request: Request) -> bool:
        """Check a Basic header."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and self.opens(agency, user, secret)

    def token(self, agency: str, request: Request) -> bool:
        """Check a Bearer header that holds a granted token."""
        return self.accepts(agency, _bearer(request.headers))

    def static(self, agency: str, request: Request) -> bool:
        """Check a Bearer header that holds the agency's secret itself."""
        return self.opens(agency, agency, _bearer(request.headers))

    def key(self, agency: str, request: Request) -> bool:
        """Check the X-SystemId and X-SecretKey headers."""
        headers = request.headers
        return self.opens(agency, headers.get("x-systemid", ""), headers.get("x-secretkey", ""))

    def digest(self, agency: str, user: str, before: bytes, told: str) -> bool:
        """Check a WS-Security password digest: SHA-1 of nonce, moment and secret."""
        hashed = hashlib.sha1(before + self._secret(agency).encode(), usedforsecurity=False)
        right = base64.b64encode(hashed.digest()).decode()
        return user == agency and hmac.compare_digest(right, told)

    def _secret(self, agency: str) -> str:
        if agency not in self._secrets:
            path = self.folder / agency
            text = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
            if not text:
                return ""
            self._secrets[agency] = text
        return self._secrets[agency]


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value if scheme.lower() == "bearer" else ""
