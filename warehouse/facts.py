"""The one place that turns a feed's frame into rows of its fact table (``warehouse.fact_table``).

Absent is the least value of a column's type (``absent``), here and in COPY.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigError, HubBug
from contracts.key import hash_texts
from contracts.verdict import Column, Factor, Frame
from warehouse.fact_table import FACTS, Fact, FactColumn, How

__all__ = ["FACTS", "Array", "Fact", "absent", "convert", "fact_of", "member_codes"]

ZONE_MICROSECONDS = 7 * 3_600_000_000
"""Asia/Ho_Chi_Minh is UTC+07:00 all year (contracts.partition.ZONE)."""
DAY_MICROSECONDS = 86_400_000_000

Array = NDArray[Any]


def fact_of(feed: str) -> Fact:
    """Return the fact table of a feed.

    Raises:
        ConfigError: the warehouse keeps no facts of this feed.
    """
    if feed not in FACTS:
        raise ConfigError("no fact table for this feed", seen=feed, allowed=", ".join(FACTS))
    return FACTS[feed]


def absent(dtype: np.dtype[Any]) -> int:
    """Return the value that stands for an absent one in a column of this type."""
    return int(np.iinfo(dtype).min)


def member_codes(fact: Fact, frame: Frame) -> dict[str, list[str]]:
    """Return the distinct codes per dimension that a frame refers to."""
    codes: dict[str, list[str]] = {}
    for column in fact.columns:
        held = frame.columns.get(column.source)
        if column.how is How.MEMBER and held is not None:
            codes.setdefault(column.dimension, []).extend(_factor(column, held).values)
    return codes


def convert(
    fact: Fact, frame: Frame, members: Mapping[str, Mapping[str, int]]
) -> dict[str, tuple[str, Array]]:
    """Return column name -> (dtype, values) of a frame, one value per row.

    Args:
        fact: the table.
        frame: accepted rows.
        members: dimension -> code -> surrogate key, for every code of the frame.
    """
    return {
        column.name: (column.dtype, _values(column, frame, members.get(column.dimension, {})))
        for column in fact.columns
    }


def _values(column: FactColumn, frame: Frame, members: Mapping[str, int]) -> Array:
    dtype = np.dtype(column.dtype.replace("d", "i"))
    held = frame.columns.get(column.source)
    if held is None:
        return np.full(frame.rows, absent(dtype), dtype)
    match column.how:
        case How.MEMBER:
            factor = _factor(column, held)
            return _looked_up(factor.codes, [members[code] for code in factor.values], dtype)
        case How.HASH:
            factor = _factor(column, held)
            return _looked_up(factor.codes, hash_texts(factor.values), dtype)
        case How.LOCAL_DAY:
            return _narrow(_integers(column, held), dtype, _local_days)
        case _:
            return _narrow(_integers(column, held), dtype, None)


def _looked_up(codes: NDArray[np.int32], keys: Any, dtype: np.dtype[Any]) -> Array:
    """Replace codes by keys; code -1 takes the last entry, which stands for absent."""
    looked = np.empty(len(keys) + 1, dtype)
    looked[:-1] = keys
    looked[-1] = absent(dtype)
    return looked[codes]


def _local_days(instants: NDArray[np.int64]) -> NDArray[np.int64]:
    return (instants + ZONE_MICROSECONDS) // DAY_MICROSECONDS


def _narrow(values: Array, dtype: np.dtype[Any], how: Any) -> Array:
    """Return values in another type; where nothing is to be done, the very same."""
    converted: Array = (values if how is None else how(values)).astype(dtype, copy=False)
    if dtype != values.dtype:
        is_absent = values == absent(values.dtype)
        if is_absent.any():
            converted[is_absent] = absent(dtype)
    return converted


def _factor(column: FactColumn, held: Column) -> Factor:
    if not isinstance(held, Factor):
        raise HubBug(f"frame column {column.source} must be a factor")
    return held


def _integers(column: FactColumn, held: Column) -> Array:
    if isinstance(held, Factor):
        raise HubBug(f"frame column {column.source} must be integers")
    return held
