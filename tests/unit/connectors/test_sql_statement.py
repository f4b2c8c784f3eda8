"""What kind ``sql_query`` says to each sort of database, word by word.

SQL Server and Oracle have no server in these tests: their statements are proved here alone.
"""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql
from sqlalchemy.exc import DBAPIError

from connectors.kinds.sql_query import Options, walk
from connectors.protocol import Answer
from connectors.sql_error import told
from connectors.sql_session import begin_statements
from connectors.sql_statement import Table
from contracts.partition import Partition

DIALECTS: dict[str, Any] = {
    "postgresql": postgresql.psycopg2.dialect,
    "mysql": mysql.pymysql.dialect,
    "mssql": mssql.pymssql.dialect,
    "oracle": oracle.oracledb.dialect,
}
DAY = Partition("H26", "dossiers", date(2026, 11, 20))


def options(**changes: Any) -> Options:
    usual = {"table": "mot_cua.ho_so", "key": ["ma_tthc", "stt"], "day": "luc", "size": 500}
    return Options.model_validate(usual | changes)


def asked(chosen: Options, after: list[str | int]) -> dict[str, Any]:
    """The body of the page's request that follows a last key."""
    steps = walk(chosen, DAY)
    next(steps)
    page = steps.send(Answer(0, {"rows": 9_999}, "d"))
    return {**page.body, "after": after}


def written(scheme: str, after: list[str | int] | None = None, **changes: Any) -> str:
    chosen = options(**changes)
    statement = Table(chosen, ("MaHS", "trạng thái", "stt"), scheme).page(
        asked(chosen, after if after is not None else ["1.00", 7])
    )
    compiled = statement.compile(
        dialect=DIALECTS[scheme](), compile_kwargs={"literal_binds": scheme != "postgresql"}
    )
    return " ".join(str(compiled).split())


def test_postgresql_compares_rows() -> None:
    assert written("postgresql") == (
        'SELECT "MaHS", "trạng thái", stt FROM mot_cua.ho_so'
        " WHERE luc >= %(luc_1)s AND luc < %(luc_2)s"
        " AND (ma_tthc, stt) > (%(param_1)s, %(param_2)s)"
        " ORDER BY ma_tthc, stt LIMIT %(param_3)s"
    )


def test_mysql_spells_the_comparison_out() -> None:
    assert written("mysql") == (
        "SELECT `MaHS`, `trạng thái`, stt FROM mot_cua.ho_so"
        " WHERE luc >= '2026-11-20 00:00:00' AND luc < '2026-11-21 00:00:00'"
        " AND ma_tthc >= '1.00' AND (ma_tthc > '1.00' OR ma_tthc = '1.00' AND stt > 7)"
        " ORDER BY ma_tthc, stt LIMIT 500"
    )


def test_sql_server_takes_the_top() -> None:
    assert written("mssql") == (
        "SELECT TOP 500 [MaHS], [trạng thái], stt FROM mot_cua.ho_so"
        " WHERE luc >= '2026-11-20 00:00:00' AND luc < '2026-11-21 00:00:00'"
        " AND ma_tthc >= '1.00' AND (ma_tthc > '1.00' OR ma_tthc = '1.00' AND stt > 7)"
        " ORDER BY ma_tthc, stt"
    )


def test_oracle_fetches_the_first() -> None:
    assert written("oracle") == (
        'SELECT "MaHS", "trạng thái", stt FROM mot_cua.ho_so'
        " WHERE luc >= TO_DATE('2026-11-20 00:00:00', 'YYYY-MM-DD HH24:MI:SS')"
        " AND luc < TO_DATE('2026-11-21 00:00:00', 'YYYY-MM-DD HH24:MI:SS')"
        " AND ma_tthc >= '1.00' AND (ma_tthc > '1.00' OR ma_tthc = '1.00' AND stt > 7)"
        " ORDER BY ma_tthc, stt FETCH FIRST 500 ROWS ONLY"
    )


@pytest.mark.parametrize("scheme", DIALECTS)
def test_the_first_page_begins_at_no_key(scheme: str) -> None:
    assert " AND " not in written(scheme, [], day="")


@pytest.mark.parametrize(
    ("scheme", "bound"),
    [("mysql", "2026-11-20 00:00:00"), ("mssql", "2026-11-19 17:00:00")],
)
def test_an_instant_is_bound_as_the_server_reads_it(scheme: str, bound: str) -> None:
    assert f"luc >= '{bound}'" in written(scheme, day_as="instant")


@pytest.mark.parametrize(
    ("day_as", "bound"),
    [("utc", "2026-11-19 17:00:00"), ("local", "2026-11-20 00:00:00"), ("date", "2026-11-20")],
)
def test_the_day_is_bound_as_the_column_tells_time(day_as: str, bound: str) -> None:
    assert f"luc >= '{bound}'" in written("mysql", day_as=day_as)


def test_a_select_stands_as_a_table_of_its_own() -> None:
    select = "SELECT * FROM a WHERE luc >= :from AND x LIKE '5%'"
    assert written("mysql", [], table="ngay", select=select, day="", key=["stt"]) == (
        "SELECT `MaHS`, `trạng thái`, stt FROM (SELECT * FROM a"
        " WHERE luc >= '2026-11-20 00:00:00' AND x LIKE '5%%') AS ngay ORDER BY stt LIMIT 500"
    )


def test_rows_are_counted_with_the_same_day() -> None:
    chosen = options()
    body = next(walk(chosen, DAY)).body
    count = Table(chosen, ("stt",), "mysql").count(body)
    assert " ".join(str(count.compile(dialect=mysql.dialect())).split()) == (
        "SELECT count(*) AS rows_of_day FROM mot_cua.ho_so WHERE luc >= %s AND luc < %s"
    )


def test_sessions_begin_read_only() -> None:
    assert begin_statements("mysql", 2.5, maria=True)[0] == "SET SESSION max_statement_time = 2.5"
    assert begin_statements("mysql", 2.5)[0] == "SET SESSION max_execution_time = 2500"
    assert begin_statements("mysql", 2.5)[-1].endswith("WITH CONSISTENT SNAPSHOT, READ ONLY")
    assert begin_statements("oracle", 60)[-1] == "SET TRANSACTION READ ONLY"
    assert "SNAPSHOT" in begin_statements("mssql", 60)[-1]


@pytest.mark.parametrize(
    ("scheme", "code", "ours"),
    [
        ("mssql", 18456, "AUTH"),
        ("mssql", 208, "DRIFT-MISSING"),
        ("mssql", 20003, "NET-TIMEOUT"),
        ("mssql", 20009, "NET-CONNECT"),
        ("mssql", 8134, "APP-ERROR"),
        ("oracle", "ORA-01017", "AUTH"),
        ("oracle", "ORA-00942", "DRIFT-MISSING"),
        ("oracle", "DPY-4024", "NET-TIMEOUT"),
        ("oracle", "DPY-6005", "NET-CONNECT"),
        ("oracle", "ORA-01476", "APP-ERROR"),
    ],
)
def test_errors_are_sorted_by_who_must_act(scheme: str, code: int | str, ours: str) -> None:
    class Told:
        full_code = code

    first = (code, b"words") if isinstance(code, int) else Told()
    error = DBAPIError("SELECT 1", None, Exception(first))
    assert told(error, scheme).code == ours
