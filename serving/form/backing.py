"""Backing: what was added up in one cell, by agency, by day, down to the received records.

A step (received, resolved …) is counted on its own day by the dossier's last change, which a later
day may have told; records therefore name the run that told them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from serving.form.asked import Asked
from serving.form.definition import PAYMENTS, Column, Definition
from serving.form.row import PAYMENT_FEED
from warehouse.database import Connection, read_snapshot, run
from warehouse.rollup import DIRECT, FULL, ONLINE, PARTIAL, POSTAL

MEASURES = (
    "received",
    "resolved_early",
    "resolved_ontime",
    "resolved_late",
    "withdrawn",
    "stopped",
    "overdue_started",
    "overdue_ended",
)
CLOSED = MEASURES[1:6]
NEAR = timedelta(92)
"""Days before and after a step in which the changes that tell of it are nearly always received."""
CUTS: Mapping[str, int] = {"agency": 0, "unit": 1, "field": 2, "procedure": 2}
"""What rows are -> number of the cut in ``mart.dossier_cut``; fields are sums of procedures."""


@dataclass(frozen=True, slots=True)
class Member:
    """The row whose cell is asked about; ``is_total``: every row."""

    code: str
    mark: str
    is_total: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Summed steps of one agency (and day) by channel and level.

    Attributes:
        is_before: whether the day lies before the period.
        counts: measure -> steps.
    """

    agency: str
    name: str
    day: date | None
    is_before: bool
    channel: int
    level: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a cell: an agency that reported, or one of its days."""

    agency: str
    name: str
    day: date | None
    count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The partition of a day: what it shows and from which landing."""

    run: int
    facts_run: int
    manifest: str


@dataclass(frozen=True, slots=True)
class Record:
    """One received record behind a cell, without anything that names a person.

    Attributes:
        day, row_number: the received day and the position in it; ``run`` told it, ``manifest``
            is its landing in the archive.
        weight: +1 or -1: what it adds to the cell.
        status: code and label of the dossier's last change.
    """

    day: date
    row_number: int
    run: int
    manifest: str
    weight: int
    measure: str
    status_vi: str = ""
    status_en: str = ""
    received_on: date | None = None
    due_on: date | None = None
    closed_on: date | None = None


def parts(
    conn: Connection, asked: Asked, column: Sequence[Column], member: Member, *, agency: str = ""
) -> list[Part]:
    """Return what a cell is made of: by agency, or by day of one reporting agency.

    Args:
        conn: idle, or within a snapshot.
        asked: the form.
        column: the columns whose counters are added, without sums.
        member: the row.
        agency: code that reported; empty = all, each once.
    """
    summed: dict[tuple[str, str, date | None], int] = {}
    read = _payment_steps if any(map(has_payments, column)) else _steps
    for step in read(conn, asked, member, agency):
        key = (step.agency, step.name, step.day)
        added = sum(amount(one, step) for one in column)
        summed[key] = summed.get(key, 0) + added
    return [Part(*key, count) for key, count in sorted(summed.items(), key=_place) if count]


def amount(column: Column, step: Step) -> int:
    """Return what a step adds to a column."""
    added = sum(_taken(name, step) for name in column.counters)
    return added - sum(_taken(name, step) for name in column.minus)


def simple_columns(definition: Definition, column: Column) -> list[Column]:
    """Return the columns behind one that are no sums."""
    if not column.sum:
        return [column]
    return [one for n in column.sum for one in simple_columns(definition, definition.column(n))]


def has_payments(column: Column) -> bool:
    """Tell whether a column counts payments."""
    return bool(PAYMENTS & set(column.counters))


def records(
    conn: Connection,
    asked: Asked,
    column: Sequence[Column],
    member: Member,
    *,
    agency: str,
    day: date,
) -> list[Record]:
    """Return the records that add to a cell on one day of one reporting agency, as received.

    They are looked for near that day first; all that was ever received is searched only where the
    mart counts others.
    """
    parameters = _asked(asked, member) | {"reporter": agency, "day": day}
    if any(map(has_payments, column)):
        return _payment_records(conn, column, parameters)
    is_before = day < asked.period.first
    found = []
    for told_on, number, token, manifest, *dossier, measure, channel, level in _dossiers(
        conn, parameters, _counted(conn, asked, member, agency, day)
    ):
        step = Step(agency, "", day, is_before, channel, level, {measure: 1})
        if weight := sum(amount(one, step) for one in column):
            label_vi, label_en, *days = dossier
            where = (told_on, number, token, manifest)
            found.append(Record(*where, weight, measure, label_vi, label_en, *days))
    return found


def runs_by_part(
    conn: Connection, feed: str, first: date, last: date, agency: str
) -> dict[tuple[str, date | None], list[int]]:
    """Return the runs that partitions show: by agency, or by day where one agency is named."""
    asked = {"feed": feed, "first_day": first, "last_day": last, "reporter": agency or None}
    found: dict[tuple[str, date | None], list[int]] = {}
    with read_snapshot(conn) as cursor:
        for code, day, token in run(cursor, "form.applied", **asked):
            found.setdefault((code, day if agency else None), []).append(token)
    return found


