"""No closed cell can be worked out: from everything published, on all maps, over months."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.disclosure import (
    SMALL,
    Block,
    Cells,
    Cube,
    Grouping,
    Key,
    Stock,
    cells_of,
    close,
    protect,
    unproven,
)
from serving.disclosure.cube import stock_cells
from serving.disclosure.pattern import stock_partners
from serving.open_month import Shown
from tests.serving.attacker import Attacker, Sum

MAPS = ("reported", "today")
WIDE = ("level", "country")
COARSE_SHOWN: Shown = frozenset(
    (part, "coarse", name) for part in ("p", "pq") for name in (*MAPS, *WIDE)
)
FINE_SHOWN: Shown = frozenset(("pq", "fine", name) for name in (*MAPS, "country"))
SHOWN: Shown = COARSE_SHOWN | FINE_SHOWN | {("p", "fine", "country")}
Tables = Mapping[Key, Cells]


def cube(
    counts: np.ndarray, starts: np.ndarray, today: Sequence[int], level: Sequence[int]
) -> Cube:
    """Return a month: counts (4, leaves, categories): received online and not, late and not."""
    online, other, late, in_time = counts
    end = starts + (online + other - late - in_time).sum(axis=1)
    size = len(starts)
    groupings = (
        Grouping("reported", tuple(range(size))),
        Grouping("today", _numbered(today)),
        Grouping("level", _numbered(level)),
        Grouping("country", (0,) * size),
    )
    blocks = {
        "received": Block("received", online, other, SHOWN),
        "resolved": Block("resolved", late, in_time, SHOWN),
    }
    stock = Stock(starts, end, "received", "resolved", frozenset((*MAPS, *WIDE)))
    return Cube(groupings, blocks, stock)


def _numbered(labels: Sequence[int]) -> tuple[int, ...]:
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(label, len(numbers)) for label in labels)


@st.composite
def nations(draw: st.DrawFn) -> list[Cube]:
    """Draw up to three months of a nation of up to six agencies, most of its counts small."""
    size, fields = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    today = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    level = draw(st.lists(st.integers(0, 1), min_size=len(set(today)), max_size=len(set(today))))
    levels = [level[number] for number in _numbered(today)]
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    months, starts = [], _some(random, (size,))
    for _ in range(draw(st.integers(1, 3))):
        received = _some(random, (2, size, fields))
        left = starts + received.sum(axis=(0, 2))
        resolved = _some(random, (2, size, fields))
        for leaf in range(size):
            while resolved[:, leaf].sum() > left[leaf]:
                resolved[:, leaf] //= 2
        months.append(cube(np.concatenate([received, resolved]), starts, today, levels))
        stock = months[-1].stock
        assert stock is not None
        starts = stock.end
    return months


def _some(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    kind = random.integers(0, 4, shape)
    large = random.integers(10, 400, shape)
    return np.choose(
        kind,
        [
            np.zeros(shape, np.int64),
            random.integers(0, 12, shape),
            random.integers(0, 40, shape),
            large,
        ],
    )


def attack(months: Sequence[tuple[Cube, Tables]]) -> tuple[Attacker, dict[Hashable, Sum]]:
    """Return an attacker who read all open cells, and the closed cells as targets."""
    attacker = Attacker()
    targets: dict[Hashable, Sum] = {}
    for number, (month, tables) in enumerate(months):
        for key, table in tables.items():
            if not table.is_shown:
                continue
            for at in np.ndindex(table.value.shape):
                unknowns = _unknowns(month, number, key, at)
                if table.closed[at]:
                    targets[number, key, at] = dict.fromkeys(unknowns, 1)
                else:
                    attacker.learn(unknowns, int(table.value[at]))
        _learn_balances(attacker, month, number)
    return attacker, targets


def _unknowns(month: Cube, number: int, key: Key, at: tuple[int, ...]) -> list[Hashable]:
    of = month.grouping(key.grouping).of
    leaves = [leaf for leaf, group in enumerate(of) if group == at[0]]
    if key.block == "stock":
        return [("stock", number + (key.part == "end"), leaf) for leaf in leaves]
    fields = at[1:] or range(month.blocks[key.block].p.shape[1])
    parts = "pq" if key.part == "pq" else key.part
    return [(key.block, p, number, leaf, f) for p in parts for leaf in leaves for f in fields]


def _learn_balances(attacker: Attacker, month: Cube, number: int) -> None:
    size, fields = month.blocks["received"].p.shape
    for leaf in range(size):
        balance: dict[Hashable, int] = {("stock", number, leaf): 1, ("stock", number + 1, leaf): -1}
        for block, sign in (("received", 1), ("resolved", -1)):
            for f in range(fields):
                balance |= {(block, p, number, leaf, f): sign for p in "pq"}
        attacker.learn_sum(balance, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(nations())
def test_an_attacker_recovers_no_closed_cell_of_any_nation(months: list[Cube]) -> None:
    attacker, targets = attack([(month, protect(month)) for month in months])
    assert attacker.recovers(targets) == set()
    assert attacker.squeezes(targets, SMALL) == {}


@settings(max_examples=50, deadline=None)
@given(nations())
def test_every_small_count_is_closed(months: list[Cube]) -> None:
    for month in months:
        for table in protect(month).values():
            is_small = (table.value > 0) & (table.value < SMALL)
            assert table.closed[is_small].all() or not table.is_shown


@settings(max_examples=50, deadline=None)
@given(nations())
def test_a_later_month_opens_nothing_of_an_earlier_one(months: list[Cube]) -> None:
    for before, after in pairwise(months):
        told = protect(before)
        for key, table in stock_partners(after, "start", SMALL)[0].items():
            assert (table.closed == told[key._replace(part="end")].closed).all()


def test_a_month_without_small_counts_is_told_whole() -> None:
    month = cube(np.full((4, 3, 2), 50), np.full(3, 100), [0, 0, 1], [0, 0, 0])
    assert not any(table.closed.any() for table in protect(month).values())


def test_the_same_counts_are_not_worked_out_twice() -> None:
    counts = np.full((4, 3, 2), 50)
    months = [cube(counts.copy(), np.full(3, 100), [0, 0, 1], [0, 0, 0]) for _ in range(2)]
    assert protect(months[0]) is protect(months[1])


@pytest.fixture
def merged() -> Cube:
    """Give a month in which a province with few dossiers of a field joined a large one.

    Alone it is best covered by a province elsewhere; then the united one less the large one
    tells of it.
    """
    counts = np.full((4, 4, 3), 60)
    counts[0, 0, 0], counts[1, 0, 0] = 2, 3
    counts[:, 1], counts[:, 2] = 400, 12
    return cube(counts, np.full(4, 500), [0, 0, 1, 2], [0, 0, 0, 1])


def test_a_suppressor_of_small_cells_alone_is_caught(merged: Cube) -> None:
    tables = cells_of(merged) | stock_cells(merged, "start") | stock_cells(merged, "end")
    for table in tables.values():
        table.closed |= (table.value > 0) & (table.value < SMALL)
    attacker, targets = attack([(merged, tables)])
    assert (0, Key("received", "pq", "fine", "reported"), (0, 0)) in attacker.recovers(targets)
    assert unproven(merged, tables, [], SMALL)


def test_a_suppressor_of_one_map_at_a_time_is_caught(merged: Cube) -> None:
    tables: dict[Key, Cells] = {}
    for name in MAPS:
        alone = protect(_on_one_map(merged, name))
        tables |= {key: table for key, table in alone.items() if key.grouping in {name, *WIDE}}
    attacker, targets = attack([(merged, tables)])
    assert attacker.recovers(targets)


def _on_one_map(month: Cube, name: str) -> Cube:
    groupings = tuple(one for one in month.groupings if one.name in {name, *WIDE})
    blocks = {
        key: replace(block, shown=frozenset(one for one in block.shown if one[2] in {name, *WIDE}))
        for key, block in month.blocks.items()
    }
    assert month.stock is not None
    stock = replace(month.stock, shown=frozenset({name, *WIDE}))
    return Cube(groupings, blocks, stock)


def test_a_suppressor_that_forgets_the_stock_is_caught() -> None:
    counts = np.full((4, 4, 1), 60)
    counts[:, 0] = 50
    starts = np.array([5, 500, 500, 500])
    month = cube(counts, starts, [0, 1, 2, 3], [0, 0, 0, 0])
    tables = dict(protect(Cube(month.groupings, month.blocks)))
    for end in ("start", "end"):
        tables |= stock_partners(month, end, SMALL)[0]
    tables = {key: _opened(key, table, "end") for key, table in tables.items()}
    attacker, targets = attack([(month, tables)])
    assert (0, Key("stock", "start", "coarse", "reported"), (0,)) in attacker.recovers(targets)


def _opened(key: Key, table: Cells, part: str) -> Cells:
    """Return a table, told whole where it is of a part."""
    return replace(table, closed=np.zeros_like(table.closed)) if key.part == part else table


def test_the_auditor_believes_no_shift_that_changes_an_open_cell(merged: Cube) -> None:
    cells, shifts = close(merged, SMALL)
    opened = {
        key: replace(table, closed=np.zeros_like(table.closed)) for key, table in cells.items()
    }
    assert unproven(merged, cells, shifts, SMALL) == []
    assert unproven(merged, opened, shifts, SMALL)


def test_the_auditor_believes_no_shift_below_zero(merged: Cube) -> None:
    cells, shifts = close(merged, SMALL)
    sunk = [tuple(move._replace(steps=1000 * move.steps) for move in one) for one in shifts]
    assert unproven(merged, cells, sunk, SMALL)


def test_the_auditor_believes_no_shift_that_breaks_the_balance_of_a_stock(merged: Cube) -> None:
    cells, shifts = close(merged, SMALL)
    for table in cells.values():
        table.closed[:] = True
    halves = [tuple(move for move in one if move.block != "resolved") for one in shifts]
    broken = [half for half, one in zip(halves, shifts, strict=True) if half != one]
    assert unproven(merged, cells, broken, SMALL)
