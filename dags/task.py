"""What the tasks do: a few lines each around the hub; imported in the task, never at parse time."""

import os
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowSkipException

from contracts.errors import ContractBroken, LoadConflict
from contracts.partition import ZONE, Partition
from hub import backfill, ingest
from hub.desk import Desk, open_desk
from hub.expected import covered_by_feed, expect_days
from hub.plan import Wish
from hub.registry import due_at, ready_at
from hub.result import RunResult
from hub.settings import read_settings


def land(agency: str, feed: str) -> dict[str, Any]:
    """Claim, pull and archive one partition; hand on paths and counts only."""
    partition = Partition(agency, feed, _day())
    with _desk() as desk:
        _wait_until_ready(desk, partition)
        landing = ingest.land(desk, partition, reason=_reason())
    return {
        "token": landing.token,
        "manifest": landing.manifest,
        "rows": landing.rows,
        "pages": landing.pages,
    }


def load(landed: dict[str, Any]) -> dict[str, Any]:
    """Judge and load what was landed; a rejected day fails and is not retried.

    Raises:
        ContractBroken: the day breaks its contract as a whole.
    """
    with _desk() as desk:
        return _told(ingest.load(desk, landed["token"]))


def refresh() -> dict[str, list[int]]:
    """Bring the expected set of the day up to date; return (expected, covered) by feed."""
    day = _day()
    with _desk() as desk:
        expect_days(desk, day, day, datetime.now(ZONE))
        return covered_by_feed(desk, day)


def audit(feed: str) -> dict[str, Any]:
    """Audit one feed's day over all agencies, once it is due from all that owe it.

    A day for which nobody owes the feed, such as the middle of its month, is skipped.

    Raises:
        ContractBroken: an expectation did not hold; the ledger and the pages name it.
    """
    from hub.audit import audit as ask  # noqa: PLC0415 - opens the way to heavy libraries

    day = _day()
    with _desk() as desk:
        owing = [p.agency for p in desk.registry.expected(day) if p.feed == feed]
        if not owing:
            raise AirflowSkipException(f"{feed}/{day}: không phải cung cấp / not owed")
        _wait_until(max(due_at(desk.registry.agency(code), day) for code in owing))
        done = ask(desk, feed, day)
    if not done.is_passed:
        raise ContractBroken(
            "Không đạt kiểm định / the audit failed",
            code="AUDIT",
            where=f"{feed}/{day}",
            seen=", ".join(done.failures[:5]),
        )
    return {"partitions": done.partitions, "evaluated": done.evaluated}


def open_lanes(first: str, last: str) -> list[dict[str, str]]:
    """Return the (agency, feed) pairs that have open days in a span, as the ledger knows them."""
    with _desk() as desk:
        plan = backfill.plan_for(desk, _wish(first, last), datetime.now(ZONE))
    lanes = sorted({(step.agency, step.feed) for step in plan.steps})
    return [{"agency": agency, "feed": feed} for agency, feed in lanes]


def run_lane(lane: dict[str, str], first: str, last: str) -> dict[str, int]:
    """Run the open days of one (agency, feed), oldest first.

    Raises:
        LoadConflict: some days did not end well; asking again takes up those alone.
    """
    counts: dict[str, int] = {}
    with _desk() as desk:
        wish = _wish(first, last, agency=lane["agency"], feed=lane["feed"])
        for step in backfill.plan_for(desk, wish, datetime.now(ZONE)).steps:
            outcome = backfill.attempt(desk, step, reason="bulk").outcome
            counts[outcome] = counts.get(outcome, 0) + 1
    if counts.get("failed"):
        raise LoadConflict(
            "Còn ngày hỏng / some days failed",
            code="OPEN-DAYS",
            where=f"{lane['agency']}/{lane['feed']}",
            seen=str(counts),
        )
    return counts


def _wish(first: str, last: str, *, agency: str = "", feed: str = "") -> Wish:
    return Wish(
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        missing_only=True,
        agencies=frozenset({agency} - {""}),
        feeds=frozenset({feed} - {""}),
    )


def _desk() -> AbstractContextManager[Desk]:
    settings = read_settings(os.environ)
    return open_desk(settings)


def _day() -> date:
    """Return the day that the run's partition key names."""
    key = get_current_context()["dag_run"].partition_key
    assert key, "runs of this DAG are made for a partition key"
    return date.fromisoformat(key)


def _reason() -> str:
    return f"airflow {get_current_context()['dag_run'].run_type.value}"


def _wait_until_ready(desk: Desk, partition: Partition) -> None:
    agency = desk.registry.agency(partition.agency)
    if partition.feed not in agency.feeds_on(partition.day):
        raise AirflowSkipException(f"{partition}: không phải cung cấp / not owed")
    _wait_until(ready_at(agency, partition.day))


def _wait_until(moment: datetime) -> None:
    """Give the worker's place back until a moment has come."""
    if datetime.now(ZONE) < moment:
        raise AirflowRescheduleException(moment)


def _told(result: RunResult) -> dict[str, Any]:
    if result.outcome == "rejected":
        raise ContractBroken(result.message, code=result.code, where=str(result.partition))
    counts = result.counts
    return {
        "outcome": result.outcome,
        "token": result.token,
        "received": counts.received,
        "loaded": counts.loaded,
        "quarantined": counts.quarantined,
        "duplicates": counts.duplicates,
    }
