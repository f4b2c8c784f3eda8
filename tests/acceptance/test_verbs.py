"""Every verb of the command line against a warehouse with a real day in it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from hub.cli.main import invoke
from hub.settings import Settings
from tests.acceptance.nation import Sandbox
from tests.interrupt import listen_to_interrupts
from tests.serving.spreadsheet import rows_of
from warehouse.database import Connection

DAY = "2020-03-10"
PLACE = {"agency": "G02", "feed": "dossiers", "day": DAY}

Typed = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def typed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Type a command; return exit code, stdout and stderr."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)

    def type_in(line: str) -> tuple[int, str, str]:
        code = invoke(line.split())
        told = capsys.readouterr()
        return code, told.out, told.err

    return type_in


def environment(settings: Settings) -> dict[str, str]:
    return {
        "HUB_STATE": str(settings.state),
        "HUB_DATABASE_URL": settings.database_url,
        "HUB_ATTEMPTS": "1",
        "HUB_WAIT_SECONDS": "0",
        "NO_COLOR": "1",
    }


def data(told: tuple[int, str, str]) -> Any:
    return json.loads(told[1])


@pytest.fixture
def spoilt(nation: Sandbox) -> Any:
    """Make one day of G02 hold 60 dossiers, one of them with an unknown status."""
    nation.control("volume", {**PLACE, "rows": 60})
    nation.control("faults", {**PLACE, "fault": "value_unknown_status"})
    yield
    nation.control("reset", {})


def test_status_shows_the_worst_feed_of_every_agency_and_day(typed: Typed, spoilt: None) -> None:
    typed(f"run G02 dossiers {DAY}")
    typed(f"run G02 payments {DAY}")
    told = data(typed(f"status --from {DAY} --to {DAY} --json"))
    found = next(a for a in told["agencies"] if a["agency"] == "G02")
    assert found["days"][DAY] == {
        "dossiers": "quarantine",
        "payments": "late",
        "documents": "missing",
    }
    code, out, err = typed(f"status --from {DAY} --to {DAY} --agency G02 --feed dossiers")
    assert code == 0
    assert "G02 Bộ Công Thương !" in out
    assert "! đã nạp, có bản ghi bị cách ly" in out
    assert err == ""
    assert "--missing-only" in typed(f"status --from {DAY} --to {DAY}")[2]


def test_an_agency_that_does_not_exist_yet_has_a_hatch_and_the_future_is_not_due(
    typed: Typed,
) -> None:
    told = data(typed("status --from 2025-06-30 --to 2025-07-01 --json --agency H02"))
    (yen,) = told["agencies"]
    assert set(yen["days"]["2025-06-30"].values()) == {"missing"}
    assert yen["days"]["2025-07-01"] == {}
    future = data(typed("status --from 2199-01-01 --to 2199-01-02 --json"))
    assert set(future["partitions"]) == {"not_due"}


def test_quarantine_tells_the_cause_and_every_row(typed: Typed, spoilt: None) -> None:
    typed(f"run G02 dossiers {DAY}")
    (group,) = data(typed("quarantine list --json"))
    assert (group["agency"], group["code"], group["rows"]) == ("G02", "DRIFT-ENUM", 1)
    (row,) = data(typed(f"quarantine show G02 dossiers {DAY} --json"))
    assert [v["rule"] for v in row["violations"]] == ["status.drift_enum"]
    assert not {"fullname", "identityNumber"} & {
        part for path in row["values"] for part in path.split(".")
    }
    code, _, err = typed(f"quarantine show G02 payments {DAY}")
    assert (code, err.splitlines()[-1]) == (4, "Bước tiếp / next: hub quarantine list")


def test_check_judges_without_writing_anything(
    typed: Typed, spoilt: None, settings: Settings
) -> None:
    code, out, _ = typed(f"check G02 dossiers {DAY}")
    assert code == 0
    assert "status.drift_enum" in out
    assert "nhận 60 = nạp 59 + cách ly 1 + trùng 0" in out
    code, _, err = typed(f"explain G02 dossiers {DAY}")
    assert (code, err.splitlines()[-1]) == (4, f"Bước tiếp / next: hub run G02 dossiers {DAY}")
    assert not list((settings.state / "archive").rglob("*.zst"))


def test_explain_leads_from_the_state_to_the_archived_bytes(typed: Typed, spoilt: None) -> None:
    typed(f"run G02 dossiers {DAY}")
    _, out, _ = typed(f"explain G02 dossiers {DAY}")
    assert "nhận 60 = nạp 59 + cách ly 1 + trùng 0" in out
    assert "! [DRIFT-ENUM] status.drift_enum: 1 / 60" in out
    assert "bản gốc / landing: runs/G02/dossiers/2020-03-10/" in out


def test_a_day_that_failed_three_times_is_parked_until_asked_for(
    typed: Typed, nation: Sandbox
) -> None:
    nation.control("faults", {**PLACE, "fault": "http_500", "times": -1})
    assert [typed(f"run G02 dossiers {DAY}")[0] for _ in range(3)] == [3, 3, 3]
    nation.control("reset", {})
    plan = f"backfill --from {DAY} --to {DAY} --feed dossiers --missing-only --plan-only --json"
    told = data(typed(plan))
    assert told["left_out"] == {"parked": 1}
    assert f"G02/dossiers/{DAY}" not in told["steps"]
    assert f"G02/dossiers/{DAY}" in data(typed(f"{plan} --parked"))["steps"]
    assert typed(f"backfill --from {DAY} --to {DAY} --agency G02 --missing-only --yes")[0] == 0
    assert data(typed(plan))["left_out"] == {"loaded": 1}


def test_a_plan_is_printed_and_nothing_runs_without_a_yes(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    line = f"backfill --from {DAY} --to {DAY} --agency G02"
    code, _, err = typed(line)
    assert code == 130
    assert "Kế hoạch / plan: 3 lượt trong 3 phải có" in err
    assert data(typed(f"{line} --plan-only --json"))["left_out"] == {}


def test_ctrl_c_ends_a_backfill_with_130_and_no_half_day(
    settings: Settings, nation: Sandbox, warehouse: Connection
) -> None:
    nation.control("faults", {"fault": "late", "times": -1, "detail": {"seconds": "0.3"}})
    # more days than could be loaded before the interrupt, however slow this machine is to send it
    line = f"backfill --from {DAY} --to 2020-12-31 --feed dossiers --yes --processes 2"
    with subprocess.Popen(
        [sys.executable, "-m", "hub.cli.main", *line.split()],
        env=os.environ | environment(settings),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listen_to_interrupts,  # noqa: PLW1509 - no thread is at work here
    ) as running:
        wait_for(lambda: states(warehouse).get("loaded", 0) >= 2)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process
        _, err = running.communicate(timeout=60)
    nation.control("reset", {})
    assert running.returncode == 130
    assert err.splitlines()[-1].startswith("Bước tiếp / next: hub backfill --from 2020-03-10")
    assert set(states(warehouse)) == {"loaded"}
    wait_for(lambda: not living(running.pid))


def living(group: int) -> list[int]:
    """Return the processes of a group that still do something."""
    return [
        process.pid
        for process in psutil.process_iter(["status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE and group_of(process.pid) == group
    ]


def group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def states(warehouse: Connection) -> dict[str, int]:
    with warehouse, warehouse.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM ledger.run GROUP BY state")
        return dict(cursor.fetchall())


def test_a_feed_that_nobody_knows_is_a_configuration_error(typed: Typed) -> None:
    code, _, err = typed(f"run H26 nothing {DAY}")
    assert code == 4
    assert "cho phép / allowed: dossiers, payments, documents" in err


def test_an_unknown_agency_is_a_configuration_error_with_near_codes(typed: Typed) -> None:
    code, out, err = typed(f"run H99 dossiers {DAY}")
    assert (code, out) == (4, "")
    assert "AGENCY-UNKNOWN" in err
    assert err.splitlines()[-1] == "Bước tiếp / next: hub agency list"


def test_figures_stand_beside_the_published_ones(typed: Typed, spoilt: None) -> None:
    typed(f"run G02 dossiers {DAY}")
    told = data(typed("figures --json"))
    stated = {p["published"]["measure"]: p["published"]["value"] for p in told["published"]}
    assert {measure: value for measure, value in stated.items() if value is not None} == {
        "dossiers": 4_300_000,
        "sent": 387_377,
        "received": 1_281_574,
        "moved": 1_600_000,
    }
    assert told["published"][0]["counted"] == 59
    assert told["published"][0]["coverage"]["covered"] == 1
    assert told["published"][0]["coverage"]["expected"] > 10_000
    assert {p["counted"] for p in told["published"] if p["published"]["feed"] == "work_files"} == {
        None
    }
    assert "4.300.000" in typed("figures")[1]


def test_the_form_is_also_csv_that_a_spreadsheet_reads(typed: Typed, spoilt: None) -> None:
    typed(f"run G02 dossiers {DAY}")
    _, out, _ = typed("report II.06a --period 2020-Q1 --csv")
    head, *lines = out.removeprefix("\ufeff").split("\r\n")
    assert out.startswith("\ufeff")
    assert head.startswith("Mã,Dòng,(3) Số lượng hồ sơ tiếp nhận / Tổng số,(4) ")
    assert head.endswith(",Ghi chú bản đồ,Phải có,Đã có")
    assert any(line.startswith("G02,G02 Bộ Công Thương,") for line in lines)


def test_the_form_is_also_a_workbook_with_the_figures_that_are_printed(
    typed: Typed, spoilt: None, tmp_path: Path
) -> None:
    typed(f"run G02 dossiers {DAY}")
    file = tmp_path / "form.xlsx"
    told = f"report 07a --from {DAY} --to {DAY}"
    assert typed(told)[0] == 4  # the form is of 2026
    span = f"--from {DAY} --to {DAY} --cut unit --agency G02"
    rows = data(typed(f"report II.06a {span} --xlsx {file} --json"))["rows"]
    printed = rows_of(file.read_bytes())
    assert [row["columns"] for row in rows] == [
        {str(number): cell for number, cell in cells.items()}
        for name, cells in printed.items()
        if name != "Tổng cộng"
    ]
    assert len(rows) > 1
    assert typed(f"report II.06b {span}")[0] == 2  # rows of II.06b are procedures


def test_form_and_figures_are_shown_on_the_map_of_a_day(typed: Typed, spoilt: None) -> None:
    typed(f"run G02 dossiers {DAY}")
    span = f"--from {DAY} --to {DAY}"
    reported = data(typed(f"report II.06a {span} --json"))["rows"]
    later = data(typed(f"report II.06a {span} --map 2025-07-01 --json"))["rows"]
    [merged] = [row for row in later if row["code"] == "H60"]
    two = [row for row in reported if row["code"] in {"H22", "H60"}]
    assert merged["expected"] == sum(row["expected"] for row in two) == 2
    assert [row["code"] for row in reported if row["mark"]] == []
    _, out, _ = typed(f"report II.06a {span} --map today")
    assert "G09 Bộ Nội vụ*" in out
    assert "* không tách được" in out
    by_agency = data(typed(f"figures {span} --map today --json"))["agencies"]
    assert sum(row["dossiers"] for row in by_agency) == 59
    assert "Theo đơn vị" in typed(f"figures {span} --map reported")[1]
    assert typed("report II.06a --period 2020 --map yesterday")[0] == 2


def test_doctor_and_agency_check_find_a_ready_hub_well(typed: Typed) -> None:
    code, out, err = typed("doctor")
    assert (code, err) == (0, ""), out
    assert "✕" not in out
    assert typed("agency check")[0] == 0
    assert data(typed("agency show H26 --json"))["name"] == "Thành phố Hà Nội"
    assert len(data(typed("agency list --day 2026-01-01 --json"))) < len(
        data(typed("agency list --json"))
    )


def test_agency_check_finds_a_map_that_leaves_a_required_field_out(
    typed: Typed, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.state / "agencies"
    folder.mkdir()
    (folder / "h50_quang_tri.yaml").write_text(
        """code: "H50"
