"""Every login: what it puts on the wire, how it is renewed, and that it leaves no trace."""

import base64
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.drive import request_json
from connectors.login import HeaderLogin, QueryLogin
from connectors.login_options import (
    HmacAuth,
    JwtAuth,
)
from contracts.errors import ConfigError, HubError, SourceRefused
from contracts.page import page_document
from tests.connectors.authority import Authority
from tests.connectors.fault_server import Asked, FaultServer, answer
from tests.connectors.logins import CASES, CLIENT, LIST, SESSION, TOKEN, Case, asserts, bearer, form
from tests.connectors.test_tls import server_side
from tests.connectors.world import SECRET, column, patience, take

every_login = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@every_login
def test_a_login_opens_every_page(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.serve) as server:
        pages, declared = take(case.source(server.url, tmp_path))
        calls = [asked for asked in server.asked if asked.target.startswith("/a/token")]
    assert (column(pages, "maTTHC"), declared) == (["a", "b"], {"rows": 2})
    assert len(calls) == (1 if case.logs_in else 0)


@every_login
def test_a_wrong_secret_is_auth_and_not_tried_again_and_again(case: Case, tmp_path: Path) -> None:
    with FaultServer(case.serve) as server:
        found = case.source(server.url, tmp_path)
        (tmp_path / "secret").write_text("wrong-0123456789-0123456789-0123456789\n")
        with pytest.raises(SourceRefused) as caught:
            take(found)
        assert (caught.value.code, caught.value.retry) == ("AUTH", False)
        assert len(server.asked) == 1


REPLIES = {
    "server error": answer(b"", 500),
    "refusal": answer(b"", 403),
    "web page": answer(b"<html>"),
    "no JSON": answer(b"{"),
    "no HTTP": [b"x"],
    "silence": [30.0],
    "redirect away": answer(b"", 302, Location="http://evil.example/"),
}


