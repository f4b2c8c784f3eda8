"""The completeness matrix: agencies x days, each cell the worst of the agency's feeds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from hub.period import days_between
from hub.registry import Registry, due_at
from warehouse.shown import Shown

NOT_REQUIRED = "not_required"
NOT_DUE = "not_due"
LATE = "late"

GRAVITY = (
    "missing",
    "failed",
    "rejected",
    "running",
    "provisional",
    "quarantine",
    LATE,
    "loaded",
    NOT_DUE,
    NOT_REQUIRED,
)
"""States from worst to best: the order of attention."""

LACKING = frozenset({"missing", "failed", "rejected"})
"""States of partitions that are due and show nothing."""

_RANK = {state: rank for rank, state in enumerate(GRAVITY)}


@dataclass(frozen=True)
class Row:
    """One agency; what follows from its cells is counted once, when first asked for.

    Attributes:
        agency: code.
        name: name of the agency.
        cells: day -> feed -> state; feeds that are not owed that day are left out.
        kind: level and sort of agency, as its file says.
    """

    agency: str
    name: str
    cells: Mapping[date, Mapping[str, str]]
    kind: str = ""

    @cached_property
    def worst(self) -> dict[date, str]:
        """Return by day the state that needs attention most."""
        return {day: _worst(feeds) for day, feeds in self.cells.items()}

    @cached_property
    def badness(self) -> tuple[int, ...]:
        """Return how many days are in each state, for sorting worst first."""
        counted = Counter(self.worst.values())
        return tuple(-counted[state] for state in GRAVITY[: GRAVITY.index(LATE)])

    @cached_property
    def counts(self) -> Counter[str]:
        """Return how many partitions are in each state."""
        return Counter([state for feeds in self.cells.values() for state in feeds.values()])

    @cached_property
    def feeds(self) -> tuple[str, ...]:
        """Return the feeds owed on any of the days, in the order of the agency's file."""
        return tuple(dict.fromkeys(feed for feeds in self.cells.values() for feed in feeds))

    @property
    def lacking(self) -> int:
        """Return how many partitions are due and show nothing."""
        counts = self.counts
        return sum(counts[state] for state in LACKING)

    @property
    def due(self) -> int:
        """Return how many partitions are due, or show something before they are."""
        counts = self.counts
        return counts.total() - counts[NOT_DUE]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Agencies worst first, days in order."""

    days: tuple[date, ...]
    rows: tuple[Row, ...]

    @property
    def counts(self) -> Counter[str]:
        """Return how many partitions are in each state."""
        return sum((row.counts for row in self.rows), Counter[str]())


def completeness(
    registry: Registry,
    known: Iterable[Shown],
    span: tuple[date, date],
    now: datetime,
    feeds: frozenset[str] = frozenset(),
) -> Matrix:
    """Return the matrix of some days from what the registry expects and the ledger knows.

    A partition that nobody tried is missing once its agency's clock says it is due; one that was
    whole only after that is late. A feed of longer periods is owed for the last day of each and
    stands under no other.

    Args:
        registry: who owes what.
        known: what the ledger knows of those days.
        span: first and last day, both included.
        now: this moment.
        feeds: only these; empty means all.
    """
    of: dict[tuple[str, date], dict[str, Shown]] = {}
    for one in known:
        of.setdefault((one.agency, one.day), {})[one.feed] = one
    days = days_between(*span)
    rows = []
    for code, agency in registry.agencies.items():
        cells = {
            day: _cells(owed, of.get((code, day), {}), due_at(agency, day), now)
            for day, owed in agency.feeds_over(days).items()
        }
        if feeds:
            cells = {day: _only(states, feeds) for day, states in cells.items()}
        if any(cells.values()):
            rows.append(Row(code, agency.name, cells, agency.kind))
    return Matrix(tuple(days), tuple(sorted(rows, key=lambda row: (row.badness, row.agency))))


def _worst(feeds: Mapping[str, str]) -> str:
    return min({*feeds.values()}, key=_RANK.__getitem__, default=NOT_REQUIRED)


def _cells(
    owed: Iterable[str], known: Mapping[str, Shown], due: datetime, now: datetime
) -> dict[str, str]:
    """Return feed -> state of what an agency owes for a day."""
    absent = "missing" if due <= now else NOT_DUE
    return {feed: _state(known[feed], due) if feed in known else absent for feed in owed}


def _only(states: Mapping[str, str], feeds: frozenset[str]) -> dict[str, str]:
    return {feed: state for feed, state in states.items() if feed in feeds}


def _state(one: Shown, due: datetime) -> str:
    if one.state == "superseded":
        return "running"
    is_late = one.state == "loaded" and one.whole_at is not None and one.whole_at > due
    return LATE if is_late else one.state
