"""BAD_INPUT section G: days that are not over, clocks that are wrong, years that end."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.clock import SourceClock
from contracts.partition import ZONE, Partition
from hub import backfill, ingest
from hub.cli.status import SIGNS
from hub.desk import Desk, open_desk
from hub.note import notes
from hub.plan import Wish
from hub.settings import Settings
from tests.acceptance.nation import Sandbox
from tests.acceptance.test_verbs import Typed, data, typed  # noqa: F401 - a fixture
from tests.connectors.fault_server import FaultServer, answer
from tests.connectors.test_transport import GOOD, open_source
from tests.connectors.world import take
from tests.postgres import cloned
from warehouse.embedded import Server
from warehouse.figures import run_history, status_matrix
from warehouse.shown import shown

DAY = date(2020, 3, 10)
MORNING = datetime(2020, 3, 11, 0, 30, tzinfo=ZONE)
"""From when H26 serves the whole of the day."""
TURNS = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 2, 29), date(2020, 12, 31)]
PLACE = Partition("H26", "dossiers", DAY)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def unspoilt(nation: Sandbox) -> Iterator[None]:
    yield
    nation.control("reset", {})


def at(desk: Desk, moment: datetime) -> None:
    """Set the desk's clock."""
    desk.clock = lambda: moment


def planned(desk: Desk) -> bool:
    wish = Wish(first=DAY, last=DAY, missing_only=True, feeds=frozenset({"dossiers"}))
    return PLACE in backfill.plan_for(desk, wish, MORNING).steps


def provisional(desk: Desk, day: date) -> set[Partition]:
    known = shown(desk.conn(), day, day)
    return {Partition(*one[:3]) for one in known if one.state == "provisional"}


def test_row_128_a_day_pulled_before_it_is_over_is_provisional_and_planned_again(
    desk: Desk, nation: Sandbox
) -> None:
    place = {"agency": "H26", "feed": "dossiers", "day": str(DAY)}
    nation.control("volume", {**place, "rows": 40})
    at(desk, MORNING - timedelta(seconds=1))
    early = ingest.run(desk, PLACE, reason="test")
    assert (early.outcome, early.code, early.exit_code) == ("loaded", "PROVISIONAL", 0)
    assert early.message == ("day_is_over: pulled 2020-03-11 00:29 (from 2020-03-11 00:30)")
    assert provisional(desk, DAY) == {PLACE}
    assert planned(desk)

    at(desk, MORNING)
    nation.control("volume", {**place, "rows": 60})
    whole = ingest.run(desk, PLACE, reason="test")
    assert (whole.outcome, whole.code, whole.counts.loaded) == ("loaded", "", 60)
    assert provisional(desk, DAY) == set()
    assert not planned(desk)


def test_row_128_the_same_content_again_ends_what_was_provisional(desk: Desk) -> None:
    at(desk, MORNING - timedelta(hours=8))
    ingest.run(desk, PLACE, reason="test")
    at(desk, MORNING + timedelta(hours=8))
    assert ingest.run(desk, PLACE, reason="test").outcome == "unchanged"
    assert provisional(desk, DAY) == set()


def test_row_128_a_provisional_landing_stays_provisional_in_a_replay_and_a_load_of_its_own(
    desk: Desk,
) -> None:
    today = Partition("H26", "dossiers", datetime.now(ZONE).date())
    landing = ingest.land(desk, today, reason="test")
    assert ingest.load(desk, landing.token).code == "PROVISIONAL"
    at(desk, datetime.now(ZONE) + timedelta(days=9))
    assert ingest.replay(desk, today).code == "PROVISIONAL"
    assert provisional(desk, today.day) == {today}


