import gzip
import http.client
import json
import zlib

import pytest

from sandbox.fault import names
from sandbox.fault_body import BODY
from sandbox.fault_page import PAGING
from sandbox.fault_wire import WIRE
from tests.sandbox.conftest import Client

DAY = "2026-11-20"
AGENCY = "H26"
AXIS = {"agency": AGENCY, "feed": "documents", "day": DAY}
DOSSIERS = {"agency": AGENCY, "feed": "dossiers", "day": DAY}
PAYMENTS = {"agency": AGENCY, "feed": "payments", "day": DAY}


def split(raw: bytes) -> tuple[str, bytes]:
    head, _, body = raw.partition(b"\r\n\r\n")
    return head.decode("latin-1"), body


def declared(head: str) -> list[int]:
    lines = [line.split(":") for line in head.split("\r\n")[1:]]
    return [int(value) for name, value in lines if name.lower() == "content-length"]


def test_every_fault_has_a_sentence(client: Client) -> None:
    told = client.call("GET", "/_control/faults").json["faults"]
    assert told == names()
    assert all(text.strip().endswith(".") for text in told.values())
    assert {*WIRE, *PAGING, *BODY} <= set(told)


def test_an_unknown_fault_is_refused(client: Client) -> None:
    answer = client.call("POST", "/_control/faults", body={"fault": "nonsense"})
    assert answer.status == 400


def test_a_fault_happens_as_often_as_asked_and_only_at_its_place(client: Client) -> None:
    client.fault("http_503", times=2, **AXIS)
    assert client.axis("H29", DAY).status == 200
    assert client.axis(AGENCY, "2026-11-19").status == 200
    assert [client.axis(AGENCY, DAY).status for _ in range(3)] == [503, 503, 200]


def test_a_cleared_fault_no_longer_happens(client: Client) -> None:
    client.fault("http_500", times=-1, **AXIS)
    assert client.axis(AGENCY, DAY).status == 500
    assert client.call("DELETE", f"/_control/faults?agency={AGENCY}").status == 200
    assert client.axis(AGENCY, DAY).status == 200


def test_a_fault_may_wait_for_a_page(client: Client) -> None:
    client.fault("http_502", page=2, **DOSSIERS)
    pages = [client.one_stop(AGENCY, DAY, page, 20).status for page in (0, 1, 2, 2)]
    assert pages == [200, 200, 502, 200]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 502, 503, 504])
def test_status_faults_answer_their_status(client: Client, status: int) -> None:
    client.fault(f"http_{status}", **AXIS)
    assert client.axis(AGENCY, DAY).status == status


@pytest.mark.parametrize(
    ("name", "wait"),
    [
        ("http_429", "1"),
        ("http_429_negative", "-1"),
        ("http_429_huge", "99999999"),
        ("http_429_date", "Wed, 21 Oct 2015 07:28:00 GMT"),
    ],
)
def test_too_many_requests_say_how_long_to_wait(client: Client, name: str, wait: str) -> None:
    client.fault(name, **AXIS)
    answer = client.axis(AGENCY, DAY)
    assert (answer.status, answer.headers["Retry-After"]) == (429, wait)


def test_a_closed_connection_gives_no_byte(client: Client) -> None:
    client.fault("close", **AXIS)
    assert client.raw_axis(AGENCY, DAY) == b""


def test_a_reset_connection_is_reset(client: Client) -> None:
    client.fault("reset", **AXIS)
    with pytest.raises(ConnectionResetError):
        client.raw_axis(AGENCY, DAY)


def test_a_silent_server_never_answers(client: Client) -> None:
    client.fault("never_answer", **AXIS)
    assert client.raw_axis(AGENCY, DAY, seconds=0.3) == b""


def test_a_dripping_server_gives_a_few_bytes(client: Client) -> None:
    client.fault("drip", detail={"seconds": 0.05}, **AXIS)
    head, body = split(client.raw_axis(AGENCY, DAY, seconds=0.5))
    assert 1 <= len(body) < 20 < declared(head)[0]


@pytest.mark.parametrize("name", ["length_too_long", "cut"])
def test_a_body_shorter_than_its_length(client: Client, name: str) -> None:
    client.fault(name, **AXIS)
    head, body = split(client.raw_axis(AGENCY, DAY))
    assert len(body) < declared(head)[0]


@pytest.mark.parametrize("name", ["chunk_cut", "chunk_end_missing"])
def test_a_chunked_body_without_its_end(client: Client, name: str) -> None:
    client.fault(name, **AXIS)
    head, body = split(client.raw_axis(AGENCY, DAY))
    assert "Transfer-Encoding: chunked" in head
    assert not body.endswith(b"0\r\n\r\n")
    client.fault(name, **AXIS)
    with pytest.raises(http.client.IncompleteRead):
        client.axis(AGENCY, DAY)


def test_a_close_delimited_body_looks_whole_though_it_is_cut(client: Client) -> None:
    whole = client.axis(AGENCY, DAY).body
    client.fault("close_delimited_cut", **AXIS)
    head, body = split(client.raw_axis(AGENCY, DAY))
    assert head.startswith("HTTP/1.0 200")
    assert declared(head) == []
    assert body == whole[: len(body)]
    assert len(body) == len(whole) * 2 // 3


