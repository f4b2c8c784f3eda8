"""Binary COPY bytes, written out by hand."""

import numpy as np

from warehouse.copy import HEADER, Columns, encode

NULL4 = -(2**31)


def test_a_row_is_a_field_count_and_lengths_with_big_endian_values() -> None:
    columns: Columns = {
        "a": ("i2", np.array([258], np.int16)),
        "b": ("i8", np.array([-1], np.int64)),
        "c": ("d4", np.array([10_957], np.int32)),
    }
    assert b"".join(encode(columns)) == (
        HEADER
        + bytes.fromhex("0003 00000002 0102 00000008 ffffffffffffffff 00000004 00000000")
        + b"\xff\xff"
    )


def test_absent_values_are_nulls() -> None:
    columns = {"a": ("i4", np.array([NULL4], np.int32)), "b": ("i4", np.array([7], np.int32))}
    row = bytes.fromhex("0002 ffffffff 00000004 00000007")
    assert b"".join(encode(columns)) == HEADER + row + b"\xff\xff"


def test_no_rows_are_header_and_trailer() -> None:
    columns = {"a": ("i4", np.zeros(0, np.int32))}
    assert b"".join(encode(columns)) == HEADER + b"\xff\xff"
