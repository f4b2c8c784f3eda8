"""Rollups of the flow mart: the same steps cut one way only, kept beside it by the same load.

``mart.dossier_cut_rebuilt`` and ``mart.dossier_before_rebuilt`` state the same sums a second
time in SQL; tests and ``hub verify`` hold them against each other.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.copy import Columns, copy_in
from warehouse.database import Cursor, run
from warehouse.flow import DENSE_CELLS, Steps, ranked

Array = NDArray[Any]
Keys = Mapping[str, Any]

CUTS = (None, "unit_id", "procedure_id")
"""Cut number -> the member of a group that it keeps; 0 is the agency as a whole."""
ONLINE, DIRECT, POSTAL = 2, 1, 3
FULL, PARTIAL = (4, 5), (3, 6)
"""Service levels: level 4 or full, level 3 or partial."""
COUNTED = (
    "submitted",
    "received",
    "received_online",
    "received_online_full",
    "received_online_partial",
    "received_direct",
    "received_postal",
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
"""Measures of the rollups: those of the flow, and what was received by channel and level."""


def cut_steps(steps: Steps) -> Columns:
    """Return steps summed per cut, as columns of ``mart.dossier_cut``.

    One row per (agency, cut, member, day) that is not zero in every measure, in the order of
    the key.
    """
    counted = dict(_counted(steps))
    agencies, agency = ranked(steps.groups["agency_id"].astype(np.int64))
    days, day = ranked(steps.day.astype(np.int64))
    parts = [
        _summed(number, member, (agencies, agency), (days, day), counted)
        for number, member in enumerate(_members(steps))
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    keys = {"agency_id": ("i4", joined.pop("agency_id")), "day": ("d4", joined.pop("day"))}
    keys |= {"member_id": ("i4", joined.pop("member_id")), "cut": ("i2", joined.pop("cut"))}
    return keys | {name: ("i4", joined[name].astype(np.int32)) for name in COUNTED}


def put(cursor: Cursor, steps: Steps, keys: Keys) -> None:
    """Write the rollups of an agency's first rows: nothing of it is there yet."""
    copy_in(cursor, "mart", "dossier_cut", cut_steps(steps))
    run(cursor, "flow.begin_cutoff", **keys)


def add(cursor: Cursor, steps: Steps, keys: Keys) -> None:
    """Add steps to the rollups; also where there are none, since the cut-off day may be new."""
    run(cursor, "flow.make_cut_delta")
    copy_in(cursor, "", "dossier_cut_delta", cut_steps(steps))
    run(cursor, "flow.add_cut_delta")
    run(cursor, "flow.add_before_delta")
    if any((values < 0).any() for values in steps.measures.values()):
        run(cursor, "flow.drop_zero_cuts")
        run(cursor, "flow.drop_zero_befores")
    run(cursor, "flow.begin_cutoff", **keys)


def replace_payments(cursor: Cursor, keys: Keys) -> None:
    """Bring the rollups of payments to a day that was just replaced in ``mart.payment_flow``."""
    for step in (
        "drop_payment_befores",
        "take_payment_befores",
        "clear_payment_cut",
        "add_payment_cut",
        "begin_payment_cutoff",
    ):
        run(cursor, f"flow.{step}", **keys)


def _members(steps: Steps) -> Iterator[Array]:
    for name in CUTS:
        yield np.zeros(len(steps.day), np.int64) if name is None else steps.groups[name]


def _counted(steps: Steps) -> Iterator[tuple[str, Array]]:
    """Yield every measure of the rollups, one entry per step row."""
    channel, level = steps.groups["channel_id"], steps.groups["service_level_id"]
    received, is_online = steps.measures["received"], channel == ONLINE
    yield "received_online", received * is_online
    yield "received_online_full", received * (is_online & np.isin(level, FULL))
    yield "received_online_partial", received * (is_online & np.isin(level, PARTIAL))
    yield "received_direct", received * (channel == DIRECT)
    yield "received_postal", received * (channel == POSTAL)
    yield from steps.measures.items()


def _summed(
    number: int,
    member: Array,
    agency: tuple[Array, Array],
    day: tuple[Array, Array],
    counted: Mapping[str, Array],
) -> dict[str, Array]:
    """Sum one cut; agency and day are given as (distinct values, position of every row)."""
    members, place = ranked(member.astype(np.int64))
    cell = (agency[1] * len(day[0]) + day[1]) * len(members) + place
    size = len(agency[0]) * len(day[0]) * len(members)
    found = None
    if size > DENSE_CELLS:
        found, cell = np.unique(cell, return_inverse=True)
        size = len(found)
    table = np.zeros((len(COUNTED), size), np.int64)
    for row, name in enumerate(COUNTED):
        stepped = np.flatnonzero(counted[name])
        table[row] = np.bincount(cell[stepped], counted[name][stepped], size)
    kept = np.flatnonzero(table.any(axis=0))
    held = kept if found is None else found[kept]
    rest, in_member = np.divmod(held, max(len(members), 1))
    in_agency, in_day = np.divmod(rest, max(len(day[0]), 1))
    keys = {
        "agency_id": agency[0][in_agency],
        "day": day[0][in_day],
        "member_id": members[in_member],
        "cut": np.full(len(held), number, np.int16),
    }
    return keys | dict(zip(COUNTED, table[:, kept], strict=True))
