"""Actions on pages: a plan is shown, confirmed, carried out and written down."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from contracts.partition import Partition
from hub.plan import Plan
from hub.redrive import open_archive
from hub.settings import Settings
from serving.access import Person
from serving.app import create_app
from serving.service import Service
from serving.work import Order, decoded, encoded
from tests.acceptance.nation import Sandbox
from tests.serving.axe import violations
from tests.serving.dom import read
from tests.serving.nation import FAILED, MISSING
from warehouse import action, ledger
from warehouse.action import Action
from warehouse.database import connect

SPAN = "from=2026-11-01&to=2026-11-20"
PLAN = f"/plan/backfill?agency=H26&{SPAN}"


def test_an_operator_heals_a_missing_day_from_the_matrix_by_clicks(
    working_site: str, writing: Service, browser: Browser
) -> None:
    with closing(browser.new_context()) as context:
        _heal(context.new_page(), working_site)
    _assert_healed(writing)


def test_the_same_is_done_without_script(
    working_site: str, writing: Service, browser: Browser
) -> None:
    with closing(browser.new_context(java_script_enabled=False)) as context:
        _heal(context.new_page(), working_site)
    _assert_healed(writing)


def _heal(page: Page, site: str) -> None:
    page.goto(f"{site}/completeness?{SPAN}&open=H26")
    cell = page.get_by_role("link", name="Hồ sơ, 10/11: Thiếu, quá hạn")
    expect(cell).to_have_text("✕")
    page.get_by_role("link", name="Chạy bù Thành phố Hà Nội").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chạy bù: sẽ chạy 1 phần")
    page.get_by_role("button", name="Xác nhận, chạy 1 phần").click()
    done = page.get_by_role("heading", name="Chạy bù: xong cả 1 phần")
    expect(done).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Về độ đầy đủ").click()
    page.get_by_role("link", name="Tách luồng: Thành phố Hà Nội").click()
    expect(page.get_by_role("row", name="Hồ sơ")).to_be_visible()
    expect(page.get_by_role("link", name="Hồ sơ, 10/11: Thiếu, quá hạn")).to_have_count(0)


def _assert_healed(service: Service) -> None:
    with closing(connect(service.url)) as conn:
        head = ledger.head(conn, MISSING)
        (done,) = action.recent(conn, verb="backfill")
    assert head is not None
    assert head.counts.loaded > 0
    assert (done.person, done.subject, done.state) == ("local", str(MISSING), "done")
    assert done.outcome["outcomes"] == {"loaded": 1}
    assert done.detail["steps"] == {"H26": {"dossiers": [["2026-11-10", "2026-11-10"]]}}


def test_the_plan_that_is_shown_is_what_runs(writer: TestClient, writing: Service) -> None:
    page = read(writer, f"/plan/backfill?{SPAN}")
    assert page.one("h1").text == "Chạy bù: sẽ chạy 3 phần"
    shown = [[td.text for td in row.select("td")] for row in page.select("#plan tbody tr")]
    assert shown == [
        ["Bộ Công an G01", "Văn bản", "13/11", "1"],
        ["Thành phố Hà Nội H26", "Hồ sơ", "10/11", "1"],
        ["Tỉnh Tuyên Quang H60", "Thanh toán", "12/11", "1"],
    ]
    assert "257 phần: đã có" in page.text
    before = newest_run(writing)
    told = confirm(writer, f"/plan/backfill?{SPAN}")
    assert told.outcome["outcomes"] == {"loaded": 3}
    assert ran_since(writing, before) == {
        "G01/documents/2026-11-13": "backfill",
        "H26/dossiers/2026-11-10": "backfill",
        "H60/payments/2026-11-12": "backfill",
    }


def test_the_plan_says_what_the_sources_do_not_serve_yet(client: TestClient) -> None:
    page = read(client, "/plan/backfill?agency=H26&from=2026-11-20&to=2026-11-21")
    assert page.one("h1").text == "Chạy bù: không có gì để chạy"
    assert "3 phần: nguồn chưa có" in page.text
    assert "3 phần: đã có" in page.text


def test_one_kind_of_agency_is_planned_alone(client: TestClient) -> None:
    page = read(client, f"/plan/backfill?kind=ministry&{SPAN}")
    assert [row.select("td")[0].text for row in page.select("#plan tbody tr")] == ["Bộ Công an G01"]


def test_a_partition_that_failed_too_often_is_left_out_until_asked_for(
    writer: TestClient, writing: Service
) -> None:
    with closing(connect(writing.url)) as conn:
        for _ in range(3):
            token = ledger.claim(conn, FAILED, contract="payments/1.0.0", reason="backfill")
            ledger.close(conn, token, "failed", code="AUTH")
    page = read(writer, f"/plan/backfill?{SPAN}")
    assert page.one("h1").text == "Chạy bù: sẽ chạy 2 phần"
    assert "1 phần: tạm dừng sau nhiều lần hỏng liên tiếp" in page.text
    assert [td.text for td in page.select("#parked tbody td")][:2] == [
        "Tỉnh Tuyên Quang H60",
        "Thanh toán",
    ]
    asked = page.one("ul a").get("href")
    assert "parked=1" in asked
    assert read(writer, asked).one("h1").text == "Chạy bù: sẽ chạy 3 phần"


def test_a_plan_that_changed_meanwhile_is_shown_again(writer: TestClient, writing: Service) -> None:
    answer = writer.post(f"/plan/backfill?{SPAN}", data={"plan": "0" * 64})
    assert answer.status_code == 200
    assert "Kế hoạch đã đổi" in answer.text
    assert actions(writing) == []


def test_nothing_runs_without_a_look_at_the_plan(writer: TestClient, writing: Service) -> None:
    assert "Kế hoạch đã đổi" in writer.post(f"/plan/backfill?{SPAN}").text
    assert actions(writing) == []


def test_a_second_click_while_one_runs_says_so(writer: TestClient, writing: Service) -> None:
    with sleeping() as process, closing(connect(writing.url)) as conn:
        detail = {"steps": encoded([MISSING]), "worker": worker(process)}
        first = action.begin(conn, "lan", "backfill", str(MISSING), detail)
        page = read(writer, PLAN)
        assert f"Việc số {first} của lan đang chạy" in page.one(".banner").text
        told = confirm(writer, PLAN)
        assert (told.state, told.outcome) == ("refused", {"because": first})
        shown = read(writer, f"/actions/{told.action_id}")
        assert shown.one("h1").text == (
            f"Chạy bù: không chạy, việc số {first} đang ở trên các phần này"
        )
        assert ledger.head(conn, MISSING) is None


def test_an_action_whose_process_died_blocks_nobody(writer: TestClient, writing: Service) -> None:
    with sleeping() as process, closing(connect(writing.url)) as conn:
        detail = {"steps": encoded([MISSING]), "worker": worker(process)}
        first = action.begin(conn, "lan", "backfill", str(MISSING), detail)
    shown = read(writer, f"/actions/{first}")
    assert shown.one("h1").text == "Chạy bù: tiến trình đã mất, xong 0/1"
    assert confirm(writer, PLAN).state == "done"
    lost = next(a for a in actions(writing) if a.action_id == first)
    assert (lost.state, lost.outcome) == ("failed", {"code": "WORKER-LOST"})


def test_what_does_not_come_through_is_named_with_its_cause(
    writer: TestClient, writing: Service, place: tuple[Sandbox, Settings]
) -> None:
    nation, _ = place
    order = {"fault": "http_403", "agency": "H26", "feed": "dossiers", "day": "2026-11-10"}
    nation.control("faults", {**order, "times": -1})
    try:
        told = confirm(writer, PLAN)
    finally:
        nation.control("faults", method="DELETE")
    assert told.state == "done"
    assert told.outcome["bad"] == [{"partition": str(MISSING), "outcome": "failed", "code": "AUTH"}]
    page = read(writer, f"/actions/{told.action_id}")
    assert page.one("h1").text == "Chạy bù: 0/1 phần được, 1 phần chưa được"
    assert "Sai hoặc hết quyền AUTH" in page.text
    assert "parked=1" in page.select("a.button.plain")[0].get("href")


def test_a_stranger_s_form_is_refused(writer: TestClient, writing: Service) -> None:
    for origin in ("http://evil.test", "null", ""):
        answer = writer.post(
            f"/plan/backfill?{SPAN}", data={"plan": ""}, headers={"Origin": origin}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN")
    assert actions(writing) == []


def test_a_reader_may_neither_plan_nor_confirm_nor_look(reading: Service) -> None:
    reader = Person("lan", frozenset({"reader", "signer"}))
    service = Service(
        reading.settings, reading.url, lambda _: reader, reading.registry, clock=reading.clock
    )
    headers = {"Origin": "http://testserver"}
    with TestClient(create_app(service), headers=headers) as asking:
        for address in (PLAN, "/plan/replay", "/plan/redrive", "/actions", "/actions/1"):
            assert asking.get(address).status_code == 403
        assert asking.post(PLAN).status_code == 403
    service.close()


@pytest.mark.parametrize("address", ["/plan/destroy", "/actions/7", "/actions/x"])
def test_what_nobody_knows_is_not_there(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT-FOUND")


def test_an_unknown_agency_is_told_with_the_nearest(client: TestClient) -> None:
    answer = client.get(f"/plan/backfill?agency=H2&{SPAN}")
    assert (answer.status_code, answer.json()["code"]) == (400, "AGENCY-UNKNOWN")


def test_pulling_a_loaded_day_again_is_an_action_of_its_own(
    writer: TestClient, writing: Service
) -> None:
    where = "agency=H26&feed=documents&from=2026-11-03&to=2026-11-03"
    before = newest_run(writing)
    told = confirm(writer, f"/plan/run?{where}")
    assert (told.verb, told.outcome["outcomes"]) == ("run", {"unchanged": 1})
    confirm(writer, f"/plan/run?volume=accepted&{where}")
    runs = ran_since(writing, before)
    assert runs == {"H26/documents/2026-11-03": "manual, volume accepted"}


def test_every_action_stands_in_the_list(writer: TestClient) -> None:
    assert "Chưa có việc nào." in read(writer, "/actions").text
    told = confirm(writer, PLAN)
    row = read(writer, "/actions").one("tbody tr")
    cells = [td.text for td in row.select("td")]
    assert cells[0] == str(told.action_id)
    assert cells[2:6] == ["local", "Chạy bù", "H26/dossiers/2026-11-10", "Xong"]
    assert cells[6] == "108 dòng trong các phần đã chạy"


def test_a_process_that_stops_lets_the_partition_at_hand_end(writing: Service) -> None:
    plan = Plan(
        tuple(Partition("H26", "documents", date(2026, 11, d)) for d in range(1, 20)), 19, {}
    )
    order = Order(
        person="lan",
        verb="replay",
        subject="*",
        plan=plan,
        workshop=partial(open_archive, writing.settings, writing.url, is_newest=False),
        detail={},
    )
    with closing(connect(writing.url)) as conn:
        number = writing.works.start(conn, writing.url, order, processes=1, park_after=3)
        writing.works.close()
        told = action.read_action(conn, number)
        assert told is not None
        running = [s for s in action.progress(conn, plan.steps, told.started_at) if not s.is_over]
    assert told.state in {"done", "failed"}  # as far as it came
    assert told.state == "done" or told.outcome["code"] == "INTERRUPTED"
    assert all(step.run_id is None for step in running)


@given(
    st.lists(
        st.builds(
            Partition,
            st.sampled_from(["G01", "H26"]),
            st.sampled_from(["dossiers", "payments"]),
            st.dates(date(2026, 1, 1), date(2026, 3, 1)),
        ),
        unique=True,
    )
)
def test_the_audit_row_keeps_the_partitions_in_few_words(steps: list[Partition]) -> None:
    assert decoded({"steps": encoded(steps)}) == sorted(steps)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_in_a_browser(
    working_site: str, writing: Service, browser: Browser, tmp_path: Path, scheme: str, width: int
) -> None:
    with closing(
        browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    ) as context:
        page = context.new_page()
        page.goto(f"{working_site}{PLAN}")
        look(page, tmp_path / "plan.png", width)
        page.get_by_role("button", name="Xác nhận").click()
        look(page, tmp_path / "running.png", width)
        expect(page.locator("#progress")).to_have_attribute("data-state", "done", timeout=60_000)
        look(page, tmp_path / "done.png", width)
        page.goto(f"{working_site}/actions")
        look(page, tmp_path / "actions.png", width)


def look(page: Page, picture: Path, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 10_000


def confirm(client: TestClient, address: str) -> Action:
    """Confirm the plan of an address as a person does; return the action once it ended."""
    plan = read(client, address).one("input[name='plan']").get("value")
    answer = client.post(address, data={"plan": plan}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]
    assert re.fullmatch(r"/actions/\d+", where)
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    deadline = time.monotonic() + 60
    with closing(connect(service.url)) as conn:
        while time.monotonic() < deadline:
            told = action.read_action(conn, int(where.rpartition("/")[2]))
            assert told is not None
            if told.state != "running":
                return told
            time.sleep(0.05)
    raise AssertionError("the action does not end")


def actions(service: Service) -> list[Action]:
    with closing(connect(service.url)) as conn:
        return action.recent(conn)


def newest_run(service: Service) -> int:
    with closing(connect(service.url)) as conn, conn.cursor() as cursor:
        cursor.execute("SELECT max(run_id) FROM ledger.run")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def ran_since(service: Service, run_id: int) -> dict[str, str]:
    with closing(connect(service.url)) as conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT agency_code, feed, day, reason FROM ledger.run WHERE run_id > %s"
            " ORDER BY run_id",
            (run_id,),
        )
        return {f"{agency}/{feed}/{day}": reason for agency, feed, day, reason in cursor}


@contextmanager
def sleeping() -> Iterator[psutil.Process]:
    """Give a living process of this machine that stands for another serving process."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def worker(process: psutil.Process) -> dict[str, object]:
    return {
        "host": socket.gethostname(),
        "process": process.pid,
        "since": process.create_time(),
    }
