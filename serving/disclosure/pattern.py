"""The pattern of a month: what stays closed, chosen from that month's counts alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from contracts.errors import HubBug
from serving.disclosure.audit import unproven
from serving.disclosure.cube import STOCK, Cells, Cube, Key, cells_of, stock_cells
from serving.disclosure.move import Direction, Move, changes, place
from serving.disclosure.search import Found, Search

SMALL = 10
"""The least count that is told, apart from 0: counts of 1 to 9 speak of too few people."""
KEPT = 64
"""Patterns kept in memory, by the content of their month."""

End = Literal["start", "end"]
ENDS: tuple[End, End] = ("start", "end")
ALONE = 1e6
"""Cost of changing the country's total: the last resort."""
Shift = tuple[int, int]
"""Leaf whose stock goes up, leaf whose stock goes down (-1 = none)."""


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """A month with what is closed, and the proof.

    Attributes:
        cells: every table of cells, stocks too.
        directions: prove each closed cell (``serving.disclosure.audit``).
    """

    cells: Mapping[Key, Cells]
    directions: tuple[Direction, ...]


@lru_cache(maxsize=KEPT)
def protect(cube: Cube, small: int = SMALL) -> Pattern:
    """Return what of a month stays closed so that no small count can be worked out.

    The same cube always gives the same pattern. Kept by content: a month whose counts did not
    change is not worked out again.

    Raises:
        HubBug: the auditor is not convinced; nothing of the month may be told.
    """
    cells, directions = close(cube, small)
    if left := unproven(cube, cells, directions, small):
        raise HubBug("cells are not proven safe", where="disclosure", seen=str(left[:3]))
    return Pattern(cells, tuple(directions))


def close(cube: Cube, small: int) -> tuple[dict[Key, Cells], list[Direction]]:
    """Return the cells of a cube with what was closed, and the directions that close them."""
    cells = cells_of(cube)
    search = Search(cube, dict(cells), small)
    directions: list[Direction] = []
    for end in ENDS:
        stocks, shifts = stock_shifts(cube, end, small)
        cells |= stocks
        for shift in shifts:
            _accept(_with_flows(search, end, shift), cells, directions)
    order = sorted(search.cells, key=lambda key: (cells[key].value.size, key))
    for key in order:
        for group, category in _small_cells(cells[key], small):
            _accept(search.best(key, group, category), cells, directions)
    return cells, directions


def stock_shifts(cube: Cube, end: End, small: int) -> tuple[dict[Key, Cells], list[Shift]]:
    """Return the cells of a stock with what was closed, and the shifts that close them.

    They follow from that stock alone: the month that it ends and the month that it begins come
    to the same.
    """
    stocks = stock_cells(cube, end)
    shifts: list[Shift] = []
    for key, cells in stocks.items():
        for group, _ in _small_cells(cells, small):
            shift = _cheapest_shift(cube, stocks, key, group, small)
            shifts.append(shift)
            for cell in changes(_stock_moves(end, shift), stocks):
                _close(stocks, cell)
    return stocks, shifts


def _small_cells(cells: Cells, small: int) -> Iterator[tuple[int, int]]:
    """Yield the small cells that no direction moves yet, as they are when their turn comes."""
    for at in zip(*((cells.value > 0) & (cells.value < small)).nonzero(), strict=True):
        if not cells.closed[at]:
            yield int(at[0]), int(at[1]) if len(at) > 1 else -1


def _cheapest_shift(
    cube: Cube, stocks: Mapping[Key, Cells], key: Key, group: int, small: int
) -> Shift:
    assert cube.stock is not None
    counts = cube.stock.start if key.part == "start" else cube.stock.end
    near = stocks[key].labels == group
    best, shift = float("inf"), (-1, -1)
    for a in np.flatnonzero(near & (counts > 0)).tolist():
        pairs, alone = np.where(counts >= small, 0.0, np.inf), ALONE
        for cells in stocks.values():
            cost = cells.cost[cells.labels]
            pairs += (cells.labels != cells.labels[a]) * (cost[a] + cost)
            alone += float(cost[a])
        pairs[near] = np.inf
        b = int(np.argmin(pairs))
        for cost_of, other in ((float(pairs[b]), b), (alone, -1)):
            if cost_of < best:
                best, shift = cost_of, (a, other)
    return shift


def _stock_moves(end: End, shift: Shift) -> tuple[Move, ...]:
    return tuple(
        Move(STOCK, end, leaf, -1, sign)
        for leaf, sign in zip(shift, (1, -1), strict=True)
        if leaf >= 0
    )


def _with_flows(search: Search, end: End, shift: Shift) -> Found:
    """Return the direction of a stock's shift together with the flows of the month."""
    assert search.cube.stock is not None
    stock, window = search.cube.stock, (0, search.small)
    rises, falls = (stock.inflow, stock.outflow) if end == "end" else (stock.outflow, stock.inflow)
    a, b = shift
    flows = [search.single(rises, a, window, 1)]
    if b >= 0:
        below = search.single(falls, b, window, 1)
        both = flows[0].direction.moves + below.direction.moves
        flows = [Found(flows[0].cost + below.cost, Direction(both, *window))]
        flows += [search.pair(rises, a, b, window), search.pair(falls, b, a, window)]
    found = min(flows, key=lambda one: one.cost)
    moves = _stock_moves(end, shift) + found.direction.moves
    return Found(found.cost, Direction(moves, *window))


def _accept(found: Found, cells: Mapping[Key, Cells], directions: list[Direction]) -> None:
    """Close what a direction moves and keep the direction as the proof."""
    for cell in changes(found.direction.moves, cells):
        _close(cells, cell)
    directions.append(found.direction)


def _close(cells: Mapping[Key, Cells], cell: tuple[Key, int, int]) -> None:
    table = cells[cell[0]]
    table.closed[place(cell)] = True
    table.cost[place(cell)] = 0.0
