"""A new province at a database or a place of files is one YAML file of at most 25 lines.

Every table and file here is one that the hub has never seen: other names, separators, dates.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from connectors.agency import Agency
from connectors.connection import Connection
from connectors.drive import pull, replay
from connectors.source import Source, source_for
from connectors.yaml_file import read_model
from contracts.partition import Partition
from contracts.verdict import Outcome
from tests.connectors.database import PASSWORD, Database, maria_database, postgres_database
from tests.connectors.strangers import ROWS
from tests.connectors.test_conformance import drained
from tests.connectors.test_file_places import open_place
from tests.connectors.test_new_province import verdict
from tests.connectors.world import DAY, patience

FOLDER = Path(__file__).parent / "places"
UNIT = "H26.19"
FILES: dict[str, tuple[str, str, str, str]] = {
    "file_drop_sftp": (
        "TT_20112026_01.txt",
        "Kênh|Số chứng từ|Số giao dịch|Đơn vị|Số tiền|Kết quả|Lúc|Người nộp",
        "KB|CT{n}|GD{n}|H26.19|1.250.000|TC|20.11.2026 0{n}:00:01|Nguyễn Văn A",
        ".ok",
    ),
    "file_drop_ftps": (
        "gd-2026-11-20.csv",
        "doi_tac;chung_tu;ma_gd;don_vi;tien;tt;gio;ho_ten",
        "VP;CT{n};GD{n};H26.19;150,000;00;2026-11-20T1{n}:05:00;Nguyễn Văn A",
        "",
    ),
    "file_drop_http": (
        "thanh toán 20261120.csv",
        "TEN,LUC,KQ,TIEN,DV,SO GD,SO CT,KENH",
        "Nguyễn Văn A,202611201{n}0000,X,90000,H26.19,GD{n},CT{n},NH",
        "",
    ),
    "file_drop_s3": (
        "payments-20261120-final.csv",
        "channel\tref\ttxn\tunit\tamount\tstate\tat\tpayer",
        "bank\tR{n}\tT{n}\tH26.19\t1 000 000\tok\t2026-11-20T0{n}:00:00Z\tNguyễn Văn A",
        ".done",
    ),
    "file_drop_folder": (
        "Q4_20261120_v2.csv",
        "A;B;C;D;E;F;G;H",
        "KB;B{n};C{n};H26.19;2.000.000;Lỗi;20/11/2026 1{n}:15;Nguyễn Văn A",
        "",
    ),
}
PLACES = [*FILES, "sql_query"]
TABLE = """CREATE TABLE {table} ({names})"""
NAMES = ("KenhTT", "SoCT", "SoGD", "DonVi", "SoTien", "KetQua", "ThoiDiem", "NgayGD", "NguoiNop")


def province(name: str, connection: dict[str, Any]) -> Source:
    """The source that a file and a connection make."""
    agency = read_model(FOLDER / f"{name}.yaml", Agency)
    (feed,) = agency.feeds
    return source_for(agency, feed, {"H26": Connection.model_validate(connection)})


def accepted(found: Source) -> bool:
    """Whether a day is pulled and accepted, live and in replay, without a personal value."""
    day = Partition("H26", found.feed, DAY)
    pages, declared = drained(pull(found, day, patience=patience()))
    assert "Nguyễn" not in repr(pages)
    for kept, told in (pages, declared), drained(replay(found, day, iter(pages))):
        judged = verdict(found, day, kept, told)
        assert (judged.quarantine, judged.reasons) == ((), ())
        assert judged.counts.loaded == ROWS
        if judged.outcome is not Outcome.ACCEPT:
            return False
    return True


@pytest.mark.parametrize("name", PLACES)
def test_a_province_is_one_file_of_at_most_25_lines(name: str) -> None:
    assert len((FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()) <= 25


def test_every_file_is_tried() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(PLACES)


@pytest.mark.parametrize("name", FILES)
def test_a_new_place_of_files_is_pulled_and_accepted(name: str, tmp_path: Path) -> None:
    file, header, row, marker = FILES[name]
    lines = [header, *(row.replace("{n}", str(n)) for n in range(ROWS))]
    with ExitStack() as stack:
        place = open_place(name.removeprefix("file_drop_"), tmp_path, stack)
        place.put(file, "\r\n".join([*lines, ""]).encode(), 2_000)
        if marker:
            place.put(file + marker, json.dumps({"so_dong": ROWS}).encode(), 2_000)
        assert accepted(province(name, place.connection))


@pytest.fixture(params=["postgresql", "mysql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == "postgresql":
        with postgres_database(request.getfixturevalue("postgres")) as found:
            yield found
    else:
        with maria_database(request.getfixturevalue("mariadb")) as found:
            yield found


def test_a_new_table_is_pulled_and_accepted(database: Database, tmp_path: Path) -> None:
    quote = '"' if database.scheme == "postgresql" else "`"
    table = f"{quote}GiaoDich{quote}"
    columns = ", ".join(f"{quote}{name}{quote} varchar(40)" for name in NAMES)
    rows = ", ".join(
        f"('KB', 'CT{n}', 'GD{n}', '{UNIT}', '1250000', '1', '0{n}:30 20/11/2026', '20/11/2026',"
        " 'Nguyễn Văn A')"
        for n in range(ROWS)
    )
    kept = ", ".join(f"{quote}{name}{quote}" for name in NAMES[:-1])
    database.run(
        f"DROP TABLE IF EXISTS {table}",
        TABLE.format(table=table, names=columns),
        f"INSERT INTO {table} VALUES {rows}",
        f"INSERT INTO {table} ({quote}NgayGD{quote}, {quote}SoGD{quote}) VALUES ('19/11/2026', 'x')",
        f"GRANT SELECT ({kept}) ON {table} TO {database.reader}",
    )
    (tmp_path / "secret").write_text(PASSWORD)
    connection = {
        "url": database.url,
        "username": "doc",
        "secret": f"file/{tmp_path / 'secret'}",
        "networks": {"loopback"},
    }
    assert accepted(province("sql_query", connection))
