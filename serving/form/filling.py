"""Filling: a form's cells for one period, map and agency, with their sums checked and coverage.

Pages, workbooks, commands and signatures take their figures from ``fill`` alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from serving.form.asked import Asked
from serving.form.definition import Column, Definition, Identity, version_of
from serving.form.row import Line, Lines, dossier_lines, indicator_lines
from warehouse.database import Connection
from warehouse.figures import Coverage
from warehouse.tally import Standing

Cell = int | Decimal | str | None
"""A figure, a ratio in percent, a word, or nothing that anybody told."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One row as printed.

    Attributes:
        code: of the agency, unit, field, procedure, or ``indicator/level``.
        name: in Vietnamese and English; empty where nobody named it.
        mark: why the row is not simply that unit of the map (``warehouse.map.MARKS``).
        cells: column number -> what is printed; None prints as a dash.
        coverage: partitions behind the row, where they are known row by row.
    """

    code: str
    name_vi: str
    name_en: str
    mark: str
    cells: Mapping[int, Cell]
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One sum in one row: whether it holds, and by how much it does not.

    Attributes:
        row: the row; ``place`` counts rows from 0, the total last.
        difference: left side less right side.
    """

    row: Printed
    place: int
    identity: Identity
    difference: int

    @property
    def holds(self) -> bool:
        """Tell whether both sides are equal."""
        return self.difference == 0


@dataclass(frozen=True)
class Filled:
    """A form with its figures; what follows from them is worked out when first asked for.

    Attributes:
        asked: what was asked for.
        version, definition: by which definition.
        rows: as printed, without the total.
        total: sum of the rows; None for forms without one.
        coverage: partitions of the period behind it.
        before: partitions of the days before, on which carried over and pending stand; None
            where no column is a running sum.
        owing: every agency that owes dossiers of the period, those not asked for, too.
    """

    asked: Asked
    version: str
    definition: Definition
    rows: Sequence[Printed]
    total: Printed | None
    coverage: Coverage
    before: Coverage | None
    owing: Sequence[Standing] = ()

    @property
    def scope(self) -> str:
        """Return the name of the agency that was asked for; its code where nobody names it."""
        code = self.asked.agency
        return next((one.name for one in self.owing if one.code == code), code)

    @property
    def incomplete(self) -> list[Standing]:
        """Return the agencies that are asked for and owe days that are not there."""
        return [
            one
            for one in self.owing
            if self.asked.agency in {"", one.code} and one.coverage.covered < one.coverage.expected
        ]

    @cached_property
    def checks(self) -> list[Check]:
        """Return every identity in every row and in the total that has both its sides."""
        return [
            Check(row, place, identity, difference)
            for place, row in enumerate(self._printed)
            for identity, differences in self._differences.items()
            if (difference := differences[place]) is not None
        ]

    @cached_property
    def checked(self) -> int:
        """Return how many sums were checked."""
        return sum(len(d) - d.count(None) for d in self._differences.values())

    @cached_property
    def broken(self) -> list[Check]:
        """Return the sums that do not hold."""
        if not any(map(any, self._differences.values())):
            return []
        return [check for check in self.checks if not check.holds]

    @cached_property
    def negative(self) -> list[Printed]:
        """Return rows with a figure below zero: steps of different days contradict each other."""
        places = {
            place
            for cells in self._columns.values()
            for place, cell in enumerate(cells[: len(self.rows)])
            if isinstance(cell, int) and cell < 0
        }
        return [self.rows[place] for place in sorted(places)]

    @property
    def is_balanced(self) -> bool:
        """Tell whether every sum holds and no figure is below zero."""
        return not self.broken and not self.negative

    @property
    def absent(self) -> list[Column]:
        """Return the columns that must have a figure everywhere and have none somewhere."""
        return [
            column
            for column in self.definition.figures
            if column.is_required and None in self._columns[column.number][: len(self.rows)]
        ]

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Return the rows as they are kept when signed: code, name, mark, columns by number."""
        return [
            {"code": row.code, "name": row.name_vi, "mark": row.mark, "columns": columns}
            for row, columns in zip(self.rows, self._plain, strict=True)
        ]

    @cached_property
    def fingerprint(self) -> str:
        """Return the sha256 of the figures; names of rows may change, figures may not."""
        told = [[r.code, r.mark, cells] for r, cells in zip(self.rows, self._plain, strict=True)]
        return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    @property
    def _printed(self) -> list[Printed]:
        return [*self.rows, *([self.total] if self.total else [])]

    @cached_property
    def _columns(self) -> dict[int, list[Cell]]:
        """Return column number -> its cells in every row, the total's last."""
        printed = [row.cells for row in self._printed]
        return {c.number: [cells[c.number] for cells in printed] for c in self.definition.figures}

    @cached_property
    def _differences(self) -> dict[Identity, list[int | None]]:
        """Return identity -> left side less right side in every row; None where one is not told."""
        return {
            identity: [
                left - right if isinstance(left, int) and right is not None else None
                for left, right in zip(
                    self._columns[identity.left],
                    _sums([self._columns[number] for number in identity.right]),
                    strict=True,
                )
            ]
            for identity in self.definition.identities
        }

    @cached_property
    def _plain(self) -> list[dict[str, int | str | None]]:
        """Return the cells of every row but the total by number, as JSON holds them."""
        return [
            {
                str(number): str(cell) if isinstance(cell, Decimal) else cell
                for number, cell in row.cells.items()
            }
            for row in self.rows
        ]


