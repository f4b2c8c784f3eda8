"""BAD_INPUT rows 69 and 70: a file is known by what is in it, not by its name."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml

from contracts.partition import Partition
from hub import ingest
from hub.desk import Desk, open_desk
from hub.settings import Settings
from tests.warehouse.given import one

DAY = Partition("H26", "payments", date(2026, 11, 20))
PROVINCE = Path(__file__).parents[1] / "connectors/places/file_drop_folder.yaml"


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk with one province, which drops its files into a folder."""
    (tmp_path / "agencies").mkdir()
    (tmp_path / "root/drop").mkdir(parents=True)
    shutil.copy(PROVINCE, tmp_path / "agencies/h26_tinh.yaml")
    address = {"H26": {"url": f"file://{tmp_path / 'root'}"}}
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump(address), encoding="utf-8")
    settings = Settings(state=tmp_path, database_url=database_url, agencies=tmp_path / "agencies")
    with open_desk(settings) as opened:
        yield opened


def put(folder: Path, version: int, *amounts: str, seconds: int) -> None:
    rows = [
        f"KB;B{n};C{n};H26.19;{amount};Thành công;20/11/2026 1{n}:15;Nguyễn Văn A"
        for n, amount in enumerate(amounts)
    ]
    path = folder / f"root/drop/Q4_20261120_v{version}.csv"
    path.write_text("\n".join(["A;B;C;D;E;F;G;H", *rows, ""]), encoding="utf-8")
    os.utime(path, (seconds, seconds))


def total(desk: Desk) -> object:
    return one(desk.conn(), "SELECT sum(amount_minor) FROM core.payment")


def test_row_70_the_same_content_under_another_name_is_unchanged(
    desk: Desk, tmp_path: Path
) -> None:
    put(tmp_path, 1, "1.000", "2.000", seconds=1_000)
    assert ingest.run(desk, DAY, reason="test").outcome == "loaded"
    put(tmp_path, 2, "1.000", "2.000", seconds=2_000)
    again = ingest.run(desk, DAY, reason="test")
    assert (again.outcome, total(desk)) == ("unchanged", 3_000)


def test_row_69_new_content_under_the_same_name_is_a_new_landing(
    desk: Desk, tmp_path: Path
) -> None:
    put(tmp_path, 1, "1.000", "2.000", seconds=1_000)
    first = ingest.run(desk, DAY, reason="test")
    put(tmp_path, 1, "1.000", "5.000", seconds=2_000)
    second = ingest.run(desk, DAY, reason="test")
    assert (second.outcome, total(desk)) == ("loaded", 6_000)
    assert first.digest != second.digest
    kept = sorted((tmp_path / "archive/runs/H26/payments/2026-11-20").glob("*.json"))
    assert [int(path.stem) for path in kept] == [first.token, second.token]
