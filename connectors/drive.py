"""The driver: performs what a kind asks for. The only code that touches a network.

Live and replay are the same walk: ``pull`` performs its requests, ``replay`` takes the answers
from the archive and insists that the requests are the archived ones.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from connectors.ahead import run_ahead
from connectors.auth import login_for
from connectors.clock import SourceClock
from connectors.courtesy import Courtesy
from connectors.decode import Body
from connectors.decode_json import EnvelopeDecoder
from connectors.decoders import decoder_for
from connectors.format import XmlFormat
from connectors.json_strict import read_strictly
from connectors.link import with_links
from connectors.patience import Patience, Waits
from connectors.prefetch import Asked, Prefetch
from connectors.protocol import (
    Answer,
    Declared,
    Exchange,
    Request,
    cursor_of,
    request_from_json,
    request_json,
)
from connectors.reply_check import check_reply, sniffed
from connectors.source import Source
from connectors.system import System
from connectors.transport import Reply, Wire
from connectors.transports import outlives_fork, transport_for
from connectors.wire import target_of, wire_for
from connectors.xml_fault import check_answer
from contracts.errors import ArchiveCorrupt, HubError, SourceRefused, SourceUnavailable
from contracts.page import Page
from contracts.partition import Partition

__all__ = ["Exchange", "pull", "replay", "request_from_json", "request_json"]

Exchanges = Generator[Exchange, None, Mapping[str, int]]

_MANIFEST_BYTES = 1024 * 1024


class _LoginExpired(Exception):
    """A token or session ran out in mid-run."""


def pull(
    source: Source,
    partition: Partition,
    *,
    courtesy: Courtesy | None = None,
    patience: Patience | None = None,
    ahead: bool = True,
) -> Exchanges:
    """Yield the pages of one day from the live source; return what it declared.

    Args:
        source: where from.
        partition: which day; days are days of Asia/Ho_Chi_Minh.
        courtesy: the budget shared by all workers; none for a source of one's own.
        patience: limits of time and tries.
        ahead: whether a long pull goes on in a process of its own.

    Raises:
        SourceUnavailable: tries or time are spent; the whole pull may be tried again.
        SourceRefused: the agency must act.
        SourceUnsafe: a security stop.
        ContractBroken: what came cannot be the day.
        ConfigError: a secret or certificate cannot be read.
    """
    live = _pull(source, partition, courtesy, patience or Patience())
    return run_ahead(live) if ahead and outlives_fork(source.connection) else live


def replay(source: Source, partition: Partition, archived: Iterator[Exchange]) -> Exchanges:
    """Yield the archived pages of one day through the same walk; no network.

    Raises:
        ArchiveCorrupt: REPLAY-DIFFERS, the walk asks for something else than was archived.
    """
    walk = source.walk(partition)
    request = next(walk)
    while True:
        seen: list[Page] = []
        for exchange in archived:
            if exchange.request != request:
                raise _differs(partition, request)
            seen.append(_bare(exchange.page))
            yield exchange
            if exchange.last:
                break
        else:
            raise _differs(partition, request)
        try:
            request = walk.send(_answer(seen))
        except StopIteration as end:
            if next(archived, None) is not None:
                raise _differs(partition, request) from None
            declared: Mapping[str, int] = end.value
            return declared


def _differs(partition: Partition, request: Request) -> ArchiveCorrupt:
    return ArchiveCorrupt(
        "The walk asks for something else than was archived",
        code="REPLAY-DIFFERS",
        where=str(partition),
        seen=f"{request.method} {request.path.partition('?')[0]}",
        action="replay with the versions of system and kind that the run pinned",
    )


def _pull(
    source: Source, partition: Partition, courtesy: Courtesy | None, patience: Patience
) -> Exchanges:
    name, slots = source.connection_name, source.system.connections
    walk = source.walk(partition)
    try:
        with courtesy.slot(name, slots) if courtesy else nullcontext():
            asker = _Asker(source, courtesy, patience)
            try:
                return (yield from _walk(walk, asker))
            finally:
                asker.close()
    except HubError as error:
        error.at(str(partition))
        raise


def _walk(walk: Generator[Request, Answer, Mapping[str, int]], asker: "_Asker") -> Exchanges:
    request = next(walk)
    while True:
        seen: list[Page] = []
        for page, last in _with_last(asker.pages(request)):
            seen.append(_bare(page))
            yield Exchange(request, page, last)
        try:
            request = walk.send(_answer(seen))
        except StopIteration as end:
            declared = {**end.value, **asker.clock.declared}
            return Declared(declared, cursor_of(end.value))


def _bare(page: Page) -> Page:
    """Return a page without its rows: a walk must not hold a long file's blocks."""
    return Page(page.rows, {}, envelope=page.envelope, digest=page.digest)


