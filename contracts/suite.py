"""Great Expectations suites from a contract, as plain data; nothing of it is imported here.

The row judge gates loading. Great Expectations is the second judge: over one frame with a row
per partition (what the judge counted) and, set by set, over the loaded day in the warehouse.
Its map expectations pass on no rows, so every suite begins with a rule over the row count.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts import rule as terms
from contracts.code_list import CodeLists
from contracts.model import Contract
from contracts.tombstone import DELETED, state_of
from contracts.verdict import Counts, RuleCount

Expectation = dict[str, Any]
"""``{"type": …, "kwargs": {…}, "meta": {…}}``, the configuration GX 1.x reads."""

_BALANCE = "balanced"
_SHARE = "quarantined_ratio"


def metrics(counts: Counts, rules: Sequence[RuleCount]) -> dict[str, float]:
    """Return one row of the metrics frame: a partition's counts and its failures by rule.

    Columns: ``received``, ``loaded``, ``quarantined``, ``duplicates`` (rows), ``balanced``
    (rows that went somewhere), ``quarantined_ratio`` (0-1), and one column per rule name with
    the share of rows that broke it (0-1).
    """
    row: dict[str, float] = {
        "received": counts.received,
        "loaded": counts.loaded,
        "quarantined": counts.quarantined,
        "duplicates": counts.duplicates,
        _BALANCE: counts.loaded + counts.quarantined + counts.duplicates,
        _SHARE: counts.quarantined / counts.received if counts.received else 0.0,
    }
    return row | {r.rule: r.failed / r.checked if r.checked else 0.0 for r in rules}


def expectations(contract: Contract, rules: Sequence[str] = ()) -> list[Expectation]:
    """Return the expectations over the metrics frame, one row per accepted partition.

    Args:
        contract: the contract of the feed.
        rules: rule names that the frame has columns for; each is held to the share of rows that
            the contract lets go to quarantine.
    """
    rejects = contract.batch(terms.Rejects)
    share = rejects.share if rejects else 0.0
    return [
        _expect("expect_table_row_count_to_be_between", "partitions", min_value=1),
        _expect(
            "expect_column_pair_values_to_be_equal",
            "balance",
            column_A="received",
            column_B=_BALANCE,
        ),
        _between(_SHARE, share, "rejects"),
        *(_between(name, share, name) for name in rules),
    ]


def fact_expectations(
    contract: Contract, columns: Mapping[str, str], lists: CodeLists
) -> list[Expectation]:
    """Return set-wise expectations over the loaded rows of one day.

    Args:
        contract: the contract of the feed.
        columns: contract field -> column of the batch that keeps it; fields left out are not
            asked about. ``key`` names the columns of the key, separated by commas.
        lists: code lists as of the day, whose ids the columns hold.
    """
    rows = [_expect("expect_table_row_count_to_be_between", "rows", min_value=1)]
    rows += [_none_where(name, query) for name, query in _queries(contract, columns, lists)]
    return rows


def _queries(
    contract: Contract, columns: Mapping[str, str], lists: CodeLists
) -> Iterator[tuple[str, str]]:
    if key := columns.get("key"):
        repeated = f"SELECT {key} FROM {{batch}} GROUP BY {key} HAVING count(*) > 1"  # noqa: S608
        yield "key", repeated
    yield from _row_queries(contract, columns)
    state, spared = _spared(contract, columns, lists)
    for field in contract.fields:
        column = columns.get(field.name)
        if column and field.required:
            unless = "" if field.name in {*contract.key, state} else spared
            yield f"{field.name}.required", _where(f"{column} IS NULL{unless}")
        if column and field.list:
            ids = ", ".join(str(number) for number in lists.ids(field.list).values())
            yield f"{field.name}.drift_enum", _where(f"{column} NOT IN ({ids})")


def _spared(contract: Contract, columns: Mapping[str, str], lists: CodeLists) -> tuple[str, str]:
    """Return (state, condition that leaves out tombstones, which hold key and state alone)."""
    state = state_of(contract, lists)
    if state is None or state.name not in columns:
        return "", ""
    return state.name, f" AND {columns[state.name]} <> {lists.ids(state.list)[DELETED]}"


def _row_queries(contract: Contract, columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for named in contract.rules:
        match named.rule:
            case terms.DateOrder(earlier=first, later=last) if {first, last} <= set(columns):
                yield named.name, _where(f"{columns[first]} > {columns[last]}")
            case terms.SumAtMost() as rule if {*rule.parts, rule.whole} <= set(columns):
                yield named.name, _where(f"{_added(rule.parts, columns)} > {columns[rule.whole]}")
            case terms.SumEquals() as rule if {*rule.parts, rule.whole} <= set(columns):
                yield named.name, _where(f"{_added(rule.parts, columns)} <> {columns[rule.whole]}")
            case terms.RequiredAny(fields=fields) if set(fields) <= set(columns):
                kept = ", ".join(columns[field] for field in fields)
                yield named.name, _where(f"coalesce({kept}) IS NULL")


def _added(parts: Sequence[str], columns: Mapping[str, str]) -> str:
    return " + ".join(f"coalesce({columns[part]}, 0)" for part in parts)


def _where(condition: str) -> str:
    # every part is a column name of our migrations or an integer of our lists
    return f"SELECT * FROM {{batch}} WHERE {condition}"  # noqa: S608


def _none_where(name: str, query: str) -> Expectation:
    return _expect("unexpected_rows_expectation", name, unexpected_rows_query=query)


def _between(column: str, highest: float, name: str) -> Expectation:
    return _expect(
        "expect_column_values_to_be_between", name, column=column, min_value=0, max_value=highest
    )


def _expect(kind: str, name: str, **kwargs: Any) -> Expectation:
    return {"type": kind, "kwargs": kwargs, "meta": {"rule": name}}
