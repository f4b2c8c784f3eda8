"""The systems of the founding documents: which feeds make each of them, what of it is shown."""

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources

from contracts.partition import Partition
from hub.registry import Registry, due_at
from warehouse.database import Connection, read_snapshot, run


@dataclass(frozen=True, slots=True)
class NamedSystem:
    """One system as the founding documents name it.

    Attributes:
        number: place in the documents' table, from 1.
        feeds: feeds that make it; a feed may speak of several systems.
        documents: numbers of the founding documents that name it.
    """

    number: int
    name_vi: str
    name_en: str
    feeds: tuple[str, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemState:
    """What is shown of one system in a span of days.

    Attributes:
        system: the system.
        expected: partitions owed in the span.
        due: those of them that are due by now.
        covered: those of them that show a version.
        newest: newest day that any partition of its feeds shows, also outside of the span.
    """

    system: NamedSystem
    expected: int
    due: int
    covered: int
    newest: date | None

    @property
    def state(self) -> str:
        """Return ``loaded``, ``partial``, ``missing`` or ``not_due``.

        A system of which nothing was ever shown is missing, unless all it owes is still to come.
        """
        if self.covered:
            return "loaded" if self.covered >= self.due else "partial"
        if self.due or (self.newest is None and not self.expected):
            return "missing"
        return "not_due"


@cache
def named_systems() -> tuple[NamedSystem, ...]:
    """Return the systems of the founding documents, in their order."""
    text = (resources.files("hub") / "systems.csv").read_text(encoding="utf-8")
    return tuple(
        NamedSystem(
            int(row["number"]),
            row["name_vi"],
            row["name_en"],
            tuple(row["feeds"].split()),
            tuple(row["documents"].split()),
        )
        for row in csv.DictReader(text.splitlines())
    )


def states(
    registry: Registry,
    conn: Connection,
    span: tuple[date, date],
    now: datetime,
    agencies: Collection[str] = (),
) -> list[SystemState]:
    """Return the state of every system in a span of days, both ends included.

    Args:
        registry: who owes what.
        conn: the warehouse.
        span: first and last day.
        now: this moment.
        agencies: only what these owe; empty means all.
    """
    with read_snapshot(conn) as cursor:
        shown = {
            Partition(*row)
            for row in run(cursor, "system.shown", first_day=span[0], last_day=span[1])
        }
        newest = dict(run(cursor, "system.newest", agencies=list(agencies) or None).fetchall())
    owed = [
        partition
        for partition in registry.expected_between(*span)
        if not agencies or partition.agency in agencies
    ]
    counts = _counts(registry, owed, shown, now)
    return [_state(system, counts, newest) for system in named_systems()]


_Counts = Mapping[str, Counter[str]]


def _counts(
    registry: Registry, owed: Iterable[Partition], shown: Collection[Partition], now: datetime
) -> _Counts:
    """Return ``expected``, ``due`` and ``covered`` by feed."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("expected", "due", "covered")}
    for partition in owed:
        counts["expected"][partition.feed] += 1
        counts["due"][partition.feed] += (
            due_at(registry.agency(partition.agency), partition.day) <= now
        )
        counts["covered"][partition.feed] += partition in shown
    return counts


def _state(system: NamedSystem, counts: _Counts, newest: Mapping[str, date]) -> SystemState:
    totals = {name: sum(by_feed[f] for f in system.feeds) for name, by_feed in counts.items()}
    days = [newest[feed] for feed in system.feeds if feed in newest]
    return SystemState(system, **totals, newest=max(days, default=None))
