"""The pattern of a month: what stays closed, chosen from that month's counts alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np

from contracts.errors import HubBug
from serving.disclosure.audit import to_prove, unproven
from serving.disclosure.cube import STOCK, Cells, Cube, Key, cells_of, stock_cells
from serving.disclosure.move import Cell, Move, Shift, changes, place
from serving.disclosure.search import Found, Search

SMALL = 10
"""The least count that is told, apart from 0: counts of 1 to 9 speak of too few people."""
KEPT = 128
"""Months kept in memory, by their content."""

End = Literal["start", "end"]
ENDS: tuple[End, End] = ("start", "end")
ALONE = 1e6
"""Cost of changing the country's total: the last resort."""
THIN, LARGE = 100.0, 10
Partners = tuple[int, int]
"""Leaf whose stock goes up, leaf whose stock goes down (-1 = none)."""


@lru_cache(maxsize=KEPT)
def protect(cube: Cube, small: int = SMALL) -> Mapping[Key, Cells]:
    """Return a month's tables with what stays closed so that no small count can be worked out.

    The same cube always gives the same. Kept by content: a month whose counts did not
    change is not worked out again.

    Raises:
        HubBug: the auditor is not convinced; nothing of the month may be told.
    """
    cells, shifts = close(cube, small)
    if left := unproven(cube, cells, shifts, small):
        raise HubBug("cells are not proven safe", where="disclosure", seen=str(left[:3]))
    return cells


def close(cube: Cube, small: int) -> tuple[dict[Key, Cells], list[Shift]]:
    """Return the cells of a cube with what was closed, and the shifts that prove them."""
    cells = cells_of(cube)
    search = Search(cube, dict(cells), small)
    work = _Work(cells, small)
    for end in ENDS:
        stocks, partners = stock_partners(cube, end, small)
        cells |= stocks
        for partner in partners:
            work.accept(_with_flows(search, end, partner))
    work.close_small()
    for key in sorted(search.cells, key=lambda key: (cells[key].value.size, key)):
        work.prove(search, {key: cells[key]})
    while any(cell not in work.proven for cell in to_prove(search.cells, small)):
        work.prove(search, search.cells)
    return cells, work.shifts


@dataclass(slots=True)
class _Work:
    """What is closed and proven so far."""

    cells: dict[Key, Cells]
    small: int
    shifts: list[Shift] = field(default_factory=list)
    proven: set[Cell] = field(default_factory=set)

    def accept(self, found: Found) -> None:
        """Close what a shift changes and keep the shift as the proof."""
        for cell, steps in changes(found.shift, self.cells).items():
            _close(self.cells, cell)
            if abs(steps) >= self.small:
                self.proven.add(cell)
        self.shifts.append(found.shift)

    def close_small(self) -> None:
        """Close every small cell: what is closed anyway costs nothing more."""
        for cell in to_prove(self.cells, self.small):
            if self.cells[cell[0]].is_shown:
                _close(self.cells, cell)

    def prove(self, search: Search, tables: Mapping[Key, Cells]) -> None:
        """Prove the cells of tables that need it now; more may be closed by that."""
        for cell in list(to_prove(tables, self.small)):
            if cell not in self.proven:
                self.accept(search.best(cell))
                if cell not in self.proven:
                    raise HubBug("no shift moves a cell", where="disclosure", seen=str(cell))


def stock_partners(cube: Cube, end: End, small: int) -> tuple[dict[Key, Cells], list[Partners]]:
    """Return the cells of a stock with what was closed, and the leaves that cover each other.

    They follow from that stock alone: the month that it ends and the month that it begins come
    to the same.
    """
    stocks = stock_cells(cube, end)
    partners: list[Partners] = []
    for key, cells in stocks.items():
        for group in np.flatnonzero((cells.value > 0) & (cells.value < small)).tolist():
            if not cells.closed[group]:
                partners.append(_cheapest_partners(cube, stocks, key, group, small))
                for cell in changes(_stock_moves(end, partners[-1], small), stocks):
                    _close(stocks, cell)
    return stocks, partners


def _cheapest_partners(
    cube: Cube, stocks: Mapping[Key, Cells], key: Key, group: int, small: int
) -> Partners:
    assert cube.stock is not None
    counts = cube.stock.start if key.part == "start" else cube.stock.end
    near = stocks[key].labels == group
    best, partners = float("inf"), (-1, -1)
    for a in np.flatnonzero(near & (counts > 0)).tolist():
        pairs, alone = np.where(counts >= small, 0.0, np.inf), ALONE
        # Whose stock is large has flows large enough to follow, in this month and the next.
        pairs += THIN * (counts < LARGE * small)
        for cells in stocks.values():
            cost = cells.cost[cells.labels]
            pairs += (cells.labels != cells.labels[a]) * (cost[a] + cost)
            alone += float(cost[a])
        pairs[near] = np.inf
        b = int(np.argmin(pairs))
        for cost_of, other in ((float(pairs[b]), b), (alone, -1)):
            if cost_of < best:
                best, partners = cost_of, (a, other)
    return partners


def _stock_moves(end: End, partners: Partners, small: int) -> Shift:
    return tuple(
        Move(STOCK, end, leaf, -1, steps)
        for leaf, steps in zip(partners, (small, -small), strict=True)
        if leaf >= 0
    )


def _with_flows(search: Search, end: End, partners: Partners) -> Found:
    """Return the shift of a stock together with the flows of the month that balance it."""
    assert search.cube.stock is not None
    stock, (a, b) = search.cube.stock, partners
    rises, falls = (stock.inflow, stock.outflow) if end == "end" else (stock.outflow, stock.inflow)
    flows = [search.alone(rises, a)]
    if b >= 0:
        below = search.alone(falls, b)
        flows = [Found(flows[0].cost + below.cost, flows[0].shift + below.shift)]
        flows += [search.pair(rises, a, b), search.pair(falls, b, a)]
    found = min(flows, key=lambda one: one.cost)
    return Found(found.cost, _stock_moves(end, partners, search.small) + found.shift)


def _close(cells: Mapping[Key, Cells], cell: Cell) -> None:
    table = cells[cell[0]]
    table.closed[place(cell)] = True
    table.cost[place(cell)] = 0.0
