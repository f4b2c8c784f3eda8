"""What every kind must do, whatever it asks and however it is answered.

A new kind is put to the same tests by adding a ``Case``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.drive import pull, replay
from connectors.protocol import Exchange, request_from_json, request_json
from connectors.source import Source
from connectors.login_options import NoAuth
from contracts.errors import ArchiveCorrupt, ContractBroken, HubError, SourceUnavailable
from tests.connectors.fault_server import Asked, FaultServer, answer, raw
from tests.connectors.world import column, partition, patience, rows, source, take

Serve = Callable[[int], list[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """A paged source under test: how to name it, where it says which page, how it answers."""

    system: str
    key: str
    number: Callable[[Asked], int]
    page: Callable[[list[dict[str, Any]], int], dict[str, Any]]

    def source(self, url: str, folder: Path, **options: Any) -> Source:
        chosen = source(self.system, url, folder, options=options)
        if chosen.system.auth.scheme == "session":
            return chosen
        return source(self.system, url, folder, options=options, auth=NoAuth())

    def play(self, pages: list[list[str]], total: int | None = None) -> Callable[[Asked], Any]:
        """A healthy server of these pages, then empty ones."""
        declared = sum(map(len, pages)) if total is None else total

        def serve(asked: Asked) -> Any:
            if asked.target.endswith("/login"):
                return answer({"error_code": "0", "session": "abc"})
            number = self.number(asked)
            codes = pages[number] if number < len(pages) else []
            return answer(self.page([{self.key: code} for code in codes], declared))

        return serve


def query(name: str, asked: Asked) -> int:
    return int(parse_qs(urlsplit(asked.target).query)[name][0])


CASES = {
    "numbered_pages by GET from 0": Case(
        "one_stop_rest",
        "code",
        lambda asked: query("page", asked),
        lambda found, total: {"content": found, "totalElements": total},
    ),
    "numbered_pages by GET from 1": Case(
        "axis_list",
        "documentId",
        lambda asked: query("pageIndex", asked) - 1,
        lambda found, total: {"status": "success", "items": found, "total": total},
    ),
    "numbered_pages by POST with offset": Case(
        "payment_gateway",
        "partnerCode",
        lambda asked: (asked.json["offset"] + 1) // 2,
        lambda found, total: {"items": found, "total": total, "sumAmount": 7},
    ),
    "session_calls": Case(
        "portal_session",
        "MaHoSo",
        lambda asked: int(asked.json["trang"]) - 1,
        lambda found, total: {"error_code": "00", "tongso": str(total), "data": found},
    ),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
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
        pages, declared = take(case.source(server.url, tmp_path))
    assert (rows(pages), len(pages), declared["rows"]) == (0, 1, 0)


@every_case
def test_row_38_a_short_page_in_the_middle_is_no_end(case: Case, tmp_path: Path) -> None:
    short = [["a", "b"], ["c"], ["d", "e"]]
    if case.system == "payment_gateway":
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
        pages, declared = take(case.source(server.url, tmp_path, size=2))
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
        pages, _ = take(case.source(server.url, tmp_path, size=2))
    assert (column(pages, case.key), len(struck)) == ([c for page in LONG for c in page], 2)


@every_case
def test_row_35_a_page_that_comes_twice_refuses_the_day(case: Case, tmp_path: Path) -> None:
    again = [["a", "b"], ["a", "b"], ["c"]]
    with FaultServer(case.play(again)) as server, pytest.raises(ContractBroken) as caught:
        take(case.source(server.url, tmp_path))
    assert caught.value.code == "PAGE-REPEAT"


@every_case
def test_row_37_pages_without_end_stop_at_the_limit(case: Case, tmp_path: Path) -> None:
    endless = [[str(number), "x"] for number in range(20)]
    with FaultServer(case.play(endless, total=10**9)) as server, pytest.raises(HubError) as caught:
        take(case.source(server.url, tmp_path, max_pages=5))
    assert (caught.value.code, caught.value.retry) == ("PAGE-LIMIT", False)


@every_case
def test_row_42_a_total_that_changes_while_paging_is_page_drift(case: Case, tmp_path: Path) -> None:
    def drifting(asked: Asked) -> Any:
        late = not asked.target.endswith("/login") and case.number(asked) > 0
        return case.play(THREE, total=6 if late else 5)(asked)

    with FaultServer(drifting) as server, pytest.raises(SourceUnavailable) as caught:
        take(case.source(server.url, tmp_path))
    assert (caught.value.code, caught.value.retry) == ("PAGE-DRIFT", True)


@every_case
def test_row_41_fewer_rows_than_declared_are_returned_beside_the_declaration(
    case: Case, tmp_path: Path
) -> None:
    with FaultServer(case.play(THREE, total=9)) as server:
        pages, declared = take(case.source(server.url, tmp_path))
    assert (rows(pages), declared["rows"]) == (5, 9)  # the judge compares


@every_case
def test_rows_without_a_declared_total_refuse_the_day(case: Case, tmp_path: Path) -> None:
    silent = replace(case, page=lambda found, _: _without_total(case.page(found, 0)))
    with FaultServer(silent.play(THREE)) as server, pytest.raises(ContractBroken) as caught:
        take(case.source(server.url, tmp_path))
    assert caught.value.code == "DRIFT-MISSING"


def _without_total(page: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in page.items()
        if isinstance(value, list) or value in {"00", "success"}
    }


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
    assert (caught.value.code, caught.value.where) == (code, f"H26/{_feed(case)}/2026-11-20")


def _feed(case: Case) -> str:
    return {"axis_list": "documents", "payment_gateway": "payments"}.get(case.system, "dossiers")


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
    other = case.source("http://127.0.0.1:1", tmp_path, size=7)
    for kept, again in ((pages, other), (pages[:-1], found), ([*pages, pages[-1]], found)):
        with pytest.raises(ArchiveCorrupt) as caught:
            drained(replay(again, partition(found), iter(kept)))
        assert caught.value.code == "REPLAY-DIFFERS"


@every_case
def test_neither_session_nor_host_is_in_a_request(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play(THREE)) as server:
        pages, _ = take(case.source(server.url, tmp_path))
    told = json.dumps([request_json(exchange.request) for exchange in pages])
    assert "abc" not in told
    assert "127.0.0.1" not in told


@every_case
def test_a_caller_that_stops_early_leaves_no_thread(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.play([[str(n)] for n in range(50)])) as server:
        found = case.source(server.url, tmp_path)
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
