"""Độ đầy đủ: the matrix says who lacks what, worst first, and leads to what mends it."""

import re
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from contracts.partition import ZONE, Partition
from hub.matrix import completeness
from hub.registry import Registry
from serving.access import Person
from serving.app import create_app
from serving.service import Service
from serving.span import MAX_DAYS
from tests.serving.axe import violations
from tests.serving.dom import Tree, read
from tests.serving.nation import FAILED, MISSING, NOW, REJECTED
from warehouse import ledger
from warehouse.database import connect
from warehouse.shown import Shown, shown

SPAN = "from=2026-11-01&to=2026-11-20"
PAGE = f"/completeness?{SPAN}"


def names(page: Tree) -> list[str]:
    return [a.text for a in page.select("a.name")]


def heading(page: Tree) -> str:
    return page.one("h1").text


def test_the_heading_counts_the_agencies_that_lack_data(client: TestClient) -> None:
    page = read(client, PAGE)
    assert heading(page) == "3 đơn vị cần xử lý"
    lead = page.select(".lead")[0].text
    assert "20 ngày (01/11/2026 – 20/11/2026)" in lead
    assert "257 trong 260 phần phải có đã có (98,8%)" in lead


def test_the_heading_names_the_only_one(client: TestClient) -> None:
    page = read(client, "/completeness?from=2026-11-10&to=2026-11-10")
    assert heading(page) == "1 đơn vị cần xử lý: Thành phố Hà Nội"


def test_the_heading_says_when_nothing_is_lacking(client: TestClient) -> None:
    page = read(client, "/completeness?from=2026-11-01&to=2026-11-09&lang=en")
    assert heading(page) == "No agency lacks data"


def test_the_worst_stand_first(client: TestClient) -> None:
    assert names(read(client, PAGE)) == [
        "Thành phố Hà Nội",
        "Tỉnh Tuyên Quang",
        "Bộ Công an",
        "Văn phòng Chính phủ",
    ]


def test_a_row_tells_its_share_and_its_faults(client: TestClient) -> None:
    row = read(client, PAGE).select("#a-H26 tr")[0]
    assert [td.text for td in row.select("td.num")] == ["98,3%", "1"]


def test_only_cells_with_a_problem_are_links(client: TestClient) -> None:
    page = read(client, PAGE)
    assert not page.select("td.loaded a, td.late a, td.not_due a")
    (missing,) = page.select("td.missing a")
    assert missing.text == "✕"
    assert missing.get("href") == f"/agencies/H26?{SPAN}&day=2026-11-10#2026-11-10"
    assert [a.text for a in page.select("td.failed a")] == ["↯"]
    assert [a.text for a in page.select("td.rejected a")] == ["⊘"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=province", ["Thành phố Hà Nội", "Tỉnh Tuyên Quang"]),
        ("kind=ministry", ["Bộ Công an", "Văn phòng Chính phủ"]),
        ("state=rejected", ["Bộ Công an"]),
        ("state=running", []),
    ],
)
def test_rows_are_chosen_by_kind_and_by_state(
    client: TestClient, query: str, expected: list[str]
) -> None:
    assert names(read(client, f"{PAGE}&{query}")) == expected


def test_an_agency_is_opened_by_its_address(client: TestClient) -> None:
    page = read(client, f"{PAGE}&open=H26")
    feeds = [th.text for th in page.select("#a-H26 .feed th")]
    assert feeds == ["Hồ sơ", "Thanh toán", "Văn bản"]
    (cell,) = page.select("#a-H26 .feed td.missing a")
    assert cell.get("href") == "/agencies/H26/dossiers/2026-11-10"
    (close,) = page.select("#a-H26 .opener")
    assert close.get("aria-expanded") == "true"
    assert "open=" not in close.get("href")


