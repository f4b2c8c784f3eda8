"""Steps of dossiers: what one change of a dossier adds to which day, summed up per group.

``mart.dossier_flow_rebuilt`` states the same rules a second time in SQL; tests and
``hub verify`` hold the two against each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
NEVER = int(np.iinfo(np.int32).min)
"""Absent day."""

OUTSIDE = (1, 3)
"""Statuses registered and refused: counted as submitted, never as received (docs/warehouse.md)."""
WITHDRAWN, STOPPED = 7, 8
DONE = (9, 10)
"""Statuses finished and returned."""
AWAITING = 5
"""Status awaiting documents: open, but it is the applicant who is waited for."""
DELETED = 11
"""The source deleted the dossier: it contributes no step at all."""

GROUP = ("agency_id", "unit_id", "procedure_id", "channel_id", "service_level_id")
MEASURES = (
    "submitted",
    "received",
    "resolved_early",
    "resolved_ontime",
    "resolved_late",
    "withdrawn",
    "stopped",
    "overdue_started",
    "overdue_ended",
    "awaiting",
    "awaiting_overdue",
)
CHANGE = {
    "key": "i8",
    "agency_id": "i4",
    "unit_id": "i4",
    "procedure_id": "i4",
    "channel_id": "i2",
    "service_level_id": "i2",
    "day": "i4",
    "status_id": "i2",
    "submitted_on": "i4",
    "received_on": "i4",
    "due_on": "i4",
    "finished_on": "i4",
    "returned_on": "i4",
}
"""Columns of ``Changes`` with their types; days count from 1970-01-01, absent = ``NEVER``;
absent members of a group are 0."""

DENSE_CELLS = 2_000_000
"""Up to so many (group, day) cells are counted in a table, more are sorted."""

Changes = Mapping[str, Array]
"""What days said about dossiers, one entry per (dossier, day) in every column of ``CHANGE``."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Summed steps, one entry per (group, day) that is not zero in every measure.

    In order of day, then group, as the mart's key: index pages are then written in order.

    Attributes:
        groups: column of ``GROUP`` -> values.
        day: days since 1970-01-01.
        measures: measure -> summed steps, may be negative.
    """

    groups: Mapping[str, Array]
    day: Array
    measures: Mapping[str, Array]


def sum_steps(changes: Changes, weights: Array | None = None) -> Steps:
    """Sum the steps of changes per group and day.

    Args:
        changes: the changes; none may be of a dossier twice with weight 1 for this to be a
            state, but the sum is linear, so any weights are right for a difference.
        weights: +1, 0 or -1 per change; None = +1 each.
    """
    if weights is not None and not weights.all():
        kept = np.flatnonzero(weights)
        changes = {name: values[kept] for name, values in changes.items()}
        weights = weights[kept]
    members, group = _groups(changes)
    steps = list(_steps(changes))
    first, days, rank = _days([day for _, day, _ in steps])
    size = len(members["agency_id"])
    cells = (  # one measure at a time: nine arrays of a large day would not fit beside it
        (number, rank[day - first] * size + (group if chosen is None else group[chosen]), chosen)
        for number, day, chosen in steps
    )
    count = _dense if size * len(days) <= DENSE_CELLS else _sparse
    found, sums = count(cells, weights, size * len(days))
    in_day, in_group = np.divmod(found, max(size, 1))
    return Steps(
        {name: values[in_group] for name, values in members.items()},
        days[in_day],
        dict(zip(MEASURES, sums, strict=True)),
    )


def correction(new: Changes, old: Changes, others: Changes) -> tuple[Changes, Array]:
    """Return changes with weights whose steps, beside those of the new rows, move the mart.

    The mart shows every dossier by its last change. The day's old rows go, its new rows come;
    ``others`` holds, for dossiers of either, their last row on any other day. A later one keeps
    the dossier as it is; an earlier one shows through where the day has no row. The steps of
    the new rows alone need none of this: they can be summed before (``sum_steps(new)``).

    Args:
        new: rows that the day has now, one per dossier.
        old: rows that the day had before, likewise.
        others: last rows on other days, at most one per dossier.
    """
    minus = -np.ones(len(old["key"]), np.int64)
    day = new["day"][:1] if len(new["day"]) else old["day"][:1]
    later = others["key"][others["day"] > day] if len(day) else others["key"][:0]
    hidden = np.flatnonzero(_found(new["key"], later))
    minus[_found(old["key"], later)] = 0
    shows = _found(others["key"], old["key"]).astype(np.int64)
    shows -= _found(others["key"], new["key"])
    shows[_found(others["key"], later)] = 0
    joined = {
        name: np.concatenate(
            [part.astype(dtype) for part in (new[name][hidden], old[name], others[name])]
        )
        for name, dtype in CHANGE.items()
    }
    return joined, np.concatenate([np.full(len(hidden), -1), minus, shows])


def add(first: Steps, second: Steps) -> Steps:
    """Return the sum of two sets of steps."""
    if not len(second.day):
        return first
    cells = np.stack(
        [
            np.concatenate([first.day, second.day]),
            *(np.concatenate([first.groups[name], second.groups[name]]) for name in GROUP),
        ],
        axis=1,
    )
    distinct, place = np.unique(cells, axis=0, return_inverse=True)
    table = np.zeros((len(MEASURES), len(distinct)), np.int32)
    for number, name in enumerate(MEASURES):
        steps = np.concatenate([first.measures[name], second.measures[name]])
        table[number] = np.bincount(place.ravel(), steps, len(distinct))
    kept = np.flatnonzero(table.any(axis=0))
    return Steps(
        {name: distinct[kept, column] for column, name in enumerate(GROUP, 1)},
        distinct[kept, 0],
        dict(zip(MEASURES, table[:, kept], strict=True)),
    )


def _found(values: Array, among: Array) -> NDArray[np.bool_]:
    """Tell of each value whether it is among others."""
    if not len(among):
        return np.zeros(len(values), bool)
    ordered = np.sort(among)
    at = np.searchsorted(ordered, values)
    at[at == len(ordered)] = 0
    return np.asarray(ordered[at] == values, bool)


def _steps(changes: Changes) -> Iterator[tuple[int, Array, Array | None]]:
    """Yield (measure number, day per step, changes concerned); None = all changes in order."""
    status, due = changes["status_id"], changes["due_on"]
    day, submitted, received = changes["day"], changes["submitted_on"], changes["received_on"]
    known, born = status != DELETED, _first(submitted, received, day)
    told = None if known.all() else np.flatnonzero(known)
    yield 0, born if told is None else born[told], told
    opened = _first(received, submitted, day)
    is_inside = known & (status != OUTSIDE[0]) & (status != OUTSIDE[1])
    inside = np.flatnonzero(is_inside)
    yield 1, opened[inside], inside
    is_done = (status == DONE[0]) | (status == DONE[1])
    is_closed = is_done | (status == WITHDRAWN) | (status == STOPPED)
    returned = np.where(is_done, changes["returned_on"], NEVER)
    closed = np.maximum(_first(changes["finished_on"], returned, day), opened)
    has_due = due != NEVER
    is_late = has_due & (closed > due)
    is_early = has_due & (closed < due)
    endings = (
        (2, is_done & is_early),
        (3, is_done & ~is_early & ~is_late),
        (4, is_done & is_late),
        (5, status == WITHDRAWN),
        (6, status == STOPPED),
        (8, is_closed & is_late),
    )
    for number, mask in endings:
        chosen = np.flatnonzero(mask)
        yield number, closed[chosen], chosen
    chosen = np.flatnonzero(is_inside & has_due & (~is_closed | is_late))
    yield 7, np.maximum(due[chosen] + 1, opened[chosen]), chosen
    awaiting = np.flatnonzero(status == AWAITING)
    yield 9, opened[awaiting], awaiting
    chosen = awaiting[has_due[awaiting]]
    yield 10, np.maximum(due[chosen] + 1, opened[chosen]), chosen


def _first(*candidates: Array) -> Array:
    """Return the first day of each row that is not absent."""
    result = candidates[0]
    for other in candidates[1:]:
        missing = result == NEVER
        if not missing.any():
            return result
        result = np.where(missing, other, result)
    return result


def _groups(changes: Changes) -> tuple[dict[str, Array], Array]:
    """Return the distinct groups (column -> values) and every change's position among them."""
    members: dict[str, Array] = {}
    group: Array = np.zeros(len(changes["key"]), np.int64)
    for name in GROUP:
        values, position = ranked(changes[name].astype(np.int64))
        combined, group = ranked(group * max(len(values), 1) + position)
        before, here = np.divmod(combined, max(len(values), 1))
        members = {known: held[before] for known, held in members.items()}
        members[name] = values[here]
    return members, group


