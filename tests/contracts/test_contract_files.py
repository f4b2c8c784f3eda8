"""Every contract file is tested by existing."""

import json
from datetime import date
from importlib.resources import files

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from contracts.code_list import CodeLists
from contracts.model import Contract, read_odcs
from contracts.rule import Amount
from contracts.source_map import SourceMap
from tests.contracts.example import contracts, place


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_contract_is_valid_odcs_3_1(contract: Contract) -> None:
    odcs = read_odcs(place(contract))
    assert (odcs.apiVersion, odcs.kind, odcs.version) == (
        "v3.1.0",
        "DataContract",
        contract.version,
    )


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_contract_satisfies_the_json_schema_of_the_standard(contract: Contract) -> None:
    standard = files("open_data_contract_standard").joinpath("schema.json")
    schema = json.loads(standard.read_text(encoding="utf-8"))
    text = place(contract).joinpath("contract.yaml").read_text(encoding="utf-8")
    jsonschema.validate(yaml.safe_load(text), schema)


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_contract_says_what_people_need(contract: Contract) -> None:
    assert contract.title_vi
    assert contract.purpose
    assert contract.grain.startswith("one row per ")
    assert [f.name for f in contract.fields if not (f.title_vi and f.description)] == []


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_contract_names_known_code_lists(contract: Contract) -> None:
    lists = CodeLists.load(date(2026, 11, 20))
    for field in contract.fields:
        if field.list:
            assert lists.ids(field.list)


@pytest.mark.parametrize("contract", [*contracts()], ids=lambda c: c.id)
def test_a_contract_has_accept_and_reject_examples(contract: Contract) -> None:
    folder = place(contract).joinpath("examples")
    assert [*folder.joinpath("accept").iterdir()]
    assert [*folder.joinpath("reject").iterdir()]


def test_the_national_contracts_are_the_agreed_ones() -> None:
    national = {c.feed: c for c in contracts() if not c.name}
    assert national["dossiers"].key == ("dossier_code",)
    assert national["payments"].key == ("partner_code", "reference_code", "transaction_code")
    assert national["documents"].key == ("document_id", "direction", "receiver_code")
    assert {c.feed: c.day_field for c in national.values() if c.day_field} == {
        "dossiers": "updated_at",
        "payments": "paid_at",
        "documents": "moved_at",
    }


def test_statistics_are_owed_for_periods() -> None:
    assert {c.feed: c.frequency for c in contracts() if c.frequency != "day"} == {
        "dossier_statistics": "month",
        "service_catalogue": "month",
        "work_files": "month",
        "cabinet_sessions": "month",
        "usage_evaluation": "month",
        "socioeconomic_indicators": "month",
        "population": "year",
        "electronic_results": "month",
        "security_incidents": "month",
        "published_figures": "year",
    }


def test_amounts_of_the_spending_file_are_pence() -> None:
    (spending,) = [c for c in contracts() if c.name == "departmental_spending"]
    rule = spending.field("amount").rule(Amount)
    assert rule == Amount(rule="amount", currency="GBP", digits=2, negative=True)


def test_a_source_map_may_be_written_short() -> None:
    long = SourceMap.model_validate({"fields": {"status": {"path": "dossierStatus.id"}}})
    assert long.paths == ("dossierStatus.id",)
