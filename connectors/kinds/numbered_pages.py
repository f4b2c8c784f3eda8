"""Kind ``numbered_pages``: ``?page=3&size=500`` or ``offset``/``limit``, by GET or POST."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from connectors.kind import Pattern, fill
from connectors.paging import PagingOptions, paged
from connectors.protocol import Request, Walk
from contracts.partition import Partition


class Options(PagingOptions):
    """Where number, size and the fixed parameters travel.

    Attributes:
        method: GET puts them into the query, POST into a JSON body (number and size as
            integers).
        parameters: fixed parameters in order, with holes for the day.
    """

    method: Literal["GET", "POST"] = "GET"
    parameters: Mapping[str, Pattern] = Field(default_factory=dict)


def walk(options: Options, partition: Partition) -> Walk:
    """Ask numbered pages of one day; see ``paged`` for what ends or breaks the walk."""
    path = fill(options.path, partition)
    fixed = {name: fill(text, partition) for name, text in options.parameters.items()}

    def ask(number: int) -> Request:
        values: dict[str, Any] = {**fixed, options.number: number, options.size_name: options.size}
        if options.method == "POST":
            return Request(path, "POST", body=values)
        return Request(path, query=tuple((name, str(value)) for name, value in values.items()))

    return (yield from paged(options, ask))
