"""Quarantined rows as a workbook for the people who mend them: every reason of every row."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]

from hub.origin import Origin, origin_of
from hub.registry import Registry
from serving.cause import cause_text, field_title, fix_text, masked
from serving.view import View
from warehouse.quarantine import Reason

COLUMNS = (
    "record",
    "period",
    "message",
    "item",
    "field",
    "source",
    "agency",
    "name",
    "feed",
    "allowed",
    "fix",
    "code",
    "rule",
    "row",
)
FITTED = 500
"""Lines that the widths of columns are taken from."""
WIDEST = 60
MOST = 1_000_000
"""Lines of one file; a sheet holds 1,048,576."""


def write_workbook(path: Path, view: View, registry: Registry, found: Iterable[Reason]) -> int:
    """Write reasons to a workbook, line by line; return how many lines.

    Every cell is text, also codes and what looks like a formula. Memory does not grow with the
    number of lines.
    """
    lines = _lines(view, registry, found)
    first = list(islice(lines, FITTED))
    heads = [view.say(f"quarantine.column_{name}") for name in COLUMNS]
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(view.say("quarantine.sheet"))
        # The quote prefix keeps a text a text, also after somebody edits the cell.
        text = book.add_format({"num_format": "@", "quote_prefix": True, "valign": "top"})
        head = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
        for column, width in enumerate(_widths(heads, first)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 1)
        for column, title in enumerate(heads):
            sheet.write_string(0, column, title, head)
        count = 0
        for count, line in enumerate(chain(first, islice(lines, MOST - FITTED)), start=1):
            for column, value in enumerate(line):
                sheet.write_string(count, column, value, text)
        sheet.autofilter(0, 0, count, len(heads) - 1)
    return count


class _Words:
    """Texts of a file, each worked out once."""

    def __init__(self, view: View, registry: Registry) -> None:
        self._view = view
        self._registry = registry
        self._origins: dict[tuple[str, str], Origin | None] = {}
        self._causes: dict[tuple[str, ...], str] = {}

    def origin(self, one: Reason) -> Origin | None:
        place = one.agency, one.feed
        if place not in self._origins:
            agency = self._registry.agencies.get(one.agency)
            is_known = agency is not None and one.feed in agency.feeds
            self._origins[place] = origin_of(agency, one.feed) if agency and is_known else None
        return self._origins[place]

    def cause(self, one: Reason) -> str:
        key = one.agency, one.feed, one.rule, one.code, one.field
        if key not in self._causes:
            source = self.origin(one)
            self._causes[key] = (
                cause_text(self._view, source.contract, one.rule, one.code, one.field)
                if source
                else self._view.say(f"cause.{one.code}")
            )
        return self._causes[key]


def _lines(view: View, registry: Registry, found: Iterable[Reason]) -> Iterator[list[str]]:
    words = _Words(view, registry)
    for one in found:
        source = words.origin(one)
        agency = registry.agencies.get(one.agency)
        place = f"#{one.row + 1}"
        yield [
            (source.record_id(one.values) if source else "") or place,
            one.day.isoformat(),
            words.cause(one),
            masked(one.seen),
            field_title(view, source.contract, one.field) if source and one.field else one.field,
            source.paths.get(one.field, "") if source else "",
            one.agency,
            agency.name if agency else "",
            view.say(f"feed.{one.feed}"),
            one.allowed,
            fix_text(view, one.code),
            one.code,
            one.rule,
            place,
        ]


def _widths(heads: list[str], lines: list[list[str]]) -> list[int]:
    return [
        min(WIDEST, 2 + max(map(len, column), default=0))
        for column in zip(heads, *lines, strict=True)
    ]
