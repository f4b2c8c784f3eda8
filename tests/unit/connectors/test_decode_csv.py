"""BAD_INPUT section C, rows 46-60: what a delimited file may hold, and what becomes of it."""

import io
import unicodedata
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.decode import Body
from connectors.decode_csv import CsvDecoder
from connectors.format import CsvFormat, Footer
from contracts.errors import ContractBroken
from contracts.page import Page
from contracts.source_map import SourceField, SourceMap


def pages(body: bytes | str, chunk: int = 7, **shape: Any) -> list[Page]:
    data = body if isinstance(body, bytes) else body.encode()
    found = SourceMap(
        fields={"a": SourceField(path="a"), "b": SourceField(path="b")}, ignore=("c",)
    )
    decoder = CsvDecoder(found, CsvFormat(type="csv", **shape))
    stream = io.BytesIO(data)
    return list(decoder.pages(Body(iter(lambda: stream.read(chunk), b""))))


def one(body: bytes | str, **shape: Any) -> Page:
    (page,) = pages(body, **shape)
    return page


def refused(body: bytes | str, **shape: Any) -> str:
    with pytest.raises(ContractBroken) as caught:
        pages(body, **shape)
    return caught.value.code


def broken(page: Page) -> list[tuple[int, str]]:
    return [(row.row, row.code) for row in page.broken]


def test_row_46_a_byte_order_mark_is_taken_off() -> None:
    assert one(b"\xef\xbb\xbfa,b\n1,2\n").columns == {"a": ["1"], "b": ["2"]}


def test_row_47_another_encoding_than_declared_breaks_rows_or_the_file() -> None:
    text = "a,b\nHà Nội,1\n"
    assert broken(one(text.encode("cp1258", "replace"))) == [(0, "ENCODING-ROW")]
    assert refused("a,b,Địa\n".encode("utf-16")) == "ENCODING"
    assert refused(b"a,b,\xd0\xe1\n1,2,3\n") == "ENCODING"


def test_row_48_utf_16_is_read_where_it_is_declared() -> None:
    assert one("a,b\nHà Nội,1\n".encode("utf-16"), encoding="utf-16").columns["a"] == ["Hà Nội"]
    assert refused(b"a,b\n1,2\n3", encoding="utf-16") == "ENCODING"


def test_row_47_windows_1258_is_read_where_it_is_declared() -> None:
    assert one("a,b\nĐà,1\n".encode("cp1258"), encoding="windows-1258").columns["a"] == ["Đà"]


def test_row_49_an_invalid_byte_breaks_its_row_in_any_column() -> None:
    page = one(b"a,b,c\n1,2,3\n4,\xff,6\n7,8,\xfe\n9,9,9\n")
    assert broken(page) == [(1, "ENCODING-ROW"), (2, "ENCODING-ROW")]
    assert page.columns == {"a": ["1", None, None, "9"], "b": ["2", None, None, "9"]}
    assert page.broken[0].seen == "byte 0xff in b"


def test_row_49_far_into_the_file_the_row_is_still_named() -> None:
    lines = [b"%d,x" % n for n in range(12_000)]
    lines[7000] = b"7000,\xff"
    found = pages(b"a,b\n" + b"\n".join(lines) + b"\n", chunk=4096)
    assert [page.rows for page in found] == [5000, 5000, 2000]
    assert [broken(page) for page in found] == [[], [(2000, "ENCODING-ROW")], []]


def test_row_50_a_nul_breaks_its_row() -> None:
    assert broken(one(b"a,b\n1,2\n3,\x004\n")) == [(1, "NUL")]


def test_row_51_a_quote_never_closed_refuses_the_file() -> None:
    assert refused('a,b\n1,2\n3,"4\n5,6\n7,8\n') == "CSV-QUOTE"


def test_row_51_a_quote_that_swallows_more_than_a_field_may_hold_refuses_the_file() -> None:
    assert refused('a,b\n1,"2\n' + "3,4\n" * 50_000, chunk=65536) == "CSV-QUOTE"


def test_row_51_a_quote_that_swallows_lines_up_to_another_refuses_the_file() -> None:
    assert refused('a,b\n1,"2\n3,4\n5,"6"\n') == "CSV-QUOTE"


def test_row_52_a_stray_quote_breaks_its_row() -> None:
    page = one('a,b\n1,2\n"3"x,4\n5,6\n"multi\nline",7\n"8"y,9\n10,11\n')
    assert broken(page) == [(1, "CSV-QUOTE"), (4, "CSV-QUOTE")]
    assert page.columns["a"] == ["1", None, "5", "multi\nline", None, "10"]


def test_row_53_ragged_rows_are_broken() -> None:
    page = one("a,b\n1\n1,2\n1,2,3\n")
    assert broken(page) == [(0, "CSV-WIDTH"), (2, "CSV-WIDTH")]
    assert page.broken[1].seen == "3 columns"
    assert page.rows == 3


