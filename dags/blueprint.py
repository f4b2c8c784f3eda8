"""What every DAG file shares: the timetables of periods, retries by error class, pools, assets."""

import inspect
import os
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from airflow.sdk import (
    Asset,
    CronPartitionTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
)

from contracts import errors
from contracts.frequency import Frequency
from contracts.partition import ZONE
from hub.registry import Agency, read_agencies
from hub.settings import read_settings

CRON: dict[Frequency, str] = {
    "day": "0 0 * * *",
    "month": "0 0 L * *",
    "quarter": "0 0 L 3,6,9,12 *",
    "year": "0 0 L 12 *",
}
LABELS: dict[Frequency, str] = {
    "day": "",
    "month": " · theo tháng",
    "quarter": " · theo quý",
    "year": " · theo năm",
}
"""What a DAG's name says of its frequency."""


def agencies(dag_id: str | None = None) -> list[Agency]:
    """Return the agencies to make DAGs of; only that of ``dag_id`` where a task is about to run.

    A task reads its DAG anew: one file then, not a hundred (30 ms of CPU for each of its tasks).
    """
    folder = read_settings(os.environ).agencies
    return read_agencies(folder, code=(dag_id or "").removeprefix("agency_").partition("_")[0])


def dag_id(code: str, frequency: Frequency = "day") -> str:
    """Return the id of the DAG of an agency's feeds of one frequency.

    >>> dag_id("H26"), dag_id("H26", "month")
    ('agency_H26', 'agency_H26_month')
    """
    return f"agency_{code}" if frequency == "day" else f"agency_{code}_{frequency}"


def periods(frequency: Frequency = "day") -> Any:
    """Return a timetable with one run per period, its key the period's last day.

    A day's run is made at the midnight in Viet Nam that ends it: any other hour drops the last
    day of an inclusive range. A longer period's run is made at the midnight that begins its last
    day, since an offset of this timetable counts whole periods. A source that is ready later is
    waited for by its task.
    """
    return CronPartitionTimetable(
        CRON[frequency],
        timezone=str(ZONE),
        run_offset=-_lag(frequency),
        key_format="%Y-%m-%d",
    )


def _lag(frequency: Frequency) -> int:
    """Return how many days a run is made after the midnight that begins its partition's day."""
    return 1 if frequency == "day" else 0


def life(agency: Agency | None = None, frequency: Frequency = "day") -> dict[str, datetime | None]:
    """Return first and last moment of an agency's (or the hub's) runs of a frequency.

    ``DAGS_DAILY_FROM`` names the first day that is pulled by itself; what lies before it is
    for backfills, which reach back to any day.
    """
    first, last = (agency.valid_from, agency.valid_to) if agency else (None, None)
    starts = [day for day in (first, daily_from()) if day]
    return {
        "start_date": _run_of(max(starts, default=date(2019, 3, 12)), frequency),
        "end_date": _run_of(last, frequency) if last else None,
    }


def feeds() -> list[str]:
    """Return the feeds that some agency gives."""
    return sorted({name for agency in agencies() for name in agency.feeds})


@cache
def asset(feed: str) -> Asset:
    """Return the asset of a feed; its partition key is the day that some agency's load changed."""
    return Asset(name=feed, uri=f"hub://national/{feed}")


def daily_from() -> date | None:
    """Return the first day of the daily runs, where the environment names one."""
    text = os.environ.get("DAGS_DAILY_FROM")
    return date.fromisoformat(text) if text else None


def _run_of(day: date, frequency: Frequency) -> datetime:
    return datetime.combine(day + timedelta(days=_lag(frequency)), time(), tzinfo=ZONE)


def retries() -> dict[str, Any]:
    """Return task arguments: whether to retry is said by the error's class, never by a task.

    ``DAGS_RETRY_SECONDS`` is the first wait (300); it doubles up to an hour.
    """
    return {
        "retries": 4,
        "retry_delay": timedelta(seconds=float(os.environ.get("DAGS_RETRY_SECONDS", "300"))),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
        "retry_policy": ExceptionRetryPolicy(rules=list(_rules())),
    }


def _rules() -> Iterator[RetryRule]:
    """Yield a rule per error class, the most special first, since the first that fits wins."""
    found = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.HubError)
    ]
    for kind in sorted(found, key=lambda k: -len(k.__mro__)):
        action = RetryAction.RETRY if kind.retry else RetryAction.FAIL
        yield RetryRule(exception=f"{kind.__module__}.{kind.__name__}", action=action)
