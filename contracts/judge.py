"""The judge: pages of one landing in, one verdict out; only typed columns survive a page."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from contracts.batch import Day, History, judge_day
from contracts.code_list import CodeLists
from contracts.column import Array
from contracts.duplicate import Repeats, find_repeats, number_repeats
from contracts.errors import HubBug
from contracts.fault import Faults
from contracts.growing import Growing
from contracts.key import SEPARATOR, hash_texts
from contracts.model import Contract
from contracts.moment import BAD
from contracts.packed import Packed
from contracts.page import BrokenRow, Page, Value, packed_column
from contracts.partition import Partition
from contracts.program import Columns, compile_contract
from contracts.rule import DeclaredTotal, Key, UnitScale
from contracts.source_map import SourceMap
from contracts.text import has_identity, shown
from contracts.tombstone import Burial
from contracts.verdict import (
    NULL,
    Column,
    Counts,
    Frame,
    Judged,
    Outcome,
    QuarantinedRow,
    RuleCount,
    Violation,
)

__all__ = ["History", "Judge"]

_BLOCK = 16_384
"""Rows judged together: enough to spread the cost of a numpy call (4096 took a fifth longer)."""


class Judge:
    """Judges the rows of one partition under one contract.

    Pages are given in order, then ``close`` gives the verdict, once. A row gets every reason
    that applies. Memory: 4 or 8 bytes per row and field, the texts of ``many_values`` fields
    and the quarantined rows; pages themselves are let go.
    """

    def __init__(
        self,
        contract: Contract,
        source_map: SourceMap,
        partition: Partition,
        lists: CodeLists,
        history: History | None = None,
    ) -> None:
        """Compile the contract for a source.

        Args:
            contract: what is agreed.
            source_map: how the source says it.
            partition: whose day it is.
            lists: code lists as of the partition's day.
            history: what the days before it were like.

        Raises:
            ConfigError: map and contract do not fit.
        """
        self._contract = contract
        self._program = compile_contract(contract, source_map, partition, lists)
        self._day = Day(history=history)
        self._pending: dict[str, list[Packed]] = {path: [] for path in source_map.paths}
        self._block: dict[str, Packed] = {}
        self._field_at = {r.path: name for name, r in self._program.readers.items() if r.path}
        self._broken: dict[int, BrokenRow] = {}
        self._waiting = 0
        self._columns = {
            name: Growing(np.int64 if reader.absent == NULL else np.int32)
            for name, reader in self._program.readers.items()
        }
        self._rows, self._keys = Growing(np.int32), Growing(np.int64)
        self._quarantine: list[QuarantinedRow] = []
        self._failed: Counter[int] = Counter()
        self._normalised = 0
        self._absent = {
            f.name: self._program.readers[f.name].path or ""
            for f in contract.fields
            if f.required and self._program.readers[f.name].path
        }
        self._summed = [rule.field for _, rule in contract.named(DeclaredTotal)]
        tombstone = source_map.tombstone
        self._burial = Burial.of(tombstone, contract, self._program) if tombstone else None

    def page(self, page: Page) -> None:
        """Take the next page of the landing.

        Raises:
            HubBug: a column has another length than the page.
        """
        for path, pending in self._pending.items():
            column = packed_column(page, path)
            if len(column) != page.rows:
                raise HubBug("a column is not as long as its page", where=path)
            pending.append(column)
        for broken in page.broken:
            self._broken[self._waiting + broken.row] = broken
        self._day.unknown |= page.unknown
        self._waiting += page.rows
        if self._waiting >= _BLOCK:
            self._judge_block()

    def close(self, declared: Mapping[str, int]) -> Judged:
        """Return the verdict over the day.

        A rejected day loads nothing: its counts name every row that is no exact duplicate as
        quarantined, its ``quarantine`` holds the rows that have reasons of their own. Rows in
        conflict about a key are quarantined with the fields of that key only, since nothing
        else of a page is kept.

        Args:
            declared: what the source declared: ``rows``, and sums by field in minor units.
        """
        if self._waiting:
            self._judge_block()
        columns: Columns = {name: self._columns.pop(name).column() for name in list(self._columns)}
        repeats, keys = self._repeats(columns)
        self._quarantine_conflicts(columns, repeats)
        day = self._day
        day.declared = declared
        day.duplicates = len(repeats.dropped)
        day.quarantined = len(self._quarantine)
        day.missing = self._absent if day.read else {}
        for name in self._summed:
            day.repeated[name] = int(columns[name][repeats.dropped].sum())
        for _, rule in self._contract.named(UnitScale):
            day.medians |= _median(rule, columns[rule.field][repeats.kept])
        reasons, asked = judge_day(self._contract, day)
        kept = repeats.kept[:0] if reasons else repeats.kept
        totals = self._totals(columns, kept, declared)
        return Judged(
            outcome=Outcome.REJECT if reasons else Outcome.ACCEPT,
            frame=self._frame(columns, keys, kept),
            quarantine=tuple(sorted(self._quarantine, key=lambda row: row.row_number)),
            reasons=tuple(reasons),
            counts=self._counts(len(kept)),
            rules=(*self._rule_counts(), *asked),
            totals=totals,
        )

    def _judge_block(self) -> None:
        rows, faults = self._waiting, Faults()
        self._block = {path: Packed.joined(parts) for path, parts in self._pending.items()}
        nothing = Packed.nothing(rows)
        columns: Columns = {
            name: reader.read(self._block[reader.path] if reader.path else nothing, faults)
            for name, reader in self._program.readers.items()
        }
        for rule in self._program.rules:
            rule(columns, faults)
        if self._burial:
            gone = self._burial.bury(self._block[self._burial.path], columns, faults)
            self._day.read -= int(np.count_nonzero(gone))  # they need not fill required columns
        self._add_up(columns)
        good = self._quarantine_block(faults, rows)
        if len(good) < rows:
            columns = {name: column[good] for name, column in columns.items()}
        self._keep(columns, self._day.received + good)
        self._day.received += rows
        self._day.read += rows - len(self._broken)
        self._day.identity |= faults.identity
        self._normalised += faults.normalised
        self._start_block()

    def _start_block(self) -> None:
        self._waiting = 0
        self._broken, self._block = {}, {}
        for pending in self._pending.values():
            pending.clear()

    def _keep(self, columns: Columns, numbers: NDArray[np.int64]) -> None:
        for name, column in columns.items():
            self._columns[name].add(column)
        self._rows.add(numbers)
        parts = [self._program.readers[n].texts(columns[n]) for n in self._contract.key]
        joined = parts[0] if len(parts) == 1 else map(SEPARATOR.join, zip(*parts, strict=True))
        self._keys.add(hash_texts(list(joined)))

    def _add_up(self, columns: Columns) -> None:
        """Note received sums and which required fields have been met at all."""
        for name in self._summed:
            column = columns[name]
            self._day.sums[name] = self._day.sums.get(name, 0) + int(column[column > BAD].sum())
            if (column == BAD).any() or self._broken:
                self._day.unread.add(name)
        for name in list(self._absent):
            if (columns[name] != self._program.readers[name].absent).any():
                del self._absent[name]

    def _quarantine_block(self, faults: Faults, rows: int) -> NDArray[np.intp]:
        """Put faulty rows aside with their reasons; return the others."""
        good = np.ones(rows, bool)
        for row, numbers in faults.by_row():
            if row not in self._broken:
                good[row] = False
                self._failed.update(numbers)
                self._set_aside(row, [self._violation(n, row) for n in numbers], faults)
        for row, broken in self._broken.items():
            good[row] = False
            name = f"row.{broken.code.lower().replace('-', '_')}"
            self._failed[self._program.book.add(broken.code, name=name)] += 1
            reason = Violation(name, broken.code, "", broken.seen, broken.allowed)
            self._set_aside(row, [reason], faults)
        return np.flatnonzero(good)

    def _set_aside(self, row: int, reasons: list[Violation], faults: Faults) -> None:
        values: dict[str, Value] = {}
        for path, column in self._block.items():
            value = column[row]
            if value is not None and has_identity(str(value)):
                faults.identity.add(self._field_at.get(path, path))
                value = shown(value)
            values[path] = value
        number = self._day.received + row
        self._quarantine.append(QuarantinedRow(number, values, tuple(reasons)))

    def _violation(self, number: int, row: int) -> Violation:
        line = self._program.book.lines[number]
        path = self._program.readers[line.field].path
        value = self._block[path][row] if path else None
        seen = "" if value is None else shown(value)
        return Violation(line.name, line.code, line.field, seen, line.allowed)

    def _repeats(self, columns: Columns) -> tuple[Repeats, NDArray[np.int64]]:
        keys = self._keys.column()
        rule = self._contract.batch(Key)
        if rule and rule.repeats == "numbered":
            keys = number_repeats(keys, columns, self._program.readers)
        return find_repeats(keys, columns, self._program.readers), keys

    def _quarantine_conflicts(self, columns: Columns, repeats: Repeats) -> None:
        rule = self._program.book.add("DUP-CONFLICT", name="key", allowed="one row per key")
        self._failed[rule] += len(repeats.conflicts)
        if not len(repeats.conflicts):
            return
        numbers = self._rows.column()[repeats.conflicts]
        readers = [self._program.readers[name] for name in self._contract.key]
        texts = [r.texts(columns[r.field.name][repeats.conflicts]) for r in readers]
        for number, key in zip(numbers.tolist(), zip(*texts, strict=True), strict=True):
            values: dict[str, Value] = {
                reader.path or reader.field.name: text
                for reader, text in zip(readers, key, strict=True)
            }
            field, seen = readers[0].field.name, shown(", ".join(key))
            reason = Violation("key", "DUP-CONFLICT", field, seen, "one row per key")
            self._quarantine.append(QuarantinedRow(number, values, (reason,)))

    def _frame(self, columns: Columns, keys: NDArray[np.int64], kept: NDArray[np.intp]) -> Frame:
        readers = self._program.readers
        ready: dict[str, Column] = {}
        chosen, order = _in_order_received(kept, len(keys))
        for name in list(columns):
            # let each column go once it is chosen: two whole days need not stand side by side
            ready[name] = readers[name].finish(columns.pop(name)[chosen])
        ready["row_number"] = self._rows.column()[chosen]
        ready["key"] = keys[chosen]
        return Frame(len(kept), ready, order)

    def _counts(self, loaded: int) -> Counts:
        day = self._day
        return Counts(
            received=day.received,
            loaded=loaded,
            quarantined=day.received - day.duplicates - loaded,
            duplicates=day.duplicates,
            normalised=self._normalised,
        )

    def _rule_counts(self) -> list[RuleCount]:
        received = self._day.received
        return [
            RuleCount(line.name, line.code, received, self._failed[number])
            for number, line in enumerate(self._program.book.lines)
        ]

    def _totals(
        self, columns: Columns, kept: NDArray[np.intp], declared: Mapping[str, int]
    ) -> dict[str, int]:
        totals = {"rows": len(kept)}
        for name in self._summed:
            totals[name] = int(columns[name][kept].sum())
        totals.update({f"median_{name}": number for name, number in self._day.medians.items()})
        totals.update({f"declared_{name}": number for name, number in declared.items()})
        for name in set(self._summed) & set(declared):
            gap = self._day.sums.get(name, 0) - declared[name]
            if gap not in {0, self._day.repeated[name]}:
                totals[f"difference_{name}"] = gap
        return totals


def _median(rule: UnitScale, column: Array) -> dict[str, int]:
    """Return the lower median of a field's values, nothing where they are too few to say."""
    values = np.sort(column[column > BAD])
    return {rule.field: int(values[(len(values) - 1) // 2])} if len(values) >= rule.rows else {}


def _in_order_received(
    kept: NDArray[np.intp], rows: int
) -> tuple[slice | NDArray[np.bool_], NDArray[np.intp]]:
    """Return what chooses the kept rows as they were received, and their places by key."""
    if len(kept) == rows:
        return slice(None), kept
    chosen = np.zeros(rows, bool)
    chosen[kept] = True
    return chosen, (np.cumsum(chosen) - 1)[kept]
