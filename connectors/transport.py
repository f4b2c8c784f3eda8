"""What goes over the wire and what comes back, whatever carries it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Wire:
    """A request ready to be sent; target, headers and body may hold secrets, never shown.

    Attributes:
        method: HTTP method; ``LIST`` asks a folder for its newest file that matches.
        target: path and query below the connection's base.
        headers: header fields.
        body: bytes to send.
    """

    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def path(self) -> str:
        """Return the path as people write it, for what is no web server."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> Mapping[str, str]:
        """Return the query as people write it."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body has not been read yet.

    Attributes:
        status: HTTP status; what is no web server knows 200 and 404.
        headers: header fields by lower-case name.
        chunks: the body after transfer and content decoding; ends without an error only where
            it is whole, as far as lengths can tell.
        measured: whether a length tells where the body ends.
        close: gives up what was not read; the connection is kept only after a whole body.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]
    measured: bool = True
    close: Callable[[], None] = lambda: None


class Transport(Protocol):
    """Carries requests to the one place a connection names."""

    def send(self, wire: Wire, most: int) -> Reply:
        """Send a request; answers of more than ``most`` bytes (unpacked) are refused."""

    def close(self) -> None:
        """Let go of sockets."""
