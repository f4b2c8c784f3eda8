from pathlib import Path

from sandbox.auth import Guard
from tests.sandbox.conftest import Client

DAY = "2026-11-20"


def test_a_token_is_refused_for_a_wrong_secret(client: Client) -> None:
    body = b"grant_type=client_credentials&client_id=H26&client_secret=wrong"
    assert client.call("POST", "/a/H26/oauth/token", body=body).status == 401


def test_a_token_lasts_an_hour_by_default(client: Client) -> None:
    body = f"grant_type=client_credentials&client_id=H26&client_secret={client.secret('H26')}"
    told = client.call("POST", "/a/H26/oauth/token", body=body.encode()).json
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] == 3600


def test_pages_are_refused_without_the_right_token(client: Client) -> None:
    path = client.one_stop_path("H26", DAY)
    other = {"Authorization": f"Bearer {client.token('H29')}"}
    assert client.call("GET", path).status == 401
    assert client.call("GET", path, headers={"Authorization": "Bearer x"}).status == 401
    assert client.call("GET", path, headers=other).status == 401


def test_a_login_is_refused_for_a_wrong_password(client: Client) -> None:
    body = {"username": "H26", "password": "wrong"}
    told = client.call("POST", "/a/H26/portal/login", body=body).json
    assert told["error_code"] == "10"
    assert "session" not in told


def test_a_call_without_a_session_is_told_that_it_expired(client: Client) -> None:
    told = client.service("H26", "LayDanhSachHoSo", DAY, session="x").json
    assert told["error_code"] == "11"


def test_a_session_expires_after_the_calls_asked_for(client: Client) -> None:
    client.order("auth", agency="H26", session_calls=2)
    session = client.session("H26")
    codes = [
        client.service("H26", "LayDanhSachHoSo", DAY, session=session).json["error_code"]
        for _ in range(3)
    ]
    assert codes == ["0", "0", "11"]


def test_a_token_ends_with_its_seconds(tmp_path: Path) -> None:
    now = [0.0]
    guard = Guard(folder=tmp_path, clock=lambda: now[0])
    token, _ = guard.grant("H26")
    assert guard.accepts("H26", token)
    now[0] = 3600.0
    assert not guard.accepts("H26", token)


def test_the_gateway_refuses_a_wrong_key(client: Client) -> None:
    headers = {"X-SystemId": "H26", "X-SecretKey": "wrong"}
    body = {"from": DAY, "to": DAY}
    answer = client.call("POST", "/a/H26/gateway/payments", body=body, headers=headers)
    assert answer.status == 401


def test_the_axis_and_the_drops_refuse_strangers(client: Client) -> None:
    axis = "/a/H26/axis/edocs?fromDate=2026/11/20&toDate=2026/11/20"
    assert client.call("GET", axis).status == 401
    drop = f"/a/H26/drop/dossiers/{DAY}.csv"
    assert client.call("GET", drop).status == 401
    wrong = {"Authorization": "Basic SDI2Ondyb25n"}
    assert client.call("GET", drop, headers=wrong).status == 401


def test_secrets_lie_in_files_that_only_their_owner_reads(client: Client) -> None:
    assert {(client.secrets / code).stat().st_mode & 0o777 for code in ("H26", "G12")} == {0o600}
    assert client.secret("H26") != client.secret("H29")
