"""Kind ``file_drop`` over HTTP and from a folder, with and without a manifest."""

import csv
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.connection import Connection
from connectors.drive import pull, replay
from connectors.source import Source
from connectors.system import System, load_system
from contracts.errors import ContractBroken, HubError, SourceUnavailable, SourceUnsafe
from tests.connectors.fault_server import Asked, FaultServer, answer, raw
from tests.connectors.test_conformance import drained
from tests.connectors.world import column, partition, patience, rows, source, take

HEADER = ["Mã hồ sơ", "Mã TTHC", "Trạng thái", "Chủ hồ sơ"]
REAL = Path(__file__).parents[2].parent / "shared" / "real"


def csv_bytes(count: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([f"H26-{n}", "1.000001", "Đang xử lý", "Nguyễn Văn A"] for n in range(count))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def drop(body: bytes, **manifest: Any) -> Any:
    declared = {"rows": 3, "sha256": hashlib.sha256(body).hexdigest(), **manifest}

    def serve(asked: Asked) -> Any:
        if asked.target.endswith(".done"):
            return answer(declared)
        return answer(body, media="text/csv; charset=utf-8")

    return serve


def test_the_manifest_comes_first_and_its_total_is_returned(tmp_path: Path) -> None:
    with FaultServer(drop(csv_bytes(3))) as server:
        pages, declared = take(source("report_drop", server.url, tmp_path))
    assert [asked.target for asked in server.asked] == [
        "/drop/dossiers/2026-11-20.csv.done",
        "/drop/dossiers/2026-11-20.csv",
    ]
    assert (rows(pages), declared) == (3, {"rows": 3})
    assert column(pages, "Mã hồ sơ") == ["H26-0", "H26-1", "H26-2"]
    assert [exchange.request.data for exchange in pages] == [False, True]


def test_names_are_dropped_before_anything_leaves_the_decoder(tmp_path: Path) -> None:
    with FaultServer(drop(csv_bytes(3))) as server:
        pages, _ = take(source("report_drop", server.url, tmp_path))
    assert "Nguyễn" not in repr(pages)
    assert pages[1].page.unknown == frozenset()


def test_row_68_a_file_not_announced_yet_is_partial_file(tmp_path: Path) -> None:
    with FaultServer(answer(b"", 404)) as server, pytest.raises(SourceUnavailable) as caught:
        take(source("report_drop", server.url, tmp_path))
    assert (caught.value.code, caught.value.retry) == ("PARTIAL-FILE", True)


def test_row_68_a_file_that_is_not_the_announced_one_is_partial_file(tmp_path: Path) -> None:
    play = drop(csv_bytes(3), sha256="0" * 64)
    with FaultServer(play) as server, pytest.raises(SourceUnavailable) as caught:
        take(source("report_drop", server.url, tmp_path))
    assert caught.value.code == "PARTIAL-FILE"


def test_an_announced_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with FaultServer(answer({"rows": 1}), answer(b"", 404)) as server, pytest.raises(HubError) as c:
        take(source("report_drop", server.url, tmp_path))
    assert (c.value.code, c.value.retry) == ("HTTP-4XX", False)


def test_an_empty_day_is_announced_with_zero_rows(tmp_path: Path) -> None:
    with FaultServer(drop(csv_bytes(0), rows=0)) as server:
        pages, declared = take(source("report_drop", server.url, tmp_path))
    assert (rows(pages), declared) == (0, {"rows": 0})


def test_a_long_file_comes_in_blocks_and_only_the_last_bears_the_digest(tmp_path: Path) -> None:
    body = csv_bytes(12_345)
    with FaultServer(drop(body)) as server:
        found = source("report_drop", server.url, tmp_path)
        pages, _ = take(found)
    data = [exchange for exchange in pages if exchange.request.data]
    assert [e.page.rows for e in data] == [5000, 5000, 2345]
    assert [e.last for e in data] == [False, False, True]
    assert [e.page.digest for e in data] == ["", "", hashlib.sha256(body).hexdigest()]
    assert data[-1].page.size == len(body)
    again, _ = drained(replay(found, partition(found), iter(pages)))
    assert again == pages


def test_a_long_file_cut_late_fails_the_pull_without_giving_its_end(tmp_path: Path) -> None:
    body = csv_bytes(60_000)
    head = f"HTTP/1.1 200 OK\nContent-Type: text/csv\nContent-Length: {len(body)}"

    def serve(asked: Asked) -> Any:
        done = asked.target.endswith(".done")
        return answer({"rows": 60_000, "sha256": "0"}) if done else raw(head, body[:-100])

    with FaultServer(serve) as server:
        found = source("report_drop", server.url, tmp_path)
        walk = pull(found, partition(found), patience=patience())
        begun = [next(walk) for _ in range(3)]
        with pytest.raises(SourceUnavailable) as caught:
            drained(walk)
    assert [exchange.last for exchange in begun] == [True, False, False]
    assert (caught.value.code, len(server.asked)) == ("TRUNCATED", 2)


def folder_source(folder: Path, system: System | None = None, **changes: Any) -> Source:
    chosen = (system or load_system("planning_desk")).model_copy(update=changes)
    found = source(chosen, "http://127.0.0.1:1")
    connection = Connection(url=f"file://{folder}")
    return Source(
        found.agency, found.feed, found.system, connection, "H26", found.source_map, found.options
    )


def test_a_folder_is_read_like_a_server(tmp_path: Path) -> None:
    text = "CASE REFERENCE ,CASE DATE,WARD,ADDRESS\n1,01/02/2017,4,somewhere\n\n2,,5,\n,,,\n"
    (tmp_path / "planning_applications_2017_08.csv").write_text(text)
    pages, declared = take(folder_source(tmp_path))
    assert (column(pages, "CASE REFERENCE"), declared) == (["1", "2"], {})


def test_a_missing_file_of_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HubError) as caught:
        take(folder_source(tmp_path))
    assert caught.value.code == "HTTP-4XX"


