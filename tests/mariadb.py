"""Pytest plugin: a real MariaDB out of the Debian registry, without root and without installing.

``apt-get`` fetches the server's package and the libraries that Debian's images lack, with lists
and caches of our own below ``var``; ``dpkg -x`` unpacks them; the server bootstraps itself and
listens on a free port of 127.0.0.1. Where there is no ``apt-get`` or no registry in reach, tests
that ask for ``mariadb`` are skipped with that reason.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pymysql
import pytest

from tests.connectors.authority import Authority

ROOT = Path(__file__).parents[1]
HOME = ROOT / "var" / "mariadb"
PACKAGES = ("mariadb-server-core", "libaio1", "liburing2", "libnuma1")
START_SECONDS = 60.0
PASSWORD = "maria-canary-5b1d"


@dataclass(frozen=True)
class Mariadb:
    """A running server.

    Attributes:
        port: of 127.0.0.1.
        authority: PEM of who signed its certificate.
        user, password: of an account that may do everything.
    """

    port: int
    authority: Path
    user: str = "hub"
    password: str = PASSWORD

    def connect(self, database: str = "") -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """An autocommitting connection."""
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=self.user, password=self.password,
            database=database or None, autocommit=True, charset="utf8mb4",
        )  # fmt: skip

    def run(self, *statements: str, database: str = "") -> None:
        """Execute statements."""
        with closing(self.connect(database)) as session, session.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mariadb]:
    unpacked = _unpacked()
    folder = Path(tmp_path_factory.mktemp("mariadb"))
    account = _account(folder)
    program = [str(unpacked / "usr/sbin/mariadbd"), "--no-defaults", f"--user={account}"]
    program += [f"--basedir={unpacked / 'usr'}", f"--datadir={folder / 'data'}"]
    program += [f"--lc-messages-dir={unpacked / 'usr/share/mysql'}"]
    program += [f"--character-sets-dir={unpacked / 'usr/share/mysql/charsets'}"]
    program += [f"--tmpdir={folder}", f"--plugin-dir={unpacked / 'usr/lib/mysql/plugin'}"]
    environment = {**os.environ, "LD_LIBRARY_PATH": _libraries(unpacked)}
    _bootstrap(program, environment, unpacked / "usr/share/mysql", folder)
    port = _free_port()
    authority = Authority(folder)
    pair = authority.issue("mariadb")
    for path in pair:
        shutil.chown(path, account)
    server = subprocess.Popen(
        [*program, f"--socket={folder / 's'}", f"--port={port}", "--bind-address=127.0.0.1",
         "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", f"--log-error={folder / 'log'}",
         f"--ssl-cert={pair[0]}", f"--ssl-key={pair[1]}"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        running = Mariadb(port, authority.file)
        _wait(running, server, folder / "log")
        yield running
    finally:
        server.kill()
        server.wait()


def _unpacked() -> Path:
    """The unpacked packages, fetched once a checkout; concurrent sessions may fetch twice."""
    place = HOME / "root"
    if place.is_dir():
        return place
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        pytest.skip("no apt-get here to fetch MariaDB with")
    fresh = HOME / f"fetch-{secrets.token_hex(4)}"
    for name in ("lists/partial", "cache/archives/partial", "debs", "root"):
        (fresh / name).mkdir(parents=True)
    apt = ["apt-get", "-qq", "-o", f"Dir::State={fresh}", "-o", f"Dir::State::Lists={fresh}/lists"]
    apt += ["-o", f"Dir::Cache={fresh}/cache", "-o", "Debug::NoLocking=1"]
    apt += ["-o", "APT::Sandbox::User=", "-o", "Acquire::http::Timeout=20"]
    for ask in (["update"], ["download", *PACKAGES]):
        done = subprocess.run([*apt, *ask], cwd=fresh / "debs", capture_output=True, check=False)
        if done.returncode:
            shutil.rmtree(fresh)
            pytest.skip("the Debian registry does not give MariaDB")
    for package in sorted((fresh / "debs").glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(package), str(fresh / "root")], check=True)
    with suppress(OSError):  # another session was faster
        (fresh / "root").rename(place)
    shutil.rmtree(fresh)
    return place


def _account(folder: Path) -> str:
    """Who runs the server: we, or nobody where we are root."""
    if os.getuid():
        return pwd.getpwuid(os.getuid()).pw_name
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    for above in folder.parents:
        if above.stat().st_uid == 0 and above.is_relative_to(Path(os.path.realpath("/tmp"))):
            above.chmod(above.stat().st_mode | 0o011)
    return "nobody"


def _libraries(unpacked: Path) -> str:
    return ":".join({str(path.parent) for path in unpacked.rglob("lib*.so.*")})


def _bootstrap(
    program: list[str], environment: dict[str, str], scripts: Path, folder: Path
) -> None:
    data = folder / "data"
    data.mkdir()
    shutil.chown(data, program[2].removeprefix("--user="))
    parts = ("system_tables", "performance_tables", "system_tables_data")
    tables = "".join((scripts / f"mysql_{part}.sql").read_text() for part in parts)
    ours = (
        f"\nCREATE USER hub@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';"
        "\nGRANT ALL ON *.* TO hub@'127.0.0.1' WITH GRANT OPTION;\n"
    )
    words = f"CREATE DATABASE mysql;\nUSE mysql;\n{tables}\nFLUSH PRIVILEGES;{ours}"
    with (folder / "bootstrap").open("wb") as log:
        subprocess.run(
            [*program, "--bootstrap", "--skip-log-bin"],
            input=words.encode(), env=environment, stdout=log, stderr=log, check=True,
        )  # fmt: skip


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait(running: Mariadb, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            running.connect().close()
        except pymysql.err.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"MariaDB does not start: {log.read_text()[-2000:]}")
