"""The auditor: proves by whole numbers alone that what is closed cannot be worked out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from serving.disclosure.cube import STOCK, Cells, Cube, Key
from serving.disclosure.move import Cell, Move, Shift, changes, place


def unproven(
    cube: Cube, cells: Mapping[Key, Cells], shifts: Iterable[Shift], small: int
) -> list[Cell]:
    """Return the cells that are not proven safe; empty = every one is.

    A shift counts only if the nation that it leads to is possible (no count below zero, stocks in
    balance) and would have published the same figures. A closed cell is proven by one that
    changes it by at least ``small``; so is a small count that follows from cells without being
    one. Independent of how the shifts were found.

    Args:
        cube: the month.
        cells: of the cube, with what is closed.
        shifts: other nations that are claimed to be possible.
        small: the least count that may be told (apart from 0).
    """
    proven: set[Cell] = set()
    for shift in shifts:
        steps = changes(shift, cells)
        if _is_possible(cube, shift) and _is_hidden(cells, steps):
            proven.update(cell for cell, step in steps.items() if abs(step) >= small)
    return [cell for cell in to_prove(cells, small) if cell not in proven]


def to_prove(cells: Mapping[Key, Cells], small: int) -> Iterator[Cell]:
    """Yield the cells that need a proof: closed ones and small counts, as they are now."""
    for key, table in cells.items():
        is_small = (table.value > 0) & (table.value < small)
        closed = table.closed & table.is_shown
        for at in zip(*(closed | is_small).nonzero(), strict=True):
            yield key, int(at[0]), int(at[1]) if len(at) > 1 else -1


def _is_hidden(cells: Mapping[Key, Cells], steps: Mapping[Cell, int]) -> bool:
    return all(cells[cell[0]].closed[place(cell)] for cell in steps if cells[cell[0]].is_shown)


def _is_possible(cube: Cube, shift: Shift) -> bool:
    net: defaultdict[Move, int] = defaultdict(int)
    for move in shift:
        net[move._replace(steps=0)] += move.steps
    if any(_count(cube, move) + steps < 0 for move, steps in net.items()):
        return False
    return cube.stock is None or _is_balanced(cube, net)


def _is_balanced(cube: Cube, net: Mapping[Move, int]) -> bool:
    """Tell whether end = start + inflow - outflow still holds at every leaf."""
    assert cube.stock is not None
    signs = {cube.stock.inflow: 1, cube.stock.outflow: -1, "start": 1, "end": -1}
    left: defaultdict[int, int] = defaultdict(int)
    for move, steps in net.items():
        name = move.part if move.block == STOCK else move.block
        left[move.leaf] += signs.get(name, 0) * steps
    return not any(left.values())


def _count(cube: Cube, move: Move) -> int:
    if move.block == STOCK:
        assert cube.stock is not None
        return int((cube.stock.start if move.part == "start" else cube.stock.end)[move.leaf])
    return int(cube.blocks[move.block].part(move.part)[move.leaf, move.category])
