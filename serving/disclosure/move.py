"""Moves: other counts that tell the same published figures.

A direction is a set of leaf counts that may go up or down together while every published cell
stays as it is. Every cell that it changes must be closed; whoever knows all that is published
cannot tell the true counts from those shifted along it, as far as no count goes below zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from serving.disclosure.cube import COARSE, FINE, STOCK, Cells, Key


class Move(NamedTuple):
    """One leaf count of a direction; ``category`` is -1 for a stock."""

    block: str
    part: str
    leaf: int
    category: int
    sign: int


@dataclass(frozen=True, slots=True)
class Direction:
    """Counts that go together, and how far.

    Attributes:
        moves: by unit steps.
        down, up: steps that are possible backwards and forwards.
    """

    moves: tuple[Move, ...]
    down: int
    up: int


def changes(
    moves: Iterable[Move], cells: Mapping[Key, Cells]
) -> dict[tuple[Key, int, int], int]:
    """Return how each cell changes by one step: (table, group, category or -1) -> change."""
    steps: defaultdict[tuple[Key, int, int], int] = defaultdict(int)
    by_block: defaultdict[str, list[Key]] = defaultdict(list)
    for key in cells:
        by_block[key.block].append(key)
    for move in moves:
        parts = {move.part} if move.block == STOCK else {move.part, "pq"}
        for key in by_block[move.block]:
            if key.part in parts:
                group = int(cells[key].labels[move.leaf])
                category = move.category if key.detail == FINE else -1
                steps[key, group, category] += move.sign
    return {cell: step for cell, step in steps.items() if step}


def place(cell: tuple[Key, int, int]) -> tuple[int, ...]:
    """Return where a cell stands in its table."""
    key, group, category = cell
    return (group,) if key.detail == COARSE else (group, category)
