"""HTTP where a folder may be listed: web servers show an index of links, as HTML or JSON.

nginx and Apache write sizes and times for people, rounded and in their own zone; so only names
are taken from an index, and each file that matches is asked for its own (``HEAD``).
"""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from connectors.connection import Connection
from connectors.egress import redirect_target
from connectors.json_strict import read_strictly
from connectors.listing import Entry, listed, matching, moment
from connectors.patience import Patience
from connectors.source import Source
from connectors.transport import Reply, Wire
from connectors.transport_http import HttpTransport
from contracts.errors import SourceUnsafe

_INDEX_BYTES = 16 * 2**20
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_LINKS = ("href", "url", "path")


def open_transport(source: Source, patience: Patience) -> "IndexTransport":
    """Return the transport of an ``http(s)://`` connection."""
    read = patience.read or source.system.read_seconds
    inner = HttpTransport(source.connection, patience, read, gzip=source.system.gzip)
    return IndexTransport(inner, source.connection)


class IndexTransport:
    """Passes requests on to HTTP; answers LIST from an index and the files it links to."""

    def __init__(self, inner: HttpTransport, connection: Connection) -> None:
        self._inner, self._origin, self._base = inner, connection.origin, connection.base

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._inner.close()

    def send(self, wire: Wire, most: int) -> Reply:
        """Send a request; see ``HttpTransport.send``.

        Raises:
            SourceUnsafe: EGRESS, a file that matches is linked to outside the connection.
        """
        if wire.method != "LIST":
            return self._inner.send(wire, most)
        page = Wire("GET", _index(wire.target.partition("?")[0]), wire.headers)
        reply = self._inner.send(page, _INDEX_BYTES)
        if reply.status != 200:
            return reply
        links = {_name(link): link for link in _links(reply)}
        marker = wire.query.get("marker", "")
        wanted = [e.name for e in matching((Entry(name, None, "") for name in links), wire)]
        files = [self._entry(links[name], page) for name in wanted]
        markers = [Entry(name + marker, None, "") for name in wanted if marker]
        return listed([*files, *markers], wire)

    def _entry(self, link: str, page: Wire) -> Entry:
        target = redirect_target(self._origin, self._base + page.target, link)
        if not target.startswith(self._base + "/"):
            raise SourceUnsafe("A file lies outside the connection's address", seen=target)
        below = target.removeprefix(self._base)
        reply = self._inner.send(Wire("HEAD", below, page.headers), 0)
        reply.close()
        size = reply.headers.get("content-length", "")
        return Entry(unquote(below), int(size) if size.isdigit() else None, _modified(reply))


def _index(target: str) -> str:
    """Return the address of an index: a page by its name, a folder with the slash it ends in."""
    is_page = "." in target.rpartition("/")[2]
    return target if is_page or target.endswith("/") else f"{target}/"


def _name(link: str) -> str:
    return unquote(urlsplit(link).path).rpartition("/")[2]


def _modified(reply: Reply) -> str:
    try:
        return moment(parsedate_to_datetime(reply.headers["last-modified"]).timestamp())
    except (KeyError, ValueError):
        return ""


def _links(reply: Reply) -> Iterator[str]:
    """Yield the links of an index, without those that only sort it anew."""
    try:
        text = b"".join(reply.chunks).decode("utf-8", "replace")
    finally:
        reply.close()
    if text.lstrip("\ufeff \r\n\t")[:1] in {"[", "{"}:
        found = list(_named(read_strictly(text)))
    else:
        page = _Anchors()
        page.feed(text)
        found = page.links
    yield from (link for link in found if "?" not in link)


class _Anchors(HTMLParser):
    """Collects what the anchors of a page lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an anchor's link."""
        self.links += [quote(v, _SAFE) for k, v in attrs if tag == "a" and k == "href" and v]


def _named(document: Any) -> Iterator[str]:
    """Yield the files of a JSON index: names, or objects that hold a name or a link."""
    if isinstance(document, dict):
        document = next((held for held in document.values() if isinstance(held, list)), [])
    for entry in document:
        held = entry if isinstance(entry, dict) else {"name": entry}
        link = next((held[key] for key in _LINKS if isinstance(held.get(key), str)), "")
        name = held.get("name")
        if link or isinstance(name, str):
            yield quote(link, _SAFE) if link else quote(str(name))