def test_gzip_faults_have_a_matching_length_and_a_broken_stream(client: Client) -> None:
    whole = client.axis(AGENCY, DAY).body
    client.fault("gzip", **AXIS)
    assert gzip.decompress(client.axis(AGENCY, DAY).body) == whole
    client.fault("gzip_cut", **AXIS)
    cut = client.axis(AGENCY, DAY).body
    unpacker = zlib.decompressobj(31)
    assert len(unpacker.decompress(cut)) < len(whole)
    assert not unpacker.eof
    client.fault("gzip_trailer", **AXIS)
    unpacker = zlib.decompressobj(31)
    assert unpacker.decompress(client.axis(AGENCY, DAY).body) == whole
    assert unpacker.unused_data == b"extra"
    client.fault("gzip_crc", **AXIS)
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(client.axis(AGENCY, DAY).body)


def test_a_bomb_is_small_on_the_wire_and_large_when_unpacked(client: Client) -> None:
    client.fault("gzip_bomb", detail={"mebibytes": 32}, **AXIS)
    answer = client.axis(AGENCY, DAY)
    assert len(answer.body) < 100_000
    assert len(gzip.decompress(answer.body)) == 32 << 20


def test_a_big_page_is_as_big_as_asked(client: Client) -> None:
    client.fault("big_page", detail={"mebibytes": 3}, **AXIS)
    answer = client.axis(AGENCY, DAY)
    assert len(answer.body) > 3 << 20
    assert answer.json["status"] == "success"


def test_heads_are_malformed_on_demand(client: Client) -> None:
    client.fault("many_headers", **AXIS)
    assert split(client.raw_axis(AGENCY, DAY))[0].count("\r\n") > 200
    client.fault("long_header", **AXIS)
    assert len(split(client.raw_axis(AGENCY, DAY))[0]) > 70_000
    client.fault("double_length", **AXIS)
    assert len(set(declared(split(client.raw_axis(AGENCY, DAY))[0]))) == 2
    client.fault("length_and_chunked", **AXIS)
    head = split(client.raw_axis(AGENCY, DAY))[0]
    assert "Content-Length" in head
    assert "Transfer-Encoding" in head


@pytest.mark.parametrize(
    ("name", "status", "kind", "start"),
    [
        ("html_page", 200, "text/html; charset=utf-8", b"<!DOCTYPE"),
        ("html_as_json", 200, "application/json", b"<!DOCTYPE"),
        ("app_error", 200, "application/json; charset=utf-8", b'{"status": "error"'),
        ("empty_body", 200, "application/json; charset=utf-8", b""),
        ("no_content", 204, "application/json; charset=utf-8", b""),
        ("empty_list", 200, "application/json; charset=utf-8", b"[]"),
        ("wrong_type", 200, "application/octet-stream", b'{"status":"success"'),
    ],
)
def test_answers_that_are_no_data(
    client: Client, name: str, status: int, kind: str, start: bytes
) -> None:
    client.fault(name, **AXIS)
    answer = client.axis(AGENCY, DAY)
    assert (answer.status, answer.headers["Content-Type"]) == (status, kind)
    assert answer.body.startswith(start)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("redirect_inside", "/a/H26/axis/edocs?"),
        ("redirect_loop", "/a/H26/axis/edocs?"),
        ("redirect_elsewhere", "http://127.0.0.1:9/"),
        ("redirect_internal", "http://169.254.169.254/"),
        ("redirect_file", "file:///"),
    ],
)
def test_redirects_lead_where_they_say(client: Client, name: str, start: str) -> None:
    client.fault(name, **AXIS)
    answer = client.axis(AGENCY, DAY)
    assert answer.status in {302, 307}
    assert answer.headers["Location"].startswith(start)


def test_the_token_ends_in_the_middle_of_a_walk(client: Client) -> None:
    client.tokens.clear()
    client.fault("token_expired", page=1, **DOSSIERS)
    assert [client.one_stop(AGENCY, DAY, page, 20).status for page in (0, 1)] == [200, 401]
    client.tokens.clear()
    assert client.one_stop(AGENCY, DAY, 1, 20).status == 200


def codes(client: Client, pages: int, size: int = 20) -> list[list[str]]:
    answers = [client.one_stop(AGENCY, DAY, page, size).json for page in range(pages)]
    return [[record["code"] for record in answer["content"]] for answer in answers]


def test_paging_faults_bend_the_walk(client: Client) -> None:
    right = codes(client, 4)
    client.fault("page_repeat", **DOSSIERS)
    assert codes(client, 3) == [right[0], right[0], right[2]]
    client.fault("short_page", **DOSSIERS)
    assert [len(page) for page in codes(client, 3)] == [20, 10, 20]
    client.fault("page_size_ignored", **DOSSIERS)
    assert codes(client, 2) == [right[0][:10], right[0][10:]]
    client.fault("rows_inserted", **DOSSIERS)
    shifted = codes(client, 2)
    assert shifted[1][0] == right[0][-1]
    client.fault("rows_leave", **DOSSIERS)
    assert codes(client, 2)[1][0] == right[1][1]
    assert codes(client, 4) == right


