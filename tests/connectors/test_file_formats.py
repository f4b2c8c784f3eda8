"""New provinces that drop files like none that is shipped: one YAML file each, no Python."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.agency import Agency
from connectors.connection import Connection
from connectors.drive import pull, replay
from connectors.source import Source, source_for
from connectors.yaml_file import read_model
from contracts.code_list import CodeLists
from contracts.errors import ContractBroken
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged, Outcome
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.test_conformance import drained
from tests.connectors.world import patience
from tests.unit.connectors.workbook import workbook

APRIL = Partition("H34", "work_files", date(2020, 4, 30))
HEAD = """\
code: "H34"
name: Tỉnh Kon Tum
kind: province
owner: Văn phòng UBND cấp tỉnh
feeds:
  work_files:
    connection: H34
    shape:
      kind: file_drop
"""

TCVN3 = """\
      options: {path: "bc/{MM}{yyyy}.txt"}
      format:
        {type: csv, encoding: tcvn3, delimiter: ";", header: 3, comment: "--", quote: "'"}
      fields:
        unit_code: Mã ĐV
        level: {path: Cấp, codes: {tỉnh: province, xã: commune}}
        files_total: {path: Số hồ sơ, thousands: "."}
        files_online: {path: Qua mạng, thousands: "."}
      ignore: [Ghi chú]
"""
NO_LABELS = """\
      options: {path: "out/{yyyy}{MM}{dd}.csv.zip"}
      format:
        type: csv
        zip: {member: "*/thang-*.csv"}
        header: 0
        columns: {cap: "[123]", don_vi: 'H[0-9.]+', tong: '\\d+', mang: '\\d+'}
      fields:
        unit_code: don_vi
        level: {path: cap, codes: {"1": ministry, "2": province, "3": commune}}
        files_total: tong
        files_online: mang
"""
SHEET = """\
      options: {path: "Q{q}/{yyyy}-{MM}.xlsx", totals: {rows: rows}}
      format:
        type: sheet
        header_rows: 2
        footer: {text: Cộng, totals: {rows: Đơn vị / Mã}, last: true}
      fields:
        unit_code: Đơn vị / Mã
        level: {path: Cấp hành chính, codes: {Tỉnh: province, Xã: commune}}
        files_total: {path: Hồ sơ / Tất cả, thousands: ".", decimal: ","}
        files_online: {path: Hồ sơ / Điện tử, thousands: ".", decimal: ","}
      ignore: [Đơn vị / Tên]
"""
LINES = """\
      options: {path: "export/{agency}/{yyyy}/{MM}.ndjson"}
      format: {type: ndjson}
      fields:
        unit_code: unit.id
        level: unit.tier
        files_total: n.all
        files_online: n.online
      ignore: [unit.name]
