"""What every kind must do, whatever it asks and however it is answered.

A new kind is put to the same tests by adding a ``Case``.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.drive import pull, replay
from connectors.protocol import Exchange, request_from_json, request_json
from connectors.system import load_system
from contracts.errors import ArchiveCorrupt, ContractBroken, HubError, SourceUnavailable
from tests.connectors.cases import CASES, Case
from tests.connectors.fault_server import Asked, FaultServer, answer, raw
from tests.connectors.world import column, partition, patience, rows, take

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
linked_case = pytest.mark.parametrize(
    "case", [pytest.param(case, id=name) for name, case in CASES.items() if case.is_linked]
)
counting_case = pytest.mark.parametrize(
    "case", [pytest.param(case, id=name) for name, case in CASES.items() if not case.is_linked]
)
declaring_case = pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name) for name, case in CASES.items() if case.kind != "date_window"],
)
"""A window declares its own rows and no day's."""
THREE = [["a", "b"], ["c", "d"], ["e"]]


@every_case
def test_all_pages_are_taken_in_order_and_the_total_is_returned(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play(THREE)) as server:
        pages, declared = take(case.source(server.url, tmp_path))
    assert column(pages, case.key) == ["a", "b", "c", "d", "e"]
    assert declared["rows"] == 5
    assert [exchange.last for exchange in pages] == [True, True, True]


@every_case
def test_an_empty_day_with_a_declared_zero_is_one_page(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play([])) as server:
        pages, declared = take(case.source(server.url, tmp_path, pages=1))
    assert (rows(pages), len(pages), declared["rows"]) == (0, 1, 0)


@every_case
def test_row_38_a_short_page_in_the_middle_is_no_end(case: Case, tmp_path: Path) -> None:
    short = [["a", "b"], ["c"], ["d", "e"]]
    if case.system == "payment_gateway" or case is CASES["odata 4 without links"]:
        short = [["a", "b"], ["c", "d"], ["e"]]  # offsets follow what came, see the next test
    with FaultServer(case.play(short)) as server:
        pages, _ = take(case.source(server.url, tmp_path))
    assert column(pages, case.key) == ["a", "b", "c", "d", "e"]


def test_row_38_an_offset_goes_on_by_what_came(tmp_path: Path) -> None:
    stock = list("abcdefg")

    def serve(asked: Asked) -> Any:
        offset = asked.json["offset"]
        count = {0: 3, 3: 1}.get(offset, 2)
        found = [{"partnerCode": code} for code in stock[offset : offset + count]]
        return answer({"items": found, "total": len(stock), "sumAmount": 0})

    with FaultServer(serve) as server:
        case = CASES["numbered_pages by POST with offset"]
        pages, _ = take(case.source(server.url, tmp_path))
        assert [asked.json["offset"] for asked in server.asked] == [0, 3, 4, 6]
    assert column(pages, "partnerCode") == stock


@every_case
def test_row_45_an_ignored_page_size_loses_nothing(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play(THREE)) as server:
        pages, _ = take(case.source(server.url, tmp_path, size=500))
    assert rows(pages) == 5


LONG = [[f"{number}a", f"{number}b"] for number in range(40)]
"""More pages than a pull makes in the process that began it."""


@every_case
def test_a_long_pull_asks_for_every_page_once(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play(LONG)) as server:
        pages, declared = take(case.source(server.url, tmp_path, pages=40, size=2))
        numbers = [case.number(a) for a in server.asked if not a.target.endswith("/login")]
    assert numbers == list(range(40))
    assert column(pages, case.key) == [code for page in LONG for code in page]
    assert declared["rows"] == 80


@every_case
def test_a_fault_late_in_a_long_pull_is_tried_again_in_its_turn(case: Case, tmp_path: Path) -> None:
    struck: list[int] = []

    def twice(asked: Asked) -> Any:
        if not asked.target.endswith("/login") and case.number(asked) == 30 and len(struck) < 2:
            struck.append(1)
            return answer(b"", 503)
        return case.play(LONG)(asked)

    with FaultServer(twice) as server:
        pages, _ = take(case.source(server.url, tmp_path, pages=40, size=2))
    assert (column(pages, case.key), len(struck)) == ([c for page in LONG for c in page], 2)


