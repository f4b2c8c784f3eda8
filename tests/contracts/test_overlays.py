"""Overlays: what may be tightened, what is refused, and the kept result."""

from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from contracts.change import breaking
from contracts.code_list import CodeLists
from contracts.errors import ConfigError
from contracts.layer import build
from contracts.model import Contract, load_contract, read_contract
from contracts.overlay import OVERLAY, Place, overlays
from contracts.provider_schema import provider_schema
from contracts.rule import Closed, CodeList, DateRange, Rejects, Volume
from tests.contracts.test_derived import DAY

HEAD: dict[str, Any] = {"national": "1.0.0", "title": "Hợp đồng riêng", "purpose": "Chặt hơn."}


def place(folder: Path, feed: str = "dossiers", **clauses: Any) -> Place:
    """Write an overlay; return its place."""
    text = yaml.safe_dump({**HEAD, **clauses}, allow_unicode=True)
    (folder / OVERLAY).write_text(text, encoding="utf-8")
    return Place(feed, "rieng", "1.0.0", folder)


def built(folder: Path, feed: str = "dossiers", **clauses: Any) -> Contract:
    """Return the contract that clauses come to."""
    (folder / "contract.yaml").write_text(build(place(folder, feed, **clauses)), encoding="utf-8")
    return read_contract(folder, feed=feed, name="rieng")


def refused(folder: Path, feed: str = "dossiers", **clauses: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        build(place(folder, feed, **clauses))
    return caught.value


@pytest.mark.parametrize("overlay", [*overlays()], ids=str)
def test_the_kept_contract_is_what_its_overlay_comes_to(overlay: Place) -> None:
    kept = overlay.folder.joinpath("contract.yaml").read_text(encoding="utf-8")
    assert kept == build(overlay), "run: hub contract build"


@pytest.mark.parametrize("overlay", [*overlays()], ids=str)
def test_an_overlay_keeps_fields_key_and_rules_of_the_national_contract(overlay: Place) -> None:
    own = load_contract(overlay.feed, overlay.name, overlay.version)
    national = load_contract(overlay.feed)
    assert [f.name for f in own.fields] == [f.name for f in national.fields]
    assert (own.key, own.day_field, own.frequency) == (
        national.key,
        national.day_field,
        national.frequency,
    )
    assert {n.name for n in own.rules} >= {n.name for n in national.rules}
    assert breaking(national, own)
    assert breaking(own, national) == [] or own.batch(Rejects) != national.batch(Rejects)


def test_every_kind_of_clause_tightens(tmp_path: Path) -> None:
    own = built(
        tmp_path,
        fields={
            "dossier_code": {"title": "Số hồ sơ", "source": "soHoSo", "max_length": 30},
            "applicant_type": {"required": True, "codes": ["citizen", "business"]},
            "submitted_at": {"date_range": {"earliest": "2008-08-01", "days_after": 0}},
            "commune_code": {"pattern": r"^0\d*$"},
        },
        rejects=0.02,
        volume={"lowest": 0.5, "highest": 2.0},
        closed=True,
    )
    assert (own.id, own.title_vi) == ("dossiers/rieng-1.0.0", "Hợp đồng riêng")
    assert (own.field("dossier_code").title_vi, own.field("dossier_code").max_length) == (
        "Số hồ sơ",
        30,
    )
    applicant = own.field("applicant_type")
    assert applicant.required
    assert applicant.rule(CodeList) == CodeList(
        rule="code_list", list="applicant_type", codes=("citizen", "business")
    )
    assert own.field("submitted_at").rule(DateRange) == DateRange.model_validate(
        {"rule": "date_range", "earliest": "2008-08-01", "days_after": 0}
    )
    rejects, volume = own.batch(Rejects), own.batch(Volume)
    assert rejects
    assert rejects.share == 0.02
    assert volume
    assert (volume.lowest, volume.highest, volume.days) == (0.5, 2.0, 7)
    assert own.batch(Closed)


def test_the_kept_contract_is_plain_odcs_that_names_its_national_one(tmp_path: Path) -> None:
    document = yaml.safe_load(build(place(tmp_path, closed=True)))
    assert document["customProperties"] == [{"property": "overlayOf", "value": "dossiers/1.0.0"}]
    assert document["id"] == "urn:lienthong:contract:dossiers:rieng"
    assert "fields" not in document


def test_amounts_are_bounded_in_major_units(tmp_path: Path) -> None:
    own = built(tmp_path, "payments", fields={"amount": {"minimum": 1000, "maximum": 10**9}})
    assert (own.field("amount").minimum, own.field("amount").maximum) == (1000, 10**9)


LOOSE: list[tuple[dict[str, Any], str, str]] = [
    ({"fields": {"status": {"required": False}}}, "fields.status.required", "false"),
    ({"fields": {"dossier_code": {"max_length": 51}}}, "fields.dossier_code.max_length", "51"),
    ({"fields": {"channel": {"codes": ["online", "fax"]}}}, "fields.channel.codes", "fax"),
    (
        {"fields": {"received_at": {"date_range": {"earliest": "1999-12-31"}}}},
        "fields.received_at.date_range.earliest",
        "1999-12-31",
    ),
    (
        {"fields": {"received_at": {"date_range": {"days_after": 2}}}},
        "fields.received_at.date_range.days_after",
        "2",
    ),
    ({"rejects": 0.11}, "rejects", "0.11"),
    ({"volume": {"lowest": 0.1}}, "volume.lowest", "0.1"),
    ({"volume": {"highest": 7.0}}, "volume.highest", "7.0"),
]


@pytest.mark.parametrize(("clauses", "clause", "seen"), LOOSE, ids=[c for _, c, _ in LOOSE])
def test_a_clause_that_loosens_is_refused_and_named(
    tmp_path: Path, clauses: dict[str, Any], clause: str, seen: str
) -> None:
    error = refused(tmp_path, **clauses)
    assert error.code == "OVERLAY-LOOSENS"
    assert error.where == f"contracts/feeds/dossiers/rieng-1.0.0/overlay.yaml: {clause}"
    assert error.seen == seen
    assert error.allowed
    assert error.action.endswith("hub contract build")


def test_an_amount_may_not_be_let_grow(tmp_path: Path) -> None:
    error = refused(tmp_path, "payments", fields={"amount": {"maximum": 10**16}})
    assert (error.code, error.seen) == ("OVERLAY-LOOSENS", "10000000000000000")


@pytest.mark.parametrize(
    ("clauses", "seen"),
    [
        ({"fields": {"citizen_name": {"required": True}}}, "citizen_name"),
        ({"fields": {"status": {"pattern": "^x$"}}}, "list"),
        ({"fields": {"commune_code": {"pattern": "a$)|(?:.*"}}}, "'a$)|(?:.*'"),
        ({"fields": {"commune_code": {"optional": True}}}, "True"),
        ({"national": "9.0.0"}, "9.0.0"),
    ],
)
def test_what_is_no_clause_is_refused(tmp_path: Path, clauses: dict[str, Any], seen: str) -> None:
    error = refused(tmp_path, **clauses)
    assert (error.code, error.seen) == ("CONFIG", seen)


def test_a_narrower_list_stands_in_the_provider_s_schema(tmp_path: Path) -> None:
    own = built(tmp_path, fields={"channel": {"codes": ["online"]}})
    schema = provider_schema(own, DAY)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["channel"]["enum"] == ["online"]
    assert set(CodeLists.load(DAY).ids("channel")) == {"direct", "online", "postal"}
