"""Kind ``odata``: OData 4 (``@odata.nextLink``) and 2 (``__next``), paged by server or client."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from connectors.kind import Pattern, fill
from connectors.paging import PathOptions, Tally, followed, read_text
from connectors.protocol import Answer, Request, Walk
from contracts.partition import Partition

_NEXT = {"4": r"@odata\.nextLink", "2": "d.__next"}
_COUNT = {"4": r"@odata\.count", "2": "d.__count"}
_COUNTED = {"4": ("$count", "true"), "2": ("$inlinecount", "allpages")}


class Options(PathOptions):
    """Which entities of a set.

    Attributes:
        path: path of the entity set.
        version: ``4`` (``value``) or ``2`` (``d.results``).
        filter: ``$filter``, with holes for the day; empty for none.
        order: ``$orderby``; a stable order keeps client-side paging whole.
        select: ``$select``; empty for all.
        size: ``$top``; a server that gives fewer is read on by its link or by what it gave.
        parameters: further parameters in order, with holes for the day.
        totals: beside those, ``rows`` is always read from the count.
    """

    version: Literal["4", "2"] = "4"
    filter: Pattern = ""
    order: str = ""
    select: str = ""
    size: Annotated[int, Field(ge=1, le=100_000)] = 500
    parameters: Mapping[str, Pattern] = Field(default_factory=dict)
    totals: Mapping[str, str] = Field(default_factory=dict)

    def model_post_init(self, _: object) -> None:
        """Add the count to the totals."""
        counted = {"rows": _COUNT[self.version], **self.totals}
        object.__setattr__(self, "totals", counted)  # frozen from here on

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals and link."""
        return (*super().envelope, *self.links)

    @property
    def links(self) -> tuple[str, ...]:
        """Return the path of the next link."""
        return (_NEXT[self.version],)


def walk(options: Options, partition: Partition) -> Walk:
    """Follow the server's links, or skip what was received where it never gives one."""
    chosen = {"$filter": fill(options.filter, partition), "$orderby": options.order}
    chosen |= {"$select": options.select, **dict([_COUNTED[options.version]])}
    fixed = {name: fill(text, partition) for name, text in options.parameters.items()}
    query = [(name, text) for name, text in (fixed | chosen).items() if text]

    def ask(place: str) -> Request:
        if place and not place.isdigit():
            return Request(place, exact=True)
        paging = (("$top", str(options.size)), ("$skip", place or "0"))
        return Request(fill(options.path, partition), query=(*query, *paging))

    is_linked = False

    def after(answer: Answer, tally: Tally) -> str:
        nonlocal is_linked
        link = read_text(answer, _NEXT[options.version])
        is_linked = is_linked or bool(link)
        left = tally.declared.get("rows", 0) > tally.received
        return link or (str(tally.received) if left and answer.rows and not is_linked else "")

    return (yield from followed(options, "", ask, after))
