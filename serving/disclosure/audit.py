"""The auditor: proves by whole numbers alone that what is closed cannot be worked out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from serving.disclosure.cube import STOCK, Cells, Cube, Key
from serving.disclosure.move import Direction, Move, changes, place

Cell = tuple[Key, int, int]


def unproven(
    cube: Cube, cells: Mapping[Key, Cells], directions: Iterable[Direction], small: int
) -> list[Cell]:
    """Return the cells that are not proven safe; empty = every one is.

    A direction counts only if it leaves every open cell and every identity as it is and takes no
    count below zero. A closed cell is proven by one that spans at least ``small`` values of it.
    A small cell that is open is unproven. Independent of how the directions were found.

    Args:
        cube: the month.
        cells: of the cube, with what is closed.
        directions: what is claimed to be possible.
        small: the least count that may be told (and 0).
    """
    proven: set[Cell] = set()
    for direction in directions:
        steps = changes(direction.moves, cells)
        if _is_possible(cube, direction) and _is_hidden(cells, steps):
            span = direction.up + direction.down
            proven.update(cell for cell, step in steps.items() if abs(step) * span >= small)
    return [cell for cell in _to_prove(cells, small) if cell not in proven]


def _to_prove(cells: Mapping[Key, Cells], small: int) -> Iterable[Cell]:
    for key, table in cells.items():
        is_small = (table.value > 0) & (table.value < small)
        closed = table.closed & table.is_shown
        for at in zip(*(closed | is_small).nonzero(), strict=True):
            yield key, int(at[0]), int(at[1]) if len(at) > 1 else -1


def _is_hidden(cells: Mapping[Key, Cells], steps: Mapping[Cell, int]) -> bool:
    return all(
        cells[cell[0]].closed[place(cell)] for cell in steps if cells[cell[0]].is_shown
    )


def _is_possible(cube: Cube, direction: Direction) -> bool:
    """Tell whether counts stay at zero or above at both ends, and stocks in balance."""
    net: defaultdict[Move, int] = defaultdict(int)
    for move in direction.moves:
        net[move._replace(sign=0)] += move.sign
    for move, step in net.items():
        count = _count(cube, move)
        if min(count + step * direction.up, count - step * direction.down) < 0:
            return False
    return direction.up >= 0 <= direction.down and _is_balanced(cube, net)


def _is_balanced(cube: Cube, net: Mapping[Move, int]) -> bool:
    """Tell whether end = start + inflow - outflow at every leaf."""
    if cube.stock is None:
        return True
    signs = {
        cube.stock.inflow: 1,
        cube.stock.outflow: -1,
        "start": 1,
        "end": -1,
    }
    left: defaultdict[int, int] = defaultdict(int)
    for move, step in net.items():
        name = move.part if move.block == STOCK else move.block
        left[move.leaf] += signs.get(name, 0) * step
    return not any(left.values())


def _count(cube: Cube, move: Move) -> int:
    if move.block == STOCK:
        assert cube.stock is not None
        return int((cube.stock.start if move.part == "start" else cube.stock.end)[move.leaf])
    return int(cube.blocks[move.block].part(move.part)[move.leaf, move.category])
