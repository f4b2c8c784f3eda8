"""The completeness matrix: agencies x days, each cell the worst of the agency's feeds."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from contracts.partition import Partition
from hub.period import days_between
from hub.registry import Registry, due_at
from warehouse.figures import PartitionState

NOT_REQUIRED = "not_required"
PROVISIONAL = "provisional"

GRAVITY = (
    "missing",
    "failed",
    "rejected",
    "running",
    PROVISIONAL,
    "quarantine",
    "loaded",
    "not_due",
    NOT_REQUIRED,
)
"""States from worst to best: the order of attention."""

_RANK = {state: rank for rank, state in enumerate(GRAVITY)}


@dataclass(frozen=True, slots=True)
class Row:
    """One agency.

    Attributes:
        agency: code.
        name: name of the agency.
        cells: day -> feed -> state; feeds that are not owed that day are left out.
    """

    agency: str
    name: str
    cells: Mapping[date, Mapping[str, str]]

    def worst(self, day: date) -> str:
        """Return the state that needs attention most."""
        return min(self.cells[day].values(), key=_RANK.__getitem__, default=NOT_REQUIRED)

    @property
    def badness(self) -> tuple[int, ...]:
        """Return how many days are in each state, for sorting worst first."""
        counted = Counter(self.worst(day) for day in self.cells)
        return tuple(-counted[state] for state in GRAVITY[: GRAVITY.index("loaded")])


@dataclass(frozen=True, slots=True)
class Matrix:
    """Agencies worst first, days in order."""

    days: tuple[date, ...]
    rows: tuple[Row, ...]

    @property
    def counts(self) -> Counter[str]:
        """Return how many partitions are in each state."""
        return Counter(
            state for row in self.rows for feeds in row.cells.values() for state in feeds.values()
        )


def completeness(
    registry: Registry,
    known: Iterable[PartitionState],
    span: tuple[date, date],
    now: datetime,
    feeds: frozenset[str] = frozenset(),
    provisional: Collection[Partition] = (),
) -> Matrix:
    """Return the matrix of some days from what the registry expects and the ledger knows.

    A partition that nobody tried is missing once its agency's clock says it is due. A feed of
    longer periods is owed for the last day of each and stands under no other.

    Args:
        registry: who owes what.
        known: what the ledger knows of those days.
        span: first and last day, both included.
        now: this moment.
        feeds: only these; empty means all.
        provisional: partitions whose shown version was pulled before its day was over.
    """
    states = {Partition(s.agency, s.feed, s.day): _state(s.state) for s in known}
    states |= dict.fromkeys(provisional, PROVISIONAL)
    days = days_between(*span)
    rows = []
    for code, agency in registry.agencies.items():
        cells = {
            day: {
                feed: states.get(Partition(code, feed, day))
                or ("missing" if _has_passed(registry, code, day, now) else "not_due")
                for feed in agency.feeds_on(day)
                if not feeds or feed in feeds
            }
            for day in days
        }
        if any(cells.values()):
            rows.append(Row(code, agency.name, cells))
    return Matrix(tuple(days), tuple(sorted(rows, key=lambda row: (row.badness, row.agency))))


def _state(state: str) -> str:
    return "running" if state == "superseded" else state


def _has_passed(registry: Registry, code: str, day: date, now: datetime) -> bool:
    return due_at(registry.agency(code), day) <= now