@pytest.mark.parametrize("path", ["../secret.csv", "link.csv", "a/../../secret.csv"])
def test_no_path_leaves_the_folder(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("CASE REFERENCE\n1\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(SourceUnsafe) as caught:
        take(folder_source(inside, options={"path": path}))
    assert caught.value.code == "EGRESS"


def test_a_file_that_grows_while_it_is_read_is_partial_file(tmp_path: Path) -> None:
    path = tmp_path / "planning_applications_2017_08.csv"
    path.write_bytes(b"CASE REFERENCE\n" + (b"x" * 300 + b"\n") * 20_000)
    walk = pull(folder_source(tmp_path), partition(folder_source(tmp_path)), ahead=False)
    next(walk)
    os.utime(path, (1, 1))
    with pytest.raises(SourceUnavailable) as caught:
        drained(walk)
    assert caught.value.code == "PARTIAL-FILE"


def test_a_file_over_the_cap_is_refused(tmp_path: Path) -> None:
    (tmp_path / "planning_applications_2017_08.csv").write_bytes(b"CASE REFERENCE\n" + b"1\n" * 99)
    with pytest.raises(ContractBroken) as caught:
        take(folder_source(tmp_path, max_bytes=100))
    assert caught.value.code == "TOO-BIG"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not beside the project")
def test_the_real_files_are_read_whole() -> None:
    desk, _ = take(folder_source(REAL))
    spending, _ = take(folder_source(REAL, load_system("departmental_spending")))
    assert len(set(column(desk, "CASE REFERENCE"))) == 2146
    assert sum(map(bool, column(desk, "DECISION DATE"))) == 1452
    amounts = [round(float(text.replace(",", "")) * 100) for text in column(spending, "Amount")]
    assert (len(amounts), sum(amounts)) == (406, 11_846_170_902)
    assert not [e for e in [*desk, *spending] if e.page.broken or e.page.unknown]
    assert "Road" not in repr(desk)
