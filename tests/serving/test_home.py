"""Toàn cảnh: every sentence, badge and rank is computed, and coverage stands beside the figure."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from types import MappingProxyType
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient

from hub.period import Calendar, parse_period, previous
from serving.home_sentence import change, coverage_share, headline, map_heading, ranking_heading
from serving.service import Service
from serving.view import View
from tests.serving.axe import violations
from tests.serving.nation import NOW
from warehouse.figures import Coverage
from warehouse.index_definition import definition
from warehouse.indicator import IndicatorRow, compute
from warehouse.overview import Overview, overview
from warehouse.service_index import AgencyIndex, Scored

ALL_WEIGHT = 100_000
MONTH = parse_period("2026-11", Calendar.CIVIL)
VIEW = View(
    lang="vi",
    period=MONTH,
    calendar=Calendar.CIVIL,
    basis="reported",
    basis_name="reported",
    path="/",
    root="",
    query=MappingProxyType({}),
    until=date(2026, 11, 20),
    read_at=NOW,
)
ENGLISH = replace(VIEW, lang="en")


def words(text: str) -> str:
    """Return the words of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def row(code: str, value: str, target: str | None, **more: Any) -> IndicatorRow:
    is_met = None if target is None else Decimal(value) >= Decimal(target)
    made = IndicatorRow(
        indicator=code,
        name_vi="Tên",
        name_en="Name",
        level="all",
        first_day=MONTH.first,
        last_day=MONTH.last,
        value=Decimal(value),
        numerator=None,
        denominator=None,
        target=Decimal(target) if target else None,
        is_met=is_met,
        source="",
        coverage=Coverage(1, 1),
    )
    return replace(made, **more)


def agency(code: str, score: int | None, *, days: int = 30) -> AgencyIndex:
    one = definition().computed[0]
    points = None if score is None else Decimal(score) / 5
    scored = Scored(one, score, 100, points, points, Coverage(30, days))
    return AgencyIndex(code, f"Tỉnh {code}", "province", "", Coverage(30, days), (scored,))


def test_the_headline_counts_targets_and_names_the_furthest_from_its_own() -> None:
    rows = [
        row("ontime_counted_share", "96.8", "95"),
        row("level4_share", "17.97", "30"),
        row("online_payment_share", "41.5", "45"),
        row("work_files_online_share", "63.2", "60", level="province"),
        row("electronic_results_share", "5", None),
    ]
    told = (
        "2 trong 4 chỉ tiêu đạt; dịch vụ công mức độ 4, trung bình mới 17,97% so với mục tiêu 30%"
    )
    assert headline(VIEW, rows) == told
    assert headline(ENGLISH, rows[1:2]) == (
        "0 of 1 indicators meet their targets; services at level 4, mean: 17.97% against a target"
        " of 30%"
    )


def test_where_less_is_better_the_headline_says_what_is_left_too_much() -> None:
    over = row("level4_under_10_share", "40", "20", is_met=False)
    assert headline(VIEW, [over]) == "0 trong 1 chỉ tiêu đạt; tên còn 40% so với mục tiêu 20%"


def test_without_a_target_nothing_is_judged() -> None:
    told = "Chưa chỉ tiêu nào so được với mục tiêu trong kỳ này"
    assert headline(VIEW, [row("level4_share", "17.97", None)]) == told


def test_all_targets_met_is_said_so() -> None:
    rows = [row("level4_share", "31", "30"), row("online_payment_share", "90", "45")]
    assert headline(VIEW, rows) == (
        "2/2 chỉ tiêu đạt mục tiêu; sát mục tiêu nhất: dịch vụ công mức độ 4, trung bình 31% so với"
        " 30%"
    )


def test_coverage_is_100_percent_of_nothing_that_lacks_anything() -> None:
    assert coverage_share(VIEW, Coverage(100_000, 99_999)) == "99,9%"
    assert coverage_share(VIEW, Coverage(260, 257)) == "98,8%"


def test_a_change_has_its_sign_and_none_where_it_rounds_to_nothing() -> None:
    told = [change(Decimal(value), VIEW) for value in ("0.42", "-0.8", "2", "0.04")]
    assert told == ["+0,4", "−0,8", "+2", ""]


def test_the_ranking_says_who_leads_and_how_many_are_below_fair() -> None:
    rows = [agency("H01", 95), agency("H05", 69), agency("H12", 40)]
    placed = [replace(one, rank=n) for n, one in enumerate(rows, 1)]
    known = definition()
    assert ranking_heading(VIEW, known, placed) == "Tỉnh H01 dẫn đầu; 2 đơn vị dưới mức Khá"
    tied = [replace(one, rank=1) for one in rows[:2]]
    assert ranking_heading(ENGLISH, known, tied) == "Tỉnh H01, Tỉnh H05 lead together; 1 below Fair"
    assert ranking_heading(VIEW, known, rows).startswith("Chưa xếp hạng được")


