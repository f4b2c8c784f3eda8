"""What a kind and a driver say to each other. A kind never opens a socket."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from contracts.page import Page, Value
from contracts.partition import Partition


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask a source for, relative to its connection; holds no secret and no host.

    Attributes:
        path: path below the connection's base address, or below its folder; a table's name.
        method: HTTP method; places of files know GET and LIST, databases COUNT and SELECT.
        query: query parameters, in order.
        body: JSON value to send, or None; a text is sent as it is (an XML envelope).
        form: form fields to send, in order; excludes ``body``.
        headers: header fields of this request alone, in order.
        data: whether the answer's rows are data; False for a manifest or a listing.
        optional: whether a missing file (404) is an answer (0 rows) and no failure.
        exact: whether ``path`` is a link as the source wrote it, query and escapes included.
        beside: path -> value that a listing told of the answer's rows and they do not; put into
            their columns where the map names the path.
        pause: seconds to wait before asking, where a source must be seen not to move.
        then: what the kind will ask next if this answer is as large as asked for, which may
            name its next in turn; a hint for the driver, no part of the request.
    """

    path: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    form: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    data: bool = True
    optional: bool = False
    exact: bool = False
    pause: float = 0.0
    then: "Request | None" = field(default=None, compare=False, repr=False)

    def completed(self, page: Page) -> Page:
        """Return a page of the answer with what stands beside its rows put into them."""
        told = {path: value for path, value in self.beside if path in page.columns}
        if not told or not page.rows:
            return page
        gaps = {flaw.row for flaw in page.broken}
        columns: dict[str, list[Value]] = {
            path: [None if row in gaps else value for row in range(page.rows)]
            for path, value in told.items()
        }
        return replace(page, columns={**page.columns, **columns})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a kind learns of an answer.

    Attributes:
        rows: records in it, broken ones included.
        envelope: values beside the rows that ``Kind.envelope`` asked for.
        digest: sha256 of the bytes as received; two equal digests mean a repeated page.
        found: False when an optional file was not there.
    """

    rows: int
    envelope: Mapping[str, Value]
    digest: str
    found: bool = True


class Declared(dict[str, int]):
    """What a source declared, and how far an incremental feed is read.

    Attributes:
        cursor: what to ask with next time; moves only with the commit of the rows before it.
            Empty for feeds that are read anew every time.
    """

    def __init__(self, totals: Mapping[str, int] = MappingProxyType({}), cursor: str = "") -> None:
        super().__init__(totals)
        self.cursor = cursor


def cursor_of(declared: Mapping[str, int]) -> str:
    """Return how far a walk has read; empty where its feed is read anew every time."""
    return declared.cursor if isinstance(declared, Declared) else ""


Walk = Generator[Request, Answer, Mapping[str, int]]
"""Yields requests, is sent answers, returns what the source declared (``rows``, sums),
as ``Declared`` where it has a cursor too."""

Kind = Callable[[Any, Partition], Walk]
"""A kind: (its frozen options, partition) -> walk."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One page of one answer, the unit that is landed.

    A long file is one request and several pages; ``digest`` and ``size`` of the whole answer
    stand on its last page, earlier blocks carry ``""`` and 0. An optional file that was not
    there is one page without rows and without digest.

    Attributes:
        request: what was asked.
        page: its rows after the allow-list.
        last: whether this is the last page of the answer.
    """

    request: Request
    page: Page
    last: bool


def request_json(request: Request) -> dict[str, Any]:
    """Return a request as JSON values, without what is at its default."""
    plain = {
        "path": request.path,
        "method": request.method,
        "query": [list(pair) for pair in request.query],
        "body": request.body,
        "form": [list(pair) for pair in request.form],
        "headers": [list(pair) for pair in request.headers],
        "beside": [list(pair) for pair in request.beside],
        "data": request.data,
        "optional": request.optional,
        "exact": request.exact,
        "pause": request.pause,
    }
    usual: dict[str, Any] = {
        "method": "GET",
        "query": [],
        "body": None,
        "form": [],
        "headers": [],
        "beside": [],
        "data": True,
        "optional": False,
        "exact": False,
        "pause": 0.0,
    }
    return {k: v for k, v in plain.items() if k not in usual or v != usual[k]}


def request_from_json(value: Mapping[str, Any]) -> Request:
    """Return the request that ``request_json`` wrote."""
    known = dict(value)
    for name in ("query", "form", "headers", "beside"):
        known[name] = tuple((str(k), str(v)) for k, v in known.get(name, ()))
    return Request(**known)
