"""BAD_INPUT rows 59 and 61 to 67: what a workbook may hold, and what becomes of it."""

import datetime as dt
import io
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from connectors.decode import Body
from connectors.decode_sheet import SheetDecoder
from connectors.format import Footer, SheetFormat
from contracts.errors import ContractBroken
from contracts.page import Page
from contracts.source_map import SourceField, SourceMap
from tests.unit.connectors.workbook import changed, lines, workbook

FIELDS = SourceMap(
    fields={
        "unit_code": SourceField(path="Mã đơn vị"),
        "files": SourceField(path="Tổng số", thousands=".", decimal=","),
        "day": SourceField(path="Ngày", format="dd/MM/yyyy"),
    },
    ignore=("STT",),
)
HEAD = ["Mã đơn vị", "Tổng số", "Ngày"]
SHEET = "xl/worksheets/sheet1.xml"
MOST = 64 * 2**20


def pages(data: bytes, fields: SourceMap = FIELDS, most: int = MOST, **shape: Any) -> list[Page]:
    decoder = SheetDecoder(fields, SheetFormat(type="sheet", **shape), most)
    return list(decoder.pages(Body([data])))


def one(data: bytes, **shape: Any) -> Page:
    (page,) = pages(data, **shape)
    return page


def refused(data: bytes, **shape: Any) -> tuple[str, str]:
    with pytest.raises(ContractBroken) as caught:
        pages(data, **shape)
    return caught.value.code, caught.value.seen


def broken(page: Page) -> list[tuple[int, str]]:
    return [(row.row, row.code) for row in page.broken]


def test_a_plain_sheet_is_read_by_its_labels() -> None:
    page = one(lines(["STT", *HEAD, "Lạ"], [1, "H26", 1234, "30/04/2020", "x"]))
    assert page.columns == {"Mã đơn vị": ["H26"], "Tổng số": [1234], "Ngày": ["30/04/2020"]}
    assert page.unknown == {"Lạ"}
    assert (len(page.digest), page.size > 0) == (64, True)


def test_labels_are_found_below_titles_and_right_of_a_blank_column() -> None:
    data = workbook(
        lambda sheet, _: [
            sheet.merge_range(1, 1, 1, 4, "BÁO CÁO THÁNG 4"),
            sheet.write(2, 2, "Đơn vị: hồ sơ"),
            sheet.write_row(5, 2, ["Ngày", " Mã\nđơn vị ", "Tổng số"]),
            sheet.write_row(6, 2, ["30/04/2020", "H26", 7]),
        ]
    )
    page = one(data)
    assert page.columns == {"Mã đơn vị": ["H26"], "Tổng số": [7], "Ngày": ["30/04/2020"]}
    assert refused(data, search_rows=5) == ("CSV-HEADER", "none in the first 5 lines")


MERGED = SourceMap(
    fields={
        "unit": SourceField(path="Đơn vị"),
        "online": SourceField(path="Tiếp nhận / Trực tuyến"),
        "direct": SourceField(path="Tiếp nhận / Trực tiếp"),
        "done": SourceField(path="Giải quyết / Trực tuyến"),
    },
    ignore=("STT",),
)


def _two_rows(sheet: Any, _book: Any) -> None:
    sheet.merge_range(0, 0, 0, 4, "Mẫu II.06a")
    sheet.merge_range(2, 1, 3, 1, "STT")
    sheet.merge_range(2, 2, 3, 2, "Đơn vị")
    sheet.merge_range(2, 3, 2, 4, "Tiếp nhận")
    sheet.write_row(3, 3, ["Trực tuyến", "Trực tiếp"])
    sheet.write(2, 5, "Giải quyết")
    sheet.write(3, 5, "Trực tuyến")
    sheet.write_row(4, 1, ["(1)", "(2)", "(3)", "(4)", "(5)=(3)+(4)"])
    sheet.write_row(5, 1, [1, "Sở Y tế", 10, 20, 30])
    sheet.write_row(7, 1, [2, "Sở Tư pháp", 1, 2, 3])
    sheet.merge_range(8, 1, 8, 2, "TỔNG CỘNG")
    sheet.write_row(8, 3, ["11", "1.234", "1.234,0"])
    sheet.write(10, 2, "Người lập biểu")


