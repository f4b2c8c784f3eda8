"""Forms: their definitions, their figures, and how pages print them."""

import dataclasses
import gzip
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import html  # type: ignore[import-untyped]
from pydantic import ValidationError
from starlette.testclient import TestClient

from hub.period import Calendar, parse_period, span_of_days
from serving.form.asked import Asked
from serving.form.definition import Column, Definition, definitions, version_of
from serving.form.filling import Filled, fill, fill_by
from serving.form.header import full_labels, heads
from serving.form.schema_file import FILE, schema
from serving.service import Service
from warehouse.figures import form_06a
from warehouse.map import Basis

NOVEMBER = "period=2026-11&calendar=report"
FIRST, LAST = date(2026, 10, 15), date(2026, 11, 14)
SMALL: dict[str, Any] = {
    "form": "X",
    "code": "X/1",
    "title": {"vi": "a", "en": "a"},
    "authority": {"vi": "a", "en": "a"},
    "source": "a",
    "valid_from": "2020-01-01",
    "rows": {"agency": {"vi": "a", "en": "a"}},
    "unit": {"vi": "a", "en": "a"},
    "columns": [
        {"number": 1, "shows": "name"},
        {"number": 2, "label": {"vi": "a", "en": "a"}, "counters": ["received"]},
        {"number": 3, "label": {"vi": "a", "en": "a"}, "sum": [2]},
    ],
}


def asked(form: str, cut: Any, *, agency: str = "", basis: Basis = "reported") -> Asked:
    return Asked(
        form=form,
        cut=cut,
        agency=agency,
        period=parse_period("2026-11", Calendar.REPORT),
        calendar="report",
        basis=basis,
        basis_name=str(basis),
    )


def filled(service: Service, *about: Any, **more: Any) -> Filled:
    with service.snapshot() as conn:
        return fill(conn, asked(*about, **more))


def figures(page: str) -> dict[str, list[str]]:
    rows = html.fromstring(page).xpath("//table[contains(@class, 'official')]/tbody/tr")
    return {
        row.xpath("./th")[0].text.strip(): [c.text_content().strip() for c in row.xpath("./td")][1:]
        for row in rows
    }


def test_the_committed_schema_is_the_model_s() -> None:
    assert FILE.read_text() == schema()


@pytest.mark.parametrize("version", definitions())
def test_the_head_covers_every_column_and_row_exactly_once(version: str) -> None:
    one = definitions()[version]
    for cut in one.rows:
        lines = heads(one, cut, "vi")
        covered = Counter(
            (row + down, head.column + right)
            for row, line in enumerate(lines)
            for head in line
            for down in range(head.rows)
            for right in range(head.columns)
        )
        assert set(covered.values()) == {1}
        assert len(covered) == len(lines) * len(one.columns)


