"""Links, cursors, forms, batches and headers: what each kind asks, word for word."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.connection import Connection
from connectors.drive import pull, replay
from connectors.link import below, next_of
from connectors.login_options import NoAuth
from connectors.protocol import Declared, Request, request_from_json, request_json
from contracts.errors import ContractBroken, SourceUnavailable, SourceUnsafe
from tests.connectors.cases import CASES, params
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.test_conformance import drained
from tests.connectors.world import column, partition, rows, source, take

ELSEWHERE = [
    "http://evil.example/next",
    "http://127.0.0.1:1/next",
    "http://localhost:{port}/next",
    "//evil.example/next",
    "http://127.0.0.1:{port}@evil.example/",
    "http://user@127.0.0.1:{port}/a/H26/next",
    "http://2130706433:{port}/a/H26/next",
    "https://127.0.0.1:{port}/a/H26/next",
    "file:///etc/passwd",
    "\\\\evil.example\\next",
    "http://169.254.169.254/latest",
    "/a/H29/next",
    "/a/H26/../H29/next",
    "/a/H26/%2e%2e/H29/next",
    "../../../../../../../H29/next",
    "/a/H260/next",
]


@pytest.mark.parametrize("link", ELSEWHERE)
@pytest.mark.parametrize("place", ["body", "header", "odata"])
def test_row_44_a_link_off_the_connections_address_is_a_security_stop(
    place: str, link: str
) -> None:
    system = {"body": "catalogue_links", "header": "platform_xroad", "odata": "results_odata"}

    def play(asked: Asked) -> Any:
        told = link.replace("{port}", str(server.port))
        match place:
            case "body":
                return answer({"items": [{"maTTHC": "a"}], "total": 2, "next": told})
            case "odata":
                return answer({"value": [], "@odata.count": 2, "@odata.nextLink": told})
        return answer({"calls": [], "total": 2}, Link=f'<{told}>; rel="next"')

    with FaultServer(answer({})) as canary, FaultServer(play) as server:
        with pytest.raises(SourceUnsafe) as caught:
            take(source(system[place], server.url + "/a/H26", auth=NoAuth()))
        assert (caught.value.code, caught.value.retry) == ("EGRESS", False)
        assert (len(server.asked), canary.asked) == (1, [])


def test_a_link_from_https_to_http_is_a_security_stop() -> None:
    with pytest.raises(SourceUnsafe) as caught:
        below(Connection(url="https://a.example/x"), "/y", "http://a.example/x/y")
    assert caught.value.code == "TLS-DOWNGRADE"


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("?page=2", "/list/all?page=2"),
        ("all?page=2", "/list/all?page=2"),
        ("/api/list/2", "/list/2"),
        ("https://a.example/api/list?x=%2F&sig=a%2Bb+c", "/list?x=%2F&sig=a%2Bb+c"),
        ("https://a.example:443/api?x=1#top", "?x=1"),
        ("https://a.example/api", "/"),
        ("?từ=đầu", "/list/all?t%E1%BB%AB=%C4%91%E1%BA%A7u"),
    ],
)
def test_a_link_is_kept_as_it_was_written_below_the_address(link: str, target: str) -> None:
    assert below(Connection(url="https://a.example/api"), "/list/all?page=1", link) == target


@pytest.mark.parametrize(
    ("header", "link"),
    [
        ('<?p=2>; rel="next"', "?p=2"),
        ("<?p=2>;rel=next", "?p=2"),
        ('<?p=1>; rel="prev", <?p=3>; title="a, <b>"; REL="last NEXT"', "?p=3"),
        ('<?p=9>; rel="last"', ""),
        ('<?p=9>; rel="nextish"', ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_link_header_is_read_as_rfc_8288_writes_it(header: str, link: str) -> None:
    assert next_of(header) == link


def test_link_headers_may_come_in_several_lines() -> None:
    head = b"HTTP/1.1 200 X\r\nContent-Length: %d\r\nContent-Type: application/json\r\n"
    body = json.dumps({"calls": [{"service": "a"}], "total": 2}).encode()
    first = (
        head % len(body) + b'Link: <?p=2>; rel="next"\r\nLink: <?p=9>; rel="last"\r\n\r\n' + body
    )
    last = answer({"calls": [{"service": "b"}], "total": 2})
    with FaultServer([first], last) as server:
        pages, _ = take(source("platform_xroad", server.url, auth=NoAuth()))
    assert column(pages, "service") == ["a", "b"]


@pytest.mark.parametrize("value", [7, True, {"href": "?p=2"}, ["?p=2"]])
def test_a_next_link_that_is_no_text_refuses_the_day(value: Any) -> None:
    body = {"items": [{"maTTHC": "a"}], "total": 2, "next": value}
    with FaultServer(answer(body)) as server, pytest.raises(ContractBroken) as caught:
        take(source("catalogue_links", server.url, auth=NoAuth()))
    assert caught.value.code == "DRIFT-TYPE"


def test_a_total_may_stand_in_a_header() -> None:
    play = answer({"calls": [{"service": "a"}]}, X_Total_Count="1")
    options = {"totals": {"rows": "header:x-total-count"}}
    with FaultServer(play) as server:
        found = source("platform_xroad", server.url, options=options, auth=NoAuth())
        pages, declared = take(found)
        assert drained(replay(found, partition(found), iter(pages)))[1] == {"rows": 1}
    assert (rows(pages), declared) == (1, {"rows": 1})


def test_x_road_names_its_client_and_the_service_in_its_path(tmp_path: Path) -> None:
    with FaultServer(answer({"calls": [], "total": 0})) as server:
        take(source("platform_xroad", server.url, tmp_path))
        asked = server.asked[0]
    assert asked.target == "/r1/VN/GOV/NDXP/traffic/v1/calls?date=2026-11-20&limit=50"
    assert asked.headers["x-road-client"] == "H26"


def test_a_form_carries_its_parameters_as_json_text() -> None:
    case = CASES["numbered_pages by FORM"]
    with FaultServer(case.play([["a"]])) as server:
        pages, _ = take(source("statistics_gateway", server.url, auth=NoAuth()))
        asked = server.asked[0]
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert list(parse_qs(asked.body.decode())) == ["params"]
    assert params(asked) == {
        "nam": "2026", "thang": "11", "mauBieu": "II.06a", "trang": 1, "soBanGhi": 200
    }  # fmt: skip
    assert rows(pages) == 1


def test_odata_asks_with_filter_order_top_skip_and_count() -> None:
    with FaultServer(answer({"value": [], "@odata.count": 0})) as server:
        take(source("results_odata", server.url, options={"select": "MaTTHC"}, auth=NoAuth()))
        target = server.asked[0].target
    assert target == (
        "/odata/KetQuaDienTu?$filter=Nam%20eq%202026%20and%20Thang%20eq%2011"
        "&$orderby=MaDonVi,MaTTHC&$select=MaTTHC&$count=true&$top=100&$skip=0"
    )


def test_row_45_odata_goes_on_by_what_came_where_top_is_ignored() -> None:
    stock = list("abcdefg")

    def serve(asked: Asked) -> Any:
        skip = int(asked.target.rpartition("=")[2])
        found = [{"MaTTHC": code} for code in stock[skip : skip + 3]]
        return answer({"value": found, "@odata.count": len(stock)})

    with FaultServer(serve) as server:
        pages, _ = take(source("results_odata", server.url, auth=NoAuth()))
        assert [asked.target.rpartition("=")[2] for asked in server.asked] == ["0", "3", "6"]
    assert column(pages, "MaTTHC") == stock


def evaluation(url: str, **options: Any) -> Any:
    return source("evaluation_cursor", url, options={"totals": {}, **options}, auth=NoAuth())


def page(codes: str, cursor: str | None, **more: Any) -> Any:
    return answer({"data": [{"coQuan": code} for code in codes], "next_cursor": cursor, **more})


def test_the_last_cursor_of_an_incremental_feed_is_returned_live_and_in_replay() -> None:
    with FaultServer(page("ab", "c1", more=True), page("c", "c2", more=False)) as server:
        found = evaluation(server.url, first="c0", more="more", incremental=True)
        pages, _ = take(found)
        again = drained_end(replay(found, partition(found), iter(pages)))
        assert [asked.target.rpartition("=")[2] for asked in server.asked] == ["c0", "c1"]
    assert isinstance(again, Declared)
    assert (column(pages, "coQuan"), again.cursor) == (["a", "b", "c"], "c2")


def test_the_cursor_crosses_to_the_process_that_asked_for_it() -> None:
    plays = [page(str(n % 10), f"c{n}", more=n < 30, total=n) for n in range(31)]
    with FaultServer(*plays) as server:
        found = evaluation(server.url, more="more", incremental=True)
        declared = drained_end(pulled(found))
    assert isinstance(declared, Declared)
    assert declared.cursor == "c30"


def test_an_incremental_feed_without_news_keeps_its_cursor() -> None:
    with FaultServer(page("", None)) as server:
        found = evaluation(server.url, first="c7", incremental=True)
        declared = drained_end(pulled(found))
    assert isinstance(declared, Declared)
    assert declared.cursor == "c7"


def test_a_source_that_does_not_say_whether_there_is_more_refuses_the_day() -> None:
    with FaultServer(page("a", "c1")) as server, pytest.raises(ContractBroken) as caught:
        take(evaluation(server.url, more="more"))
    assert caught.value.code == "DRIFT-MISSING"


def test_a_cursor_that_is_a_number_goes_back_as_one() -> None:
    pages = [{"danhSach": [{"loai": str(n)}], "tong": 2, "conTro": then}
             for n, then in enumerate((7, None))]  # fmt: skip
    with FaultServer(*map(answer, pages)) as server:
        take(source("incident_cursor", server.url, options={"numeric": True}, auth=NoAuth()))
        assert [asked.json for asked in server.asked] == [
            {"ky": "2026-11"}, {"ky": "2026-11", "conTro": 7}
        ]  # fmt: skip


def test_totals_may_come_with_the_first_page_that_has_rows() -> None:
    silent = answer({"data": [], "next_cursor": "c1"})
    told = answer({"data": [{"coQuan": "a"}], "next_cursor": "", "total": 1})
    with FaultServer(silent, told) as server:
        pages, declared = take(evaluation(server.url, totals={"rows": "total"}))
    assert (rows(pages), declared) == (1, {"rows": 1})


def pulled(found: Any) -> Any:
    return pull(found, partition(found))


def drained_end(walk: Any) -> Any:
    while True:
        try:
            next(walk)
        except StopIteration as end:
            return end.value


BATCH = {"ids": "data[].MaHoSo", "service": "LayChiTietHoSo", "name": "danhsach", "size": 2}
STOCK = [f"H26-{number}" for number in range(7)]


def batched(url: str, folder: Path, **changes: Any) -> Any:
    options = {"batch": BATCH | changes, "size": 3}
    return source("portal_session", url, folder, options=options)


def desk(asked: Asked) -> Any:
    """Lists three ids at a time, gives rows for ids."""
    if asked.target.endswith("/login"):
        return answer({"error_code": "0", "session": "abc"})
    if asked.json["service"] == "LayChiTietHoSo":
        found = [{"MaHoSo": code, "MaXa": "1"} for code in asked.json["danhsach"].split(",")]
        return answer({"error_code": "0", "data": found})
    start = 3 * (int(asked.json["trang"]) - 1)
    found = [{"MaHoSo": code} for code in STOCK[start : start + 3]]
    return answer({"error_code": "0", "tongso": str(len(STOCK)), "data": found})


def test_ids_are_listed_page_by_page_and_rows_fetched_in_batches(tmp_path: Path) -> None:
    with FaultServer(desk) as server:
        pages, declared = take(batched(server.url, tmp_path))
        asked = [one.json for one in server.asked[1:]]
    assert [one["service"] for one in asked] == ["LayDanhSachHoSo"] * 3 + ["LayChiTietHoSo"] * 4
    assert [one["danhsach"] for one in asked[3:]] == [
        "H26-0,H26-1", "H26-2,H26-3", "H26-4,H26-5", "H26-6"
    ]  # fmt: skip
    assert [page.request.data for page in pages] == [False] * 3 + [True] * 4
    assert (column(pages, "MaHoSo"), declared) == (STOCK, {"rows": 7})


def test_batches_are_replayed_without_a_network(tmp_path: Path) -> None:
    with FaultServer(desk) as server:
        found = batched(server.url, tmp_path)
        pages, _ = take(found)
    again, declared = drained(replay(found, partition(found), iter(pages)))
    assert (again, declared) == (pages, {"rows": 7})


def test_a_list_that_reports_an_error_is_no_empty_day(tmp_path: Path) -> None:
    login, error = answer({"error_code": "0", "session": "abc"}), answer({"error_code": "99"})
    with FaultServer(login, error) as server, pytest.raises(SourceUnavailable) as caught:
        take(batched(server.url, tmp_path))
    assert caught.value.code == "APP-ERROR"


def test_a_list_of_ids_without_its_total_refuses_the_day(tmp_path: Path) -> None:
    login = answer({"error_code": "0", "session": "abc"})
    silent = answer({"error_code": "0", "data": [{"MaHoSo": "H26-0"}]})
    with FaultServer(login, silent) as server, pytest.raises(ContractBroken) as caught:
        take(batched(server.url, tmp_path))
    assert caught.value.code == "DRIFT-MISSING"


def test_a_batch_that_comes_twice_refuses_the_day(tmp_path: Path) -> None:
    def same(asked: Asked) -> Any:
        if asked.body and asked.json.get("danhsach"):
            return answer({"error_code": "0", "data": [{"MaHoSo": "H26-0"}]})
        return desk(asked)

    with FaultServer(same) as server, pytest.raises(ContractBroken) as caught:
        take(batched(server.url, tmp_path))
    assert caught.value.code == "PAGE-REPEAT"


def test_many_batches_are_read_ahead_and_taken_once(tmp_path: Path) -> None:
    codes = [f"H26-{number}" for number in range(60)]

    def many(asked: Asked) -> Any:
        if asked.body and asked.json.get("service") == "LayDanhSachHoSo":
            listed = [{"MaHoSo": code} for code in codes]
            return answer({"error_code": "0", "tongso": "60", "data": listed})
        return desk(asked)

    with FaultServer(many) as server:
        pages, declared = take(batched(server.url, tmp_path))
        assert len(server.asked) == 1 + 1 + 30
    assert (column(pages, "MaHoSo"), declared) == (codes, {"rows": 60})


def test_an_exact_link_survives_the_archive() -> None:
    request = Request("/x?sig=a%2Bb", exact=True)
    assert request_from_json(json.loads(json.dumps(request_json(request)))) == request
    assert "exact" not in request_json(Request("/x"))