def test_row_59_a_merged_header_its_numbers_blank_lines_totals_and_signatures() -> None:
    rule = Footer(
        text="Tổng cộng",
        totals={"online": "Tiếp nhận / Trực tuyến", "direct": "Tiếp nhận / Trực tiếp"},
        last=True,
    )
    page = pages(workbook(_two_rows), MERGED, header_rows=2, footer=rule)[0]
    assert page.columns["Đơn vị"] == ["Sở Y tế", "Sở Tư pháp"]
    assert page.columns["Tiếp nhận / Trực tiếp"] == [20, 2]
    assert page.columns["Giải quyết / Trực tuyến"] == [30, 3]
    assert page.envelope == {"online": 11, "direct": "1.234"}


def test_row_59_a_total_is_read_in_the_number_format_of_its_column() -> None:
    rule = Footer(text="Cộng", totals={"rows": "Tổng số"}, digits=1)
    data = lines(HEAD, ["H26", "1.234,5"], ["Cộng:", "1.234,5"])
    page = one(data, footer=rule)
    assert (page.columns["Tổng số"], page.envelope) == (["1.234,5"], {"rows": 12345})


def test_numbers_come_as_written_in_the_column_s_own_format() -> None:
    data = lines(HEAD, ["H26", 1234.5], ["01", 0.1 + 0.2], [7, 1e20], [True, 12])
    page = one(data)
    assert page.columns["Tổng số"] == ["1234,5", "0,3", "1e+20", 12]
    assert page.columns["Mã đơn vị"] == ["H26", "01", 7, True]


def test_row_61_a_declared_dimension_past_the_cap_is_refused_before_reading() -> None:
    data = changed(
        lines(HEAD, ["H26", 1]),
        {SHEET: lambda xml: re.sub(b'ref="[^"]*"', b'ref="A1:XFD1048576"', xml)},
    )
    assert refused(data) == ("XLSX-DIM", "declared A1:XFD1048576")


def test_row_61_cells_far_apart_are_refused_whatever_is_declared() -> None:
    data = changed(
        lines(HEAD, ["H26", 1]),
        {SHEET: lambda xml: xml.replace(b'r="B2"', b'r="XFD1048576"')},
    )
    assert refused(data)[0] == "XLSX-DIM"
    endless = b"<row r='3'>" + b"<c/>" * 17_000 + b"</row></sheetData>"
    data = changed(lines(HEAD), {SHEET: lambda xml: xml.replace(b"</sheetData>", endless)})
    assert refused(data)[0] == "XLSX-DIM"
    assert refused(lines(HEAD, *[["H26", 1]] * 40), max_cells=100)[0] == "XLSX-DIM"


def test_row_62_a_formula_never_computed_breaks_its_row() -> None:
    def fill(sheet: Any, _book: Any) -> None:
        sheet.write_row(0, 0, ["Lạ", *HEAD])
        sheet.write_row(1, 1, ["H01", 1])
        sheet.write(2, 1, "H02")
        sheet.write_formula(2, 2, "=1+1", None, 2)
        sheet.write(3, 1, "H03")
        sheet.write_formula(3, 2, "=1+2")
        sheet.write(4, 1, "H04")
        sheet.write_formula(4, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(5, 0, "=1+3")
        sheet.write_row(5, 1, ["H05", 5])
        sheet.write(6, 1, "H06")
        sheet.write_formula(6, 2, '=""', None, "")

    def as_excel_saves(xml: bytes) -> bytes:
        return xml.replace(b'r="C7"', b'r="C7" t="str"').replace(b"1+2</f><v>0</v>", b"1+2</f>")

    uncomputed = changed(workbook(fill), {SHEET: as_excel_saves})
    page = one(uncomputed)
    assert broken(page) == [(2, "XLSX-FORMULA"), (3, "XLSX-FORMULA")]
    assert page.columns["Tổng số"] == [1, 2, None, None, 5, ""]
    assert page.broken[0].seen == "no value in Tổng số"
    saved_by_a_library = changed(
        uncomputed, {SHEET: lambda xml: xml.replace(b"<f>1+2</f>", b"<f>1+2</f><v></v>")}
    )
    assert broken(one(saved_by_a_library)) == [(2, "XLSX-FORMULA"), (3, "XLSX-FORMULA")]


@pytest.mark.parametrize(
    "part",
    [
        "xl/vbaProject.bin",
        "xl/embeddings/oleObject1.bin",
        "xl/activeX/activeX1.xml",
        "xl/externalLinks/externalLink1.xml",
        "xl/macrosheets/sheet1.xml",
    ],
)
def test_row_63_what_is_more_than_data_is_refused(part: str) -> None:
    assert refused(changed(lines(HEAD), {part: b"x"})) == ("XLSX-ACTIVE", part)


def test_row_63_links_to_other_files_are_refused_and_hyperlinks_are_not() -> None:
    link = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="x/%s" TargetMode="External" Target="http://a.example/"/>'
        b"</Relationships>"
    )
    place = "xl/worksheets/_rels/sheet1.xml.rels"
    assert refused(changed(lines(HEAD), {place: link % b"oleObject"})) == (
        "XLSX-ACTIVE",
        "an external oleObject",
    )
    assert one(changed(lines(HEAD, ["H26"]), {place: link % b"hyperlink"})).rows == 1
    macro = changed(
        lines(HEAD),
        {"[Content_Types].xml": lambda xml: xml.replace(b"sheet.main", b"sheet.macroEnabled.main")},
    )
    assert refused(macro)[0] == "XLSX-ACTIVE"


