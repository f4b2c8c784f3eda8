"""Waiting: Retry-After, budgets, slots of courtesy, running ahead."""

import threading
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.ahead import run_ahead
from connectors.auth import read_secret
from connectors.connection import Connection
from connectors.courtesy import Courtesy
from connectors.patience import Busy, Patience, Waits, retry_after
from contracts.errors import ConfigError, SourceUnavailable

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None), ("120", 120.0), ("0", 0.0), ("-1", None), ("1.5", None), ("", None),
        ("soon", None), ("１２", None), ("99999999", 99999999.0),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0), ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_or_nothing(
    text: str | None, seconds: float | None
) -> None:
    assert retry_after(text, NOON) == seconds


def test_waits_double_with_full_jitter_and_stop_at_the_tries() -> None:
    waited: list[float] = []
    waits = Waits(Patience(sleep=waited.append, jitter=lambda low, high: low + high, attempts=4))
    error = SourceUnavailable("x")
    for attempt in (1, 2, 3):
        waits.pause(error, attempt)
    with pytest.raises(SourceUnavailable):
        waits.pause(error, 4)
    assert waited == [1.0, 2.0, 4.0]


def test_the_budget_is_of_the_whole_pull() -> None:
    waited: list[float] = []
    waits = Waits(Patience(sleep=waited.append, budget=10.0))
    busy = Busy("x")
    busy.after = 8.0
    waits.pause(busy, 1)
    waits.pause(busy, 1)
    with pytest.raises(Busy):
        waits.pause(busy, 1)
    assert waited == [8.0, 2.0]


def test_a_slot_is_held_by_one_and_free_afterwards(tmp_path: Path) -> None:
    courtesy = Courtesy(tmp_path, longest=0.2, sleep=lambda _: None)
    with courtesy.slot("H26", 1):
        with courtesy.slot("H27", 1):
            pass
        with pytest.raises(SourceUnavailable) as caught, courtesy.slot("H26", 1):
            pass
        assert caught.value.code == "COURTESY"
    with courtesy.slot("H26", 2), courtesy.slot("H26", 2):
        pass


def test_the_least_interval_is_kept_between_requests_of_anybody(tmp_path: Path) -> None:
    waited: list[float] = []
    for _ in range(3):
        Courtesy(tmp_path, sleep=waited.append).pace("H26", 60.0)
    assert [50.0 < wait <= 60.0 for wait in waited] == [True, True]


def numbers(closed: list[int], fail: bool = False) -> Generator[int, None, str]:
    try:
        yield from range(5)
        if fail:
            raise SourceUnavailable("broke off")
    finally:
        closed.append(threading.get_ident())
    return "done"


def drain(walk: Generator[int, None, str]) -> tuple[list[int], str]:
    seen = []
    while True:
        try:
            seen.append(next(walk))
        except StopIteration as end:
            return seen, end.value


def test_running_ahead_gives_the_same_items_and_the_return_value() -> None:
    assert drain(run_ahead(numbers([]), 2)) == ([0, 1, 2, 3, 4], "done")


def test_an_error_of_the_producer_is_raised_at_the_consumer_after_its_items() -> None:
    walk = run_ahead(numbers([], fail=True), 2)
    assert [next(walk) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(SourceUnavailable):
        next(walk)


def test_a_consumer_that_stops_closes_the_producer_before_going_on() -> None:
    closed: list[int] = []
    walk = run_ahead(numbers(closed), 1)
    next(walk)
    walk.close()
    assert len(closed) == 1


def test_secrets_come_from_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s").write_text("from a file\n")
    monkeypatch.setenv("A_SECRET", "from outside")
    read = [
        read_secret(Connection(url="https://a.example", secret=reference))
        for reference in (f"file/{tmp_path / 's'}", "env/A_SECRET")
    ]
    assert read == ["from a file", "from outside"]


@pytest.mark.parametrize("reference", [None, "env/NOT_SET_ANYWHERE", "file//no/such/file"])
def test_a_secret_that_is_not_there_is_a_config_error(reference: str | None) -> None:
    with pytest.raises(ConfigError):
        read_secret(Connection(url="https://a.example", secret=reference))
