"""Rows of forms: what marts count for each agency, unit, field, procedure or indicator."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from contracts.code_list import all_entries
from serving.form.asked import Asked
from serving.form.definition import PAYMENTS, Definition
from warehouse.database import Connection, read_snapshot, run
from warehouse.figures import Coverage
from warehouse.indicator import IndicatorRow, compute
from warehouse.tally import Cut, Standing, TallyRow, payments, standings, tally

FEED = "dossiers"
PAYMENT_FEED = "payments"
BEGINNING = date(2000, 1, 1)
"""No hub expected anything before."""
_HUNDREDTH = Decimal("0.01")

Counts = Mapping[str, int]
Key = tuple[str, str]
"""Code and mark of a row."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one row.

    Attributes:
        counts: counter -> how many; None where no day of the period came and nothing is known.
        facts: what is said of an indicator.
        coverage: partitions behind the row, where rows are agencies or indicators.
    """

    code: str
    name_vi: str
    name_en: str
    mark: str
    counts: Counts | None = None
    facts: Mapping[str, int | Decimal | str | None] = field(default_factory=dict)
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """All rows with the partitions behind them, of the period and of the days before.

    Attributes:
        owing: every agency that owes the period, those that were not asked for, too.
    """

    lines: Sequence[Line]
    coverage: Coverage
    before: Coverage | None
    owing: Sequence[Standing] = ()


def dossier_lines(conn: Connection, definition: Definition, asked: Asked, *, cut: Cut) -> Lines:
    """Return the rows of a form about dossiers, by code; those that hold nothing are left out.

    Rows that are agencies also show who owes the period and gave nothing.
    """
    first, last = asked.period.first, asked.period.last
    found = tally(conn, first, last, cut=cut, basis=asked.basis, agency=asked.agency)
    counts = {(row.code, row.mark): dict(row.counts) for row in found}
    if definition.awaiting == "resolved":
        _resolve_awaiting(counts)
    owing = standings(conn, FEED, first, last, asked.basis)
    who = [one for one in owing if asked.agency in {"", one.code}]
    paid = list[Standing]()
    if PAYMENTS & definition.needs:
        _add_payments(conn, counts, asked, cut)
        paid = standings(conn, PAYMENT_FEED, first, last, asked.basis, asked.agency)
    names = _names(conn, asked, found)
    behind = {(one.code, one.mark): one.coverage for one in who} if cut == "agency" else {}
    keys = sorted({key for key, told in counts.items() if any(told.values())} | set(behind))
    lines = [_line(key, counts.get(key), behind.get(key), names(key)) for key in keys]
    eve = first - timedelta(1)
    before = _together(standings(conn, FEED, BEGINNING, eve, asked.basis, asked.agency))
    return Lines(lines, _together([*who, *paid]), before, owing)


def indicator_lines(conn: Connection, first: date, last: date) -> Lines:
    """Return a row per indicator and level that has a target."""
    rows = [row for row in compute(conn, first, last) if row.target is not None]
    coverage = [row.coverage for row in rows]
    return Lines([_indicator(row) for row in rows], _sum(coverage), None)


def _line(key: Key, counts: Counts | None, coverage: Coverage | None, name: Key) -> Line:
    code, mark = key
    unknown = coverage is not None and not coverage.covered and not any((counts or {}).values())
    known = None if unknown else defaultdict(int, counts or {})
    return Line(code, *name, mark, known, coverage=coverage)


def _together(standing: Sequence[Standing]) -> Coverage:
    return _sum([one.coverage for one in standing])


def _sum(parts: Sequence[Coverage]) -> Coverage:
    return Coverage(sum(p.expected for p in parts), sum(p.covered for p in parts))


def _names(conn: Connection, asked: Asked, found: Sequence[TallyRow]) -> Callable[[Key], Key]:
    """Return what names a row in both languages."""
    told = {(row.code, row.mark): (row.name, row.name) for row in found}
    if asked.cut == "field":
        told |= {(e.code, ""): (e.label_vi, e.label_en) for e in all_entries("field")}
    if asked.cut == "agency":
        with read_snapshot(conn) as cursor:
            rows = run(cursor, "form.agency_names", **_parameters(asked)).fetchall()
        told |= {(code, mark): (name, name) for code, mark, name in rows}
    return lambda key: told.get(key, ("", ""))


def _resolve_awaiting(counts: dict[Key, dict[str, int]]) -> None:
    """Count dossiers that await documents as resolved on time instead of pending."""
    for told in counts.values():
        told["resolved_ontime"] += told["awaiting"]
        told["pending"] -= told["awaiting"]
        told["pending_late"] -= told["awaiting_late"]


def _add_payments(
    conn: Connection, counts: dict[Key, dict[str, int]], asked: Asked, cut: Cut
) -> None:
    first, last = asked.period.first, asked.period.last
    found = payments(conn, first, last, cut=cut, basis=asked.basis, agency=asked.agency)
    for row in found:
        counts.setdefault((row.code, row.mark), {}).update(
            payments=row.succeeded, payments_online=row.online
        )


def _parameters(asked: Asked) -> dict[str, object]:
    days = {"first_day": asked.period.first, "last_day": asked.period.last}
    return {**asked.parameters, **days}


def _indicator(row: IndicatorRow) -> Line:
    judged = {True: "met", False: "not_met", None: "unjudged"}[row.is_met]
    facts = {
        "level": row.level,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "value": _rounded(row.value),
        "target": row.target,
        "verdict": judged,
        "coverage": _percent(row.coverage),
    }
    code = f"{row.indicator}/{row.level}"
    return Line(code, row.name_vi, row.name_en, "", facts=facts, coverage=row.coverage)


def _percent(coverage: Coverage) -> Decimal | None:
    """Return a share in percent, rounded down: 100 is said of all alone."""
    if not coverage.expected:
        return None
    return Decimal(10_000 * coverage.covered // coverage.expected) / 100


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_HUNDREDTH, ROUND_HALF_UP)
