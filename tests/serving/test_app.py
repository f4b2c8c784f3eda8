"""What every address has in common: kept answers, security headers, who may do what."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from hub.settings import Settings
from serving.access import NOBODY, ProxyAccess, access_for
from serving.app import create_app
from serving.service import Service
from serving.template import page
from warehouse.database import connect


def test_the_service_says_that_it_reaches_its_warehouse(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "healthy"}


def test_an_unchanged_page_is_told_by_its_etag_alone(client: TestClient) -> None:
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_a_page_is_worked_out_anew_once_anything_was_committed(
    writing: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.answer.STALE_SECONDS", 0.0)
    made: list[str] = []

    def counted(name: str, *args: Any, **values: Any) -> Response:
        made.append(name)
        return page(name, *args, **values)

    monkeypatch.setattr("serving.page.home.page", counted)
    with TestClient(create_app(writing), base_url="http://hub.test") as client:
        client.get("/")
        client.get("/")
        assert len(made) == 1
        with closing(connect(writing.url)) as conn, conn, conn.cursor() as cursor:
            cursor.execute("UPDATE ledger.head SET applied_at = now()")
        client.get("/")
        assert len(made) == 2


def test_no_page_lets_a_stranger_s_script_or_frame_in(client: TestClient) -> None:
    told = client.get("/").headers
    assert "script-src 'self'" in told["content-security-policy"]
    assert "default-src 'none'" in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "code"),
    [("period=x", "PERIOD"), ("map=x", "MAP"), ("lang=xx", "QUERY"), ("calendar=x", "QUERY")],
)
def test_an_address_that_nobody_understands_says_what_is_allowed(
    client: TestClient, query: str, code: str
) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["allowed"]


def test_a_person_s_browser_is_told_of_an_error_on_a_page(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "NOT-FOUND" in answer.text


@pytest.fixture
def behind_a_proxy(reading: Service) -> Iterator[TestClient]:
    service = Service(
        reading.settings,
        reading.url,
        ProxyAccess("X-User", "X-Groups", "10.0.0.0/8, 127.0.0.1/32"),
        reading.registry,
        clock=reading.clock,
    )
    with TestClient(create_app(service), client=("10.1.2.3", 5000)) as client:
        yield client
    service.close()


def test_people_come_through_the_proxy_or_not_at_all(behind_a_proxy: TestClient) -> None:
    assert behind_a_proxy.get("/").status_code == 401
    assert behind_a_proxy.get("/", headers={"X-User": "lan"}).status_code == 200


def test_the_name_that_a_stranger_sends_is_not_believed(reading: Service) -> None:
    access = ProxyAccess("X-User", "X-Groups", "10.0.0.0/8")
    service = Service(reading.settings, reading.url, access, reading.registry)
    with TestClient(create_app(service), client=("192.0.2.7", 5000)) as client:
        assert client.get("/", headers={"X-User": "lan"}).status_code == 401
    service.close()


def test_an_address_beyond_loopback_needs_a_way_to_tell_people_apart() -> None:
    with pytest.raises(Exception, match="HUB_PROXY_NAME_HEADER"):
        access_for(Settings(serve_host="0.0.0.0"))


def test_nobody_has_no_role() -> None:
    assert not NOBODY.may("reader")
