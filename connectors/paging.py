"""The loops that paged kinds share: when to go on, when to stop, when to refuse."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from connectors.kind import KindOptions, Pattern, fill
from connectors.protocol import Answer, Request, Walk
from contracts.errors import ContractBroken, SourceUnavailable
from contracts.page import Value
from contracts.partition import Partition

Text = Annotated[str, Field(strict=True, min_length=1)]


class PathOptions(KindOptions):
    """What every kind that asks again and again needs.

    Attributes:
        path: path below the connection's address.
        max_pages: pages after which a source is taken to be looping.
    """

    path: Pattern
    max_pages: Annotated[int, Field(ge=1)] = 20_000


class CallOptions(PathOptions):
    """Where parameters travel.

    Attributes:
        method: GET puts them into the query, POST into a JSON body, FORM as JSON text into one
            field of a posted form.
        form: name of that field.
        parameters: fixed parameters in order, with holes for the day.
    """

    method: Literal["GET", "POST", "FORM"] = "GET"
    form: Text = "params"
    parameters: Mapping[str, Pattern] = Field(default_factory=dict)

    def request(self, partition: Partition, /, **more: Any) -> Request:
        """Return the call of a day with further parameters behind the fixed ones."""
        path = fill(self.path, partition)
        fixed = {name: fill(text, partition) for name, text in self.parameters.items()}
        values = {**fixed, **more}
        match self.method:
            case "POST":
                return Request(path, "POST", body=values)
            case "FORM":
                text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
                return Request(path, "POST", form=((self.form, text),))
        return Request(path, query=tuple((name, str(value)) for name, value in values.items()))


class PagingOptions(PathOptions):
    """How a source counts pages.

    Attributes:
        number: name of the parameter that says which page.
        numbering: whether it counts pages or rows to skip.
        start: number of the first page.
        size_name: name of the parameter that asks for a page size.
        size: rows to ask for; a source that gives fewer is read on by what it gave.
    """

    number: Text = "page"
    numbering: Literal["page", "offset"] = "page"
    start: int = 0
    size_name: Text = "size"
    size: Annotated[int, Field(ge=1, le=100_000)] = 500


class Batch(BaseModel):
    """How rows are had where ``service`` only lists their ids.

    Attributes:
        ids: path of the ids in the list's answer, ``data[].MaHoSo``; the name at its end is one
            of the system's fields, since ids are kept beside the archived list.
        service: the service that gives rows for ids.
        name: its field that holds the ids, parted by ``separator``.
        size: ids in one call.
        separator: what stands between two ids.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ids: Annotated[str, Field(strict=True, pattern=r"\[\]\.")]
    service: Text
    name: Text
    size: Annotated[int, Field(ge=1, le=10_000)] = 50
    separator: Text = ","


class Tally:
    """What came so far, held against what was declared first.

    Attributes:
        declared: measure -> what was declared first.
        received: rows so far.
    """

    def __init__(self, options: PathOptions) -> None:
        self._options = options
        self._digests: set[str] = set()
        self.declared: dict[str, int] = {}
        self.received = 0

    def add(self, answer: Answer, rows: int, place: str, *, required: bool = True) -> None:
        """Count a page.

        Args:
            answer: the page.
            rows: what counts in it.
            place: which page, for the error's text.
            required: whether a page with rows must declare the totals.

        Raises:
            SourceUnavailable: PAGE-DRIFT, a declared total changed; a new pull may find it still.
            ContractBroken: PAGE-REPEAT, or DRIFT-MISSING when a total is not there.
        """
        required = required and rows > 0
        totals = read_totals(self._options.totals, answer.envelope, required=required)
        first = self.declared = {**totals, **self.declared}
        self.count(answer, rows, place)
        if totals != {measure: first.get(measure) for measure in totals}:
            raise SourceUnavailable(
                "The declared total changed while paging",
                code="PAGE-DRIFT",
                seen=f"{totals} at {place}",
                allowed=str(first),
            )

    def count(self, answer: Answer, rows: int, place: str) -> None:
        """Count a page whose totals are its own.

        Raises:
            ContractBroken: PAGE-REPEAT.
        """
        if answer.digest in self._digests and rows:
            raise ContractBroken("A page came twice", code="PAGE-REPEAT", seen=place)
        self._digests.add(answer.digest)
        self.received += rows

    def endless(self) -> ContractBroken:
        """Return what to say of pages that do not end."""
        most = self._options.max_pages
        return ContractBroken(
            "The pages do not end",
            code="PAGE-LIMIT",
            seen=f"{most} pages, {self.received} rows",
            allowed=f"at most {most} pages",
        )


