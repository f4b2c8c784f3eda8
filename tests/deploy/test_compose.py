"""The one-server deployment keeps the compose specification and our own promises."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from tests.deploy.airflow_words import airflow_refusal

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"init", "hub"}
"""Services that end: nothing is left to be healthy."""

AIRFLOW = sorted(n for n, s in SERVICES.items() if s.get("command", [""])[0] == "airflow")
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def test_the_file_keeps_the_compose_specification() -> None:
    vendor = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((vendor / "compose-spec.json").read_text())
    jsonschema.validate(COMPOSE, schema)


def test_every_part_of_a_server_is_there() -> None:
    parts = {"postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer"}
    assert set(SERVICES) == parts | {"worker", "pages", "hub", "sandbox"}
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]
    assert SERVICES["hub"]["profiles"] == ["tools"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_a_lasting_service_is_asked_for_its_health(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_an_image_is_pinned_to_a_whole_version(name: str) -> None:
    assert re.search(r":\d+\.\d+(\.\d+)?(-\w+)?$", SERVICES[name]["image"])


def test_the_bases_of_our_image_are_pinned_to_a_whole_version() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases == ["python:3.11.14-slim-bookworm"] * 2
    assert "\nUSER 10001:10001\n" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_only_pages_are_published_and_only_on_loopback(name: str) -> None:
    published = {"api-server": ["127.0.0.1:8080:8080"], "pages": ["127.0.0.1:8088:8088"]}
    assert SERVICES[name].get("ports", []) == published.get(name, [])


def test_the_pages_believe_nobody_but_a_proxy() -> None:
    told = SERVICES["pages"]["environment"]
    assert told["HUB_PROXY_NAME_HEADER"] == "X-Forwarded-User"
    assert told["HUB_PROXY_NETWORKS"] == "172.16.0.0/12"


def test_the_database_is_on_a_network_without_a_way_out() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["inside"]


def test_no_secret_is_in_a_file_of_the_project() -> None:
    texts = [(ROOT / "docker-compose.yml").read_text(), (ROOT / "deploy" / "hub.env").read_text()]
    for text in [*texts, DOCKERFILE]:
        assert not re.search(r"(PASSWORD|SECRET_KEY|JWT_SECRET|FERNET_KEY|CONN)\s*[:=]\s*\S", text)
    assert (ROOT / "deploy" / ".gitignore").read_text() == "secret/\n"


def test_the_secrets_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    script = tmp_path / "prepare.py"
    shutil.copy(ROOT / "deploy" / "prepare.py", script)
    subprocess.run([sys.executable, script], check=True)
    folder = tmp_path / "secret"
    first = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(first) == {"hub.env", "postgres.env"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    subprocess.run([sys.executable, script], check=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == first
    jwt = re.search(r"^AIRFLOW__API_AUTH__JWT_SECRET=(\w+)$", first["hub.env"], re.MULTILINE)
    assert jwt
    assert len(jwt[1]) >= 64


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_the_files_that_a_service_mounts_are_there(name: str) -> None:
    mounts = [v.split(":")[0] for v in SERVICES[name].get("volumes", []) if v.startswith("./")]
    given = [e["path"] for e in SERVICES[name].get("env_file", []) if "/secret/" not in e["path"]]
    assert [path for path in [*mounts, *given] if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("program", ["hub-server-init", "hub-server-healthy"])
def test_our_own_programs_are_in_the_image_and_may_be_run(program: str) -> None:
    assert os.access(ROOT / "deploy" / program, os.X_OK)
    assert f"deploy/{program}" in DOCKERFILE


@pytest.fixture(scope="module")
def airflow_commands(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the refusals of command lines that this environment's Airflow does not know."""
    lines = [SERVICES[name]["command"][1:] for name in AIRFLOW if name != "worker"]
    return airflow_refusal(lines, tmp_path_factory.mktemp("airflow"))


def test_airflow_knows_the_commands_of_its_services(airflow_commands: str) -> None:
    assert AIRFLOW == ["api-server", "dag-processor", "scheduler", "triggerer", "worker"]
    assert airflow_commands == ""


def test_what_the_worker_and_the_server_need_beside_the_hub_is_locked_with_hashes() -> None:
    lock = (ROOT / "deploy" / "requirements.lock").read_text()
    assert SERVICES["worker"]["command"][:3] == ["airflow", "edge", "worker"]
    for name in ("apache-airflow-providers-edge3", "apache-airflow-providers-fab", "asyncpg"):
        assert re.search(rf"^{name}==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE)
    assert "://" not in lock


def test_the_server_runs_the_versions_that_are_tested() -> None:
    ours, theirs = (
        dict(re.findall(r"^(\S+)==(\S+) \\$", (ROOT / path).read_text(), re.MULTILINE))
        for path in ("requirements.lock", "deploy/requirements.lock")
    )
    assert len(theirs) > len(ours) / 2
    assert {n: v for n, v in theirs.items() if n in ours and ours[n] != v} == {}


def test_the_sandbox_and_the_hub_answer_the_commands_of_their_services() -> None:
    words = SERVICES["sandbox"]["command"]
    assert words[:3] == ["python", "-m", "sandbox"]
    help_text = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert [word for word in words if word.startswith("--") and word not in help_text] == []
    assert SERVICES["hub"]["command"] == ["doctor"]
