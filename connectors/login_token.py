"""Tokens and sessions: had by a call when first needed, forgotten when they run out."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.connection import Connection
from connectors.json_strict import pick
from connectors.login import Ask, Login, read_secret, with_headers
from connectors.login_options import JwtAuth, OAuth2Auth, SessionAuth
from connectors.protocol import Request
from connectors.transport import Wire
from contracts.errors import ConfigError, SourceRefused

_EARLY = 30.0
"""Seconds before its end at which a token is renewed."""
_USUAL = 300
"""Seconds that a token holds whose source does not say."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class TokenLogin(Login):
    """A bearer token for an OAuth2 grant."""

    def __init__(self, auth: OAuth2Auth, connection: Connection, ask: Ask) -> None:
        self._auth, self._connection, self._ask = auth, connection, ask
        self._token, self._ends, self._refresh = "", 0.0, ""

    def sign(self, wire: Wire) -> Wire:
        """Return the wire with the bearer header.

        Raises:
            SourceRefused: AUTH, no token is given.
        """
        if not self._token or time.monotonic() >= self._ends:
            self._take(self._ask(self._call()))
        return with_headers(wire, {"Authorization": f"Bearer {self._token}"})

    def renew(self) -> bool:
        """Forget the token."""
        self._token = ""
        return True

    def _call(self) -> Wire:
        form, headers = self._grant(), dict(_FORM)
        client, secret = self._connection.client_id, self._client_secret()
        if self._auth.client == "basic":
            pair = base64.b64encode(f"{client}:{secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            form["client_id"] = client
            form |= {"client_secret": secret} if secret else {}
        form |= {"scope": self._auth.scope} if self._auth.scope else {}
        return Wire("POST", self._auth.path, headers, urlencode(form).encode())

    def _grant(self) -> dict[str, str]:
        grant: dict[str, str] = {"grant_type": self._auth.grant}
        match self._auth.grant:
            case "password":
                user = self._connection.username
                return {**grant, "username": user, "password": read_secret(self._connection)}
            case "refresh_token":
                return {**grant, "refresh_token": self._refresh or read_secret(self._connection)}
        return grant

    def _client_secret(self) -> str:
        if self._auth.grant == "client_credentials":
            return read_secret(self._connection)
        reference = self._connection.client_secret
        return read_secret(self._connection, reference) if reference else ""

    def _take(self, answer: Mapping[str, Any]) -> None:
        token, told = answer.get("access_token"), str(answer.get("expires_in") or _USUAL)
        if not isinstance(token, str) or not told.isdecimal():
            raise SourceRefused("No token is given", code="AUTH", seen=", ".join(answer)[:80])
        self.secrets = (token,)
        self._token, self._ends = token, time.monotonic() + max(1.0, int(told) - _EARLY)
        if isinstance(refresh := answer.get("refresh_token"), str):
            self._refresh = refresh  # good for this pull; the connection's own file is not ours


class JwtLogin(TokenLogin):
    """A bearer token for an assertion that is signed anew for every token."""

    def __init__(self, auth: JwtAuth, connection: Connection, ask: Ask) -> None:
        super().__init__(OAuth2Auth(scheme="oauth2", path=auth.path), connection, ask)
        self._jwt = auth

    def _call(self) -> Wire:
        form = {"grant_type": _JWT_BEARER, "assertion": self._assertion()}
        form |= {"scope": self._jwt.scope} if self._jwt.scope else {}
        return Wire("POST", self._jwt.path, _FORM, urlencode(form).encode())

    def _assertion(self) -> str:
        import jwt  # noqa: PLC0415 - it brings cryptography along, which few pulls need

        connection, now = self._connection, int(time.time())
        claims = {
            "iss": connection.client_id,
            "sub": connection.username or connection.client_id,
            "aud": self._jwt.audience,
            "iat": now,
            "exp": now + self._jwt.seconds,
        }
        try:
            key = read_secret(connection)
            named = {"kid": self._jwt.key_id} if self._jwt.key_id else None
            return jwt.encode(claims, key, self._jwt.algorithm, named)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise ConfigError(
                "The secret is no key to sign with",
                where=connection.url,
                seen=str(connection.secret),
                allowed=f"a key for {self._jwt.algorithm}",
            ) from None  # the cause may quote the key


class SessionLogin(Login):
    """A session from a login call, carried in every JSON body or in a header."""

    def __init__(self, auth: SessionAuth, connection: Connection, ask: Ask) -> None:
        self._auth, self._connection, self._ask = auth, connection, ask
        self._session = ""

    def body(self, request: Request) -> Any:
        """Return the body with the session first.

        Raises:
            SourceRefused: AUTH, no session is given.
        """
        if self._auth.header:
            return request.body
        return {self._auth.field: self._held(), **(request.body or {})}

    def sign(self, wire: Wire) -> Wire:
        """Return the wire with the session in its header, where that is its place.

        Raises:
            SourceRefused: AUTH, no session is given.
        """
        if not self._auth.header:
            return wire
        return with_headers(wire, {self._auth.header: self._auth.prefix + self._held()})

    def renew(self) -> bool:
        """Forget the session."""
        self._session = ""
        return True

    def _held(self) -> str:
        self._session = self._session or self._log_in()
        return self._session

    def _log_in(self) -> str:
        auth = self._auth
        body = {
            auth.username_field: self._connection.username,
            auth.password_field: read_secret(self._connection),
        }
        kind = {"Content-Type": "application/json"}
        answer = dict(self._ask(Wire("POST", auth.path, kind, json.dumps(body).encode())))
        session = pick(answer, auth.field)
        if not isinstance(session, str) or not session:
            seen = f"{auth.code}={str(answer.get(auth.code))[:20]}"
            raise SourceRefused("No session is given", code="AUTH", seen=seen)
        self.secrets = (session,)
        return session
