"""Where we may connect: one exact (scheme, host, port), resolved once, of allowed networks."""

import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

from connectors.connection import Connection, Origin
from contracts.errors import SourceUnavailable, SourceUnsafe

_CLEAN = frozenset(map(chr, range(0x21, 0x7F))) - {"\\"}
_PORTS = {"http": 80, "https": 443}


def resolve(connection: Connection) -> str:
    """Return the one address to connect to during a pull.

    The name is asked once: an answer that changes afterwards (DNS rebinding) is never used.

    Raises:
        SourceUnavailable: NET-DNS, the name has no address.
        SourceUnsafe: EGRESS, an address lies outside the connection's networks.
    """
    _, host, port = connection.origin
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise SourceUnavailable(
            "The host's name has no address", code="NET-DNS", seen=host
        ) from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if network_of(address) not in connection.networks:
            raise SourceUnsafe(
                "The host's address lies outside the connection's networks",
                seen=f"{host} in {network_of(address)}",
                allowed=", ".join(sorted(connection.networks)),
            )
    return addresses[0]


def network_of(address: str) -> str:
    """Return ``public``, ``private``, ``loopback`` or ``reserved`` (never allowed).

    >>> network_of("::ffff:169.254.169.254")
    'reserved'
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return "loopback"
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved:
        return "reserved"
    if ip.is_private:
        return "private"
    return "public" if ip.is_global else "reserved"


def redirect_target(origin: Origin, current: str, location: str, what: str = "A redirect") -> str:
    """Return path and query to follow, if a redirect stays at the origin.

    Args:
        origin: the only place that may be asked.
        current: path and query just asked.
        location: the answer's Location header, or another link of it.
        what: what leads there, for the error's text.

    Raises:
        SourceUnsafe: TLS-DOWNGRADE or EGRESS.
    """
    scheme, host, port = origin
    here = f"{scheme}://{host if ':' not in host else f'[{host}]'}:{port}{current}"
    if not location or not set(location) <= _CLEAN:
        raise _astray(what, "unprintable address", origin)
    parts = urlsplit(urljoin(here, location))
    try:
        target = (parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))
    except ValueError:
        raise _astray(what, "unreadable port", origin) from None
    if scheme == "https" and target[0] == "http":
        raise SourceUnsafe(
            f"{what} leads from https to http", code="TLS-DOWNGRADE", allowed="https"
        )
    if target != origin or "@" in parts.netloc:
        raise _astray(what, f"{target[0]}://{target[1]}:{target[2]}", origin)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _astray(what: str, seen: str, origin: Origin) -> SourceUnsafe:
    scheme, host, port = origin
    return SourceUnsafe(
        f"{what} leads off the allow-list", seen=seen, allowed=f"{scheme}://{host}:{port}"
    )