@pytest.mark.parametrize("version", definitions())
def test_a_column_that_no_feed_tells_says_why(version: str) -> None:
    for column in definitions()[version].columns:
        if column.missing:
            assert len(column.missing.vi) > 20
            assert len(column.missing.en) > 20


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"extra": 1}, "Extra inputs"),
        ({"identities": ["3 = 2 - 1"]}, "write a sum of columns"),
        ({"identities": ["3 = 2 + 9"]}, r"no column has these numbers: \[9\]"),
        ({"columns": [*SMALL["columns"][:2], SMALL["columns"][2] | {"sum": [3]}]}, "in a circle"),
        ({"columns": [SMALL["columns"][0], SMALL["columns"][2]]}, "numbered 1, 2, 3"),
        ({"columns": [*SMALL["columns"][:2], SMALL["columns"][2] | {"counters": ["received"]}]},
         "give one of"),
        ({"columns": [SMALL["columns"][0], SMALL["columns"][1] | {"counters": ["received_fax"]}]},
         "received_online_full"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_be_printed_is_refused(change: dict[str, Any], told: str) -> None:
    Definition.model_validate(SMALL)
    with pytest.raises(ValidationError, match=told):
        Definition.model_validate(SMALL | change)


def test_the_authority_of_a_form_is_data() -> None:
    told = {one.code: one.authority.vi for one in definitions().values()}
    assert told["II.06a/VPCP/KSTT"] == "Văn phòng Chính phủ"
    assert told["07a/BTP"] == "Bộ Tư pháp"


def test_a_form_of_2026_is_not_printed_for_2025(client: TestClient) -> None:
    assert version_of("07a", date(2026, 1, 31))[0] == "btp07a"
    answer = client.get("/forms/07a?period=2025-12&calendar=civil")
    assert (answer.status_code, answer.json()["code"]) == (400, "FORM-DAY")
    assert answer.json()["allowed"] == "2026-01-01 → …"


@pytest.mark.parametrize("basis", ["reported", "today", date(2025, 6, 30)])
def test_form_ii06a_by_agency_is_that_of_the_warehouse(reading: Service, basis: Basis) -> None:
    printed = filled(reading, "II.06a", "agency", basis=basis)
    with reading.snapshot() as conn:
        known = form_06a(conn, FIRST, LAST, basis)
    nothing = dict.fromkeys(range(3, 14), 0)
    told = {
        (row.code, row.mark): {n: cell or 0 for n, cell in row.cells.items()}
        for row in printed.rows
    }
    assert {k: v for k, v in told.items() if v != nothing} == {
        (row.agency, row.mark): row.columns for row in known if row.columns != nothing
    }
    names = {(row.agency, row.mark): row.name for row in known}
    assert all(row.name_vi == names[row.code, row.mark] for row in printed.rows)


def test_every_cut_has_the_same_total_and_every_sum_holds(reading: Service) -> None:
    by_agency = filled(reading, "II.06a", "agency")
    others = [filled(reading, "II.06a", "field"), filled(reading, "II.06a", "unit")]
    others += [filled(reading, "II.06b", "procedure"), filled(reading, "07a", "unit")]
    for other in others:
        assert other.total is not None
        assert by_agency.total is not None
        assert other.total.cells == by_agency.total.cells
        assert other.is_balanced
        assert len(other.checks) == 4 * (len(other.rows) + 1)


def test_rows_by_field_are_named_in_both_languages(client: TestClient) -> None:
    assert "Hộ tịch" in figures(client.get(f"/forms/II.06a?{NOVEMBER}").text)
    assert "Civil status" in figures(client.get(f"/forms/II.06a?{NOVEMBER}&lang=en").text)


def test_dossiers_that_await_documents_count_as_resolved_where_a_version_says_so(
    reading: Service,
) -> None:
    version, plain = version_of("II.06a", LAST)
    moved = plain.model_copy(update={"awaiting": "resolved"})
    with reading.snapshot() as conn, conn.cursor() as cursor:
        before = fill_by(conn, asked("II.06a", "agency"), version, plain).total
        after = fill_by(conn, asked("II.06a", "agency"), version, moved)
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE due_on < %(last)s) FROM mart.dossier_state"
            " WHERE status_id = 5 AND coalesce(received_on, submitted_on, day) <= %(last)s",
            {"last": LAST},
        )
        awaiting, late = cursor.fetchone() or (0, 0)
    assert before is not None
    assert after.total is not None
    assert awaiting > 0
    changed = {
        n: int(cell or 0) - int(before.cells[n] or 0)
        for n, cell in after.total.cells.items()
        if cell != before.cells[n]
    }
    expected = {7: awaiting, 9: awaiting, 11: -awaiting, 12: late - awaiting, 13: -late}
    assert changed == {n: by for n, by in expected.items() if by}
    assert after.is_balanced


def test_an_agency_that_gave_nothing_prints_dashes_and_never_zeros(writing: Service) -> None:
    with writing.connection() as conn, conn, conn.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger.expected (agency_code, feed, day, due_at)"
            " VALUES ('H14', 'dossiers', '2026-11-01', '2026-11-02')"
        )
    [row] = [r for r in filled(writing, "II.06a", "agency").rows if r.code == "H14"]
    assert set(row.cells.values()) == {None}
    assert row.name_vi == "Cao Bằng"


def test_the_page_says_which_sums_hold_what_is_missing_and_where(client: TestClient) -> None:
    text = client.get(f"/forms/II.06a?{NOVEMBER}&cut=agency").text
    assert "✓ Khớp 24/24 phép cộng" in text
    assert "Độ đầy đủ 99,19% (123/124 ngày-đơn vị)" in text
    assert "Thiếu ở: Hà Nội (1 ngày)" in text
    assert "Biểu II.06a/VPCP/KSTT – Tháng 11/2026" in text
    assert "từ ngày 15/10/2026 đến ngày 14/11/2026" in text
    assert "01/11/2026 – 30/11/2026" in text  # the same name in the other calendar
    assert "Như báo cáo" in text


def test_a_period_that_is_still_running_says_so(client: TestClient) -> None:
    assert "Kỳ chưa hết" in client.get("/forms/II.06a?period=2026-11&calendar=civil").text
    assert "Kỳ chưa hết" not in client.get(f"/forms/II.06a?{NOVEMBER}").text


def test_the_merger_is_marked_where_a_map_cannot_split_it(client: TestClient) -> None:
    text = client.get(f"/forms/II.06a?{NOVEMBER}&cut=agency&map=2025-06-30").text
    assert "H60 Tuyên Quang*" in figures(text)
    assert "* Số của đơn vị đã sáp nhập hoặc chia, không tách được" in text
    one = client.get(f"/forms/II.06a?{NOVEMBER}&cut=agency&map=2025-06-30&agency=H60").text
    assert "H60 Tuyên Quang*" in figures(one)
    assert "H26 Hà Nội" not in figures(one)


