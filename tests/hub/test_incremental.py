"""An incremental feed from a real server to the facts: every change once, whatever happens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from contracts.errors import ConfigError, HubError
from contracts.partition import Partition
from hub import ingest
from hub.desk import Desk, open_desk
from hub.settings import Settings
from tests.warehouse.given import one, rows

AGENCY = """
code: "G14"
name: Bộ Thông tin và Truyền thông
kind: ministry
owner: Cục An toàn thông tin
feeds:
  security_incidents:
    system: incident_cursor
    connection: g14
    options: {incremental: true, totals: {}}
"""
JANUARY, FEBRUARY = (
    Partition("G14", "security_incidents", date(2020, month, day))
    for month, day in ((1, 31), (2, 29))
)


class Counter(ThreadingHTTPServer):
    """A system that tells what changed since a cursor, two changes a page."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.changes = 0
        self.asked: list[str] = []
        self.is_broken = False


class Handler(BaseHTTPRequestHandler):
    server: Counter

    def do_POST(self) -> None:
        source = self.server
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        source.asked.append(asked.get("conTro", ""))
        since = int(asked.get("conTro") or 0)
        last = min(since + 2, source.changes)
        page: dict[str, object] = {"danhSach": [told(n) for n in range(since + 1, last + 1)]}
        if last > since:
            page["conTro"] = str(last)
        body = json.dumps(page).encode()
        self.send_response(503 if source.is_broken and since else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def told(number: int) -> dict[str, object]:
    """One change: the incidents of one month, counted by its number."""
    month = f"{2000 + number // 12}-{number % 12 + 1:02d}"
    return {"loai": "LUA-DAO", "ky": month, "soLuong": number}


@contextmanager
def served() -> Iterator[Counter]:
    with Counter() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def source() -> Iterator[Counter]:
    with served() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, database_url: str, source: Counter) -> Iterator[Desk]:
    (tmp_path / "agencies").mkdir()
    (tmp_path / "agencies" / "g14_bo_tt.yaml").write_text(AGENCY, encoding="utf-8")
    (tmp_path / "secret").write_text("s3cret-canary\n")
    (tmp_path / "connections.yaml").write_text(
        f"g14: {{url: 'http://127.0.0.1:{source.server_port}', username: G14,"
        f" secret: 'file/{tmp_path / 'secret'}', networks: [loopback]}}\n"
    )
    settings = Settings(
        state=tmp_path,
        agencies=tmp_path / "agencies",
        database_url=database_url,
        attempts=1,
        wait_seconds=0,
    )
    with open_desk(settings) as opened:
        yield opened


def counted(desk: Desk) -> list[tuple[date, list[int]]]:
    """The changes that each day tells of."""
    query = "SELECT day, array_agg(incidents ORDER BY incidents) FROM core.security_incident"
    return [
        (day, [int(n) for n in told])
        for day, told in rows(desk.conn(), f"{query} GROUP BY 1 ORDER BY 1")
    ]


def test_every_month_reads_on_where_the_month_before_ended(desk: Desk, source: Counter) -> None:
    source.changes = 3
    ingest.run(desk, JANUARY, reason="test")
    source.changes = 5
    ingest.run(desk, FEBRUARY, reason="test")
    assert counted(desk) == [(JANUARY.day, [1, 2, 3]), (FEBRUARY.day, [4, 5])]
    assert source.asked == ["", "2", "3", "3", "5"]


def test_a_month_pulled_again_loses_nothing(desk: Desk, source: Counter) -> None:
    source.changes = 3
    ingest.run(desk, JANUARY, reason="test")
    source.changes = 4
    ingest.run(desk, JANUARY, reason="test")
    assert counted(desk) == [(JANUARY.day, [1, 2, 3, 4])]


def test_a_pull_that_breaks_off_moves_nothing(desk: Desk, source: Counter) -> None:
    source.changes, source.is_broken = 3, True
    with pytest.raises(HubError):
        ingest.run(desk, JANUARY, reason="test")
    assert one(desk.conn(), "SELECT count(*) FROM ledger.cursor") == 0
    source.is_broken = False
    ingest.run(desk, FEBRUARY, reason="test")
    assert counted(desk) == [(FEBRUARY.day, [1, 2, 3])]


def test_a_replay_walks_from_where_its_pull_began(desk: Desk, source: Counter) -> None:
    source.changes = 3
    ingest.run(desk, JANUARY, reason="test")
    source.changes = 5
    ingest.run(desk, FEBRUARY, reason="test")
    asked = len(source.asked)
    assert ingest.replay(desk, FEBRUARY).outcome == "unchanged"
    assert ingest.replay(desk, JANUARY).outcome == "unchanged"
    assert len(source.asked) == asked
    assert rows(desk.conn(), "SELECT since, value FROM ledger.cursor ORDER BY day") == [
        ("", "3"),
        ("3", "5"),
    ]


def test_a_month_that_was_read_past_is_refused_before_the_source_is_asked(
    desk: Desk, source: Counter
) -> None:
    source.changes = 3
    ingest.run(desk, FEBRUARY, reason="test")
    asked = len(source.asked)
    with pytest.raises(ConfigError, match="CURSOR-PASSED"):
        ingest.run(desk, JANUARY, reason="test")
    assert len(source.asked) == asked


def test_landing_and_loading_apart_keep_the_chain(desk: Desk, source: Counter) -> None:
    source.changes = 3
    landing = ingest.land(desk, JANUARY, reason="test")
    assert (landing.since, landing.cursor) == ("", "3")
    assert one(desk.conn(), "SELECT count(*) FROM ledger.cursor") == 0
    ingest.load(desk, landing.token)
    assert rows(desk.conn(), "SELECT since, value FROM ledger.cursor") == [("", "3")]
