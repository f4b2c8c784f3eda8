"""A month of open data: its counts as a cube, with what stays closed, on every map at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

import numpy as np

from serving.disclosure import Block, Cells, Cube, Grouping, Key, Stock, protect
from serving.disclosure.cube import COARSE, FINE, STOCK, Counts, Detail, Part
from warehouse import published
from warehouse.database import Connection
from warehouse.published import Counted, Leaf

MAPS = ("reported", "today", "before")
"""The maps that open data is told on; a month is closed on all of them at once, always in the
same way, so that months agree on the stock between them."""
WIDE = ("level", "country")

_Key = TypeVar("_Key")
Shown = frozenset[tuple[Part, Detail, str]]
Place = tuple[str, str, str, str]
"""What makes two versions of an agency one leaf: code, level, code on each map."""


@dataclass(frozen=True, eq=False, slots=True)
class OpenMonth:
    """Counts of a month with what is closed.

    Attributes:
        cells: every table of cells.
        codes: grouping -> code of each group.
        categories: codes, in the order of the cube's second axis.
        alias: map -> the grouping that stands for it: maps on which nobody differs are one.
    """

    cells: Mapping[Key, Cells]
    codes: Mapping[str, Sequence[str]]
    categories: Sequence[str]
    alias: Mapping[str, str]

    def told(self, key: Key) -> dict[tuple[str, ...], int | None]:
        """Return (group, category) or (group,) -> count, None where it is closed."""
        codes = self.codes[key.grouping]
        if key.block != STOCK:
            key = key._replace(grouping=self.alias.get(key.grouping, key.grouping))
        cells = self.cells[key]
        return {
            (codes[at[0]], *(self.categories[c] for c in at[1:])): (
                None if cells.closed[at] else int(cells.value[at])
            )
            for at in np.ndindex(cells.value.shape)
        }


def dossiers_of(conn: Connection, first: date, last: date, today: date) -> OpenMonth:
    """Return the dossiers of a month."""
    stocks = published.stocks(conn, first, last)
    counts = published.counts(conn, "dossiers", first, last)
    gathered = _Gathered.of(published.leaves(conn, today), counts, stocks)
    online, other, late, in_time = (gathered.table(number) for number in range(4))
    maps = gathered.maps()
    coarse: set[tuple[Part, Detail, str]] = {
        (part, COARSE, name) for part in ("p", "pq") for name in (*maps, *WIDE)
    }
    fine: set[tuple[Part, Detail, str]] = {("pq", FINE, name) for name in (*maps, "country")}
    blocks = {
        "received": Block("received", online, other, frozenset(coarse | fine)),
        "resolved": Block(
            "resolved", late, in_time, frozenset(coarse | fine | {("p", FINE, "country")})
        ),
    }
    shown = frozenset((*MAPS, *WIDE))
    stock = Stock(gathered.stock(0), gathered.stock(1), "received", "resolved", shown)
    return gathered.closed(blocks, stock)


def counted_of(what: Counted, conn: Connection, first: date, last: date, today: date) -> OpenMonth:
    """Return payments or documents of a month: one count by agency and category."""
    counts = published.counts(conn, what, first, last)
    gathered = _Gathered.of(published.leaves(conn, today), counts, {})
    shown: Shown = frozenset(("pq", FINE, name) for name in (*gathered.maps(), *WIDE))
    table = gathered.table(0)
    return gathered.closed({what: Block(what, table, np.zeros_like(table), shown)}, None)


payments_of = partial(counted_of, "payments")
documents_of = partial(counted_of, "documents")


@dataclass(frozen=True, eq=False, slots=True)
class _Gathered:
    """Counts put on leaves."""

    places: Sequence[Place]
    categories: Sequence[str]
    counts: Mapping[tuple[Place, str], Sequence[int]]
    stocks: Mapping[Place, Sequence[int]]

    @classmethod
    def of(
        cls,
        leaves: Iterable[Leaf],
        counts: Mapping[tuple[int, str], Sequence[int]],
        stocks: Mapping[int, Sequence[int]],
    ) -> "_Gathered":
        place = {one.agency_id: (one.code, one.level, one.today, one.before) for one in leaves}
        flows: dict[tuple[Place, str], list[int]] = {}
        for (agency, category), values in counts.items():
            _add(flows, (place[agency], category), values)
        ends: dict[Place, list[int]] = {}
        for agency, values in stocks.items():
            _add(ends, place[agency], values)
        places = sorted({where for where, _ in flows} | set(ends))
        return cls(places, sorted({category for _, category in flows}), flows, ends)

    def table(self, number: int) -> Counts:
        """Return one count, shape (leaves, categories)."""
        found = np.zeros((len(self.places), len(self.categories)), np.int64)
        row = {place: at for at, place in enumerate(self.places)}
        column = {category: at for at, category in enumerate(self.categories)}
        for (place, category), values in self.counts.items():
            found[row[place], column[category]] = values[number]
        return found

    def stock(self, number: int) -> Counts:
        """Return the stock at one end, shape (leaves,)."""
        ends = [self.stocks.get(place, (0, 0))[number] for place in self.places]
        return np.array(ends, np.int64)

    def names(self) -> dict[str, list[str]]:
        """Return grouping -> the group's code, leaf by leaf."""
        codes = {
            "reported": [place[0] for place in self.places],
            "today": [place[2] for place in self.places],
            "before": [place[3] for place in self.places],
            "level": [place[1] for place in self.places],
        }
        return {**codes, "country": ["all"] * len(self.places)}

    def alias(self) -> dict[str, str]:
        """Return map -> the first map that puts leaves together in the same way."""
        names = self.names()
        seen: dict[tuple[int, ...], str] = {}
        return {name: seen.setdefault(_numbered(names[name])[0], name) for name in MAPS}

    def maps(self) -> list[str]:
        """Return the maps that differ."""
        return sorted(set(self.alias().values()))

    def closed(self, blocks: Mapping[str, Block], stock: Stock | None) -> OpenMonth:
        """Return the month with what is closed."""
        numbered = {name: _numbered(codes) for name, codes in self.names().items()}
        groupings = tuple(Grouping(name, of) for name, (of, _) in numbered.items())
        codes = {name: groups for name, (_, groups) in numbered.items()}
        cells = protect(Cube(groupings, blocks, stock))
        return OpenMonth(cells, codes, self.categories, self.alias())


def _add(sums: dict[_Key, list[int]], key: _Key, values: Sequence[int]) -> None:
    found = sums.setdefault(key, [0] * len(values))
    for number, value in enumerate(values):
        found[number] += value


def _numbered(codes: Sequence[str]) -> tuple[tuple[int, ...], list[str]]:
    """Return the number of each leaf's group, in order of first meeting, and the groups."""
    numbers: dict[str, int] = {}
    of = tuple(numbers.setdefault(code, len(numbers)) for code in codes)
    return of, list(numbers)
