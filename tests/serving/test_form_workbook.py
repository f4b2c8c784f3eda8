"""Workbooks of forms as another library reads them."""

import dataclasses

import pytest
from openpyxl.worksheet.worksheet import Worksheet
from starlette.testclient import TestClient

from serving.form.cell import harmless
from serving.form.csv_file import csv_of
from serving.form.workbook import Origin, write_workbook
from serving.service import Service
from tests.serving.spreadsheet import opened, rows_of, worked_out
from tests.serving.test_form import NOVEMBER, filled


def sheets(file: bytes) -> list[Worksheet]:
    return [sheet for sheet in opened(file).worksheets if isinstance(sheet, Worksheet)]


def test_the_sums_are_formulas_whose_kept_values_are_right(client: TestClient) -> None:
    file = client.get(f"/forms/II.06a.xlsx?{NOVEMBER}&agency=H60").content
    form, _, checks = sheets(file)
    assert form["C9"].value == "=D9+E9+F9"
    last = form.max_row
    while form[f"B{last}"].value != "Tổng cộng":
        last -= 1
    assert form[f"D{last}"].value == f"=SUM(D9:D{last - 1})"
    assert rows_of(file)["Tổng cộng"][3] == worked_out(form, f"C{last}")
    assert checks["B2"].value == "3 = 4 + 5 + 6"
    assert checks["C2"].value == "='Biểu'!C9-('Biểu'!D9+'Biểu'!E9+'Biểu'!F9)"
    assert {worked_out(checks, f"C{row}") for row in range(2, checks.max_row + 1)} == {0}


def test_the_sheet_prints_on_a4_landscape_as_wide_as_the_paper(client: TestClient) -> None:
    form = sheets(client.get(f"/forms/TH-2026.xlsx?{NOVEMBER}&agency=H60").content)[0]
    assert form.page_setup.orientation == "landscape"
    assert int(form.page_setup.paperSize or 0) == 9
    assert (form.page_setup.fitToWidth, form.page_setup.fitToHeight) in {(1, 0), (None, 0)}
    assert form.sheet_properties.pageSetUpPr is not None
    assert form.sheet_properties.pageSetUpPr.fitToPage
    assert "C5:J5" in {str(merged) for merged in form.merged_cells.ranges}
    assert form.column_dimensions["B"].width >= 18


def test_codes_stay_text(client: TestClient) -> None:
    form = sheets(client.get(f"/forms/II.06b.xlsx?{NOVEMBER}").content)[0]
    assert form["B9"].data_type == "s"
    assert str(form["B9"].value).startswith("1.0")


def test_the_form_of_the_ministry_of_justice_begins_in_its_second_column(
    client: TestClient,
) -> None:
    form = sheets(client.get(f"/forms/07a.xlsx?{NOVEMBER}&agency=H60").content)[0]
    assert (form["A5"].value, form["B5"].value, form["B9"].value) == (None, "TT", "1")


def test_the_second_sheet_tells_where_the_figures_come_from(client: TestClient) -> None:
    origin = sheets(client.get(f"/forms/II.06a.xlsx?{NOVEMBER}").content)[1]
    told = {str(row[0]): row[1] for row in origin.iter_rows(values_only=True)}
    assert told["Biểu"] == "II.06a/VPCP/KSTT"
    assert told["Độ đầy đủ của kỳ"] == "99,19% (123/124)"
    assert told["Từ ngày – đến ngày"] == "15/10/2026 – 14/11/2026"
    assert len(str(told["Dấu vân số liệu (SHA-256)"])) == 64
    assert str(told["Lượt chạy đứng sau kỳ này"]).startswith("123: ")


def test_the_same_figures_make_the_same_bytes(reading: Service) -> None:
    one = filled(reading, "II.06a", "field")
    again = filled(reading, "II.06a", "field")
    assert write_workbook(one, Origin("x", [1])) == write_workbook(again, Origin("x", [1]))


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1"])
def test_a_name_is_never_run_as_a_formula(reading: Service, name: str) -> None:
    one = filled(reading, "II.06a", "agency")
    spoilt = dataclasses.replace(one.rows[0], code=name, name_vi="")
    bad = dataclasses.replace(one, rows=[spoilt, *one.rows[1:]])
    form, _, checks = sheets(write_workbook(bad, Origin(name)))
    assert (form["B9"].value, form["B9"].data_type) == (harmless(name), "s")
    assert harmless(name) in str(form["A4"].value)
    assert checks["A2"].data_type in {"s", "n"}
    assert f"\n'{name}".replace("\n", "\r\n") in csv_of(bad) or f"\"'{name}" in csv_of(bad)


def test_a_dash_is_a_text_and_adds_nothing(client: TestClient) -> None:
    rows = rows_of(client.get(f"/forms/TH-2026.xlsx?{NOVEMBER}&agency=H60").content)
    assert {row[13] for row in rows.values()} == {None}


def test_the_english_workbook_speaks_english(client: TestClient) -> None:
    book = opened(client.get(f"/forms/II.06a.xlsx?{NOVEMBER}&lang=en").content)
    assert book.sheetnames == ["Form", "Origin", "Sums"]