def test_what_no_feed_tells_is_a_dash_with_its_reason(client: TestClient) -> None:
    text = client.get(f"/forms/TH-2026?{NOVEMBER}&agency=H60").text
    total = figures(text)["Tổng cộng"]
    by_number = dict(enumerate(total, 3))
    told = {number for number, cell in by_number.items() if cell == "–"}
    assert told == {8, 13, 14, 17, 18, 23, 24, 25, 26, 27}
    assert "(13) (14) (17) (18) – Không luồng nào cho biết thư xin lỗi đã gửi" in text


def test_payments_of_the_form_of_2026_are_those_of_the_mart(reading: Service) -> None:
    total = filled(reading, "TH-2026", "agency", agency="H26").total
    with reading.snapshot() as conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT sum(payment_count), sum(payment_count) FILTER (WHERE method_id = 1)"
            " FROM mart.payment_flow JOIN core.dim_agency USING (agency_id)"
            " WHERE agency_code = 'H26' AND status_id = 2 AND day BETWEEN %s AND %s",
            (FIRST, LAST),
        )
        paid, online = cursor.fetchone() or (0, 0)
    assert total is not None
    assert paid > online > 0
    assert [total.cells[n] for n in (19, 20, 21)] == [paid, online, paid - online]


def test_targets_are_met_not_met_or_cannot_be_judged(client: TestClient) -> None:
    rows = html.fromstring(client.get("/forms/MT?period=2026-10&calendar=civil").text).xpath(
        "//table[contains(@class, 'official')]/tbody/tr"
    )
    told = [[c.text_content().strip() for c in row.xpath("./td|./th")] for row in rows]
    assert [(row[2], row[6]) for row in told] == [
        ("Cả nước", "100%"),
        ("Bộ", "80%"),
        ("Tỉnh", "60%"),
        ("Huyện", "30%"),
    ]
    assert told[3][5] == "–"
    assert told[3][7] == "– Chưa đủ số liệu để đánh giá"
    assert all(row[7] in {"✓ Đạt", "✕ Chưa đạt"} for row in told[:3] if row[5] != "–")


def test_a_form_of_many_rows_is_shown_page_by_page_with_the_total_of_all(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.form.paper.PAGE_ROWS", 7)
    address = f"/forms/II.06b?{NOVEMBER}"
    whole = client.get(f"/forms/II.06b.csv?{NOVEMBER}").text.split("\r\n")[1:-1]
    found: list[str] = []
    for number in range(1, 10):
        page = client.get(f"{address}&page={number}")
        if "Trang sau" not in page.text:
            break
        found += [name for name in figures(page.text) if name != "Tổng cộng"]
        assert figures(page.text)["Tổng cộng"][0] == f"{int(whole[-1].split(',')[2]):,}".replace(
            ",", "."
        )
    assert found == [line.split(",")[1] for line in whole[: len(found)]]
    assert len(found) == (len(whole) - 1) // 7 * 7


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/forms/II.99", 404, "FORM"),
        ("/forms/II.06a?cut=indicator", 400, "CUT"),
        ("/forms/MT?agency=H26", 400, "AGENCY"),
        ("/forms/signed/99", 404, "SIGNED-FORM"),
        ("/forms/signed/99.xlsx", 404, "SIGNED-FORM"),
        (f"/forms/II.06a/cell?{NOVEMBER}&column=99", 400, "CONFIG"),
        (f"/forms/II.06a/cell?{NOVEMBER}&column=2", 400, "COLUMN"),
        (f"/forms/II.06a/cell?{NOVEMBER}&column=3&row=nobody", 404, "ROW"),
        (f"/forms/II.06a/cell?{NOVEMBER}&column=3&of=H26&day=x", 400, "DAY"),
    ],
)
def test_an_address_that_asks_for_nothing_says_what_is_allowed(
    client: TestClient, address: str, status: int, code: str
) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("form", sorted({one.form for one in definitions().values()}))
def test_a_page_is_light(client: TestClient, form: str) -> None:
    body = client.get(f"/forms/{form}?{NOVEMBER}").content
    assert len(gzip.compress(body)) < 60_000  # beside 30 KB of fonts, style and script


def test_every_text_of_a_definition_is_in_both_languages() -> None:
    for path in Path("serving/form/definitions").glob("*.yaml"):
        assert "title" in yaml.safe_load(path.read_text())
    for one in definitions().values():
        for cut in one.rows:
            assert full_labels(one, cut, "vi") != full_labels(one, cut, "en")


def test_the_page_of_forms_names_every_form_and_every_key() -> None:
    told = Path("docs/forms.md").read_text(encoding="utf-8")
    keys = {*Definition.model_fields, *Column.model_fields}
    assert [key for key in sorted(keys) if f"`{key}`" not in told] == []
    for one in definitions().values():
        assert f"| `{one.form}` | {one.code} |" in told
        assert f"| {one.valid_from} |" in told


def test_a_span_of_days_is_printed_as_days(reading: Service) -> None:
    span = span_of_days(date(2026, 11, 1), date(2026, 11, 9))
    with reading.snapshot() as conn:
        told = fill(conn, dataclasses.replace(asked("II.06a", "agency"), period=span))
    assert told.coverage.expected == told.coverage.covered == 36
