"""The loop that every paged kind shares: when to go on, when to stop, when to refuse."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from connectors.kind import KindOptions, Pattern
from connectors.protocol import Request, Walk
from contracts.errors import ContractBroken, SourceUnavailable
from contracts.page import Value

Text = Annotated[str, Field(strict=True, min_length=1)]


class PagingOptions(KindOptions):
    """How a source counts pages.

    Attributes:
        path: path below the connection's address.
        number: name of the parameter that says which page.
        numbering: whether it counts pages or rows to skip.
        start: number of the first page.
        size_name: name of the parameter that asks for a page size.
        size: rows to ask for; a source that gives fewer is read on by what it gave.
        max_pages: pages after which a source is taken to be looping.
    """

    path: Pattern
    number: Text = "page"
    numbering: Literal["page", "offset"] = "page"
    start: int = 0
    size_name: Text = "size"
    size: Annotated[int, Field(ge=1, le=100_000)] = 500
    max_pages: Annotated[int, Field(ge=1)] = 20_000


def paged(options: PagingOptions, ask: Callable[[int], Request]) -> Walk:
    """Ask page after page until the declared total is reached or a page is empty.

    A short page in the middle is no end. What was declared first must stay declared: rows
    that move while we page would be missed or doubled.

    Raises:
        SourceUnavailable: PAGE-DRIFT, a declared total changed; a new pull may find it still.
        ContractBroken: PAGE-REPEAT, PAGE-LIMIT, or DRIFT-MISSING when the total is not there.
    """
    declared: dict[str, int] | None = None
    seen: set[str] = set()
    received, number = 0, options.start
    for _ in range(options.max_pages):
        answer = yield _foreseen(options, ask, number, (declared or {}).get("rows", 0) - received)
        totals = read_totals(options.totals, answer.envelope, required=answer.rows > 0)
        declared = totals if declared is None else declared
        _check_page(declared, totals, answer.digest in seen and answer.rows > 0, number)
        seen.add(answer.digest)
        received += answer.rows
        if answer.rows == 0 or received >= declared.get("rows", received + 1):
            return declared
        number += answer.rows if options.numbering == "offset" else 1
    raise ContractBroken(
        "The pages do not end",
        code="PAGE-LIMIT",
        seen=f"{options.max_pages} pages, {received} rows",
        allowed=f"at most {options.max_pages} pages",
    )


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


def _check_page(first: dict[str, int], now: dict[str, int], repeated: bool, number: int) -> None:
    if repeated:
        raise ContractBroken("A page came twice", code="PAGE-REPEAT", seen=f"number {number}")
    if now and now != first:
        raise SourceUnavailable(
            "The declared total changed while paging",
            code="PAGE-DRIFT",
            seen=f"{now} at number {number}",
            allowed=str(first),
        )


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
