"""A long pull goes on in a process of its own, so that two processors share one day.

Decoding one page and judging another both hold the interpreter's lock, so a thread gains little
beyond the waiting for the network. A forked process takes over the walk where it stands, with
its open connection and its login, and hands every page over as the document that is archived
anyway.
"""

import fcntl
import os
import signal
import sys
from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import NoReturn

from connectors.protocol import Exchange
from contracts.errors import SourceUnavailable
from contracts.page import page_document, read_document

Exchanges = Generator[Exchange, None, Mapping[str, int]]

LONG = 16
"""Exchanges after which a pull counts as long; a fork costs about as much as a page."""
_SWITCH_SECONDS = 50e-6
"""How long the thread that reads ahead waits for the one that decodes: with Python's 5 ms the
next request left only after the page at hand was decoded (6 % of a long pull)."""
_PIPE_BYTES = 1 << 20
"""Room for the few pages that may lie between the processes (Linux; others keep theirs)."""


@dataclass(frozen=True, slots=True)
class _End:
    """The walk is over; what the source declared."""

    declared: Mapping[str, int]


def run_ahead(pull: Exchanges, after: int = LONG) -> Exchanges:
    """Yield what a pull yields; past ``after`` exchanges they are made in another process.

    Errors of the walk are raised here. When the consumer stops, the other process is ended
    before this returns; when this process dies, the other ends at its next page.

    Raises:
        SourceUnavailable: PULL-LOST, the other process was killed; the pull may be repeated.
    """
    for _ in range(after):
        try:
            yield next(pull)
        except StopIteration as end:
            declared: Mapping[str, int] = end.value
            return declared
    return (yield from _continue(pull))


def _continue(pull: Exchanges) -> Exchanges:
    ours, theirs = Pipe(duplex=False)
    with suppress(OSError):
        fcntl.fcntl(theirs.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    child = os.fork()
    if child == 0:
        ours.close()
        _serve(pull, theirs)
    theirs.close()
    pull.close()  # our copies of its sockets and locks; the other process holds its own
    try:
        return (yield from _receive(ours))
    finally:
        ours.close()
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _receive(ours: "Connection[object, object]") -> Exchanges:
    while True:
        try:
            made = ours.recv()
        except EOFError:
            raise SourceUnavailable(
                "The process that fetched was killed", code="PULL-LOST"
            ) from None
        match made:
            case _End():
                return made.declared
            case Exception():
                raise made
            case Exchange():
                page = read_document(made.page.document)
                yield replace(
                    made,
                    page=replace(made.page, columns=page.columns, broken=page.broken),
                )


def _serve(pull: Exchanges, theirs: "Connection[object, object]") -> NoReturn:
    """Make the rest of the walk, then end without the parent's exit handlers."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.setswitchinterval(_SWITCH_SECONDS)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
        with suppress(BrokenPipeError), closing(theirs):
            theirs.send(_last(pull, theirs))
            code = 0
    finally:
        os._exit(code)


def _last(pull: Exchanges, theirs: "Connection[object, object]") -> object:
    """Send every exchange; return what ends the walk: its end or its error."""
    while True:
        try:
            exchange = next(pull)
        except StopIteration as end:
            return _End(end.value)
        except Exception as error:  # noqa: BLE001 - raised again in the parent
            return error
        page = exchange.page
        bare = replace(page, columns={}, broken=(), document=page_document(page))
        theirs.send(replace(exchange, page=bare))
