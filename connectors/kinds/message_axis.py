"""Kind ``message_axis``: a list of received messages, then every message by its id.

The list is asked to its end first, then one message is asked for at a time. Nothing is ever
sent back: receipts belong to the software that works with the messages.
"""

from collections.abc import Mapping
from itertools import repeat

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


def walk(options: Options, partition: Partition) -> Walk:
    """List the messages of a day, then ask for those that are documents.

    Raises:
        SourceUnavailable: PAGE-DRIFT.
        SourceUnsafe: EGRESS, an id in the list leads to another path.
        ContractBroken: PAGE-REPEAT, PAGE-LIMIT, or DRIFT-MISSING, the list lacks a value.
    """
    path, message = fill(options.path, partition), fill(options.message, partition)
    fixed = [(name, fill(text, partition)) for name, text in options.parameters.items()]
    listed: list[tuple[str, Request]] = []

    def ask(number: int) -> Request:
        paging = ((options.number, str(number)), (options.size_name, str(options.size)))
        return Request(path, query=(*fixed, *paging), data=False)

    def count(answer: Answer) -> int:
        found = _read(options, message, answer)
        listed.extend(found)
        return len(found)

    declared = dict((yield from paged(options, ask, count)))
    documents = [told for sort, told in listed if not options.sort or sort in options.sorts]
    if "rows" in declared:
        declared["rows"] -= len(listed) - len(documents)
    for request in documents:  # none is read ahead: messages carry files of any size
        yield request
    return declared


def _read(options: Options, path: str, answer: Answer) -> list[tuple[str, Request]]:
    """Return sort and request of every message that a list names."""
    ids = str(answer.envelope.get(options.ids) or "").splitlines()
    paths = (*((options.sort,) if options.sort else ()), *options.beside.values())
    columns = [str(answer.envelope.get(name) or "").splitlines() for name in paths]
    if any(len(column) != len(ids) for column in columns):
        raise ContractBroken(
            "The list does not tell everything of every message",
            code="DRIFT-MISSING",
            seen=", ".join(f"{len(column)} of {len(ids)}" for column in columns),
            allowed=", ".join(paths),
        )
    sorts = columns.pop(0) if options.sort else [""] * len(ids)
    beside = zip(*columns, strict=True) if columns else repeat((), len(ids))
    return [
        (sort, _request(options, path, name, tuple(zip(options.beside, values, strict=True))))
        for name, sort, values in zip(ids, sorts, beside, strict=True)
    ]


def _request(
    options: Options, path: str, name: str, beside: tuple[tuple[str, str], ...]
) -> Request:
    if options.message_id:
        query = ((options.message_id, name),)
        return Request(path, query=query, optional=True, beside=beside)
    if "/" in name or name in {".", ".."}:
        raise SourceUnsafe("The id of a message leads to another path")
    return Request(f"{path}/{name}", optional=True, beside=beside)
