"""A new province on each kind is one YAML file of at most 25 lines and no Python.

Every server here is one that the hub has never seen: other names of fields and parameters, other
dates, other nesting, another login. A further kind is put to the test by a file in
``provinces`` and an entry in ``SERVERS``.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from connectors.agency import Agency
from connectors.connection import load_connections
from connectors.drive import pull, replay
from connectors.protocol import Exchange
from connectors.source import Source, source_for, system_for
from connectors.yaml_file import read_model
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged, Outcome
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.world import DAY, SECRET, patience

FOLDER = Path(__file__).parent / "provinces"
ROWS = 5
"""Rows that every province has on the day."""

Server = Callable[[Path], AbstractContextManager[str]]
"""Starts a source, given a folder of its own; gives its address."""


def query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.target).query))


def http(serve: Callable[[Asked], Any]) -> Server:
    @contextmanager
    def started(_: Path) -> Iterator[str]:
        with FaultServer(serve) as server:
            yield server.url

    return started


def numbered_pages(asked: Asked) -> Any:
    told = query(asked)
    assert (told["khoa"], told["ngay"]) == (SECRET, "20-11-2026")
    first, most = int(told["boQua"]), int(told["layToiDa"])
    found = [
        {
            "vb": {"dinhDanh": f"000.00.00.H26,2026/11/20,{n}/QĐ-UBND", "chieu": "Đi"},
            "noiGui": {"ma": "H26.19"},
            "noiNhan": {"ma": "000.00.00.G22"},
            "luanChuyen": {"luc": f"0{n}:30 20/11/2026"},
        }
        for n in range(ROWS)
    ]
    return answer({"thongTin": {"vanBan": found[first : first + most], "tongCong": ROWS}})


def numbered_pages_form(asked: Asked) -> Any:
    told = json.loads(parse_qs(asked.body.decode())["params"][0])
    assert (told["type"], told["ngay"], asked.method) == ("GIAO_DICH", "20.11.2026", "POST")
    first = (told["trangSo"] - 1) * told["soDong"]
    found = [
        {
            "kenh": "KB",
            "soChungTu": f"CT{n}",
            "soGiaoDich": f"GD{n}",
            "thuHuong": {"ma": "H26.19"},
            "soTien": "1.250.000",
            "thoiDiem": f"20.11.2026 0{n}:00:01",
        }
        for n in range(ROWS)
    ]
    return answer({"tong": str(ROWS), "ds": found[first : first + told["soDong"]]})


def next_link(asked: Asked) -> Any:
    if asked.headers["authorization"] != f"Bearer {SECRET}":
        return answer(b"", 401)
    number = int(query(asked).get("tiep", "0"))
    found = [
        {
            "ma": f"GD-{n}",
            "doiTac": {"ma": "VIETPAY", "thamChieu": f"TC/{n}"},
            "thuHuong": {"donVi": "H26.19"},
            "tien": {"so": "150.000", "luc": f"20-11-2026 1{n}:05"},
            "tinhTrang": "00",
        }
        for n in range(ROWS)
    ]
    link = f"/v2/giao-dich?tiep={number + 2}" if number + 2 < ROWS else None
    paging = {"tongSo": ROWS, "tongTien": ROWS * 150_000, "tiepTheo": {"duongDan": link}}
    return answer({"ketQua": {"danhSach": found[number : number + 2]}, "phanTrang": paging})


def next_link_header(asked: Asked) -> Any:
    assert asked.headers["x-road-client"] == "VN/GOV/VPCP/lien-thong"
    assert asked.target.startswith("/r1/VN/GOV/H26/MotCua/v1/ho-so?")
    told = query(asked)
    assert (told["sua_tu"], told["sua_den"]) == (
        "2026-11-19T17:00:00.000Z",
        "2026-11-20T17:00:00.000Z",
    )
    number = int(told.get("trang", "0"))
    found = [
        {
            "so": f"H26.19-261120-000{n}",
            "thuTuc": {"ma": "1.004873", "noiGiai": "H26.19"},
            "trangThai": "moi",
            "kenh": "mang",
            "suaLuc": f"2026-11-20T0{n}:00:00Z",
        }
        for n in range(ROWS)
    ]
    base = asked.target.partition("&trang")[0]
    link = f'<http://{asked.headers["host"]}{base}&trang={number + 3}>; rel="next"'
    more = {"Link": link} if number + 3 < ROWS else {}
    return answer(found[number : number + 3], 200, X_Total_Count=str(ROWS), **more)


def cursor(asked: Asked) -> Any:
    told = asked.json
    if asked.target == "/vao":
        assert told == {"tk": "H26", "mk": SECRET}
        return answer({"the": {"ma": "the-1"}})
    if asked.headers.get("x-the") != "the-1":
        return answer(b"", 401)
    assert told["ngayDuLieu"] == "20/11/2026"
    start = int(told.get("tuViTri", "~0").removeprefix("~"))
    found = [
        {
            "HS": f"H26.19-261120-000{n}",
            "TT": "1.004873",
            "DV": "H26.19",
            "TTr": "1",
            "CN": f"2026/11/20 08:0{n}:00",
        }
        for n in range(ROWS)
    ]
    meta = {"viTri": f"~{start + 2}", "conNua": start + 2 < ROWS, "tong": ROWS}
    return answer({"banGhi": found[start : start + 2], "meta": meta})


def date_window(asked: Asked) -> Any:
    if len(asked.headers.get("x-chu-ky", "")) != 64 or "x-luc" not in asked.headers:
        return answer(b"", 401)
    told = query(asked)
    found = [
        {"soCT": f"C{n}", "soGD": f"G{n}", "dv": "H26.19", "st": 1000 + n, "kq": "Y",
         "luc": f"202611200{n}5959"}
        for n in range(ROWS)
    ]  # fmt: skip
    return answer([one for one in found if told["tu"] <= str(one["luc"]) <= told["den"]][:3])


def odata(asked: Asked) -> Any:
    if asked.target == "/cap-quyen":
        told = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert told == {"grant_type": "password", "username": "H26", "password": SECRET}
        assert asked.headers["authorization"].startswith("Basic ")
        return answer({"access_token": "t-1", "expires_in": 600})
    if asked.headers["authorization"] != "Bearer t-1":
        return answer(b"", 401)
    told = query(asked)
    assert told["$filter"] == "LuanChuyen ge datetime'2026-11-20T00:00:00'"
    assert (told["$format"], told["$inlinecount"]) == ("json", "allpages")
    skip = int(told["$skip"])
    found = [
        {
            "__metadata": {"uri": "x", "type": "VanBan"},
            "DinhDanh": f"000.00.00.H26,2026/11/20,{n}/TB-UBND",
            "Chieu": 2,
            "Gui": {"Ma": "000.00.00.G22"},
            "Nhan": {"Ma": "H26.19"},
            "LuanChuyen": f"2026-11-20T0{n}:00:00",
        }
        for n in range(ROWS)
    ]
    return answer({"d": {"results": found[skip : skip + 2], "__count": str(ROWS)}})


def session_calls(asked: Asked) -> Any:
    told = asked.json
    if asked.target == "/vao":
        return answer({"loi": "0", "phien": "p-1"})
    if told["phien"] != "p-1":
        return answer({"loi": "7"})
    codes = [f"H26.19-261120-000{n}" for n in range(ROWS)]
    if told["ham"] == "LietKe":
        assert told["ngay"] == "20112026"
        listed = [{"ma": code} for code in codes] if told["page"] == "0" else []
        return answer({"loi": "0", "soLuong": ROWS, "kq": listed})
    found = [
        {"ma": code, "tthc": "1.004873", "dv": "H26.19", "tt": "1", "kenh": "q",
         "sua": "14:05:09 20-11-2026"}
        for code in told["cacMa"].split(";")
    ]  # fmt: skip
    assert len(found) <= 2
    return answer({"loi": "0", "kq": found})


SERVERS: dict[str, Server] = {
    "numbered_pages": http(numbered_pages),
    "numbered_pages_form": http(numbered_pages_form),
    "next_link": http(next_link),
    "next_link_header": http(next_link_header),
    "cursor": http(cursor),
    "date_window": http(date_window),
    "odata": http(odata),
    "session_calls": http(session_calls),
}


def test_every_file_has_its_server() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(SERVERS)


@pytest.mark.parametrize("name", SERVERS)
def test_a_province_is_one_file_of_at_most_25_lines(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    agency = read_model(FOLDER / f"{name}.yaml", Agency)
    kinds = {system_for(agency, feed).kind for feed in agency.feeds}
    assert len(text.splitlines()) <= 25
    assert all(name.startswith(kind) for kind in kinds)


@pytest.mark.parametrize("name", SERVERS)
def test_a_new_province_is_pulled_and_accepted_live_and_in_replay(
    name: str, tmp_path: Path
) -> None:
    with SERVERS[name](tmp_path) as url:
        found = province(name, url, tmp_path)
        partition = Partition("H26", found.feed, DAY)
        pages, declared = drained(pull(found, partition, patience=patience()))
    for kept, told in (pages, declared), drained(replay(found, partition, iter(pages))):
        judged = verdict(found, partition, kept, told)
        assert judged.quarantine == ()
        assert (judged.outcome, judged.reasons) == (Outcome.ACCEPT, ())
        assert (judged.counts.received, judged.counts.loaded) == (ROWS, ROWS)


def province(name: str, url: str, folder: Path) -> Source:
    """The source that a file and an address make."""
    agency = read_model(FOLDER / f"{name}.yaml", Agency)
    (folder / "secret").write_text(SECRET)
    (folder / "connections.yaml").write_text(
        f"""H26:
  url: {url}
  username: H26
  client_id: H26
  system_id: VN/GOV/VPCP/lien-thong
  secret: file/secret
  networks: [loopback]
"""
    )
    (feed,) = agency.feeds
    return source_for(agency, feed, load_connections(folder / "connections.yaml"))


def drained(walk: Any) -> tuple[list[Exchange], dict[str, int]]:
    pages = []
    while True:
        try:
            pages.append(next(walk))
        except StopIteration as end:
            return pages, dict(end.value)


def verdict(
    found: Source, partition: Partition, pages: list[Exchange], declared: dict[str, int]
) -> Judged:
    contract = load_contract(found.feed)
    judge = Judge(contract, found.source_map, partition, CodeLists.load(DAY))
    for exchange in pages:
        if exchange.request.data:
            judge.page(exchange.page)
            assert exchange.page.unknown == frozenset()
    return judge.close(declared)
