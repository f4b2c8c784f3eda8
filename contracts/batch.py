"""Rules over a whole day, asked once at its end."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from contracts import rule as terms
from contracts.model import Contract
from contracts.verdict import RuleCount, Violation


class History(NamedTuple):
    """What the days before say about volume and units.

    Attributes:
        median: rows of a day, median of the same weekday over the last 28 days.
        days: days of history behind it.
        medians: by field, the median over the days' medians, in minor units.
    """

    median: float
    days: int
    medians: Mapping[str, int] = MappingProxyType({})


@dataclass(slots=True)
class Day:
    """One day as received.

    Attributes:
        received: rows, broken ones included; ``read`` those that could be decoded.
        quarantined, duplicates: where they went.
        declared: what the source declared: ``rows`` and sums of amounts in minor units.
        sums: received sums by amount field; ``repeated`` the part of exact duplicates.
        medians: median by field that is held against its history, where enough rows have one.
        unread: amount fields of which some value could not be read: their sum is unknown.
        missing: required fields without a value in any row, with their source paths.
        unknown: names of fields that the source map does not know.
        identity: fields in which a citizen identity number was met.
    """

    received: int = 0
    read: int = 0
    quarantined: int = 0
    duplicates: int = 0
    declared: Mapping[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)
    medians: dict[str, int] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    identity: set[str] = field(default_factory=set)
    history: History | None = None


_Found = tuple[str, str, str]
"""Field, seen, allowed of a broken rule."""


def judge_day(contract: Contract, day: Day) -> tuple[list[Violation], list[RuleCount]]:
    """Return the reasons to refuse the day, and the count of every rule asked."""
    reasons: list[Violation] = []
    counts: list[RuleCount] = []
    for name, code, found in _ask(contract, day):
        broken = list(found)
        reasons += [Violation(name, code, *parts) for parts in broken]
        counts.append(RuleCount(name, code, 1, len(broken)))
    return reasons, counts


def _ask(contract: Contract, day: Day) -> Iterator[tuple[str, str, Iterator[_Found]]]:
    yield "required_columns", "DRIFT-MISSING", _missing(day)
    for named in contract.rules:
        if entry := _RULES.get(type(named.rule)):
            code, ask = entry
            yield named.name, code, ask(named.rule, day)


def _missing(day: Day) -> Iterator[_Found]:
    for name, path in day.missing.items():
        near = difflib.get_close_matches(path, sorted(day.unknown), 1, 0.5)
        hint = f"; nearest unknown name: {near[0]}" if near else ""
        yield name, f"no value in {day.read} rows{hint}", f"{path} in every row"


def _rows(_: terms.DeclaredRows, day: Day) -> Iterator[_Found]:
    declared = day.declared.get("rows")
    # a page read twice while rows moved doubles rows that are then dropped: the set is whole
    if declared is not None and declared not in {day.received, day.received - day.duplicates}:
        yield "", f"{day.received} rows received", f"{declared} declared"


def _total(rule: terms.DeclaredTotal, day: Day) -> Iterator[_Found]:
    name = rule.field
    declared = day.declared.get(name)
    if declared is None or name in day.unread:
        return
    received = day.sums.get(name, 0)
    whole = (received, received - day.repeated.get(name, 0))
    if all(abs(declared - total) > rule.within for total in whole):
        yield name, f"{received} received", f"{declared} declared"


def _empty(rule: terms.Empty, day: Day) -> Iterator[_Found]:
    if not day.received and rule.allowed == "declared" and day.declared.get("rows") != 0:
        yield "", "0 rows", "rows, or 0 declared by the source"


def _rejects(rule: terms.Rejects, day: Day) -> Iterator[_Found]:
    if day.quarantined > rule.share * day.received:
        seen = f"{day.quarantined} of {day.received} rows quarantined"
        yield "", seen, f"at most {rule.share:.0%}"


def _volume(rule: terms.Volume, day: Day) -> Iterator[_Found]:
    past = day.history
    if past is None or past.days < rule.days or past.median < rule.median:
        return
    low, high = rule.lowest * past.median, rule.highest * past.median
    if not low <= day.received <= high:
        seen = f"{day.received} rows, median {past.median:g} of {past.days} days"
        yield "", seen, f"{low:g} … {high:g}"


def _unit_scale(rule: terms.UnitScale, day: Day) -> Iterator[_Found]:
    past, seen = day.history, day.medians.get(rule.field, 0)
    usual = past.medians.get(rule.field, 0) if past and past.days >= rule.days else 0
    low, high = sorted((abs(seen), abs(usual)))
    if low and high >= rule.factor * low:
        yield rule.field, f"median {seen}", f"less than {rule.factor} times off {usual}"


def _identity(_: terms.Identity, day: Day) -> Iterator[_Found]:
    for name in sorted(day.identity):
        yield name, "12-digit citizen identity number", "none in any kept column"


def _closed(_: terms.Closed, day: Day) -> Iterator[_Found]:
    for name in sorted(day.unknown):
        yield "", name, "only the fields of the source map"


_RULES: dict[type, tuple[str, Callable[..., Iterator[_Found]]]] = {
    terms.DeclaredRows: ("COUNT-MISMATCH", _rows),
    terms.DeclaredTotal: ("TOTAL-MISMATCH", _total),
    terms.Empty: ("EMPTY", _empty),
    terms.Rejects: ("TOO-MANY-REJECTS", _rejects),
    terms.Volume: ("VOLUME", _volume),
    terms.UnitScale: ("DRIFT-UNIT", _unit_scale),
    terms.Identity: ("PII-UNEXPECTED", _identity),
    terms.Closed: ("DRIFT-NEW", _closed),
}