def ranked(values: Array) -> tuple[Array, Array]:
    """Return sorted distinct values and every value's position; by table where they lie close."""
    if not len(values):
        return values, values
    low, span = values.min(), int(np.ptp(values)) + 1
    if span > 4 * len(values) + 65_536:
        distinct, position = np.unique(values, return_inverse=True)
        return distinct, position
    seen = np.zeros(span, bool)
    seen[values - low] = True
    distinct = np.flatnonzero(seen)
    rank = np.cumsum(seen) - 1
    return distinct + low, rank[values - low]


def _days(parts: Sequence[Array]) -> tuple[int, Array, Array]:
    """Return the first day, the distinct days, and the rank of every day from the first on."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return 0, np.zeros(1, np.int64), np.zeros(1, np.int64)
    first = min(int(part.min()) for part in filled)
    seen = np.zeros(max(int(part.max()) for part in filled) - first + 1, bool)
    for part in filled:
        seen[part - first] = True
    return first, np.flatnonzero(seen) + first, np.cumsum(seen) - 1


Cells = Iterable[tuple[int, Array, Array | None]]


def _weights(weights: Array | None, chosen: Array | None) -> Array | None:
    return weights if weights is None or chosen is None else weights[chosen]


def _dense(cells: Cells, weights: Array | None, size: int) -> tuple[Array, Array]:
    """Sum per cell in a table over all cells."""
    table = np.zeros((len(MEASURES), size), np.int32)
    for number, cell, chosen in cells:
        table[number] = np.bincount(cell, _weights(weights, chosen), size)
    found = np.flatnonzero(table.any(axis=0))
    return found, table[:, found]


def _sparse(cells: Cells, weights: Array | None, _size: int) -> tuple[Array, Array]:
    """Sum per cell by sorting; for groups and days that are too many for a table."""
    parts = []
    for number, cell, chosen in cells:
        held, position = np.unique(cell, return_inverse=True)
        sums = np.bincount(position, _weights(weights, chosen), len(held)).astype(np.int32)
        parts.append((number, held, sums))
    found = np.unique(np.concatenate([held for _, held, _ in parts]))
    table = np.zeros((len(MEASURES), len(found)), np.int32)
    for number, held, sums in parts:
        table[number, np.searchsorted(found, held)] = sums
    kept = np.flatnonzero(table.any(axis=0))
    return found[kept], table[:, kept]
