"""Cách ly: why rows were put aside, what to do, and what a change frees."""

import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, expect
from starlette.requests import Request
from starlette.testclient import TestClient

from hub.cli.main import invoke
from hub.registry import read_registry
from serving.app import create_app
from serving.cause import masked
from serving.quarantine_file import write_workbook
from serving.service import Service
from serving.view import View, view_of
from serving.word import words
from tests.docs.page import page as document
from tests.serving.axe import violations
from tests.serving.dom import read
from tests.serving.test_backfill import confirm
from warehouse.database import connect
from warehouse.quarantine import Reason

SPAN = "from=2026-11-01&to=2026-11-20"
PAGE = f"/quarantine?{SPAN}"
STATUS = f"agency=H26&feed=dossiers&rule=status.drift_enum&code=DRIFT-ENUM&{SPAN}"


def test_the_heading_counts_rows_once_and_causes(client: TestClient) -> None:
    assert read(client, PAGE).one("h1").text == "18 dòng đang cách ly, 10 nguyên nhân"


def test_without_quarantine_the_page_says_so(client: TestClient) -> None:
    page = read(client, "/quarantine?from=2026-11-20&to=2026-11-20&agency=G22")
    assert page.one("h1").text == "Không dòng nào đang cách ly"
    assert page.select("a.button") == []


def test_the_counts_are_those_of_the_rows_themselves(client: TestClient, reading: Service) -> None:
    page = read(client, PAGE)
    shown = Counter(
        {
            (row.select("td")[2].select("a")[0].text, row.select("code")[0].text): int(
                row.select("td")[0].text
            )
            for row in page.select(".causes tbody tr")
        }
    )
    counted: Counter[tuple[str, str]] = Counter()
    with closing(connect(reading.url)) as conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT agency_code, violations FROM ledger.quarantine"
            " WHERE day BETWEEN '2026-11-01' AND '2026-11-20'"
        )
        for agency, broken in cursor:
            name = reading.registry.agency(agency).name
            counted.update((name, one["rule"]) for one in broken)
    # one rule of one name stands in two feeds of Hà Nội: the page has a line for each
    feeds = [row.select("td")[2].one("span").text for row in page.select(".causes tbody tr")]
    assert len(feeds) == 11
    del counted["Thành phố Hà Nội", "status.drift_enum"]
    del shown["Thành phố Hà Nội", "status.drift_enum"]
    assert shown == counted


def test_a_cause_stands_in_plain_words_with_rule_example_and_cure(client: TestClient) -> None:
    lines = [
        [td.text for td in row.select("td")]
        for row in read(client, PAGE).select(".causes tbody tr")
    ]
    assert lines[0] == [
        "3",
        "Mã thủ tục hành chính: thiếu giá trị bắt buộc REQUIRED",
        "Thành phố Hà Nội Hồ sơ · 3 ngày, mới nhất 17/11/2026",
        "procedure_code.required a value",
        "(trống)",
        "Điền trường này ở hệ thống nguồn rồi gửi lại ngày đó.",
        "Chạy lại XLSX",
    ]
    order = next(line for line in lines if "submitted_before_received" in line[3])
    assert order[1] == "Ngày tiếp nhận trước ngày nộp LOGIC"
    status = next(line for line in lines if "status.drift_enum" in line[3] and "Hồ sơ" in line[2])
    assert status[1].startswith("Trạng thái hồ sơ: nguồn có mã ngoài danh mục đóng")
    assert status[4] == "99"
    assert "ánh xạ nó trong tệp đơn vị" in status[5]


def test_the_most_rows_stand_first(client: TestClient) -> None:
    rows = read(client, PAGE).select(".causes tbody tr")
    counts = [int(row.select("td")[0].text) for row in rows]
    assert counts == sorted(counts, reverse=True)


def test_one_agency_feed_and_cause_are_chosen(client: TestClient) -> None:
    page = read(client, f"/quarantine?{STATUS}")
    assert page.one("h1").text == "3 dòng đang cách ly, 1 nguyên nhân"
    page = read(client, f"/quarantine?agency=G01&{SPAN}")
    assert page.one("h1").text == "1 dòng đang cách ly, 1 nguyên nhân"


def test_a_page_that_is_no_number_is_refused(client: TestClient) -> None:
    answer = client.get("/quarantine?page=x")
    assert (answer.status_code, answer.json()["code"]) == (400, "PAGE")


