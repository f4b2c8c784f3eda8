"""``hub publish`` against the small nation and the simulated receiver."""

import json
import re
from collections.abc import Callable

import pytest

from hub.cli.main import invoke
from serving.service import Service
from tests.serving.publication import Receiver, audit_days, figures_of, sign_nation
from warehouse.action import recent
from warehouse.database import Connection

Typed = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def typed(
    unlanded: Service,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typed:
    """Type a command; return exit code, stdout and stderr."""
    told = {
        "HUB_STATE": str(unlanded.settings.state),
        "HUB_AGENCIES": str(unlanded.settings.agencies),
        "HUB_DATABASE_URL": unlanded.url,
        "HUB_CONNECTIONS": str(receiver.connections),
        "HUB_ATTEMPTS": "2",
        "HUB_WAIT_SECONDS": "0",
        "NO_COLOR": "1",
        "USER": "lan",
        "LOGNAME": "lan",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def type_in(line: str) -> tuple[int, str, str]:
        code = invoke(line.split())
        told = capsys.readouterr()
        return code, told.out, told.err

    return type_in


def test_a_signed_form_goes_from_the_terminal(
    typed: Typed, receiver: Receiver, conn: Connection
) -> None:
    audit_days(conn)
    form = sign_nation(conn)
    code, out, err = typed("publish --form II.06a")
    assert code == 0, err
    assert "✓ report_data #3: acknowledged BN-000003" in out
    assert [figures_of(h) for h in receiver.received("SoLieuBaoCao")] == [form.figures]
    action = recent(conn, verb="publish")[0]
    assert (action.person, action.state) == ("lan", "done")
    code, out, _ = typed("publish")
    assert (code, out) == (0, "Không có gì để gửi / nothing is due\n")


def test_a_dry_run_shows_what_would_go_and_sends_nothing(
    typed: Typed, receiver: Receiver, conn: Connection
) -> None:
    audit_days(conn)
    sign_nation(conn)
    code, out, _ = typed("publish --dry-run --json")
    told = json.loads(out)
    assert code == 0
    assert told[0]["subject"] == "II.06a/2026-10-15..2026-11-08/report"
    assert [(p["kind"], p["state"]) for p in told[0]["packets"]] == [
        ("report_data", "new"),
        ("outline", "new"),
    ]
    assert receiver.received() == []
    assert recent(conn, verb="publish") == []


def test_nothing_signed_is_told_with_the_next_step(typed: Typed) -> None:
    code, _, err = typed("publish --form II.06a --period 2026-10")
    assert code == 1
    assert "nothing of this kind is signed" in err
    assert "Bước tiếp / next:" in err


def test_what_is_lacking_is_told_with_the_next_command(
    typed: Typed, receiver: Receiver, conn: Connection
) -> None:
    sign_nation(conn)
    code, _, err = typed("publish")
    assert code == 1
    assert "[NOT-AUDITED] 25 ngày của luồng dossiers chưa qua kiểm định" in err
    assert "Bước tiếp / next: hub audit dossiers 2026-10-15" in err
    assert receiver.received() == []


def test_a_receiver_that_does_not_serve_is_3_and_the_next_run_heals(
    typed: Typed, receiver: Receiver, conn: Connection
) -> None:
    audit_days(conn)
    form = sign_nation(conn)
    receiver.fault("http_503", times=2)
    code, out, err = typed("publish")
    assert code == 3
    assert "failed [HTTP-5XX]" in out
    assert "Bước tiếp / next: hub publish" in err
    assert typed("publish")[0] == 0
    assert [figures_of(h) for h in receiver.received("SoLieuBaoCao")] == [form.figures]


def test_a_refusal_is_1_and_goes_again_on_request_alone(
    typed: Typed, receiver: Receiver, conn: Connection
) -> None:
    audit_days(conn)
    sign_nation(conn)
    receiver.fault("refuse_packet", {"reason": "kỳ đã khóa"})
    code, out, _ = typed("publish")
    assert code == 1
    assert "⊘ form #1: refused [TU-CHOI] kỳ đã khóa" in out
    assert typed("publish")[0] == 1
    assert typed("publish --refused")[0] == 0


def test_catalogues_go_by_kind(typed: Typed, receiver: Receiver) -> None:
    kinds = "regime form form_outline period indicator kpi_set kpi_group kpi_disaggregation"
    line = " ".join(f"--kind {kind}" for kind in kinds.split())
    code, _, err = typed(f"publish {line}")
    assert code == 0, err
    assert [packet["kind"] for packet in receiver.received()] == [
        "CheDoBaoCao",
        "BieuMau",
        "BieuMauDeCuong",
        "DanhMucKyBaoCao",
        "DanhMucChiTieu",
        "BoChiSo",
        "DanhMucNhomChiSo",
        "DanhMucPhanToChiSo",
    ]
    agencies = receiver.received()[-1]["packet"]["DuLieu"]["DanhSachPhanTo"][1]
    assert agencies["MaPhanTo"] == "agency"
    assert {"Ma": "H26", "Ten": "Hà Nội", "Cap": "province"} in agencies["DanhSachGiaTri"]


def test_kpis_go_for_a_period(
    typed: Typed, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = typed("publish --kind kpi_data --period 2026-11")
    assert code == 1
    assert "NOT-AUDITED" in err
    monkeypatch.setenv("HUB_PUBLISH_AUDIT", "false")
    code, out, err = typed("publish --kind kpi_data --period 2026-11")
    assert (code, err) == (0, "")
    assert re.search(r"✓ kpi_data #\d+: acknowledged BN-000001", out)
    values = receiver.received("DuLieuChiSo")[0]["packet"]["DuLieu"]["DanhSachGiaTri"]
    assert values
    assert all(value["SoPhaiCo"] == value["SoDaCo"] > 0 for value in values)


def test_kpis_without_a_period_are_a_wrong_call(typed: Typed) -> None:
    assert typed("publish --kind kpi_data")[0] == 2


def test_a_missing_connection_is_4_and_says_what_to_add(
    typed: Typed, receiver: Receiver, conn: Connection
) -> None:
    audit_days(conn)
    sign_nation(conn)
    receiver.connections.write_text("{}\n")
    code, _, err = typed("publish")
    assert code == 4
    assert "[CONNECTION]" in err
    assert "publication" in err
    action = recent(conn, verb="publish")[0]
    assert (action.state, action.outcome["code"]) == ("failed", "CONNECTION")
