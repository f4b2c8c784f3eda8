"""Kind ``message_axis``: a list of received messages, then every message by its id.

The list is asked to its end first, then one message is asked for at a time. Nothing is ever
sent back: receipts belong to the software that works with the messages.
"""

from collections.abc import Mapping

from pydantic import Field

from connectors.kind import Pattern, fill
from connectors.message_list import ListOptions
from connectors.paging import paged
from connectors.protocol import Answer, Request, Walk
from contracts.partition import Partition


class Options(ListOptions):
    """How the list is asked for; ``path`` and ``totals`` are the list's.

    Attributes:
        parameters: its fixed parameters, with holes for the day.
    """

    parameters: Mapping[str, Pattern] = Field(default_factory=dict)


def walk(options: Options, partition: Partition) -> Walk:
    """List the messages of a day, then ask for those that are documents.

    Raises:
        SourceUnavailable: PAGE-DRIFT.
        SourceUnsafe: EGRESS, an id in the list leads to another path.
        ContractBroken: PAGE-REPEAT, PAGE-LIMIT, or DRIFT-MISSING, the list lacks a value.
    """
    path, message = fill(options.path, partition), fill(options.message, partition)
    fixed = [(name, fill(text, partition)) for name, text in options.parameters.items()]
    listed: list[Request | None] = []

    def ask(number: int) -> Request:
        paging = ((options.number, str(number)), (options.size_name, str(options.size)))
        return Request(path, query=(*fixed, *paging), data=False)

    def count(answer: Answer) -> int:
        found = options.read(answer, message)
        listed.extend(found)
        return len(found)

    declared = dict((yield from paged(options, ask, count)))
    if "rows" in declared:
        declared["rows"] -= listed.count(None)
    # none is read ahead, since messages carry files of any size
    for request in filter(None, listed):  # noqa: UP028 - an iterator cannot be sent answers
        yield request
    return declared
