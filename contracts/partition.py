"""The unit of work: one agency, one feed, one day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Days are days of this zone (UTC+07:00 all year since 1975, no daylight saving)."""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """(agency, feed, day): the unit of loading, replay and replacement.

    Attributes:
        agency: short agency code of QĐ 20/2020, e.g. ``H26``.
        feed: feed name, e.g. ``dossiers``.
        day: day of Asia/Ho_Chi_Minh.
    """

    agency: str
    feed: str
    day: date

    def __str__(self) -> str:
        """Return ``agency/feed/day``, the place named in errors, logs and archive paths."""
        return f"{self.agency}/{self.feed}/{self.day.isoformat()}"

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Return the first instant of the day and of the next day, in UTC."""
        start = datetime.combine(self.day, time(), tzinfo=ZONE).astimezone(UTC)
        return start, start + timedelta(days=1)
