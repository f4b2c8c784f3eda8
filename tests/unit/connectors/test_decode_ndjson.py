"""BAD_INPUT row 82: one JSON object per line."""

import pytest

from connectors.decode import Body, KnownNames
from connectors.decode_ndjson import NdjsonDecoder
from contracts.errors import ContractBroken
from contracts.page import Page
from contracts.source_map import SourceField, SourceMap

FIELDS = SourceMap(fields={"a": SourceField(path="a"), "b": SourceField(path="b.c")})


def pages(data: bytes, chunk: int = 7) -> list[Page]:
    decoder = NdjsonDecoder(FIELDS.paths, KnownNames(FIELDS))
    return list(decoder.pages(Body(data[n : n + chunk] for n in range(0, len(data), chunk))))


def refused(data: bytes) -> str:
    with pytest.raises(ContractBroken) as caught:
        pages(data)
    return caught.value.code


def test_row_82_a_last_line_without_its_end_is_read() -> None:
    for end in (b"", b"\n", b"\r\n", b"\n\n \n"):
        (page,) = pages(b'\xef\xbb\xbf{"a":1,"b":{"c":"x"}}\r\n\n{"a":"H\xc3\xa0","new":2}' + end)
        assert page.columns == {"a": [1, "Hà"], "b.c": ["x", None]}
        assert (page.rows, sorted(page.unknown), len(page.digest)) == (2, ["new"], 64)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1}\n{"a":',
        b'{"a":1}\n{"a":2',
        b'{"a":1,\n"b":{"c":2}}\n',
        b'{"a":[{}\n{}]}',
        b'{"a":1}{"a":2}\n',
        b'{"a":1},{"a":2}\n',
        b'[{"a":1}]\n',
        b"a,b\n1,2\n",
    ],
)
def test_row_82_half_a_line_refuses_the_file(data: bytes) -> None:
    assert refused(data) == "JSON-SYNTAX"


def test_a_doubled_key_on_one_line_refuses_the_file() -> None:
    assert refused(b'{"a":1}\n{"a":1,"a":2}\n') == "JSON-DUPKEY"


def test_an_invalid_byte_breaks_its_row_only() -> None:
    (page,) = pages(b'{"a":"x"}\n{"a":"\xff"}\n{"a":"y"}\n')
    assert [(row.row, row.code) for row in page.broken] == [(1, "ENCODING-ROW")]
    assert page.columns["a"] == ["x", None, "y"]


def test_an_empty_file_is_a_page_without_rows() -> None:
    assert [page.rows for page in pages(b"")] == [0]


@pytest.mark.parametrize("rows", [4999, 5000, 5001, 10_000])
def test_blocks_lose_nothing_at_their_edges(rows: int) -> None:
    found = pages(b"".join(b'{"a":%d}\n' % n for n in range(rows)), chunk=65536)
    assert [n for page in found for n in page.columns["a"]] == list(range(rows))
    assert [bool(page.digest) for page in found] == [False] * (len(found) - 1) + [True]
