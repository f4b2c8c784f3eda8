"""PostgreSQL started by us: a real server each time, so few tests."""

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from warehouse import embedded
from warehouse.embedded import Server, start


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("state")
    yield made
    start(made).remove()


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    running = start(folder)
    yield running
    running.stop("immediate")


def asked(url: str, query: str) -> str:
    with closing(psycopg2.connect(url)) as conn, conn.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        assert row is not None
        return str(row[0])


def test_it_answers_over_tcp_and_socket(server: Server) -> None:
    assert asked(server.url, "SHOW server_version").startswith("18.")
    assert asked(server.socket_url(), "SELECT current_database()") == "hub"


def test_it_has_checksums_and_our_settings(server: Server) -> None:
    assert asked(server.url, "SHOW data_checksums") == "on"
    assert asked(server.url, "SHOW max_wal_size") == "4GB"
    assert asked(server.url, "SHOW listen_addresses") == "127.0.0.1"


def test_nobody_enters_without_the_password(server: Server) -> None:
    for url in (server.url, server.socket_url()):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(url.replace(server.password, "wrong"))


def test_the_password_is_in_no_text_and_only_ours_to_read(server: Server) -> None:
    assert server.password not in repr(server)
    mode = stat.S_IMODE((server.data.parent / "password").stat().st_mode)
    assert mode == 0o600


def test_a_second_start_joins_the_running_server(server: Server, folder: Path) -> None:
    joined = start(folder)
    assert (joined.pid, joined.url) == (server.pid, server.url)


def test_it_survives_an_unclean_stop(server: Server, folder: Path) -> None:
    url = server.url
    with closing(psycopg2.connect(url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")
    os.kill(server.pid, 9)
    assert server.process is not None
    server.process.wait(10)
    again = start(folder)
    try:
        assert asked(again.url, "SELECT n FROM kept") == "1"
    finally:
        again.stop()


def test_a_pid_taken_over_by_a_stranger_is_no_server(server: Server, folder: Path) -> None:
    server.stop()
    pidfile = server.data / "postmaster.pid"
    pidfile.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n/tmp\n127.0.0.1\n")
    again = start(folder)
    assert again.alive()
    again.stop()
    assert not again.alive()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_folder_closed_to_the_service_user_gets_a_twin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "inner").mkdir()
    parents = tmp_path.parent.stat().st_mode
    assert stat.S_ISDIR(parents)
    account = embedded._service_account()
    home = embedded._reachable_home(tmp_path / "inner", account)
    try:
        assert home.parent == Path("/var/tmp")
        assert (tmp_path / "inner" / "postgres").resolve() == home
        assert home.stat().st_mode & 0o777 == 0o700
    finally:
        home.rmdir()
