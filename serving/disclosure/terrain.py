"""The terrain: what it costs to move counts of a block in one way, and how far each can go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.disclosure.cube import COARSE, FINE, Cells, Counts, Cube, Detail, Key
from serving.disclosure.move import Move, Shift

Costs = NDArray[np.float64]
Way = tuple[tuple[str, int], ...]
"""Parts of a block that move together, with signs."""
BOTH: tuple[Way, ...] = ((("q", 1),), (("p", 1),))
"""Ways that change p + q."""
WAYS: Mapping[str, tuple[Way, ...]] = {
    "pq": BOTH,
    "p": ((("p", 1), ("q", -1)), (("p", 1),)),
    "q": ((("q", 1), ("p", -1)), (("q", 1),)),
}
"""Part of a cell -> ways that move it."""
ENDLESS = 1 << 40
Layers = tuple[tuple[Counts, Costs], ...]
"""By grouping: label of each leaf, cost by leaf (and category)."""


class Spread(NamedTuple):
    """Steps shared out over several places of a row, the cheapest by step first.

    Attributes:
        cost: by row; infinite where the row has no room.
        order: places of each row in order; shape (rows, places).
        steps: steps at each, in that order.
    """

    cost: Costs
    order: NDArray[np.intp]
    steps: Counts

    def at(self, row: int) -> Iterator[tuple[int, int]]:
        """Yield (place, steps) of a row."""
        for at, steps in zip(self.order[row], self.steps[row], strict=True):
            if steps:
                yield int(at), int(steps)


def spread(cost: Costs, room: Counts, wanted: int) -> Spread:
    """Share steps out by row, at most ``room`` at each place."""
    room = np.minimum(room, wanted)
    rate = np.where(room > 0, cost, np.inf) / np.maximum(room, 1)
    order = np.lexsort((-room, rate), axis=1)
    room = np.take_along_axis(room, order, 1)
    before = np.cumsum(room, axis=1) - room
    steps = np.clip(wanted - before, 0, room)
    paid = np.where(steps > 0, np.take_along_axis(cost, order, 1), 0.0).sum(axis=1)
    paid[steps.sum(axis=1) < wanted] = np.inf
    return Spread(paid, order, steps)


@dataclass(frozen=True, slots=True)
class Terrain:
    """A way of a block, in one orientation.

    Attributes:
        rise, fall: steps that each count can go up or down; shape (leaves, categories).
        small: steps that are wanted.
    """

    block: str
    way: Way
    sign: int
    fine: Layers
    coarse: Layers
    rise: Counts
    fall: Counts
    small: int

    @property
    def changes_totals(self) -> bool:
        """Tell whether p + q changes, and so the total of a leaf, unless made good."""
        return len(self.way) == 1

    def pairs(self, a: int, category: int = -1) -> Spread:
        """Return row pairs, by other leaf b: a up, b down in the same categories."""
        room = np.minimum(self.rise[a], self.fall)
        room[a] = 0
        cost = np.zeros(room.shape)
        for labels, layer in self.fine:
            cost += (labels != labels[a])[:, None] * (layer[a] + layer)
        if category >= 0:
            room[:, np.arange(room.shape[1]) != category] = 0
        found = spread(cost, room, self.small)
        return found._replace(cost=found.cost + self._across(a))

    def rectangles(self, a: int, f: int) -> Spread:
        """Return rectangles, by b: (a, f) up, (b, f) down; made good in other categories."""
        room = np.minimum(self.fall[a], self.rise)
        room[self.fall[:, f] < self.small] = 0
        room[a] = 0
        room[:, f] = 0
        cost, base = np.zeros(room.shape), np.zeros(len(room))
        for labels, layer in self.fine:
            far = labels != labels[a]
            cost += far[:, None] * (layer[a] + layer)
            base += far * (layer[a, f] + layer[:, f])
        if self.rise[a, f] < self.small:
            base += np.inf
        found = spread(cost, room, self.small)
        return found._replace(cost=found.cost + base)

    def columns(self, a: int, f: int) -> Spread:
        """Return column pairs, one row: (a, f) up, other categories of a down."""
        room = self.fall[a].copy()
        room[f] = 0
        cost, base = np.zeros(room.shape), 0.0 if self.rise[a, f] >= self.small else np.inf
        for _, layer in self.fine:
            cost += layer[a]
            base += float(layer[a, f])
        found = spread(cost[None], room[None], self.small)
        return found._replace(cost=found.cost + base)

    def diagonals(self, a: int, f: int) -> Costs:
        """Return the cost of (a, f) up, (b, g) down, by (b, g)."""
        possible = (self.fall >= self.small) & (self.rise[a, f] >= self.small)
        cost = np.where(possible, 0.0, np.inf)
        for _, layer in self.fine:
            cost += layer[a, f] + layer
        cost += self._across(a)[:, None]
        cost[:, f] = np.inf
        cost[a] = np.inf
        return cost

    def alone(self, a: int, category: int = -1) -> Spread:
        """Return the rise of a alone, one row: every total changes."""
        room = self.rise[a].copy()
        if category >= 0:
            room[np.arange(len(room)) != category] = 0
        cost = np.zeros(room.shape)
        for _, layer in self.fine:
            cost += layer[a]
        found = spread(cost[None], room[None], self.small)
        return found._replace(cost=found.cost + sum(float(layer[a]) for _, layer in self.coarse))

    def moves(self, leaf: int, category: int, steps: int) -> Shift:
        """Return the moves of one count."""
        return tuple(
            Move(self.block, part, int(leaf), int(category), self.sign * steps * way)
            for part, way in self.way
        )

    def _across(self, a: int) -> Costs:
        total = np.zeros(len(self.rise))
        for labels, layer in self.coarse:
            total += (labels != labels[a]) * (layer[a] + layer)
        return total


def terrain_of(
    cube: Cube, cells: Mapping[Key, Cells], block: str, way: Way, orientation: tuple[int, int]
) -> Terrain:
    """Return the terrain of a way of a block; ``orientation`` is (1 or -1, steps wanted)."""
    sign, small = orientation
    shape = cube.blocks[block].p.shape
    rise, fall = np.full(shape, ENDLESS), np.full(shape, ENDLESS)
    for part, direction in way:
        counts = cube.blocks[block].part(part)
        if direction * sign > 0:
            fall = np.minimum(fall, counts)
        else:
            rise = np.minimum(rise, counts)
    parts = {"p", "q"} if len(way) == 2 else {way[0][0], "pq"}
    fine, coarse = (_layers(cells, block, parts, detail) for detail in (FINE, COARSE))
    return Terrain(block, way, sign, fine, coarse, rise, fall, small)


def _layers(cells: Mapping[Key, Cells], block: str, parts: set[str], detail: Detail) -> Layers:
    sums: dict[str, tuple[Counts, Costs]] = {}
    for key, table in cells.items():
        if key.block == block and key.part in parts and key.detail == detail:
            cost = table.cost[table.labels]
            so_far = sums.get(key.grouping)
            sums[key.grouping] = (table.labels, cost + so_far[1] if so_far else cost)
    return tuple(sums.values())
