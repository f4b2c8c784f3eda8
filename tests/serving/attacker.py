"""An attacker: knows everything published and every identity, and nothing of how cells were closed.

Unknown are the leaf counts; each published figure is an equation over them. A figure that is a
combination of equations is recovered exactly; one that linear programming squeezes into a narrow
interval is as good as recovered. Shares no code with ``serving.disclosure``.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import lil_array

PRIME = 2_147_483_629
"""Elimination goes on in whole numbers modulo a prime: no rounding."""

Row = NDArray[np.int64]
Sum = Mapping[Hashable, int]
"""Unknown -> coefficient."""


@dataclass
class Attacker:
    equations: list[tuple[Sum, int]] = field(default_factory=list)

    def learn(self, unknowns: Iterable[Hashable], value: int) -> None:
        """Learn that some unknowns add up to a value."""
        self.learn_sum(dict.fromkeys(unknowns, 1), value)

    def learn_sum(self, unknowns: Sum, value: int) -> None:
        self.equations.append((unknowns, value))

    def recovers(self, targets: Mapping[Hashable, Sum]) -> set[Hashable]:
        """Return the targets that follow exactly, by elimination."""
        zeros, names, equations = self._known()
        pivots = _eliminated(_row(unknowns, names) for unknowns, _ in equations)
        return {
            name
            for name, target in targets.items()
            if target.keys() <= names.keys() | zeros
            and not _reduced(_row(target, names), pivots).any()
        }

    def squeezes(
        self, targets: Mapping[Hashable, Sum], width: int
    ) -> dict[Hashable, tuple[float, float]]:
        """Return the targets whose interval is narrower than a width, by linear programming."""
        zeros, names, equations = self._known()
        table = lil_array((len(equations), max(len(names), 1)))
        for number, (unknowns, _) in enumerate(equations):
            for name in unknowns.keys() & names.keys():
                table[number, names[name]] = unknowns[name]
        told = np.array([value for _, value in equations], float)
        narrow: dict[Hashable, tuple[float, float]] = {}
        for name, target in targets.items():
            if not target.keys() <= names.keys() | zeros:
                continue  # nothing at all is known of a part of it
            aim = np.zeros(max(len(names), 1))
            for unknown in target.keys() & names.keys():
                aim[names[unknown]] = target[unknown]
            low, high = (_extreme(sign * aim, table, told) * sign for sign in (1, -1))
            if high - low < width - 1e-6:
                narrow[name] = (low, high)
        return narrow

    def _known(self) -> tuple[set[Hashable], dict[Hashable, int], list[tuple[Sum, int]]]:
        """Return what is nothing because a sum of it is, the other unknowns, and what is left."""
        zeros = {
            name
            for unknowns, value in self.equations
            if value == 0 and min(unknowns.values(), default=1) > 0
            for name in unknowns
        }
        names: dict[Hashable, int] = {}
        left: dict[tuple[frozenset[tuple[Hashable, int]], int], Sum] = {}
        for unknowns, value in self.equations:
            rest = {name: factor for name, factor in unknowns.items() if name not in zeros}
            for name in rest:
                names.setdefault(name, len(names))
            if rest:
                left[frozenset(rest.items()), value] = rest
        return zeros, names, [(rest, value) for (_, value), rest in left.items()]


def _row(unknowns: Sum, names: Mapping[Hashable, int]) -> Row:
    row = np.zeros(len(names), np.int64)
    for name in unknowns.keys() & names.keys():
        row[names[name]] = unknowns[name] % PRIME
    return row


def _eliminated(rows: Iterable[Row]) -> dict[int, Row]:
    pivots: dict[int, Row] = {}
    for row in rows:
        left = _reduced(row, pivots)
        if left.any():
            at = int(np.flatnonzero(left)[0])
            pivots[at] = left * pow(int(left[at]), -1, PRIME) % PRIME
    return pivots


def _reduced(row: Row, pivots: Mapping[int, Row]) -> Row:
    left = row.copy()
    for at in sorted(pivots):
        if left[at]:
            left = (left - left[at] * pivots[at]) % PRIME
    return left


def _extreme(aim: NDArray[np.float64], table: lil_array, told: NDArray[np.float64]) -> float:
    found = linprog(aim, A_eq=table.tocsr(), b_eq=told, bounds=(0, None), method="highs")
    if found.status == 3:  # unbounded
        return float("-inf")
    assert found.status == 0, found.message
    return float(found.fun)
