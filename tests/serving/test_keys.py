"""Keys of systems and limits: who is let in, how often, and what is written down."""

import io
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from hub.cli.main import hub
from serving.access import NOBODY, Access, Person, ProxyAccess, loopback
from serving.app import create_app
from serving.rest import keyring
from serving.rest.limit import BUCKETS, Limits, address_bucket
from serving.service import Service
from tests.serving.nation import NOW
from warehouse import action
from warehouse.key import (
    Scope,
    Wanted,
    is_secret_of,
    list_keys,
    make_key,
    read_key,
    revoke_key,
)

INNER, OPEN = "/v1/dossier_day.json?limit=1", "/v1/completeness_daily.json?limit=1"


def nobody(asking: object) -> Person:
    del asking
    return NOBODY


def serving(base: Service, access: Access = nobody, **settings: object) -> Service:
    asked = base.settings.model_copy(update=settings)
    return Service(asked, base.url, access, base.registry, clock=base.clock)


@pytest.fixture
def service(writing: Service) -> Iterator[Service]:
    made = serving(writing)
    yield made
    made.close()


@pytest.fixture
def stranger(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), client=("192.0.2.7", 5000)) as asking:
        yield asking


def key_of(service: Service, *scopes: Scope, days: int | None = None) -> tuple[str, str]:
    end = None if days is None else NOW + timedelta(days)
    wanted = Wanted(holder="Cổng dữ liệu", scopes=scopes, made_by="test", expires_at=end)
    with service.connection() as conn:
        return make_key(conn, wanted)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_key_of_the_scope_inner_reads_full_detail(service: Service, stranger: TestClient) -> None:
    _, key = key_of(service, "inner")
    assert stranger.get(INNER).status_code == 401
    assert stranger.get(INNER, headers=bearer(key)).status_code == 200
    assert stranger.get("/v1/dossier_day.csv", headers=bearer(key)).status_code == 200


def test_a_key_of_the_scope_open_reads_open_data_alone(
    service: Service, stranger: TestClient
) -> None:
    _, key = key_of(service, "open")
    assert stranger.get(OPEN, headers=bearer(key)).status_code == 200
    assert stranger.get(INNER, headers=bearer(key)).status_code == 403


