"""Statistical feeds that one agency gives for the country; those of the founding documents hold.

Source: founding documents 000-004 of 2020; figures beyond their days are made up.
"""

import csv
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from sandbox.agency import AGENCIES, MERGER, Agency, read_csv
from sandbox.catalogue import Catalogue
from sandbox.draw import Draw
from sandbox.volume import apportion, day_factor

Row = dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Work:
    """What a table is made from.

    Attributes:
        agency: who reports.
        lists: what it works with.
        day: last day of the period.
        draw: draws for so many rows.
        serving: ministries and provinces with public services on the day.
    """

    agency: Agency
    lists: Catalogue
    day: date
    draw: Callable[[int], Draw]
    serving: tuple[Agency, ...]


OPENED = date(2019, 12, 9)
"""The national public service portal went online."""
_PORTAL_TO = date(2020, 4, 30)
_VISITS, _ACCOUNTS = 27_500_000, 103_126
_LATER_VISITS, _LATER_ACCOUNTS = 320_000, 2_400

_CABINET = (date(2019, 6, 24), date(2020, 4, 18))
_SESSIONS, _SESSION_PAPERS = 14, 47_216
_BALLOTS, _BALLOT_PAPERS = 305, 48_490

_MEAN_SHARE = 17.97
_FULL = ("G14", "G18")
_LOW_MINISTRIES, _LOW_PROVINCES = 5, 22
_EVALUATED = date(2020, 8, 31)

_CONNECTED_FROM, _CONNECTED_TO = date(2020, 1, 1), date(2020, 10, 25)
_SERVICES = ("dancu.xacthuc", "doanhnghiep.tracuu")

INDICATORS = (
    ("GRDP", "ty_dong", 4_000_000),
    ("IIP", "phan_tram", 100_0000),
    ("BUDGET_REVENUE", "ty_dong", 1_500_000),
    ("EXPORT", "trieu_usd", 900_000),
)
_COMPARED = "2019-01..2019-04"


def month_number(day: date) -> int:
    """Return months since year 0."""
    return day.year * 12 + day.month