def fill(conn: Connection, asked: Asked) -> Filled:
    """Return a form with its figures; one snapshot.

    Raises:
        ConfigError: no form is named so, it is not valid on the period's last day, or its rows
            cannot be of that kind.
        LoadConflict: the database asked to try again.
    """
    version, definition = version_of(asked.form, asked.period.last)
    return fill_by(conn, asked, version, definition)


def fill_by(conn: Connection, asked: Asked, version: str, definition: Definition) -> Filled:
    """Return a form by a given definition."""
    lines = _lines(conn, asked, definition)
    columns = _columns(definition, lines.lines)
    rows = _printed(lines.lines, columns)
    total = _total(definition, columns) if definition.has_total else None
    return Filled(
        asked, version, definition, rows, total, lines.coverage, lines.before, lines.owing
    )


def _lines(conn: Connection, asked: Asked, definition: Definition) -> Lines:
    if asked.cut == "indicator":
        return indicator_lines(conn, asked.period.first, asked.period.last)
    return dossier_lines(conn, definition, asked, cut=asked.cut)


def _printed(lines: Sequence[Line], columns: Mapping[int, Sequence[Cell]]) -> list[Printed]:
    cells = zip(*columns.values(), strict=True)
    return [
        Printed(
            one.code,
            one.name_vi,
            one.name_en,
            one.mark,
            dict(zip(columns, row, strict=True)),
            one.coverage,
        )
        for one, row in zip(lines, cells, strict=True)
    ]


def _columns(definition: Definition, lines: Sequence[Line]) -> dict[int, list[Cell]]:
    """Return column number -> its cells in every line.

    The country has seven thousand procedures: a column at a time is many times faster than a cell.
    """
    known: dict[int, list[Cell]] = {}
    for column in _in_order(definition.figures):
        known[column.number] = _column(column, lines, known)
    return dict(sorted(known.items()))


def _in_order(columns: Iterable[Column]) -> list[Column]:
    """Return columns so that each stands behind those that it sums."""
    waiting, done, known = list(columns), list[Column](), set[int]()
    while waiting:
        ready = [c for c in waiting if known.issuperset(c.sum)]
        done += ready
        known |= {c.number for c in ready}
        waiting = [c for c in waiting if c.number not in known]
    return done


def _column(
    column: Column, lines: Sequence[Line], known: Mapping[int, Sequence[Cell]]
) -> list[Cell]:
    if column.missing:
        return [None] * len(lines)
    if column.fact:
        return [line.facts[column.fact] for line in lines]
    if column.sum:
        return [*_sums([known[number] for number in column.sum])]
    counts = [line.counts for line in lines]
    if len(column.counters) == 1 and not column.minus:
        (name,) = column.counters
        return [None if n is None else n[name] for n in counts]
    return [
        None
        if n is None
        else sum([n[name] for name in column.counters]) - sum([n[name] for name in column.minus])
        for n in counts
    ]


def _sums(parts: Sequence[Sequence[Cell]]) -> list[int | None]:
    """Return the sum of columns, row by row; None where one of them is not told."""
    return [
        None if None in row else sum([cell for cell in row if isinstance(cell, int)])
        for row in zip(*parts, strict=True)
    ]


def _total(definition: Definition, columns: Mapping[int, Sequence[Cell]]) -> Printed:
    """Return the sum of rows; a row without figures adds none, and coverage tells of it."""
    cells: dict[int, Cell] = {}
    for column in definition.figures:
        told = columns[column.number]
        figures = [cell for cell in told if isinstance(cell, int)]
        cells[column.number] = None if column.missing or (told and not figures) else sum(figures)
    return Printed("", "", "", "", cells)
