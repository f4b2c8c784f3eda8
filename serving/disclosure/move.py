"""Moves: another nation that would have published the same figures.

A shift says by how much leaf counts differ in that other nation. Every published cell that it
changes must be closed; whoever knows all that is published cannot tell the two nations apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from serving.disclosure.cube import COARSE, FINE, STOCK, Cells, Key


class Move(NamedTuple):
    """A leaf count that differs by some steps; ``category`` is -1 for a stock."""

    block: str
    part: str
    leaf: int
    category: int
    steps: int


Shift = tuple[Move, ...]
Cell = tuple[Key, int, int]
"""A cell: its table, group, and category (-1 over all)."""


def changes(shift: Iterable[Move], cells: Mapping[Key, Cells]) -> dict[Cell, int]:
    """Return by how much each cell changes that changes at all."""
    steps: defaultdict[Cell, int] = defaultdict(int)
    by_block: defaultdict[str, list[Key]] = defaultdict(list)
    for key in cells:
        by_block[key.block].append(key)
    for move in shift:
        parts = {move.part} if move.block == STOCK else {move.part, "pq"}
        for key in by_block[move.block]:
            if key.part in parts:
                category = move.category if key.detail == FINE else -1
                steps[key, int(cells[key].labels[move.leaf]), category] += move.steps
    return {cell: step for cell, step in steps.items() if step}


def place(cell: Cell) -> tuple[int, ...]:
    """Return where a cell stands in its table."""
    key, group, category = cell
    return (group,) if key.detail == COARSE else (group, category)