def test_row_64_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    zeros = changed(lines(HEAD), {"xl/media/a.bin": b"0" * 20_000_000})
    assert refused(zeros)[0] == "ZIP-BOMB"
    assert refused(lines(HEAD), most=1_000)[0] == "ZIP-BOMB"


def test_a_part_with_a_document_type_is_refused() -> None:
    typed = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "x">]>'
    for part in (SHEET, "xl/workbook.xml"):
        data = changed(
            lines(HEAD, ["H26"]), {part: lambda xml: typed + xml[xml.index(b"?>") + 2 :]}
        )
        assert refused(data)[0] == "XML-DTD"


def test_row_66_another_kind_of_workbook_than_declared_is_refused() -> None:
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    locked = compound + "EncryptedPackage".encode("utf-16-le")
    assert refused(compound)[0] == "FORMAT"
    assert refused(locked)[0] == "FORMAT"
    assert refused(locked, workbook="xls") == ("FORMAT", "a locked workbook")
    assert refused(compound, workbook="xls")[0] == "FORMAT"
    assert refused(lines(HEAD), workbook="xls") == ("FORMAT", "no compound file")
    assert refused(b"Ma,Tong\n1,2\n")[0] == "FORMAT"
    assert refused(compound + "_VBA_PROJECT".encode("utf-16-le"), workbook="xls")[0] == (
        "XLSX-ACTIVE"
    )


def test_row_66_an_archive_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("a.csv", "a,b")
    assert refused(out.getvalue())[0] == "FORMAT"
    assert refused(changed(lines(HEAD), {SHEET: b"<worksheet"}))[0] == "FORMAT"
    assert refused(lines(HEAD), sheet="Phụ lục")[0] == "FORMAT"


def _dated(sheet: Any, book: Any) -> None:
    day = book.add_format({"num_format": "d/m/yy"})
    sheet.write_row(0, 0, HEAD)
    sheet.write_row(1, 0, ["H01", 1])
    sheet.write_datetime(1, 2, dt.datetime(2020, 4, 30), day)  # noqa: DTZ001 - cells know no zone
    sheet.write_row(2, 0, ["H02", 1, "30/04/2020"])
    sheet.write_row(3, 0, ["H03", 1, 43951])
    sheet.write_row(4, 0, ["H04", 1])
    sheet.write_number(4, 2, 60, day)


def test_row_67_a_cell_that_is_a_date_is_written_in_the_column_s_format() -> None:
    page = one(workbook(_dated))
    assert page.columns["Ngày"] == ["30/04/2020", "30/04/2020", 43951, "29/02/1900"]
    serial = SourceMap(fields={"day": SourceField(path="Ngày", format="serial")})
    (page,) = pages(workbook(_dated), serial)
    assert page.columns["Ngày"] == ["43951", "30/04/2020", 43951, "60"]


