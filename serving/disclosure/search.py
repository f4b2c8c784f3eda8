"""The search: the cheapest direction that moves a cell, over a few shapes of directions.

Shapes, by the leaf count (a, f) that goes up and what goes down with it: a rectangle
((a, f) (b, g) up, (a, g) (b, f) down: keeps every total), a row pair (b, f), a column pair
(a, g), a diagonal (b, g), or nothing at all (every total changes: always possible, dearest).
Where totals of leaves change, the other flow of the stock changes by as much.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from serving.disclosure.cube import COARSE, FINE, STOCK, Cells, Cube, Detail, Flags, Key
from serving.disclosure.move import Direction, Move

Costs = NDArray[np.float64]
Ways = tuple[tuple[str, int], ...]
"""Parts of a block that move together, with signs."""
BOTH: tuple[Ways, ...] = ((("q", 1),), (("p", 1),))
"""Ways that change p + q."""
WAYS: Mapping[str, tuple[Ways, ...]] = {
    "pq": BOTH,
    "p": ((("p", 1), ("q", -1)), (("p", 1),)),
    "q": ((("q", 1), ("p", -1)), (("q", 1),)),
}
"""Part of a cell -> ways that move it."""
Window = tuple[int, int]
"""Steps that must be possible backwards and forwards."""


@dataclass(frozen=True, slots=True)
class Found:
    """A direction and what it would close."""

    cost: float
    direction: Direction


NOTHING = Found(float("inf"), Direction((), 0, 0))


@dataclass(frozen=True, slots=True)
class Terrain:
    """What a way of a block costs, and where its counts leave room in a window.

    Attributes:
        fine, coarse: by grouping: labels of leaves, cost by leaf (and category).
        up, down: where a count may be the one that goes up, or down; shape (leaves, categories).
    """

    block: str
    way: Ways
    fine: tuple[tuple[NDArray[np.int64], Costs], ...]
    coarse: tuple[tuple[NDArray[np.int64], Costs], ...]
    up: Flags
    down: Flags

    def row_pairs(self, a: int) -> Costs:
        """Return the cost of (a, f) up, (b, f) down, by (b, f)."""
        total = np.where(self.up[a] & self.down, 0.0, np.inf)
        for labels, cost in self.fine:
            total += (labels != labels[a])[:, None] * (cost[a] + cost)
        total += self._coarse(a)[:, None]
        total[a] = np.inf
        return total

    def rectangles(self, a: int, f: int) -> Costs:
        """Return the cost of (a, f) (b, g) up, (a, g) (b, f) down, by (b, g)."""
        possible = self.down[a] & self.up & self.down[:, [f]]
        total = np.where(possible & self.up[a, f], 0.0, np.inf)
        for labels, cost in self.fine:
            far = (labels != labels[a])[:, None]
            total += far * (cost[a, f] + cost[a] + cost[:, [f]] + cost)
        total[a] = np.inf
        total[:, f] = np.inf
        return total

    def diagonals(self, a: int, f: int) -> Costs:
        """Return the cost of (a, f) up, (b, g) down, by (b, g); b = a is a column pair."""
        total = np.where(self.up[a, f] & self.down, 0.0, np.inf)
        for _, cost in self.fine:
            total += cost[a, f] + cost
        total += self._coarse(a)[:, None]
        total[:, f] = np.inf
        return total

    def singles(self, a: int) -> Costs:
        """Return the cost of (a, f) up alone, by f."""
        total = np.where(self.up[a], 0.0, np.inf)
        for _, cost in self.fine:
            total += cost[a]
        return total + sum(float(cost[a]) for _, cost in self.coarse)

    def _coarse(self, a: int) -> Costs:
        total = np.zeros(len(self.up))
        for labels, cost in self.coarse:
            total += (labels != labels[a]) * (cost[a] + cost)
        return total

    def moves(self, *corners: tuple[int, int, int]) -> tuple[Move, ...]:
        """Return the moves of corners (leaf, category, sign)."""
        return tuple(
            Move(self.block, part, int(leaf), int(category), sign * way)
            for leaf, category, sign in corners
            for part, way in self.way
        )


@dataclass(slots=True)
class Search:
    """Looks for directions over a cube's cells as they are now.

    Attributes:
        cells: the flows' cells; their cost is 0 where they are closed already.
        small: the least count that may be told.
    """

    cube: Cube
    cells: Mapping[Key, Cells]
    small: int
    _other: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.cube.stock:
            flows = (self.cube.stock.inflow, self.cube.stock.outflow)
            self._other = {flows[0]: flows[1], flows[1]: flows[0]}

    def best(self, key: Key, group: int, category: int) -> Found:
        """Return the cheapest direction that moves a cell."""
        value = int(self.cells[key].value[(group,) if category < 0 else (group, category)])
        windows = {(0, self.small), (min(value, self.small), max(self.small - value, 0))}
        found = NOTHING
        for way in WAYS[key.part]:
            for window in sorted(windows):
                terrain = self.terrain(key.block, way, window)
                for other in self._candidates(terrain, key, group, category):
                    found = other if other.cost < found.cost else found
        return found

    def terrain(self, block: str, way: Ways, window: Window) -> Terrain:
        """Return the terrain of a way in a window."""
        shape = self.cube.blocks[block].p.shape
        up, down = np.ones(shape, bool), np.ones(shape, bool)
        for part, sign in way:
            counts = self.cube.blocks[block].part(part)
            up &= counts >= window[0 if sign > 0 else 1]
            down &= counts >= window[1 if sign > 0 else 0]
        parts = {"p", "q"} if len(way) == 2 else {way[0][0], "pq"}
        costs = (self._costs(block, parts, FINE), self._costs(block, parts, COARSE))
        return Terrain(block, way, *costs, up, down)

    def _costs(
        self, block: str, parts: set[str], detail: Detail
    ) -> tuple[tuple[NDArray[np.int64], Costs], ...]:
        sums: dict[str, tuple[NDArray[np.int64], Costs]] = {}
        for key, cells in self.cells.items():
            if key.block == block and key.part in parts and key.detail == detail:
                so_far = sums.get(key.grouping)
                cost = cells.cost[cells.labels]
                sums[key.grouping] = (cells.labels, cost + so_far[1] if so_far else cost)
        return tuple(sums.values())

    def _candidates(
        self, terrain: Terrain, key: Key, group: int, category: int
    ) -> Iterator[Found]:
        labels = self.cells[key].labels
        near = labels == group
        weight = self.cube.blocks[key.block].part("pq")
        weight = weight.sum(axis=1) if category < 0 else weight[:, category]
        leaves = np.flatnonzero(near)
        for a in leaves[np.argsort(-weight[leaves], kind="stable")][:3].tolist():
            yield from self._row_pairs(terrain, a, near, category)
            if category >= 0:
                yield self._rectangle(terrain, a, category, near)
            yield from self._diagonals(terrain, a, near, category)
            yield from self._singles(terrain, a, category)

    def _rectangle(self, terrain: Terrain, a: int, f: int, near: Flags) -> Found:
        costs = terrain.rectangles(a, f)
        costs[near] = np.inf
        b, g = np.unravel_index(int(np.argmin(costs)), costs.shape)
        corners = ((a, f, 1), (int(b), int(g), 1), (a, int(g), -1), (int(b), f, -1))
        return self._found(terrain, costs[b, g], terrain.moves(*corners))

    def _row_pairs(self, terrain: Terrain, a: int, near: Flags, category: int) -> Iterator[Found]:
        costs = terrain.row_pairs(a)
        costs[near] = np.inf
        if category >= 0:
            costs[:, np.arange(costs.shape[1]) != category] = np.inf
        companion = self._companion(terrain, a)
        if companion:
            costs += companion[1].min(axis=1)[:, None]
        b, f = (int(at) for at in np.unravel_index(int(np.argmin(costs)), costs.shape))
        moves = terrain.moves((a, f, 1), (b, f, -1)) + _row_pair_moves(companion, a, b)
        yield self._found(terrain, costs[b, f], moves)

    def _diagonals(self, terrain: Terrain, a: int, near: Flags, category: int) -> Iterator[Found]:
        companion = self._companion(terrain, a)
        for f in self._categories(a, terrain, category):
            costs = terrain.diagonals(a, f)
            if category < 0:
                costs[near] = np.inf
            if companion:
                extra = companion[1].min(axis=1)
                extra[a] = 0.0  # a column pair keeps the leaf's total
                costs += extra[:, None]
            b, g = (int(at) for at in np.unravel_index(int(np.argmin(costs)), costs.shape))
            moves = terrain.moves((a, f, 1), (b, g, -1))
            moves += _row_pair_moves(companion, a, b) if b != a else ()
            yield self._found(terrain, costs[b, g], moves)

    def _singles(self, terrain: Terrain, a: int, category: int) -> Iterator[Found]:
        costs = terrain.singles(a)
        if category >= 0:
            costs[np.arange(len(costs)) != category] = np.inf
        f = int(np.argmin(costs))
        cost, moves = float(costs[f]), terrain.moves((a, f, 1))
        if self._changes_totals(terrain):
            companion = self.single(self._other[terrain.block], a, (0, self.small), 1)
            window = (0, self.small)
            if not self.terrain(terrain.block, terrain.way, window).up[a, f]:
                return
            cost, moves = cost + companion.cost, moves + companion.direction.moves
        yield self._found(terrain, cost, moves)

    def single(self, block: str, a: int, window: Window, sign: int) -> Found:
        """Return the cheapest way to move a leaf's total alone."""
        found = NOTHING
        for way in BOTH:
            terrain = self.terrain(block, way, window if sign > 0 else window[::-1])
            costs = terrain.singles(a)
            f = int(np.argmin(costs))
            if costs[f] < found.cost:
                moves = terrain.moves((a, f, sign))
                found = Found(float(costs[f]), Direction(moves, *window))
        return found

    def pair(self, block: str, a: int, b: int, window: Window) -> Found:
        """Return the cheapest way to move a leaf's total up and another's down."""
        found = NOTHING
        for way in BOTH:
            terrain = self.terrain(block, way, window)
            costs = terrain.row_pairs(a)[b]
            f = int(np.argmin(costs))
            if costs[f] < found.cost:
                moves = terrain.moves((a, f, 1), (b, f, -1))
                found = Found(float(costs[f]), Direction(moves, *window))
        return found

    def _changes_totals(self, terrain: Terrain) -> bool:
        return len(terrain.way) == 1 and terrain.block in self._other

    def _companion(self, terrain: Terrain, a: int) -> tuple[Terrain, Costs] | None:
        """Return how the other flow may follow: its terrain, cost of row pairs by (b, f)."""
        if not self._changes_totals(terrain):
            return None
        other = self.terrain(self._other[terrain.block], BOTH[0], (self.small, self.small))
        return other, other.row_pairs(a)

    def _categories(self, a: int, terrain: Terrain, category: int) -> list[int]:
        if category >= 0:
            return [category]
        counts = self.cube.blocks[terrain.block].part("pq")[a]
        return np.argsort(-counts, kind="stable")[:2].tolist()

    def _found(self, terrain: Terrain, cost: float, moves: tuple[Move, ...]) -> Found:
        if not np.isfinite(cost):
            return NOTHING
        return Found(float(cost), Direction(moves, *self.room(moves)))

    def room(self, moves: tuple[Move, ...]) -> tuple[int, int]:
        """Return how many steps a set of moves can go backwards and forwards, at most small."""
        down = up = self.small
        for move in moves:
            if move.block == STOCK:
                continue
            count = int(self.cube.blocks[move.block].part(move.part)[move.leaf, move.category])
            down, up = (min(down, count), up) if move.sign > 0 else (down, min(up, count))
        return down, up


def _row_pair_moves(
    companion: tuple[Terrain, Costs] | None, a: int, b: int
) -> tuple[Move, ...]:
    if companion is None:
        return ()
    terrain, costs = companion
    f = int(np.argmin(costs[b]))
    return terrain.moves((a, f, 1), (b, f, -1))
