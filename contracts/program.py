"""The compiler: contract + source map + day -> readers and rules over whole columns."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts import rule as terms
from contracts.check import check_of
from contracts.code_list import CodeLists
from contracts.column import ABSENT, Array, CodeReader, Reader, TextReader
from contracts.errors import ConfigError
from contracts.fault import Faults, RuleBook
from contracts.measure import InstantReader, NumberReader
from contracts.model import Contract, Field, Kind
from contracts.moment import BAD, local_days
from contracts.partition import Partition
from contracts.source_map import SourceField, SourceMap
from contracts.verdict import NULL

_UNMAPPED = SourceField()
Columns = dict[str, Array]
RowRule = Callable[[Columns, Faults], None]


@dataclass(frozen=True, slots=True)
class Program:
    """A contract ready to judge the rows of one partition.

    Attributes:
        readers: by contract field, in contract order.
        rules: rules over rows, run after all columns were read; they may fill columns in.
        book: every rule, counted and named.
        lists: code lists as of the day.
    """

    readers: Mapping[str, Reader]
    rules: tuple[RowRule, ...]
    book: RuleBook
    lists: CodeLists


def compile_contract(
    contract: Contract, source_map: SourceMap, partition: Partition, lists: CodeLists
) -> Program:
    """Compile a contract for one source and one day.

    Raises:
        ConfigError: the source map names an unknown field or leaves a required one out.
    """
    check_map(contract, source_map)
    book = RuleBook()
    readers: dict[str, Reader] = {}
    rules: list[RowRule] = []
    for field in contract.fields:
        source = source_map.fields.get(field.name, _UNMAPPED)
        rules += _field_rules(field, contract, lists, book)
        own_day = field.name == contract.day_field
        readers[field.name] = _reader(field, source, book, (partition, lists, own_day))
    rules += list(_row_rules(contract, book))
    return Program(readers, tuple(rules), book, lists)


def check_map(contract: Contract, source_map: SourceMap) -> None:
    """Hold a source map against a contract.

    Raises:
        ConfigError: it names an unknown field or leaves a required one out.
    """
    known = {f.name for f in contract.fields}
    if extra := set(source_map.fields) - known:
        raise ConfigError(
            "the source map names a field that the contract does not have",
            where=contract.id,
            seen=", ".join(sorted(extra)),
            allowed=", ".join(sorted(known)),
        )
    needed = {f.name for f in contract.fields if f.required and not f.rule(terms.Follows)}
    if missing := needed - set(source_map.fields):
        raise ConfigError(
            "the source map leaves out required fields",
            where=contract.id,
            seen=", ".join(sorted(source_map.fields)),
            allowed=", ".join(sorted(missing)),
        )


def _reader(
    field: Field,
    source: SourceField,
    book: RuleBook,
    context: tuple[Partition, CodeLists, bool],
) -> Reader:
    partition, lists, own_day = context
    match field.kind:
        case Kind.INSTANT | Kind.DATE:
            return InstantReader(field, source, book, partition, own_day)
        case Kind.INTEGER | Kind.AMOUNT | Kind.MEASURE:
            return NumberReader(field, source, book)
        case _ if field.many_values:
            return TextReader(field, source, book, check_of(field, lists))
        case _:
            check = check_of(field, lists)
            return CodeReader(field, source, book, check, ids=field.kind is Kind.LIST)


def _field_rules(
    field: Field, contract: Contract, lists: CodeLists, book: RuleBook
) -> Iterator[RowRule]:
    """Yield the rules of one field that need typed columns: derivation, then duty."""
    for rule in field.rules:
        if isinstance(rule, terms.Follows):
            yield _follows(field, rule, lists)
    if field.required:
        yield _required(field, book)
    for rule in field.rules:
        if isinstance(rule, terms.RequiredWhen | terms.RequiredUnless):
            yield _required_by(field, rule, lists.ids(contract.field(rule.field).list), book)


def _follows(field: Field, rule: terms.Follows, lists: CodeLists) -> RowRule:
    ids = lists.ids(field.list)
    present, absent = ids[rule.present], ids[rule.absent]

    def run(columns: Columns, _: Faults) -> None:
        has_value = columns[rule.field] > BAD
        columns[field.name] = np.where(has_value, present, absent).astype(np.int32)

    return run


def _required(field: Field, book: RuleBook) -> RowRule:
    number = book.add("REQUIRED", field=field.name, allowed="a value")

    def run(columns: Columns, faults: Faults) -> None:
        faults.add(number, np.flatnonzero(_absent(columns[field.name])))

    return run


def _required_by(
    field: Field,
    rule: terms.RequiredWhen | terms.RequiredUnless,
    ids: Mapping[str, int],
    book: RuleBook,
) -> RowRule:
    unless = isinstance(rule, terms.RequiredUnless)
    word = "unless" if unless else "when"
    allowed = f"a value {word} {rule.field} = {', '.join(rule.codes)}"
    number = book.add("REQUIRED", field=field.name, allowed=allowed)
    named = [ids[code] for code in rule.codes if code in ids]
    table = np.zeros(max(ids.values()) + 3, bool)
    table[:-2] = unless
    table[named] = not unless
    # places -1 and -2 (absent, wrong) are the table's last two: nothing can be asked there

    def run(columns: Columns, faults: Faults) -> None:
        asked = table[columns[rule.field]]
        faults.add(number, np.flatnonzero(asked & _absent(columns[field.name])))

    return run


def _absent(column: Array) -> NDArray[np.bool_]:
    absent: NDArray[np.bool_] = column == (ABSENT if column.dtype == np.int32 else NULL)
    return absent


def _row_rules(contract: Contract, book: RuleBook) -> Iterator[RowRule]:
    for name, order in contract.named(terms.DateOrder):
        yield _date_order(contract, name, order, book)
    for name, total in contract.named(terms.SumAtMost):
        yield _sum(name, total, book)
    for name, sum_equals in contract.named(terms.SumEquals):
        yield _sum(name, sum_equals, book)
    for name, duty in contract.named(terms.RequiredAny):
        yield _required_any(name, duty, book)


def _date_order(contract: Contract, name: str, rule: terms.DateOrder, book: RuleBook) -> RowRule:
    allowed = f"{rule.earlier} ≤ {rule.later}"
    number = book.add("LOGIC", field=rule.later, name=name, allowed=allowed)
    instants = [contract.field(f).kind is Kind.INSTANT for f in (rule.earlier, rule.later)]

    def run(columns: Columns, faults: Faults) -> None:
        earlier, later = columns[rule.earlier], columns[rule.later]
        known = (earlier > BAD) & (later > BAD)
        if all(instants):
            # few rows are in the wrong order as instants; only those are compared as dates
            known &= earlier > later
        rows = np.flatnonzero(known)
        first, last = (
            local_days(c[rows]) if instant else c[rows]
            for c, instant in zip((earlier, later), instants, strict=True)
        )
        faults.add(number, rows[first > last])

    return run


def _sum(name: str, rule: terms.SumAtMost | terms.SumEquals, book: RuleBook) -> RowRule:
    equal = isinstance(rule, terms.SumEquals)
    code, sign = ("SUM-MISMATCH", "=") if equal else ("LOGIC", "≤")
    allowed = f"{' + '.join(rule.parts)} {sign} {rule.whole}"
    number = book.add(code, field=rule.whole, name=name, allowed=allowed)

    def run(columns: Columns, faults: Faults) -> None:
        whole = columns[rule.whole]
        known = whole > BAD
        total = np.zeros(len(whole), np.int64)
        for part in rule.parts:
            column = columns[part]
            known &= column != BAD
            total += np.where(column > BAD, column, 0)
        wrong = total != whole if equal else total > whole
        faults.add(number, np.flatnonzero(known & wrong))

    return run


def _required_any(name: str, rule: terms.RequiredAny, book: RuleBook) -> RowRule:
    allowed = f"a value in one of {', '.join(rule.fields)}"
    number = book.add("REQUIRED", field=rule.fields[0], name=name, allowed=allowed)

    def run(columns: Columns, faults: Faults) -> None:
        absent = [_absent(columns[field]) for field in rule.fields]
        faults.add(number, np.flatnonzero(np.logical_and.reduce(absent)))

    return run
