"""Pytest plugin: a real PostgreSQL, started once a session, a database cloned per test.

``pytest_plugins = ["tests.postgres"]`` in tests/conftest.py gives every test:

- ``postgres``: the running server (session);
- ``template``: name of a migrated database with all dimensions, not to be written to (session);
- ``database_url``: URL of a fresh clone of the template for one test (about 0.1 s);
- ``warehouse``: an open connection to that clone.
"""

import itertools
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest

from warehouse.database import Connection, connect, migrate
from warehouse.dimension import sync_dimensions
from warehouse.embedded import Server, start

_NUMBERS = itertools.count(1)
FAST = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "1GB", "autovacuum": "off"}
"""Only for tests that do not crash the server. Nothing runs behind them: a statistic gathered
between two questions would be a new version of the warehouse."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("postgres"), settings=FAST)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def template(postgres: Server) -> str:
    url = postgres.create_database("template")
    migrate(url)
    with closing(connect(url)) as conn:
        sync_dimensions(conn)
    return "template"


@pytest.fixture
def database_url(postgres: Server, template: str) -> Iterator[str]:
    with cloned(postgres, template) as url:
        yield url


@pytest.fixture
def warehouse(database_url: str) -> Iterator[Connection]:
    with closing(connect(database_url)) as conn:
        yield conn


@contextmanager
def cloned(server: Server, template: str) -> Iterator[str]:
    """Give a clone of a database, dropped afterwards."""
    name = f"clone_{os.getpid()}_{next(_NUMBERS)}"
    _as_admin(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
    try:
        yield server.database_url(name)
    finally:
        _as_admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def _as_admin(server: Server, statement: str) -> None:
    with closing(psycopg2.connect(server.database_url("postgres"))) as conn:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute(statement)
