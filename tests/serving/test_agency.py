"""Đơn vị: one agency feed by feed, and why a day of a feed is as it is."""

from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from hub.story import tell
from serving.service import Service
from tests.serving.axe import violations
from tests.serving.dom import Tree, read
from tests.serving.nation import FAILED, MISSING, REJECTED
from warehouse import action
from warehouse.database import connect, read_snapshot

SPAN = "from=2026-11-01&to=2026-11-20"


def heading(page: Tree) -> str:
    return page.one("h1").text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"/agencies/H26?{SPAN}", "Thành phố Hà Nội: thiếu 1 ngày hồ sơ (10/11)"),
        (f"/agencies/H60?{SPAN}", "Tỉnh Tuyên Quang: thiếu 1 ngày thanh toán (12/11)"),
        (f"/agencies/H60?{SPAN}&lang=en", "Tỉnh Tuyên Quang: 1 days of payments missing (12/11)"),
        (
            "/agencies/G01?from=2026-11-01&to=2026-11-09",
            "Bộ Công an: đủ dữ liệu, 1 dòng đang cách ly",
        ),
        ("/agencies/H60?from=2026-11-01&to=2026-11-09", "Tỉnh Tuyên Quang: đủ dữ liệu 9 ngày"),
        (
            f"/agencies/H22?{SPAN}",
            "Tỉnh Hà Giang: không phải cung cấp gì trong những ngày này",
        ),
    ],
)
def test_the_heading_says_what_is_lacking(client: TestClient, address: str, expected: str) -> None:
    assert heading(read(client, address)) == expected


def test_a_day_that_others_are_gone_with_names_the_span(writing: Service) -> None:
    from serving.app import create_app  # noqa: PLC0415 - a client without an Origin

    with closing(connect(writing.url)) as conn, conn, conn.cursor() as cursor:
        for table in ("head", "run"):
            cursor.execute(
                f"DELETE FROM ledger.{table} WHERE agency_code = 'H26'"
                " AND ((feed = 'dossiers' AND day BETWEEN '2026-11-03' AND '2026-11-07')"
                " OR (feed = 'payments' AND day IN ('2026-11-01', '2026-11-02')))"
            )
    with TestClient(create_app(writing)) as asking:
        page = read(asking, f"/agencies/H26?{SPAN}")
    assert heading(page) == (
        "Thành phố Hà Nội: thiếu 6 ngày hồ sơ (03/11 – 07/11, 10/11) và 2 ngày của 1 luồng khác"
    )
    assert page.select(".headline .button")[0].text == "Chạy bù 8 ngày thiếu"


def test_every_feed_has_a_strip_of_states_above_one_of_rows(client: TestClient) -> None:
    page = read(client, f"/agencies/H26?{SPAN}")
    feeds = [th.text for th in page.select(".strips tbody tr:not(.bars) th")]
    assert feeds == ["Hồ sơ", "Thanh toán", "Văn bản"]
    strip = page.select(".strips tbody tr")[0]
    assert len(strip.select("td:not(.act)")) == 20
    bars = page.select(".strips .bars svg")[0]
    assert len(bars.select("rect")) == 19  # the missing day has none
    assert "số dòng đã nạp mỗi ngày" in bars.get("aria-label")
    assert max(float(bar.get("height")) for bar in bars.select("rect")) == 40


def test_every_cell_leads_to_its_explanation(client: TestClient) -> None:
    page = read(client, f"/agencies/H26?{SPAN}&day=2026-11-10")
    links = page.select(".strips td:not(.act) a")
    assert len(links) == 60
    (missing,) = page.select(".strips td.missing.chosen a")
    assert missing.get("href") == "/agencies/H26/dossiers/2026-11-10"


def test_what_the_agency_must_mend_stands_in_plain_words(client: TestClient) -> None:
    page = read(client, f"/agencies/G01?{SPAN}")
    cells = [td.text for td in page.select("[aria-label='Đơn vị cần làm'] td")]
    assert cells == [
        "Văn bản",
        "1 · 13/11",
        "Sai số dòng khai báo COUNT-MISMATCH",
        "Đơn vị kiểm tra số dòng khai báo và gửi lại cả ngày; sau đó chạy bù.",
    ]


def test_the_page_names_system_contract_and_owner(client: TestClient) -> None:
    text = read(client, f"/agencies/H26?{SPAN}").text
    assert "Hệ thống một cửa điện tử, giao diện REST" in text
    assert "dossiers/1.0.0" in text
    assert "có từ 00:30, hạn 08:00 ngày hôm sau" in text
    assert "Văn phòng UBND cấp tỉnh" in text


