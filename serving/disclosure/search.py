"""The search: the cheapest shift that moves a cell, over a few shapes of shifts.

By the leaf count that goes up and what goes down with it: a row pair (another leaf, same
categories), a rectangle (a row pair made good in other categories: keeps every total), a column
pair (other categories of the leaf), a diagonal (another leaf, another category), or nothing at
all (every total changes: always possible, dearest). Where the total of a leaf changes, the other
flow of the stock changes by as much.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from serving.disclosure.cube import Cells, Cube, Flags, Key
from serving.disclosure.move import Cell, Shift, place
from serving.disclosure.terrain import BOTH, WAYS, Spread, Terrain, Way, terrain_of

LEAVES, CATEGORIES = 3, 2
"""How many leaves of a group, and categories of a leaf, are tried: the largest."""


@dataclass(frozen=True, slots=True)
class Found:
    """A shift and what it would close."""

    cost: float
    shift: Shift


NOTHING = Found(float("inf"), ())


@dataclass(slots=True)
class Search:
    """Looks for shifts over the flows of a cube as they are now.

    Attributes:
        cells: of the flows; their cost is 0 where they are closed already.
        small: steps that are wanted.
    """

    cube: Cube
    cells: Mapping[Key, Cells]
    small: int
    _other: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.cube.stock:
            flows = (self.cube.stock.inflow, self.cube.stock.outflow)
            self._other = {flows[0]: flows[1], flows[1]: flows[0]}

    def best(self, cell: Cell) -> Found:
        """Return the cheapest shift that moves a cell of a flow."""
        key = cell[0]
        is_large = self.cells[key].value[place(cell)] >= self.small
        found = NOTHING
        for way in WAYS[key.part]:
            for sign in (1, -1) if is_large else (1,):
                terrain = self.terrain(key.block, way, sign)
                for other in self._candidates(terrain, cell):
                    found = other if other.cost < found.cost else found
                    if not found.cost:
                        return found
        return found

    def pair(self, block: str, a: int, b: int) -> Found:
        """Return the cheapest way to move the total of a leaf up and of another down."""
        ways = (self.terrain(block, way) for way in BOTH)
        found = (_pair(terrain, terrain.pairs(a), a, b) for terrain in ways)
        return min(found, key=lambda one: one.cost)

    def alone(self, block: str, a: int, sign: int = 1) -> Found:
        """Return the cheapest way to move the total of a leaf alone."""
        found = (_alone(self.terrain(block, way, sign), a) for way in BOTH)
        return min(found, key=lambda one: one.cost)

    def terrain(self, block: str, way: Way, sign: int = 1) -> Terrain:
        """Return the terrain of a way of a block as it is now."""
        return terrain_of(self.cube, self.cells, block, way, (sign, self.small))

    def _candidates(self, terrain: Terrain, cell: Cell) -> Iterator[Found]:
        key, group, category = cell
        near = self.cells[key].labels == group
        counts = self.cube.blocks[key.block].part("pq")
        size = counts.sum(axis=1) if category < 0 else counts[:, category]
        leaves = np.flatnonzero(near)
        for a in leaves[np.argsort(-size[leaves], kind="stable")][:LEAVES].tolist():
            follow = self._follow(terrain, a)
            if category >= 0:
                yield _rectangle(terrain, a, category, near)
                yield _column(terrain, a, category)
            yield self._row_pair(terrain, a, near, category, follow)
            yield from self._diagonals(terrain, a, near, category, follow)
            yield self._alone(terrain, a, category)

    def _row_pair(
        self, terrain: Terrain, a: int, near: Flags, category: int, follow: "Follow | None"
    ) -> Found:
        pairs = terrain.pairs(a, category)
        costs = pairs.cost + (follow.pairs.cost if follow else 0.0)
        costs[near] = np.inf
        b = int(np.argmin(costs))
        found = _pair(terrain, pairs, a, b)
        return Found(float(costs[b]), found.shift + (follow.shift(a, b) if follow else ()))

    def _diagonals(
        self, terrain: Terrain, a: int, near: Flags, category: int, follow: "Follow | None"
    ) -> Iterator[Found]:
        counts = self.cube.blocks[terrain.block].part("pq")[a]
        largest = np.argsort(-counts, kind="stable")[:CATEGORIES].tolist()
        for f in [category] if category >= 0 else largest:
            costs = terrain.diagonals(a, f)
            if category < 0:
                costs[near] = np.inf
            if follow:
                costs += follow.pairs.cost[:, None]
            b, g = (int(at) for at in np.unravel_index(int(np.argmin(costs)), costs.shape))
            if np.isfinite(costs[b, g]):
                shift = terrain.moves(a, f, self.small) + terrain.moves(b, g, -self.small)
                yield Found(float(costs[b, g]), shift + (follow.shift(a, b) if follow else ()))

    def _alone(self, terrain: Terrain, a: int, category: int) -> Found:
        found = _alone(terrain, a, category)
        if not self._is_followed(terrain) or not found.shift:
            return found
        other = self.alone(self._other[terrain.block], a, terrain.sign)
        return Found(found.cost + other.cost, found.shift + other.shift)

    def _is_followed(self, terrain: Terrain) -> bool:
        return terrain.changes_totals and terrain.block in self._other

    def _follow(self, terrain: Terrain, a: int) -> "Follow | None":
        if not self._is_followed(terrain):
            return None
        other = self.terrain(self._other[terrain.block], BOTH[0], terrain.sign)
        return Follow(other, other.pairs(a))


@dataclass(frozen=True, slots=True)
class Follow:
    """How the other flow of a stock follows where totals of leaves change."""

    terrain: Terrain
    pairs: Spread

    def shift(self, a: int, b: int) -> Shift:
        """Return its moves."""
        return _pair(self.terrain, self.pairs, a, b).shift


def _pair(terrain: Terrain, pairs: Spread, a: int, b: int) -> Found:
    shift: Shift = ()
    for f, steps in pairs.at(b):
        shift += terrain.moves(a, f, steps) + terrain.moves(b, f, -steps)
    return Found(float(pairs.cost[b]), shift)


def _rectangle(terrain: Terrain, a: int, f: int, near: Flags) -> Found:
    found = terrain.rectangles(a, f)
    found.cost[near] = np.inf
    b = int(np.argmin(found.cost))
    shift = terrain.moves(a, f, terrain.small) + terrain.moves(b, f, -terrain.small)
    for g, steps in found.at(b):
        shift += terrain.moves(a, g, -steps) + terrain.moves(b, g, steps)
    return Found(float(found.cost[b]), shift)


def _column(terrain: Terrain, a: int, f: int) -> Found:
    found = terrain.columns(a, f)
    shift = terrain.moves(a, f, terrain.small)
    for g, steps in found.at(0):
        shift += terrain.moves(a, g, -steps)
    return Found(float(found.cost[0]), shift)


def _alone(terrain: Terrain, a: int, category: int = -1) -> Found:
    found = terrain.alone(a, category)
    if not np.isfinite(found.cost[0]):
        return NOTHING
    shift: Shift = ()
    for f, steps in found.at(0):
        shift += terrain.moves(a, f, steps)
    return Found(float(found.cost[0]), shift)