def test_the_map_says_which_band_most_are_in_and_who_is_lowest() -> None:
    rows = [agency("H01", 95), agency("H05", 92), agency("H12", 40), agency("H13", 99, days=29)]
    placed = [replace(one, rank=n) for n, one in enumerate(rows[:3], 1)] + rows[3:]
    told = "2 trong 3 tỉnh, thành phố ở mức Xuất sắc; thấp nhất là Tỉnh H12"
    assert map_heading(VIEW, definition(), placed) == told


def test_who_is_missing_is_named_with_days_there_and_owed(client: TestClient) -> None:
    text = words(client.get("/").text)
    assert "Số liệu đủ 98,8%." in text
    names = "Bộ Công an (19/20 ngày), Hà Nội (19/20 ngày), Tuyên Quang (19/20 ngày)."
    assert f"Chưa đủ: {names} 2 đơn vị thiếu phần đứng sau điểm số" in text
    assert 'href="/completeness"' in client.get("/").text


def test_of_a_period_with_everything_the_banner_says_so(client: TestClient) -> None:
    text = words(client.get("/?period=2025-06").text)
    assert "Số liệu đủ 100%: mọi đơn vị đã có mọi phần đến hạn (201 phần)." in text


def test_a_running_period_says_up_to_which_day_it_is_known(client: TestClient) -> None:
    text = words(client.get("/").text)
    assert "Tháng 11/2026 (01/11/2026 – 30/11/2026) · số liệu đến hết 20/11/2026" in text


def test_every_card_has_value_coverage_and_verdict(client: TestClient) -> None:
    text = words(client.get("/").text)
    assert "Hồ sơ đồng bộ trong kỳ 1.481 chưa có kỳ trước để so · ◌ 79/80 phần" in text
    assert (
        "Xử lý công việc trên mạng (cấp bộ) 81,95% ✓ Đạt mục tiêu 80%"
        " chưa có kỳ trước để so · Tháng 10/2026 · đủ số liệu"
    ) in text
    assert "Giải quyết đúng hạn 90,12% không có mục tiêu" in text
    told = "2/2 chỉ tiêu đạt mục tiêu; sát mục tiêu nhất: xử lý công việc trên mạng (cấp bộ) 81,95%"
    assert told in text


def test_what_has_no_data_is_named_and_not_shown_as_zero(client: TestClient) -> None:
    text = words(client.get("/").text)
    assert "Chưa có dữ liệu: Dịch vụ công mức độ 4, trung bình; Nền tảng chia sẻ" in text
    assert "Dịch vụ công mức độ 4, trung bình 0%" not in text


def test_the_reporting_calendar_compares_with_as_many_days_before(client: TestClient) -> None:
    text = words(client.get("/?period=2026-12&calendar=report").text)
    assert "Tháng 12/2026 (15/11/2026 – 14/12/2026) · số liệu đến hết 20/11/2026" in text
    assert "so với cùng số ngày kỳ trước" in text


def test_who_lacks_a_day_is_dashed_and_unranked_with_its_days(client: TestClient) -> None:
    text = client.get("/").text
    line = words(text[text.index('<tr class="unranked">') : text.index("</tbody>")])
    assert (
        line
        == "◌ không xếp hạng Tuyên Quang 83,5 · 20/21 ngày ◌ không xếp hạng Hà Nội 81,9 · 20/21 ngày"
    )
    assert text.count('<rect class="dashed"') == 2
    assert "Chưa xếp hạng được: không đơn vị nào đủ số liệu" in text


def test_the_ministries_are_ranked_by_a_switch_in_the_address(client: TestClient) -> None:
    text = words(client.get("/?rank=ministry").text)
    assert "Bộ Công an dẫn đầu; 1 đơn vị dưới mức Khá" in text
    assert "1 Bộ Công an 85,7 2 Văn phòng Chính phủ 66,3" in text


def test_the_map_shows_the_country_since_the_merger_and_says_why_not_before(
    client: TestClient,
) -> None:
    after = client.get("/?period=2025-07").text
    assert "Quần đảo Hoàng Sa (TP. Đà Nẵng)" in after
    assert "Quần đảo Trường Sa (tỉnh Khánh Hòa)" in after
    assert "<title>Hà Nội: 88,6 (Tốt)</title>" in after
    for query in ("period=2025-06", "period=2025-07&map=2025-06-30"):
        before = client.get(f"/?{query}").text
        assert 'class="tiles"' not in before
        assert "Bản đồ ô là của 34 tỉnh, thành phố từ 01/07/2025" in before
    assert 'class="tiles"' in client.get("/?period=2025-06&map=today").text


