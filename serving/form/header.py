"""The head of a form's table: cells with their spans, for pages and workbooks alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.form.definition import Column, Definition, Rows
from serving.numeral import Lang


@dataclass(frozen=True, slots=True)
class Head:
    """One cell of the head.

    Attributes:
        label: its text.
        column: number of its first column; ``columns``: how many it spans.
        rows: how many rows it spans.
        is_column: True for a column's own head, False for one above several.
    """

    label: str
    column: int
    columns: int
    rows: int
    is_column: bool


def heads(definition: Definition, cut: Rows, lang: Lang) -> list[list[Head]]:
    """Return the rows of the head from the top down, cells from the left."""
    depth = 1 + max((group.row for group in definition.groups), default=0)
    lines: list[list[Head]] = [[] for _ in range(depth)]
    for group in definition.groups:
        size = group.last - group.first + 1
        label = group.label.text(lang)
        lines[group.row - 1].append(Head(label, group.first, size, 1, is_column=False))
    for column in definition.columns:
        above = _above(definition, column.number)
        label = column_label(definition, column, cut, lang)
        lines[above].append(Head(label, column.number, 1, depth - above, is_column=True))
    return [sorted(line, key=lambda head: head.column) for line in lines]


def column_label(definition: Definition, column: Column, cut: Rows, lang: Lang) -> str:
    """Return a column's own head; names are headed by what rows are."""
    return (column.label or definition.rows[cut]).text(lang)


def full_labels(definition: Definition, cut: Rows, lang: Lang) -> Sequence[str]:
    """Return the head of each column with everything above it, as one line of text."""
    named = []
    for column in definition.columns:
        over = [
            g.label.text(lang)
            for g in sorted(definition.groups, key=lambda g: g.row)
            if g.first <= column.number <= g.last
        ]
        named.append(" / ".join([*over, column_label(definition, column, cut, lang)]))
    return named


def _above(definition: Definition, number: int) -> int:
    """Return how many rows of groups stand above a column."""
    return max((g.row for g in definition.groups if g.first <= number <= g.last), default=0)
