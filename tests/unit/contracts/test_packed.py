"""Columns read as bytes say what their values say."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.duplicate import find_repeats
from contracts.growing import Growing
from contracts.known import KnownTexts
from contracts.packed import Packed, Tokens, Value, is_plain
from contracts.page import Page, packed_column, page_document, read_document
from contracts.shape import DigitShape
from contracts.verdict import NO_ID, NULL, Frame

_texts = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(codec="ascii"), min_size=25, max_size=140),
    st.sampled_from(["", "H26", "Toàn trình", "Một phần", "\x1f", "ộộộ", "\u00c0\u00ff", "𝔊"]),
)
_values = st.one_of(
    _texts, st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 200)
)
_columns = st.lists(_values, max_size=40) | st.lists(_texts | st.none(), max_size=40)


@given(_columns, st.integers(0, 40))
def test_a_packed_column_holds_its_values(values: list[Value], cut: int) -> None:
    for column in (
        Packed.of(values),
        Packed.joined([Packed.of(values[:cut]), Packed.of(values[cut:])]),
        Packed.read(msgspec.msgpack.encode(values)),
    ):
        assert len(column) == len(values)
        one_by_one = [column[row] for row in range(len(values))]
        assert one_by_one == list(column) == values
        assert list(map(type, one_by_one)) == list(map(type, values))
        assert column.has_flags == (bool in set(map(type, values)))


@given(_columns)
def test_what_is_found_in_a_column_stands_there(values: list[Value]) -> None:
    found = Packed.of(values).found
    if all(is_plain(value) or value is None for value in values):
        assert found is not None  # an ASCII column is always understood
    if found is None:
        return
    ends = found.starts + found.sizes
    tokens = [found.data[a:b].tobytes() for a, b in zip(found.starts, ends, strict=True)]
    assert tokens == [msgspec.msgpack.encode(value) for value in values]
    assert found.blanks.tolist() == [value in {None, ""} for value in values]


@given(_columns)
def test_the_texts_of_any_column_are_found_line_by_line(values: list[Value]) -> None:
    column = Packed.of(values)
    for size in set(column.tokens.sizes.tolist()):
        lines, rows = column.tokens.lines(size)
        for line, row in zip(lines, rows.tolist(), strict=True):
            told = msgspec.msgpack.decode(line.tobytes())
            assert told == values[row] or (told is None and not is_plain(values[row]))


@given(st.lists(_texts | st.none(), min_size=1, max_size=40))
def test_joined_texts_can_be_parted_again(values: list[str | None]) -> None:
    joined = Packed.of(values).tokens.joined()
    if joined is None:
        assert any(value and ("\x1f" in value or len(value) > 31) for value in values)
    else:
        told = joined.split("\x1f")
        assert all(t == (v or "") for t, v in zip(told, values, strict=True) if is_plain(v))


def test_half_a_surrogate_is_kept_beside_its_column() -> None:
    column = Packed.joined([Packed.of(["a", "\ud800"]), Packed.of(["b"])])
    assert list(column) == [column[0], column[1], column[2]] == ["a", "\ud800", "b"]
    assert column.blanks.tolist() == [False, False, False]


@pytest.mark.parametrize("body", [b"\xba", b"\xd9", b"\xd9\x30abc", b"\xa2abc", b"a\xa1"])
def test_bytes_that_are_no_values_are_not_taken_for_some(body: bytes) -> None:
    assert Tokens.find(np.frombuffer(body, np.uint8), 1) is None


@given(st.lists(st.lists(_texts | st.none(), max_size=30), max_size=6))
def test_a_known_text_is_found_where_the_dictionary_has_it(blocks: list[list[str | None]]) -> None:
    known, places = KnownTexts(), dict[Value, int]()
    for block in blocks:
        tokens = Packed.of(block).found
        if tokens is None:
            continue
        found = known.find(tokens)
        assert found.tolist() == [places.get(value, -1) for value in block]
        fresh = np.flatnonzero(found < 0)
        told = [places.setdefault(block[row], len(places)) for row in fresh.tolist()]
        known.learn(tokens, fresh, np.array(told, np.intp))


def test_no_more_texts_are_learned_than_are_worth_it() -> None:
    known = KnownTexts()
    many = Packed.of([f"{n:06d}" for n in range(5000)]).tokens
    known.learn(many, np.arange(5000), np.arange(5000))
    assert np.count_nonzero(known.find(many) >= 0) == 4096


def test_the_columns_of_a_document_are_made_when_they_are_asked_for() -> None:
    page = Page(2, {"code": ["01", None], "n": [1, True]})
    read = read_document(page_document(page))
    assert read.columns == page.columns
    assert (len(read.columns), list(read.columns)) == (2, ["code", "n"])
    assert list(packed_column(read, "code")) == list(packed_column(page, "code")) == ["01", None]
    assert list(packed_column(read, "other")) == list(packed_column(page, "other")) == [None] * 2


def test_a_column_that_is_no_list_is_refused() -> None:
    broken = msgspec.msgpack.encode({"columns": {"code": "01"}, "rows": 1, "broken": []})
    with pytest.raises(msgspec.ValidationError):
        packed_column(read_document(broken), "code")


@given(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=9), max_size=9))
def test_a_growing_column_holds_its_blocks(blocks: list[list[int]]) -> None:
    column = Growing(np.int32)
    for block in blocks:
        column.add(np.array(block, np.int32))
    assert column.column().tolist() == [number for block in blocks for number in block]
    assert column.column().dtype == np.int32


@given(st.lists(st.integers(0, 5), max_size=60))
def test_rows_of_one_key_stay_in_the_order_received(keys: Sequence[int]) -> None:
    numbers = np.array(keys, np.int64)
    repeats = find_repeats(numbers, {}, {})
    assert repeats.kept.tolist() == [keys.index(key) for key in sorted(set(keys))]
    first = {keys.index(key) for key in keys}
    assert sorted(repeats.dropped.tolist()) == [n for n in range(len(keys)) if n not in first]


def test_a_frame_has_one_digest_however_wide_its_numbers_are_held() -> None:
    narrow = Frame(3, {"status": np.array([4, NO_ID, 9], np.int32)})
    wide = Frame(3, {"status": np.array([4, NULL, 9], np.int64)})
    assert narrow.digest() == wide.digest() == "a9f5c239521bfed55f86aaa2c2b22dde"


def test_a_long_column_is_held_against_a_shape_like_a_short_one() -> None:
    values: list[Value] = [f"H26-{n:04d}" for n in range(1300)]
    values[700], values[1299] = "X26-0700", "H26-129x"
    doubtful = np.ones(len(values), bool)
    DigitShape.of("H26-0000").tick_off(Packed.of(values).tokens, doubtful)
    assert np.flatnonzero(doubtful).tolist() == [700, 1299]