def test_on_each_map_the_figures_stand_with_its_own_units(client: TestClient) -> None:
    text = words(client.get("/?period=2025-06").text)
    assert "1 Hà Nội 70,7 2 Hà Giang 65,4 3 Tuyên Quang 61,5" in text
    assert "Hà Giang" not in client.get("/?period=2025-06&map=today").text
    divided = words(client.get("/?period=2025-07&map=2025-06-30").text)
    assert "Tuyên Quang 94,7 · không tách được" in divided


def test_the_page_is_there_in_english(client: TestClient) -> None:
    text = words(client.get("/?lang=en&period=2025-06").text)
    assert "3 of 3 indicators meet their targets" in text
    assert (
        "The data is complete: every agency gave everything that is due (201 partitions)." in text
    )
    assert "Hà Nội leads; 2 below Fair" in text
    assert "Average: 2 of 3 provinces; Tuyên Quang is lowest" in text


def test_a_period_to_come_owes_nothing(client: TestClient) -> None:
    text = words(client.get("/?period=2027-05").text)
    assert "Kỳ này chưa có phần số liệu nào đến hạn." in text
    assert "Chưa chỉ tiêu nào so được với mục tiêu" in text
    assert "Hồ sơ đồng bộ trong kỳ –" in text


def country_of(reading: Service, name: str) -> Overview:
    period = parse_period(name, Calendar.CIVIL)
    past = previous(period, Calendar.CIVIL)
    with reading.snapshot() as conn:
        return overview(conn, (period.first, period.last), (past.first, past.last))


@pytest.mark.parametrize("name", ["2026-11", "2025-07", "2025-06"])
def test_a_card_says_what_the_indicator_says_of_the_same_days(reading: Service, name: str) -> None:
    country = country_of(reading, name)
    for card in country.cards:
        one = card.row
        with reading.snapshot() as conn:
            plain = compute(conn, one.first_day, one.last_day, codes=[one.indicator])
        assert one in plain


def test_the_days_of_a_line_add_up_to_the_period(reading: Service) -> None:
    country = country_of(reading, "2026-11")
    assert sum(value or 0 for value in country.submitted_line[-20:]) == country.submitted == 1481


def test_a_month_s_line_ends_at_the_card_s_value(reading: Service) -> None:
    for card in country_of(reading, "2026-11").cards:
        if card.is_monthly and card.line:
            assert card.line[-1] == card.row.value


@contextmanager
def opened(
    browser: Browser, url: str, *, width: int = 1440, scheme: Any = "light"
) -> Iterator[Page]:
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    try:
        page.goto(url)
        yield page
    finally:
        page.close()


@pytest.mark.parametrize("path", ["/", "/?period=2025-06&rank=ministry", "/index-766?agency=H26"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_nothing_is_in_a_reader_s_way(
    site: str, browser: Browser, path: str, width: int, scheme: str
) -> None:
    with opened(browser, site + path, width=width, scheme=scheme) as page:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_leader_changes_period_and_map_and_no_request_leaves_the_machine(
    site: str, browser: Browser
) -> None:
    with opened(browser, site) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.get_by_label("Kỳ", exact=True).fill("2025-06")
        page.get_by_label("Bản đồ").select_option("today")
        page.get_by_role("button", name="Xem").click()
        assert page.url == f"{site}/?period=2025-06&calendar=civil&map=today"
        assert page.get_by_role("img", name="tỉnh, thành phố ở mức").is_visible()
        page.get_by_text("Bản đồ bằng bảng").click()
        assert page.get_by_role("cell", name="Hà Nội 70,7").is_visible()
        page.get_by_role("link", name="Bộ, ngành").click()
        assert page.get_by_role("rowheader", name="Văn phòng Chính phủ").is_visible()
        page.get_by_role("link", name="cách tính").click()
        assert page.get_by_role("heading", level=1).inner_text().startswith("Chỉ số phục vụ")
        assert asked
        assert all(url.startswith(site) for url in asked)


@pytest.mark.parametrize("path", ["/?map=today", "/index-766?agency=H26"])
def test_a_page_weighs_at_most_100_kb_on_the_wire(site: str, browser: Browser, path: str) -> None:
    page = browser.new_page()
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    weights: list[float] = []
    wire.on("Network.loadingFinished", lambda told: weights.append(told["encodedDataLength"]))
    page.goto(site + path, wait_until="networkidle")
    page.close()
    assert len(weights) >= 6  # the page, two style sheets, two fonts, one script
    assert sum(weights) <= ALL_WEIGHT


def test_the_page_works_without_script(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    page.get_by_label("Kỳ", exact=True).fill("2025-07")
    page.get_by_role("button", name="Xem").click()
    assert "Tháng 07/2025" in page.inner_text("main")
    context.close()
