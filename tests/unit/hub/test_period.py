from datetime import date

import pytest

from contracts.errors import ConfigError
from hub.period import Calendar, days_between, parse_period


@pytest.mark.parametrize(
    ("name", "first", "last", "label"),
    [
        ("2026-01", date(2025, 12, 15), date(2026, 1, 14), "Tháng 01/2026"),
        ("2026-10", date(2026, 9, 15), date(2026, 10, 14), "Tháng 10/2026"),
        ("2026-Q1", date(2025, 12, 15), date(2026, 3, 14), "Quý I/2026"),
        ("2026-Q4", date(2026, 9, 15), date(2026, 12, 14), "Quý IV/2026"),
        ("2026-H1", date(2025, 12, 15), date(2026, 6, 14), "6 tháng đầu năm 2026"),
        ("2026-H2", date(2026, 6, 15), date(2026, 12, 14), "6 tháng cuối năm 2026"),
        ("2026", date(2025, 12, 15), date(2026, 12, 14), "Năm 2026"),
    ],
)
def test_a_report_period_runs_from_the_15th_to_the_14th(
    name: str, first: date, last: date, label: str
) -> None:
    period = parse_period(name)
    assert (period.first, period.last, period.label) == (first, last, label)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_civil_period_follows_calendar_months(name: str, first: date, last: date) -> None:
    period = parse_period(name, Calendar.CIVIL)
    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize("name", ["2026-13", "2026-00", "2026-Q5", "26-Q1", "quý 4", ""])
def test_a_name_that_is_no_period_is_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_period(name)
    assert "2026-Q4" in refused.value.allowed


def test_quarters_of_a_report_year_leave_no_day_out_and_take_none_twice() -> None:
    quarters = [parse_period(f"2026-Q{n}") for n in (1, 2, 3, 4)]
    days = [day for q in quarters for day in days_between(q.first, q.last)]
    assert len(days) == len(set(days)) == 365
    year = parse_period("2026")
    assert (days[0], days[-1]) == (year.first, year.last)
