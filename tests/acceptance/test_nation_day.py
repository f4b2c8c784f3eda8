"""One day of a few agencies over all six systems, through the command line and the sandbox."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import HubError
from contracts.partition import Partition
from hub import ingest
from hub.cli.main import invoke
from hub.desk import Desk, open_desk
from hub.result import RunResult
from hub.settings import Settings
from sandbox.dirt import KINDS_OF
from tests.acceptance.nation import Sandbox, sandbox, write_connections
from warehouse import ledger
from warehouse.figures import form_06a, run_history

DAY = date(2020, 3, 10)
AGENCIES = ("G02", "G03", "G10", "H26")
"""Between them they use all six systems."""

Hub = Callable[[str], tuple[int, Any]]


@pytest.fixture
def hub(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Hub:
    """Type a command; return its exit code and the JSON it printed."""
    monkeypatch.setenv("HUB_STATE", str(settings.state))
    monkeypatch.setenv("HUB_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("HUB_ATTEMPTS", "2")
    monkeypatch.setenv("HUB_WAIT_SECONDS", "0.01")

    def type_in(line: str) -> tuple[int, Any]:
        code = invoke(line.split())
        out = capsys.readouterr().out
        return code, json.loads(out) if out.startswith(("{", "[")) else out

    return type_in


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def unspoilt(nation: Sandbox) -> Iterator[None]:
    yield
    if nation.process.poll() is None:
        nation.control("reset", {})


def backfill(more: str = "--missing-only") -> str:
    agencies = " ".join(f"--agency {code}" for code in AGENCIES)
    return f"backfill --from {DAY} --to {DAY} {agencies} {more} --yes --json --processes 2"


def told(result: RunResult) -> tuple[int, int, int, int]:
    counts = result.counts
    return counts.received, counts.loaded, counts.quarantined, counts.duplicates


def expected(truth: dict[str, Any]) -> tuple[int, int, int, int]:
    return truth["rows"], truth["good"], truth["quarantined"], truth["duplicates"]


def test_the_four_agencies_use_all_six_systems(desk: Desk) -> None:
    owed = [p for p in desk.registry.expected(DAY) if p.agency in AGENCIES]
    assert {desk.source(p).system.name for p in owed} == {
        "one_stop_rest",
        "portal_session",
        "report_drop",
        "payment_gateway",
        "portal_payments",
        "axis_list",
        "document_drop",
    }


def test_a_backfilled_day_balances_and_equals_the_sandbox_s_truth(
    hub: Hub, desk: Desk, nation: Sandbox
) -> None:
    for agency in AGENCIES:
        for feed, kinds in KINDS_OF.items():
            place = {"agency": agency, "feed": feed, "day": str(DAY)}
            nation.control("volume", {**place, "rows": 600})
            for kind in kinds:
                nation.control("faults", {**place, "fault": f"value_{kind}"})
    code, summary = hub(backfill())
    assert (code, summary["outcomes"]) == (0, {"loaded": 12})
    for partition in (p for p in desk.registry.expected(DAY) if p.agency in AGENCIES):
        head = ledger.head(desk.conn(), partition)
        assert head is not None
        c = head.counts
        truth = nation.truth(partition.feed, DAY, partition.agency)
        assert (c.received, c.loaded, c.quarantined, c.duplicates) == expected(truth), partition
    assert hub("verify --json")[0] == 0


def test_every_sum_of_the_form_holds(hub: Hub, desk: Desk) -> None:
    hub(backfill())
    code, printed = hub(f"report II.06a --from {DAY} --to {DAY}")
    rows = form_06a(desk.conn(), DAY, DAY)
    sums = 4 * (sum(row.covered > 0 for row in rows) + 1)  # who gave nothing has dashes, no sums
    assert code == 0
    assert f"Khớp {sums}/{sums} phép cộng" in printed
    assert sum(row.received_total for row in rows) > 0
    assert {row.agency for row in rows if row.covered} == set(AGENCIES)


def test_the_same_day_again_changes_nothing(hub: Hub) -> None:
    hub(backfill())
    assert hub(backfill(""))[1]["outcomes"] == {"unchanged": 12}
    code, plan = hub(backfill("--missing-only --plan-only"))
    assert (code, plan["steps"], plan["left_out"]) == (0, [], {"loaded": 12})


def test_a_replay_without_any_source_gives_identical_digests(
    settings: Settings, tmp_path: Path
) -> None:
    with sandbox(tmp_path, scale=0.01) as own:
        write_connections(settings.connections_file, own)
        with open_desk(settings) as desk:
            owed = [p for p in desk.registry.expected(DAY) if p.agency in AGENCIES]
            live = {p: ingest.run(desk, p, reason="test") for p in owed}
    with open_desk(settings) as desk:
        for partition, first in live.items():
            again = ingest.replay(desk, partition)
            assert again.outcome == "unchanged"
            assert (again.digest, again.frame_digest) == (first.digest, first.frame_digest)
            with pytest.raises(HubError):
                ingest.run(desk, partition, reason="test")


def test_landing_and_loading_apart_equals_running_in_one_pass(desk: Desk) -> None:
    partition = Partition("H26", "dossiers", DAY)
    landing = ingest.land(desk, partition, reason="test")
    loaded = ingest.load(desk, landing.token)
    assert (loaded.outcome, loaded.token) == ("loaded", landing.token)
    assert ingest.load(desk, landing.token).outcome == "already"
    once = ingest.run(desk, partition, reason="test")
    assert (once.outcome, once.frame_digest) == ("unchanged", loaded.frame_digest)


def test_a_restated_day_is_replaced_whole_also_when_it_has_fewer_rows(
    desk: Desk, nation: Sandbox
) -> None:
    partition = Partition("H26", "dossiers", DAY)
    place = {"agency": "H26", "feed": "dossiers", "day": str(DAY)}
    nation.control("volume", {**place, "rows": 60})
    assert told(ingest.run(desk, partition, reason="test"))[0] == 60
    nation.control("volume", {**place, "rows": 40})
    nation.control("restate", {**place, "version": 1})
    again = ingest.run(desk, partition, reason="test")
    assert (again.outcome, told(again)) == (
        "loaded",
        expected(nation.truth("dossiers", DAY, "H26")),
    )
    with desk.conn().cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core.dossier_change WHERE day = %s", (DAY,))
        assert cursor.fetchone() == (again.counts.loaded,)
    desk.conn().rollback()


@pytest.mark.parametrize(
    ("agency", "fault", "state", "code", "exit_code"),
    [
        ("H26", "http_500", "failed", "HTTP-5XX", 3),
        ("H26", "cut", "failed", "TRUNCATED", 3),
        ("H26", "total_wrong", "rejected", "COUNT-MISMATCH", 1),
        ("H26", "html_as_json", "rejected", "NOT-DATA", 1),
        ("H26", "drift_renamed_field", "rejected", "DRIFT-MISSING", 1),
        ("G03", "app_error", "failed", "APP-ERROR", 3),
        ("G10", "done_missing", "failed", "PARTIAL-FILE", 3),
        ("G10", "done_rows", "rejected", "COUNT-MISMATCH", 1),
    ],
)
def test_a_fault_ends_in_its_code_and_one_retry_heals_it(  # noqa: PLR0917
    hub: Hub,
    desk: Desk,
    nation: Sandbox,
    agency: str,
    fault: str,
    state: str,
    code: str,
    exit_code: int,
) -> None:
    order = {"fault": fault, "agency": agency, "feed": "dossiers", "day": str(DAY), "times": -1}
    nation.control("faults", order)
    assert hub(f"run {agency} dossiers {DAY} --json")[0] == exit_code
    (last,) = run_history(desk.conn(), agency=agency, feed="dossiers", day=DAY)
    assert (last.state, last.code) == (state, code)
    nation.control("reset", {})
    assert hub(f"run {agency} dossiers {DAY} --json")[0] == 0
    assert hub(f"explain {agency} dossiers {DAY} --json")[1]["runs"][0]["state"] == "loaded"


def test_a_token_that_ends_in_the_middle_of_a_day_loses_no_page(
    desk: Desk, nation: Sandbox
) -> None:
    place = {"agency": "H26", "feed": "dossiers", "day": str(DAY)}
    nation.control("volume", {**place, "rows": 2100})
    nation.control("faults", {**place, "fault": "token_expired", "page": 3})
    assert told(ingest.run(desk, Partition("H26", "dossiers", DAY), reason="test")) == expected(
        nation.truth("dossiers", DAY, "H26")
    )


def test_one_dead_source_harms_only_itself(hub: Hub, nation: Sandbox) -> None:
    nation.control("faults", {"fault": "http_503", "agency": "H26", "times": -1})
    code, summary = hub(backfill())
    assert (code, summary["outcomes"]) == (3, {"loaded": 9, "failed": 3})
    assert {bad["agency"] for bad in summary["bad"]} == {"H26"}
    nation.control("reset", {})
    assert hub(backfill())[1]["outcomes"] == {"loaded": 3}