def test_the_workbook_has_every_reason_as_text(client: TestClient) -> None:
    answer = client.get(f"/quarantine.xlsx?{SPAN}")
    assert answer.status_code == 200
    assert 'filename="cach-ly-20261101-20261120.xlsx"' in answer.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    head, *lines = list(sheet.iter_rows())
    assert [cell.value for cell in head][:5] == [
        "Mã bản ghi",
        "Ngày",
        "Nguyên nhân",
        "Giá trị",
        "Trường",
    ]
    assert len(lines) == 18
    assert {cell.data_type for line in lines for cell in line} <= {"s", "n"}
    assert all(isinstance(cell.value, str | None) for line in lines for cell in line)
    told = [[cell.value for cell in line] for line in lines]
    status = [line for line in told if line[12] == "status.drift_enum" and line[8] == "Hồ sơ"]
    assert [line[1] for line in status] == ["2026-11-11", "2026-11-12", "2026-11-16"]
    assert {line[3] for line in status} == {"99"}
    assert {line[6] for line in status} == {"H26"}
    assert all(re.fullmatch(r"000\.00\.\d\d\.H26-\d{6}-\d{4,5}", str(line[0])) for line in status)
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDE"]
    assert min(widths) > 8


def test_a_group_has_a_workbook_of_its_own(client: TestClient) -> None:
    answer = client.get(f"/quarantine.xlsx?lang=en&{STATUS}")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert len(lines) == 1 + 3
    assert lines[0][:3] == ("Record id", "Period", "What is wrong")
    assert "quarantine-H26-DRIFT-ENUM-" in answer.headers["content-disposition"]


def test_what_looks_like_a_formula_stays_a_text(reading: Service, tmp_path: Path) -> None:
    values = {"code": "=cmd|' /C calc'!A0"}
    reason = Reason(
        "H26",
        "dossiers",
        date(2026, 11, 3),
        4,
        values,
        "status.drift_enum",
        "DRIFT-ENUM",
        "status",
        '=HYPERLINK("http://evil.test")',
        "=1+1",
    )
    path = tmp_path / "q.xlsx"
    assert write_workbook(path, _view(reading), reading.registry, [reason]) == 1
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    cells = next(iter(sheet.iter_rows(min_row=2)))
    assert cells[3].value == '=HYPERLINK("http://evil.test")'
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    assert cells[0].value == "=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("001099012345", "001…"),
        ("0912345678", "091…"),
        ("lan@example.vn", "…@…"),
        ("20260915091636", "20260915091636"),
        ("000.00.01.H24-261123-0001", "000.00.01.H24-261123-0001"),
        ("x" * 80, "x" * 60 + "…"),
        ("", ""),
    ],
)
def test_no_example_shows_what_may_be_a_person_s_number(seen: str, expected: str) -> None:
    assert masked(seen) == expected


def test_every_reason_code_has_its_words_and_they_are_those_of_the_documentation() -> None:
    rows = re.findall(
        r"^\| ([A-Z0-9-]+) \| ([^|]+) \| ([^|]+) \|", document("errors.md"), re.MULTILINE
    )
    told = {f"cause.{code}": (_plain(vi), _plain(en)) for code, vi, en in rows}
    kept = {key: (text.vi, text.en) for key, text in words().items() if key.startswith("cause.")}
    assert kept == told


def test_every_reason_for_quarantine_or_refusal_says_how_to_mend_it() -> None:
    rows = re.findall(
        r"^\| ([A-Z0-9-]+) \| [^|]+ \| [^|]+ \| (row|day)[^|]* \|$",
        document("errors.md"),
        re.MULTILINE,
    )
    data = document("errors.md").partition("## Dữ liệu trái hợp đồng")[2]
    data_codes = [code for code, _ in rows if f"| {code} |" in data]
    assert len(data_codes) > 20
    assert [code for code in data_codes if f"fix.{code}" not in words()] == []


def test_redriving_an_unchanged_rule_frees_nothing_and_says_so(writer: TestClient) -> None:
    plan = read(writer, f"/plan/redrive?{STATUS}")
    assert plan.one("h1").text == "Giải cách ly: sẽ chạy 3 phần"
    told = confirm(writer, f"/plan/redrive?{STATUS}")
    assert (told.outcome["freed"], told.outcome["outcomes"]) == (0, {"unchanged": 3})
    assert told.subject == "H26/dossiers/* status.drift_enum DRIFT-ENUM"
    page = read(writer, f"/actions/{told.action_id}")
    assert "Không dòng nào được giải phóng" in page.one(".lead").text


