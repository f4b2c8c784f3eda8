"""Reasons in the making: which rows of a block break which rule."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of a contract as it is counted and reported; (field, code) names it."""

    name: str
    code: str
    field: str
    allowed: str


class RuleBook:
    """All rules of a contract in contract order, also those that never fail."""

    def __init__(self) -> None:
        self.lines: list[RuleLine] = []
        self._index: dict[tuple[str, str], int] = {}

    def add(self, code: str, *, field: str = "", name: str = "", allowed: str = "") -> int:
        """Return the number of a rule, entering it when it is new."""
        title = name or f"{field}.{code.lower().replace('-', '_')}"
        number = self._index.get((title, code))
        if number is None:
            number = self._index[title, code] = len(self.lines)
            self.lines.append(RuleLine(title, code, field, allowed))
        return number


@dataclass(slots=True)
class Faults:
    """Faults of one block of rows.

    Attributes:
        hits: (rule number, rows of the block that break it), each row at most once per rule.
        normalised: values that were brought to their one form.
        identity: fields in which a citizen identity number was met.
    """

    hits: list[tuple[int, Rows]] = field(default_factory=list)
    normalised: int = 0
    identity: set[str] = field(default_factory=set)

    def add(self, rule: int, rows: Rows) -> None:
        """Note rows that break a rule."""
        if len(rows):
            self.hits.append((rule, rows))

    def spare(self, rows: NDArray[np.bool_], judged: frozenset[int]) -> None:
        """Forget the faults of rows, except against rules that are judged for them all the same."""
        self.hits = [(rule, hit if rule in judged else hit[~rows[hit]]) for rule, hit in self.hits]

    def by_row(self) -> Iterator[tuple[int, list[int]]]:
        """Yield (row, rule numbers in contract order) of every faulty row, in row order."""
        rows: dict[int, set[int]] = {}
        for rule, hit in self.hits:
            for row in hit.tolist():
                rows.setdefault(row, set()).add(rule)
        for row in sorted(rows):
            yield row, sorted(rows[row])
