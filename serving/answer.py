"""Answers that are kept: an address is worked out once per version of the warehouse.

The version is PostgreSQL's snapshot: any committed change moves it, so a kept answer is never
older than the moment the version was last looked at (at most ``STALE_SECONDS``). Kept bodies are
compressed once and carry an ETag.

On a morning some day arrives every second, and no answer would ever be met twice. People who
only read are therefore given a page as it was up to ``CALM_SECONDS`` ago, which says of when it
is; one that is older than ``RENEW_SECONDS`` is worked out anew behind them. Whoever may act on
figures (operator, signer, publisher) and every system sees the newest version always
(docs/adr/0008-kept-answers.md).
"""

import gzip
import time
from asyncio import Lock, Semaphore, Task, create_task, to_thread
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import HubError
from serving.access import Person, Role

STALE_SECONDS = 1.0
RENEW_SECONDS = 30.0
"""How long a page is told to readers before anything is worked out again."""
CALM_SECONDS = 120.0
"""How long a page may be told to readers after it was worked out, whatever was loaded since."""
AT_ONCE = 2
"""Answers that people wait for and that are worked out at the same time, beside one behind them;
more on two cores would only make each of them late."""
KEPT = 2048
"""Answers kept; the one asked for longest ago goes first."""
KEEPABLE_BYTES = 2_000_000
PROMPT = "/health"
"""Asked for by machines that must not wait behind readers; never kept."""
GZIP_LEVEL = 6
READING: frozenset[Role] = frozenset({"reader"})
KEEP = b"x-hub-keep"
"""Header by which a route says that its answer depends on the warehouse and the address alone."""

SECURITY = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            b"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
            b"frame-ancestors 'self'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