def test_row_67_days_counted_from_1904_are_read_by_declaration_only() -> None:
    data = workbook(_dated, date_1904=True)
    assert refused(data) == ("FORMAT", "days counted from 1904")
    assert one(data, dates="1904").columns["Ngày"][:2] == ["30/04/2020", "30/04/2020"]
    assert refused(workbook(_dated), dates="1904") == ("FORMAT", "days counted from 1900")


def test_row_47_a_sheet_under_an_old_font_is_read_by_declaration() -> None:
    data = lines(["M· ®¬n vÞ", "Tæng sè"], ["Së Y tÕ", 3])
    assert refused(data)[0] == "CSV-HEADER"
    assert one(data, font="tcvn3").columns["Mã đơn vị"] == ["Sở Y tế"]
    assert broken(one(lines(["Maõ ñôn vò"], ["ù"]), font="vni")) == [(0, "ENCODING-ROW")]


def test_the_first_sheet_that_is_shown_is_read_or_the_one_that_is_named() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.hide()
        sheet.write_row(0, 0, HEAD)
        shown = book.add_worksheet("Tháng 4")
        shown.write_row(0, 0, HEAD)
        shown.write_row(1, 0, ["H26", 4])
        shown.activate()
        other = book.add_worksheet("Tháng 5")
        other.write_row(0, 0, HEAD)
        other.write_row(1, 0, ["H26", 5])

    assert one(workbook(fill)).columns["Tổng số"] == [4]
    assert one(workbook(fill), sheet="Tháng 5").columns["Tổng số"] == [5]


def test_a_label_found_twice_is_refused() -> None:
    assert refused(lines(["Mã đơn vị", "Tổng số", "Tổng số"])) == ("CSV-HEADER", "Tổng số")


def test_a_sheet_without_lines_is_a_page_without_rows() -> None:
    assert one(lines(HEAD)).rows == 0
    assert one(b"").rows == 0
    assert refused(lines())[0] == "CSV-HEADER"


@pytest.mark.parametrize("count", [4999, 5000, 5001])
def test_blocks_lose_nothing_at_their_edges(count: int) -> None:
    found = pages(lines(HEAD, *[["H26", n] for n in range(count)]))
    assert [n for page in found for n in page.columns["Tổng số"]] == list(range(count))
    assert [bool(page.digest) for page in found] == [False] * (len(found) - 1) + [True]


def test_text_of_other_languages_passes_untouched() -> None:
    texts = ["ສະບາຍດີ", "សួស្តី", "déjà vu", "越南", "😀 họp"]
    assert one(lines(HEAD, *[[text] for text in texts])).columns["Mã đơn vị"] == texts


XLS = (Path(__file__).parent / "data" / "report.xls").read_bytes()
"""Written by another library; ``Cộng`` is a formula that it never computed."""
OLD = SourceMap(
    fields={
        "unit": SourceField(path="Mã đơn vị"),
        "total": SourceField(path="Hồ sơ / Tổng số", decimal=","),
        "online": SourceField(path="Hồ sơ / Trực tuyến"),
        "day": SourceField(path="Ngày", format="dd/MM/yyyy"),
    }
)


def test_row_66_a_workbook_of_before_2007_is_read_where_it_is_declared() -> None:
    rule = Footer(text="Tổng cộng", totals={"total": "Hồ sơ / Tổng số"}, digits=1)
    (page,) = pages(XLS, OLD, workbook="xls", header_rows=2, footer=rule)
    assert page.columns == {
        "Mã đơn vị": ["H26", "H26.01"],
        "Hồ sơ / Tổng số": [1234, "90,5"],
        "Hồ sơ / Trực tuyến": ["1.200", 7],
        "Ngày": ["30/04/2020", "29/04/2020"],
    }
    assert page.envelope == {"total": 13245}
    assert refused(XLS)[0] == "FORMAT"
    assert refused(XLS, workbook="xls", max_cells=10)[0] == "XLSX-DIM"


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_workbook_is_refused_or_read_and_never_ends_its_reader_s_process(
    seed: int,
) -> None:
    chance = random.Random(seed)
    damaged = bytearray(XLS)
    for _ in range(20):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    try:
        pages(bytes(damaged), OLD, workbook="xls", header_rows=2)
    except ContractBroken as error:
        assert error.code in {"FORMAT", "CSV-HEADER", "XLSX-DIM", "XLSX-ACTIVE"}  # noqa: PT017
