"""Kind ``cursor``: every answer gives a token to ask on with, which nobody else can read.

For an incremental feed the last token outlives the day: the walk returns it as
``Declared.cursor``, and whoever keeps it begins the next walk with it as ``first``.
"""

from typing import Annotated

from pydantic import Field

from connectors.paging import CallOptions, Tally, Text, followed, read_text
from connectors.protocol import Answer, Declared, Request, Walk
from contracts.errors import ContractBroken
from contracts.partition import Partition


class Options(CallOptions):
    """Where the cursor stands and where it is sent.

    Attributes:
        cursor: path of the next cursor beside the rows, or ``header:<name>``.
        name: parameter that sends it.
        numeric: whether it is sent as a number in JSON.
        more: path of a truth value that says whether there is more; empty where an absent or
            empty cursor says so.
        size_name: parameter that asks for a page size; empty where there is none.
        size: rows to ask for.
        first: cursor to begin with; none by default.
        incremental: whether the last cursor is where the next day begins.
    """

    cursor: Text = "cursor"
    name: Text = "cursor"
    numeric: bool = False
    more: str = ""
    size_name: str = ""
    size: Annotated[int, Field(ge=1, le=100_000)] = 500
    first: str = ""
    incremental: bool = False

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals, cursor and what says whether there is more."""
        return (*super().envelope, self.cursor, *((self.more,) if self.more else ()))


def walk(options: Options, partition: Partition) -> Walk:
    """Ask on with each answer's cursor; see ``followed`` for what ends or breaks the walk."""
    last = options.first

    def ask(cursor: str) -> Request:
        paging: dict[str, str | int] = {}
        if options.size_name:
            paging[options.size_name] = options.size
        if cursor:
            paging[options.name] = int(cursor) if options.numeric else cursor
        return options.request(partition, **paging)

    def after(answer: Answer, _: Tally) -> str:
        nonlocal last
        cursor = read_text(answer, options.cursor)
        last = cursor or last
        return cursor if not options.more or _says_more(answer, options.more) else ""

    declared = yield from followed(options, options.first, ask, after)
    return Declared(declared, last) if options.incremental else declared


def _says_more(answer: Answer, path: str) -> bool:
    value = str(answer.envelope.get(path)).lower()
    if value not in {"true", "false", "1", "0"}:
        raise ContractBroken("Nothing says whether there is more", code="DRIFT-MISSING", seen=path)
    return value in {"true", "1"}