def month_end(day: date) -> date:
    """Return the last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _portal_usage(work: Work) -> list[Row]:
    """Visits and new accounts of the national portal: exact sums up to 2020-04-30."""
    visits, accounts = _portal_days().get(work.day, (_LATER_VISITS, _LATER_ACCOUNTS))
    if work.day < OPENED:
        return []
    mobile = [visits // 5, accounts // 4]
    return [
        {"channel": "web", "new_accounts": accounts - mobile[1], "visits": visits - mobile[0]},
        {"channel": "mobile", "new_accounts": mobile[1], "visits": mobile[0]},
    ]


@cache
def _portal_days() -> Mapping[date, tuple[int, int]]:
    days = [OPENED + timedelta(n) for n in range((_PORTAL_TO - OPENED).days + 1)]
    busy = np.array([0.4 + day_factor(day) for day in days])
    visits, accounts = apportion(busy, _VISITS), apportion(busy, _ACCOUNTS)
    return dict(zip(days, zip(visits.tolist(), accounts.tolist(), strict=True), strict=True))


def _cabinet_sessions(work: Work) -> list[Row]:
    """Sessions and written ballots of the Government, a row each, by month."""
    held = [row for row in _meetings() if str(row["held_on"])[:7] == f"{work.day:%Y-%m}"]
    if work.day > month_end(_CABINET[1]):
        day = work.day.replace(day=15).isoformat()
        code = f"PH-{work.day:%Y-%m}"
        held.append(_meeting(code, "session", day, 3_000))
    return held


@cache
def _meetings() -> tuple[Row, ...]:
    first, last = _CABINET
    span = (last - first).days
    sessions = [first + timedelta(round(span * n / (_SESSIONS - 1))) for n in range(_SESSIONS)]
    ballots = [first + timedelta(span * n // _BALLOTS) for n in range(_BALLOTS)]
    papers = apportion(np.linspace(1.0, 2.0, _SESSIONS), _SESSION_PAPERS).tolist()
    sheets = apportion(np.linspace(2.0, 1.0, _BALLOTS), _BALLOT_PAPERS).tolist()
    return (
        *(
            _meeting(f"PH-{n:03d}", "session", day.isoformat(), count)
            for n, (day, count) in enumerate(zip(sessions, papers, strict=True), 1)
        ),
        *(
            _meeting(f"PLY-{n:04d}", "ballot", day.isoformat(), count)
            for n, (day, count) in enumerate(zip(ballots, sheets, strict=True), 1)
        ),
    )


def _meeting(code: str, kind: str, day: str, papers: int) -> Row:
    return {"meeting_code": code, "kind": kind, "held_on": day, "papers_replaced": papers}


def _usage_evaluation(work: Work) -> list[Row]:
    """Level-4 shares of ministries and provinces; the mean of August 2020 is 17.97 %."""
    agencies = work.serving
    full = [a for a in agencies if a.code in _FULL]
    others = [a for a in agencies if a.code not in _FULL]
    low_ministries = [a for a in others if not a.is_province][:_LOW_MINISTRIES]
    low = {
        a.code for a in (*low_ministries, *[a for a in others if a.is_province][:_LOW_PROVINCES])
    }
    draw = work.draw(len(agencies))
    luck = draw.unit("share")
    shares = {a.code: 4.0 + 5.0 * luck[n] for n, a in enumerate(agencies) if a.code in low}
    shares |= {a.code: 100.0 for a in full}
    rest = [(a.code, 12.0 + luck[n]) for n, a in enumerate(agencies) if a.code not in shares]
    months = max(0, month_number(work.day) - month_number(_EVALUATED))
    lack = (_MEAN_SHARE + months * 0.5) * len(agencies) - sum(shares.values())
    lift = lack - sum(share for _, share in rest)
    shares |= {code: share + lift / len(rest) for code, share in rest}
    return [_evaluation(a.code, min(100.0, shares[a.code])) for a in agencies]


def _evaluation(code: str, share: float) -> Row:
    total = 10_000  # so that the share in hundredths of a percent is the count
    counted = round(share * 100)
    return {
        "evaluated_code": code,
        "services_total": total,
        "services_level4": counted,
        "level4_share": f"{counted // 100}.{counted % 100:02d}",
    }


def _platform_traffic(work: Work) -> list[Row]:
    """Calls over every connected platform: all are connected by October 2020."""
    span = (_CONNECTED_TO - _CONNECTED_FROM).days
    rows: list[Row] = []
    draw = work.draw(len(work.serving) * len(_SERVICES))
    requests, failures = 200 + draw.below("requests", 20_000), draw.below("failures", 200)
    for number, agency in enumerate(work.serving):
        since = _CONNECTED_FROM + timedelta(span * number // max(1, len(work.serving) - 1))
        if work.day < since:
            continue
        for step, service in enumerate(_SERVICES):
            place = number * len(_SERVICES) + step
            rows.append(
                {
                    "platform_code": agency.code,
                    "service_code": service,
                    "requests": int(requests[place]),
                    "failures": int(failures[place]),
                    "connected_on": since.isoformat(),
                }
            )
    return rows


def _socioeconomic_indicators(work: Work) -> list[Row]:
    """Plan, estimate and actual of a few indicators for the month before the report."""
    area = _gso(work.agency.code, work.day) if work.agency.is_province else None
    draw = work.draw(len(INDICATORS))
    rows: list[Row] = []
    for number, (code, unit, most) in enumerate(INDICATORS):
        base = most // 2 + int(draw.below(code, most // 2)[number])
        for kind, value, approved in (
            ("plan", base, "yes"),
            ("estimate", round(base * 0.97), "no"),
            ("actual", round(base * 0.985), "yes"),
        ):
            rows.append(
                {
                    "indicator_code": code,
                    "area_code": area,
                    "reporting_period": f"{work.day:%Y-%m}",
                    "value_kind": kind,
                    "approved": approved,
                    "value": f"{value // 10_000}.{value % 10_000:04d}",
                    "unit_name": unit,
                }
            )
    return rows


def _population(work: Work) -> list[Row]:
    """Average population by province in thousand persons; that of 2020 for every year."""
    people: dict[str, int] = {}
    for row in read_csv("population.csv"):
        code = row["code"] if work.day < MERGER else row["code_since_2025_07_01"]
        area = _gso(code, work.day)
        people[area] = people.get(area, 0) + round(float(row["thousand_persons"]) * 10)
    return [
        {"area_code": area, "average_population": f"{tenths // 10}.{tenths % 10}"}
        for area, tenths in sorted(people.items())
    ]


@cache
def _gso_codes() -> tuple[Mapping[str, str], ...]:
    with AGENCIES.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


def _gso(code: str, day: date) -> str:
    """Return the code of the General Statistics Office that a province bears on a day."""
    for row in _gso_codes():
        starts, ends = row["valid_from"] or "0001-01-01", row["valid_to"] or "9999-12-31"
        if row["code"] == code and row["gso_code"] and starts <= day.isoformat() <= ends:
            return row["gso_code"]
    raise KeyError(code)


def _security_incidents(work: Work) -> list[Row]:
    """Incidents of a month by kind, and the change of the year so far, which has no base."""
    draw = work.draw(4)
    counts = (40 + draw.below("incidents", 300)).tolist()
    period = f"{work.day:%Y-%m}"
    kinds = ("phishing", "malware", "defacement")
    rows: list[Row] = [_incidents(k, period, n) for k, n in zip(kinds, counts, strict=False)]
    rows.append(_incidents("all", period, sum(counts[:3])))
    if work.day == date(2020, 4, 30):
        rows.append(
            {
                "incident_kind": "all",
                "reporting_period": "2020-01..2020-04",
                "incidents": None,
                "change_percent": "-51.4",
                "compared_period": _COMPARED,
            }
        )
    return rows


def _incidents(kind: str, period: str, count: int) -> Row:
    return {
        "incident_kind": kind,
        "reporting_period": period,
        "incidents": count,
        "change_percent": None,
        "compared_period": None,
    }


def _published_figures(work: Work) -> list[Row]:
    """What the founding documents state, in the year that they speak of."""
    return [
        {**row, "first_on": row["first_on"] or None}
        for row in read_csv("published.csv")
        if row["as_of"][:4] == f"{work.day:%Y}"
    ]


FEEDS: Mapping[str, Callable[[Work], list[Row]]] = {
    "portal_usage": _portal_usage,
    "cabinet_sessions": _cabinet_sessions,
    "usage_evaluation": _usage_evaluation,
    "platform_traffic": _platform_traffic,
    "socioeconomic_indicators": _socioeconomic_indicators,
    "population": _population,
    "security_incidents": _security_incidents,
    "published_figures": _published_figures,
}
