"""Connections to the warehouse, their guarantees, and what its errors mean to us."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_INTRANS
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

from contracts.errors import ConfigError, HubBug, HubError, LoadConflict
from warehouse.statement import statement

SESSION = {
    "default_transaction_isolation": r"read\ committed",
    "synchronous_commit": "on",
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "120s",
    "transaction_timeout": "30min",
    "client_connection_check_interval": "1s",
    "timezone": "Asia/Ho_Chi_Minh",
    "jit": "off",  # compiling a plan costs more than any of our statements
}
"""Settings of every session; what they guard against: docs/adr/0001, docs/operations.md."""

NETWORK: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A half-open connection is given up after at most 30 seconds."""

RETRY_CLASSES = ("08", "40", "53", "57")
"""SQLSTATE classes that say "again": connection, rollback, resources, operator."""
RETRY_CODES = {
    "55P03": "LOCK-TIMEOUT",
    "25P03": "IDLE-TIMEOUT",
    "25P04": "TRANSACTION-TIMEOUT",
    "40001": "SERIALIZATION",
    "40P01": "DEADLOCK",
    "53100": "DISK-FULL",
    "57014": "STATEMENT-TIMEOUT",
}

__all__ = ["Connection", "Cursor", "connect", "migrate", "read_snapshot", "run", "translated"]


def connect(
    url: str, *, settings: Mapping[str, str] | None = None, name: str = "hub"
) -> Connection:
    """Open a connection with the settings of ``SESSION``, READ COMMITTED.

    Args:
        url: ``postgresql://…``; SQLAlchemy's ``postgresql+psycopg2://`` is understood.
        settings: session settings on top of ``SESSION``, e.g. a shorter ``lock_timeout``.
        name: application name, shown by ``pg_stat_activity``.

    Raises:
        LoadConflict: the server cannot be reached now.
        ConfigError: the server refuses the user, the password or the database.
    """
    options = " ".join(
        f"-c {key}={value}" for key, value in (SESSION | dict(settings or {})).items()
    )
    plain = url.replace("postgresql+psycopg2://", "postgresql://", 1)
    try:
        conn: Connection = psycopg2.connect(
            plain, options=options, application_name=name, **NETWORK
        )
    except psycopg2.OperationalError as error:
        text = str(error)
        if "authentication failed" in text or "does not exist" in text:
            raise ConfigError("the database refuses us", seen=_first_line(text)) from error
        raise LoadConflict("the database cannot be reached", code="PG-CONNECT") from error
    return conn


@contextmanager
def translated(where: str = "") -> Iterator[None]:
    """Turn database errors into ours, by who must act.

    Raises:
        LoadConflict: lock or transaction timeouts, deadlocks, lost connections, full disks.
        HubBug: any other database error.
    """
    try:
        yield
    except psycopg2.Error as error:
        raise hub_error(error, where) from error


def hub_error(error: psycopg2.Error, where: str = "") -> HubError:
    """Return our error for one of the database; ``seen`` is its first line, without data."""
    state = error.pgcode or ""
    lost = not state and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    if lost or state in RETRY_CODES or state[:2] in RETRY_CLASSES:
        code = "CONNECTION-LOST" if lost else RETRY_CODES.get(state, "CONFLICT")
        return LoadConflict(
            "the database asked to try again", code=code, where=where, seen=_first_line(str(error))
        )
    return HubBug("the database refused a statement", where=where, seen=_first_line(str(error)))


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]


def run(cursor: Cursor, name: str, **parameters: Any) -> Cursor:
    """Execute a named statement; return the cursor to read its rows from."""
    cursor.execute(statement(name), parameters)
    return cursor


@contextmanager
def read_snapshot(conn: Connection) -> Iterator[Cursor]:
    """Read in one REPEATABLE READ READ ONLY transaction: every statement sees one version.

    Within a snapshot of the same connection the snapshot goes on, so that a page made of several
    figures shows one version, too.

    Raises:
        LoadConflict: the database asked to try again.
    """
    if conn.info.transaction_status == TRANSACTION_STATUS_INTRANS and _is_snapshot(conn):
        with translated(), conn.cursor() as cursor:
            yield cursor
        return
    with translated(), conn, conn.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield cursor


def _is_snapshot(conn: Connection) -> bool:
    with translated(), conn.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('transaction_read_only') = 'on'"
            " AND current_setting('transaction_isolation') = 'repeatable read'"
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def migrate(url: str) -> None:
    """Bring a database to the newest schema; does nothing where it is there already.

    Several callers at once are put in a row by an advisory lock inside the migration.
    """
    from alembic import command  # noqa: PLC0415 - 0.5 s of import that a load never needs
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg2://", 1)
    command.upgrade(config, "head")
