"""Rules of statistics: measures, sums that must hold, one duty among several, periods."""

from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

import pytest

from contracts.errors import ConfigError
from contracts.model import Contract, load_contract, read_contract
from contracts.number import NumberForm, read_number
from contracts.partition import Partition
from contracts.rule import Measure
from contracts.source_map import SourceField
from contracts.verdict import NULL, Judged
from tests.contracts.example import judge_rows, own_map, place

INDICATOR: dict[str, Any] = {
    "indicator_code": "GRDP.01",
    "reporting_period": "2020-04",
    "value_kind": "actual",
    "approved": "yes",
    "value": "1234.5678",
    "unit_name": "tỷ đồng",
}
STATISTIC: dict[str, Any] = {
    "form": "ii06a",
    "unit_code": "H26.19",
    "field_code": "TNMT",
    "received_online": 40,
    "received_direct_postal": 55,
    "carried_over": 5,
    "received_total": 100,
    "resolved_early": 30,
    "resolved_ontime": 45,
    "resolved_late": 5,
    "resolved_total": 80,
    "pending_intime": 18,
    "pending_late": 2,
    "pending_total": 20,
}


def judge(feed: str, row: dict[str, Any], **fields: SourceField) -> Judged:
    contract = load_contract(feed)
    partition = Partition("H26", feed, date(2020, 4, 30))
    return judge_rows(contract, [row], partition, {}, own_map(contract, **fields))


def codes(judged: Judged) -> list[str]:
    return [f"{v.rule} {v.code}" for q in judged.quarantine for v in q.violations]


def kept(judged: Judged, field: str) -> list[int]:
    return list(judged.frame.columns[field])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "minor"),
    [
        ("1234.5678", 12345678),
        ("0.1", 1000),
        ("-51.4", -514000),
        (7, 70000),
        ("90071992547409.9301", 900719925474099301),  # past what a float can hold
        ("1.50000", 15000),
    ],
)
def test_a_measure_is_kept_in_its_last_digit(told: object, minor: int) -> None:
    assert kept(judge("socioeconomic_indicators", INDICATOR | {"value": told}), "value") == [minor]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("0.00001", "AMOUNT-SCALE"),
        ("1.234,5", "AMOUNT-FORMAT"),
        ("100000000000000.0001", "NUM-RANGE"),
        ("NaN", "NUM-NONFINITE"),
        ("1e3", "NUM-FORMAT"),
        (True, "DRIFT-TYPE"),
        (None, "REQUIRED"),
    ],
)
def test_a_wrong_measure_is_quarantined_with_its_reason(told: object, code: str) -> None:
    judged = judge("socioeconomic_indicators", INDICATOR | {"value": told})
    assert [found.split()[1] for found in codes(judged)] == [code]


def test_a_measure_is_read_with_the_separators_of_the_map() -> None:
    source = SourceField(path="value", thousands=".", decimal=",")
    judged = judge("socioeconomic_indicators", INDICATOR | {"value": "1.234,5"}, value=source)
    assert kept(judged, "value") == [12345000]


def test_a_bound_past_64_bits_is_64_bits() -> None:
    form = NumberForm(digits=6, maximum=10**15)
    assert read_number("1000000000001", form) == "NUM-RANGE"


def test_an_absent_part_counts_as_nothing_and_an_absent_whole_is_not_asked() -> None:
    short = STATISTIC | {"carried_over": None, "received_total": None}
    # what is missing is told as missing, not as a wrong sum
    assert codes(judge("dossier_statistics", short)) == [
        "carried_over.required REQUIRED",
        "received_total.required REQUIRED",
    ]


def test_a_part_that_cannot_be_read_is_told_once() -> None:
    judged = judge("dossier_statistics", STATISTIC | {"resolved_late": "năm"})
    assert codes(judged) == ["resolved_late.num_format NUM-FORMAT"]


def test_a_wrong_sum_says_what_should_hold() -> None:
    judged = judge("dossier_statistics", STATISTIC | {"pending_late": 3})
    ((violation,),) = [q.violations for q in judged.quarantine]
    assert (violation.rule, violation.code, violation.field) == (
        "pending_adds_up",
        "SUM-MISMATCH",
        "pending_total",
    )
    assert (violation.seen, violation.allowed) == (
        "20",
        "pending_intime + pending_late = pending_total",
    )


def test_a_rate_stands_without_a_count_and_a_count_without_a_rate() -> None:
    row = {"incident_kind": "all", "reporting_period": "2020-01..2020-04"}
    assert codes(judge("security_incidents", row)) == ["count_or_change REQUIRED"]
    rate = judge("security_incidents", row | {"change_percent": "-51.4"})
    assert (kept(rate, "change_percent"), kept(rate, "incidents")) == ([-514], [NULL])
    assert codes(judge("security_incidents", row | {"incidents": 0})) == []


def test_a_declared_sum_may_differ_by_the_rounding_of_its_rows() -> None:
    contract = load_contract("population")
    rows = [{"area_code": "01", "average_population": "8246.6"}]
    year = Partition("G05", "population", date(2020, 12, 31))

    def reasons(declared: int) -> list[str]:
        judged = judge_rows(contract, rows, year, {"average_population": declared})
        return [v.code for v in judged.reasons]

    assert reasons(82466 + 32) == []
    assert reasons(82466 - 33) == ["TOTAL-MISMATCH"]


def changed(folder: Path, feed: str, old: str, new: str) -> Contract:
    text = place(load_contract(feed)).joinpath("contract.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "contract.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return read_contract(cast("Traversable", folder), feed=feed)


@pytest.mark.parametrize(
    ("unit", "frequency"), [("d", "day"), ("m", "month"), ("q", "quarter"), ("y", "year")]
)
def test_a_frequency_is_one_unit_of_time(tmp_path: Path, unit: str, frequency: str) -> None:
    contract = changed(tmp_path, "work_files", "value: 1, unit: m", f"value: 1, unit: {unit}")
    assert contract.frequency == frequency


def test_another_frequency_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="1 of d, m, q, y, not 2 m"):
        changed(tmp_path, "work_files", "value: 1, unit: m", "value: 2, unit: m")


def test_a_decimal_number_without_a_unit_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        changed(tmp_path, "population", "{rule: measure, unit: thousand_persons, digits: 1}", "{}")


def test_adding_up_different_units_is_a_mistake(tmp_path: Path) -> None:
    wrong = "parts: [services_level4], whole: level4_share}"
    with pytest.raises(ConfigError, match="level4_within_total adds up different units"):
        changed(
            tmp_path,
            "usage_evaluation",
            "parts: [services_level4], whole: services_total}",
            wrong,
        )


def test_a_duty_that_names_an_unknown_field_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="required_any names unknown fields: rate"):
        changed(tmp_path, "security_incidents", "[incidents, change_percent]", "[incidents, rate]")


def test_a_measure_says_its_unit() -> None:
    rule = load_contract("population").field("average_population").rule(Measure)
    assert rule == Measure(rule="measure", unit="thousand_persons", digits=1)
