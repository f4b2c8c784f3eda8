"""Kind ``file_drop`` at real servers: SFTP, FTP with TLS, an HTTP index, S3, a folder."""

import json
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

import paramiko
import pytest

from connectors import transport_s3
from connectors.connection import Connection
from connectors.drive import pull, replay
from connectors.source import Source, source_for
from connectors.system import System
from contracts.errors import (
    ConfigError,
    ContractBroken,
    SourceRefused,
    SourceUnavailable,
    SourceUnsafe,
)
from sandbox.server_ftps import FtpsServer
from sandbox.server_s3 import S3Server
from sandbox.server_sftp import SftpServer
from tests.connectors.authority import Authority
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.test_conformance import drained
from tests.connectors.world import agency_of, column, partition, patience, rows, take

PASSWORD = "drop-canary-20c4"
TEXT = "ma_ho_so,trang_thai,chu_ho_so\nHS-1,4,Nguyễn Văn A\nHS-2,4,Trần Thị B\n"


@dataclass
class Place:
    """A real place of files and how a connection names it.

    Attributes:
        name: what it is.
        connection: keys of the connection.
        put: writes a file of the drop folder: (name, bytes, seconds of its time).
        again: whether files are seen half written there.
    """

    name: str
    connection: dict[str, Any]
    put: Callable[[str, bytes, int], None]
    again: bool = True
    login: str = "none"


def put_below(folder: Path, name: str, body: bytes, seconds: int) -> None:
    path = folder / "drop" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    os.utime(path, (seconds, seconds))


PLACES = ["folder", "sftp", "ftps", "old ftps", "http", "s3"]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield open_place(request.param, tmp_path, stack)


def open_place(name: str, tmp_path: Path, stack: ExitStack) -> Place:
    root = tmp_path / "root"
    (root / "drop").mkdir(parents=True)
    (tmp_path / "secret").write_text(PASSWORD)
    keys: dict[str, Any] = {
        "username": "hub",
        "secret": f"file/{tmp_path / 'secret'}",
        "networks": {"loopback"},
    }
    put = partial(put_below, root)
    match name:
        case "folder":
            return Place(name, {"url": f"file://{root}"}, put)
        case "sftp":
            ssh = stack.enter_context(SftpServer(root, {"hub": PASSWORD}))
            keys |= {"url": f"sftp://127.0.0.1:{ssh.port}", "host_key": ssh.host_key}
            return Place(name, keys, put)
        case "ftps" | "old ftps":
            authority = Authority(tmp_path)
            pair = authority.issue("ftps")
            old = name == "old ftps"
            ftp = stack.enter_context(FtpsServer(root, ("hub", PASSWORD), pair, old=old))
            keys |= {"url": f"ftps://127.0.0.1:{ftp.port}", "ca": authority.file}
            return Place(name, keys, put, again=not old)
        case "http":
            web = stack.enter_context(WebFolder(root))
            return Place(name, {**keys, "url": f"http://127.0.0.1:{web.port}"}, put)
    store = stack.enter_context(S3Server("thong-ke"))
    (tmp_path / "secret").write_text(store.secret)
    keys |= {"url": "s3://thong-ke/goc", "endpoint": store.url, "username": store.key_id}
    return Place(name, keys, lambda n, b, _: store.put({f"goc/drop/{n}": b}), again=False)


