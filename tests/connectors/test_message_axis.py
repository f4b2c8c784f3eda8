"""The message axis: a list of what was received, then every message; a broken one is one row."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from connectors.connection import Connection
from connectors.drive import pull, replay
from connectors.format import XmlFormat
from connectors.login_options import NoAuth
from connectors.protocol import Exchange, request_from_json, request_json
from connectors.system import System, load_system
from contracts.errors import ContractBroken, HubError, SourceRefused, SourceUnavailable
from contracts.partition import Partition
from contracts.verdict import Outcome
from sandbox.person import CANARIES
from tests.acceptance.nation import Sandbox, sandbox
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.world import column, finished, judged, patience, rows, source, take

DAY = Partition("H26", "documents", date(2020, 3, 10))


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("axis"), scale=1) as running:
        yield running


def axis(nation: Sandbox, **options: Any) -> Any:
    found = source("axis_messages", f"{nation.url}/a/H26", options=options)
    us = Connection(
        url=found.connection.url,
        system_id="H26",
        secret=f"file/{nation.secrets / 'H26'}",
        networks=frozenset({"loopback"}),
    )
    return replace(found, connection=us)


def drawn(found: Any) -> tuple[list[Exchange], dict[str, int]]:
    return finished(pull(found, DAY, patience=patience()))


def test_the_messages_are_the_received_rows_that_the_other_system_lists(nation: Sandbox) -> None:
    listed = source("axis_list", f"{nation.url}/a/H26", auth=NoAuth())
    us = Connection(
        url=listed.connection.url,
        secret=f"file/{nation.secrets / 'H26'}",
        networks=frozenset({"loopback"}),
    )
    auth = load_system("axis_list").auth
    whole = replace(listed, connection=us, system=listed.system.model_copy(update={"auth": auth}))
    names = ("documentId", "senderOrganId", "receiverOrganId", "typeName", "movedAt")
    table, _ = drawn(whole)
    sent = column(table, "direction")
    theirs = [
        row
        for row, way in zip(zip(*(column(table, n) for n in names), strict=True), sent, strict=True)
        if way == "received"
    ]
    pages, declared = drawn(axis(nation))
    paths = ("MessageHeader.DocumentId", "MessageHeader.From.OrganId", "listed_to",
             "MessageHeader.DocumentType.TypeName", "listed_at")  # fmt: skip
    ours = list(zip(*(column(pages, path) for path in paths), strict=True))
    assert len(theirs) > 20
    assert ours == theirs
    assert declared == {"rows": len(theirs)}  # receipts of the list are no documents
    assert [page.page.rows for page in pages[1:]] == [1] * len(theirs)
    assert not any(page.page.unknown for page in pages)


def test_nothing_but_allowed_header_fields_is_kept(nation: Sandbox) -> None:
    pages, _ = drawn(axis(nation))
    values = [[name, list(page.page.columns[name])] for page in pages for name in page.page.columns]
    asked = [request_json(page.request) for page in pages]
    told = json.dumps([asked, values], ensure_ascii=False)
    assert len(values) > 20
    secret = (nation.secrets / "H26").read_text()
    marks = (*map(_mark, CANARIES), *map(re.escape, (secret, "JVBERi", "van-ban.pdf")))
    assert [mark for mark in marks if re.search(mark, told)] == []


def _mark(canary: str) -> str:
    """A pattern of a planted value: identities and phones are long runs that begin with a mark."""
    return f"(?<!\\d){canary}\\d{{3,}}" if canary.isdecimal() else re.escape(canary)


def test_a_replay_asks_the_same_and_gives_the_same(nation: Sandbox) -> None:
    found = axis(nation, size=7)
    pages, declared = drawn(found)
    kept = [
        Exchange(request_from_json(json.loads(json.dumps(request_json(p.request)))), p.page, p.last)
        for p in pages
    ]
    assert finished(replay(found, DAY, iter(kept))) == (pages, declared)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("json_cut", "XML-SYNTAX"),
        ("xml_doctype", "XML-DTD"),
        ("xml_latin1", "XML-ENC"),
        ("xml_control", "XML-ENC"),
    ],
)
def test_rows_83_84_and_85_a_broken_message_is_one_row_and_not_the_end_of_the_day(
    nation: Sandbox, fault: str, code: str
) -> None:
    try:
        order = {"fault": fault, "agency": "H26", "feed": "documents", "page": 5, "times": -1}
        nation.control("faults", order)
        pages, declared = drawn(axis(nation))
    finally:
        nation.control("reset", {})
    broken = [(place, flaw) for place, page in enumerate(pages) for flaw in page.page.broken]
    assert [(place, flaw.row, flaw.code) for place, flaw in broken] == [(6, 0, code)]
    verdict = judged(axis(nation), DAY, pages, declared)
    counts = verdict.counts
    assert (verdict.outcome, counts.received) == (Outcome.ACCEPT, declared["rows"])
    assert (counts.loaded, counts.quarantined) == (counts.received - 1, 1)
    assert (pages[6].page.columns["listed_to"], len(pages[6].page.digest)) == ([None], 64)


# A province whose axis speaks in other words: another list, an id in the path, other messages.


def province(**options: Any) -> System:
    base = load_system("axis_messages")
    fields = {"document_id": "Head.Ref.@no", "moved_at": "came"}
    return base.model_copy(
        update={
            "auth": NoAuth(),
            "success": None,
            "format": XmlFormat(
                type="xml", rows="v:Doc", namespaces={"v": "urn:van-ban"}, message=True
            ),
            "fields": {
                name: base.fields[name].model_copy(update={"path": path})
                for name, path in fields.items()
            },
            "ignore": ("Body",),
            "options": {
                "path": "/vb/den",
                "parameters": {"ngay": "{dd}-{MM}-{yyyy}"},
                "number": "trang",
                "size_name": "soDong",
                "size": 2,
                "totals": {"rows": "kq.tong"},
                "ids": "kq.ds[].id",
                "beside": {"came": "kq.ds[].luc"},
                "message": "/vb/noi-dung",
                **options,
            },
        }
    )


IDS = ["số 1", "b,2", "c-3", "d", "e"]


def listing(asked: Asked, ids: list[str] = IDS, total: int | None = None) -> Any:
    start = 2 * int(parse_qs(urlsplit(asked.target).query)["trang"][0])
    found = [{"id": name, "luc": "10/11/2026 08:00:00"} for name in ids[start : start + 2]]
    return answer({"kq": {"tong": len(ids) if total is None else total, "ds": found}})


def letter(name: str) -> Any:
    body = (
        f"<x:Doc xmlns:x='urn:van-ban'><x:Head><x:Ref no='{name}'/></x:Head><Body>An</Body></x:Doc>"
    )
    return answer(body.encode(), media="application/octet-stream+xml")


def asked_for(asked: Asked) -> str:
    return unquote(asked.target.rpartition("/")[2])


def serve(asked: Asked) -> Any:
    return listing(asked) if asked.target.startswith("/vb/den") else letter(asked_for(asked))


def test_a_new_province_needs_names_and_no_code() -> None:
    with FaultServer(serve) as server:
        pages, declared = take(source(province(), server.url))
        targets = [asked.target for asked in server.asked]
    assert (column(pages, "Head.Ref.@no"), declared) == (IDS, {"rows": 5})
    assert column(pages, "came") == ["10/11/2026 08:00:00"] * 5
    assert targets[0] == "/vb/den?ngay=20-11-2026&trang=0&soDong=2"
    assert targets[3] == "/vb/noi-dung/s%E1%BB%91%201"
    assert "An" not in repr(pages)


def test_every_message_has_its_own_digest() -> None:
    with FaultServer(serve) as server:
        pages, _ = take(source(province(), server.url))
    sent = b"<x:Doc xmlns:x='urn:van-ban'><x:Head><x:Ref no='e'/></x:Head><Body>An</Body></x:Doc>"
    assert pages[-1].page.digest == hashlib.sha256(sent).hexdigest()
    assert len({page.page.digest for page in pages}) == len(pages)


def test_an_empty_list_with_a_declared_zero_is_an_empty_day() -> None:
    with FaultServer(lambda asked: listing(asked, [])) as server:
        pages, declared = take(source(province(), server.url))
    assert (rows(pages), len(pages), declared) == (0, 1, {"rows": 0})


def test_a_message_that_is_gone_leaves_the_count_short() -> None:
    def without_one(asked: Asked) -> Any:
        return answer(b"", 404) if asked.target.endswith("/d") else serve(asked)

    with FaultServer(without_one) as server:
        pages, declared = take(source(province(), server.url))
    assert (rows(pages), declared) == (4, {"rows": 5})  # the judge compares: COUNT-MISMATCH


def test_a_list_that_does_not_tell_everything_of_every_message_is_refused() -> None:
    body = {"kq": {"tong": 2, "ds": [{"id": "a", "luc": "x"}, {"id": "b"}]}}
    with FaultServer(answer(body)) as server, pytest.raises(ContractBroken) as caught:
        take(source(province(), server.url))
    assert (caught.value.code, caught.value.seen) == ("DRIFT-MISSING", "1 of 2")


@pytest.mark.parametrize("name", ["../../secret", "..", "a/b"])
def test_row_33_an_id_never_leads_to_another_path(name: str) -> None:
    with FaultServer(lambda asked: listing(asked, [name])) as server:
        with pytest.raises(HubError) as caught:
            take(source(province(), server.url))
        assert (caught.value.code, len(server.asked)) == ("EGRESS", 1)


@pytest.mark.parametrize(
    ("ids", "total", "code"),
    [(["a", "b"] * 2, 9, "PAGE-REPEAT"), ([str(n) for n in range(99)], 99, "PAGE-LIMIT")],
)
def test_rows_35_and_37_a_list_that_repeats_or_does_not_end_refuses_the_day(
    ids: list[str], total: int, code: str
) -> None:
    with FaultServer(lambda asked: listing(asked, ids, total)) as server:
        with pytest.raises(ContractBroken) as caught:
            take(source(province(max_pages=9), server.url))
        assert (caught.value.code, len(server.asked) <= 9) == (code, True)


def test_row_42_a_total_of_the_list_that_changes_is_page_drift() -> None:
    totals = iter((5, 6))
    with FaultServer(lambda asked: listing(asked, total=next(totals))) as server:
        with pytest.raises(SourceUnavailable) as caught:
            take(source(province(), server.url))
        assert caught.value.code == "PAGE-DRIFT"


def test_a_list_that_reports_an_error_is_tried_again(nation: Sandbox) -> None:
    told = [answer({"status": "error", "items": [], "total": 0})]
    with FaultServer(*told) as server, pytest.raises(SourceUnavailable) as caught:
        take(source("axis_messages", server.url, auth=NoAuth()))
    assert (caught.value.code, len(server.asked)) == ("APP-ERROR", 3)


def test_a_wrong_key_is_auth(nation: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("wrong")
    found = axis(nation)
    us = found.connection.model_copy(update={"secret": f"file/{tmp_path / 'wrong'}"})
    with pytest.raises(SourceRefused) as caught:
        drawn(replace(found, connection=us))
    assert caught.value.code == "AUTH"