def test_an_agency_that_ended_names_its_successor(client: TestClient) -> None:
    page = read(client, "/agencies/H22?from=2025-06-20&to=2025-07-05")
    assert "đến 30/06/2025" in page.text
    assert page.select(".lead a")[0].get("href") == "/agencies/H60"


def test_a_missing_day_says_that_nobody_tried(client: TestClient) -> None:
    page = read(client, "/agencies/H26/dossiers/2026-11-10")
    assert heading(page) == "✕ Hồ sơ, 10/11/2026: Thiếu, quá hạn"
    assert "Chưa từng được chạy." in page.text


def test_a_rejected_day_tells_reasons_balance_and_landing(
    client: TestClient, reading: Service
) -> None:
    page = read(client, f"/agencies/G01/documents/{REJECTED.day}")
    text = page.text
    assert heading(page) == "⊘ Văn bản, 13/11/2026: Bị từ chối (sai hợp đồng)"
    assert "Sai số dòng khai báo COUNT-MISMATCH" in text
    with closing(connect(reading.url)) as conn, read_snapshot(conn) as cursor:
        (told,) = tell(cursor, REJECTED)
    assert f"Lượt {told['run_id']}" in text
    assert told["content_digest"] in text
    assert told["manifest"] in text
    assert f"declared_rows{int(told['totals']['declared_rows'])}" in text.replace(" ", "")


def test_a_failed_day_tells_who_must_act(client: TestClient) -> None:
    text = read(client, f"/agencies/H60/payments/{FAILED.day}").text
    assert "Sai hoặc hết quyền" in text
    assert "Đơn vị cấp lại quyền hoặc khóa cho trục" in text


def test_quarantined_rows_are_named_with_their_rule(client: TestClient) -> None:
    page = read(client, "/agencies/H26/dossiers/2026-11-16")
    text = page.text
    assert "Có dòng cách ly" in heading(page)
    assert "status.drift_enum" in text
    assert "Xem 1 dòng cách ly" in text


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/agencies/X99", 404, "AGENCY-UNKNOWN"),
        ("/agencies/H26/dossiers/soon", 400, "DAY"),
        ("/agencies/H26/work_files/2019-01-31", 404, "NOT-REQUIRED"),
        ("/agencies/H26/cabinet_sessions/2026-11-10", 404, "NOT-REQUIRED"),
    ],
)
def test_what_is_not_there_says_what_is(
    client: TestClient, address: str, status: int, code: str
) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    shown = client.get(address, headers={"Accept": "text/html"})
    assert (shown.status_code, code in shown.text) == (status, True)


def test_an_operator_replays_a_day_from_its_explanation(
    working_site: str, writing: Service, browser: Browser
) -> None:
    subject = "H60/documents/2026-11-05"
    with closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(f"{working_site}/agencies/{subject}")
        page.get_by_role("link", name="Chạy lại từ kho gốc").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Chạy lại từ kho gốc: sẽ chạy 1 phần"
        )
        page.get_by_role("button", name="Xác nhận, chạy 1 phần").click()
        done = page.get_by_role("heading", name="Chạy lại từ kho gốc: xong cả 1 phần")
        expect(done).to_be_visible(timeout=60_000)
        expect(page.get_by_role("cell", name="Không đổi")).to_be_visible()
    with closing(connect(writing.url)) as conn:
        (done_,) = action.recent(conn, verb="replay")
    assert (done_.subject, done_.state) == (subject, "done")
    assert done_.outcome["outcomes"] == {"unchanged": 1}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("address", [f"/agencies/H26?{SPAN}", "/agencies/G01/documents/2026-11-13"])
def test_the_pages_in_a_browser(
    site: str, browser: Browser, tmp_path: Path, address: str, scheme: str, width: int
) -> None:
    with closing(
        browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    ) as context:
        page = context.new_page()
        page.goto(f"{site}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
        picture = tmp_path / "agency.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 20_000


def test_the_missing_partition_is_the_nation_s(client: TestClient) -> None:
    page = read(client, f"/agencies/{MISSING.agency}/{MISSING.feed}/{MISSING.day}")
    hrefs = [a.get("href") for a in page.select("a.button")]
    assert hrefs[0] == "/plan/run?agency=H26&feed=dossiers&from=2026-11-10&to=2026-11-10"
    assert not any("/plan/replay" in href for href in hrefs)  # nothing was landed
