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


def previous(period: Period, cut: Calendar = Calendar.REPORT) -> Period:
    """Return the period of the same length that ends the day before a named one begins.

    >>> [previous(parse_period(name)).name for name in ("2026-01", "2026-Q1", "2026-H2", "2026")]
    ['2025-12', '2025-Q4', '2026-H1', '2025']
    """
    found = _NAME.fullmatch(period.name)
    if not found:
        length = period.last - period.first
        return span_of_days(period.first - length - timedelta(1), period.first - timedelta(1))
    last = period.first - timedelta(1)
    name = f"{last.year}"
    if found["month"]:
        name = f"{last:%Y-%m}"
    elif found["quarter"]:
        name = f"{last.year}-Q{last.month // 3}"
    elif found["half"]:
        name = f"{last.year}-H{last.month // 6}"
    return parse_period(name, cut)


def recent(day: date, cut: Calendar = Calendar.REPORT) -> list[str]:
    """Return names of periods up to the one that a day lies in: months, quarters, halves, years.

    >>> names = recent(date(2026, 11, 20))
    >>> names[:2], names[12:14], names[16:]
    (['2026-12', '2026-11'], ['2026-Q4', '2026-Q3'], ['2026-H2', '2026-H1', '2026', '2025'])
    """
    month = parse_period(f"{day:%Y-%m}", cut)
    if day > month.last:
        month = parse_period(f"{month.last + timedelta(28):%Y-%m}", cut)
    year, number = int(month.name[:4]), int(month.name[5:])
    quarter, half = f"{year}-Q{(number + 2) // 3}", f"{year}-H{(number + 5) // 6}"
    names = []
    for name, count in ((month.name, 12), (quarter, 4), (half, 2), (str(year), 2)):
        period = parse_period(name, cut)
        for _ in range(count):
            names.append(period.name)
            period = previous(period, cut)
    return names
