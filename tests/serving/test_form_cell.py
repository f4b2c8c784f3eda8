"""Every cell explains itself, down to the received records."""

from datetime import date, timedelta
from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from hub.settings import Settings
from serving.form import backing
from serving.form.backing import Member
from serving.form.definition import version_of
from serving.service import Service
from tests.acceptance.nation import Sandbox
from tests.serving.test_form import LAST, NOVEMBER, asked, filled
from tests.warehouse.given import accepted, dossiers, loaded, noted, partition
from warehouse.archive import Archive
from warehouse.database import Connection

TOTAL = Member("", "", is_total=True)


def cell_cases() -> list[tuple[str, Any, int]]:
    cases: list[tuple[str, Any, int]] = []
    for form, cut in (("II.06a", "agency"), ("TH-2026", "unit")):
        columns = version_of(form, LAST)[1].figures
        cases += [(form, cut, c.number) for c in columns if not c.missing]
    return cases


@pytest.mark.parametrize(("form", "cut", "number"), cell_cases())
def test_the_agencies_days_and_records_of_a_cell_add_up_to_it(
    reading: Service, form: str, cut: Any, number: int
) -> None:
    question = asked(form, cut)
    definition = version_of(form, LAST)[1]
    columns = backing.simple_columns(definition, definition.column(number))
    printed = filled(reading, form, cut)
    row = next(r for r in printed.rows if r.code.startswith("H60"))
    member = Member(row.code, row.mark, is_total=False)
    assert printed.total is not None
    with reading.snapshot() as conn:
        whole = backing.parts(conn, question, columns, TOTAL)
        assert sum(part.count for part in whole) == printed.total.cells[number]
        days = backing.parts(conn, question, columns, member, agency="H60")
        assert sum(part.count for part in days) == row.cells[number]
        for part in days[:3]:
            assert part.day is not None
            found = backing.records(conn, question, columns, member, agency="H60", day=part.day)
            assert sum(record.weight for record in found) == part.count
            assert all(record.run and record.manifest for record in found)


def test_by_field_and_procedure_cells_add_up_too(reading: Service) -> None:
    for form, cut in (("II.06a", "field"), ("II.06b", "procedure")):
        printed = filled(reading, form, cut, agency="G01")
        definition = version_of(form, LAST)[1]
        columns = backing.simple_columns(definition, definition.column(3))
        for row in printed.rows:
            member = Member(row.code, row.mark, is_total=False)
            with reading.snapshot() as conn:
                question = asked(form, cut, agency="G01")
                [part] = backing.parts(conn, question, columns, member)
            assert part.count == row.cells[3]


def test_a_record_leads_to_its_row_in_the_archive(
    reading: Service, place: tuple[Sandbox, Settings]
) -> None:
    definition = version_of("II.06a", LAST)[1]
    day, columns = date(2026, 11, 6), [definition.column(4)]
    with reading.snapshot() as conn:
        found = backing.records(
            conn, asked("II.06a", "agency"), columns, TOTAL, agency="H26", day=day
        )
    assert found
    archive = Archive(str(place[1].state / "archive"))
    for record in found:
        pages = [page for _, page, _ in archive.read(archive.landing(record.manifest))]
        accepted = [at for page in pages for at in page.columns.get("acceptedDate", [])]
        told = str(accepted[record.row_number])
        assert told[:10] in {"2026-11-05", "2026-11-06"}  # UTC of a day in Asia/Ho_Chi_Minh


def test_a_cell_leads_by_links_from_the_form_to_the_records(client: TestClient) -> None:
    form = html.fromstring(client.get(f"/forms/II.06a?{NOVEMBER}&cut=agency").text)
    [row] = form.xpath("//tr[th[starts-with(normalize-space(), 'H26')]]")
    address = row.xpath("./td/a/@href")[6]
    figure = row.xpath("./td/a")[6].text
    by_agency = html.fromstring(client.get(address).text)
    assert f"Ô (9) của “H26 Hà Nội”: {figure}" in by_agency.xpath("string(//h1)")
    [deeper] = by_agency.xpath("//tbody/tr/th/a/@href")
    by_day = html.fromstring(client.get(deeper).text)
    days = by_day.xpath("//tbody/tr")
    assert sum(int(day.xpath("string(./td[1])")) for day in days) == int(figure)
    records = html.fromstring(client.get(days[0].xpath("./th/a/@href")[0]).text)
    assert records.xpath("//tbody/tr/td[last()]/code/text()")[0].startswith("runs/H26/dossiers/")
    assert len(records.xpath("//tbody/tr")) == int(days[0].xpath("string(./td[1])"))


def test_a_sum_names_its_columns_and_a_dash_its_reason(client: TestClient) -> None:
    text = client.get(f"/forms/II.06a/cell?{NOVEMBER}&column=7&cut=agency").text
    assert "Ô này là tổng các cột" in text
    assert "(8) Số lượng hồ sơ đã giải quyết / Trước hạn" in text
    text = client.get(f"/forms/TH-2026/cell?{NOVEMBER}&column=13&agency=H60").text
    assert "Không luồng nào cho biết thư xin lỗi" in text


def test_an_indicator_s_cell_tells_what_was_divided(client: TestClient) -> None:
    address = "/forms/MT/cell?period=2026-10&calendar=civil&row=work_files_online_share/ministry"
    assert "Tử số" in client.get(f"{address}&column=6").text


def test_a_record_received_long_before_its_step_is_found(
    warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, late = date(2026, 3, 2), date(2026, 11, 6)
    long_ago = {"code": "A", "received": came, "due": late - timedelta(1)}
    loaded(warehouse, partition(came), accepted(dossiers([long_ago])))
    soon = {"code": "B", "received": late - timedelta(20), "due": late - timedelta(1)}
    loaded(warehouse, partition(late - timedelta(20)), accepted(dossiers([soon])))
    searched = noted(monkeypatch, backing, "form.records")
    column = version_of("II.06a", LAST)[1].column(13)

    def found(day: date) -> list[date]:
        told = backing.records(
            warehouse, asked("II.06a", "agency"), [column], TOTAL, agency="H26", day=day
        )
        return [record.day for record in told]

    assert found(late) == [came, late - timedelta(20)]
    assert [one["since_day"] for one in searched] == [late - backing.NEAR, date.min]
    searched.clear()
    assert found(date(2026, 11, 7)) == []
    assert [one["since_day"] for one in searched] == [date(2026, 11, 7) - backing.NEAR]