def partition_shown(conn: Connection, feed: str, agency: str, day: date) -> Shown | None:
    """Return what the partition of a day shows, None where it shows nothing."""
    with read_snapshot(conn) as cursor:
        row = run(cursor, "form.shown", feed=feed, agency=agency, day=day).fetchone()
    return Shown(*row) if row else None


def _counted(
    conn: Connection, asked: Asked, member: Member, agency: str, day: date
) -> Counter[str]:
    """Return how many steps the mart counts for one day of one agency, by measure."""
    counted: Counter[str] = Counter()
    for step in _steps(conn, asked, member, agency):
        if step.day == day:
            counted.update(step.counts)
    return +counted


def _dossiers(
    conn: Connection, parameters: Mapping[str, object], counted: Counter[str]
) -> list[tuple[Any, ...]]:
    """Return the rows of the statement ``form.records``: as many by measure as were counted."""
    day = parameters["day"]
    assert isinstance(day, date)
    for since, until in ((day - NEAR, day + NEAR), (date.min, date.max)):
        searched = {"since_day": since, "until_day": until}
        with read_snapshot(conn) as cursor:
            rows = run(cursor, "form.records", **parameters, **searched).fetchall()
        if Counter(measure for *_, measure, _channel, _level in rows) == counted:
            break
    return rows


def _payment_records(
    conn: Connection, column: Sequence[Column], parameters: Mapping[str, object]
) -> list[Record]:
    agency, day = str(parameters["reporter"]), parameters["day"]
    assert isinstance(day, date)
    source = partition_shown(conn, PAYMENT_FEED, agency, day)
    if source is None:
        return []
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "form.payment_records", **parameters).fetchall()
    found = []
    for row_number, is_online in rows:
        counts = {"payments": 1, "payments_online": int(is_online)}
        step = Step(agency, "", day, is_before=False, channel=0, level=0, counts=counts)
        if weight := sum(amount(one, step) for one in column):
            name = "payments_online" if is_online else "payments"
            found.append(Record(day, row_number, source.facts_run, source.manifest, weight, name))
    return found


def _taken(counter: str, step: Step) -> int:
    """Return what a step adds to a counter; what no step carries is 0."""
    counts = step.counts
    if counter == "pending_late":
        return counts.get("overdue_started", 0) - counts.get("overdue_ended", 0)
    if counter in {"pending", "carried_over"}:
        if counter == "carried_over" and not step.is_before:
            return 0
        return counts.get("received", 0) - sum(counts.get(name, 0) for name in CLOSED)
    if step.is_before or not _fits(counter, step):
        return 0
    return counts.get("received" if counter.startswith("received") else counter, 0)


def _fits(counter: str, step: Step) -> bool:
    """Tell whether a step's channel and level are those of a counter."""
    match counter:
        case "received_online":
            return step.channel == ONLINE
        case "received_online_full":
            return step.channel == ONLINE and step.level in FULL
        case "received_online_partial":
            return step.channel == ONLINE and step.level in PARTIAL
        case "received_direct":
            return step.channel == DIRECT
        case "received_postal":
            return step.channel == POSTAL
        case _:
            return True


def _steps(conn: Connection, asked: Asked, member: Member, agency: str) -> list[Step]:
    parameters = _reported(asked, member, agency)
    with read_snapshot(conn) as cursor:
        rows = run(cursor, f"form.steps{_by_day(agency)}", **parameters).fetchall()
    return [
        Step(code, name, day, is_before, channel, level, dict(zip(MEASURES, counts, strict=True)))
        for code, name, day, is_before, channel, level, *counts in rows
    ]


def _payment_steps(conn: Connection, asked: Asked, member: Member, agency: str) -> list[Step]:
    parameters = _reported(asked, member, agency)
    with read_snapshot(conn) as cursor:
        rows = run(cursor, f"form.payment_parts{_by_day(agency)}", **parameters).fetchall()
    return [
        Step(code, name, day, False, 0, 0, {"payments": paid, "payments_online": online})
        for code, name, day, paid, online in rows
    ]


def _reported(asked: Asked, member: Member, agency: str) -> dict[str, object]:
    """Return the parameters of what agencies, or one of them, reported in the form's period.

    Every row together is the agencies as a whole, whatever the rows are.
    """
    cut = "agency" if member.is_total else asked.cut
    return _asked(asked, member) | {
        "first_day": asked.period.first,
        "last_day": asked.period.last,
        "cut": cut,
        "cut_number": CUTS[cut],
        "reporter": agency,
    }


def _by_day(agency: str) -> str:
    return "_by_day" if agency else ""


def _asked(asked: Asked, member: Member) -> dict[str, object]:
    code = None if member.is_total else member.code
    return asked.parameters | {"code": code, "mark": member.mark}


def _place(item: tuple[tuple[str, str, date | None], int]) -> tuple[int, str]:
    (agency, _, day), _ = item
    return (-day.toordinal() if day else 0, agency)
