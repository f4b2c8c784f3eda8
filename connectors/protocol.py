"""What a kind and a driver say to each other. A kind never opens a socket."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.page import Value
from contracts.partition import Partition


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask a source for, relative to its connection; holds no secret and no host.

    Attributes:
        path: path below the connection's base address, or below its folder.
        method: HTTP method; folders know only GET.
        query: query parameters, in order.
        body: JSON value to send, or None.
        form: form fields to send, in order; excludes ``body``.
        data: whether the answer's rows are data; False for a manifest or a listing.
        optional: whether a missing file (404) is an answer (0 rows) and no failure.
    """

    path: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    form: tuple[tuple[str, str], ...] = ()
    data: bool = True
    optional: bool = False


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


Walk = Generator[Request, Answer, Mapping[str, int]]
"""Yields requests, is sent answers, returns what the source declared (``rows``, sums)."""

Kind = Callable[[Any, Partition], Walk]
"""A kind: (its frozen options, partition) -> walk."""
