"""Waiting: Retry-After, budgets, slots of courtesy, running ahead."""

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.ahead import Exchanges, run_ahead
from connectors.connection import Connection
from connectors.courtesy import Courtesy
from connectors.login import read_secret
from connectors.patience import Busy, Patience, Waits, retry_after
from connectors.protocol import Exchange, Request
from contracts.errors import ConfigError, SourceUnavailable
from contracts.page import Page, page_document

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


def exchanges(told: Path, *, fail: bool = False, die: bool = False) -> Exchanges:
    """Give five pages; note in a file which process made each, and who closed up."""
    try:
        for number in range(5):
            with told.open("a") as file:
                file.write(f"{os.getpid()}\n")
            if die and number == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            page = Page(1, {"code": [str(number)]}, digest=f"d{number}", size=number)
            yield Exchange(Request(f"/{number}"), page, last=True)
        if fail:
            raise SourceUnavailable("broke off", code="TRUNCATED")
    finally:
        with told.open("a") as file:
            file.write(f"closed by {os.getpid()}\n")
    return {"rows": 5}


def drain(walk: Exchanges) -> tuple[list[Exchange], Mapping[str, int]]:
    seen = []
    while True:
        try:
            seen.append(next(walk))
        except StopIteration as end:
            return seen, end.value


def codes(seen: list[Exchange]) -> list[object]:
    return [value for exchange in seen for value in exchange.page.columns["code"]]


def test_a_long_pull_gives_the_same_pages_and_totals_from_two_processes(tmp_path: Path) -> None:
    seen, declared = drain(run_ahead(exchanges(tmp_path / "told"), 2))
    assert codes(seen) == ["0", "1", "2", "3", "4"]
    assert [(e.request.path, e.page.digest, e.page.size) for e in seen][4] == ("/4", "d4", 4)
    assert declared == {"rows": 5}
    makers = (tmp_path / "told").read_text().split("\n")[:5]
    assert makers[:2] == [str(os.getpid())] * 2
    assert str(os.getpid()) not in makers[2:]


def test_a_short_pull_stays_in_one_process(tmp_path: Path) -> None:
    drain(run_ahead(exchanges(tmp_path / "told"), 16))
    assert set((tmp_path / "told").read_text().split()) - {"closed", "by"} == {str(os.getpid())}


def test_the_document_of_a_page_is_the_same_from_either_process(tmp_path: Path) -> None:
    here, _ = drain(run_ahead(exchanges(tmp_path / "a"), 16))
    there, _ = drain(run_ahead(exchanges(tmp_path / "b"), 0))
    assert [page_document(e.page) for e in here] == [page_document(e.page) for e in there]


def test_an_error_of_the_walk_is_raised_at_the_consumer_after_its_pages(tmp_path: Path) -> None:
    walk = run_ahead(exchanges(tmp_path / "told", fail=True), 2)
    assert codes([next(walk) for _ in range(5)]) == ["0", "1", "2", "3", "4"]
    with pytest.raises(SourceUnavailable, match="TRUNCATED"):
        next(walk)


def test_a_killed_fetching_process_makes_the_pull_repeatable(tmp_path: Path) -> None:
    walk = run_ahead(exchanges(tmp_path / "told", die=True), 2)
    with pytest.raises(SourceUnavailable, match="PULL-LOST"):
        drain(walk)


def test_a_consumer_that_stops_leaves_no_process_behind(tmp_path: Path) -> None:
    walk = run_ahead(exchanges(tmp_path / "told"), 1)
    next(walk)
    next(walk)
    walk.close()
    makers = {line for line in (tmp_path / "told").read_text().split("\n") if line.isdigit()}
    (other,) = makers - {str(os.getpid())}
    with pytest.raises(ChildProcessError):  # ended and waited for
        os.waitpid(int(other), os.WNOHANG)


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
