"""Binary COPY to and from numpy columns: integers and dates only, no row in Python's hands.

Source: PostgreSQL 18 documentation, COPY, "Binary Format".
"""

from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg2 import sql

from contracts.errors import HubBug
from warehouse import step
from warehouse.database import Cursor

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
POSTGRES_EPOCH_DAYS = 10_957
"""2000-01-01 in days since 1970-01-01; PostgreSQL counts dates from there."""
BLOCK_ROWS = 16_384
"""Rows per block: about 1.5 MB."""

Places = NDArray[np.intp]
Columns = Mapping[str, tuple[str, NDArray[Any]]]
"""Column name -> (``i2``, ``i4``, ``i8`` or ``d4`` for dates in days since 1970, values)."""


def copy_in(
    cursor: Cursor, schema: str, table: str, columns: Columns, order: Places | None = None
) -> int:
    """COPY columns into a table; return the number of rows that the COPY tag names."""
    text = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(schema, table) if schema else sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    cursor.copy_expert(text, _Reader(encode(columns, order)), size=1 << 20)
    return cursor.rowcount


def encode(columns: Columns, order: Places | None = None) -> Iterator[bytes]:
    """Yield a COPY stream: header, blocks of rows, trailer.

    Rows are written in the order given: with rising keys PostgreSQL appends to the index's
    last leaf without a search (docs/adr). They are put in order block by block, while
    PostgreSQL is at work on the block before. The least value of a column's type is written
    as NULL.
    """
    yield HEADER
    dtypes = tuple(dtype for dtype, _ in columns.values())
    values = [array for _, array in columns.values()]
    rows = len(values[0])
    for start in range(0, rows, BLOCK_ROWS):
        part: slice | Places = slice(start, start + BLOCK_ROWS)
        part = part if order is None else order[part]
        block = [array[part] for array in values]
        yield _rows(dtypes, block)
        step.at("during_copy")
    yield TRAILER


def copy_out(
    cursor: Cursor, query: str, parameters: Mapping[str, Any], names: Mapping[str, str]
) -> Columns:
    """COPY a query without NULLs out into columns; ``names`` gives the type of each column.

    Raises:
        HubBug: the query's columns have other types or hold a NULL.
    """
    buffer = BytesIO()
    bound = cursor.mogrify(query, parameters).decode()
    cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT binary)", buffer, size=1 << 20)
    dtypes = tuple(names.values())
    layout = _layout(dtypes)
    rows, rest = divmod(buffer.tell() - len(HEADER) - len(TRAILER), layout.itemsize)
    table = np.frombuffer(buffer.getbuffer(), layout, count=rows, offset=len(HEADER))
    sizes = all((table[f"l{i}"] == int(dtype[1])).all() for i, dtype in enumerate(dtypes))
    if rest or not sizes:
        raise HubBug("a query for COPY gave NULLs or other types than announced")
    return {
        name: (dtype, table[f"v{i}"].astype(f"i{dtype[1]}"))
        for i, (name, dtype) in enumerate(names.items())
    }


class _Reader:
    """What psycopg2 reads a COPY from: a file of blocks, each handed over whole."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _size: int = -1) -> bytes:
        return next(self._blocks, b"")

    def readline(self, _size: int = -1) -> bytes:
        """Stand beside ``read``, as psycopg2 asks; it never reads lines of a COPY."""
        raise NotImplementedError


def _rows(dtypes: tuple[str, ...], block: list[NDArray[Any]]) -> bytes:
    """Return rows in their order: all written with values, then those of NULLs left out."""
    layout = _layout(dtypes)
    rows = np.empty(len(block[0]), layout)
    rows["n"] = len(dtypes)
    kept = None
    for i, (dtype, values) in enumerate(zip(dtypes, block, strict=True)):
        size, is_null = int(dtype[1]), values == np.iinfo(values.dtype).min
        rows[f"v{i}"] = values - POSTGRES_EPOCH_DAYS if dtype[0] == "d" else values
        rows[f"l{i}"] = size
        if is_null.any():
            rows[f"l{i}"][is_null] = -1
            kept = np.ones((len(rows), layout.itemsize), bool) if kept is None else kept
            start = _offset(layout, f"v{i}")
            kept[is_null, start : start + size] = False
    if kept is None:
        return rows.tobytes()
    written: NDArray[np.uint8] = rows.view(np.uint8).reshape(kept.shape)[kept]
    return written.tobytes()


def _offset(layout: np.dtype[Any], name: str) -> int:
    assert layout.fields is not None
    return layout.fields[name][1]


@cache
def _layout(dtypes: tuple[str, ...]) -> np.dtype[Any]:
    """Return the layout of a row without NULLs: field count, then (length, value)."""
    fields = [("n", ">i2")]
    for i, dtype in enumerate(dtypes):
        fields += [(f"l{i}", ">i4"), (f"v{i}", f">i{dtype[1]}")]
    return np.dtype(fields)
