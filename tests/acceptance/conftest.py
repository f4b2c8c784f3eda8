from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.settings import Settings
from tests.acceptance.nation import Sandbox, sandbox, write_connections


@pytest.fixture(scope="session")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("nation"), scale=0.01) as running:
        yield running


@pytest.fixture
def settings(database_url: str, nation: Sandbox, tmp_path: Path) -> Settings:
    write_connections(tmp_path / "connections.yaml", nation)
    return Settings(state=tmp_path, database_url=database_url, attempts=2, wait_seconds=0.01)