@every_login
@pytest.mark.parametrize("reply", REPLIES)
def test_no_login_leaves_a_trace_in_errors_and_logs(
    case: Case, reply: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def play(asked: Asked) -> Any:
        if asked.target.startswith("/a/token"):
            return case.serve(asked)
        return REPLIES[reply]

    with FaultServer(play) as server:
        found = case.source(server.url, tmp_path)
        with pytest.raises(HubError) as caught:
            take(found, patience=patience(attempts=2, read=0.2))
    told = [caplog.text, *(record.getMessage() for record in caplog.records), repr(found)]
    for error in chain(caught.value):
        told += [repr(error), str(error), repr(error.args)]
        told += [repr(vars(error))] if isinstance(error, HubError) else []
    assert canaries(case, " ".join(told)) == []


@every_login
def test_no_login_leaves_a_trace_in_what_is_archived(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with FaultServer(case.serve) as server:
        pages, _ = take(case.source(server.url, tmp_path))
    kept = [
        json.dumps([request_json(one.request), dict(one.page.envelope)], ensure_ascii=False)
        for one in pages
    ]
    kept += [repr(page_document(one.page)) for one in pages]
    assert canaries(case, " ".join([*kept, caplog.text])) == []


def chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found:
        yield found
        found = found.__cause__ or found.__context__


def canaries(case: Case, text: str) -> list[str]:
    """Which secrets stand in a text, plain or as HTTP Basic writes them."""
    pairs = [base64.b64encode(f"H26:{s}".encode()).decode() for s in (case.secret, CLIENT)]
    return [one for one in (case.secret, TOKEN, SESSION, CLIENT, *pairs) if one in text]


@pytest.mark.parametrize(
    "name", ["OAuth2, client credentials in the form", "JWT assertion by HS256",
             "session in a header"],
)  # fmt: skip
def test_what_runs_out_in_mid_run_is_renewed_and_the_page_asked_again(
    name: str, tmp_path: Path
) -> None:
    case = CASES[name]
    over: list[int] = []

    def play(asked: Asked) -> Any:
        if "trang=2" in asked.target and not over:
            over.append(1)
            return answer(b"", 401)
        return case.serve(asked)

    with FaultServer(play) as server:
        pages, _ = take(case.source(server.url, tmp_path))
        calls = [asked for asked in server.asked if asked.target.startswith("/a/token")]
    assert (column(pages, "maTTHC"), len(calls)) == (["a", "b"], 2)


def test_a_refresh_token_that_is_replaced_is_used_from_then_on(tmp_path: Path) -> None:
    case = CASES["OAuth2, refresh token"]
    given: list[str] = []

    def play(asked: Asked) -> Any:
        if asked.target.startswith("/a/token"):
            given.append(form(asked)["refresh_token"])
            new = {"access_token": TOKEN, "expires_in": 1, "refresh_token": "second"}
            return answer(new)
        if len(given) == 1:
            return answer(b"", 401)
        return case.serve(asked)

    with FaultServer(play) as server:
        take(case.source(server.url, tmp_path))
    assert given[:2] == [SECRET, "second"]


def test_an_assertion_is_signed_with_the_private_key(tmp_path: Path) -> None:
    key, as_pem = rsa.generate_private_key(65537, 2048), serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key.private_bytes(as_pem, *plain).decode()
    public = key.public_key().public_bytes(as_pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    auth = JwtAuth(
        scheme="jwt", path="/token", audience="https://a.example", scope="đọc", key_id="k1"
    )
    case = Case(
        auth,
        bearer,
        lambda asked: (
            asserts(asked, public.decode(), "RS256")
            and form(asked)["scope"] == "đọc"
            and jwt.get_unverified_header(form(asked)["assertion"])["kid"] == "k1"
        ),
        secret=pem,
    )
    with FaultServer(case.serve) as server:
        pages, _ = take(case.source(server.url, tmp_path))
    assert column(pages, "maTTHC") == ["a", "b"]


def test_a_secret_that_is_no_private_key_is_told_without_its_text(tmp_path: Path) -> None:
    case = Case(JwtAuth(scheme="jwt", path="/token", audience="x"), bearer)
    with FaultServer(case.serve) as server, pytest.raises(ConfigError) as caught:
        take(case.source(server.url, tmp_path))
    assert caught.value.allowed == "a key for RS256"
    assert [error for error in chain(caught.value) if SECRET in f"{error!r}{error}"] == []


def test_a_signature_is_written_as_the_source_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(time=lambda: 1_795_132_800.5)
    monkeypatch.setattr("connectors.login_hmac.time", clock)
    auth = HmacAuth(
        scheme="hmac",
        parts=("id", "time", "method", "path"),
        algorithm="sha512",
        encoding="base64",
        time="iso",
        id_header="X-Ma",
        time_header="X-Luc",
        digest_header="",
        signature_header="Authorization",
        prefix="HMAC ",
    )
    with FaultServer(answer({"items": [], "total": 0})) as server:
        take(Case(auth, bool).source(server.url, tmp_path))
        asked = server.asked[0]
    text = f"H26\n2026-11-20T00:00:00Z\nGET\n/a{LIST}?nam=2026&thang=11&limit=10"
    right = hmac.new(SECRET.encode(), text.encode(), "sha512").digest()
    assert asked.headers["authorization"] == "HMAC " + base64.b64encode(right).decode()
    assert (asked.headers["x-ma"], asked.headers["x-luc"]) == ("H26", "2026-11-20T00:00:00Z")
    assert "x-content-digest" not in asked.headers


def test_every_try_is_signed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([1e9, 1e9 + 1])
    monkeypatch.setattr("connectors.login_hmac.time", SimpleNamespace(time=lambda: next(moments)))
    case = Case(HmacAuth(scheme="hmac", time="milliseconds"), bool)
    with FaultServer(answer(b"", 503), answer({"items": [], "total": 0})) as server:
        take(case.source(server.url, tmp_path))
        told = [asked.headers["x-timestamp"] for asked in server.asked]
    assert told == ["1000000000000", "1000000001000"]


def test_a_client_certificate_goes_with_a_token(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    case = CASES["OAuth2, client credentials in the form"]
    both = server_side(authority.issue("good"), authority.file)
    ours, key = authority.issue("us")
    pair = {"ca": authority.file, "certificate": ours, "certificate_key": key}
    with FaultServer(case.serve, tls=both) as server:
        found = case.source(server.url, tmp_path)
        certified = replace(found, connection=found.connection.model_copy(update=pair))
        pages, _ = take(certified)
        assert column(pages, "maTTHC") == ["a", "b"]
        stranger = replace(
            found, connection=found.connection.model_copy(update={"ca": authority.file})
        )
        with pytest.raises(SourceRefused) as caught:
            take(stranger)
    assert caught.value.code == "TLS-CLIENT"


def test_a_key_in_the_query_is_taken_out_of_links_that_repeat_it(tmp_path: Path) -> None:
    case = CASES["API key in the query"]
    with FaultServer(case.serve) as server:
        pages, _ = take(case.source(server.url, tmp_path))
        second = server.asked[1].target
    assert pages[0].page.envelope["next"] == f"{LIST}?nam=2026&thang=11&limit=10&trang=2"
    assert second.count(SECRET) == 1


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("/x?page=2&key=s3cret-canary-7f1c", "/x?page=2"),
        ("/x?key=s3cret%2Dcanary-7f1c", "/x"),
        ("/x?a=1&again=s3cret-canary-7f1c&b=2", "/x?a=1&b=2"),
        ("/x?page=H26&he=H26", "/x?page=H26"),
        ("/x", "/x"),
    ],
)
def test_only_what_a_login_added_is_taken_out_of_a_link(link: str, kept: str) -> None:
    assert QueryLogin({"key": SECRET, "he": "H26"}, SECRET).hide(link) == kept


def test_a_short_secret_does_not_swallow_a_page_number() -> None:
    assert HeaderLogin({"X-Key": "2"}, "2").hide("/x?page=2") == "/x?page=2"