@pytest.fixture
def mapped(writing: Service, tmp_path: Path) -> Iterator[Service]:
    """Give a service whose Hà Nội has since been told what status 99 means."""
    assert writing.settings.agencies is not None
    agencies = tmp_path / "agencies"
    shutil.copytree(writing.settings.agencies, agencies)
    (path,) = agencies.glob("h26_*.yaml")
    text = path.read_text("utf-8").replace(
        "dossiers: {system: one_stop_rest, connection: H26}",
        'dossiers: {system: one_stop_rest, connection: H26, codes: {status: {"99": processing}}}',
    )
    assert "processing" in text
    path.write_text(text, "utf-8")
    settings = writing.settings.model_copy(update={"agencies": agencies})
    service = Service(
        settings, writing.url, writing.access, read_registry(agencies), clock=writing.clock
    )
    yield service
    service.close()


def test_a_code_that_was_mapped_since_frees_its_rows(mapped: Service) -> None:
    headers = {"Origin": "http://hub.test"}
    with TestClient(create_app(mapped), base_url="http://hub.test", headers=headers) as asking:
        assert read(asking, PAGE).one("h1").text.startswith("18 dòng")
        told = confirm(asking, f"/plan/redrive?{STATUS}")
        outcome = told.outcome
        assert (outcome["freed"], outcome["outcomes"]) == (3, {"loaded": 3})
        page = read(asking, f"/actions/{told.action_id}")
        assert "3 dòng được giải phóng" in page.one(".lead").text
        assert read(asking, f"/quarantine?fresh=1&{SPAN}").one("h1").text == (
            "15 dòng đang cách ly, 9 nguyên nhân"
        )


def test_the_command_line_frees_the_same_rows(
    mapped: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = mapped.settings
    monkeypatch.setenv("HUB_STATE", str(settings.state))
    monkeypatch.setenv("HUB_DATABASE_URL", mapped.url)
    monkeypatch.setenv("HUB_AGENCIES", str(settings.agencies))
    monkeypatch.setenv("HUB_CONNECTIONS", str(settings.connections_file))
    asked = ["redrive", "--from", "2026-11-01", "--to", "2026-11-20", "--agency", "h26"]
    asked += ["--rule", "status.drift_enum", "--feed", "dossiers", "--json"]
    assert invoke([*asked, "--plan-only"]) == 0
    steps = ["H26/dossiers/2026-11-11", "H26/dossiers/2026-11-12", "H26/dossiers/2026-11-16"]
    assert json.loads(capsys.readouterr().out)["steps"] == steps
    assert invoke([*asked, "--yes"]) == 0
    assert json.loads(capsys.readouterr().out)["freed"] == 3


def test_an_operator_redrives_a_cause_by_clicks(working_site: str, browser: Browser) -> None:
    with closing(browser.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(f"{working_site}{PAGE}")
        page.get_by_role("link", name=re.compile("^Chạy lại: Trạng thái hồ sơ")).first.click()
        page.get_by_role("button", name="Xác nhận, chạy 3 phần").click()
        done = page.get_by_role("heading", name="Giải cách ly: xong cả 3 phần")
        expect(done).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Không dòng nào được giải phóng")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_in_a_browser(
    site: str, browser: Browser, tmp_path: Path, scheme: str, width: int
) -> None:
    with closing(
        browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    ) as context:
        page = context.new_page()
        page.goto(f"{site}{PAGE}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
        with page.expect_download() as given:
            page.get_by_role("link", name="Tải XLSX tất cả").click()
        assert given.value.suggested_filename == "cach-ly-20261101-20261120.xlsx"
        picture = tmp_path / "quarantine.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 20_000


def _view(service: Service) -> View:
    app = create_app(service)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/quarantine",
        "query_string": b"",
        "headers": [],
        "app": app,
    }
    return view_of(Request(scope))


def _plain(text: str) -> str:
    """Return a cell of the documentation as a sentence begins."""
    text = text.strip().replace("`", "")
    return text[0].upper() + text[1:]