def test_row_54_the_delimiter_is_the_declared_one() -> None:
    assert one("a;b\n1,5;2\n", delimiter=";").columns["a"] == ["1,5"]
    assert refused("a;b\n1;2\n") == "CSV-DIALECT"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_row_55_any_line_end_and_any_mixture_is_read(end: str) -> None:
    assert one(f"a,b{end}1,2{end}3,4\n5,6\r\n").columns["a"] == ["1", "3", "5"]


def test_row_56_a_field_too_long_breaks_its_row() -> None:
    page = one("a,b\n1," + "x" * 200_000 + "\n3,4\n", chunk=65536)
    assert (broken(page), page.columns["a"]) == ([(0, "TOO-LONG")], [None, "3"])


def test_row_57_a_backslash_dot_line_is_data() -> None:
    assert one("a,b\n\\.,1\n2,3\n").columns["a"] == ["\\.", "2"]


@pytest.mark.parametrize(
    "header", ["a,a,b", "a,,b", "x,y,z", ",,\ntitle,,\na,b,c", "Báo cáo,,\n,,\na,b,c"]
)
def test_row_58_a_header_must_label_every_column_once(header: str) -> None:
    assert refused(f"{header}\n1,2,3\n") == "CSV-HEADER"


def test_header_labels_are_trimmed_and_may_come_in_any_order() -> None:
    page = one("b ,a \n1,2\n")
    assert page.columns == {"a": ["2"], "b": ["1"]}


def test_a_mapped_column_that_is_missing_is_absent_in_every_row() -> None:
    page = one("a,new\n1,2\n")
    assert page.columns == {"a": ["1"], "b": [None]}
    assert page.unknown == {"new"}


def test_row_59_a_total_line_is_dropped_by_rule_and_kept_as_a_total() -> None:
    rule = Footer(text="Tổng cộng", totals={"footer": "b"})
    page = one("a,b\n1,2\n3,4\nTổng cộng:,6\n", footer=rule)
    assert (page.rows, page.envelope) == (2, {"footer": 6})
    assert one("a,b\n1,2\nTổng cộng:,6\n").rows == 2


def test_row_60_a_formula_is_kept_as_it_is() -> None:
    assert one('a,b\n"=HYPERLINK(""x"")",+1\n').columns["a"] == ['=HYPERLINK("x")']


def test_blank_lines_are_skipped_only_where_the_system_says_so() -> None:
    text = "a,b\n1,2\n\n,\n3,4\n"
    assert one(text, blank_lines="skip").columns["a"] == ["1", "3"]
    assert broken(one(text)) == [(1, "CSV-WIDTH")]


def test_an_empty_file_is_a_page_without_rows() -> None:
    assert [page.rows for page in pages(b"")] == [0]


def test_a_last_line_without_end_is_read() -> None:
    assert one("a,b\n1,2").columns["a"] == ["1"]


@pytest.mark.parametrize("rows", [4999, 5000, 5001, 10_000])
def test_blocks_lose_nothing_at_their_edges(rows: int) -> None:
    found = pages("a,b\n" + "".join(f"{n},x\n" for n in range(rows)), chunk=65536)
    assert [value for page in found for value in page.columns["a"]] == [str(n) for n in range(rows)]
    assert [bool(page.digest) for page in found] == [False] * (len(found) - 1) + [True]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("tcvn3", "a,b\nM\u00adêng Kh\u00ad¬ng,Hµ Néi\n".encode("latin-1")),
        ("vni", "a,b\nMöôøng Khöông,Haø Noäi\n".encode("latin-1")),
        ("windows-1258", "a,b\nMươ\u0300ng Khương,Ha\u0300 Nô\u0323i\n".encode("cp1258")),
        ("utf-16", "a,b\nMường Khương,Hà Nội\n".encode("utf-16")),
    ],
)
def test_row_47_a_legacy_encoding_is_read_where_it_is_declared(encoding: str, text: bytes) -> None:
    page = one(text, encoding=encoding)
    assert page.columns == {"a": ["Mường Khương"], "b": ["Hà Nội"]}
    with pytest.raises(ContractBroken) as caught:
        pages(text.replace(b"a", b"\xb5", 1), encoding="utf-8")
    assert caught.value.code == "ENCODING"


def test_row_47_legacy_bytes_declared_as_utf_8_break_their_rows() -> None:
    for text in ("Hµ Néi", "Haø Noäi"):
        assert broken(one(b"a,b\nx,1\n" + text.encode("latin-1") + b",2\n")) == [
            (1, "ENCODING-ROW")
        ]


