"""Pytest plugin: pages against a filled warehouse, in process, over HTTP, in a real browser."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from hub.registry import read_registry
from hub.settings import Settings
from serving.access import ROLES, Person
from serving.app import create_app
from serving.service import Service
from tests.acceptance.nation import Sandbox
from tests.postgres import cloned
from tests.serving.nation import NOW, fill, small_nation
from warehouse.embedded import Server

LOCAL = Person("local", frozenset(ROLES))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Settings]]:
    """Give the running sandbox and settings that lead to it."""
    with small_nation(tmp_path_factory.mktemp("serving")) as running:
        yield running


@pytest.fixture(scope="session")
def filled(postgres: Server, template: str, place: tuple[Sandbox, Settings]) -> Iterator[str]:
    """Give the name of a database with the small nation's days; clone it, never write to it."""
    nation, settings = place
    with cloned(postgres, template) as url:
        fill(settings, url, nation)
        yield url.rpartition("/")[2].partition("?")[0]


@pytest.fixture(scope="session")
def reading(postgres: Server, filled: str, place: tuple[Sandbox, Settings]) -> Iterator[Service]:
    """Give a service over a clone that no test writes to."""
    with cloned(postgres, filled) as url:
        yield from _service(url, place[1])


@pytest.fixture
def writing(
    postgres: Server, filled: str, place: tuple[Sandbox, Settings], tmp_path: Path
) -> Iterator[Service]:
    """Give a service over a clone of its own, with the archive's landings and the sandbox."""
    shutil.copytree(place[1].state / "archive", tmp_path / "archive")
    connections = place[1].connections_file
    settings = place[1].model_copy(update={"state": tmp_path, "connections": connections})
    with cloned(postgres, filled) as url:
        yield from _service(url, settings.model_copy(update={"database_url": url}))


@pytest.fixture
def unlanded(
    postgres: Server, filled: str, place: tuple[Sandbox, Settings], tmp_path: Path
) -> Iterator[Service]:
    """Give a service over a clone of its own without landings: the archive takes long to copy."""
    settings = place[1].model_copy(update={"state": tmp_path})
    with cloned(postgres, filled) as url:
        yield from _service(url, settings.model_copy(update={"database_url": url}))


@pytest.fixture
def client(reading: Service) -> Iterator[TestClient]:
    """Ask the reading service in process, as the operator of this machine."""
    with TestClient(create_app(reading), base_url="http://hub.test") as asking:
        yield asking


@pytest.fixture
def writer(writing: Service) -> Iterator[TestClient]:
    """Ask the writing service in process, as the operator of this machine."""
    headers = {"Origin": "http://hub.test"}
    with TestClient(create_app(writing), base_url="http://hub.test", headers=headers) as asking:
        yield asking


@contextmanager
def listening(service: Service) -> Iterator[str]:
    """Serve over real HTTP on loopback; give the address."""
    config = uvicorn.Config(create_app(service), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline, "the server is not ready"
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def site(reading: Service) -> Iterator[str]:
    """Give the address of the reading service."""
    with listening(reading) as url:
        yield url


@pytest.fixture
def working_site(writing: Service) -> Iterator[str]:
    """Give the address of the writing service."""
    with listening(writing) as url:
        yield url


def _service(url: str, settings: Settings) -> Iterator[Service]:
    service = Service(settings, url, _local, read_registry(settings.agencies), clock=lambda: NOW)
    yield service
    service.close()


def _local(asking: object) -> Person:
    del asking
    return LOCAL