class WebFolder:
    """Python's own web server: an index in HTML, files with their times."""

    def __init__(self, folder: Path) -> None:
        handler = partial(_Quiet, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def drop_system(**options: Any) -> System:
    return System.model_validate(
        {
            "name": "tha_tep", "title": "Thả tệp", "feed": "dossiers", "kind": "file_drop",
            "options": {"listing": "/drop", "path": "bao_cao_{yyyy}{MM}{dd}*.csv", **options},
            "format": {"type": "csv"}, "ignore": ["chu_ho_so"],
            "fields": {"dossier_code": "ma_ho_so", "status": "trang_thai"},
        }
    )  # fmt: skip


def drop_source(connection: dict[str, Any], /, **options: Any) -> Source:
    system = drop_system(**{"settle_seconds": 5.0, **options})
    made = Connection.model_validate(connection)
    agency = agency_of(system.feed, system=system.name)
    return source_for(agency, system.feed, {"H26": made}, {system.name: system})


def body(*codes: str) -> bytes:
    lines = "".join(f"{code},4,Nguyễn Văn A\n" for code in codes)
    return f"ma_ho_so,trang_thai,chu_ho_so\n{lines}".encode()


def test_the_days_file_is_found_by_its_pattern_and_read_when_it_has_settled(place: Place) -> None:
    place.put("bao_cao_20261119.csv", body("HS-0"), 1_000)
    place.put("bao_cao_20261120.csv", body("HS-1", "HS-2"), 2_000)
    waited: list[float] = []
    pages, declared = take(drop_source(place.connection), patience=patience(waited))
    assert (column(pages, "ma_ho_so"), declared, waited) == (["HS-1", "HS-2"], {}, [5.0])
    assert [e.request.path for e in pages] == ["/drop", "/drop", "/drop/bao_cao_20261120.csv"]
    assert "Nguyễn" not in repr(pages)


def test_the_newest_version_of_a_day_is_taken(place: Place) -> None:
    for number, seconds in ((2, 2_000), (10, 3_000), (9, 2_500)):
        place.put(f"bao_cao_20261120_v{number}.csv", body(f"HS-{number}"), seconds)
    if place.name == "s3":  # it sets times itself, in whole seconds
        place.put("bao_cao_20261120_v10.csv", body("HS-10"), 0)
    pages, _ = take(drop_source(place.connection))
    assert column(pages, "ma_ho_so") == ["HS-10"]


def test_row_68_what_is_still_being_written_is_not_taken(place: Place) -> None:
    place.put("bao_cao_20261120.csv.part", body("HS-1"), 2_000)
    place.put(".bao_cao_20261120.csv", body("HS-1"), 2_000)
    with pytest.raises(SourceUnavailable) as caught:
        take(drop_source(place.connection))
    assert (caught.value.code, caught.value.retry) == ("PARTIAL-FILE", True)


def test_row_68_a_file_that_grows_between_two_looks_is_partial_file(place: Place) -> None:
    place.put("bao_cao_20261120.csv", body("HS-1"), 2_000)

    def grow(_: float) -> None:
        place.put("bao_cao_20261120.csv", body("HS-1", "HS-2"), 2_001)

    with pytest.raises(SourceUnavailable) as caught:
        take(drop_source(place.connection), patience=patience(sleep=grow))
    assert caught.value.code == "PARTIAL-FILE"


def test_row_68_with_a_marker_only_announced_files_count(place: Place) -> None:
    found = drop_source(place.connection, manifest=".done", totals={"rows": "rows"})
    place.put("bao_cao_20261120_v1.csv", body("HS-1"), 2_000)
    place.put("bao_cao_20261120_v2.csv", body("HS-1", "HS-2"), 3_000)
    with pytest.raises(SourceUnavailable) as caught:
        take(found)
    assert caught.value.code == "PARTIAL-FILE"
    place.put("bao_cao_20261120_v1.csv.done", json.dumps({"rows": 1}).encode(), 2_001)
    waited: list[float] = []
    pages, declared = take(found, patience=patience(waited))
    assert (column(pages, "ma_ho_so"), declared, waited) == (["HS-1"], {"rows": 1}, [])


def test_an_empty_marker_announces_too(place: Place) -> None:
    place.put("bao_cao_20261120.csv", body("HS-1"), 2_000)
    place.put("bao_cao_20261120.csv.done", b"", 2_000)
    pages, declared = take(drop_source(place.connection, manifest=".done"))
    assert (column(pages, "ma_ho_so"), declared) == (["HS-1"], {})


def test_a_folder_that_is_not_there_yet_is_waited_for(place: Place) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        take(drop_source(place.connection, listing="/drop/{yyyy}/{MM}"))
    assert caught.value.code == "PARTIAL-FILE"


def test_names_in_vietnamese_with_blanks_are_read(place: Place) -> None:
    place.put("Báo cáo 20-11-2026 (bản 1).csv", body("HS-1"), 2_000)
    pages, _ = take(drop_source(place.connection, path="Báo cáo {dd}-{MM}-{yyyy} *.csv"))
    assert column(pages, "ma_ho_so") == ["HS-1"]


def test_a_long_file_comes_whole_and_in_blocks(place: Place) -> None:
    codes = [f"HS-{n}" for n in range(100_000)]  # long enough to go on in another process
    place.put("bao_cao_20261120.csv", body(*codes), 2_000)
    pages, _ = take(drop_source(place.connection))
    assert (rows(pages), column(pages, "ma_ho_so")[-1]) == (100_000, "HS-99999")


def test_a_file_over_the_cap_is_refused(place: Place) -> None:
    place.put("bao_cao_20261120.csv", body(*map(str, range(500))), 2_000)
    found = drop_source(place.connection)
    small = found.system.model_copy(update={"max_bytes": 1_000})
    with pytest.raises(ContractBroken) as caught:
        take(
            Source(
                found.agency,
                found.feed,
                small,
                found.connection,
                "H26",
                found.source_map,
                found.options,
            )
        )
    assert caught.value.code == "TOO-BIG"


def test_a_named_file_is_read_without_a_listing(place: Place) -> None:
    place.put("ngay.csv", body("HS-1"), 2_000)
    pages, _ = take(drop_source(place.connection, listing="", path="/drop/ngay.csv"))
    assert (column(pages, "ma_ho_so"), len(pages)) == (["HS-1"], 1)
    with pytest.raises(SourceRefused) as caught:
        take(drop_source(place.connection, listing="", path="/drop/khong_co.csv"))
    assert caught.value.code == "HTTP-4XX"


def test_a_replay_asks_the_same_and_gives_the_same(place: Place) -> None:
    place.put("bao_cao_20261120.csv", body("HS-1"), 2_000)
    found = drop_source(place.connection)
    pages, declared = take(found)
    assert drained(replay(found, partition(found), iter(pages))) == (pages, declared)


def test_a_path_out_of_the_folder_is_a_security_stop(place: Place) -> None:
    if place.name == "http":
        pytest.skip("a web server keeps its own folder")
    inner = {**place.connection, "url": place.connection["url"] + "/drop"}
    with pytest.raises(SourceUnsafe) as caught:
        take(drop_source(inner, listing="", path="../ngay.csv"))
    assert caught.value.code == "EGRESS"


def test_no_secret_is_in_any_log_request_or_page(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    place.put("bao_cao_20261120.csv", body("HS-1"), 2_000)
    found = drop_source(place.connection)
    pages, _ = take(found)
    secret = (tmp_path / "secret").read_text()
    assert secret not in f"{pages!r} {found!r} {caplog.text}"


def test_a_wrong_password_is_auth(place: Place, tmp_path: Path) -> None:
    if place.name in {"folder", "http"}:
        pytest.skip("nobody is asked who he is there")
    place.put("bao_cao_20261120.csv", body("HS-1"), 2_000)
    (tmp_path / "wrong").write_text("wrong-canary-1b77")
    changed = {**place.connection, "secret": f"file/{tmp_path / 'wrong'}"}
    with pytest.raises(SourceRefused) as caught:
        take(drop_source(changed))
    assert (caught.value.code, caught.value.retry) == ("AUTH", False)
    assert "canary" not in f"{caught.value} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_nobody_there_is_net_connect(place: Place) -> None:
    if place.name == "folder":
        pytest.skip("a folder has no line")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    key = "endpoint" if place.name == "s3" else "url"
    address = place.connection[key].rpartition(":")[0] + f":{port}"
    with pytest.raises(SourceUnavailable) as caught:
        take(drop_source({**place.connection, key: address}), patience=patience(attempts=1))
    assert caught.value.code == "NET-CONNECT"


def test_an_address_outside_of_the_networks_is_never_asked(place: Place) -> None:
    if place.name == "folder":
        pytest.skip("a folder has no address")
    changed = {**place.connection, "networks": {"private"}}
    with pytest.raises(SourceUnsafe) as caught:
        take(drop_source(changed))
    assert caught.value.code == "EGRESS"


@pytest.mark.parametrize("name", ["folder", "sftp", "ftps"])
def test_row_68_a_file_that_changes_while_it_is_read_is_partial_file(
    name: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        place = open_place(name, tmp_path, stack)
        codes = [f"HS-{n:07d}" for n in range(120_000)]
        place.put("bao_cao_20261120.csv", body(*codes), 2_000)
        found = drop_source(place.connection, settle_seconds=0)
        walk = pull(found, partition(found), patience=patience(), ahead=False)
        next(walk)
        next(walk)
        os.utime(tmp_path / "root/drop/bao_cao_20261120.csv", (3_000, 3_000))
        with pytest.raises(SourceUnavailable) as caught:
            drained(walk)
        assert caught.value.code == "PARTIAL-FILE"


def test_another_host_key_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with ExitStack() as stack:
        place = open_place("sftp", tmp_path, stack)
        other = paramiko.ECDSAKey.generate()
        others = [other, paramiko.RSAKey.generate(2048)]
        for key in others:
            pinned = f"{key.get_name()} {key.get_base64()}"
            with pytest.raises(SourceRefused) as caught:
                take(drop_source({**place.connection, "host_key": pinned}))
            assert (caught.value.code, caught.value.retry) == ("HOST-KEY", False)
        with pytest.raises(ConfigError):
            take(drop_source({**place.connection, "host_key": "ssh-ed25519 rubbish"}))


def test_our_ssh_key_lets_us_in(tmp_path: Path) -> None:
    (tmp_path / "root" / "drop").mkdir(parents=True)
    put_below(tmp_path / "root", "bao_cao_20261120.csv", body("HS-1"), 2_000)
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(tmp_path / "key"))
    with SftpServer(tmp_path / "root", {}, {"hub": key}) as server:
        connection = {
            "url": f"sftp://127.0.0.1:{server.port}", "host_key": server.host_key,
            "username": "hub", "certificate_key": tmp_path / "key", "networks": {"loopback"},
        }  # fmt: skip
        pages, _ = take(drop_source(connection))
    assert column(pages, "ma_ho_so") == ["HS-1"]


def test_a_line_that_breaks_in_mid_file_is_truncated(tmp_path: Path) -> None:
    (tmp_path / "root" / "drop").mkdir(parents=True)
    (tmp_path / "secret").write_text(PASSWORD)
    put_below(tmp_path / "root", "bao_cao_20261120.csv", body(*map(str, range(900_000))), 2_000)
    with SftpServer(tmp_path / "root", {"hub": PASSWORD}) as server:
        found = drop_source(
            {
                "url": f"sftp://127.0.0.1:{server.port}", "host_key": server.host_key,
                "username": "hub", "secret": f"file/{tmp_path / 'secret'}",
                "networks": {"loopback"},
            },
            settle_seconds=0,
        )  # fmt: skip
        walk = pull(found, partition(found), patience=patience(), ahead=False)
        next(walk)
        next(walk)
        server.hang_up()
        with pytest.raises(SourceUnavailable) as caught:
            drained(walk)
    assert caught.value.code == "TRUNCATED"


def test_a_drip_of_bytes_ends_as_net_slow(tmp_path: Path) -> None:
    with ExitStack() as stack:
        place = open_place("sftp", tmp_path, stack)
        place.put("bao_cao_20261120.csv", body("HS-1"), 2_000)
        hasty = patience(attempts=1, grace=0.0, slowest=1e9)
        with pytest.raises(SourceUnavailable) as caught:
            take(drop_source(place.connection), patience=hasty)
        assert caught.value.code == "NET-SLOW"


def test_row_30_an_ftp_server_under_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    with ExitStack() as stack:
        place = open_place("ftps", tmp_path, stack)
        with pytest.raises(SourceRefused) as caught:
            take(drop_source({**place.connection, "ca": None}))
        assert caught.value.code == "TLS"


def index(text: str, media: str = "text/html") -> Callable[[Asked], Any]:
    """A web server with one index and one file."""

    def serve(asked: Asked) -> Any:
        if asked.target in {"/kho/drop/", "/kho/files.json"}:
            return answer(text.encode(), media=media)
        return answer(b"" if asked.method == "HEAD" else body("HS-1"), media="text/csv")

    return serve


NGINX = """[{"name": "..", "type": "directory"},
 {"name": "bao_cao_20261120.csv", "type": "file", "mtime": "Fri, 20 Nov 2026", "size": 9}]"""
APACHE = """<html><h1>Index of /kho/drop</h1><a href="?C=M;O=A">Last modified</a>
<a href="/kho/">Parent Directory</a> <A HREF='bao_cao_20261120.csv'>bao_cao_2026..&gt;</A>"""


@pytest.mark.parametrize(
    ("listing", "text", "media"),
    [
        ("/drop", APACHE, "text/html; charset=utf-8"),
        ("/drop/", NGINX, "application/json"),
        ("/files.json", '{"files": ["drop/bao_cao_20261120.csv"]}', "application/json"),
        ("/drop", '[{"url": "/kho/drop/bao_cao_20261120.csv"}]', "application/json"),
    ],
)
def test_an_index_is_read_as_web_servers_write_it(listing: str, text: str, media: str) -> None:
    with FaultServer(index(text, media)) as server:
        connection = {"url": f"{server.url}/kho", "networks": {"loopback"}}
        pages, _ = take(drop_source(connection, listing=listing, settle_seconds=0))
        assert server.asked[-1].target == "/kho/drop/bao_cao_20261120.csv"
    assert column(pages, "ma_ho_so") == ["HS-1"]


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:1/bao_cao_20261120.csv",
        "//evil.example/bao_cao_20261120.csv",
        "/khac/bao_cao_20261120.csv",
        "../../bao_cao_20261120.csv",
        "ftp://127.0.0.1/bao_cao_20261120.csv",
    ],
)
def test_a_link_out_of_the_connection_is_a_security_stop(link: str) -> None:
    page = f'<a href="https://httpd.example/">Apache</a> <a href="{link}">x</a>'
    with FaultServer(index(page)) as server, pytest.raises(SourceUnsafe) as caught:
        take(drop_source({"url": f"{server.url}/kho", "networks": {"loopback"}}))
    assert caught.value.code == "EGRESS"


def test_a_long_bucket_is_listed_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_s3, "_KEYS", 2)
    with ExitStack() as stack:
        place = open_place("s3", tmp_path, stack)
        for number in range(5):
            place.put(f"a_{number:05d}.csv", b"", 0)
        place.put("bao_cao_20261120.csv", body("HS-1"), 0)
        pages, _ = take(drop_source(place.connection))
    assert column(pages, "ma_ho_so") == ["HS-1"]
