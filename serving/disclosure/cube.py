"""The cube: all counts of one month from which anything is published, and every sum of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Part = Literal["p", "q", "pq"]
"""What of a block: one part, the rest, or both together (received: online, other, all)."""
Detail = Literal["fine", "coarse"]
"""By category (field, obligation, direction), or over all categories."""
FINE: Detail = "fine"
COARSE: Detail = "coarse"
STOCK = "stock"
TOTAL = 30.0
"""How much more a total over all categories is worth than one category."""


class Key(NamedTuple):
    """Names one table of cells: a part of a block, by category or not, by a grouping."""

    block: str
    part: str
    detail: Detail
    grouping: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to put leaves together: the units of a map, levels, the country.

    Attributes:
        of: leaf -> group, numbered from 0.
    """

    name: str
    of: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return how many groups there are."""
        return max(self.of, default=-1) + 1


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """A count in two parts, by leaf and category.

    Attributes:
        p, q: shape (leaves, categories); never negative.
        shown: (part, detail, name of a grouping) of everything that is published of it.
    """

    name: str
    p: Counts
    q: Counts
    shown: frozenset[tuple[Part, Detail, str]]

    def part(self, name: str) -> Counts:
        """Return a part."""
        return self.p if name == "p" else self.q if name == "q" else self.p + self.q


@dataclass(frozen=True, eq=False, slots=True)
class Stock:
    """What was open at the two ends of the month, by leaf: end = start + inflow - outflow.

    Attributes:
        start, end: shape (leaves,).
        inflow, outflow: names of the blocks that move it.
        shown: names of the groupings that it is published by.
    """

    start: Counts
    end: Counts
    inflow: str
    outflow: str
    shown: frozenset[str]


@dataclass(frozen=True, eq=False, slots=True)
class Cube:
    """A month. Two cubes with the same content are the same.

    Attributes:
        groupings: every way that leaves are put together; ``leaf`` is added where none of them
            tells leaves apart.
        blocks: by name.
        stock: None where nothing is carried from month to month.
    """

    groupings: tuple[Grouping, ...]
    blocks: Mapping[str, Block]
    stock: Stock | None = None
    digest: bytes = field(init=False)

    def __post_init__(self) -> None:
        told = sha256()
        for one in self.groupings:
            told.update(repr(one).encode())
        for block in self.blocks.values():
            told.update(repr((block.name, block.p.shape, sorted(block.shown))).encode())
            told.update(block.p.tobytes() + block.q.tobytes())
        if self.stock:
            told.update(self.stock.start.tobytes() + self.stock.end.tobytes())
            told.update(repr(sorted(self.stock.shown)).encode())
        object.__setattr__(self, "digest", told.digest())

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        return isinstance(other, Cube) and self.digest == other.digest

    def __hash__(self) -> int:
        """Return a number that follows from the content."""
        return hash(self.digest)

    def grouping(self, name: str) -> Grouping:
        """Return a grouping by name."""
        return next(one for one in self.groupings if one.name == name)


@dataclass(slots=True)
class Cells:
    """A table of cells and what becomes of them.

    Attributes:
        labels: leaf -> group.
        value: shape (groups, categories), or (groups,) over all categories.
        is_shown: whether it is published; what is not, but follows from what is (received
            without online), is held to the same rule.
        closed: cells that are not told.
        cost: what closing a cell would lose; 0 once it is closed.
    """

    labels: Counts
    value: Counts
    is_shown: bool
    closed: Flags
    cost: NDArray[np.float64]


def cells_of(cube: Cube) -> dict[Key, Cells]:
    """Return every table of cells of a cube, all open, the widest first."""
    found: dict[Key, Cells] = {}
    for block in cube.blocks.values():
        for (part, detail, name), is_shown in sorted(_watched(cube, block).items()):
            values = block.part(part) if detail == FINE else block.part(part).sum(axis=1)
            key = Key(block.name, part, detail, name)
            found[key] = new_cells(_labels(cube, name), values, is_shown=is_shown)
    return found


def stock_cells(cube: Cube, end: Literal["start", "end"]) -> dict[Key, Cells]:
    """Return the cells of the stock at one end of the month, all open, in order of name."""
    stock = cube.stock
    if stock is None:
        return {}
    values = stock.start if end == "start" else stock.end
    names = dict.fromkeys(sorted(stock.shown), True)
    if _are_leaves_hidden(cube):
        names["leaf"] = False
    return {
        Key(STOCK, end, COARSE, name): new_cells(_labels(cube, name), values, is_shown=is_shown)
        for name, is_shown in names.items()
    }


def new_cells(labels: Counts, values: Counts, *, is_shown: bool) -> Cells:
    """Return the sums of leaves by group, all open."""
    size = int(labels.max(initial=-1)) + 1
    sums = np.zeros((size, *values.shape[1:]), np.int64)
    np.add.at(sums, labels, values)
    told = values.any(axis=1) if values.ndim == 2 else values != 0
    members = np.bincount(labels[told], minlength=size).astype(float)
    breadth = (1 + np.log2(np.maximum(members, 1))) ** 2
    cost = (1 + np.log2(1 + sums)) * (breadth[:, None] if sums.ndim == 2 else TOTAL * breadth)
    cost[sums == 0] = 64.0  # a zero is to be told as 0 wherever that is possible
    cost = cost if is_shown else np.zeros(sums.shape)
    return Cells(labels, sums, is_shown, np.zeros(sums.shape, bool), cost)


def _watched(cube: Cube, block: Block) -> dict[tuple[Part, Detail, str], bool]:
    """Return what is published of a block, and what follows from it by subtraction."""
    watched = dict.fromkeys(block.shown, True)
    for part, detail, name in block.shown:
        if part == "p" and ("pq", detail, name) in block.shown:
            watched.setdefault(("q", detail, name), False)
    for part, detail in {(part, detail) for part, detail, name in block.shown if _is_map(name)}:
        if _are_leaves_hidden(cube):
            watched.setdefault((part, detail, "leaf"), False)
    return watched


def _are_leaves_hidden(cube: Cube) -> bool:
    """Tell whether no grouping tells all leaves apart: the maps cut across each other."""
    return all(one.size < len(one.of) for one in cube.groupings)


def _is_map(name: str) -> bool:
    return name not in {"level", "country"}


def _labels(cube: Cube, name: str) -> Counts:
    if name == "leaf":
        return np.arange(len(cube.groupings[0].of))
    return np.array(cube.grouping(name).of, np.int64)