@counting_case
def test_row_35_a_page_that_comes_twice_refuses_the_day(case: Case, tmp_path: Path) -> None:
    again = [["a", "b"], ["a", "b"], ["c"]]
    with FaultServer(case.play(again)) as server, pytest.raises(ContractBroken) as caught:
        take(case.source(server.url, tmp_path))
    assert caught.value.code == "PAGE-REPEAT"


@every_case
def test_row_37_pages_without_end_stop_at_the_limit(case: Case, tmp_path: Path) -> None:
    endless = [[str(number), "x"] for number in range(20)]
    with FaultServer(case.play(endless, total=10**9)) as server, pytest.raises(HubError) as caught:
        take(case.source(server.url, tmp_path, pages=20, max_pages=5))
    assert (caught.value.code, caught.value.retry) == ("PAGE-LIMIT", False)


@linked_case
def test_row_36_links_that_go_round_are_followed_once(case: Case, tmp_path: Path) -> None:
    def circle(asked: Asked) -> Any:
        number = case.number(asked)
        body, then = case.page([{case.key: str(number)}], 9), 1 if number == 2 else number + 1
        body.get("d", body).update(case.link(asked, then))
        return case.write(body, 200, **case.header(asked, then))

    with FaultServer(circle) as server, pytest.raises(ContractBroken) as caught:
        take(case.source(server.url, tmp_path))
    assert (caught.value.code, [case.number(a) for a in server.asked]) == ("PAGE-LOOP", [0, 1, 2])


@linked_case
def test_row_38_an_empty_page_with_a_link_is_no_end(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play([["a"], [], [], ["b"]])) as server:
        pages, declared = take(case.source(server.url, tmp_path))
    assert (column(pages, case.key), declared) == (["a", "b"], {"rows": 2})


@declaring_case
def test_row_42_a_total_that_changes_while_paging_is_page_drift(case: Case, tmp_path: Path) -> None:
    def drifting(asked: Asked) -> Any:
        late = not asked.target.endswith("/login") and case.number(asked) > 0
        return case.play(THREE, total=6 if late else 5)(asked)

    with FaultServer(drifting) as server, pytest.raises(SourceUnavailable) as caught:
        take(case.source(server.url, tmp_path))
    assert (caught.value.code, caught.value.retry) == ("PAGE-DRIFT", True)


@declaring_case
def test_row_41_fewer_rows_than_declared_are_returned_beside_the_declaration(
    case: Case, tmp_path: Path
) -> None:
    with FaultServer(case.play(THREE, total=9)) as server:
        pages, declared = take(case.source(server.url, tmp_path))
    assert (rows(pages), declared["rows"]) == (5, 9)  # the judge compares


@every_case
def test_rows_without_a_declared_total_refuse_the_day(case: Case, tmp_path: Path) -> None:
    silent = replace(case, page=lambda found, _: _without_total(case.page(found, 7)))
    with FaultServer(silent.play(THREE)) as server, pytest.raises(ContractBroken) as caught:
        take(case.source(server.url, tmp_path))
    assert caught.value.code == "DRIFT-MISSING"


def _without_total(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_total(part) for key, part in value.items() if part not in (7, "7")}


FAULTS = {
    "HTTP-5XX": answer(b"", 500),
    "HTTP-429": answer(b"", 429),
    "NET-CONNECT": [0.0],
    "NET-TIMEOUT": [30.0],
    "TRUNCATED": raw("HTTP/1.1 200 OK\nContent-Length: 99\nContent-Type: application/json", b"{"),
}


@every_case
@pytest.mark.parametrize("code", FAULTS)
def test_one_fault_on_the_second_page_loses_and_doubles_nothing(
    case: Case, code: str, tmp_path: Path
) -> None:
    struck: list[int] = []

    def once(asked: Asked) -> Any:
        if not asked.target.endswith("/login") and case.number(asked) == 1 and not struck:
            struck.append(1)
            return FAULTS[code]
        return case.play(THREE)(asked)

    with FaultServer(once) as server:
        pages, _ = take(case.source(server.url, tmp_path))
    assert (column(pages, case.key), struck) == (["a", "b", "c", "d", "e"], [1])