def test_a_merged_agency_stands_only_in_its_days(client: TestClient) -> None:
    before = names(read(client, "/completeness?from=2025-06-25&to=2025-06-30"))
    after = names(read(client, "/completeness?from=2025-07-01&to=2025-07-06"))
    assert "Tỉnh Hà Giang" in before
    assert "Tỉnh Hà Giang" not in after


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=x", "DAY"),
        ("from=2026-11-02&to=2026-11-01", "SPAN"),
        ("kind=x", "QUERY"),
        ("state=x", "QUERY"),
    ],
)
def test_an_address_that_nobody_understands_says_so(
    client: TestClient, query: str, code: str
) -> None:
    answer = client.get(f"/completeness?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_by_default_the_last_31_days_are_shown_and_today_is_not_due(client: TestClient) -> None:
    page = read(client, "/completeness")
    days = [th.text for th in page.select("thead th")][1:-3]
    assert (len(days), days[0], days[-1]) == (31, "22/10", "21")
    last = [row.select("td")[30] for row in page.select("tbody tr")]
    assert {td.get("class") for td in last} == {"not_due"}


def test_a_chosen_period_is_kept_and_a_long_one_is_cut(client: TestClient) -> None:
    page = read(client, "/completeness?period=2026-11")
    assert "20/11/2026" not in heading(page)
    assert len(page.select("thead th")) == 21 + 4
    page = read(client, "/completeness?period=2026")
    assert len(page.select("thead th")) == MAX_DAYS + 4
    assert "Chỉ hiện 92 ngày cuối" in page.select(".lead")[0].text


def test_a_reader_sees_the_matrix_without_the_buttons(reading: Service) -> None:
    reader = Person("lan", frozenset({"reader"}))
    service = Service(
        reading.settings, reading.url, lambda _: reader, reading.registry, clock=reading.clock
    )
    with TestClient(create_app(service)) as asking:
        text = asking.get(PAGE).text
        assert "3 đơn vị cần xử lý" in text
        assert "/plan/" not in text
        assert "/actions" not in text
    service.close()


def test_a_version_after_the_clock_is_late_until_then_it_is_loaded(reading: Service) -> None:
    agency = reading.registry.agency("H26")
    registry = Registry({"H26": agency}, Path())
    day = date(2026, 11, 3)
    due = datetime(2026, 11, 4, 8, 0, tzinfo=ZONE)

    def state(whole_at: datetime, state: str = "loaded") -> str:
        known = [Shown("H26", "dossiers", day, state, whole_at)]
        matrix = completeness(registry, known, (day, day), NOW, frozenset({"dossiers"}))
        return matrix.rows[0].worst[day]

    assert state(due) == "loaded"
    assert state(due + timedelta(seconds=1)) == "late"
    assert state(due + timedelta(seconds=1), "quarantine") == "quarantine"


def test_running_a_day_again_does_not_make_it_late(writing: Service) -> None:
    where = Partition("H26", "documents", date(2026, 11, 3))
    with closing(connect(writing.url)) as conn:
        before = {s for s in shown(conn, where.day, where.day, "H26") if s.feed == where.feed}
        token = ledger.claim(conn, where, contract="documents/1.0.0", reason="manual")
        ledger.close(conn, token, "unchanged")
        after = {s for s in shown(conn, where.day, where.day, "H26") if s.feed == where.feed}
    assert before == after
    assert len(before) == 1


def test_what_the_ledger_shows_of_the_three_faults(reading: Service) -> None:
    with closing(connect(reading.url)) as conn:
        states = {
            Partition(s.agency, s.feed, s.day): s.state
            for s in shown(conn, date(2026, 11, 1), date(2026, 11, 20))
        }
    assert MISSING not in states
    assert (states[FAILED], states[REJECTED]) == ("failed", "rejected")


def test_the_page_is_light(client: TestClient) -> None:
    answer = client.get(f"{PAGE}&open=H26,H60,G01,G22")
    assert int(answer.headers["content-length"]) < 100_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_matrix_in_a_browser(
    site: str, browser: Browser, tmp_path: Path, scheme: str, width: int
) -> None:
    with closing(
        browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    ) as context:
        page = context.new_page()
        asked, told = [], []
        page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
        page.on("console", lambda message: told.append(message.text))
        page.goto(f"{site}{PAGE}")
        page.get_by_role("link", name="Tách luồng: Thành phố Hà Nội").click()
        expect(page.get_by_role("link", name="Hồ sơ, 10/11: Thiếu, quá hạn")).to_be_visible()
        assert page.url == f"{site}{PAGE}"  # opened in place
        page.get_by_role("link", name="Gộp luồng: Thành phố Hà Nội").click()
        expect(page.get_by_role("row", name=re.compile("^Hồ sơ"))).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
        picture = tmp_path / "completeness.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 20_000
        assert set(asked) == {urlsplit(site).netloc}
        assert [text for text in told if "404" not in text] == []
