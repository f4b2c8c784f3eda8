"""Keys met more than once within a day, found over sorted 64-bit keys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.column import Array, Reader, TextReader
from contracts.key import SEPARATOR, hash_texts

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Repeats:
    """Places of accepted rows by what their key says.

    Attributes:
        kept: rows to load, in key order.
        dropped: exact duplicates of a kept row.
        conflicts: rows whose key says different things, in row order.
    """

    kept: Places
    dropped: Places
    conflicts: Places


def find_repeats(
    keys: NDArray[np.int64], columns: Mapping[str, Array], readers: Mapping[str, Reader]
) -> Repeats:
    """Sort rows by key and part exact duplicates and conflicts from them.

    Of equal rows the first received is kept. Two different keys with one hash would be a
    conflict, never a loss: key columns are compared like all others.
    """
    order = np.argsort(keys)
    ordered = keys[order]
    same = np.concatenate([[False], ordered[1:] == ordered[:-1]]) if len(keys) else order == -1
    later = np.flatnonzero(same)
    _settle(order, ordered, later)
    none = np.empty(0, np.intp)
    if not len(later):
        return Repeats(order, none, none)
    equal = _equal(order[later - 1], order[later], columns, readers)
    groups = np.cumsum(~same)
    conflicting = np.isin(groups, groups[later[~equal]])
    return Repeats(
        kept=order[~same & ~conflicting],
        dropped=order[same & ~conflicting],
        conflicts=np.sort(order[conflicting]),
    )


def _settle(order: Places, ordered: NDArray[np.int64], later: Places) -> None:
    """Put rows of equal keys in the order received.

    Keys that differ nearly all are sorted in a quarter of the time by a sort that is not stable.
    """
    members = np.union1d(later - 1, later)
    order[members] = order[members][np.lexsort((order[members], ordered[members]))]


def _equal(
    left: Places, right: Places, columns: Mapping[str, Array], readers: Mapping[str, Reader]
) -> NDArray[np.bool_]:
    equal = np.ones(len(left), bool)
    for name, column in columns.items():
        reader = readers[name]
        if isinstance(reader, TextReader):
            pairs = zip(reader.texts(column[left]), reader.texts(column[right]), strict=True)
            equal &= np.fromiter((a == b for a, b in pairs), bool, len(left))
        else:
            equal &= column[left] == column[right]
    return equal


def number_repeats(
    keys: NDArray[np.int64], columns: Mapping[str, Array], readers: Mapping[str, Reader]
) -> NDArray[np.int64]:
    """Return keys in which the n-th row of a key has its own key, in the order of its values.

    The first keeps the plain key; the n-th (from 1) gets the hash of ``key U+001F n``. Rows that
    agree in every value are interchangeable, so the order received never matters.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    _, starts, counts = np.unique(ordered, return_index=True, return_counts=True)
    result = keys.copy()
    for start, count in zip(starts[counts > 1].tolist(), counts[counts > 1].tolist(), strict=True):
        members = order[start : start + count]
        rows = zip(*(readers[n].texts(c[members]) for n, c in columns.items()), strict=True)
        ranked = [m for _, m in sorted(zip(rows, members.tolist(), strict=True))]
        texts = [f"{ordered[start]}{SEPARATOR}{n}" for n in range(1, count)]
        result[ranked[1:]] = hash_texts(texts)
    return result
