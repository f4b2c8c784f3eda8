"""Readers of measures: instants, dates, numbers and amounts."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from contracts import moment
from contracts.column import Array, Dictionary, Meaning
from contracts.fault import Faults, RuleBook
from contracts.model import Field, Kind
from contracts.number import NumberForm, read_number
from contracts.packed import Packed, Value
from contracts.partition import Partition
from contracts.rule import Amount, DateRange, Measure
from contracts.source_map import SourceField
from contracts.text import has_identity
from contracts.verdict import NULL, Column

_EPOCH = date(1970, 1, 1)


class InstantReader:
    """Reads instants (microseconds UTC) or dates (local days since 1970)."""

    absent = NULL

    def __init__(
        self, field: Field, source: SourceField, book: RuleBook, partition: Partition, own_day: bool
    ) -> None:
        self.field, self.path = field, source.path
        self._form = source.format or "iso"
        moment.pattern(self._form)
        self._null: frozenset[Value] = frozenset(source.null)
        self._default = source.default
        self._days = field.kind is Kind.DATE
        self._shape: moment.Shape | None = None
        name = field.name
        self._rules = {
            code: book.add(code, field=name, allowed=self._form)
            for code in ("DRIFT-TYPE", "DATE-FORMAT", "DATE")
        }
        self._bounds = self._range(field, partition.day, book)
        self._day = None
        if own_day:
            start = moment.day_start(partition.day)
            rule = book.add("DAY-MISMATCH", field=name, allowed=partition.day.isoformat())
            self._day = (start, start + moment.DAY_US - 1, rule)

    def read(self, values: Packed, faults: Faults) -> Array:
        """Return instants or days of a block."""
        column = self._instants(values, faults)
        for bounds in (self._bounds, self._day):
            if bounds:
                _outside(column, bounds, faults)
        if self._days:
            known = column > moment.BAD
            column = np.where(known, moment.local_days(np.where(known, column, 0)), column)
        return column

    def texts(self, column: Array) -> list[str]:
        """Return ISO days, or microseconds, for keys."""
        if self._days:
            days = column.tolist()
            return ["" if d <= moment.BAD else str(_EPOCH + timedelta(days=d)) for d in days]
        return ["" if t <= moment.BAD else str(t) for t in column.tolist()]

    def finish(self, column: Array) -> Column:
        """Return the column as it is."""
        return column.astype(np.int64, copy=False)

    def _range(self, field: Field, day: date, book: RuleBook) -> tuple[int, int, int] | None:
        rule = field.rule(DateRange)
        if rule is None:
            return None
        latest = day + timedelta(days=rule.days_after)
        number = book.add("DATE-RANGE", field=field.name, allowed=f"{rule.earliest} … {latest}")
        end = moment.day_start(latest + timedelta(days=1)) - 1
        return moment.day_start(rule.earliest), end, number

    def _instants(self, values: Packed, faults: Faults) -> NDArray[np.int64]:
        if self._null or self._default is not None:
            absent = self._null | {"", None}
            values = Packed.of([self._default if v in absent else v for v in values])
        column = np.full(len(values), NULL, np.int64)
        for row in self._by_shape(values, column):
            self._by_text(values[row], row, column, faults)
        return column

    def _by_shape(self, values: Packed, column: NDArray[np.int64]) -> list[int]:
        """Fill what has the column's shape; return the rows that need a closer look."""
        rest = ~values.blanks
        shape = self._shape = self._shape or self._shape_of(values)
        if shape:
            cells, rows = values.tokens.lines(shape.size)
            column[rows] = found = moment.compute(cells, shape)
            rest[rows] = found == moment.BAD
        if 2 * np.count_nonzero(rest) > len(values):
            self._shape = None
        return np.flatnonzero(rest).tolist()

    def _shape_of(self, values: Packed) -> moment.Shape | None:
        first = next(iter(np.flatnonzero(~values.tokens.blanks).tolist()), None)
        return None if first is None else moment.shape_of(str(values[first]), self._form)

    def _by_text(self, value: Value, row: int, column: NDArray[np.int64], faults: Faults) -> None:
        if value is None or value == "":
            column[row] = NULL
            return
        if isinstance(value, bool):
            found: int | str = "DRIFT-TYPE"
        else:
            found = moment.read_instant(str(value), self._form, day_only=self._days)
        if isinstance(found, str):
            faults.add(self._rules[found], np.array([row]))
            if has_identity(str(value)):
                faults.identity.add(self.field.name)
        column[row] = moment.BAD if isinstance(found, str) else found


def _outside(column: NDArray[np.int64], bounds: tuple[int, int, int], faults: Faults) -> None:
    low, high, rule = bounds
    wrong = (column > moment.BAD) & ((column < low) | (column > high))
    faults.add(rule, np.flatnonzero(wrong))


class NumberReader:
    """Reads integers, amounts (minor units of the currency) and measures (10^-digits units)."""

    absent = NULL
    _CODES = (
        "DRIFT-TYPE",
        "NUM-FORMAT",
        "AMOUNT-FORMAT",
        "NUM-NONFINITE",
        "NUM-RANGE",
        "AMOUNT-SCALE",
        "AMOUNT-SIGN",
    )

    def __init__(self, field: Field, source: SourceField, book: RuleBook) -> None:
        self.field, self.path = field, source.path
        scaled = field.rule(Amount) or field.rule(Measure)
        unit, digits = field.scale
        self._form = NumberForm(
            digits=digits,
            thousands=source.thousands,
            decimal=source.decimal,
            minimum=field.minimum,
            maximum=field.maximum,
            negative=scaled.negative if scaled else True,
        )
        self._null, self._default = frozenset(source.null), source.default
        allowed = f"{unit}, {digits} decimals" if scaled else "integer"
        self._rules = {c: book.add(c, field=field.name, allowed=allowed) for c in self._CODES}
        self._identity = False
        self._dictionary = Dictionary(self._learn, np.int64, NULL)

    def read(self, values: Packed, faults: Faults) -> Array:
        """Return integers of a block."""
        if values.has_flags:
            # True and 1 are one key of a dictionary; a number is never true or false
            flags = np.array([isinstance(v, bool) for v in values])
            faults.add(self._rules["DRIFT-TYPE"], np.flatnonzero(flags))
            plain = Packed.of([None if isinstance(v, bool) else v for v in values])
            return np.where(flags, moment.BAD, self.read(plain, faults))
        index = self._dictionary.read(values)
        self._dictionary.report(index, faults, self._rules)
        if self._identity:
            faults.identity.add(self.field.name)
        return self._dictionary.numbers(index)

    def texts(self, column: Array) -> list[str]:
        """Return the numbers in minor units as digits, for keys."""
        return ["" if n <= moment.BAD else str(n) for n in column.tolist()]

    def finish(self, column: Array) -> Column:
        """Return the column as it is."""
        return column.astype(np.int64, copy=False)

    def _learn(self, value: Value) -> Meaning:
        if value is None or value == "" or value in self._null:
            value = self._default
        if value is None:
            return Meaning(None)
        found = read_number(value, self._form)
        if isinstance(found, str):
            self._identity |= has_identity(str(value))
            return Meaning(None, (found,))
        return Meaning(found)
