"""Links to a next page: held against the connection before a kind or the archive sees them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, unquote

from connectors.connection import Connection
from connectors.egress import redirect_target
from connectors.login import Login
from connectors.source import HEADER, Source
from contracts.errors import ContractBroken, SourceUnsafe
from contracts.page import Page, Value

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w!#$&*+.^`|~-]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]+))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


def next_of(header: str) -> str:
    """Return the address that a ``Link`` header (RFC 8288) calls next; empty where it calls none.

    >>> next_of('<?page=1>; rel="first", <?page=3&a=b,c>; title="x, y"; rel="last next"')
    '?page=3&a=b,c'
    """
    for address, parameters in _LINK.findall(header):
        rels = " ".join(map("".join, _REL.findall(parameters)))
        if "next" in rels.lower().split():
            return str(address)
    return ""


def with_links(
    page: Page, source: Source, login: Login, asked: str, headers: Mapping[str, str]
) -> Page:
    """Return a page with the headers and the links that the kind asked for.

    Args:
        page: as it was decoded.
        source: where it came from.
        login: what it added to our requests is taken out of links.
        asked: path and query of the request, below the connection's address.
        headers: the answer's headers by lower-case name.

    Raises:
        SourceUnsafe: EGRESS or TLS-DOWNGRADE, a link leads off the connection's address.
        ContractBroken: DRIFT-TYPE, a link is no text.
    """
    envelope: dict[str, Value] = dict(page.envelope)
    envelope |= {p: headers.get(p.removeprefix(HEADER)) for p in source.envelope_headers}
    for path in source.options.links:
        value = envelope.get(path)
        if not isinstance(value, str | None):
            raise ContractBroken("A link is no text", code="DRIFT-TYPE", seen=f"{path}={value!r}")
        link = next_of(value) if value and path.startswith(HEADER) else value
        envelope[path] = below(source.connection, asked, login.hide(link)) if link else None
    return page if envelope == page.envelope else replace(page, envelope=envelope)


def below(connection: Connection, asked: str, link: str) -> str:
    """Return path and query of a link below a connection's address.

    Raises:
        SourceUnsafe: EGRESS or TLS-DOWNGRADE, it leads elsewhere.
    """
    base = connection.base
    plain = re.sub(r"[^\x00-\x7f]+", lambda found: quote(found[0]), link.strip(" "))
    target = redirect_target(connection.origin, base + asked, plain, "A link")
    path = target.partition("?")[0]
    if not f"{path}/".startswith(f"{base}/") or ".." in unquote(path).split("/"):
        raise SourceUnsafe("A link leads out of the connection's address", allowed=f"{base}/…")
    return target.removeprefix(base) or "/"
