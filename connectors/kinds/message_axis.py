"""Kind ``message_axis``: a list of received messages, then every message by its id.

The list is asked to its end first, then one message is asked for at a time. Nothing is ever
sent back: receipts belong to the software that works with the messages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from connectors.kind import Pattern, fill
from connectors.paging import PagingOptions, Text, paged
from connectors.protocol import Answer, Request, Walk
from contracts.errors import ContractBroken, SourceUnsafe
from contracts.partition import Partition


class Options(PagingOptions):
    """Where list and messages are had.

    Attributes:
        path: path of the list.
        parameters: fixed parameters of the list, with holes for the day.
        ids: path of the messages' ids in the list (``items[].DocId``).
        sort: path of what sort of message each is; empty where the list holds only documents.
        sorts: sorts that are documents; others (receipts, say) are left alone.
        beside: name -> path in the list of a value that the message itself does not tell (when
            it came, to whom); fields find it under that name.
        message: path of a message.
        message_id: query parameter that names it; empty where its id ends the path.
        totals: of the list, all its messages counted.
    """

    parameters: Mapping[str, Pattern] = Field(default_factory=dict)
    ids: Text
    sort: str = ""
    sorts: tuple[Text, ...] = ()
    beside: Mapping[Text, Text] = Field(default_factory=dict)
    message: Pattern
    message_id: str = ""

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals, ids, sorts and values beside the messages."""
        sort = (self.sort,) if self.sort else ()
        return (*super().envelope, self.ids, *sort, *self.beside.values())


@dataclass(frozen=True, slots=True)
class _Listed:
    """A message as the list tells of it."""

    name: str
    sort: str
    beside: tuple[tuple[str, str], ...]


def walk(options: Options, partition: Partition) -> Walk:
    """List the messages of a day, then ask for those that are documents.

    Raises:
        SourceUnavailable: PAGE-DRIFT.
        ContractBroken: PAGE-REPEAT, PAGE-LIMIT, or DRIFT-MISSING, the list lacks a value.
    """
    path = fill(options.path, partition)
    fixed = [(name, fill(text, partition)) for name, text in options.parameters.items()]
    listed: list[_Listed] = []

    def ask(number: int) -> Request:
        paging = ((options.number, str(number)), (options.size_name, str(options.size)))
        return Request(path, query=(*fixed, *paging), data=False)

    def count(answer: Answer) -> int:
        before = len(listed)
        listed.extend(_read(options, answer))
        return len(listed) - before

    declared = dict((yield from paged(options, ask, count)))
    documents = [m for m in listed if not options.sort or m.sort in options.sorts]
    if "rows" in declared:
        declared["rows"] -= len(listed) - len(documents)
    where = fill(options.message, partition)
    for message, following in zip(documents, [*documents[1:], None], strict=True):
        ahead = _request(options, where, following) if following else None
        yield _request(options, where, message, ahead)
    return declared


def _read(options: Options, answer: Answer) -> Iterator[_Listed]:
    """Yield the messages of a list.

    Raises:
        ContractBroken: DRIFT-MISSING.
    """
    ids = _column(answer, options.ids)
    sorts = _column(answer, options.sort, len(ids)) if options.sort else [""] * len(ids)
    beside = [_column(answer, path, len(ids)) for path in options.beside.values()]
    for name, sort, *values in zip(ids, sorts, *beside, strict=True):
        yield _Listed(name, sort, tuple(zip(options.beside, values, strict=True)))


def _column(answer: Answer, path: str, rows: int | None = None) -> list[str]:
    values = str(answer.envelope.get(path) or "").split("\n")
    values = [] if values == [""] else values
    if rows is not None and len(values) != rows:
        raise ContractBroken(
            "The list does not tell it of every message",
            code="DRIFT-MISSING",
            seen=f"{len(values)} of {rows}",
            allowed=path,
        )
    return values


def _request(options: Options, path: str, message: _Listed, then: Request | None = None) -> Request:
    named = {"beside": message.beside, "optional": True, "then": then}
    if options.message_id:
        return Request(path, query=((options.message_id, message.name),), **named)
    if "/" in message.name or message.name in {".", ".."}:
        raise SourceUnsafe("The id of a message leads to another path")
    return Request(f"{path}/{message.name}", **named)