def test_declared_totals_lie_on_demand(client: Client) -> None:
    rows = client.truth("dossiers", DAY, agency=AGENCY)["days"][0]["rows"]
    client.fault("total_wrong", **DOSSIERS)
    assert client.one_stop(AGENCY, DAY).json["totalElements"] == rows + 3
    client.fault("total_changes", **DOSSIERS)
    totals = [client.one_stop(AGENCY, DAY, page, 20).json["totalElements"] for page in (0, 1)]
    assert totals == [rows, rows + 1]
    amount = client.truth("payments", DAY, agency=AGENCY)["days"][0]["amount"]
    client.fault("sum_wrong", **PAYMENTS)
    assert client.gateway(AGENCY, DAY).json["sumAmount"] == amount + 1_000


def test_endless_pages_never_end_and_never_have_the_same_bytes(client: Client) -> None:
    client.fault("endless_pages", **DOSSIERS)
    answers = [client.one_stop(AGENCY, DAY, page, 5000) for page in range(4)]
    assert not any(answer.json["last"] for answer in answers)
    assert len({answer.body for answer in answers}) == 4


@pytest.mark.parametrize("name", [n for n in BODY if n.startswith(("json_", "drift_"))])
@pytest.mark.parametrize("feed", ["dossiers", "payments", "documents"])
def test_json_faults_change_the_body_once(client: Client, name: str, feed: str) -> None:
    ask = {"dossiers": client.one_stop, "payments": client.gateway, "documents": client.axis}[feed]
    right = ask(AGENCY, DAY).body
    client.fault(name, agency=AGENCY, feed=feed, day=DAY)
    assert ask(AGENCY, DAY).body != right
    assert ask(AGENCY, DAY).body == right


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("json_nan", b'"amount":NaN'),
        ("json_1e400", b'"amount":1e400'),
        ("json_big_int", b'"amount":18446744073709551616'),
        ("json_lone_surrogate", rb'"dossierCode":"\ud800"'),
        ("json_nul", rb'"dossierCode":"A\u0000B"'),
        ("json_deep", b"[" * 100_000),
    ],
)
def test_json_faults_stand_in_kept_fields(client: Client, name: str, seen: bytes) -> None:
    client.fault(name, **PAYMENTS)
    assert seen in client.gateway(AGENCY, DAY).body


@pytest.mark.parametrize("name", [n for n in BODY if n.startswith("csv_")])
def test_file_faults_change_the_file_and_done_speaks_of_the_changed_bytes(
    client: Client, name: str
) -> None:
    right = client.drop(AGENCY, f"dossiers/{DAY}.csv").body
    digest = client.drop(AGENCY, f"dossiers/{DAY}.csv.done").json["sha256"]
    client.fault(name, **DOSSIERS)
    changed = client.drop(AGENCY, f"dossiers/{DAY}.csv.done").json["sha256"]
    assert changed != digest
    assert client.drop(AGENCY, f"dossiers/{DAY}.csv").body != right
    assert client.drop(AGENCY, f"dossiers/{DAY}.csv.done").json["sha256"] == digest


def test_the_done_file_lies_or_is_late_on_demand(client: Client) -> None:
    path = f"dossiers/{DAY}.csv.done"
    right = client.drop(AGENCY, path).json
    client.fault("done_missing", **DOSSIERS)
    assert client.drop(AGENCY, path).status == 404
    client.fault("done_rows", **DOSSIERS)
    assert client.drop(AGENCY, path).json["rows"] == right["rows"] + 3
    client.fault("done_digest", **DOSSIERS)
    assert client.drop(AGENCY, path).json["sha256"] != right["sha256"]
    assert client.drop(AGENCY, path).json == right


def test_bad_values_are_served_and_the_truth_knows_them(client: Client) -> None:
    before = client.truth("payments", DAY, agency=AGENCY)["days"][0]
    client.fault("value_unknown_obligation", detail={"rows": 4}, **PAYMENTS)
    client.fault("value_duplicate", **PAYMENTS)
    after = client.truth("payments", DAY, agency=AGENCY)["days"][0]
    assert after["quarantined"] == before["quarantined"] + 4
    assert after["duplicates"] == before["duplicates"] + 1
    assert after["rows"] == before["rows"] + 1
    items = client.gateway(AGENCY, DAY).json["items"]
    assert len(items) == after["rows"]
    assert sum(item["obligation"] == "KHAC" for item in items) >= 4


def test_a_restated_day_is_served_in_its_new_version(client: Client) -> None:
    first = json.loads(client.axis(AGENCY, DAY).body)
    client.order("restate", **AXIS, version=1)
    second = json.loads(client.axis(AGENCY, DAY).body)
    client.order("restate", **AXIS, version=0)
    assert second["total"] < first["total"]
    assert json.loads(client.axis(AGENCY, DAY).body) == first


def test_health_names_seed_and_scale(client: Client) -> None:
    told = client.call("GET", "/_control/health").json
    assert told == {"status": "ok", "seed": 1, "scale": 0.05, "dirt": 0.02}
