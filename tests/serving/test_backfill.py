"""Actions on pages: a plan is shown, confirmed, carried out and written down."""

from contextlib import closing

from playwright.sync_api import Browser, Page, expect

from serving.service import Service
from tests.serving.nation import MISSING
from warehouse import action, ledger
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