@every_case
@pytest.mark.parametrize("code", FAULTS)
def test_a_lasting_fault_on_the_second_page_fails_with_its_code(
    case: Case, code: str, tmp_path: Path
) -> None:
    def always(asked: Asked) -> Any:
        late = not asked.target.endswith("/login") and case.number(asked) == 1
        return FAULTS[code] if late else case.play(THREE)(asked)

    with FaultServer(always) as server, pytest.raises(SourceUnavailable) as caught:
        take(case.source(server.url, tmp_path), patience=patience(attempts=1))
    assert (caught.value.code, caught.value.where) == (
        code,
        f"H26/{load_system(case.system).feed}/2026-11-20",
    )


@every_case
def test_a_replay_asks_the_same_and_gives_the_same(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play(THREE)) as server:
        found = case.source(server.url, tmp_path)
        pages, declared = take(found)
    kept = [
        Exchange(request_from_json(json.loads(json.dumps(request_json(e.request)))), e.page, e.last)
        for e in pages
    ]
    assert drained(replay(found, partition(found), iter(kept))) == (pages, declared)


@every_case
def test_a_replay_of_another_walk_is_refused(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play(THREE)) as server:
        found = case.source(server.url, tmp_path)
        pages, _ = take(found)
    other = case.source("http://127.0.0.1:1", tmp_path, path="/other")
    for kept, again in ((pages, other), (pages[:-1], found), ([*pages, pages[-1]], found)):
        with pytest.raises(ArchiveCorrupt) as caught:
            drained(replay(again, partition(found), iter(kept)))
        assert caught.value.code == "REPLAY-DIFFERS"


@every_case
def test_neither_session_nor_host_is_in_a_request(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play(THREE)) as server:
        pages, _ = take(case.source(server.url, tmp_path))
    told = json.dumps([[request_json(e.request), dict(e.page.envelope)] for e in pages])
    assert "abc" not in told
    assert "127.0.0.1" not in told


@every_case
def test_a_caller_that_stops_early_leaves_no_thread(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play([[str(n)] for n in range(50)])) as server:
        found = case.source(server.url, tmp_path, pages=50)
        walk = pull(found, partition(found), patience=patience())
        next(walk)
        walk.close()
        asked = len(server.asked)
        assert asked < 20


def drained(walk: Any) -> tuple[list[Exchange], dict[str, int]]:
    pages = []
    while True:
        try:
            pages.append(next(walk))
        except StopIteration as end:
            return pages, dict(end.value)


def test_a_session_that_ends_in_mid_run_is_renewed_and_the_call_repeated(tmp_path: Path) -> None:
    case = CASES["session_calls"]
    sessions: list[str] = []

    def serve(asked: Asked) -> Any:
        if asked.target.endswith("/login"):
            sessions.append(f"s{len(sessions)}")
            return answer({"error_code": "0", "session": sessions[-1]})
        if case.number(asked) == 1 and asked.json["session"] == "s0":
            return answer({"error_code": "11", "error_message": "het phien"})
        return case.play(THREE)(asked)

    with FaultServer(serve) as server:
        pages, _ = take(case.source(server.url, tmp_path))
    assert (column(pages, "MaHoSo"), sessions) == (["a", "b", "c", "d", "e"], ["s0", "s1"])


def test_a_session_that_is_always_expired_is_auth(tmp_path: Path) -> None:
    def serve(asked: Asked) -> Any:
        login = asked.target.endswith("/login")
        return answer({"error_code": "0", "session": "s"} if login else {"error_code": "11"})

    with FaultServer(serve) as server, pytest.raises(HubError) as caught:
        take(CASES["session_calls"].source(server.url, tmp_path))
    assert (caught.value.code, len(server.asked)) == ("AUTH", 4)
