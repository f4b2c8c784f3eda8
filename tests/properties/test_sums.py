"""Decimals are kept exactly and added up exactly: no float stands anywhere on their way."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.model import Contract, Field, Kind, NamedRule
from contracts.number import NumberForm, read_number
from contracts.partition import Partition
from contracts.rule import Measure, SumEquals
from contracts.source_map import SourceField
from contracts.verdict import Judged
from tests.contracts.example import judge_rows, own_map

DIGITS = 4
PARTS = ("first", "second", "third")
_MEASURE = Measure(rule="measure", unit="tonne", digits=DIGITS, negative=True)
_EQUAL = SumEquals(rule="sum_equals", parts=PARTS, whole="whole")
CONTRACT = Contract(
    feed="sums",
    name="",
    version="1.0.0",
    title_vi="Cộng",
    purpose="",
    grain="one row per number",
    fields=(
        Field("number", Kind.INTEGER, required=True),
        *(Field(name, Kind.MEASURE, rules=(_MEASURE,)) for name in (*PARTS, "whole")),
    ),
    key=("number",),
    rules=(NamedRule("adds_up", "", _EQUAL),),
)
COMMA = {name: SourceField(path=name, thousands=".", decimal=",") for name in (*PARTS, "whole")}

_minor = st.integers(-(10**17), 10**17)
_rows = st.lists(st.tuples(_minor, _minor, _minor), min_size=1, max_size=20)


def told(minor: int) -> str:
    """Return a number of 10^-4 as its source writes it: ``-1.234.567,8900``."""
    whole, fraction = divmod(abs(minor), 10**DIGITS)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}".replace(",", ".") + f",{fraction:0{DIGITS}}"


def judge(rows: Sequence[Sequence[int]]) -> Judged:
    columns = (*PARTS, "whole")
    given_rows: list[dict[str, Any]] = [
        {"number": number, **dict(zip(columns, map(told, row), strict=True))}
        for number, row in enumerate(rows)
    ]
    partition = Partition("H26", "sums", date(2020, 4, 30))
    return judge_rows(CONTRACT, given_rows, partition, {}, own_map(CONTRACT, **COMMA))


@given(_rows)
def test_parts_that_make_their_whole_to_the_last_digit_are_taken_as_they_are(
    rows: list[tuple[int, int, int]],
) -> None:
    judged = judge([(*parts, sum(parts)) for parts in rows])
    assert judged.quarantine == ()
    kept = [list(judged.frame.columns[name]) for name in (*PARTS, "whole")]  # type: ignore[arg-type]
    assert [*zip(*kept, strict=True)] == [(*parts, sum(parts)) for parts in rows]


@given(_rows, st.integers(-9, 9).filter(bool))
def test_a_whole_that_is_off_by_a_last_digit_is_quarantined(
    rows: list[tuple[int, int, int]], off: int
) -> None:
    judged = judge([(*parts, sum(parts) + off) for parts in rows])
    found = [[(v.rule, v.code) for v in q.violations] for q in judged.quarantine]
    assert found == [[("adds_up", "SUM-MISMATCH")]] * len(rows)


@given(st.decimals(-(10**11), 10**11, places=6), st.integers(0, 6))
def test_a_decimal_is_its_minor_units_or_has_too_many_digits(value: Decimal, digits: int) -> None:
    scaled = value.scaleb(digits)
    found = read_number(f"{value:f}", NumberForm(digits=digits, thousands=","))
    whole = scaled == scaled.to_integral_value()
    assert found == (int(scaled) if whole else "AMOUNT-SCALE")
