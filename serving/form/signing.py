"""Signing: what speaks against a signature, what is kept of it, and what changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.period import days_between
from hub.registry import Registry
from serving.form.asked import Asked
from serving.form.filling import Filled
from serving.form.row import FEED, PAYMENT_FEED
from serving.form.workbook import Origin, write_workbook
from warehouse.database import Connection, read_snapshot, run
from warehouse.map import map_day
from warehouse.signed import Place, SignedForm, Signing, runs_behind


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a form cannot be signed: a word of the page ``form`` and its values."""

    word: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs from what was signed; None = no row or no figure."""

    code: str
    mark: str
    column: int
    signed: int | str | None
    now: int | str | None

    @property
    def difference(self) -> int | None:
        """Return by how much it grew, where both are whole numbers."""
        if isinstance(self.signed, int) and isinstance(self.now, int):
            return self.now - self.signed
        return None


def feeds_of(filled: Filled) -> tuple[str, ...]:
    """Return the feeds that a form about dossiers stands on; none for indicators."""
    if filled.asked.cut == "indicator":
        return ()
    has_payments = any("payments" in name for name in filled.definition.needs)
    return (FEED, PAYMENT_FEED) if has_payments else (FEED,)


def reporters(conn: Connection, asked: Asked) -> list[str]:
    """Return the codes that report what a form speaks of."""
    on_day = map_day(asked.basis)
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "form.reporters", on_day=on_day, agency=asked.agency or None)
        return [row[0] for row in rows]


def runs_of(conn: Connection, filled: Filled, codes: Sequence[str]) -> list[int]:
    """Return the runs behind a form's period, in order."""
    first, last = filled.asked.period.first, filled.asked.period.last
    found = [runs_behind(conn, feed, first, last, list(codes)) for feed in feeds_of(filled)]
    return sorted({token for tokens in found for token in tokens})


def owed(registry: Registry, filled: Filled, codes: Sequence[str]) -> int:
    """Return how many partitions the registry says a form's period needs."""
    known = [registry.agencies[code] for code in codes if code in registry.agencies]
    days = days_between(filled.asked.period.first, filled.asked.period.last)
    wanted = feeds_of(filled)
    return sum(feed in agency.feeds_on(day) for agency in known for day in days for feed in wanted)


def reasons(filled: Filled, wanted: int, today: date) -> list[Reason]:
    """Return everything that speaks against signing; nothing where it may be signed.

    Args:
        filled: the form.
        wanted: partitions that the registry says the period needs.
        today: day of Asia/Ho_Chi_Minh.
    """
    found: list[Reason] = []
    last = filled.asked.period.last
    if last >= today:
        found.append(Reason("refused_period", {"last": f"{last:%d/%m/%Y}"}))
    expected = max(wanted, filled.coverage.expected)
    if filled.coverage.covered < expected or not expected:
        values = {"covered": filled.coverage.covered, "expected": expected}
        found.append(Reason("refused_coverage", values | {"gone": expected - values["covered"]}))
    if filled.before and filled.before.covered < filled.before.expected:
        before = filled.before
        values = {"covered": before.covered, "expected": before.expected}
        found.append(Reason("refused_before", values | {"gone": before.expected - before.covered}))
    found += [
        Reason(
            "refused_identity",
            {"row": check.row.code, "identity": check.identity} | {"difference": check.difference},
        )
        for check in filled.broken
    ]
    found += [Reason("refused_negative", {"row": row.code}) for row in filled.negative]
    if filled.absent:
        numbers = ", ".join(f"({column.number})" for column in filled.absent)
        found.append(Reason("refused_absent", {"columns": numbers}))
    return found


def signing_of(filled: Filled, scope: str, runs: Sequence[int], signer: str) -> Signing:
    """Return a form as it is kept once signed; its workbook is the Vietnamese one."""
    asked = filled.asked
    return Signing(
        form=asked.form,
        form_version=filled.version,
        cut=asked.cut,
        agency=asked.agency,
        period=asked.period.name,
        calendar=asked.calendar,
        first_day=asked.period.first,
        last_day=asked.period.last,
        basis=asked.basis_name,
        figures=filled.figures,
        fingerprint=filled.fingerprint,
        identities=filled.checked,
        expected=filled.coverage.expected,
        covered=filled.coverage.covered,
        runs=runs,
        file=write_workbook(filled, Origin(scope, runs, signer)),
        signer=signer,
    )


def place_of(asked: Asked) -> Place:
    """Return where the signatures of a form are kept."""
    return Place(
        form=asked.form,
        cut=asked.cut,
        agency=asked.agency,
        period=asked.period.name,
        calendar=asked.calendar,
        basis=asked.basis_name,
    )


def changes(signed: SignedForm, filled: Filled) -> list[Change]:
    """Return the cells whose figures differ from what was signed, by row and column."""
    before, now = _cells(signed.figures), _cells(filled.figures)
    return [
        Change(*key, before.get(key), now.get(key))
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]


def _cells(figures: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, int], int | str | None]:
    return {
        (row["code"], row["mark"], int(number)): cell
        for row in figures
        for number, cell in row["columns"].items()
    }
