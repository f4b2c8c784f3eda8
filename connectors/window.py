"""Windows of time that a source can be asked for, in steps as fine as it writes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

from contracts.errors import ContractBroken
from contracts.moment import pattern
from contracts.partition import ZONE, Partition

Span = Literal["day", "month", "quarter", "year"]

_STEPS = {"ss": 1, "mm": 60, "HH": 3600, "dd": 86_400}


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant up to, and without, another.

    Attributes:
        start, end: in Asia/Ho_Chi_Minh.
        step: the least length that the source can name.
    """

    start: datetime
    end: datetime
    step: timedelta

    def __str__(self) -> str:
        """Return both ends, for the texts of errors."""
        return f"{self.start:%Y-%m-%d %H:%M:%S} to {self.end:%Y-%m-%d %H:%M:%S}"

    @property
    def steps(self) -> int:
        """Return how many steps long it is."""
        return (self.end - self.start) // self.step

    def written(self, form: str, *, through: bool = False) -> tuple[str, str]:
        """Return both ends as a source writes them; the last step itself where it goes through."""
        end = self.end - self.step if through else self.end
        return write_instant(self.start, form), write_instant(end, form)

    def parts(self, count: int) -> Iterator["Window"]:
        """Yield windows that cover this one without gap or overlap, at most one per step.

        >>> day = datetime(2026, 11, 20, tzinfo=ZONE)
        >>> whole = Window(day, day + timedelta(hours=3), timedelta(hours=1))
        >>> [part.steps for part in whole.parts(2)]
        [1, 2]
        """
        edges = [self.start + self.step * (self.steps * n // count) for n in range(count + 1)]
        for start, end in pairwise(edges):
            if start < end:
                yield Window(start, end, self.step)

    def halves(self) -> Iterator["Window"]:
        """Return both halves.

        Raises:
            ContractBroken: WINDOW-FULL, it is one step long.
        """
        if self.steps < 2:
            raise ContractBroken(
                "The least window still holds too much", code="WINDOW-FULL", seen=str(self)
            )
        return self.parts(2)


def window_of(partition: Partition, span: Span, form: str) -> Window:
    """Return the whole span that ends with a partition's day.

    Args:
        partition: its day is the last one of the span.
        span: how much of the calendar.
        form: how the source writes instants; says how fine they are.

    Raises:
        ConfigError: no known form.
    """
    named = pattern(form).groupindex
    step = next(seconds for token, seconds in _STEPS.items() if token in named)
    day = partition.day
    first = {
        "day": day,
        "month": day.replace(day=1),
        "quarter": date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
        "year": date(day.year, 1, 1),
    }[span]
    start, end = (datetime.combine(d, time(), ZONE) for d in (first, day + timedelta(days=1)))
    return Window(start, end, timedelta(seconds=step))


def write_instant(moment: datetime, form: str) -> str:
    """Return an instant as a source writes it: ``iso`` in UTC, else local time.

    >>> write_instant(datetime(2026, 11, 20, tzinfo=ZONE), "iso")
    '2026-11-19T17:00:00Z'
    >>> write_instant(datetime(2026, 11, 20, tzinfo=ZONE), "dd/MM/yyyy HH:mm")
    '20/11/2026 00:00'
    """
    if form == "iso":
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    local = moment.astimezone(ZONE)
    if form == "iso_local":
        return f"{local:%Y-%m-%dT%H:%M:%S}"
    for token, code in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"),
                        ("ss", "%S")):  # fmt: skip
        form = form.replace(token, f"{local:{code}}")
    return form