Headers = list[tuple[bytes, bytes]]
Place = tuple[str, ...]
Asked = tuple[Scope, Receive, Send]


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept answer; ``packed`` is its body compressed, ``made_at`` a monotonic instant."""

    version: str
    made_at: float
    headers: Headers
    packed: bytes
    etag: bytes


@dataclass(slots=True)
class Answers:
    """ASGI middleware: keeps answers, names ETags, compresses, sets the security headers.

    Attributes:
        app: the application behind it.
        version: tells the warehouse's version; may take a moment.
        person: tells who is asking; answers are kept per set of roles, and per name of those who
            may do more than read.
    """

    app: ASGIApp
    version: Callable[[], str]
    person: Callable[[HTTPConnection], Person]
    _kept: OrderedDict[Place, Kept] = field(default_factory=OrderedDict, repr=False)
    _making: dict[Place, Lock] = field(default_factory=dict, repr=False)
    _renewing: dict[Place, Task[None]] = field(default_factory=dict, repr=False)
    _working: Semaphore = field(default_factory=lambda: Semaphore(AT_ONCE), repr=False)
    _behind: Semaphore = field(default_factory=lambda: Semaphore(1), repr=False)
    _seen: tuple[float, str] = (0.0, "")
    _looking: Lock = field(default_factory=Lock, repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "GET" and not scope["path"].endswith(PROMPT):
            await self._get(scope, receive, send)
        else:
            await self.app(scope, receive, secured(send))

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        asking = HTTPConnection(scope)
        who = self.person(asking)
        place, is_calm = _place(asking, who)
        version = await self._version(0.0 if who.roles - READING else STALE_SECONDS)
        since = time.monotonic() - (CALM_SECONDS if is_calm else 0.0)
        kept = self._kept.get(place)
        if kept and kept.version == version:
            self._kept.move_to_end(place)
            await _tell(kept, asking, send)
        elif kept and kept.made_at > since:
            if time.monotonic() - kept.made_at >= RENEW_SECONDS:
                self._renew(place, scope)
            await _tell(kept, asking, send)
        else:
            await self._work_out(place, (scope, receive, send), self._working, since)

    def _renew(self, place: Place, scope: Scope) -> None:
        """Work an address out anew behind the readers, one address at a time.

        While it waits for its turn it holds nobody up: a reader whose page has become too old
        meanwhile has it worked out at once.
        """
        if place in self._renewing:
            return

        async def renewed() -> None:
            try:
                async with self._behind:
                    asked, now = (scope, _nothing, _nowhere), time.monotonic()
                    await self._work_out(place, asked, None, now)
            finally:
                self._renewing.pop(place, None)

        self._renewing[place] = create_task(renewed())

    async def _work_out(
        self, place: Place, asked: Asked, lane: Semaphore | None, since: float
    ) -> None:
        """Let the application answer; of those who ask at once, one has it done.

        What another had worked out after ``since``, a monotonic instant, is new enough. ``lane``:
        where to wait for a turn among all addresses; None where it came already.
        """
        scope, receive, send = asked
        turn = _Turn(self._making.setdefault(place, Lock()), lane)
        await turn.take()
        try:
            version = await self._version(STALE_SECONDS)
            kept = self._kept.get(place)
            if kept and (kept.version == version or kept.made_at > since):
                await _tell(kept, HTTPConnection(scope), send)
                return
            await turn.work()
            await self._make((place, version, turn), scope, receive, send)
        finally:
            turn.give()
            self._making.pop(place, None)

    async def _make(
        self, making: tuple[Place, str, "_Turn"], scope: Scope, receive: Receive, send: Send
    ) -> None:
        place, version, turn = making
        held: list[Message] = []
        body = bytearray()
        passing = secured(send)
        is_kept = False

        async def take(message: Message) -> None:
            nonlocal is_kept
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                is_kept = message["status"] == 200 and KEEP in names and bool(version)
                if is_kept:
                    held.append(message)
                    return
                turn.give()  # a stream may last as long as its reader likes
            elif is_kept:
                body.extend(message.get("body", b""))
                return
            await passing(message)

        made_at = time.monotonic()
        await self.app(scope, receive, take)
        if held:
            kept = await to_thread(_keep, (version, made_at), held[0]["headers"], bytes(body))
            if len(body) <= KEEPABLE_BYTES:
                self._remember(place, kept)
            await _tell(kept, HTTPConnection(scope), send)

    def _remember(self, place: Place, kept: Kept) -> None:
        self._kept[place] = kept
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _version(self, age: float) -> str:
        """Return the version as it was at most so many seconds ago; empty = keep nothing.

        Whoever acts sees what came of it at once, not a second later.
        """
        asked = time.monotonic()
        if self._seen[0] and asked - self._seen[0] < age:
            return self._seen[1]
        async with self._looking:
            if not self._seen[0] or self._seen[0] < asked - age:
                self._seen = (time.monotonic(), await to_thread(_looked_at, self.version))
        return self._seen[1]


@dataclass(slots=True)
class _Turn:
    """The turn to work an address out; given up once, whoever comes to it first.

    Attributes:
        lock: of the address.
        working: of all addresses that people wait for; None where its turn came already.
    """

    lock: Lock
    working: Semaphore | None
    is_held: bool = False
    is_working: bool = False

    async def take(self) -> None:
        await self.lock.acquire()
        self.is_held = True

    async def work(self) -> None:
        if self.working:
            await self.working.acquire()
            self.is_working = True

    def give(self) -> None:
        if self.working and self.is_working:
            self.is_working = False
            self.working.release()
        if self.is_held:
            self.is_held = False
            self.lock.release()


def _place(asking: HTTPConnection, who: Person) -> tuple[Place, bool]:
    """Return what an answer is kept under, and whether it may be a calm one."""
    scope = asking.scope
    root = scope.get("root_path", "")
    is_data = scope["path"].removeprefix(root).startswith(("/v1", "/sdmx"))
    is_calm = not is_data and who.roles <= READING
    place = (
        root,
        scope["path"],
        scope["query_string"].decode("latin-1"),
        asking.headers.get("host", ""),  # stands in addresses that a page shows
        asking.headers.get("accept", "") if is_data else "",
        "" if is_calm else who.name,
        *sorted(who.roles),
    )
    return place, is_calm


def _looked_at(version: Callable[[], str]) -> str:
    try:
        return version()
    except HubError:
        return ""  # the route itself will say what is wrong


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _nowhere(_message: Message) -> None:
    """Take an answer that nobody waits for."""


def _keep(made: tuple[str, float], headers: Headers, body: bytes) -> Kept:
    etag = b'"' + sha256(body).hexdigest()[:32].encode() + b'"'
    plain = [(n, v) for n, v in headers if n not in {KEEP, b"content-length", b"etag"}]
    plain += [(b"etag", etag), (b"cache-control", b"no-cache"), (b"vary", b"accept-encoding")]
    return Kept(*made, [*plain, *SECURITY], gzip.compress(body, GZIP_LEVEL, mtime=0), etag)


async def _tell(kept: Kept, asking: HTTPConnection, send: Send) -> None:
    if kept.etag.decode() in asking.headers.get("if-none-match", ""):
        await send({"type": "http.response.start", "status": 304, "headers": kept.headers})
        await send({"type": "http.response.body", "body": b""})
        return
    is_packed = "gzip" in asking.headers.get("accept-encoding", "")
    body = kept.packed if is_packed else gzip.decompress(kept.packed)
    headers = [*kept.headers, (b"content-length", str(len(body)).encode())]
    if is_packed:
        headers.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def secured(send: Send) -> Callable[[Message], Awaitable[None]]:
    """Return ``send`` that adds the security headers to what it sends."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(n, v) for n, v in message["headers"] if n != KEEP]
            message = {**message, "headers": [*kept, *SECURITY]}
        await send(message)

    return secured
