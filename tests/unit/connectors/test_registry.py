"""Agency, system and connection files: what is shipped, and how a mistake in one is told."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.agency import FOLDER, Agency, load_agencies
from connectors.connection import Connection, load_connections
from connectors.kind import find_kind
from connectors.schema_file import FOLDER as SCHEMAS
from connectors.schema_file import schemas
from connectors.source import source_for, system_for
from connectors.system import FOLDER as SYSTEMS
from connectors.system import System, load_system, load_systems
from connectors.yaml_file import read_model
from contracts.errors import ConfigError
from contracts.model import load_contract
from contracts.partition import Partition

FILES = sorted(FOLDER.rglob("*.yaml"))
PERSONAL = ("fullname", "HoTen", "email", "phone", "address", "identity", "payer", "subject",
            "signer", "ChuHoSo", "Email", "SoDienThoai", "Địa chỉ", "Chủ hồ sơ", "ADDRESS",
            "CASE TEXT", "Supplier")  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_agency_file_is_short_and_names_a_contract_and_a_system_that_exist(path: Path) -> None:
    agency = read_model(path, Agency)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 25
    for feed, chosen in agency.feeds.items():
        system = system_for(agency, feed)
        assert system.feed == feed
        contract = load_contract(feed, chosen.contract)
        assert set(system.fields) <= {field.name for field in contract.fields}


@pytest.mark.parametrize("path", sorted(SYSTEMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_system_keeps_no_personal_field_and_its_options_fit_its_kind(path: Path) -> None:
    system = load_system(path.stem)
    kept = [name for name in system.source_map.paths if any(word in name for word in PERSONAL)]
    assert kept == []
    find_kind(system.kind).Options.model_validate(dict(system.options))


@pytest.mark.parametrize(
    ("day", "ministries", "provinces"),
    [
        (date(2020, 6, 1), 28, 63),
        (date(2025, 2, 28), 28, 63),
        (date(2025, 3, 1), 22, 63),
        (date(2025, 6, 30), 22, 63),
        (date(2025, 7, 1), 22, 34),
        (date(2026, 11, 20), 22, 34),
    ],
)
def test_a_day_expects_the_country_of_that_day(day: date, ministries: int, provinces: int) -> None:
    active = [agency for agency in load_agencies().values() if agency.active(day)]
    assert sum(agency.kind == "province" for agency in active) == provinces
    assert sum(agency.kind != "province" for agency in active) == ministries


def test_who_ended_names_a_successor_that_lives() -> None:
    agencies = load_agencies()
    ended = [agency for agency in agencies.values() if agency.valid_to]
    assert len(ended) == 29 + 6
    assert all(agencies[a.successor].valid_to is None for a in ended if a.successor)
    assert all(agency.successor for agency in ended)


def test_agencies_without_public_services_give_only_documents() -> None:
    agencies = load_agencies()
    silent = sorted(code for code, agency in agencies.items() if "dossiers" not in agency.feeds)
    assert silent == ["G27", "G28", "G30", "G31", "G32"]
    assert agencies["G27"].feeds_on(date(2026, 1, 1)) == ["documents"]
    assert agencies["H22"].feeds_on(date(2025, 7, 1)) == []


@pytest.mark.parametrize("name", schemas())
def test_the_committed_schemas_are_those_of_the_models(name: str) -> None:
    assert (SCHEMAS / name).read_text(encoding="utf-8") == schemas()[name]


@pytest.mark.parametrize("text", ["{host}", "{", "a}b", "{agency.x}", "", "Hà Nội"])
def test_a_header_has_known_holes_and_plain_signs(text: str) -> None:
    shape = load_system("platform_xroad").model_dump() | {"headers": {"X-A": text}}
    with pytest.raises(ValidationError, match="headers"):
        System.model_validate(shape)


GOOD = """code: "H26"
name: Hà Nội
kind: province
owner: Văn phòng
feeds:
  dossiers: {system: one_stop_rest, connection: H26}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('code: "H26"', "code: 26", ["x.yaml:1", "code", "26 (int)", 'write "26"']),
        ('code: "H26"', 'code: "h26"', ["x.yaml:1", "'h26' (str)", "pattern"]),
        ("kind: province", "kind: planet", ["x.yaml:3: kind", "'planet'", "'ministry'"]),
        ("owner: Văn phòng", "owner: no", ["x.yaml:4: owner", "False (bool)"]),
        ("system: one_stop_rest,", "system: 010,", ["x.yaml:6: feeds.dossiers.system"]),
        ("connection: H26", "link: H26", ["x.yaml:6", "feeds.dossiers.connection"]),
        ("system: one_stop_rest, ", "", ["x.yaml:6: feeds.dossiers", "name a system or write"]),
        ("system: one_stop_rest", "shape: {kind: 7}", ["x.yaml:6: feeds.dossiers.shape.kind"]),
        ("owner:", "hobby: x\nowner:", ["x.yaml:4: hobby", "Extra inputs"]),
        ("kind: province", "kind: province\nkind: ministry", ["x.yaml:4", "written twice"]),
        ("kind: province", "kind: [province", ["x.yaml:"]),
    ],
)
def test_a_mistake_is_told_with_file_line_key_seen_and_allowed(
    old: str, new: str, told: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_model(path, Agency)
    assert [part for part in told if part not in str(caught.value)] == []


def test_a_missing_file_is_a_mistake_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_model(tmp_path / "none.yaml", Agency)


def test_the_name_of_an_agency_file_begins_with_its_code(tmp_path: Path) -> None:
    (tmp_path / "h99_x.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError, match="h26_<name>"):
        raise_from_match(tmp_path)


def raise_from_match(folder: Path) -> None:
    try:
        load_agencies(folder)
    except ConfigError as error:
        raise ConfigError(str(error)) from None


def test_two_files_of_one_code_are_refused(tmp_path: Path) -> None:
    for name in ("h26_a.yaml", "h26_b.yaml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError):
        load_agencies(tmp_path)


def test_a_system_bears_its_files_name(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text((SYSTEMS / "axis_list.yaml").read_text(encoding="utf-8"))
    with pytest.raises(ConfigError):
        load_systems(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example", "https://user@a.example", "https://a.example?x=1", "https://",
        "http://a.example", "file://host/x", "a.example",
    ],
)  # fmt: skip
def test_an_address_must_be_plain_and_safe(url: str) -> None:
    with pytest.raises(ValidationError):
        Connection(url=url)


def test_connections_are_read_with_paths_from_their_own_folder(tmp_path: Path) -> None:
    (tmp_path / "connections.yaml").write_text(
        "H26:\n  url: https://a.example:8443/base/\n  secret: file/secrets/H26\n  ca: ca.pem\n"
    )
    found = load_connections(tmp_path / "connections.yaml")["H26"]
    assert found.origin == ("https", "a.example", 8443)
    assert found.base == "/base"
    assert found.ca == tmp_path / "ca.pem"
    assert found.secret == f"file/{tmp_path}/secrets/H26"


@pytest.mark.parametrize(
    "text", ["H26: {url: x}", "- a", "H26: {url: https://a.example, secret: s3cret}"]
)
def test_a_wrong_connection_is_told_without_a_value_beside_a_reference(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "connections.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_connections(path)


CONNECTIONS = {"H26": Connection(url="https://a.example")}


def agency(**feed: object) -> Agency:
    chosen = {"system": "one_stop_rest", "connection": "H26", **feed}
    return Agency.model_validate(
        {
            "code": "H26",
            "name": "x",
            "kind": "province",
            "owner": "o",
            "feeds": {"dossiers": chosen},
        }
    )


def test_an_agencys_own_codes_and_options_are_laid_over_the_systems() -> None:
    found = source_for(
        agency(options={"size": 50}, codes={"applicant_type": {"0": "citizen"}}),
        "dossiers",
        CONNECTIONS,
    )
    assert found.options.model_dump()["size"] == 50
    assert found.source_map.fields["applicant_type"].codes["0"] == "citizen"
    assert found.source_map.fields["applicant_type"].codes["1"] == "citizen"


@pytest.mark.parametrize(
    "feed",
    [
        {"system": "nothing"}, {"connection": "nothing"}, {"system": "axis_list"},
        {"options": {"size": "many"}}, {"options": {"colour": 1}}, {"codes": {"colour": {"1": "x"}}},
        {"options": {"path": "/{yy}"}},
    ],
)  # fmt: skip
def test_a_source_that_does_not_fit_is_a_config_error(feed: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        source_for(agency(**feed), "dossiers", CONNECTIONS)


def test_an_unknown_kind_or_feed_is_a_config_error() -> None:
    with pytest.raises(ConfigError):
        find_kind("telepathy")
    with pytest.raises(ConfigError):
        source_for(agency(), "payments", CONNECTIONS)


def test_a_third_partys_kind_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_kind.py").write_text(
        "from connectors.kind import KindOptions as Options\n"
        "from connectors.protocol import Request\n"
        "def walk(options, partition):\n"
        "    yield Request('theirs')\n"
        "    return {}\n"
    )
    info = tmp_path / "their_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[hub.connectors]\ntheirs = their_kind\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    kind = find_kind("theirs")
    day = Partition("H26", "dossiers", date(2026, 11, 20))
    assert next(kind.walk(kind.Options(), day)).path == "theirs"
