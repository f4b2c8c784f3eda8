"""Logging in: secrets are read here, put on the wire here, and shown nowhere."""

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from connectors.connection import Connection
from connectors.protocol import Request
from connectors.system import ApiKeyAuth, Auth, BasicAuth, BearerAuth, OAuth2Auth, SessionAuth
from connectors.transport import Wire
from contracts.errors import ConfigError, SourceRefused

Ask = Callable[[Wire], Mapping[str, Any]]
"""Sends a wire and returns the answer's JSON object."""

_EARLY = 30.0
"""Seconds before its end at which a token is renewed."""


def read_secret(connection: Connection) -> str:
    """Return the secret a connection refers to.

    Raises:
        ConfigError: the reference leads nowhere; the text names the reference, never the value.
    """
    reference = connection.secret
    if not reference:
        raise ConfigError("The connection names no secret", where=connection.url)
    kind, _, name = reference.partition("/")
    if kind == "env" and (value := os.environ.get(name)):
        return value
    if kind == "file":
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError:
            pass
    raise ConfigError("The secret cannot be read", where=connection.url, seen=reference)


class Login:
    """Nobody to be; also the base of the others."""

    expired: tuple[str, ...] = ()
    """Application codes that mean "log in again"."""

    def headers(self) -> Mapping[str, str]:
        """Return the header fields that prove who asks."""
        return {}

    def body(self, request: Request) -> Any:
        """Return the request's JSON body with what proves who asks."""
        return request.body

    def renew(self) -> bool:
        """Forget a token or session that ran out; False where there is none to renew."""
        return False


class FixedLogin(Login):
    """The same headers for every request."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def headers(self) -> Mapping[str, str]:
        """Return the header fields that prove who asks."""
        return self._headers


class TokenLogin(Login):
    """OAuth2 client credentials; the token is had when first needed and before it ends."""

    def __init__(self, auth: OAuth2Auth, connection: Connection, ask: Ask) -> None:
        self._auth, self._connection, self._ask = auth, connection, ask
        self._token, self._ends = "", 0.0

    def headers(self) -> Mapping[str, str]:
        """Return the bearer header.

        Raises:
            SourceRefused: AUTH, no token is given.
        """
        if not self._token or time.monotonic() >= self._ends:
            self._login()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Forget the token."""
        self._token = ""
        return True

    def _login(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._connection.client_id,
            "client_secret": read_secret(self._connection),
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._ask(Wire("POST", self._auth.path, kind, urlencode(form).encode()))
        token, seconds = answer.get("access_token"), answer.get("expires_in", 300)
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise SourceRefused("No token is given", code="AUTH", seen=", ".join(answer)[:80])
        self._token, self._ends = token, time.monotonic() + max(1.0, seconds - _EARLY)


class SessionLogin(Login):
    """A session from a login call, carried in every JSON body."""

    def __init__(self, auth: SessionAuth, connection: Connection, ask: Ask) -> None:
        self._auth, self._connection, self._ask = auth, connection, ask
        self._session = ""
        self.expired = auth.expired

    def body(self, request: Request) -> Any:
        """Return the body with the session first.

        Raises:
            SourceRefused: AUTH, no session is given.
        """
        if not self._session:
            self._login()
        return {self._auth.field: self._session, **(request.body or {})}

    def renew(self) -> bool:
        """Forget the session."""
        self._session = ""
        return True

    def _login(self) -> None:
        secret = read_secret(self._connection)
        body = {"username": self._connection.username, "password": secret}
        kind = {"Content-Type": "application/json"}
        answer = self._ask(Wire("POST", self._auth.path, kind, json.dumps(body).encode()))
        session = answer.get(self._auth.field)
        if not isinstance(session, str) or not session:
            seen = f"{self._auth.code}={str(answer.get(self._auth.code))[:20]}"
            raise SourceRefused("No session is given", code="AUTH", seen=seen)
        self._session = session


def login_for(auth: Auth, connection: Connection, ask: Ask) -> Login:
    """Return the login of a system at a connection; nothing is sent yet."""
    match auth:
        case BasicAuth():
            pair = f"{connection.username}:{read_secret(connection)}".encode()
            value = f"Basic {base64.b64encode(pair).decode()}"
            return FixedLogin({"Authorization": value})
        case BearerAuth():
            return FixedLogin({"Authorization": f"Bearer {read_secret(connection)}"})
        case ApiKeyAuth():
            keys = {auth.id_header: connection.system_id}
            return FixedLogin({**keys, auth.secret_header: read_secret(connection)})
        case OAuth2Auth():
            return TokenLogin(auth, connection, ask)
        case SessionAuth():
            return SessionLogin(auth, connection, ask)
    return Login()
