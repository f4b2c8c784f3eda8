"""``hub contract`` and ``hub status --systems`` as they are typed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from contracts.overlay import overlays
from hub.cli.main import invoke
from tests.warehouse.given import accepted, claimed, dossiers, landing_of, loaded, partition
from warehouse import ledger
from warehouse.database import Connection

Typed = Callable[[str], tuple[int, str, str]]
DAY = partition().day


@pytest.fixture
def typed(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typed:
    monkeypatch.setenv("HUB_STATE", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    monkeypatch.setenv("NO_COLOR", "1")

    def type_in(line: str) -> tuple[int, str, str]:
        code = invoke(line.split())
        told = capsys.readouterr()
        return code, told.out, told.err

    return type_in


def data(told: tuple[int, str, str]) -> Any:
    return json.loads(told[1])


def test_the_list_names_every_contract_and_which_are_overlays(typed: Typed) -> None:
    told = {one["id"]: one for one in data(typed("contract list --json"))}
    assert told["dossiers/1.0.0"]["frequency"] == "day"
    assert told["population/1.0.0"]["frequency"] == "year"
    assert told["dossiers/1.0.0"]["is_overlay"] is False
    assert told["dossiers/ha_noi-1.0.0"]["is_overlay"] is True
    assert "dossiers/ha_noi-1.0.0" in typed("contract list")[1]


def test_a_contract_is_shown_as_people_read_it(typed: Typed) -> None:
    _, out, _ = typed("contract show dossiers")
    assert out.startswith("# Hồ sơ thủ tục hành chính (`dossiers/1.0.0`)")
    _, out, _ = typed("contract show dossiers --name ha_noi --version 1.0.0")
    assert "| `applicant_type` | Đối tượng | có / yes |" in out
    assert "`applicant_type`: citizen, business, other_org" in out


def test_an_unknown_feed_is_a_configuration_error(typed: Typed) -> None:
    code, out, err = typed("contract show dossier")
    assert (code, out) == (4, "")
    assert "dossiers" in err


def test_a_provider_s_schema_has_the_code_lists_of_its_day(typed: Typed) -> None:
    old = data(typed("contract schema dossiers --day 2020-03-10"))
    new = data(typed("contract schema dossiers --day 2026-11-20"))
    jsonschema.Draft202012Validator.check_schema(old)
    assert "full" not in old["properties"]["service_level"]["enum"]
    assert "full" in new["properties"]["service_level"]["enum"]


def test_an_overlay_is_held_against_its_national_contract(typed: Typed) -> None:
    code, out, err = typed("contract diff dossiers --name ha_noi")
    assert (code, err) == (0, "")
    assert out.startswith("dossiers/1.0.0 → dossiers/ha_noi-1.0.0\n")
    assert "applicant_type: now required" in out
    told = data(typed("contract diff dossiers --name ha_noi --json"))
    assert "rejects: changed" in told["breaking"]
    assert "closed: new rule" in told["breaking"]


def test_a_first_version_has_nothing_before_it(typed: Typed) -> None:
    code, _, err = typed("contract diff population")
    assert code == 4
    assert err.splitlines()[-1] == "Bước tiếp / next: hub contract list"


def test_what_overlays_come_to_is_kept_and_current(typed: Typed) -> None:
    code, out, err = typed("contract build --check")
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == len([*overlays()])
    assert "dossiers/ha_noi-1.0.0: đúng / current" in out


def drifted(warehouse: Connection, *names: str) -> None:
    """Land a day of H26 with unknown fields."""
    place = partition()
    token = claimed(warehouse, place)
    ledger.landed(warehouse, token, landing_of(place, token, accepted(dossiers([])), unknown=names))


def test_the_drift_log_tells_new_fields_with_the_nearest_known_name(
    typed: Typed, warehouse: Connection
) -> None:
    drifted(warehouse, "dossierStatuz", "zzzzzzzz")
    told = {one["field"]: one for one in data(typed("contract drift --json"))}
    assert set(told) == {"dossierStatuz", "zzzzzzzz"}
    new = told["dossierStatuz"]
    assert (new["agency"], new["feed"], new["change"]) == ("H26", "dossiers", "new")
    assert new["nearest"] == "dossierStatus.id (status)"
    assert (new["first_day"], new["last_day"]) == (str(DAY), str(DAY))
    assert new["first_at"]
    assert told["zzzzzzzz"]["nearest"] == ""
    assert data(typed("contract drift --agency G02 --json")) == []
    _, out, _ = typed("contract drift --agency h26 --feed dossiers")
    assert "dossierStatuz" in out
    assert "mới / new" in out


def test_the_drift_log_tells_missing_fields_with_the_nearest_new_name(
    typed: Typed, warehouse: Connection
) -> None:
    drifted(warehouse, "dossierStatuz")
    token = claimed(warehouse, partition())
    with warehouse, warehouse.cursor() as cursor:
        reasons = [
            {"rule": "required_columns", "code": code, "field": field, "seen": "", "allowed": ""}
            for code, field in (("DRIFT-MISSING", "status"), ("VOLUME", ""))
        ]
        cursor.execute(
            "UPDATE ledger.run SET state = 'rejected', ended_at = now(), violations = %s"
            " WHERE run_id = %s",
            (json.dumps(reasons), token),
        )
    missing, new = data(typed("contract drift --json"))
    assert (missing["change"], missing["field"], missing["nearest"]) == (
        "missing",
        "status",
        "dossierStatuz",
    )
    assert new["change"] == "new"


def test_status_tells_the_fourteen_systems_also_where_nothing_was_loaded(
    typed: Typed, warehouse: Connection
) -> None:
    told = data(typed("status --systems --from 2020-03-01 --to 2020-03-31 --json"))
    assert [one["number"] for one in told["systems"]] == list(range(1, 15))
    assert {one["state"] for one in told["systems"]} == {"missing"}
    assert told["systems"][5]["name_vi"] == "Trục liên thông văn bản quốc gia"
    assert told["systems"][5]["expected"] > 2000
    loaded(warehouse, partition(), accepted(dossiers([{"code": "A"}])))
    code, out, _ = typed(f"status --systems --from {DAY} --to {DAY} --agency H26 --feed dossiers")
    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines() if "dossiers" in line]
    assert lines[0].endswith("1 1 20/11/2026 đủ / whole")
