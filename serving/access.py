"""Who is asking, and what they may do.

People come through a trusted proxy (which does OIDC or whatever the house uses) or through
Airflow; systems come with a key; on loopback alone, whoever sits at the machine is an operator.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Literal

from fastapi import Depends
from starlette.requests import HTTPConnection

from contracts.errors import ConfigError
from hub.settings import Settings
from serving.problem import Problem

Role = Literal["reader", "operator", "signer", "publisher"]
ROLES: tuple[Role, ...] = ("reader", "operator", "signer", "publisher")
"""reader: every page and figure; operator: backfill, replay, redrive; signer: signs forms;
publisher: sends packets. Each also reads."""

Network = IPv4Network | IPv6Network
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking.

    Attributes:
        name: as the proxy, Airflow or the key names them; empty = nobody said.
        roles: what they may do; empty = open data alone.
    """

    name: str = ""
    roles: frozenset[Role] = frozenset()

    def may(self, role: Role) -> bool:
        """Tell whether they have a role; every role may read."""
        return role in self.roles or (role == "reader" and bool(self.roles))


NOBODY = Person()
Access = Callable[[HTTPConnection], Person]


@dataclass(slots=True)
class ProxyAccess:
    """People as a trusted proxy names them.

    Attributes:
        name_header: header with the person's name.
        group_header: header with their groups, separated by commas; a group ``hub-operator``
            gives the role ``operator``, and so on.
        networks: where the proxy asks from, separated by commas; the headers of anybody else
            are not believed.
    """

    name_header: str
    group_header: str
    networks: str
    _networks: tuple[Network, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._networks = networks_of(self.networks)

    def __call__(self, asking: HTTPConnection) -> Person:
        """Return the person that the proxy names, nobody where it names none."""
        name = asking.headers.get(self.name_header, "").strip()
        if not name or not is_within(asking, self._networks):
            return NOBODY
        groups = {g.strip() for g in asking.headers.get(self.group_header, "").split(",")}
        roles = {role for role in ROLES if f"hub-{role}" in groups}
        return Person(name, frozenset(roles | {"reader"}))


def loopback(asking: HTTPConnection) -> Person:
    """Return the operator of this machine where the question comes from it, nobody else."""
    if is_within(asking):
        return Person("local", frozenset(ROLES))
    return NOBODY


def networks_of(text: str) -> tuple[Network, ...]:
    """Return networks that are written with commas between them."""
    return tuple(ip_network(one.strip()) for one in text.split(","))


def access_for(settings: Settings) -> Access:
    """Return how people are known under some settings.

    Raises:
        ConfigError: the address is not loopback and no proxy is named: everybody on the network
            would be an operator.
    """
    if settings.proxy_name_header:
        return ProxyAccess(
            settings.proxy_name_header, settings.proxy_group_header, settings.proxy_networks
        )
    if settings.serve_host in {"127.0.0.1", "::1", "localhost"}:
        return loopback
    raise ConfigError(
        "Chưa có cách nhận biết người dùng / nobody could be told apart",
        code="ACCESS",
        where="HUB_SERVE_HOST",
        seen=settings.serve_host,
        allowed="127.0.0.1, hoặc HUB_PROXY_NAME_HEADER và HUB_PROXY_NETWORKS",
        action="hub serve --help",
    )


def needs(role: Role) -> Callable[[HTTPConnection], Person]:
    """Return a dependency that lets only people with a role in.

    What changes anything is also held to its origin: a form on a stranger's page is refused.
    """

    def person(asking: HTTPConnection) -> Person:
        who: Person = asking.app.state.service.person(asking)
        if not who.may(role):
            status = 403 if who.roles else 401
            raise Problem(status, "ACCESS", f"role {role} is needed", seen=who.name)
        if asking.scope.get("method", "GET") not in SAFE:
            check_origin(asking)
        return who

    return person


def check_origin(asking: HTTPConnection) -> None:
    """Refuse what does not come from a page of ours.

    Raises:
        Problem: 403, no Origin or Referer of this host.
    """
    told = asking.headers.get("origin") or asking.headers.get("referer") or ""
    host = asking.headers.get("host", "")
    scheme, _, rest = told.partition("://")
    named = rest.partition("/")[0]
    if scheme in {"http", "https"} and host and hmac.compare_digest(named, host):
        return
    raise Problem(403, "ORIGIN", "the question does not come from a page of ours", seen=named[:60])


def is_within(asking: HTTPConnection, networks: Iterable[Network] = LOOPBACK) -> bool:
    """Tell whether the question comes from some networks, or from this machine."""
    if asking.client is None:
        return False
    try:
        address = ip_address(asking.client.host)
    except ValueError:
        return False
    return any(address in network for network in networks)


Reader = Annotated[Person, Depends(needs("reader"))]
Operator = Annotated[Person, Depends(needs("operator"))]
Signer = Annotated[Person, Depends(needs("signer"))]
Publisher = Annotated[Person, Depends(needs("publisher"))]
