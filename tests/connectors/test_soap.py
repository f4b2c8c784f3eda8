"""SOAP calls: against a real service with WSDL and WS-Security, and against faults."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree  # type: ignore[import-untyped]
from zeep.wsse.username import UsernameToken

from connectors.connection import Connection
from connectors.drive import pull, replay
from connectors.format import XmlFormat
from connectors.kinds.soap_call import Options
from connectors.login_options import NoAuth, WssAuth
from connectors.protocol import Exchange, request_from_json, request_json
from connectors.system import System, load_system
from connectors.xml_envelope import Version, envelope
from contracts.errors import ConfigError, ContractBroken, HubError, SourceRefused, SourceUnavailable
from contracts.partition import Partition
from contracts.verdict import Outcome
from tests.acceptance.nation import Sandbox, sandbox
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.world import SECRET, column, finished, judged, patience, rows, source, take

MONTH = Partition("G22", "cabinet_sessions", date(2020, 3, 31))
URI_11 = "http://schemas.xmlsoap.org/soap/envelope/"
URI_12 = "http://www.w3.org/2003/05/soap-envelope"
SERVICE = "urn:lienthong:cabinet:1"


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with sandbox(tmp_path_factory.mktemp("soap"), scale=0.05) as running:
        yield running


def cabinet(nation: Sandbox, **changes: Any) -> Any:
    """The shipped system at the running sandbox, as the Government Office."""
    found = source("cabinet_soap", f"{nation.url}/a/G22", **changes)
    secret = f"file/{nation.secrets / 'G22'}"
    us = Connection(
        url=found.connection.url, username="G22", secret=secret, networks=frozenset({"loopback"})
    )
    return replace(found, agency="G22", connection=us)


def drawn(found: Any) -> tuple[list[Exchange], dict[str, int]]:
    return finished(pull(found, MONTH, patience=patience()))


def client(nation: Sandbox, port: str) -> Any:
    secret = (nation.secrets / "G22").read_text()
    token = UsernameToken("G22", secret, use_digest=True)  # type: ignore[no-untyped-call]
    address = f"{nation.url}/a/G22/cabinet/service?wsdl"
    return zeep.Client(  # type: ignore[no-untyped-call]
        address, wsse=token, service_name="Cabinet", port_name=port
    )


@pytest.mark.parametrize(("port", "version"), [("Soap11", "1.1"), ("Soap12", "1.2")])
def test_the_hub_reads_what_an_independent_client_reads(
    nation: Sandbox, port: str, version: str
) -> None:
    asked = {"nam": 2020, "thang": 3, "trang": 1, "soBanGhi": 500}
    told = client(nation, port).service.DanhSachPhien(**asked)
    pages, declared = drawn(cabinet(nation, options={"version": version, "size": 7}))
    assert declared == {"rows": told.tongSo}
    assert len(pages) == -(-told.tongSo // 7)
    meetings = told.danhSach.phien
    assert told.tongSo > 20
    assert column(pages, "@ma") == [meeting.ma for meeting in meetings]
    assert column(pages, "ngayHop") == [meeting.ngayHop.isoformat() for meeting in meetings]
    assert column(pages, "taiLieu.soLuong") == [str(m.taiLieu.soLuong) for m in meetings]


@pytest.mark.parametrize(("port", "version"), [("Soap11", "1.1"), ("Soap12", "1.2")])
def test_our_envelope_is_the_one_that_an_independent_client_makes_from_the_wsdl(
    nation: Sandbox, port: str, version: Version
) -> None:
    asked = {"nam": "2020", "thang": "3", "trang": "1", "soBanGhi": "5"}
    theirs = client(nation, port).create_message(
        client(nation, port).service, "DanhSachPhien", **{k: int(v) for k, v in asked.items()}
    )
    ours = etree.fromstring(envelope(version, SERVICE, "DanhSachPhien", asked))
    uri = URI_11 if version == "1.1" else URI_12
    assert _plain(ours.find(f"{{{uri}}}Body")) == _plain(theirs.find(f"{{{uri}}}Body"))


def _plain(element: Any) -> Any:
    return element.tag, (element.text or "").strip(), [_plain(child) for child in element]


def test_neither_secret_nor_token_is_archived_or_logged_and_no_name_is_kept(
    nation: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pages, _ = drawn(cabinet(nation, options={"size": 10}))
    told = json.dumps([request_json(page.request) for page in pages]) + repr(pages) + caplog.text
    secret = (nation.secrets / "G22").read_text()
    assert [word for word in (secret, "Security", "Nonce", "Hoàng Yến") if word in told] == []
    assert "DanhSachPhien" in told


def test_a_replay_asks_the_same_and_gives_the_same(nation: Sandbox) -> None:
    found = cabinet(nation, options={"size": 10})
    pages, declared = drawn(found)
    kept = [
        Exchange(request_from_json(json.loads(json.dumps(request_json(p.request)))), p.page, p.last)
        for p in pages
    ]
    assert finished(replay(found, MONTH, iter(kept))) == (pages, declared)


def test_a_wrong_secret_is_auth_at_once(nation: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("wrong")
    found = cabinet(nation)
    us = found.connection.model_copy(update={"secret": f"file/{tmp_path / 'wrong'}"})
    for version in ("1.1", "1.2"):
        other = replace(cabinet(nation, options={"version": version}), connection=us)
        with pytest.raises(SourceRefused) as caught:
            drawn(other)
        assert (caught.value.code, caught.value.retry) == ("AUTH", False)


def test_the_months_of_the_founding_documents_are_judged_whole(nation: Sandbox) -> None:
    months = [date(2019, 6, 30), date(2019, 12, 31), date(2020, 4, 30)]
    for day in months:
        place = Partition("G22", "cabinet_sessions", day)
        found = cabinet(nation, options={"size": 9})
        pages, declared = finished(pull(found, place, patience=patience()))
        verdict = judged(found, place, pages, declared)
        counts = verdict.counts
        assert (verdict.outcome, verdict.reasons) == (Outcome.ACCEPT, ())
        assert counts.received == counts.loaded == declared["rows"] > 5
        assert not any(page.page.unknown for page in pages)


FAULTS: dict[str, tuple[str, type[HubError], str]] = {
    "app_error": ("200 around a fault of the server", SourceUnavailable, "SOAP-FAULT"),
    "json_cut": ("cut", ContractBroken, "XML-SYNTAX"),
    "xml_doctype": ("a document type", ContractBroken, "XML-DTD"),
    "xml_latin1": ("another encoding", ContractBroken, "XML-ENC"),
    "xml_control": ("a control character", ContractBroken, "XML-ENC"),
    "http_500": ("no envelope", SourceUnavailable, "HTTP-5XX"),
    "html_page": ("a web page", ContractBroken, "NOT-DATA"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_service_that_misbehaves_ends_with_its_code(nation: Sandbox, fault: str) -> None:
    _, kind, code = FAULTS[fault]
    try:
        nation.control("faults", {"fault": fault, "agency": "G22", "times": -1})
        with pytest.raises(kind) as caught:
            drawn(cabinet(nation))
        assert caught.value.code == code
    finally:
        nation.control("reset", {})


def test_row_23_a_fault_of_the_server_that_passes_costs_one_try(nation: Sandbox) -> None:
    nation.control("faults", {"fault": "app_error", "agency": "G22", "times": 2})
    pages, declared = drawn(cabinet(nation))
    assert rows(pages) == declared["rows"]


# A province whose service is like none that is shipped: other names, nesting, dates, paging.


def province(paging: str, **options: Any) -> System:
    base = load_system("cabinet_soap")
    return base.model_copy(
        update={
            "auth": NoAuth(),
            "options": {
                "path": "/Services/BaoCao.asmx",
                "version": "1.2",
                "operation": "GetMeetings",
                "namespace": "http://tempuri.org/",
                "qualified": False,
                "parameters": {
                    "request.filter.from": "01/{MM}/{yyyy}",
                    "request.filter.to": "{dd}/{MM}/{yyyy}",
                    "request.unit": "{agency}",
                },
                "paging": paging,
                "totals": {"rows": "Envelope.Body.GetMeetingsResponse.Result.@count"},
                **options,
            },
            "format": XmlFormat(
                type="xml", rows="Envelope.Body.t:GetMeetingsResponse.Result.Items.Meeting",
                namespaces={"t": "http://tempuri.org/"},
            ),
            "fields": {
                name: base.fields["meeting_code"].model_copy(update={"path": path})
                for name, path in (("meeting_code", "Id.No"), ("held_on", "@date"))
            },
        }
    )  # fmt: skip


def told(codes: list[str], total: int, more: str = "", *, uri: str = URI_12) -> bytes:
    items = "".join(f'<Meeting date="05/03/2020"><Id><No>{c}</No></Id></Meeting>' for c in codes)
    return (
        f'<?xml version="1.0"?><env:Envelope xmlns:env="{uri}"><env:Body>'
        f'<r:GetMeetingsResponse xmlns:r="http://tempuri.org/"><Result><Count>{total}</Count>'
        f"<Items>{items}</Items>{more}</Result></r:GetMeetingsResponse></env:Body></env:Envelope>"
    ).encode()


TOTAL = {"rows": "Envelope.Body.GetMeetingsResponse.Result.Count"}
NEXT = "Envelope.Body.GetMeetingsResponse.Result.Next"
PAGES = [["a", "b"], ["c", "d"], ["e"]]


def parameter(asked: Asked, name: str) -> str:
    return str(etree.fromstring(asked.body).findtext(f".//{name}") or "")


def soap(content: bytes, status: int = 200) -> Any:
    return answer(content, status, media="application/soap+xml; charset=utf-8")


def by_number(asked: Asked) -> Any:
    number = int(parameter(asked, "pageNo"))
    return soap(told(PAGES[number] if number < 3 else [], 5))


def by_cursor(asked: Asked) -> Any:
    number = int(parameter(asked, "token") or "0")
    return soap(told(PAGES[number], 5, f"<Next>{number + 1}</Next>" if number < 2 else "<Next/>"))


def by_nothing(_: Asked) -> Any:
    return soap(told(["a", "b", "c", "d", "e"], 5))


SHAPES: dict[str, tuple[Callable[[Asked], Any], dict[str, Any], int]] = {
    "number": (by_number, {"number": "request.pageNo", "size_name": "request.rows"}, 3),
    "cursor": (
        by_cursor,
        {"number": "request.token", "size_name": "request.rows", "next": NEXT},
        3,
    ),
    "none": (by_nothing, {}, 1),
}


@pytest.mark.parametrize("paging", SHAPES)
def test_a_new_province_needs_names_and_no_code(paging: str) -> None:
    serve, options, calls = SHAPES[paging]
    with FaultServer(serve) as server:
        found = source(province(paging, totals=TOTAL, **options), server.url)
        pages, declared = take(found)
        first = server.asked[0]
    assert (column(pages, "Id.No"), declared) == (list("abcde"), {"rows": 5})
    assert column(pages, "@date") == ["05/03/2020"] * 5
    assert (len(server.asked), first.target) == (calls, "/Services/BaoCao.asmx")
    assert [parameter(first, name) for name in ("from", "to", "unit")] == [
        "01/11/2026", "20/11/2026", "H26",
    ]  # fmt: skip
    action = 'application/soap+xml; charset=utf-8; action="http://tempuri.org/GetMeetings"'
    assert (first.headers["content-type"], "soapaction" in first.headers) == (action, False)


def test_soap_1_1_names_its_action_in_a_header() -> None:
    system = province("none", totals=TOTAL, version="1.1", action="urn:x#y")
    with FaultServer(lambda _: answer(told(["a"], 1, uri=URI_11), media="text/xml")) as server:
        pages, _ = take(source(system, server.url))
    sent = server.asked[0]
    assert (sent.headers["content-type"], sent.headers["soapaction"]) == (
        "text/xml; charset=utf-8", '"urn:x#y"',
    )  # fmt: skip
    assert (column(pages, "Id.No"), URI_11.encode() in sent.body) == (["a"], True)


def test_rows_without_their_total_refuse_the_day() -> None:
    found = told(["a"], 1).replace(b"<Count>1</Count>", b"")
    with FaultServer(soap(found)) as server, pytest.raises(ContractBroken) as caught:
        take(source(province("none", totals=TOTAL), server.url))
    assert caught.value.code == "DRIFT-MISSING"


def test_row_36_a_cursor_that_comes_back_refuses_the_day() -> None:
    def round_and_round(asked: Asked) -> Any:
        token = parameter(asked, "token")
        return soap(told([token or "x"], 9, f"<Next>{'b' if token == 'a' else 'a'}</Next>"))

    options = SHAPES["cursor"][1]
    with FaultServer(round_and_round) as server, pytest.raises(ContractBroken) as caught:
        take(source(province("cursor", totals=TOTAL, **options), server.url))
    assert (caught.value.code, len(server.asked)) == ("PAGE-LOOP", 3)


def fault(code: str, uri: str = URI_11) -> bytes:
    inner = f"<faultcode>e:{code}</faultcode><faultstring>Ông Chim Hoàng Yến</faultstring>"
    if uri == URI_12:
        inner = f"<e:Code><e:Value>e:{code}</e:Value></e:Code>"
    return (
        f'<e:Envelope xmlns:e="{uri}"><e:Body><e:Fault>{inner}</e:Fault></e:Body></e:Envelope>'
    ).encode()


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("content", "kind", "tries"),
    [
        (fault("Server"), SourceUnavailable, 3),
        (fault("Receiver", URI_12), SourceUnavailable, 3),
        (fault("Client"), SourceRefused, 1),
        (fault("Sender", URI_12), SourceRefused, 1),
    ],
)
def test_row_23_a_fault_is_read_under_any_of_its_statuses(
    content: bytes, kind: type[HubError], tries: int, status: int
) -> None:
    system = province("none", totals=TOTAL)
    with FaultServer(soap(content, status)) as server, pytest.raises(kind) as caught:
        take(source(system, server.url))
    assert (caught.value.code, len(server.asked)) == ("SOAP-FAULT", tries)
    assert "Hoàng Yến" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 500, "HTTP-5XX"),
        (b"<html><body>Object moved</body></html>", 500, "HTTP-5XX"),
        (b"<a>out of memory", 500, "HTTP-5XX"),
        (b"<!DOCTYPE x><x/>", 500, "HTTP-5XX"),
        (fault("Client"), 503, "HTTP-5XX"),
        (b"<a/>", 400, "HTTP-4XX"),
        (fault("Server"), 401, "AUTH"),
    ],
)
def test_row_23_without_a_fault_to_read_the_status_speaks(
    content: bytes, status: int, code: str
) -> None:
    system = province("none", totals=TOTAL)
    with FaultServer(soap(content, status)) as server, pytest.raises(HubError) as caught:
        take(source(system, server.url))
    assert caught.value.code == code


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>x", b"\xef\xbb\xbf\n<HTML><p>x"])
def test_row_21_a_web_page_labelled_xml_is_no_data(page: bytes) -> None:
    with FaultServer(soap(page)) as server, pytest.raises(ContractBroken) as caught:
        take(source(province("none", totals=TOTAL), server.url))
    assert caught.value.code == "NOT-DATA"


@pytest.mark.parametrize("way", ["digest", "text"])
def test_every_try_is_signed_anew_and_no_request_holds_the_secret(way: Any, tmp_path: Path) -> None:
    system = province("none", totals=TOTAL).model_copy(
        update={"auth": WssAuth(scheme="wss", password=way)}
    )
    with FaultServer(soap(fault("Server"), 500), soap(told(["a"], 1))) as server:
        pages, _ = take(source(system, server.url, tmp_path))
    bodies = [asked.body.decode() for asked in server.asked]
    nonces = [re.findall(r"Nonce[^>]*>([^<]+)<", body) for body in bodies]
    assert [SECRET in body for body in bodies] == [way == "text"] * 2
    assert (nonces[0] != nonces[1]) == (way == "digest")
    assert all("UsernameToken" in body and "H26" in body for body in bodies)
    assert SECRET not in json.dumps([request_json(page.request) for page in pages])


def test_a_cursor_without_its_path_is_refused_when_the_file_is_read() -> None:
    options = {"path": "/x", "operation": "y", "namespace": "urn:z", "paging": "cursor"}
    with pytest.raises(ValueError, match="next goes with paging: cursor"):
        Options(**options)
    with pytest.raises(ConfigError):
        source(province("cursor"), "http://127.0.0.1:1")