"""
ZIPPED_SHEET = SHEET.replace(".xlsx", ".zip").replace(
    "        type: sheet\n", '        type: sheet\n        zip: {member: "*.xlsx"}\n'
)


def _tcvn3() -> bytes:
    # "Mã ĐV;Cấp;Số hồ sơ;Qua mạng;Ghi chú" as ABC fonts write it
    lines = [
        "B¸o c¸o th¸ng 4",
        "-- xuÊt tõ m¸y chñ",
        "",
        "M· \u00a7V;CÊp;Sè hå s¬;Qua m¹ng;Ghi chó",
        "H34;tØnh;1.200;800;'x;y'",
        "H34.23.09;x·;90;7;NguyÔn V¨n A",
    ]
    return "\r\n".join(lines).encode("latin-1")


def _zip(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc-me.txt", "Xin chào")
        archive.writestr(name, data)
    return out.getvalue()


def _sheet(sheet: Any, _book: Any) -> None:
    sheet.merge_range(0, 1, 0, 5, "TỔNG HỢP HỒ SƠ CÔNG VIỆC")
    sheet.merge_range(2, 1, 2, 2, "Đơn vị")
    sheet.write_row(3, 1, ["Mã", "Tên"])
    sheet.merge_range(2, 3, 3, 3, "Cấp\nhành chính")
    sheet.merge_range(2, 4, 2, 5, "Hồ sơ")
    sheet.write_row(3, 4, ["Tất cả", "Điện tử"])
    sheet.write_row(4, 1, ["(1)", "(2)", "(3)", "(4)", "(5)"])
    sheet.write_row(5, 1, ["H34", "Tỉnh", "Tỉnh", "1.200", 800])
    sheet.write_row(6, 1, ["H34.23.09", "Nguyễn Văn A", "Xã", 90, "7"])
    sheet.write_row(8, 0, ["CỘNG:", 2, None, None, "1.290", 807])
    sheet.write(10, 3, "Người lập: Nguyễn Văn A")


_LINES = (
    '{"unit":{"id":"H34","tier":"province","name":"Tỉnh"},"n":{"all":1200,"online":800}}\n'
    '{"n":{"online":7,"all":90},"unit":{"id":"H34.23.09","tier":"commune","name":"Nguyễn Văn A"}}'
)
FILES: dict[str, tuple[str, str, bytes, str]] = {
    "csv in TCVN3": (TCVN3, "/bc/042020.txt", _tcvn3(), "text/plain"),
    "csv without labels in a zip": (
        NO_LABELS,
        "/out/20200430.csv.zip",
        _zip("du-lieu/thang-4.csv", b"2,H34,1200,800\n3,H34.23.09,90,7\n"),
        "application/zip",
    ),
    "sheet": (SHEET, "/Q2/2020-04.xlsx", workbook(_sheet), "application/octet-stream"),
    "sheet in a zip": (
        ZIPPED_SHEET,
        "/Q2/2020-04.zip",
        _zip("bc.xlsx", workbook(_sheet)),
        "application/zip",
    ),
    "ndjson": (LINES, "/export/H34/2020/04.ndjson", _LINES.encode(), "application/x-ndjson"),
}
Province = Callable[[str, str], Source]
every_file = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def province(tmp_path: Path) -> Province:
    def known(shape: str, url: str) -> Source:
        path = tmp_path / "h34_kon_tum.yaml"
        path.write_text(HEAD + shape, encoding="utf-8")
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 25
        here = Connection(url=url, networks=frozenset({"loopback"}))
        return source_for(read_model(path, Agency), "work_files", {"H34": here})

    return known


def judged(found: Source) -> tuple[Judged, list[Any]]:
    pages, declared = drained(pull(found, APRIL, patience=patience()))
    assert drained(replay(found, APRIL, iter(pages))) == (pages, declared)
    lists = CodeLists.load(APRIL.day)
    judge = Judge(load_contract("work_files"), found.source_map, APRIL, lists)
    for exchange in pages:
        judge.page(exchange.page)
    return judge.close(declared), pages


@every_file
def test_a_new_province_needs_one_file_of_at_most_25_lines(name: str, province: Province) -> None:
    shape, path, data, media = FILES[name]
    with FaultServer(answer(data, media=media)) as server:
        verdict, pages = judged(province(shape, server.url))
        assert [asked.target for asked in server.asked] == [path]
    assert (verdict.outcome, verdict.quarantine) == (Outcome.ACCEPT, ())
    columns = verdict.frame.columns
    assert columns["unit_code"].values == ["H34", "H34.23.09"]  # type: ignore[union-attr]
    assert columns["level"].tolist() == [2, 4]  # type: ignore[union-attr]
    assert columns["files_total"].tolist() == [1200, 90]  # type: ignore[union-attr]
    assert columns["files_online"].tolist() == [800, 7]  # type: ignore[union-attr]
    assert "Nguyễn" not in repr(pages)
    assert {exchange.page.unknown for exchange in pages} == {frozenset()}


@every_file
def test_a_web_page_in_place_of_the_file_is_refused(name: str, province: Province) -> None:
    shape, _, _, media = FILES[name]
    page = answer(b"<!doctype html><title>login</title>", media=media)
    with FaultServer(page) as server, pytest.raises(ContractBroken) as caught:
        judged(province(shape, server.url))
    assert caught.value.code == "NOT-DATA"


@every_file
def test_row_25_another_media_type_is_refused(name: str, province: Province) -> None:
    shape, _, data, _ = FILES[name]
    told = answer(data, media="image/png")
    with FaultServer(told) as server, pytest.raises(ContractBroken) as caught:
        judged(province(shape, server.url))
    assert caught.value.code == "CTYPE"


@every_file
def test_row_24_an_empty_file_is_no_day(name: str, province: Province) -> None:
    shape, _, _, media = FILES[name]

    def nothing(_asked: Asked) -> Any:
        return answer(b"", media=media)

    with FaultServer(nothing) as server:
        try:
            verdict, _ = judged(province(shape, server.url))
            codes = [reason.code for reason in verdict.reasons]
        except ContractBroken as error:
            codes = [error.code]
    assert codes == (["FORMAT"] if "zip" in name else ["EMPTY"])
