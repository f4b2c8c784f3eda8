"""BAD_INPUT section C, rows 46-60: what a delimited file may hold, and what becomes of it."""

import io
from typing import Any

import pytest

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
