"""Kind ``date_window``: from/to parameters, halved wherever an answer is cut off.

The rows of a cut-off answer are no data: they come again, whole, with the halves.
"""

from collections import Counter
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from connectors.paging import CallOptions, Tally, Text, read_totals
from connectors.protocol import Walk
from connectors.window import Span, window_of
from contracts.page import Page, Value
from contracts.partition import Partition

_CUT = "window:cut"


class Options(CallOptions):
    """How windows are written, and what tells that one held too much.

    Attributes:
        from_name: parameter of a window's first moment.
        to_name: parameter of its end.
        format: how both are written: ``iso`` (UTC), ``iso_local`` or letters; the finest letter
            is the least window.
        end: whether the end belongs to the window; a source that includes it must compare as
            finely as ``format`` is and no finer.
        span: which part of the calendar, ending with the day, is asked for.
        windows: into how many windows it is cut to begin with.
        most: rows that an answer can hold; one with so many is cut off, unless it declares no more.
        flag: path of what says "too many"; empty where nothing does.
        flagged: texts there that say so.
    """

    from_name: Text = "from"
    to_name: Text = "to"
    format: Text = "iso"
    end: Literal["excluded", "included"] = "excluded"
    span: Span = "day"
    windows: Annotated[int, Field(ge=1, le=1440)] = 1
    most: Annotated[int, Field(ge=1)] = 1000
    flag: str = ""
    flagged: tuple[Text, ...] = ("true", "1")

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals and flag."""
        return (*super().envelope, *((self.flag,) if self.flag else ()))

    def taken(self, page: Page) -> Page:
        """Return a cut-off page without its rows, marked."""
        totals = read_totals(self.totals, page.envelope, required=False)
        cut = page.rows < totals["rows"] if "rows" in totals else page.rows >= self.most
        told = str(page.envelope.get(self.flag)).lower()
        if not cut and told not in map(str.lower, self.flagged):
            return page
        none: dict[str, list[Value]] = {path: [] for path in page.columns}
        envelope = {**page.envelope, _CUT: True}
        return replace(page, rows=0, columns=none, broken=(), envelope=envelope)


def walk(options: Options, partition: Partition) -> Walk:
    """Ask window after window; the declared totals are the sums over those taken.

    Raises:
        ContractBroken: WINDOW-FULL, PAGE-REPEAT or PAGE-LIMIT.
    """
    whole = window_of(partition, options.span, options.format)
    left = [*whole.parts(options.windows)][::-1]
    tally, declared = Tally(options), Counter[str]()
    for _ in range(options.max_pages):
        window = left.pop()
        start, end = window.written(options.format, through=options.end == "included")
        bounds = {options.from_name: start, options.to_name: end}
        answer = yield options.request(partition, **bounds)
        if answer.envelope.get(_CUT):
            left += [*window.halves()][::-1]
        else:
            tally.count(answer, answer.rows, str(window))
            declared.update(read_totals(options.totals, answer.envelope, required=answer.rows > 0))
        if not left:
            return dict(declared)
    raise tally.endless()
