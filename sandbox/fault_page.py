"""Faults of paging (BAD_INPUT B): what a page shows, against what it should."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sandbox.page import View

_ENDLESS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PageFault:
    """A fault that changes which rows a page shows or what its envelope says."""

    sentence: str
    bend: Callable[[View, int], View]
    """(honest view, rows selected) -> view shown."""


def _repeat(view: View, _rows: int) -> View:
    if view.number != 1:
        return view
    return replace(view, start=view.start - view.size, stop=view.start)


def _short(view: View, _rows: int) -> View:
    half = view.size // 2
    if view.number == 1:
        return replace(view, stop=view.start + half)
    if view.number > 1 and view.is_numbered:
        lost = view.size - half
        return replace(view, start=view.start - lost, stop=view.stop - lost)
    return view


def _ten(view: View, _rows: int) -> View:
    start = view.number * 10 if view.is_numbered else view.start
    return replace(view, start=start, stop=start + 10)


def _total_changes(view: View, _rows: int) -> View:
    return replace(view, total=view.total + 1) if view.number else view


def _total_wrong(view: View, _rows: int) -> View:
    return replace(view, total=view.total + 3)


def _sum_wrong(view: View, _rows: int) -> View:
    return replace(view, amount=view.amount + 1_000)


def _endless(view: View, rows: int) -> View:
    start = view.start % max(rows, 1)
    stop = start + view.size
    return replace(
        view, start=start, stop=stop, total=_ENDLESS, never_last=True, mark=view.number + 1
    )


def _inserted(view: View, _rows: int) -> View:
    new = view.number
    return replace(view, start=view.start - new, stop=view.stop - new, total=view.total + new)


def _left(view: View, _rows: int) -> View:
    gone = view.number
    return replace(view, start=view.start + gone, stop=view.stop + gone, total=view.total - gone)


PAGING: Mapping[str, PageFault] = {
    "page_repeat": PageFault("The second page shows the rows of the first again.", _repeat),
    "short_page": PageFault("The second page is half full though more pages follow.", _short),
    "page_size_ignored": PageFault("Every page has ten rows, whatever was asked for.", _ten),
    "total_changes": PageFault(
        "The declared total grows by one after the first page.", _total_changes
    ),
    "total_wrong": PageFault(
        "The declared total is three rows too high, on every page.", _total_wrong
    ),
    "sum_wrong": PageFault("The declared sum of amounts is 1,000 VND too high.", _sum_wrong),
    "endless_pages": PageFault("There is always a next page; rows start again.", _endless),
    "rows_inserted": PageFault(
        "A row enters at the top before each page, so the last row comes again.", _inserted
    ),
    "rows_leave": PageFault(
        "A row leaves the filter before each page, so the next row is missed.", _left
    ),
}