def test_row_128_status_shows_a_provisional_day_as_such(
    desk: Desk,
    typed: Typed,  # noqa: F811
) -> None:
    at(desk, MORNING - timedelta(hours=1))
    ingest.run(desk, PLACE, reason="test")
    told = data(typed(f"status --from {DAY} --to {DAY} --agency H26 --json"))
    assert told["agencies"][0]["days"][str(DAY)]["dossiers"] == "provisional"
    _, out, _ = typed(f"status --from {DAY} --to {DAY} --agency H26 --feed dossiers")
    assert f"{SIGNS['provisional'][0]} tạm tính" in out
    _, out, _ = typed(f"explain H26 dossiers {DAY}")
    assert "[PROVISIONAL] day_is_over" in out


@pytest.mark.parametrize("days", [-1, 1])
def test_row_129_the_day_is_the_one_asked_for_whatever_our_clock_says(
    desk: Desk, nation: Sandbox, days: int
) -> None:
    at(desk, datetime.now(ZONE) + timedelta(days=days))
    done = ingest.run(desk, PLACE, reason="test")
    truth = nation.truth("dossiers", DAY, "H26")
    assert (done.outcome, done.counts.received) == ("loaded", truth["rows"])
    with desk.conn() as conn, conn.cursor() as cursor:
        cursor.execute("SELECT DISTINCT day FROM core.dossier_change")
        assert cursor.fetchall() == [(DAY,)]


@pytest.mark.parametrize("days", [-1, 1])
def test_row_129_a_source_whose_clock_is_a_day_off_is_told(
    days: int, caplog: pytest.LogCaptureFixture
) -> None:
    said = format_datetime(datetime.now(ZONE) + timedelta(days=days))
    with (
        FaultServer(answer(GOOD, Date=said)) as server,
        caplog.at_level(logging.WARNING, logger="connectors.clock"),
    ):
        pages, declared = take(open_source(server.url))
    assert sum(page.page.rows for page in pages) == 2
    assert round(declared["clock_skew_seconds"] / 60) == days * 24 * 60
    (line,) = [r.getMessage() for r in caplog.records if r.name == "connectors.clock"]
    assert line.startswith("[CLOCK] H26: its clock is")


def test_row_129_five_minutes_and_dates_that_cannot_be_read_are_let_pass() -> None:
    clock = SourceClock("H26")
    for said in ("yesterday", "", format_datetime(datetime.now(ZONE) + timedelta(minutes=4))):
        clock.read({"date": said})
    clock.read({})
    assert clock.declared == {}


def test_row_129_the_ledger_keeps_that_a_source_s_clock_is_wrong(desk: Desk) -> None:
    landing = ingest.land(desk, PLACE, reason="test")
    assert "clock_skew_seconds" not in landing.declared  # the sandbox's clock is ours
    assert list(notes(desk.registry, landing, MORNING)) == []
    wrong = replace(landing, declared={"rows": 1, "clock_skew_seconds": -86_400})
    (note,) = notes(desk.registry, wrong, MORNING)
    assert (note.code, note.seen) == ("CLOCK", "-86400 s from ours")


@pytest.mark.parametrize("day", TURNS, ids=str)
def test_row_130_a_backfill_over_the_turn_of_a_year_or_29_february_equals_the_daily_run(
    desk: Desk, settings: Settings, postgres: Server, template: str, day: date
) -> None:
    place = Partition("H26", "dossiers", day)
    landing = ingest.land(desk, place, reason="daily")
    daily = ingest.load(desk, landing.token)
    with cloned(postgres, template) as url, open_desk(settings, url) as other:
        wish = Wish(first=day - timedelta(1), last=day + timedelta(1), agencies=frozenset({"H26"}))
        steps = backfill.plan_for(other, wish, datetime.now(ZONE)).steps
        assert place in steps
        again = backfill.attempt(other, place, reason="backfill")
        (run,) = run_history(other.conn(), feed="dossiers")
        assert status_matrix(other.conn(), day, day)[0].day == day
    assert run.partition == place
    assert daily.counts.loaded > 0
    assert (again.frame_digest, again.digest, again.counts) == (
        daily.frame_digest,
        daily.digest,
        daily.counts,
    )
