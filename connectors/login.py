"""Logging in: secrets are read here, put on the wire here, and shown nowhere."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from connectors.connection import Connection
from connectors.protocol import Request
from connectors.transport import Wire
from contracts.errors import ConfigError

_TELLING = 8
"""Signs from which a value of a link that equals a secret is one: a page number may equal a short
one by chance."""

Ask = Callable[[Wire], Mapping[str, Any]]
"""Sends a wire and returns the answer's JSON object."""


def read_secret(connection: Connection, reference: str | None = None) -> str:
    """Return the secret a connection refers to, by default its ``secret``.

    Raises:
        ConfigError: the reference leads nowhere; the text names the reference, never the value.
    """
    reference = reference or connection.secret
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
    """Nobody to be; also the base of the others.

    Attributes:
        secrets: what it proves itself with just now, and no source may give back to us.
    """

    secrets: tuple[str, ...] = ()

    def body(self, request: Request) -> Any:
        """Return the request's JSON body with what proves who asks."""
        return request.body

    def sign(self, wire: Wire) -> Wire:
        """Return the finished wire with what proves who asks beside its body."""
        return wire

    def hide(self, link: str) -> str:
        """Return a link of the source without parameters that repeat a secret of ours."""
        path, mark, query = link.partition("?")
        if not mark or not self.secrets:
            return link
        parts = [part for part in query.split("&") if not self._repeats(part)]
        return "?".join([path, "&".join(parts)] if parts else [path])

    def _repeats(self, part: str) -> bool:
        pair, value = unquote_plus(part), unquote_plus(part.partition("=")[2])
        return pair in self.secrets or (len(value) >= _TELLING and value in self.secrets)

    def renew(self) -> bool:
        """Forget a token or session that ran out; False where there is none to renew."""
        return False


class HeaderLogin(Login):
    """The same headers for every request."""

    def __init__(self, headers: Mapping[str, str], secret: str) -> None:
        self._headers, self.secrets = headers, (secret,)

    def sign(self, wire: Wire) -> Wire:
        """Return the wire with the headers."""
        return with_headers(wire, self._headers)


class QueryLogin(Login):
    """The same query parameters for every request; sources like to repeat them in links."""

    def __init__(self, parameters: Mapping[str, str], secret: str) -> None:
        self._query = urlencode(parameters, quote_via=quote)
        self.secrets = (secret, *(f"{name}={value}" for name, value in parameters.items()))

    def sign(self, wire: Wire) -> Wire:
        """Return the wire with the parameters last."""
        joint = "&" if "?" in wire.target else "?"
        return replace(wire, target=wire.target + joint + self._query)


def with_headers(wire: Wire, headers: Mapping[str, str]) -> Wire:
    """Return a wire with further headers."""
    return replace(wire, headers={**wire.headers, **headers})
