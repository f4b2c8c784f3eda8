"""The hub's pages inside a real Airflow: for its users alone, by their permissions."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hub import airflow
from hub.stack import Stack, free_port
from tests.postgres import cloned
from warehouse.embedded import Server

PREFIX = "/lien-thong"


@pytest.fixture(scope="module")
def place(
    postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[airflow.Place]:
    """Run Airflow's api-server with an administrator and a viewer, over an empty warehouse."""
    state = tmp_path_factory.mktemp("airflow")
    place = airflow.Place(state, free_port(), postgres.create_database("airflow_pages"))
    with cloned(postgres, template) as url, Stack(state) as stack:
        env = airflow.environment(place, {"HUB_DATABASE_URL": url, "HUB_STATE": str(state)})
        env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] = "admin:admin,viewer:viewer"
        _add_password(place, "viewer", "viewer")
        command = airflow.command("db", "migrate")
        subprocess.run(command, env=env, check=True, capture_output=True)
        stack.start(airflow.services(place, env)[0])
        stack.wait()
        yield place


def _add_password(place: airflow.Place, name: str, word: str) -> None:
    path = Path(place.home, "secret", "passwords.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: word}))


def _session(place: airflow.Place, name: str, word: str) -> requests.Session:
    session = requests.Session()
    told = session.post(
        f"{place.url}/auth/token", json={"username": name, "password": word}, timeout=30
    )
    session.headers["Authorization"] = f"Bearer {told.json()['access_token']}"
    return session


@pytest.fixture
def admin(place: airflow.Place) -> requests.Session:
    return _session(place, airflow.USER, airflow.password(place))


@pytest.fixture
def viewer(place: airflow.Place) -> requests.Session:
    return _session(place, "viewer", "viewer")


def test_nobody_gets_a_page_without_logging_in_to_airflow(place: airflow.Place) -> None:
    for path in ("/", "/health", "/completeness", "/static/base.css", "/nowhere"):
        answer = requests.get(f"{place.url}{PREFIX}{path}", timeout=60)
        assert (path, answer.status_code) == (path, 401)


def test_a_forged_token_is_nobody(place: airflow.Place) -> None:
    for headers in ({"Authorization": "Bearer a.b.c"}, {"Cookie": "_token=a.b.c"}):
        answer = requests.get(f"{place.url}{PREFIX}/", headers=headers, timeout=60)
        assert answer.status_code == 401


def test_a_browser_is_led_to_the_login(place: airflow.Place) -> None:
    answer = requests.get(
        f"{place.url}{PREFIX}/",
        headers={"Accept": "text/html"},
        allow_redirects=False,
        timeout=60,
    )
    assert answer.status_code == 303
    assert "/auth/login" in answer.headers["location"]


def test_pages_are_mounted_below_the_prefix_and_link_there(
    place: airflow.Place, viewer: requests.Session
) -> None:
    page = viewer.get(f"{place.url}{PREFIX}/", timeout=60)
    assert page.status_code == 200
    assert f'href="{PREFIX}/completeness"' in page.text
    assert f'href="{PREFIX}/static/base.css' in page.text
    assert viewer.get(f"{place.url}{PREFIX}/static/base.css", timeout=60).status_code == 200


def test_a_dag_leads_to_the_page_of_its_agency(
    place: airflow.Place, viewer: requests.Session
) -> None:
    answer = viewer.get(
        f"{place.url}{PREFIX}/dags/agency_H26_month", allow_redirects=False, timeout=60
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/agencies/H26")


def test_the_navigation_of_airflow_and_every_dag_show_the_pages(
    place: airflow.Place, admin: requests.Session
) -> None:
    plugins = admin.get(f"{place.url}/api/v2/plugins", timeout=60).json()["plugins"]
    ours = next(plugin for plugin in plugins if plugin["name"] == "lien_thong")
    views = {(view["destination"], view["href"]) for view in ours["external_views"]}
    assert views == {
        ("nav", f"{PREFIX}/"),
        ("nav", f"{PREFIX}/completeness"),
        ("dag", f"{PREFIX}/dags/{{DAG_ID}}"),
    }
    errors = admin.get(f"{place.url}/api/v2/plugins/importErrors", timeout=60).json()
    assert errors["import_errors"] == []
