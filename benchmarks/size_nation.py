"""The nation at size: who gives how many dossiers on which days, drawn in columns.

Nothing here touches a database; the same seed draws the same nation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.flow import NEVER
from warehouse.mart import EPOCH

Array = NDArray[Any]
Columns = dict[str, tuple[str, Array]]
"""As ``warehouse.copy.copy_in`` takes them."""

WEEK = np.array([1.15, 1.10, 1.05, 1.00, 0.95, 0.25, 0.05])
"""Monday to Sunday."""
CITIES = ("H26", "H29")
CHANNELS = np.array([1, 2, 3], np.int16)
PROCEDURES = 300
"""Procedures that an agency is asked for."""
NATIONAL = 1_800
"""Procedures of all provinces together, by national code; ministries have others."""
FIELDS = 120
BY_COMMUNES = 0.3
"""Share of procedures that every commune handles; the others belong to one department each."""
DEPARTMENTS = 14
FIRST_SHOWN = 0.25
"""Share of dossiers of which an earlier day told, too."""


@dataclass(frozen=True, slots=True)
class Office:
    """What an agency has, whatever its version: units below it and procedures.

    Attributes:
        code: the agency.
        weight: its share of all dossiers against the other agencies'.
        units: codes; the first ``DEPARTMENTS`` are departments, the rest communes.
        procedures: codes with the agency's suffix.
        levels: service level per procedure.
        due_days: working time per procedure.
        fields: number of the field per procedure.
    """

    code: str
    weight: float
    units: tuple[str, ...]
    procedures: tuple[str, ...]
    levels: Array
    due_days: Array
    fields: Array


@dataclass(frozen=True, slots=True)
class Span:
    """One version of an agency and its rows.

    Attributes:
        office: the agency's.
        agency_id: the version.
        first: first day it gives.
        last: last day, included.
        rows: dossiers whose last change lies in those days.
        number: running number of its first dossier, which keys are made from.
        end: last day of the nation's data.
    """

    office: Office
    agency_id: int
    first: date
    last: date
    rows: int
    number: int
    end: date


def office(code: str) -> Office:
    """Return an agency's units and procedures, drawn from its code alone."""
    draw = np.random.default_rng(list(code.encode()))
    is_province = code.startswith("H")
    weight = float(draw.lognormal(0.0, 0.5)) * (4.0 if code in CITIES else 1.0)
    size = int(draw.integers(14, 150)) if is_province else int(draw.integers(5, 20))
    pool = NATIONAL if is_province else PROCEDURES
    numbers = np.sort(draw.permutation(pool)[:PROCEDURES]) + (0 if is_province else 5_000)
    if not is_province:
        numbers = numbers + 400 * int(code[1:])
    attributes = np.random.default_rng([7]).integers(0, 1 << 30, 40_000)[numbers]
    return Office(
        code,
        weight if is_province else weight * 0.12,
        tuple(f"{code}.{n:02d}" for n in range(1, size + 1)),
        tuple(f"{1 + n % 2}.{n:06d}.000.00.00.{code}" for n in numbers),
        np.array([4, 5, 5, 3, 6])[attributes % 5].astype(np.int16),
        (1 + attributes // 5 % 30).astype(np.int32),
        attributes // 200 % FIELDS,
    )


def spans(
    offices: Mapping[str, Office],
    versions: list[tuple[str, int, date, date]],
    rows: int,
    first: date,
    last: date,
) -> Iterator[Span]:
    """Share rows out over versions of agencies (code, id, first and last day)."""
    held = [(o, i, max(a, first), min(b, last)) for o, i, a, b in versions]
    lived = [(offices[o], i, a, b) for o, i, a, b in held if a <= b]
    loads = np.array([o.weight * ((b - a).days + 1) for o, _, a, b in lived])
    shares = np.maximum(np.round(loads / loads.sum() * rows), 1).astype(int)
    number = 0
    for (one, agency_id, begin, end), count in zip(lived, shares, strict=True):
        yield Span(one, agency_id, begin, end, int(count), number, last)
        number += int(count)


def dossiers(span: Span, units: Array, procedures: Array, communes: Array) -> Columns:
    """Draw the last change of every dossier of a span, in order of day and key.

    Args:
        span: whose.
        units: ids of the office's units.
        procedures: ids of the office's procedures.
        communes: ids to choose from.
    """
    draw, count, own = np.random.default_rng([1, span.agency_id]), span.rows, span.office
    days = np.arange(_number(span.first), _number(span.last) + 1)
    busy = WEEK[(days + 3) % 7] * np.linspace(1.0, 1.5, len(days))
    day = draw.choice(days, count, p=busy / busy.sum()).astype(np.int32)
    key = _mixed(np.arange(span.number, span.number + count, dtype=np.uint64))
    order = np.lexsort((key, day))
    day, key = day[order], key[order]
    popular = 1.0 / (np.arange(PROCEDURES) + 8.0)
    asked = draw.choice(PROCEDURES, count, p=popular / popular.sum())
    taken = (draw.random(count) ** 1.6 * max(len(units) - DEPARTMENTS, 1)).astype(int)
    departments = min(DEPARTMENTS, len(units))
    is_commune = (asked % 10 < BY_COMMUNES * 10) & (len(units) > DEPARTMENTS)
    unit = np.where(is_commune, departments + taken, asked % departments)
    columns = {
        "key": ("i8", key),
        "agency_id": ("i4", np.full(count, span.agency_id, np.int32)),
        "day": ("d4", day),
        "row_number": ("i4", _positions(day)),
        "unit_id": ("i4", units[np.minimum(unit, len(units) - 1)]),
        "procedure_id": ("i4", procedures[asked]),
        "commune_id": ("i4", draw.choice(communes, count)),
        "channel_id": ("i2", draw.choice(CHANNELS, count, p=(0.33, 0.62, 0.05))),
        "applicant_type_id": ("i2", draw.integers(1, 6, count).astype(np.int16)),
        "service_level_id": ("i2", own.levels[asked]),
        "payment_flag_id": ("i2", draw.integers(1, 3, count).astype(np.int16)),
    }
    return columns | _fate(draw, day, own.due_days[asked], _number(span.end))


def _fate(draw: np.random.Generator, day: Array, due_days: Array, end: int) -> Columns:
    """Draw status and days: most dossiers are done, of the newest many are not."""
    count = len(day)
    chance = draw.random(count)
    is_open = chance < 0.003 + 0.6 * np.exp((day - end) / 12.0)
    status = draw.choice(
        np.array([9, 10, 7, 8, 3, 11], np.int16), count, p=(0.30, 0.657, 0.015, 0.01, 0.017, 0.001)
    )
    waiting = np.array([2, 4, 5, 6, 1], np.int16)
    status[is_open] = draw.choice(waiting, int(is_open.sum()), p=(0.2, 0.65, 0.07, 0.03, 0.05))
    is_late = draw.random(count) < 0.06
    needed = np.where(
        is_late, due_days + draw.integers(1, 20, count), (draw.random(count) ** 0.5 * due_days)
    ).astype(np.int32)
    received = np.where(is_open | (status == 3), day, day - needed).astype(np.int32)
    submitted = received - draw.integers(0, 2, count).astype(np.int32)
    finished = np.where((status >= 7) & (status <= 10), day, NEVER).astype(np.int32)
    return {
        "submitted_on": ("d4", submitted),
        "received_on": ("d4", np.where(np.isin(status, (1, 3)), NEVER, received).astype(np.int32)),
        "due_on": ("d4", (received + due_days).astype(np.int32)),
        "finished_on": ("d4", finished),
        "returned_on": ("d4", np.where(status == 10, day, NEVER).astype(np.int32)),
        "status_id": ("i2", status),
    }


def first_told(span: Span, columns: Columns) -> Columns:
    """Return what an earlier day said about some of the dossiers: taken in, not yet done."""
    values = {name: held for name, (_, held) in columns.items()}
    received = values["received_on"]
    told = (received != NEVER) & (received < values["day"]) & (received >= _number(span.first))
    chosen = np.flatnonzero(told & (values["key"] % 100 < FIRST_SHOWN * 100))
    chosen = chosen[np.lexsort((values["key"][chosen], received[chosen]))]
    earlier = {name: (columns[name][0], held[chosen]) for name, held in values.items()}
    absent = np.full(len(chosen), NEVER, np.int32)
    return earlier | {
        "day": ("d4", received[chosen]),
        "row_number": ("i4", 1_000_000 + _positions(received[chosen])),
        "finished_on": ("d4", absent),
        "returned_on": ("d4", absent),
        "status_id": ("i2", np.full(len(chosen), 2, np.int16)),
    }


def payments(span: Span, columns: Columns, partners: Array) -> Columns:
    """Return one payment for three dossiers of ten, on the day they were done."""
    values = {name: held for name, (_, held) in columns.items()}
    chosen = np.flatnonzero((values["key"] % 10 < 3) & (values["finished_on"] != NEVER))
    draw, count = np.random.default_rng([2, span.agency_id]), len(chosen)
    online = draw.random(count) < 0.55
    return {
        "key": ("i8", values["key"][chosen] ^ 0x5A5A5A5A),
        "dossier_key": ("i8", values["key"][chosen]),
        "amount_minor": ("i8", draw.integers(1, 200, count) * 5_000),
        "agency_id": ("i4", values["agency_id"][chosen]),
        "day": ("d4", values["day"][chosen]),
        "row_number": ("i4", _positions(values["day"][chosen])),
        "unit_id": ("i4", values["unit_id"][chosen]),
        "procedure_id": ("i4", values["procedure_id"][chosen]),
        "partner_id": ("i4", draw.choice(partners, count)),
        "currency_id": ("i2", np.full(count, 704, np.int16)),
        "obligation_kind_id": ("i2", draw.integers(1, 4, count).astype(np.int16)),
        "status_id": ("i2", np.where(draw.random(count) < 0.95, 2, 3).astype(np.int16)),
        "method_id": ("i2", np.where(online, 1, draw.integers(2, 4, count)).astype(np.int16)),
    }


def documents(span: Span, units: Array) -> Columns:
    """Return one movement of a document for five dossiers, over the same days."""
    draw, count = np.random.default_rng([3, span.agency_id]), max(span.rows // 5, 1)
    days = np.arange(_number(span.first), _number(span.last) + 1)
    busy = WEEK[(days + 3) % 7]
    day = np.sort(draw.choice(days, count, p=busy / busy.sum())).astype(np.int32)
    number = _mixed(np.arange(span.number, span.number + count, dtype=np.uint64) + (1 << 40))
    return {
        "key": ("i8", number),
        "document_key": ("i8", number),
        "agency_id": ("i4", np.full(count, span.agency_id, np.int32)),
        "day": ("d4", day),
        "row_number": ("i4", _positions(day)),
        "sender_id": ("i4", draw.choice(units, count)),
        "receiver_id": ("i4", draw.choice(units, count)),
        "issued_on": ("d4", day),
        "direction_id": ("i2", np.where(draw.random(count) < 0.23, 1, 2).astype(np.int16)),
        "document_type_id": ("i2", draw.integers(1, 12, count).astype(np.int16)),
        "business_type_id": ("i2", np.ones(count, np.int16)),
        "status_id": ("i2", draw.integers(3, 7, count).astype(np.int16)),
        "priority_id": ("i2", np.ones(count, np.int16)),
    }


def days_of(first: date, last: date) -> list[date]:
    """Return the days of the nation."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _number(day: date) -> int:
    return (day - EPOCH).days


def _positions(day: Array) -> Array:
    """Return every row's position within its day, of rows in order of day."""
    _, start, counts = np.unique(day, return_index=True, return_counts=True)
    return (np.arange(len(day)) - np.repeat(start, counts)).astype(np.int32)


def _mixed(numbers: Array) -> Array:
    """Return distinct, scattered keys for distinct numbers (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed.view(np.int64)
