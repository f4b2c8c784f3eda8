from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from hub.settings import Settings
from tests.acceptance.nation import Sandbox, sandbox, write_connections
from warehouse.database import connect, migrate
from warehouse.dimension import sync_dimensions
from warehouse.embedded import Server, start


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("nation"), scale=0.01) as running:
        yield running


def fresh_warehouse(server: Server) -> str:
    """Return the address of a new, migrated database."""
    url = server.create_database(f"hub_{uuid4().hex[:12]}")
    migrate(url)
    with closing(connect(url)) as conn:
        sync_dimensions(conn)
    return url


@pytest.fixture
def settings(server: Server, nation: Sandbox, tmp_path: Path) -> Settings:
    write_connections(tmp_path / "connections.yaml", nation)
    return Settings(
        state=tmp_path, database_url=fresh_warehouse(server), attempts=2, wait_seconds=0.01
    )
