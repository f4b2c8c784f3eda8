"""Kind ``sql_query`` against a real PostgreSQL and a real MariaDB."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.drive import pull, replay
from connectors.login_options import NoAuth
from connectors.protocol import Exchange, request_from_json, request_json
from connectors.source import source_for
from connectors.system import load_system
from contracts.errors import (
    ConfigError,
    ContractBroken,
    HubError,
    SourceRefused,
    SourceUnavailable,
    SourceUnsafe,
)
from tests.connectors.authority import Authority
from tests.connectors.database import (
    PASSWORD,
    Database,
    maria_database,
    postgres_database,
    sql_source,
    sql_system,
)
from tests.connectors.test_conformance import drained
from tests.connectors.world import agency_of, column, partition, patience, rows, take
from tests.mariadb import Mariadb
from warehouse.embedded import Server

DAY = ["HS-2", "HS-3", "HS-5", "HS-8", "HS-9"]


@pytest.fixture(params=["postgresql", "mysql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == "postgresql":
        with postgres_database(request.getfixturevalue("postgres")) as found:
            yield found
    else:
        with maria_database(request.getfixturevalue("mariadb")) as found:
            yield found


def test_the_rows_of_the_half_open_day_come_page_by_page_with_their_total(
    database: Database, tmp_path: Path
) -> None:
    pages, declared = take(sql_source(database.url, tmp_path))
    assert column(pages, "ma_ho_so") == DAY
    assert declared == {"rows": 5}
    assert [e.page.rows for e in pages] == [0, 2, 2, 1]
    assert [e.request.data for e in pages] == [False, True, True, True]


def test_requests_are_values_that_can_be_archived(database: Database, tmp_path: Path) -> None:
    pages, _ = take(sql_source(database.url, tmp_path))
    assert request_json(pages[2].request) == {
        "path": "ho_so",
        "method": "SELECT",
        "body": {
            "day": {
                "column": "cap_nhat_luc",
                "from": "2026-11-20T00:00:00",
                "to": "2026-11-21T00:00:00",
            },
            "key": ["stt"],
            "after": [3],
            "limit": 2,
        },
    }
    told = json.dumps([request_json(exchange.request) for exchange in pages])
    assert not [word for word in (PASSWORD, "127.0.0.1", "doc") if word in told]


def test_values_are_kept_as_received(database: Database, tmp_path: Path) -> None:
    fields = {"dossier_code": "ma_ho_so", "a": "so_tien", "b": "cap_nhat_luc", "c": "trang_thai"}
    database.run("UPDATE ho_so SET so_tien = 9007199254740993.10, trang_thai = NULL WHERE stt = 3")
    pages, _ = take(sql_source(database.url, tmp_path, sql_system(fields=fields)))
    assert column(pages, "so_tien") == ["2.50", "9007199254740993.10", "5.50", "8.50", "9.50"]
    assert column(pages, "cap_nhat_luc")[1] == "2026-11-20T08:15:00"
    assert column(pages, "trang_thai") == [4, None, 4, 4, 4]


def test_personal_columns_never_leave_the_server(database: Database, tmp_path: Path) -> None:
    pages, _ = take(sql_source(database.url, tmp_path))  # its reader is granted no other column
    assert "Nguyễn" not in repr(pages)
    with pytest.raises(SourceRefused) as caught:
        take(sql_source(database.url, tmp_path, sql_system(fields={"dossier_code": "so_cccd"})))
    assert caught.value.code == "AUTH"


def test_a_composite_key_with_equal_first_parts_loses_and_doubles_nothing(
    database: Database, tmp_path: Path
) -> None:
    database.run("UPDATE ho_so SET ma_thu_tuc = '1.000001' WHERE stt IN (3, 5, 8)")
    system = sql_system(options={"key": ["ma_thu_tuc", "stt"]})
    pages, _ = take(sql_source(database.url, tmp_path, system))
    assert column(pages, "ma_ho_so") == ["HS-3", "HS-5", "HS-8", "HS-2", "HS-9"]
    assert pages[2].request.body["after"] == ["1.000001", 5]


def test_an_empty_day_is_a_declared_zero_and_one_page(database: Database, tmp_path: Path) -> None:
    database.run("DELETE FROM ho_so")
    pages, declared = take(sql_source(database.url, tmp_path))
    assert ([e.page.rows for e in pages], declared) == ([0, 0], {"rows": 0})
    assert pages[1].page.columns["ma_ho_so"] == []


def test_all_pages_are_of_one_snapshot(database: Database, tmp_path: Path) -> None:
    found = sql_source(database.url, tmp_path)
    walk = pull(found, partition(found), patience=patience())
    begun = [next(walk), next(walk)]
    database.run("DELETE FROM ho_so WHERE stt = 5", "UPDATE ho_so SET stt = 90 WHERE stt = 8")
    rest, declared = drained(walk)
    assert (column([*begun, *rest], "ma_ho_so"), declared) == (DAY, {"rows": 5})


def test_a_lost_snapshot_is_pulled_from_the_beginning(database: Database, tmp_path: Path) -> None:
    found = sql_source(database.url, tmp_path)
    walk = pull(found, partition(found), patience=patience())
    next(walk)
    _end_sessions(database)
    with pytest.raises(ContractBroken) as caught:
        drained(walk)
    assert (caught.value.code, caught.value.seen) == ("PAGE-DRIFT", "NET-CONNECT")


def _end_sessions(database: Database) -> None:
    if database.scheme == "postgresql":
        database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'doc'")
    else:
        database.run("KILL USER doc")


def test_a_session_can_write_nothing(database: Database, tmp_path: Path) -> None:
    database.run("DROP TABLE IF EXISTS dau_vet", "CREATE TABLE dau_vet (stt int)")
    if database.scheme == "postgresql":
        database.run(
            "CREATE OR REPLACE FUNCTION ghi() RETURNS int LANGUAGE sql SECURITY DEFINER"
            " AS 'INSERT INTO dau_vet VALUES (1) RETURNING 1'"
        )
    else:
        database.run(
            "DROP FUNCTION IF EXISTS ghi",
            "CREATE FUNCTION ghi() RETURNS int BEGIN INSERT INTO dau_vet VALUES (1); RETURN 1; END",
            "GRANT EXECUTE ON FUNCTION ghi TO doc@'%'",
        )
    select = "SELECT stt, ma_ho_so FROM ho_so WHERE stt = ghi()"
    system = sql_system(fields={"dossier_code": "ma_ho_so"}, options={"select": select, "day": ""})
    with pytest.raises(SourceUnavailable) as caught:
        take(sql_source(database.url, tmp_path, system))
    assert caught.value.code == "APP-ERROR"
    assert database.value("SELECT count(*) FROM dau_vet") == 0


def test_a_system_may_hold_a_select_with_binds(database: Database, tmp_path: Path) -> None:
    select = (
        "SELECT stt, ma_ho_so, so_tien AS tien FROM ho_so WHERE cap_nhat_luc >= :from"
        " AND cap_nhat_luc < :to AND ma_ho_so LIKE 'HS-%' AND :agency = 'H26'"
    )
    options = {"table": "ho_so_ngay", "select": select, "day": ""}
    system = sql_system(fields={"dossier_code": "ma_ho_so", "amount": "tien"}, options=options)
    pages, declared = take(sql_source(database.url, tmp_path, system))
    assert (column(pages, "ma_ho_so"), declared) == (DAY, {"rows": 5})
    assert column(pages, "tien") == ["2.50", "3.50", "5.50", "8.50", "9.50"]
    assert "SELECT" not in json.dumps(pages[1].request.body)


def test_where_binds_texts_of_day_and_agency(database: Database, tmp_path: Path) -> None:
    options = {"day": "", "where": {"ma_ho_so": "HS-{dd}"}}
    database.run("UPDATE ho_so SET ma_ho_so = 'HS-20' WHERE stt = 8")
    pages, declared = take(sql_source(database.url, tmp_path, sql_system(options=options)))
    assert (column(pages, "ma_ho_so"), declared) == (["HS-20"], {"rows": 1})


@pytest.mark.parametrize("day_as", ["instant", "utc", "local", "date"])
def test_days_are_told_as_the_column_tells_time(
    database: Database, day_as: str, tmp_path: Path
) -> None:
    zoned = "timestamptz" if database.scheme == "postgresql" else "timestamp"
    naive = "timestamp" if database.scheme == "postgresql" else "datetime"
    kind = {"instant": zoned, "date": "date"}.get(day_as, naive)
    hours = "INTERVAL '7 hours'" if database.scheme == "postgresql" else "INTERVAL 7 HOUR"
    moment = {"utc": f"cap_nhat_luc - {hours}", "date": "date(cap_nhat_luc)"}.get(
        day_as, "cap_nhat_luc"
    )
    zone = "TIME ZONE 'Asia/Ho_Chi_Minh'" if zoned == "timestamptz" else "time_zone = '+07:00'"
    database.run(
        f"SET {zone}",
        f"ALTER TABLE ho_so ADD COLUMN luc {kind} NULL",
        f"UPDATE ho_so SET luc = {moment}",
        f"GRANT SELECT (luc) ON ho_so TO {database.reader}",
    )
    system = sql_system(options={"day": "luc", "day_as": day_as})
    pages, _ = take(sql_source(database.url, tmp_path, system))
    assert column(pages, "ma_ho_so") == DAY


def test_a_replay_asks_the_same_and_gives_the_same(database: Database, tmp_path: Path) -> None:
    found = sql_source(database.url, tmp_path)
    pages, declared = take(found)
    kept = [
        Exchange(request_from_json(json.loads(json.dumps(request_json(e.request)))), e.page, e.last)
        for e in pages
    ]
    assert drained(replay(found, partition(found), iter(kept))) == (pages, declared)


def test_a_long_page_comes_in_blocks(database: Database, tmp_path: Path) -> None:
    many = ",".join(
        f"({n}, 'A{n}', '1', 4, 1, '2026-11-20 09:00:00', '', '')" for n in range(100, 12_445)
    )
    database.run(f"INSERT INTO ho_so VALUES {many}")
    system = sql_system(options={"size": 100_000})
    pages, declared = take(sql_source(database.url, tmp_path, system))
    assert [e.page.rows for e in pages] == [0, 5000, 5000, 2350]
    assert [bool(e.page.digest) for e in pages] == [True, False, False, True]
    assert (len(set(column(pages, "ma_ho_so"))), declared) == (12_350, {"rows": 12_350})


def test_a_key_that_is_not_unique_shows_in_the_total(database: Database, tmp_path: Path) -> None:
    system = sql_system(options={"key": ["trang_thai"]})
    pages, declared = take(sql_source(database.url, tmp_path, system))
    assert (rows(pages), declared["rows"]) == (2, 5)  # the judge compares


def refused(database: Database, folder: Path, error: type[HubError], **changes: Any) -> HubError:
    connection = changes.pop("connection", {})
    url = changes.pop("url", database.url)
    with pytest.raises(error) as caught:
        take(
            sql_source(url, folder, sql_system(**changes), **connection),
            patience=patience(attempts=1, read=0.5),
        )
    assert PASSWORD not in f"{caught.value} {caught.value.__cause__!r}"
    return caught.value


def test_a_key_without_value_is_refused(database: Database, tmp_path: Path) -> None:
    database.run("UPDATE ho_so SET ma_thu_tuc = NULL")
    options = {"key": ["ma_thu_tuc"]}
    assert refused(database, tmp_path, ContractBroken, options=options).code == "DRIFT-TYPE"


def test_pages_without_end_stop_at_the_limit(database: Database, tmp_path: Path) -> None:
    options = {"max_pages": 2}
    assert refused(database, tmp_path, ContractBroken, options=options).code == "PAGE-LIMIT"


def test_a_page_over_the_cap_is_refused(database: Database, tmp_path: Path) -> None:
    assert refused(database, tmp_path, ContractBroken, max_bytes=100).code == "TOO-BIG"


@pytest.mark.parametrize(
    "changes",
    [
        {"options": {"table": "ho_so_cu"}},
        {"fields": {"dossier_code": "ma_ho_so_moi"}},
        {"options": {"key": ["khoa"]}},
        {"options": {"day": "ngay"}},
    ],
)
def test_a_missing_table_or_column_is_drift(
    database: Database, changes: dict[str, Any], tmp_path: Path
) -> None:
    if database.scheme == "mysql":  # tells what is missing only to those who may see all
        user = f"het@'%' IDENTIFIED BY '{PASSWORD}'"
        database.run(f"CREATE USER IF NOT EXISTS {user}", "GRANT SELECT ON mot_cua.* TO het@'%'")
        changes = {**changes, "connection": {"username": "het"}}
    assert refused(database, tmp_path, ContractBroken, **changes).code == "DRIFT-MISSING"


def test_no_secret_is_in_any_log_request_or_page(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    found = sql_source(database.url, tmp_path)
    pages, _ = take(found)
    assert PASSWORD not in f"{pages!r} {found!r} {caplog.text}"
    assert "HS-3" not in caplog.text


def test_a_refused_login_is_auth(database: Database, tmp_path: Path) -> None:
    error = refused(database, tmp_path, SourceRefused, connection={"username": "ai_do"})
    assert (error.code, error.retry) == ("AUTH", False)


def test_nobody_there_is_net_connect(database: Database, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"{database.scheme}://127.0.0.1:{port}/mot_cua"
    error = refused(database, tmp_path, SourceUnavailable, url=url)
    assert (error.code, error.retry) == ("NET-CONNECT", True)


def test_a_statement_without_end_is_net_timeout(database: Database, tmp_path: Path) -> None:
    slow = "pg_sleep(20) IS NULL" if database.scheme == "postgresql" else "sleep(20) = 1"
    select = f"SELECT stt, ma_ho_so FROM ho_so WHERE {slow}"
    options = {"select": select, "day": ""}
    fields = {"dossier_code": "ma_ho_so"}
    error = refused(database, tmp_path, SourceUnavailable, options=options, fields=fields)
    assert error.code == "NET-TIMEOUT"


def test_an_address_outside_of_the_networks_is_never_asked(
    database: Database, tmp_path: Path
) -> None:
    error = refused(database, tmp_path, SourceUnsafe, connection={"networks": {"private"}})
    assert error.code == "EGRESS"


def test_the_resolved_address_is_used_whatever_the_name_says_later(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., Any] = socket.getaddrinfo
    asked: list[str] = []

    def ours(host: str, *args: Any, **kwargs: Any) -> Any:
        if host == "mot-cua.example":
            asked.append(host)
        return real("127.0.0.1" if host == "mot-cua.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", ours)
    url = database.url.replace("127.0.0.1", "mot-cua.example")
    pages, _ = take(sql_source(url, tmp_path))  # libpq itself knows no such name
    assert (column(pages, "ma_ho_so"), asked) == (DAY, ["mot-cua.example"])


def test_an_agency_file_may_hold_no_sql(tmp_path: Path) -> None:
    found = sql_source("postgresql://127.0.0.1/x", tmp_path)
    agency = agency_of("dossiers", system="mot_cua_sql", options={"select": "SELECT 1"})
    with pytest.raises(ConfigError) as caught:
        source_for(agency, "dossiers", {"H26": found.connection}, {"mot_cua_sql": found.system})
    assert caught.value.seen == "options.select"


@pytest.mark.parametrize(
    "select", ["DELETE FROM ho_so", "SELECT 1; DROP TABLE ho_so", "SELECT :secret"]
)
def test_a_select_is_one_statement_that_reads(select: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        sql_source("postgresql://127.0.0.1/x", tmp_path, sql_system(options={"select": select}))


def test_a_key_that_is_ignored_on_purpose_is_refused(database: Database, tmp_path: Path) -> None:
    error = refused(database, tmp_path, ConfigError, options={"key": ["so_cccd"]})
    assert error.seen == "so_cccd"


def test_a_database_under_the_connections_authority_is_read(
    mariadb: Mariadb, tmp_path: Path
) -> None:
    with maria_database(mariadb) as database:
        database.run("ALTER USER doc@'%' REQUIRE SSL")
        try:
            pages, _ = take(sql_source(database.url, tmp_path, ca=mariadb.authority))
            error = refused(database, tmp_path, SourceRefused)
        finally:
            database.run("ALTER USER doc@'%' REQUIRE NONE")
    assert (column(pages, "ma_ho_so"), error.code) == (DAY, "AUTH")  # the second spoke no TLS


def test_row_30_a_database_under_another_authority_or_without_tls_is_refused(
    database: Database, tmp_path: Path
) -> None:
    ca = Authority(tmp_path, "other").file
    error = refused(database, tmp_path, SourceRefused, connection={"ca": ca})
    assert error.code == "TLS"  # the embedded PostgreSQL speaks none


def test_a_nul_breaks_its_row_alone(mariadb: Mariadb, tmp_path: Path) -> None:
    with maria_database(mariadb) as database:
        database.run("UPDATE ho_so SET ma_ho_so = concat('HS', char(0), '5') WHERE stt = 5")
        pages, _ = take(sql_source(database.url, tmp_path))
    assert column(pages, "ma_ho_so") == ["HS-2", "HS-3", None, "HS-8", "HS-9"]
    assert [b.code for e in pages for b in e.page.broken] == ["NUL"]


@pytest.mark.parametrize("value", ["infinity", "0044-03-15 12:00:00 BC"])
def test_a_day_that_python_does_not_know_stays_the_text_it_is(
    postgres: Server, value: str, tmp_path: Path
) -> None:
    with postgres_database(postgres) as database:
        database.run(f"UPDATE ho_so SET cap_nhat_luc = '{value}' WHERE stt = 5")
        system = sql_system(options={"day": ""})
        pages, _ = take(sql_source(database.url, tmp_path, system))
    assert column(pages, "cap_nhat_luc")[3] == value


def test_a_kind_that_reads_no_tables_is_told_so(tmp_path: Path) -> None:
    system = load_system("one_stop_rest").model_copy(update={"auth": NoAuth()})
    with pytest.raises(ConfigError) as caught:
        take(sql_source("postgresql://127.0.0.1/x", tmp_path, system))
    assert caught.value.seen == "numbered_pages"
