"""The door: everybody passes here first.

It asks who they are and whether they ask too often, and lets nobody whom it does not know further
than open data.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import HubError
from serving.access import NOBODY, Access, Network, Person, is_within, networks_of
from serving.answer import secured
from serving.problem import Problem, problem_of
from serving.rest.keyring import Keyring, token_of, with_keys
from serving.rest.limit import Left, Limits, address_bucket
from serving.service import PERSON, Service

OPEN = ("/data", "/openapi.json", "/v1", "/sdmx", "/health", "/static")
"""Where people whom nobody knows may go; routes there may still ask for more."""
UNCOUNTED = ("/static", "/health")
LOCAL_FACTOR = 1_000
"""The people of this machine may ask so many times more: their limit is the machine."""

Tell = Callable[[Request, Problem], Awaitable[Response]]


@dataclass(slots=True)
class Door:
    """ASGI middleware around everything else.

    Attributes:
        app: what is behind it.
        service: the service.
        tell: makes the answer of a problem.
    """

    app: ASGIApp
    service: Service
    tell: Tell
    limits: Limits = field(init=False)
    _keyring: Keyring = field(init=False, repr=False)
    _access: Access = field(init=False, repr=False)
    _proxies: tuple[Network, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        settings = self.service.settings
        self.limits = Limits(settings.rate_per_minute, settings.rate_burst)
        self._proxies = networks_of(settings.proxy_networks)
        self._keyring = Keyring(self.service)
        self._access = with_keys(self.service.access, self._keyring)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a question in, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asking = Request(scope, receive)
        told: dict[str, str] = {}
        try:
            scope[PERSON] = await self._admit(asking, told)
        except (Problem, HubError) as error:
            problem = error if isinstance(error, Problem) else problem_of(error)
            answer = await self.tell(asking, problem)
            answer.headers.update(told)
            await answer(scope, receive, secured(send))
            return
        await self.app(scope, receive, _telling(send, told))

    async def _admit(self, asking: Request, told: dict[str, str]) -> Person:
        """Return who asks.

        Raises:
            Problem: 401, 429.
            HubError: the warehouse cannot be reached to look at a key.
        """
        token = token_of(asking)
        host, is_here = self._place(asking)
        if token and not self._keyring.is_known(token):
            # Before any work is done for it: guessing keys is limited by address.
            self._take(f"key at {address_bucket(host)}", is_here, told)
            who = await run_in_threadpool(self._access, asking)
        else:
            who = self._access(asking)
        path = asking.url.path.removeprefix(asking.scope.get("root_path", "").rstrip("/"))
        if not _is_below(path, UNCOUNTED):
            bucket = f"person {who.name}" if who.name else address_bucket(host)
            self._take(bucket, is_here, told)
        if who == NOBODY and not _is_below(path, OPEN):
            raise Problem(401, "ACCESS", "open data alone needs no name", allowed=", ".join(OPEN))
        return who

    def _place(self, asking: Request) -> tuple[str, bool]:
        """Return where a question comes from, and whether from this machine without a proxy."""
        host = asking.client.host if asking.client else ""
        if not self.service.settings.proxy_name_header:
            return host, is_within(asking)
        if is_within(asking, self._proxies):
            # The proxy appends whom it heard; what stands before that, anybody may have written.
            told = asking.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
            return told or host, False
        return host, False

    def _take(self, bucket: str, is_here: bool, told: dict[str, str]) -> None:
        left = self.limits.take(bucket, LOCAL_FACTOR if is_here else 1)
        told.update(_headers(left, self.limits))
        if not left.is_allowed:
            told["Retry-After"] = str(left.wait_seconds)
            allowed = f"{self.limits.per_minute} a minute"
            raise Problem(429, "RATE", "too many questions", allowed=allowed)


def _headers(left: Left, limits: Limits) -> dict[str, str]:
    """Return what is left, as headers. Source: IETF draft-ietf-httpapi-ratelimit-headers."""
    return {
        "RateLimit-Policy": f'"hub";q={limits.per_minute};w=60',
        "RateLimit": f'"hub";r={left.remaining};t={left.wait_seconds}',
    }


def _is_below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == p or path.startswith((f"{p}/", f"{p}.")) for p in places)


def _telling(send: Send, told: dict[str, str]) -> Send:
    extra = [(name.lower().encode(), value.encode()) for name, value in told.items()]

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return telling
