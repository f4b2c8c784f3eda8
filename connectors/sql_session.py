"""One read-only session at a database: pinned address, one snapshot, limits of time.

Nothing of the environment is used (service files, password files); what a session may do is
taken away twice: by the session itself, and by the rights of the user that the agency gives.
"""

from collections.abc import Callable
from typing import Any

import psycopg2
import pymysql
import sqlalchemy as sa
from psycopg2.extensions import PYDATE, PYDATETIME, PYDATETIMETZ, new_type, register_type
from sqlalchemy.pool import NullPool

from connectors.connection import Connection
from connectors.egress import resolve
from connectors.line import connect, tls_context
from connectors.login import read_secret

_NAME = "lien-thong"
_DRIVERS = {
    "postgresql": "postgresql+psycopg2",
    "mysql": "mysql+pymysql",
    "mssql": "mssql+pymssql",
    "oracle": "oracle+oracledb",
}
_DATES = ((1082, PYDATE), (1114, PYDATETIME), (1184, PYDATETIMETZ))
"""PostgreSQL's date, timestamp, timestamptz (their OIDs never change)."""

_SNAPSHOT = (
    "IF (SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()) = 1"
    " SET TRANSACTION ISOLATION LEVEL SNAPSHOT"
    " ELSE SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
)


def open_session(connection: Connection, opening: float, silence: float) -> sa.Connection:
    """Return a session in which one transaction reads one snapshot and can write nothing.

    SQL Server gives a snapshot only where its database allows one (ALLOW_SNAPSHOT_ISOLATION);
    else every statement sees what is committed by then, and the declared total tells.

    Args:
        connection: where; the name is resolved once, here.
        opening: seconds to connect and log in.
        silence: seconds that one statement may take.

    Raises:
        SourceUnavailable: NET-*.
        SourceUnsafe: EGRESS.
        sqlalchemy.exc.DBAPIError: the server refuses.
    """
    make = _MAKERS[connection.scheme]
    address = resolve(connection)
    engine = sa.create_engine(
        f"{_DRIVERS[connection.scheme]}://",
        creator=lambda: make(connection, address, opening, silence),
        poolclass=NullPool,
        hide_parameters=True,
    )
    session = engine.connect()
    for statement in begin_statements(connection.scheme, silence, maria=_is_maria(session)):
        session.exec_driver_sql(statement)
    return session


def begin_statements(scheme: str, silence: float, *, maria: bool = False) -> tuple[str, ...]:
    """Return what is said first in a session, so that it can only read, and not for ever."""
    milliseconds = int(silence * 1000)
    match scheme:
        case "mysql":
            limit = f"max_statement_time = {silence:g}"
            return (
                f"SET SESSION {limit if maria else f'max_execution_time = {milliseconds}'}",
                "SET SESSION time_zone = '+07:00'",
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            )
        case "mssql":
            return (
                f"SET LOCK_TIMEOUT {milliseconds}",
                _SNAPSHOT,
            )
        case "oracle":
            return (
                "ALTER SESSION SET TIME_ZONE = 'Asia/Ho_Chi_Minh'",
                "SET TRANSACTION READ ONLY",
            )
    return ()  # libpq takes all of it with the login


def _is_maria(session: sa.Connection) -> bool:
    return bool(getattr(session.dialect, "is_mariadb", False))


def _postgresql(connection: Connection, address: str, opening: float, silence: float) -> Any:
    _, host, port = connection.origin
    tls: dict[str, Any] = {"sslmode": "disable"}
    if connection.encrypted:
        tls = {"sslmode": "verify-full", "sslrootcert": str(connection.ca or "system")}
    if connection.certificate:
        tls |= {"sslcert": str(connection.certificate), "sslkey": str(connection.certificate_key)}
    session = psycopg2.connect(
        host=host,
        hostaddr=address,
        port=port,
        dbname=connection.base.strip("/"),
        user=connection.username,
        password=read_secret(connection),
        application_name=_NAME,
        connect_timeout=max(2, round(opening)),
        gssencmode="disable",
        client_encoding="utf8",
        tcp_user_timeout=int(silence * 1000),
        options=f"-c statement_timeout={int(silence * 1000)} -c TimeZone=Asia/Ho_Chi_Minh"
        " -c DateStyle=ISO -c IntervalStyle=iso_8601 -c default_transaction_read_only=on",
        **tls,
    )
    session.set_session(isolation_level="REPEATABLE READ", readonly=True)
    for oid, reader in _DATES:
        register_type(new_type((oid,), f"dated_{oid}", _read_dated(reader)), session)
    return session


def _read_dated(reader: Callable[..., Any]) -> Callable[[str | bytes | None, Any], Any]:
    """Return a reader that keeps as text what Python has no date for (years BC, infinity)."""

    def read(text: str | bytes | None, cursor: Any) -> Any:
        if text is None or "infinity" in str(text):
            return text
        try:
            return reader(text, cursor)
        except (ValueError, OverflowError, psycopg2.Error):
            return text

    return read


def _mysql(connection: Connection, address: str, opening: float, silence: float) -> Any:
    _, host, port = connection.origin
    session = pymysql.Connection(
        host=host,
        port=port,
        user=connection.username,
        password=read_secret(connection),
        database=connection.base.strip("/"),
        charset="utf8mb4",
        read_timeout=silence,
        write_timeout=silence,
        program_name=_NAME,
        ssl=tls_context(connection) if connection.encrypted else None,
        ssl_disabled=not connection.encrypted,
        defer_connect=True,
    )
    session.connect(connect(address, port, None, opening))
    return session


def _mssql(connection: Connection, address: str, opening: float, silence: float) -> Any:
    import pymssql  # noqa: PLC0415 - FreeTDS is loaded only where there is a SQL Server

    return pymssql.connect(
        server=address,
        port=str(connection.origin[2]),
        user=connection.username,
        password=read_secret(connection),
        database=connection.base.strip("/"),
        login_timeout=round(opening),
        timeout=round(silence),
        charset="UTF-8",
        appname=_NAME,
        encryption="require",
        read_only=True,  # ApplicationIntent=ReadOnly
        use_datetime2=True,
    )


def _oracle(connection: Connection, address: str, opening: float, silence: float) -> Any:
    import oracledb  # noqa: PLC0415 - loaded only where there is an Oracle

    session = oracledb.connect(
        host=address,
        port=connection.origin[2],
        service_name=connection.base.strip("/"),
        user=connection.username,
        password=read_secret(connection),
        tcp_connect_timeout=opening,
        program=_NAME,
    )
    session.call_timeout = int(silence * 1000)
    return session


_MAKERS = {"postgresql": _postgresql, "mysql": _mysql, "mssql": _mssql, "oracle": _oracle}