def paged(
    options: PagingOptions,
    ask: Callable[[int], Request],
    count: Callable[[Answer], int] = lambda answer: answer.rows,
) -> Walk:
    """Ask page after page until the declared total is reached or a page is empty.

    A short page in the middle is no end. What was declared first must stay declared: rows
    that move while we page would be missed or doubled.

    Args:
        options: how the source counts.
        ask: page number -> request.
        count: answer -> what counts in it; its rows by default.

    Raises:
        SourceUnavailable: PAGE-DRIFT.
        ContractBroken: PAGE-REPEAT, PAGE-LIMIT, or DRIFT-MISSING.
    """
    tally, number = Tally(options), options.start
    for _ in range(options.max_pages):
        left = tally.declared.get("rows", 0) - tally.received
        answer = yield _foreseen(options, ask, number, left)
        rows = count(answer)
        tally.add(answer, rows, f"number {number}")
        if rows == 0 or tally.received >= tally.declared.get("rows", tally.received + 1):
            return tally.declared
        number += rows if options.numbering == "offset" else 1
    raise tally.endless()


def _foreseen(
    options: PagingOptions, ask: Callable[[int], Request], number: int, open_rows: int
) -> Request:
    """Return the request for a page, with the next two as far as rows are left after full pages."""
    step = options.size if options.numbering == "offset" else 1
    foreseen = None
    for ahead in (2, 1):
        if open_rows > ahead * options.size:
            foreseen = replace(ask(number + ahead * step), then=foreseen)
    return replace(ask(number), then=foreseen)


def in_turn(requests: Sequence[Request]) -> Iterator[Request]:
    """Yield requests that are known beforehand, each with the next two."""
    for place, request in enumerate(requests):
        foreseen = None
        for ahead in reversed(requests[place + 1 : place + 3]):
            foreseen = replace(ahead, then=foreseen)
        yield replace(request, then=foreseen)


def followed(
    options: PathOptions,
    first: str,
    ask: Callable[[str], Request],
    after: Callable[[Answer, Tally], str],
) -> Walk:
    """Ask for what each answer names next, until one names nothing.

    Neither a short nor an empty page is an end, and no declared total either: the source alone
    says when it is. Totals stand at least on the first page that has rows.

    Args:
        options: of the kind.
        first: link or cursor to begin with; empty where the source needs none.
        ask: link or cursor -> request.
        after: answer -> what it names next, empty for nothing.

    Raises:
        SourceUnavailable: PAGE-DRIFT.
        ContractBroken: PAGE-LOOP, PAGE-REPEAT, PAGE-LIMIT, or DRIFT-MISSING.
    """
    tally, place, named = Tally(options), first, {first}
    for _ in range(options.max_pages):
        answer = yield ask(place)
        tally.add(answer, answer.rows, f"page {len(named)}", required=not tally.declared)
        place = after(answer, tally)
        if not place:
            return tally.declared
        if place in named:
            raise ContractBroken(
                "The pages go round in a circle", code="PAGE-LOOP", seen=f"after page {len(named)}"
            )
        named.add(place)
    raise tally.endless()


def read_text(answer: Answer, path: str) -> str:
    """Return a link or cursor beside the rows, empty where there is none.

    Raises:
        ContractBroken: DRIFT-TYPE, a truth value stands there.
    """
    value = answer.envelope.get(path)
    if isinstance(value, bool):
        raise ContractBroken("No text to go on with", code="DRIFT-TYPE", seen=f"{path}={value!r}")
    return "" if value is None else str(value)


def read_totals(
    paths: Mapping[str, str], envelope: Mapping[str, Value], *, required: bool
) -> dict[str, int]:
    """Return measure -> declared whole number.

    Raises:
        ContractBroken: DRIFT-MISSING where a required total is absent, DRIFT-TYPE where it is
            no whole number.
    """
    totals = {}
    for measure, path in paths.items():
        value = envelope.get(path)
        if value is None:
            if required:
                raise ContractBroken(
                    "The declared total is missing", code="DRIFT-MISSING", allowed=path
                )
            continue
        if isinstance(value, bool) or not str(value).isascii() or not _whole(str(value)):
            raise ContractBroken(
                "The declared total is no whole number", code="DRIFT-TYPE", seen=f"{path}={value!r}"
            )
        totals[measure] = int(value)
    return totals


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdigit() and len(text) <= 19