name: Tỉnh Quảng Trị
kind: province
owner: Văn phòng UBND tỉnh
feeds:
  dossiers:
    connection: H50
    shape:
      kind: file_drop
      options: {path: "/{yyyy}{MM}{dd}.csv"}
      format: {type: csv}
      fields: {dossier_code: MaHoSo}
"""
    )
    monkeypatch.setenv("HUB_AGENCIES", str(folder))
    code, _, err = typed("agency check H50")
    assert code == 4
    assert "procedure_code" in err


def test_doctor_names_what_is_missing_and_the_next_step(typed: Typed, settings: Settings) -> None:
    settings.connections_file.unlink()
    code, out, _ = typed("doctor")
    assert code == 4
    assert "connections.yaml chưa có / missing" in out


def test_the_second_judge_audits_a_day_and_its_word_is_kept(
    typed: Typed, spoilt: None, settings: Settings, warehouse: Connection
) -> None:
    typed(f"run G02 dossiers {DAY}")
    done = in_own_process(settings, ["audit", "dossiers", DAY, "--json"])
    told = json.loads(done.stdout)
    assert (done.returncode, told["is_passed"], told["partitions"]) == (0, True, 1)
    assert told["evaluated"] > 20
    assert Path(told["docs"]).exists()
    kept = [path for path in settings.docs_folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"postgresql" in path.read_bytes()]
    assert publishable(warehouse) == [("dossiers", True)]
    typed(f"run G02 dossiers {DAY}")  # a newer run makes the audit stale
    assert publishable(warehouse) == [("dossiers", False)]


def publishable(warehouse: Connection) -> list[tuple[str, bool]]:
    with warehouse, warehouse.cursor() as cursor:
        cursor.execute("SELECT feed, is_publishable FROM mart.publishable_day")
        return cursor.fetchall()


def in_own_process(settings: Settings, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub.cli.main", *arguments],
        env=os.environ | environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )


def test_init_may_be_repeated(typed: Typed) -> None:
    assert typed("init")[0] == 0
    assert typed("init")[0] == 0


def test_status_in_a_process_of_its_own_loads_no_heavy_library(settings: Settings) -> None:
    script = (
        "import sys\nfrom hub.cli.main import invoke\n"
        f"code = invoke(['status', '--json', '--from', '{DAY}', '--to', '{DAY}'])\n"
        "heavy = ('airflow', 'great_expectations', 'polars', 'pandas', 'sqlalchemy')\n"
        "print(code, [m for m in heavy if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "0 []"
