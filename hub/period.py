"""Reporting periods: names such as ``2026-Q4`` and the days they cover."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from contracts.errors import ConfigError

_NAME = re.compile(r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?")
_ROMAN = ("I", "II", "III", "IV")


class Calendar(StrEnum):
    """How a period is cut.

    ``REPORT`` closes on the 14th (the decree's cut-offs, so that a report is in by the 25th);
    ``CIVIL`` follows calendar months (monthly feeds of the national portal, QĐ 766).
    Source: NĐ 09/2019/NĐ-CP art. 12.
    """

    REPORT = "report"
    CIVIL = "civil"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days of Asia/Ho_Chi_Minh, both ends included.

    Attributes:
        name: ``2026-10``, ``2026-Q4``, ``2026-H1``, ``2026``, or ``<first>..<last>``.
        label: Vietnamese label, e.g. ``Quý IV/2026``.
        first: first day.
        last: last day.
    """

    name: str
    label: str
    first: date
    last: date


def parse_period(name: str, cut: Calendar = Calendar.REPORT) -> Period:
    """Return the days that a period's name covers.

    >>> parse_period("2026-Q4").first.isoformat(), parse_period("2026-Q4").last.isoformat()
    ('2026-09-15', '2026-12-14')
    >>> parse_period("2026-Q4", Calendar.CIVIL).first.isoformat()
    '2026-10-01'

    Raises:
        ConfigError: the name is not a month, quarter, half or year.
    """
    found = _NAME.fullmatch(name)
    if not found or not 1 <= int(found["month"] or 1) <= 12:
        raise ConfigError(
            "Không hiểu tên kỳ báo cáo / unknown reporting period",
            code="PERIOD",
            seen=name[:20],
            allowed="2026-10, 2026-Q4, 2026-H1, 2026",
            action="hub report --help",
        )
    months, last_month, label = _span(found)
    first, last = _days(int(found["year"]), last_month, months, cut)
    return Period(name, label, first, last)


def span_of_days(first: date, last: date) -> Period:
    """Return the period between two named days, both included."""
    return Period(
        f"{first.isoformat()}..{last.isoformat()}",
        f"{first:%d/%m/%Y} – {last:%d/%m/%Y}",
        first,
        last,
    )


def _span(found: re.Match[str]) -> tuple[int, int, str]:
    """Return (length in months, last month, label)."""
    year = found["year"]
    if found["month"]:
        return 1, int(found["month"]), f"Tháng {found['month']}/{year}"
    if found["quarter"]:
        quarter = int(found["quarter"])
        return 3, quarter * 3, f"Quý {_ROMAN[quarter - 1]}/{year}"
    if found["half"]:
        side = "đầu" if found["half"] == "1" else "cuối"
        return 6, int(found["half"]) * 6, f"6 tháng {side} năm {year}"
    return 12, 12, f"Năm {year}"


def _days(year: int, last_month: int, months: int, cut: Calendar) -> tuple[date, date]:
    if cut is Calendar.REPORT:
        return _month(year, last_month - months).replace(day=15), date(year, last_month, 14)
    last = date(year, last_month, calendar.monthrange(year, last_month)[1])
    return _month(year, last_month - months + 1), last


def _month(year: int, month: int) -> date:
    """Return the first day of a month, where month 0 is December of the year before."""
    return date(year, month, 1) if month > 0 else date(year - 1, month + 12, 1)


def days_between(first: date, last: date) -> list[date]:
    """Return every day from first to last, both included, in order."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
