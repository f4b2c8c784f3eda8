"""Filling: a form's cells for one period, map and agency, with their sums checked and coverage.

Pages, workbooks, commands and signatures take their figures from ``fill`` alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
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


@dataclass(frozen=True, slots=True)
class Filled:
    """A form with its figures.

    Attributes:
        asked: what was asked for.
        version, definition: by which definition.
        rows: as printed, without the total.
        total: sum of the rows; None for forms without one.
        coverage: partitions of the period behind it.
        before: partitions of the days before, on which carried over and pending stand; None
            where no column is a running sum.
        checks: every identity in every row and in the total.
        owing: every agency that owes dossiers of the period, those not asked for, too.
    """

    asked: Asked
    version: str
    definition: Definition
    rows: Sequence[Printed]
    total: Printed | None
    coverage: Coverage
    before: Coverage | None
    checks: Sequence[Check]
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

    @property
    def broken(self) -> list[Check]:
        """Return the sums that do not hold."""
        return [check for check in self.checks if not check.holds]

    @property
    def negative(self) -> list[Printed]:
        """Return rows with a figure below zero: steps of different days contradict each other."""
        return [
            row
            for row in self.rows
            if any(isinstance(cell, int) and cell < 0 for cell in row.cells.values())
        ]

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
            if column.is_required and any(row.cells[column.number] is None for row in self.rows)
        ]

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Return the rows as they are kept when signed: code, name, mark, columns by number."""
        return [
            {
                "code": row.code,
                "name": row.name_vi,
                "mark": row.mark,
                "columns": {str(number): _plain(cell) for number, cell in row.cells.items()},
            }
            for row in self.rows
        ]

    @property
    def fingerprint(self) -> str:
        """Return the sha256 of the figures; names of rows may change, figures may not."""
        told = [[row["code"], row["mark"], row["columns"]] for row in self.figures]
        return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


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
    order = _in_order(definition.figures)
    rows = [_printed(order, line) for line in lines.lines]
    total = _total(definition, rows) if definition.has_total else None
    checked = [*rows, total] if total else rows
    checks = [c for n, row in enumerate(checked) for c in _checks(definition, n, row)]
    behind = (lines.coverage, lines.before)
    return Filled(asked, version, definition, rows, total, *behind, checks, lines.owing)


def _lines(conn: Connection, asked: Asked, definition: Definition) -> Lines:
    if asked.cut == "indicator":
        return indicator_lines(conn, asked.period.first, asked.period.last)
    return dossier_lines(conn, definition, asked, cut=asked.cut)


def _printed(order: Sequence[Column], line: Line) -> Printed:
    cells: dict[int, Cell] = {}
    for column in order:
        cells[column.number] = _cell(column, line, cells)
    ordered = dict(sorted(cells.items()))
    return Printed(line.code, line.name_vi, line.name_en, line.mark, ordered, line.coverage)


def _in_order(columns: Iterable[Column]) -> list[Column]:
    """Return columns so that each stands behind those that it sums."""
    waiting, done, known = list(columns), list[Column](), set[int]()
    while waiting:
        ready = [c for c in waiting if known.issuperset(c.sum)]
        done += ready
        known |= {c.number for c in ready}
        waiting = [c for c in waiting if c.number not in known]
    return done


def _cell(column: Column, line: Line, cells: Mapping[int, Cell]) -> Cell:
    if column.missing:
        return None
    if column.fact:
        return line.facts[column.fact]
    if line.counts is None:
        return None
    if column.sum:
        return _sum(cells[number] for number in column.sum)
    total = 0
    for counter in column.counters:
        total += line.counts[counter]
    for counter in column.minus:
        total -= line.counts[counter]
    return total


def _sum(cells: Iterable[Cell]) -> int | None:
    """Return a sum of figures; None where one of them is not told."""
    total = 0
    for cell in cells:  # a loop: the country has seven thousand procedures
        if cell is None:
            return None
        total += cell if isinstance(cell, int) else 0
    return total


def _total(definition: Definition, rows: Sequence[Printed]) -> Printed:
    """Return the sum of rows; a row without figures adds none, and coverage tells of it."""
    cells: dict[int, Cell] = {}
    for column in definition.figures:
        told = [row.cells[column.number] for row in rows]
        figures = [cell for cell in told if isinstance(cell, int)]
        cells[column.number] = None if column.missing or (told and not figures) else sum(figures)
    return Printed("", "", "", "", cells)


def _checks(definition: Definition, place: int, row: Printed) -> Iterable[Check]:
    for identity in definition.identities:
        left, right = row.cells[identity.left], _sum(row.cells[n] for n in identity.right)
        if isinstance(left, int) and right is not None:
            yield Check(row, place, identity, left - right)


def _plain(cell: Cell) -> int | str | None:
    return str(cell) if isinstance(cell, Decimal) else cell
