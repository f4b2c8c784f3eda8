"""Databases to pull from in tests: one table of dossiers in a real PostgreSQL or MariaDB."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg2

from connectors.connection import Connection
from connectors.source import Source, source_for
from connectors.system import System
from tests.connectors.world import agency_of
from tests.mariadb import Mariadb
from warehouse.embedded import Server

PASSWORD = "reader-canary-93ee"
KEPT = "stt, ma_ho_so, ma_thu_tuc, trang_thai, so_tien, cap_nhat_luc"
TABLE = """CREATE TABLE ho_so (
    stt bigint PRIMARY KEY, ma_ho_so varchar(40), ma_thu_tuc varchar(40), trang_thai int,
    so_tien decimal(18,2), cap_nhat_luc {moment} NULL, chu_ho_so varchar(80), so_cccd char(12))"""
ROWS: list[tuple[int, str, str]] = [
    (1, "HS-1", "2026-11-19 23:59:59"),
    (2, "HS-2", "2026-11-20 00:00:00"),
    (3, "HS-3", "2026-11-20 08:15:00"),
    (5, "HS-5", "2026-11-20 12:00:00"),
    (8, "HS-8", "2026-11-20 17:30:00"),
    (9, "HS-9", "2026-11-20 23:59:59"),
    (10, "HS-10", "2026-11-21 00:00:00"),
]
"""Five of the day, and one just before and after it."""


@dataclass
class Database:
    """One database with the table; its reader may see the kept columns and nothing else."""

    scheme: Literal["postgresql", "mysql"]
    server: Any
    name: str = "mot_cua"
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.port}/{self.name}"

    def run(self, *statements: str) -> None:
        """Execute statements as the owner."""
        if isinstance(self.server, Mariadb):
            self.server.run(*statements, database=self.name)
            return
        with closing(psycopg2.connect(self.server.database_url(self.name))) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def value(self, statement: str) -> Any:
        """The first value of a query, asked as the owner."""
        connect = (
            self.server.connect(self.name)
            if isinstance(self.server, Mariadb)
            else psycopg2.connect(self.server.database_url(self.name))
        )
        with closing(connect) as session, session.cursor() as cursor:
            cursor.execute(statement)
            return (cursor.fetchone() or (None,))[0]

    def fill(self) -> None:
        """Make the table anew with its rows."""
        moment = "timestamp" if self.scheme == "postgresql" else "datetime"
        rows = ", ".join(
            f"({number}, '{code}', '1.00{number}', 4, {number}.50, '{when}', 'Nguyễn Văn A',"
            f" '001085000{number:03d}')"
            for number, code, when in ROWS
        )
        self.run(
            "DROP TABLE IF EXISTS ho_so",
            TABLE.format(moment=moment),
            f"INSERT INTO ho_so VALUES {rows}",
            f"GRANT SELECT ({KEPT}) ON ho_so TO {self.reader}",
        )

    @property
    def reader(self) -> str:
        return "doc" if self.scheme == "postgresql" else "doc@'%'"


@contextmanager
def postgres_database(server: Server) -> Iterator[Database]:
    server.create_database("mot_cua")
    database = Database("postgresql", server)
    database.run(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doc') THEN"
        f" CREATE ROLE doc LOGIN PASSWORD '{PASSWORD}'; END IF; END $$"
    )
    database.fill()
    yield database


@contextmanager
def maria_database(server: Mariadb) -> Iterator[Database]:
    server.run(
        "CREATE DATABASE IF NOT EXISTS mot_cua CHARACTER SET utf8mb4",
        f"CREATE USER IF NOT EXISTS doc@'%' IDENTIFIED BY '{PASSWORD}'",
    )
    database = Database("mysql", server)
    database.fill()
    yield database


def sql_system(**changes: Any) -> System:
    """A system of the table; ``options`` are added to its own."""
    options = {"table": "ho_so", "key": ["stt"], "day": "cap_nhat_luc", "size": 2}
    fields = {
        "dossier_code": "ma_ho_so",
        "procedure_code": "ma_thu_tuc",
        "status": {"path": "trang_thai", "codes": {"4": "processing"}},
        "updated_at": {"path": "cap_nhat_luc", "format": "iso_local"},
    }
    base = {
        "name": "mot_cua_sql", "title": "Cơ sở dữ liệu một cửa", "feed": "dossiers",
        "kind": "sql_query", "options": options | changes.pop("options", {}),
        "format": {"type": "rows"}, "fields": fields, "ignore": ["chu_ho_so", "so_cccd"],
    }  # fmt: skip
    return System.model_validate(base | changes)


def sql_source(url: str, folder: Path, system: System | None = None, **connection: Any) -> Source:
    """A source of a table; ``connection`` alters username, networks, ca, secret."""
    chosen = system or sql_system()
    (folder / "secret").write_text(PASSWORD)
    usual = {"username": "doc", "secret": f"file/{folder / 'secret'}", "networks": {"loopback"}}
    agency = agency_of(chosen.feed, system=chosen.name)
    made = Connection.model_validate({"url": url, **usual, **connection})
    return source_for(agency, chosen.feed, {"H26": made}, {chosen.name: chosen})