def test_row_47_labels_of_a_legacy_encoding_are_those_of_the_system() -> None:
    found = SourceMap(fields={"unit": SourceField(path="Mã đơn vị")})
    decoder = CsvDecoder(found, CsvFormat(type="csv", encoding="tcvn3", delimiter=";"))
    (page,) = decoder.pages(Body(["M· ®¬n vÞ;x\nH26;1\n".encode("latin-1")]))
    assert page.columns == {"Mã đơn vị": ["H26"]}


def test_row_89_a_decomposed_label_is_the_composed_one() -> None:
    found = SourceMap(fields={"unit": SourceField(path="Đơn vị")})
    decoder = CsvDecoder(found, CsvFormat(type="csv"))
    (page,) = decoder.pages(Body([unicodedata.normalize("NFD", "Đơn  vị\nH26\n").encode()]))
    assert page.columns == {"Đơn vị": ["H26"]}


def test_row_54_quotes_are_the_declared_ones() -> None:
    assert one("a|b\n'x|y'|it\"s\n", delimiter="|", quote="'").columns == {
        "a": ["x|y"],
        "b": ['it"s'],
    }
    assert one('a\tb\n"x\t5" ống\n', delimiter="\t", quote="").columns["a"] == ['"x']


def test_row_58_the_header_may_stand_in_the_declared_line() -> None:
    text = "Báo cáo tháng 4\n\n# ghi chú\na,b\n1,2\n"
    assert one(text, header=3, comment="#").columns == {"a": ["1"], "b": ["2"]}
    assert refused(text, header=2, comment="#") == "CSV-HEADER"
    assert refused("a,b\n1,2\n", header=9) == "CSV-HEADER"


def test_comment_lines_are_left_out_by_rule() -> None:
    text = "# xuất lúc 8:00\na,b\n1,2\n#3,4\n5,6\n"
    assert one(text, comment="#").columns["a"] == ["1", "5"]
    assert one("a,b\n#3,4\n").columns["a"] == ["#3"]


COLUMNS = {"b": r"\d\d/\d\d/\d{4}", "c": ".*", "a": r"H\d\d"}


def test_row_121_a_file_without_labels_is_read_by_the_declared_columns() -> None:
    page = one("01/04/2020,x,H26\n02/04/2020,,H27\n", header=0, columns=COLUMNS)
    assert page.columns == {"a": ["H26", "H27"], "b": ["01/04/2020", "02/04/2020"]}
    assert one("", header=0, columns=COLUMNS).rows == 0


def test_row_121_columns_in_another_order_refuse_the_file() -> None:
    assert refused("H26,x,01/04/2020\n" * 3, header=0, columns=COLUMNS) == "DRIFT-ORDER"
    few = "01/04/2020,x,H26\n" * 3 + "lỗi,x,lỗi\n"
    assert one(few, header=0, columns=COLUMNS).rows == 4
    wide = one("01/04/2020,x,H26,1\n", header=0, columns=COLUMNS)
    assert broken(wide) == [(0, "CSV-WIDTH")]


def test_labels_that_change_from_year_to_year_are_named_by_their_place() -> None:
    text = "Tỉnh,2020 (sơ bộ)\nHà Nội,1\n"
    page = one(text, header=1, columns={"a": r"\D+", "b": r"\d+"})
    assert page.columns == {"a": ["Hà Nội"], "b": ["1"]}
    assert refused(text, header=0, columns={"a": r"\d+", "b": r"\D+"}) == "DRIFT-ORDER"


def test_columns_are_named_where_no_line_holds_their_labels() -> None:
    with pytest.raises(ValidationError, match="columns are named where no line holds"):
        CsvFormat.model_validate({"type": "csv", "header": 0})


def test_row_59_subtotals_anywhere_are_kept_as_totals_and_are_no_rows() -> None:
    rules = (
        Footer(text="WHOLE COUNTRY", totals={"national": "b"}, digits=1),
        Footer(text="Central Highlands", totals={"highlands": "b"}, digits=1),
    )
    text = "a,b\nWhole  country,97.50\nHa Noi,8.20\nCentral Highlands,9.3\nKon Tum,5\nCentral,1\n"
    page = one(text, subtotals=rules)
    assert page.columns["a"] == ["Ha Noi", "Kon Tum", "Central"]
    assert page.envelope == {"national": 975, "highlands": 93}


def test_row_59_nothing_is_read_below_a_last_line() -> None:
    rule = Footer(text="cộng", last=True)
    page = one("a,b\n1,2\nCỘNG:,2\nNgười lập biểu,\n,Nguyễn\n", footer=rule)
    assert (page.columns["a"], page.broken) == (["1"], ())
    long = "a,b\n" + "1,2\n" * 5_001 + "Cộng,\n" + "x,y\n" * 10_000
    assert sum(p.rows for p in pages(long, chunk=65536, footer=rule)) == 5_001
