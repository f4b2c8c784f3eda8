"""The one place that says how a feed's frame becomes rows of its fact table.

Facts hold integers: list ids as they come, codes as surrogate keys of dimensions, instants as
days of Asia/Ho_Chi_Minh, texts of natural keys as 64-bit hashes. Absent is the least value of a
column's type (``absent``), here and in COPY.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigError, HubBug
from contracts.key import hash_texts
from contracts.verdict import NULL, Factor, Frame

ZONE_MICROSECONDS = 7 * 3_600_000_000
"""Asia/Ho_Chi_Minh is UTC+07:00 all year (contracts.partition.ZONE)."""
DAY_MICROSECONDS = 86_400_000_000

Array = NDArray[Any]


class How(Enum):
    """How a frame's column becomes a fact's column."""

    SAME = auto()
    """An integer, a list id or an amount in minor units, as it is."""
    LOCAL_DAY = auto()
    """Microseconds UTC -> days since 1970-01-01 in Asia/Ho_Chi_Minh."""
    DAY = auto()
    """Days since 1970-01-01, as they are."""
    HASH = auto()
    """A factor -> xxh3-64 of its text: the key of another feed's rows."""
    MEMBER = auto()
    """A factor -> surrogate key of a dimension."""


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One column of a fact table.

    Attributes:
        name: column name.
        dtype: ``i2``, ``i4``, ``i8``; ``d4`` is PostgreSQL's date.
        source: column of the frame; a frame without it gives absent values.
        how: conversion.
        dimension: name of the dimension for ``How.MEMBER``.
    """

    name: str
    dtype: str
    source: str
    how: How = How.SAME
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact table of a feed; ``agency_id``, ``day`` (and currency) come with the partition."""

    table: str
    columns: tuple[FactColumn, ...]
    has_currency: bool = False


def _id(name: str) -> FactColumn:
    return FactColumn(f"{name}_id", "i2", name)


def _member(name: str, source: str, dimension: str) -> FactColumn:
    return FactColumn(f"{name}_id", "i4", source, How.MEMBER, dimension)


def _local_day(name: str) -> FactColumn:
    return FactColumn(f"{name}_on", "d4", f"{name}_at", How.LOCAL_DAY)


_ROW = (FactColumn("key", "i8", "key"), FactColumn("row_number", "i4", "row_number"))

FACTS: Mapping[str, Fact] = {
    "dossiers": Fact(
        "dossier_change",
        (
            *_ROW,
            _member("unit", "unit_code", "unit"),
            _member("procedure", "procedure_code", "procedure"),
            _member("commune", "commune_code", "commune"),
            _local_day("submitted"),
            _local_day("received"),
            _local_day("due"),
            _local_day("finished"),
            _local_day("returned"),
            _id("status"),
            _id("channel"),
            _id("applicant_type"),
            _id("service_level"),
            _id("payment_flag"),
        ),
    ),
    "payments": Fact(
        "payment",
        (
            *_ROW,
            FactColumn("dossier_key", "i8", "dossier_code", How.HASH),
            FactColumn("amount_minor", "i8", "amount"),
            FactColumn("fee_minor", "i8", "fee_amount"),
            FactColumn("charge_minor", "i8", "charge_amount"),
            _member("unit", "unit_code", "unit"),
            _member("procedure", "procedure_code", "procedure"),
            _member("partner", "partner_code", "partner"),
            _member("bank", "bank_code", "bank"),
            _id("obligation_kind"),
            _id("status"),
            _id("method"),
        ),
        has_currency=True,
    ),
    "documents": Fact(
        "document_movement",
        (
            *_ROW,
            FactColumn("document_key", "i8", "document_id", How.HASH),
            _member("sender", "sender_code", "unit"),
            _member("receiver", "receiver_code", "unit"),
            FactColumn("issued_on", "d4", "issued_on", How.DAY),
            _id("direction"),
            _id("document_type"),
            _id("business_type"),
            _id("status"),
            _id("priority"),
        ),
    ),
}


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


def _narrow(values: NDArray[np.int64], dtype: np.dtype[Any], how: Any) -> Array:
    is_absent = values == NULL
    converted = (values if how is None else how(values)).astype(dtype)
    if dtype.itemsize < 8 and is_absent.any():
        converted[is_absent] = absent(dtype)
    return converted


def _factor(column: FactColumn, held: object) -> Factor:
    if not isinstance(held, Factor):
        raise HubBug(f"frame column {column.source} must be a factor")
    return held


def _integers(column: FactColumn, held: object) -> NDArray[np.int64]:
    if isinstance(held, Factor):
        raise HubBug(f"frame column {column.source} must be integers")
    return np.asarray(held, np.int64)
