"""An attacker: knows everything published and every identity, and nothing of how cells were closed.

Unknown are the leaf counts; each published figure is an equation over them. A figure that is a
combination of equations is recovered exactly; one that linear programming squeezes into a narrow
interval is as good as recovered. Shares no code with ``serving.disclosure``.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_array

PRIME = 2_147_483_629
"""Elimination goes on in whole numbers modulo a prime: no rounding."""

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
        zeros = self._zeros()
        names, rows = self._rows(zeros)
        pivots = _eliminated(rows)
        found = set()
        for name, target in targets.items():
            row = _row({k: v for k, v in target.items() if k not in zeros}, names)
            if row is not None and not _reduced(row, pivots).any():
                found.add(name)
        return found

    def squeezes(
        self, targets: Mapping[Hashable, Sum], width: int
    ) -> dict[Hashable, tuple[float, float]]:
        """Return the targets whose interval is narrower than a width, by linear programming."""
        zeros = self._zeros()
        names = {name: at for at, name in enumerate(self._names() - zeros)}
        table = lil_array((len(self.equations), max(len(names), 1)))
        for number, (unknowns, _) in enumerate(self.equations):
            for name in unknowns.keys() & names.keys():
                table[number, names[name]] = unknowns[name]
        told = np.array([value for _, value in self.equations], float)
        narrow: dict[Hashable, tuple[float, float]] = {}
        for name, target in targets.items():
            if target.keys() - names.keys() - zeros:
                continue  # nothing at all is known of a part of it
            aim = np.zeros(max(len(names), 1))
            for unknown in target.keys() & names.keys():
                aim[names[unknown]] = target[unknown]
            low, high = (_extreme(sign * aim, table, told) * sign for sign in (1, -1))
            if high - low < width - 1e-6:
                narrow[name] = (low, high)
        return narrow

    def _names(self) -> set[Hashable]:
        return {name for unknowns, _ in self.equations for name in unknowns}

    def _zeros(self) -> set[Hashable]:
        """Return the unknowns that are nothing because a sum of them is nothing."""
        return {
            name
            for unknowns, value in self.equations
            if value == 0 and min(unknowns.values(), default=1) > 0
            for name in unknowns
        }

    def _rows(self, zeros: set[Hashable]) -> tuple[dict[Hashable, int], list[np.ndarray]]:
        names = {name: at for at, name in enumerate(self._names() - zeros)}
        rows = []
        for unknowns, _ in self.equations:
            row = _row({k: v for k, v in unknowns.items() if k not in zeros}, names)
            assert row is not None
            rows.append(row)
        return names, rows


def _row(unknowns: Sum, names: Mapping[Hashable, int]) -> np.ndarray | None:
    row = np.zeros(len(names), np.int64)
    for name, factor in unknowns.items():
        if name not in names:
            return None  # nothing at all is known of it
        row[names[name]] = factor % PRIME
    return row


def _eliminated(rows: Iterable[np.ndarray]) -> dict[int, np.ndarray]:
    pivots: dict[int, np.ndarray] = {}
    for row in rows:
        left = _reduced(row, pivots)
        if left.any():
            at = int(np.flatnonzero(left)[0])
            pivots[at] = left * pow(int(left[at]), -1, PRIME) % PRIME
    return pivots


def _reduced(row: np.ndarray, pivots: Mapping[int, np.ndarray]) -> np.ndarray:
    left = row.copy()
    for at in sorted(pivots):
        if left[at]:
            left = (left - left[at] * pivots[at]) % PRIME
    return left


def _extreme(aim: np.ndarray, table: lil_array, told: np.ndarray) -> float:
    found = linprog(aim, A_eq=table.tocsr(), b_eq=told, bounds=(0, None), method="highs")
    if found.status == 3:  # unbounded
        return float("-inf")
    assert found.status == 0, found.message
    return float(found.fun)
