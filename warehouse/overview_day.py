"""Days of the country: what lines are drawn through and what the days before are summed from."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import Decimal

from warehouse.database import Cursor, run

Span = tuple[date, date]
Line = tuple[Decimal | None, ...]
"""Values from the oldest to the newest day or month; None = nothing was told."""

LINE_DAYS = 30
"""How far a line of days goes back from the period's end."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was counted on one day, or on some: dossiers, and payments that succeeded."""

    submitted: int = 0
    closed: int = 0
    closed_late: int = 0
    paid: int = 0
    paid_online: int = 0

    def __add__(self, other: "Day") -> "Day":
        return Day(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def ontime_share(self) -> Decimal | None:
        """Return the share of ended dossiers that ended in time, percent."""
        return _percent(self.closed - self.closed_late, self.closed)

    @property
    def payment_share(self) -> Decimal | None:
        """Return the share of payments made online, percent."""
        return _percent(self.paid_online, self.paid)


NOTHING = Day()


def line_span(last: date) -> Span:
    """Return the days of a line that ends on a day."""
    return last - timedelta(LINE_DAYS - 1), last


def read_days(cursor: Cursor, first: date, last: date) -> dict[date, Day]:
    """Return day -> what was counted, days without anything left out."""
    asked = {"first_day": first, "last_day": last}
    days = {
        day: Day(submitted, closed, late)
        for day, submitted, closed, late in run(cursor, "overview.dossier_days", **asked)
    }
    for day, paid, online in run(cursor, "overview.payment_days", **asked):
        days[day] = days.get(day, NOTHING) + Day(paid=paid, paid_online=online)
    return days


def within(days: Mapping[date, Day], span: Span) -> list[Day]:
    """Return every day of a span in order, empty ones too."""
    first, last = span
    return [days.get(first + timedelta(n), NOTHING) for n in range((last - first).days + 1)]


def total(days: Iterable[Day]) -> Day:
    """Return the sum of days."""
    return sum(days, NOTHING)


def _percent(part: int, whole: int) -> Decimal | None:
    return Decimal(part) * 100 / whole if whole else None
