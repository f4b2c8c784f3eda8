"""Kind ``next_link``: every answer says where the next one is, in its body or its Link header.

A link may be relative or absolute; the driver refuses one that leads off the connection's
address, so that neither a walk nor an archived request ever holds a host.
"""

from connectors.paging import CallOptions, Tally, Text, followed, read_text
from connectors.protocol import Answer, Request, Walk
from contracts.partition import Partition


class Options(CallOptions):
    """Where to begin, and where the next link stands.

    Attributes:
        next: path of the link beside the rows (absent, null or empty at the end), or
            ``header:link`` for the header of RFC 8288.
    """

    next: Text = "next"

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals and link."""
        return (*super().envelope, self.next)

    @property
    def links(self) -> tuple[str, ...]:
        """Return the path of the link."""
        return (self.next,)


def walk(options: Options, partition: Partition) -> Walk:
    """Follow the links of one day; see ``followed`` for what ends or breaks the walk."""

    def ask(link: str) -> Request:
        return Request(link, exact=True) if link else options.request(partition)

    def after(answer: Answer, _: Tally) -> str:
        return read_text(answer, options.next)

    return (yield from followed(options, "", ask, after))
