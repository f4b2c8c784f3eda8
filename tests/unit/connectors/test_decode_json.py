"""BAD_INPUT section D: what a JSON answer may hold, and what becomes of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.decode import Body, KnownNames
from connectors.decode_json import JsonDecoder
from contracts.errors import ConfigError, ContractBroken
from contracts.page import BrokenRow, Page
from contracts.source_map import SourceField, SourceMap

PATHS = ("code", "a.b", "a.c.d", "n")


def decoder(*paths: str, rows: str = "items", ignore: tuple[str, ...] = ()) -> JsonDecoder:
    fields = {f"f{i}": SourceField(path=path) for i, path in enumerate(paths or PATHS)}
    found = SourceMap(fields=fields, ignore=ignore)
    return JsonDecoder(found.paths, ("total",) if rows else (), rows, KnownNames(found))


def decode(body: bytes | str, *paths: str, ignore: tuple[str, ...] = ()) -> Page:
    data = body if isinstance(body, bytes) else body.encode()
    (page,) = decoder(*paths, ignore=ignore).pages(Body([data]))
    return page


def refused(body: bytes | str) -> str:
    with pytest.raises(ContractBroken) as caught:
        decode(body)
    return caught.value.code


def one(value: str) -> str:
    return f'{{"items":[{{"code":{value}}}],"total":1}}'


def test_kept_paths_become_columns_and_nothing_else_is_kept() -> None:
    page = decode(
        '{"items":[{"code":"x","a":{"b":1,"c":{"d":true}},"n":null,"name":"An"},{"code":"y","a":null}],'
        '"total":2}',
        ignore=("name",),
    )
    assert page.columns == {
        "code": ["x", "y"], "a.b": [1, None], "a.c.d": [True, None], "n": [None, None],
    }  # fmt: skip
    assert (page.rows, page.envelope, page.unknown) == (2, {"total": 2}, frozenset())
    assert "An" not in repr(page)


def test_digest_and_size_are_of_the_bytes_as_received() -> None:
    page = decode(b'\xef\xbb\xbf{"items":[]}')
    assert (page.size, page.digest[:8]) == (15, "ac4bcd92")


def test_a_document_may_be_the_list_itself() -> None:
    (page,) = decoder("code", rows="").pages(Body([b'[{"code":"x"}]']))
    assert page.columns == {"code": ["x"]}


@pytest.mark.parametrize("body", [b"", b"  ", b"{}", b'{"items":null,"total":0}', b"[]"])
def test_an_answer_without_rows_is_a_page_of_none(body: bytes) -> None:
    assert decode(body).rows == 0


@pytest.mark.parametrize(
    "body",
    [
        '{"items":[{"code":"x","code":"y"}],"total":1}',
        '{"items":[{"code":"x","a":{"b":1,"b":2}}],"total":1}',
        '{"items":[{"code":"x","zz":1,"zz":1}],"total":1}',
        '{"items":[{"code":"x"}],"total":1,"total":2}',
        '{"items":[{"code":"x"}],"items":[],"total":1}',
        '{"items":[{"code" : "x", "code" : "y"}],"total":1}',
        '{"items":[{"code":"x","\\u0063ode":"y"}],"total":1}',
    ],
)
def test_row_71_a_doubled_key_refuses_the_answer(body: str) -> None:
    assert refused(body) == "JSON-DUPKEY"


@pytest.mark.parametrize("place", [0, 1, 250, 499])
def test_row_71_a_doubled_key_is_found_on_a_late_page_in_any_record(place: int) -> None:
    records = [f'{{"code":"{n}","a":{{"b":{n}}},"n":1}}' for n in range(500)]
    good = '{"items":[' + ",".join(records) + '],"total":9}'
    records[place] = records[place].replace('"n":1', '"n":1,"n":2')
    bad = '{"items":[' + ",".join(records) + '],"total":9}'
    found = decoder()
    for _ in range(3):
        list(found.pages(Body([good.encode()])))
    with pytest.raises(ContractBroken) as caught:
        list(found.pages(Body([bad.encode()])))
    assert (caught.value.code, caught.value.seen) == ("JSON-DUPKEY", "n")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_row_72_no_number_refuses_the_answer(value: str) -> None:
    assert refused(one(value)) == "JSON-NONFINITE"


@pytest.mark.parametrize("value", ["1e400", "-1e999"])
def test_row_73_a_number_past_every_range_refuses_the_answer(value: str) -> None:
    assert refused(one(value)) == "NUM-RANGE"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("18446744073709551616", "18446744073709551616"),
        ("9223372036854775808", "9223372036854775808"),
        ("9223372036854775807", 9223372036854775807),
        ("-9223372036854775809", "-9223372036854775809"),
        ("1234567890123456.78", "1234567890123456.78"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("7" * 4301, "7" * 4301),
        ("true", True),
        ('"08"', "08"),
    ],
)
def test_rows_74_to_76_numbers_are_never_altered(value: str, kept: Any) -> None:
    assert decode(one(value)).columns["code"] == [kept]
    mixed = decode(f'{{"items":[{{"code":{value}}},{{"code":1.5}}],"total":2}}')
    assert mixed.columns["code"] == [kept, "1.5"]


@pytest.mark.parametrize("shape", ["[" * 100_000, '{"a":' * 100_000])
def test_row_77_depth_refuses_the_answer(shape: str) -> None:
    assert refused(one(shape)) in {"DEPTH", "JSON-SYNTAX"}
    assert refused(f'{{"items":[{{"x":{"[" * 100_000}{"]" * 100_000}}}]}}') == "DEPTH"


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        (rb'"\ud800"', BrokenRow(1, "UNICODE", "lone surrogate in code", "paired surrogates")),
        (rb'"\u0000x"', BrokenRow(1, "NUL", "NUL in code", "text without NUL")),
        (b'"\xff"', BrokenRow(1, "ENCODING-ROW", "byte 0xff in code")),
        (b"{}", BrokenRow(1, "DRIFT-TYPE", "object at code", "one value")),
        (b"[1]", BrokenRow(1, "DRIFT-TYPE", "array at code", "one value")),
    ],
)
def test_rows_78_79_and_49_break_one_row_and_spare_the_others(
    value: bytes, broken: BrokenRow
) -> None:
    page = decode(b'{"items":[{"code":"x"},{"code":%s,"n":5},{"code":"z"}],"total":3}' % value)
    assert page.broken == (broken,)
    assert page.columns["code"] == ["x", None, "z"]
    assert page.columns["n"] == [None, None, None]


@pytest.mark.parametrize("record", ["null", "1", '"x"', "[]"])
def test_a_record_that_is_no_object_is_broken(record: str) -> None:
    page = decode(f'{{"items":[{{"code":"x"}},{record}],"total":2}}')
    assert [(row.row, row.code) for row in page.broken] == [(1, "DRIFT-TYPE")]


@pytest.mark.parametrize(
    "body",
    [
        '{"items":[]} x', '{"items":[]}{"items":[]}', '{"items":[],}', '{"items":[] /* x */}',
        '{"items":[{"code":"x"', '{"items":[{"code":01}]}', "{'items':[]}", '{"items":[{"code":"a\nb"}]}',
        "nonsense", '{"items":[{"code":nul}]}',
    ],
)  # fmt: skip
def test_rows_80_and_81_what_is_no_whole_document_is_refused(body: str) -> None:
    assert refused(body) == "JSON-SYNTAX"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_row_48_utf_16_is_never_guessed(encoding: str) -> None:
    assert refused(one('"x"').encode(encoding)) in {"ENCODING", "JSON-SYNTAX"}


def test_the_records_elsewhere_refuse_the_answer() -> None:
    assert refused('{"items":{"code":"x"},"total":1}') == "DRIFT-TYPE"


def test_a_path_that_is_both_value_and_object_is_a_mistake_in_the_file() -> None:
    with pytest.raises(ConfigError):
        decoder("a", "a.b")


def test_unknown_names_are_told_at_all_depths_and_ignored_ones_are_not() -> None:
    page = decode(
        '{"items":[{"code":"x","a":{"b":1,"new":{"p":1}},"tel":"0","l":[{"k":1,"q":2}],"p12345678":1}]}',
        ignore=("tel", "l.k"),
    )
    assert page.unknown == {"a.new", "l.q", "p#"}


def test_a_name_that_appears_on_a_late_page_is_told_once() -> None:
    found = decoder("code")
    bodies = ['{"items":[{"code":"1"},{"code":"2"}]}'] * 2
    bodies += ['{"items":[{"code":"1"},{"code":"2","extra":1}]}'] * 2
    unknown = [page.unknown for body in bodies for page in found.pages(Body([body.encode()]))]
    assert unknown == [frozenset(), frozenset(), {"extra"}, frozenset()]


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"code": VALUES},
        optional={
            "n": VALUES,
            "a": st.none() | st.fixed_dictionaries({}, optional={"b": VALUES, "z": VALUES}),
            "other": st.lists(VALUES, max_size=2),
        },
    ),
    max_size=6,
)


@given(st.lists(RECORDS, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_every_page_reads_as_the_standard_library_reads_it(
    pages: list[list[dict[str, Any]]], ascii_only: bool, spaced: bool
) -> None:
    found = decoder("code", "n", "a.b")
    separators = (", ", ": ") if spaced else (",", ":")
    for records in pages:
        document = {"items": records, "total": len(records)}
        body = json.dumps(document, ensure_ascii=ascii_only, separators=separators).encode()
        (page,) = found.pages(Body([body[:7], body[7:]]))
        assert page.broken == ()
        assert page.columns["code"] == [record["code"] for record in records]
        assert page.columns["n"] == [record.get("n") for record in records]
        assert page.columns["a.b"] == [(record.get("a") or {}).get("b") for record in records]
