"""What else a contract becomes: suites, provider schemas, documents, comparisons of versions."""

import dataclasses
from datetime import date
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from contracts.change import breaking
from contracts.code_list import CodeLists
from contracts.document import document
from contracts.model import Contract, Kind, load_contract
from contracts.provider_schema import provider_schema
from contracts.suite import expectations, fact_expectations, metrics
from tests.contracts.example import Example, contracts, examples

DAY = date(2026, 11, 20)


def test_a_suite_begins_with_a_row_count() -> None:
    suite = expectations(load_contract("dossiers"), ["status.drift_enum"])
    assert suite[0] == {
        "type": "expect_table_row_count_to_be_between",
        "kwargs": {"min_value": 1},
        "meta": {"rule": "partitions"},
    }
    assert suite[-1] == {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "status.drift_enum", "min_value": 0, "max_value": 0.1},
        "meta": {"rule": "status.drift_enum"},
    }


def test_a_row_of_metrics_balances() -> None:
    (example, *_) = examples("accept")
    judged = example.judge()
    row = metrics(judged.counts, judged.rules)
    assert row["received"] == row["balanced"] == len(example.rows)
    assert row["quarantined_ratio"] == 0.0


def test_expectations_over_facts_are_sets_that_must_be_empty() -> None:
    columns = {
        "received_at": "received_on",
        "finished_at": "finished_on",
        "status": "status_id",
        "unit_code": "unit_id",
        "key": "agency_id, key, day",
    }
    suite = fact_expectations(load_contract("dossiers"), columns, CodeLists.load(DAY))
    queries = {e["meta"]["rule"]: e["kwargs"].get("unexpected_rows_query") for e in suite}
    assert queries == {
        "rows": None,
        "key": (
            "SELECT agency_id, key, day FROM {batch} "
            "GROUP BY agency_id, key, day HAVING count(*) > 1"
        ),
        "received_before_finished": "SELECT * FROM {batch} WHERE received_on > finished_on",
        "unit_code.required": (
            "SELECT * FROM {batch} WHERE unit_id IS NULL AND status_id <> 11"  # but tombstones
        ),
        "status.required": "SELECT * FROM {batch} WHERE status_id IS NULL",
        "status.drift_enum": (
            "SELECT * FROM {batch} WHERE status_id NOT IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)"
        ),
    }


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_provider_schema_is_valid(contract: Contract) -> None:
    jsonschema.Draft202012Validator.check_schema(provider_schema(contract, DAY))


def _national(kind: str) -> list[Example]:
    return [e for e in examples(kind) if not e.contract.name]


@pytest.mark.parametrize("example", _national("accept"), ids=str)
def test_a_provider_schema_takes_accepted_rows(example: Example) -> None:
    schema = provider_schema(example.contract, example.partition.day)
    numbers = {f.name for f in example.contract.fields if f.kind in {Kind.AMOUNT, Kind.MEASURE}}
    for row in example.rows:
        jsonschema.validate({k: _number(v) if k in numbers else v for k, v in row.items()}, schema)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value


def test_a_provider_schema_says_conditional_duty() -> None:
    schema = provider_schema(load_contract("documents"), DAY)
    row: dict[str, Any] = {
        "document_id": "G22,2026/11/20,415/QĐ-TTg",
        "direction": "received",
        "sender_code": "G22",
        "receiver_code": None,
        "moved_at": "2026-11-20T09:00:00+07:00",
    }
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, schema)
    jsonschema.validate(row | {"direction": "sent"}, schema)


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_document_names_every_field_and_rule(contract: Contract) -> None:
    text = document(contract)
    assert text.startswith(f"# {contract.title_vi}")
    assert [f.name for f in contract.fields if f"| `{f.name}` | {f.title_vi} |" not in text] == []
    assert [n.name for n in contract.rules if f"- `{n.name}`" not in text] == []


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_contract_breaks_nothing_of_itself(contract: Contract) -> None:
    assert breaking(contract, contract) == []


def test_stricter_and_less_are_breaking_looser_and_more_are_not() -> None:
    old = load_contract("dossiers")
    first, *rest = old.fields
    stricter = dataclasses.replace(rest[-1], required=True)
    assert breaking(old, dataclasses.replace(old, fields=(first, *rest[:-1], stricter))) == [
        "commune_code: now required"
    ]
    assert breaking(old, dataclasses.replace(old, fields=(first, *rest[:-1]))) == [
        "commune_code: removed"
    ]
    more = dataclasses.replace(rest[-1], name="ward_code")
    assert breaking(old, dataclasses.replace(old, fields=(*old.fields, more))) == []
    assert breaking(old, dataclasses.replace(old, rules=old.rules[:-1])) == []
    assert breaking(dataclasses.replace(old, rules=old.rules[:-1]), old) == ["identity: new rule"]


def test_sums_and_duties_become_sets_that_must_be_empty() -> None:
    lists = CodeLists.load(date(2020, 4, 30))
    statistics = load_contract("dossier_statistics")
    names = ("resolved_total", "pending_intime", "pending_late", "pending_total")
    suite = fact_expectations(statistics, {name: name for name in names}, lists)
    (pending,) = [e for e in suite if e["meta"]["rule"] == "pending_adds_up"]
    assert pending["kwargs"]["unexpected_rows_query"] == (
        "SELECT * FROM {batch} WHERE "
        "coalesce(pending_intime, 0) + coalesce(pending_late, 0) <> pending_total"
    )
    columns = {"incidents": "incident_count", "change_percent": "change_pct"}
    suite = fact_expectations(load_contract("security_incidents"), columns, lists)
    assert suite[-1]["kwargs"]["unexpected_rows_query"] == (
        "SELECT * FROM {batch} WHERE coalesce(incident_count, change_pct) IS NULL"
    )


def test_a_provider_schema_says_that_one_of_several_is_owed() -> None:
    schema = provider_schema(load_contract("security_incidents"), date(2020, 4, 30))
    row: dict[str, Any] = {"incident_kind": "all", "reporting_period": "2020", "incidents": None}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, schema)
    jsonschema.validate(row | {"change_percent": -51.4}, schema)


def test_a_provider_schema_says_bounds_that_are_zero_and_units() -> None:
    share = provider_schema(load_contract("usage_evaluation"), DAY)["properties"]["level4_share"]
    assert (share["type"], share["minimum"], share["maximum"]) == ("number", 0, 100)
    assert share["description"].endswith("(percent, 10^-2)")


def test_a_document_says_how_often_and_in_which_unit() -> None:
    text = document(load_contract("population"))
    assert "\n- Kỳ / frequency: năm / year\n" in text
    assert "| thousand_persons, 1 số lẻ / decimals; ≥ 0 |" in text
    assert "\n- Kỳ / frequency: ngày / day\n" in document(load_contract("payments"))
