"""What a test of statistics is given: a frame of any feed, written as rows of contract fields.

A row says what it has; texts become factors, days days, whole numbers stay. Codes of lists are
written as their ids, decimals in the contract's smallest unit (17.97 % with 2 digits is 1797).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from contracts.key import hash_texts
from contracts.verdict import NULL, Column, Frame
from tests.warehouse.given import factor, integers
from warehouse.fact_table import FACTS, FactColumn, How
from warehouse.mart import EPOCH


def frame(feed: str, rows: Sequence[Mapping[str, Any]]) -> Frame:
    """A frame of a feed; rows may leave fields out."""
    columns: dict[str, Column] = {
        "key": np.sort(hash_texts([str(sorted(row.items(), key=str)) for row in rows])),
        "row_number": np.arange(len(rows), dtype=np.int64),
    }
    for column in FACTS[feed].columns[2:]:
        columns[column.source] = _column(column, [row.get(column.source) for row in rows])
    named = {name for row in rows for name in row}
    assert named <= set(columns), named - set(columns)
    return Frame(len(rows), columns)


def _column(column: FactColumn, values: Sequence[Any]) -> Any:
    if column.how in (How.MEMBER, How.HASH):
        return factor(values)
    return integers([_integer(value) for value in values])


def _integer(value: object) -> int:
    match value:
        case None:
            return NULL
        case date():
            return (value - EPOCH).days
        case int():
            return value
    raise TypeError(value)
