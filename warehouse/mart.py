"""Keeping the flow marts in step with the facts, inside the load transaction."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np

from contracts.partition import Partition
from warehouse import rollup
from warehouse.copy import copy_in, copy_out
from warehouse.database import Cursor, run
from warehouse.facts import Array
from warehouse.flow import CHANGE, GROUP, MEASURES, Changes, Steps, add, correction, sum_steps
from warehouse.statement import statement

EPOCH = date(1970, 1, 1)
_REPLACED = ("payments", "documents")
"""Feeds whose steps of a day come from that day alone: replaced, not added to."""

Columns = Mapping[str, tuple[str, Array]]
Keys = Mapping[str, Any]
Sums = Callable[[], tuple[Changes, Steps]]
"""Gives new rows as changes, and their steps."""
_NOTHING: tuple[Changes, Steps] = ({}, Steps({}, np.empty(0, np.int64), {}))


def before(cursor: Cursor, partition: Partition, keys: Keys) -> Changes:
    """Return what a day says about its dossiers before it is replaced; empty for other feeds."""
    if partition.feed != "dossiers":
        return {}
    return _read(cursor, "flow.day_changes", keys)


@contextmanager
def summing(partition: Partition, columns: Columns) -> Iterator[Sums]:
    """Sum the steps of new rows on a second processor while the caller copies them.

    Copying waits for PostgreSQL most of its time. Yields what waits for the sums.
    """
    with ThreadPoolExecutor(1, "steps") as beside:
        if partition.feed != "dossiers":
            yield lambda: _NOTHING
            return
        new = _changes(columns)
        summed = beside.submit(sum_steps, new)
        yield lambda: (new, summed.result())


def maintain(cursor: Cursor, partition: Partition, keys: Keys, sums: Sums, old: Changes) -> None:
    """Bring the mart of a feed to the facts that were just written.

    Args:
        cursor: the load's, after the new rows were copied.
        partition: what was loaded.
        keys: ``agency``, ``feed``, ``day`` and ``agency_ids`` for the statements.
        sums: what ``summing`` gave for the new rows.
        old: what ``before`` returned.
    """
    if partition.feed in _REPLACED:
        run(cursor, f"flow.clear_{partition.feed}", **keys)
        run(cursor, f"flow.add_{partition.feed}", **keys)
        if partition.feed == "payments":
            _lock_series(cursor, keys)
            rollup.replace_payments(cursor, keys)
    elif partition.feed == "service_catalogue":
        # Two months of one agency at once would each not see the other's head.
        _lock_series(cursor, keys)
        run(cursor, "flow.clear_fields", **keys)
        run(cursor, "flow.add_fields", **keys)
    elif partition.feed == "dossiers":
        _maintain_dossiers(cursor, keys, sums, old)


def _maintain_dossiers(cursor: Cursor, keys: Keys, sums: Sums, old: Changes) -> None:
    # Two days of one agency may hold the same dossier: without this lock, two loads at once
    # would each miss the other's row and count the dossier twice.
    _lock_series(cursor, keys)
    row = run(cursor, "flow.has_sums", **keys).fetchone()
    new, steps = sums()
    if not len(old["key"]) and (row is None or not row[0]):
        # The agency's first rows: the mart holds nothing of it that could be added to.
        copy_in(cursor, "mart", "dossier_flow", mart_columns(steps))
        rollup.put(cursor, steps, keys)
        return
    others = _others(cursor, keys, new, old)
    steps = add(steps, sum_steps(*correction(new, old, others)))
    if len(steps.day):
        _add(cursor, steps)
    rollup.add(cursor, steps, keys)


def _lock_series(cursor: Cursor, keys: Keys) -> None:
    run(cursor, "flow.make_series", agency=keys["agency"], feed=keys["feed"])
    run(cursor, "flow.lock_series", agency=keys["agency"], feed=keys["feed"])


def _others(cursor: Cursor, keys: Keys, new: Changes, old: Changes) -> Changes:
    """Return the last rows on other days of the touched dossiers."""
    touched = np.union1d(new["key"], old["key"])
    listed = "{" + ",".join(map(str, touched.tolist())) + "}"
    return _read(cursor, "flow.other_changes", {**keys, "keys": listed})


def _read(cursor: Cursor, name: str, keys: Keys) -> Changes:
    columns = copy_out(cursor, statement(name), keys, CHANGE)
    return {column: values for column, (_, values) in columns.items()}


def _changes(columns: Columns) -> Changes:
    """Return the copied columns as changes: absent members of a group are 0."""
    changes = {name: columns[name][1] for name in CHANGE}
    for name in GROUP:
        values = changes[name]
        absent = values == np.iinfo(values.dtype).min
        if absent.any():
            changes[name] = np.where(absent, 0, values)
    return changes


def _add(cursor: Cursor, steps: Steps) -> None:
    run(cursor, "flow.make_delta")
    copy_in(cursor, "", "dossier_flow_delta", mart_columns(steps))
    run(cursor, "flow.add_delta")
    if any((steps.measures[name] < 0).any() for name in MEASURES):
        run(cursor, "flow.drop_zeros")


def mart_columns(steps: Steps) -> dict[str, tuple[str, Array]]:
    """Return the columns of ``mart.dossier_flow`` that steps fill."""
    columns = {name: (CHANGE[name], values) for name, values in steps.groups.items()}
    columns["day"] = ("d4", steps.day)
    return columns | {name: ("i4", steps.measures[name]) for name in MEASURES}
