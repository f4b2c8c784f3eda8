"""The simulated nation's statistics give the figures of the founding documents."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from sandbox.agency import load_agencies
from sandbox.statistics import FEEDS, Statistics
from sandbox.statistics_national import Row

AGENCIES = load_agencies()
NATION = Statistics(1, AGENCIES)
APRIL = date(2020, 4, 30)


def rows(agency: str, feed: str, day: date) -> list[Row]:
    found = NATION.rows(agency, feed, day)
    assert found is not None
    return found


def numbers(found: list[Row], name: str) -> Iterator[int]:
    return (int(row[name] or 0) for row in found)


def test_226_services_are_on_the_national_portal_in_april_2020() -> None:
    codes = {agency.code for agency in AGENCIES if agency.lives(APRIL)}
    found = [row for code in codes for row in rows(code, "service_catalogue", APRIL)]
    serving = codes - {"G27", "G28", "G30", "G31", "G32"}
    assert sum(row["integrated"] == "yes" for row in found) == 226
    assert len(serving) == 86


def test_portal_visits_and_accounts_add_up_to_the_published_ones() -> None:
    first = date(2019, 12, 9)
    days = [first + timedelta(n) for n in range((APRIL - first).days + 1)]
    found = [row for day in days for row in rows("G22", "portal_usage", day)]
    assert sum(numbers(found, "visits")) == 27_500_000
    assert sum(numbers(found, "new_accounts")) == 103_126


def test_the_government_met_14_times_and_voted_305_times_on_paper_saved() -> None:
    months = [*((2019, month) for month in range(6, 13)), *((2020, month) for month in range(1, 5))]
    ends = [date(year, month, monthrange(year, month)[1]) for year, month in months]
    found = [row for day in ends for row in rows("G22", "cabinet_sessions", day)]
    sessions = [row for row in found if row["kind"] == "session"]
    ballots = [row for row in found if row["kind"] == "ballot"]
    assert (len(sessions), sum(numbers(sessions, "papers_replaced"))) == (14, 47_216)
    assert (len(ballots), sum(numbers(ballots, "papers_replaced"))) == (305, 48_490)
    assert (sessions[0]["held_on"], sessions[-1]["held_on"]) == ("2019-06-24", "2020-04-18")


def test_the_level_4_shares_of_august_2020_are_those_of_the_evaluation() -> None:
    found = rows("G14", "usage_evaluation", date(2020, 8, 31))
    shares = {str(row["evaluated_code"]): float(row["level4_share"] or 0) for row in found}
    low = [code for code, share in shares.items() if share < 10]
    assert round(sum(shares.values()) / len(shares), 2) == 17.97
    assert sum(code.startswith("G") for code in low) == 5
    assert sum(code.startswith("H") for code in low) == 22
    assert [code for code, share in shares.items() if share == 100] == ["G14", "G18"]


def test_the_change_of_incidents_has_no_base() -> None:
    (change,) = [row for row in rows("G14", "security_incidents", APRIL) if row["change_percent"]]
    assert change["change_percent"] == "-51.4"
    assert change["incidents"] is None


def test_every_platform_is_connected_by_the_end_of_october_2020() -> None:
    found = rows("G14", "platform_traffic", date(2020, 10, 31))
    assert len({row["platform_code"] for row in found}) == 86


def test_provinces_of_2020_hold_the_published_population() -> None:
    found = rows("G05", "population", date(2020, 12, 31))
    tenths = [int(str(row["average_population"]).replace(".", "")) for row in found]
    assert (len(found), sum(tenths)) == (63, 975_826)
    assert len(rows("G12", "population", date(2025, 12, 31))) == 34


def test_identities_of_form_ii06a_hold_in_every_row() -> None:
    for row in rows("H26", "dossier_statistics", APRIL):
        held = {name: value for name, value in row.items() if isinstance(value, int)}
        assert held["received_total"] == held["resolved_total"] + held["pending_total"]
        assert min(held.values()) >= 0


@pytest.mark.parametrize("feed", FEEDS)
def test_the_same_question_gets_the_same_answer(feed: str) -> None:
    again = Statistics(1, load_agencies())
    assert again.rows("G22", feed, APRIL) == rows("G22", feed, APRIL)
