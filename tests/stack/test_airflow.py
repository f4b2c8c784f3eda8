"""Airflow of this machine: configured by environment alone, quiet, private, its own secrets."""

import json
import os
import stat
from pathlib import Path

import pytest

from connectors.agency import load_agencies
from hub import airflow
from hub.airflow import Place, environment, password, pools


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, 8099, "postgresql://postgres:secret@127.0.0.1:5999/airflow")


def test_everything_is_told_by_environment_and_listens_on_loopback(place: Place) -> None:
    env = environment(place, {"HUB_STATE": "somewhere"})
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8099/execution/"
    assert env["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql+psycopg2://")
    assert env["HUB_STATE"] == "somewhere"
    assert Path(env["AIRFLOW__CORE__DAGS_FOLDER"], "agency.py").exists()
    assert any(Path(p, "airflow_local_settings.py").exists() for p in env["PYTHONPATH"].split(":"))


def test_services_see_nothing_of_our_environment_that_is_not_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMEBODYS_TOKEN", "canary")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    env = environment(place, {})
    assert "SOMEBODYS_TOKEN" not in env
    assert "/elsewhere" not in env["PYTHONPATH"]
    assert env["PYTHONSAFEPATH"] == "1"


def test_an_airflow_setting_of_the_operator_wins_over_ours(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "3")
    assert environment(place, {})["AIRFLOW__CORE__PARALLELISM"] == "3"


def test_secrets_are_made_once_long_and_private(place: Place) -> None:
    first, second = environment(place, {}), environment(place, {})
    assert first == second
    assert len(first["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert first["AIRFLOW__API_AUTH__JWT_SECRET"] != first["AIRFLOW__API__SECRET_KEY"]
    folder = place.home / "secret"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert json.loads((folder / "passwords.json").read_text()) == {"admin": password(place)}


def test_every_source_has_a_pool() -> None:
    agencies = load_agencies()
    made = pools(agencies.values())
    assert {f.connection for a in agencies.values() for f in a.feeds.values()} == set(made)
    assert set(made.values()) == {airflow.SOURCE_SLOTS}


def test_the_api_server_ends_after_those_who_talk_to_it(place: Place) -> None:
    waves = {s.name: s.wave for s in airflow.services(place, dict(os.environ))}
    assert waves == {"api-server": 1, "scheduler": 2, "dag-processor": 2}
