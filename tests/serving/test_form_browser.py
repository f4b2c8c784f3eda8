"""An official prints, signs and downloads a form in a real browser, with and without script."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.serving.axe import violations
from tests.serving.spreadsheet import rows_of

PAGES = (
    "/forms",
    "/forms/signed",
    "/forms/II.06a?period=2026-11&calendar=report",
    "/forms/II.06a?period=2026-11&calendar=report&cut=agency&map=2025-06-30&lang=en",
    "/forms/TH-2026?period=2026-11&calendar=report&agency=H60",
    "/forms/MT?period=2026-10",
    "/forms/II.06a/sign?period=2026-11&calendar=report&agency=H60",
    "/forms/II.06a/sign?period=2026-11&calendar=report",
    "/forms/II.06a/cell?period=2026-11&calendar=report&cut=agency&row=H60&column=9",
    "/forms/II.06a/cell?period=2026-11&calendar=report&cut=agency&row=H60&column=9&of=H60&day=2026-11-06",
)


@contextmanager
def opened(browser: Browser, url: str, **how: object) -> Iterator[Page]:
    context = browser.new_context(**how)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        yield page
        strangers = [one for one in asked if not one.startswith(("http://127.0.0.1:", "data:"))]
        assert strangers == []
    finally:
        context.close()


def table(page: Page) -> dict[str, list[int | None]]:
    rows = page.locator("table.official tbody tr")
    found = {}
    for row in rows.all():
        cells = [cell.inner_text() for cell in row.locator("td").all()][1:]
        name = row.locator("th").inner_text().split("\n")[0].strip()
        found[name] = [None if c == "–" else int(c.replace(".", "")) for c in cells]
    return found


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_an_official_changes_period_and_map_signs_and_downloads(
    working_site: str, browser: Browser, tmp_path: Path, *, has_script: bool
) -> None:
    with opened(browser, f"{working_site}/forms", java_script_enabled=has_script) as page:
        page.get_by_role("link", name="II.06a/VPCP/KSTT").click()
        page.get_by_label("Lịch").select_option("report")
        page.get_by_label("Kỳ", exact=True).fill("2026-11")
        page.get_by_label("Bản đồ").select_option("today")
        page.get_by_role("button", name="Xem").first.click()
        page.get_by_label("Theo").select_option("unit")
        page.get_by_label("Cơ quan").select_option("H60")
        page.get_by_role("button", name="Xem").last.click()
        assert "map=today" in page.url
        assert "15/10/2026 đến ngày 14/11/2026" in page.locator(".paper-lead").inner_text()
        shown = table(page)
        page.get_by_role("link", name="Ký biểu").click()
        assert table(page) == shown
        page.get_by_role("button", name="Tôi, local, ký biểu này").click()
        assert "local ký lúc" in page.locator(".lead").inner_text()
        assert re.search(r"/forms/signed/\d+", page.url)
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Tải đúng bản đã ký").click()
        file = tmp_path / "signed.xlsx"
        waiting.value.save_as(file)
    workbook = rows_of(file.read_bytes())
    assert {name: list(cells.values()) for name, cells in workbook.items()} == shown
    assert len(shown) > 5
    for cells in workbook.values():
        told = [cells[n] or 0 for n in range(3, 14)]
        assert told[0] == sum(told[1:4]) == told[4] + told[8]


def test_the_print_button_is_there_only_where_a_script_can_print(
    site: str, browser: Browser
) -> None:
    address = f"{site}{PAGES[2]}"
    with opened(browser, address) as page:
        assert page.get_by_role("button", name="In").is_visible()
    with opened(browser, address, java_script_enabled=False) as page:
        assert not page.get_by_role("button", name="In").is_visible()


@pytest.mark.parametrize(("address", "pages"), [(PAGES[2], 2), (PAGES[4], 3)])
def test_the_printed_form_is_a4_landscape_and_black_on_white(
    site: str, browser: Browser, address: str, pages: int
) -> None:
    with opened(browser, f"{site}{address}", color_scheme="dark") as page:
        pdf = page.pdf(prefer_css_page_size=True)
        page.emulate_media(media="print")
        assert not page.locator("header.top").is_visible()
        assert not page.get_by_role("link", name="Tải XLSX").is_visible()
        assert page.locator(".signature").is_visible()
        seen = "e => { const s = getComputedStyle(e); return [s.color, s.backgroundColor] }"
        assert page.locator(".paper").evaluate(seen) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert page.locator(".official td a").first.evaluate(seen)[0] == "rgb(0, 0, 0)"
        wide = "e => e.scrollWidth <= e.clientWidth"
        page.set_viewport_size({"width": 1046, "height": 711})  # A4 landscape less its margins
        assert page.locator(".paper .scroll").evaluate(wide)
    sheets = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert 1 <= len(sheets) <= pages
    assert {(round(float(w)), round(float(h))) for w, h in sheets} == {(842, 595)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_forms(site: str, browser: Browser, scheme: str) -> None:
    found: list[str] = []
    for place in PAGES:
        with opened(browser, f"{site}{place}", color_scheme=scheme) as page:
            found += [f"{place}: {line}" for line in violations(page)]
    assert found == []


def test_a_phone_scrolls_the_table_and_never_the_page(site: str, browser: Browser) -> None:
    for place in PAGES:
        with opened(browser, f"{site}{place}", viewport={"width": 390, "height": 844}) as page:
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, place
