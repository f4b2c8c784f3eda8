"""Cursors of incremental feeds: they move with the commit of their rows, and only then."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import ConfigError, LoadConflict
from contracts.verdict import Judged
from tests.warehouse.given import (
    DAY,
    accepted,
    claimed,
    dossiers,
    landing_of,
    one,
    partition,
    rejected,
    rows,
)
from warehouse import chain, ledger
from warehouse.archive import Landing
from warehouse.database import Connection, connect
from warehouse.load import LoadOutcome, load
from warehouse.step import STEPS

D = timedelta(days=1)
CHAIN = "SELECT day, since, value FROM ledger.cursor ORDER BY day"


def changes(first: int, last: int) -> Judged:
    """Changes first..last (inclusive) of a source that counts them; one dossier each."""
    return accepted(dossiers([{"code": str(n)} for n in range(first, last + 1)]))


def read(day: date, token: int, since: str, last: int) -> tuple[Judged, Landing]:
    """What a pull that begins at a cursor lands when the source has ``last`` changes."""
    judged = changes(int(since or 0) + 1, last)
    landing = landing_of(partition(day), token, judged)
    return judged, replace(landing, since=since, cursor=str(last))


def ingested(conn: Connection, day: date, last: int) -> LoadOutcome:
    """Claim, ask where to begin, pull, load."""
    token = claimed(conn, partition(day))
    judged, landing = read(day, token, chain.begin(conn, partition(day)), last)
    ledger.landed(conn, token, landing)
    return load(conn, token, partition(day), judged, landing)


def test_the_first_pull_begins_at_the_beginning(warehouse: Connection) -> None:
    assert chain.begin(warehouse, partition()) == ""


def test_a_day_begins_where_the_day_before_ended(warehouse: Connection) -> None:
    ingested(warehouse, DAY, 5)
    assert chain.begin(warehouse, partition(DAY + D)) == "5"
    assert chain.begin(warehouse, partition(DAY + 3 * D)) == "5"
    assert chain.begin(warehouse, partition(DAY + D, agency="H14")) == ""
    assert chain.begin(warehouse, partition(DAY + D, feed="payments")) == ""


def test_a_day_pulled_again_reads_its_own_changes_again(warehouse: Connection) -> None:
    ingested(warehouse, DAY - D, 3)
    ingested(warehouse, DAY, 5)
    assert chain.begin(warehouse, partition()) == "3"
    ingested(warehouse, DAY, 8)
    assert rows(warehouse, CHAIN) == [(DAY - D, "", "3"), (DAY, "3", "8")]
    assert rows(
        warehouse, "SELECT day, count(*) FROM core.dossier_change GROUP BY 1 ORDER BY 1"
    ) == [
        (DAY - D, 3),
        (DAY, 5),
    ]


def test_a_feed_that_is_read_anew_every_time_has_no_cursor(warehouse: Connection) -> None:
    token = claimed(warehouse, partition())
    judged = changes(1, 3)
    load(warehouse, token, partition(), judged, landing_of(partition(), token, judged))
    assert rows(warehouse, CHAIN) == []


def test_a_day_that_a_later_one_has_read_past_is_not_pulled_again(warehouse: Connection) -> None:
    ingested(warehouse, DAY, 5)
    ingested(warehouse, DAY + D, 8)
    with pytest.raises(ConfigError, match=r"CURSOR-PASSED.*hub replay H26 dossiers 2026-11-20"):
        chain.begin(warehouse, partition())
    with pytest.raises(ConfigError, match="CURSOR-PASSED"):
        chain.begin(warehouse, partition(DAY - D))


def test_two_days_pulled_at_once_do_not_tell_a_change_twice(warehouse: Connection) -> None:
    first, second = (claimed(warehouse, partition(day)) for day in (DAY, DAY + D))
    early, late = read(DAY, first, "", 5), read(DAY + D, second, "", 6)
    assert load(warehouse, first, partition(), *early) is LoadOutcome.LOADED
    with pytest.raises(LoadConflict, match="CURSOR-MOVED") as caught:
        load(warehouse, second, partition(DAY + D), *late)
    assert caught.value.retry
    assert one(warehouse, "SELECT count(*) FROM core.dossier_change") == 5
    assert rows(warehouse, CHAIN) == [(DAY, "", "5")]


def test_a_rejected_and_a_failed_run_leave_the_cursor(warehouse: Connection) -> None:
    ingested(warehouse, DAY, 5)
    for end in ("rejected", "failed"):
        token = claimed(warehouse, partition(DAY + D))
        landing = replace(read(DAY + D, token, "5", 8)[1], rows=3)
        ledger.landed(warehouse, token, landing)
        if end == "rejected":
            ledger.reject(warehouse, token, rejected(3), landing)
        else:
            ledger.fail(warehouse, token, LoadConflict("the worker died"))
        assert chain.begin(warehouse, partition(DAY + D)) == "5"


def test_a_superseded_run_leaves_the_cursor(warehouse: Connection) -> None:
    older = claimed(warehouse, partition())
    ingested(warehouse, DAY, 8)
    stale = read(DAY, older, "", 5)
    assert load(warehouse, older, partition(), *stale) is LoadOutcome.SUPERSEDED
    assert rows(warehouse, CHAIN) == [(DAY, "", "8")]


def test_an_unchanged_day_moves_the_cursor_that_its_pull_reached(warehouse: Connection) -> None:
    for reached in ("5", "5 again"):
        token = claimed(warehouse, partition())
        judged, landing = read(DAY, token, "", 5)
        same = replace(landing, content_digest="same", cursor=reached)
        outcome = load(warehouse, token, partition(), judged, same)
    assert outcome is LoadOutcome.UNCHANGED
    assert rows(warehouse, CHAIN) == [(DAY, "", "5 again")]


def test_a_replay_of_what_is_shown_leaves_every_cursor(warehouse: Connection) -> None:
    token = claimed(warehouse, partition())
    landed = read(DAY, token, "", 5)
    load(warehouse, token, partition(), *landed)
    ingested(warehouse, DAY + D, 8)
    before = rows(warehouse, "SELECT * FROM ledger.cursor ORDER BY day")
    again = claimed(warehouse, partition(), contract="dossiers@1.1.0")
    assert load(warehouse, again, partition(), *landed) is LoadOutcome.LOADED
    assert rows(warehouse, "SELECT * FROM ledger.cursor ORDER BY day") == before


def test_a_replay_of_what_a_later_day_told_already_is_refused(warehouse: Connection) -> None:
    token = claimed(warehouse, partition())
    refused = read(DAY, token, "", 5)
    ledger.close(warehouse, token, "failed")
    ingested(warehouse, DAY + D, 8)
    again = claimed(warehouse, partition())
    with pytest.raises(LoadConflict, match="CURSOR-MOVED"):
        load(warehouse, again, partition(), *refused)
    assert one(warehouse, "SELECT count(*) FROM core.dossier_change") == 8


def main(url: str, token: int) -> None:
    """Load changes 6..8 in a process of its own; run by the test below."""
    with closing(connect(url)) as conn:
        load(conn, token, partition(DAY + D), *read(DAY + D, token, "5", 8))


@pytest.mark.parametrize("step", STEPS[STEPS.index("after_lock") :])
def test_a_worker_killed_before_its_commit_leaves_the_cursor(database_url: str, step: str) -> None:
    with closing(connect(database_url)) as conn:
        ingested(conn, DAY, 5)
        token = claimed(conn, partition(DAY + D))
        ledger.landed(conn, token, read(DAY + D, token, "5", 8)[1])
        done = subprocess.run(
            [sys.executable, "-m", __name__, database_url, str(token)],
            env=os.environ | {"HUB_FAULT_STEP": f"{step}:kill"},
            check=False,
        )
        assert done.returncode == -9
        was_committed = step == "after_commit"
        expected = [(DAY, "", "5")] + [(DAY + D, "5", "8")] * was_committed
        assert rows(conn, CHAIN) == expected
        ledger.close(conn, token, "failed")
        ingested(conn, DAY + D, 9)
        assert rows(conn, CHAIN) == [(DAY, "", "5"), (DAY + D, "5", "9")]
        assert one(conn, "SELECT count(*) FROM core.dossier_change") == 9


@dataclass
class History:
    """A source that counts its changes, and what was landed of it so far.

    Attributes:
        made: changes that the source has made.
        today: the newest day that was tried.
        landed: what pulls brought, loaded or not; any of it may be replayed.
    """

    made: int = 0
    today: date = DAY
    landed: list[tuple[date, Judged, Landing]] = field(default_factory=list)


EMPTIED = (
    "core.dossier_change",
    "mart.dossier_flow",
    "ledger.cursor",
    "ledger.head",
    "ledger.run",
)
SHOWN = (LoadOutcome.LOADED, LoadOutcome.UNCHANGED)
STEP = st.tuples(
    st.sampled_from(["pull", "pull", "pull", "replay", "skip"]),
    st.integers(0, 3),
    st.sampled_from(["load", "load", "land", "reject", "outrun"]),
    st.integers(0, 20),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=1, max_size=14))
def test_no_sequence_of_runs_skips_or_repeats_a_change(
    warehouse: Connection, steps: Sequence[tuple[str, int, str, int]]
) -> None:
    with warehouse, warehouse.cursor() as cursor:
        for table in EMPTIED:
            cursor.execute(f"DELETE FROM {table}")
    history = History()
    for what, count, end, chosen in steps:
        history.made += count
        if what == "skip":
            history.today += D
        elif what == "replay" and history.landed:
            replay(warehouse, *history.landed[chosen % len(history.landed)])
        elif what == "pull":
            pull(warehouse, history, history.today - (chosen % 3) * D, end)
        told = [n for (n,) in rows(warehouse, "SELECT value::int FROM ledger.cursor ORDER BY day")]
        assert told == sorted(told)
        shown = one(
            warehouse, "SELECT coalesce(array_agg(key ORDER BY key), '{}') FROM core.dossier_change"
        )
        whole = changes(1, told[-1] if told else 0).frame.columns["key"]
        assert shown == sorted(whole.tolist())  # type: ignore[union-attr]


def pull(conn: Connection, history: History, day: date, end: str) -> None:
    """Run a day up to some end; a refused one ends before its pull."""
    token = claimed(conn, partition(day))
    try:
        since = chain.begin(conn, partition(day))
    except ConfigError:
        ledger.close(conn, token, "failed")
        return
    judged, landing = read(day, token, since, history.made)
    history.landed.append((day, judged, landing))
    if end == "outrun":
        newer = claimed(conn, partition(day))
        assert load(conn, token, partition(day), judged, landing) is LoadOutcome.SUPERSEDED
        ledger.close(conn, newer, "failed")
    elif end == "load":
        assert load(conn, token, partition(day), judged, landing) in SHOWN
    else:
        ledger.close(conn, token, "rejected" if end == "reject" else "failed")


def replay(conn: Connection, day: date, judged: Judged, landing: Landing) -> None:
    token = claimed(conn, partition(day), contract="dossiers@1.1.0")
    try:
        load(conn, token, partition(day), judged, landing)
    except LoadConflict as error:
        ledger.fail(conn, token, error)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