def _answer(pages: list[Page]) -> Answer:
    last = pages[-1]
    rows = sum(page.rows for page in pages)
    return Answer(rows, last.envelope, last.digest, found=bool(last.digest))


def _with_last(pages: Iterator[Page]) -> Iterator[tuple[Page, bool]]:
    held = next(pages)
    for page in pages:
        yield held, False
        held = page
    yield held, True


class _Asker:
    """One pull's transport, login and decoders."""

    def __init__(self, source: Source, courtesy: Courtesy | None, patience: Patience) -> None:
        self._source, self._courtesy, self._patience = source, courtesy, patience
        self._waits = Waits(patience)
        self.clock = SourceClock(source.connection_name)
        self._transport = transport_for(source, patience)
        self._login = login_for(source.system.auth, source.connection, self._ask)
        self._data = decoder_for(source)
        self._manifest = EnvelopeDecoder(source.envelope)
        self._ahead = Prefetch(self._ask_for)

    def close(self) -> None:
        """Let go of sockets."""
        self._ahead.end()
        self._transport.close()

    def pages(self, request: Request) -> Iterator[Page]:
        """Yield the pages of an answer; retried until its first page is there.

        A long file that breaks off later is not begun again here: its first blocks have been
        handed out, so the whole pull fails and is tried again by its caller.

        Raises:
            SourceError: the source does not serve, or refuses the login.
            ContractBroken: the answer cannot be read as agreed.
        """
        renewed, attempt = False, 1
        while True:
            pages = self._attempt(request)
            try:
                first = next(pages)
            except _LoginExpired as signal:
                if renewed or not self._login.renew():
                    raise SourceRefused("The login is refused", code="AUTH") from signal
                renewed = True
            except SourceUnavailable as error:
                self._waits.pause(error, attempt)
                attempt += 1
            else:
                yield first
                yield from pages
                return

    def _attempt(self, request: Request) -> Iterator[Page]:
        reply, body = self._ahead.take(request) or self._ask_for(request)
        try:
            if reply.status == 401:
                raise _LoginExpired
            if reply.status == 404 and request.optional:
                yield Page(0, {})
                return
            check_answer(reply, request, self._source.system, body)
            decoder = self._data if request.data else self._manifest
            if request.then:
                body.at_end = partial(self._ahead.begin, request.then)
            for page in decoder.pages(body):
                self._check_success(page, request)
                yield self._taken(page, request, reply)
        finally:
            reply.close()

    def _ask_for(self, request: Request) -> Asked:
        if request.pause:
            self._patience.sleep(request.pause)
        reply = self._send(wire_for(self._source, request, self._login))
        return reply, Body(sniffed(reply.chunks, markup=self._source.system.format.type == "xml"))

    def _send(self, wire: Wire) -> Reply:
        system = self._source.system
        if self._courtesy:
            self._courtesy.pace(self._source.connection_name, system.interval_seconds)
        reply = self._transport.send(wire, system.max_bytes)
        self.clock.read(reply.headers)
        return reply

    def _taken(self, page: Page, request: Request, reply: Reply) -> Page:
        source = self._source
        page = with_links(page, source, self._login, target_of(request), reply.headers)
        return source.options.taken(request.completed(page)) if request.data else page

    def _check_success(self, page: Page, request: Request) -> None:
        system = self._source.system
        if system.auth.scheme == "session":
            code = page.envelope.get(system.auth.code)
            if code is not None and str(code) in system.auth.expired:
                raise _LoginExpired
        if not system.success:
            return
        told = page.envelope.get(system.success.path)
        if told is None and (not request.data or not page.digest or _is_message(system)):
            return  # a manifest, a message or the beginning of a long answer says nothing of it
        if str(told) not in system.success.values:
            raise SourceUnavailable(
                "The application reports an error",
                code="APP-ERROR",
                seen=f"{system.success.path}={told!r}"[:80],
                allowed=", ".join(system.success.values),
            )

    def _ask(self, wire: Wire) -> Mapping[str, Any]:
        """Send a login call and return its JSON object.

        Raises:
            SourceRefused: AUTH, the source does not know us.
        """
        reply = self._transport.send(wire, _MANIFEST_BYTES)
        try:
            if 400 <= reply.status < 500 and reply.status != 429:
                told = f"HTTP {reply.status}"
                raise SourceRefused("The login is refused", code="AUTH", seen=told)
            check_reply(reply, Request(wire.target, data=False), self._source.system)
            answer = read_strictly(b"".join(reply.chunks).decode("utf-8", "replace"))
        finally:
            reply.close()
        return answer if isinstance(answer, dict) else {}


def _is_message(system: System) -> bool:
    return isinstance(system.format, XmlFormat) and system.format.message