@pytest.mark.parametrize(
    "key", ["lt_0123456789_wrong", "lt_", "lt_a_b_c", "lt_é_x", "other", "ey.J0.x"]
)
def test_a_wrong_key_is_refused_even_where_none_is_needed(stranger: TestClient, key: str) -> None:
    answer = stranger.get(OPEN, headers={b"Authorization": f"Bearer {key}".encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "KEY")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_with_another_secret_is_refused(service: Service, stranger: TestClient) -> None:
    _, key = key_of(service, "inner")
    assert stranger.get(OPEN, headers=bearer(key[:-1] + "x")).status_code == 401


def test_an_expired_key_is_refused(service: Service, stranger: TestClient) -> None:
    _, key = key_of(service, "inner", days=-1)
    assert stranger.get(OPEN, headers=bearer(key)).status_code == 401
    _, key = key_of(service, "inner", days=1)
    assert stranger.get(OPEN, headers=bearer(key)).status_code == 200


def test_a_revoked_key_is_refused_once_it_is_looked_at_again(
    service: Service, stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, key = key_of(service, "inner")
    assert stranger.get(INNER, headers=bearer(key)).status_code == 200
    with service.connection() as conn:
        assert revoke_key(conn, key_id)
        assert not revoke_key(conn, key_id)
    assert keyring.TRUSTED_SECONDS < 60
    monkeypatch.setattr(keyring, "TRUSTED_SECONDS", 0.0)
    assert stranger.get(INNER, headers=bearer(key)).status_code == 401


def test_a_key_s_hash_is_asked_for_once_and_for_unknown_ones_each_time(
    service: Service, stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def counted(key: object, secret: str) -> bool:
        asked.append(key is not None)
        return is_secret_of(key, secret)  # type: ignore[arg-type]

    monkeypatch.setattr(keyring, "is_secret_of", counted)
    _, key = key_of(service, "inner")
    for _ in range(3):
        stranger.get(INNER, headers=bearer(key))
    for _ in range(2):
        stranger.get(INNER, headers=bearer("lt_0123456789_unknown"))
    assert asked == [True, False, False]


def test_a_key_is_kept_as_an_argon2id_hash_and_never_told_again(service: Service) -> None:
    key_id, key = key_of(service, "inner")
    with service.connection() as conn:
        kept = read_key(conn, key_id)
        assert [one.key_id for one in list_keys(conn)] == [key_id]
    assert kept is not None
    assert kept.key_hash.startswith("$argon2id$")
    assert key.rpartition("_")[2] not in repr(kept)


def test_keys_stand_beside_the_proxy_and_this_machine(writing: Service) -> None:
    _, key = key_of(writing, "inner")
    proxy = ProxyAccess("X-User", "X-Groups", "10.0.0.0/8")
    for access, client in ((proxy, "192.0.2.7"), (loopback, "192.0.2.7"), (loopback, "127.0.0.1")):
        service = serving(writing, access)
        with TestClient(create_app(service), client=(client, 5000)) as asking:
            assert asking.get(INNER, headers=bearer(key)).status_code == 200
            assert asking.get(INNER, headers=bearer("lt_0_x")).status_code == 401
        service.close()


def test_a_token_of_the_house_s_own_is_left_to_the_proxy(writing: Service) -> None:
    service = serving(writing, ProxyAccess("X-User", "X-Groups", "10.0.0.0/8"))
    with TestClient(create_app(service), client=("10.1.2.3", 5000)) as asking:
        headers = {**bearer("eyJ.token.x"), "X-User": "lan"}
        assert asking.get(INNER, headers=headers).status_code == 200
    service.close()


@pytest.mark.parametrize("path", ["/", "/completeness", "/quarantine", "/forms", "/nowhere", "/v2"])
def test_nobody_s_way_ends_at_open_data(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/data", "/openapi.json", "/v1", "/health"])
def test_open_data_and_what_documents_it_is_for_everybody(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 200


def test_a_key_changes_nothing(service: Service, stranger: TestClient) -> None:
    _, key = key_of(service, "inner")
    answer = stranger.post("/v1/dossier_day.json", headers=bearer(key))
    assert answer.status_code == 405


def test_no_key_stands_in_a_log(
    service: Service, stranger: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    _, key = key_of(service, "inner")
    with caplog.at_level(logging.DEBUG):
        told = [
            stranger.get(path, headers=bearer(wanted)).text
            for path in (INNER, "/nowhere", "/v1/none.csv")
            for wanted in (key, key[:-1] + "x")
        ]
    secret = key.rpartition("_")[2]
    assert secret[:-1] not in caplog.text + "".join(told)


# Limits


def test_a_bucket_fills_with_time_and_never_above_its_burst() -> None:
    now = [0.0]
    limits = Limits(60, 2, tick=lambda: now[0])
    assert [limits.take("a").is_allowed for _ in range(3)] == [True, True, False]
    assert limits.take("b").is_allowed
    now[0] = 1.0
    assert [limits.take("a").is_allowed for _ in range(2)] == [True, False]
    now[0] = 100.0
    assert [limits.take("a").is_allowed for _ in range(3)] == [True, True, False]
    assert limits.take("a").wait_seconds == 1


def test_buckets_do_not_grow_without_end() -> None:
    limits = Limits(60, 2)
    for n in range(BUCKETS + 10):
        limits.take(str(n))
    assert len(limits._buckets) == BUCKETS


def test_one_house_of_ipv6_is_one_asker() -> None:
    assert address_bucket("2001:db8::1") == address_bucket("2001:db8::ffff")
    assert address_bucket("2001:db8::1") != address_bucket("2001:db8:0:1::1")
    assert address_bucket("192.0.2.7") != address_bucket("192.0.2.8")


def test_who_asks_too_often_is_told_when_to_come_again(writing: Service) -> None:
    service = serving(writing, rate_per_minute=1, rate_burst=2)
    with TestClient(create_app(service), client=("192.0.2.7", 5000)) as asking:
        first = asking.get(OPEN)
        assert first.headers["ratelimit-policy"] == '"hub";q=1;w=60'
        assert first.headers["ratelimit"] == '"hub";r=1;t=0'
        asking.get(OPEN)
        third = asking.get(OPEN)
        assert (third.status_code, third.json()["code"]) == (429, "RATE")
        assert 1 <= int(third.headers["retry-after"]) <= 60
        assert third.headers["content-type"] == "application/problem+json"
        assert asking.get("/health").status_code == 200
    service.close()


def test_keys_and_addresses_have_buckets_of_their_own(writing: Service) -> None:
    keys = [key_of(writing, "inner")[1] for _ in range(2)]
    service = serving(writing, rate_per_minute=1, rate_burst=1)
    app = create_app(service)
    told = []
    for number, key in enumerate(keys):
        with TestClient(app, client=(f"192.0.2.{number}", 5000)) as asking:
            told.append([asking.get(INNER, headers=bearer(key)).status_code for _ in range(2)])
    assert told == [[200, 429], [200, 429]]
    service.close()


def test_guessing_keys_is_limited_by_address(writing: Service) -> None:
    service = serving(writing, rate_per_minute=1, rate_burst=3)
    with TestClient(create_app(service), client=("192.0.2.7", 5000)) as asking:
        told = [asking.get(OPEN, headers=bearer(f"lt_{n}_x")).status_code for n in range(5)]
    assert told == [401, 401, 401, 429, 429]
    service.close()


def test_this_machine_may_ask_a_thousand_times_more(writing: Service) -> None:
    service = serving(writing, loopback, rate_per_minute=1, rate_burst=1)
    with TestClient(create_app(service), client=("127.0.0.1", 5000)) as asking:
        assert {asking.get(OPEN).status_code for _ in range(20)} == {200}
    service.close()


def test_behind_a_proxy_addresses_are_those_that_it_heard(writing: Service) -> None:
    proxy = ProxyAccess("X-User", "X-Groups", "127.0.0.1/32")
    settings = {"proxy_name_header": "X-User", "proxy_networks": "127.0.0.1/32"}
    service = serving(writing, proxy, rate_per_minute=1, rate_burst=1, **settings)
    with TestClient(create_app(service), client=("127.0.0.1", 5000)) as asking:
        heard = ["192.0.2.1", "192.0.2.2", "192.0.2.9, 192.0.2.1"]
        told = [asking.get(OPEN, headers={"X-Forwarded-For": one}).status_code for one in heard]
    assert told == [200, 200, 429]
    service.close()


# The command


@pytest.fixture
def command(writing: Service, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("HUB_DATABASE_URL", writing.url)
    monkeypatch.setenv("HUB_STATE", str(writing.settings.state))
    return CliRunner()


def test_a_key_made_on_the_command_line_opens_and_closes(
    command: CliRunner, service: Service, stranger: TestClient
) -> None:
    made = command.invoke(hub, ["key", "new", "Cổng dữ liệu", "--expires", "2026-12-31"])
    key = made.stdout.strip()
    key_id = key.split("_")[1]
    assert stranger.get(INNER, headers=bearer(key)).status_code == 200

    listed = command.invoke(hub, ["key", "list", "--json"])
    assert key_id in listed.stdout
    assert "$argon2" not in listed.stdout
    assert key not in listed.stdout
    assert "2027-01-01T00:00:00+07:00" in listed.stdout

    assert command.invoke(hub, ["key", "revoke", key_id]).exit_code == 0
    assert "KEY" in str(command.invoke(hub, ["key", "revoke", key_id]).exception)
    with service.connection() as conn:
        written = action.recent(conn, verb="key", subject=key_id)
    assert [one.detail for one in written] == [
        {"revoked": True},
        {"made_for": "Cổng dữ liệu", "scopes": ["inner"]},
    ]
    assert all(one.state == "done" for one in written)
    assert key.rpartition("_")[2] not in io.StringIO(str(written)).read()
