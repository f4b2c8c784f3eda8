"""The logins of the conformance suite: what each has to prove, and to whom."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import jwt

from connectors.login_options import (
    ApiKeyAuth,
    ApiKeyQueryAuth,
    Auth,
    BasicAuth,
    BearerAuth,
    HmacAuth,
    JwtAuth,
    OAuth2Auth,
    SessionAuth,
)
from connectors.source import Source
from tests.connectors.fault_server import Asked, answer
from tests.connectors.world import SECRET, source

TOKEN = "t0ken-canary-51aa"
SESSION = "sess1on-canary-90be"
CLIENT = "cl1ent-canary-c2d4"
LIST = "/dvc/danhmuc"

JWT_HS = JwtAuth(scheme="jwt", path="/token", audience="https://a.example", algorithm="HS256")
KEY = "k3y-canary-0123456789-0123456789-0123456789"  # long enough for HS256


def bearer(asked: Asked) -> bool:
    return asked.headers.get("authorization") == f"Bearer {TOKEN}"


def form(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(asked.body.decode()))


def by_basic(user: str, secret: str) -> Callable[[Asked], bool]:
    pair = "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
    return lambda asked: asked.headers.get("authorization") == pair


def asserts(asked: Asked, key: str, algorithm: str) -> bool:
    told = form(asked)
    try:
        claims = jwt.decode(told["assertion"], key, [algorithm], audience="https://a.example")
    except jwt.InvalidTokenError:
        return False
    return (
        told["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        and (claims["iss"], claims["sub"]) == ("H26", "H26")
        and claims["exp"] - claims["iat"] == 300
    )


def signed(asked: Asked) -> bool:
    digest = hashlib.sha256(asked.body).hexdigest()
    text = "\n".join([asked.method, asked.target, asked.headers["x-timestamp"], digest])
    right = hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest()
    return (
        asked.headers["x-signature"] == right
        and asked.headers["x-content-digest"] == digest
        and asked.headers["x-systemid"] == "H26"
        and abs(int(asked.headers["x-timestamp"]) - time.time()) < 60
    )


@dataclass(frozen=True)
class Case:
    """A login under test.

    Attributes:
        auth: as the system's file says it.
        proves: whether a data request proves who asks.
        logs_in: whether a login call is right; None where there is none.
        gives: what the login call answers.
        secret: the connection's secret.
    """

    auth: Auth
    proves: Callable[[Asked], bool]
    logs_in: Callable[[Asked], bool] | None = None
    gives: dict[str, Any] = field(
        default_factory=lambda: {"access_token": TOKEN, "expires_in": "90"}
    )
    secret: str = SECRET

    def source(self, url: str, folder: Path) -> Source:
        found = source("catalogue_links", url + "/a", folder, auth=self.auth)
        (folder / "secret").write_text(self.secret + "\n")
        (folder / "client").write_text(CLIENT + "\n")
        client = {"client_secret": f"file/{folder / 'client'}"}
        return replace(found, connection=found.connection.model_copy(update=client))

    def serve(self, asked: Asked) -> Any:
        """Two pages for whoever proves who he is; the link repeats every secret it saw."""
        if asked.target.startswith("/a/token"):
            right = self.logs_in is not None and self.logs_in(asked)
            return answer(self.gives if right else {"error": "invalid"}, 200 if right else 400)
        if not self.proves(asked):
            return answer(b"", 401)
        is_first = "trang=2" not in asked.target
        seen = f"{asked.target} {asked.headers}"
        told = [one for one in (self.secret, TOKEN, SESSION) if one in seen]
        echo = "".join(f"&echo={quote(one)}" for one in told)
        return answer(
            {
                "items": [{"maTTHC": "a" if is_first else "b"}],
                "total": 2,
                "next": f"{asked.target}{echo}&trang=2" if is_first else None,
            }
        )


CASES = {
    "basic": Case(BasicAuth(scheme="basic"), by_basic("H26", SECRET)),
    "bearer": Case(
        BearerAuth(scheme="bearer"),
        lambda asked: asked.headers.get("authorization") == f"Bearer {SECRET}",
    ),
    "API key in headers": Case(
        ApiKeyAuth(scheme="api_key", id_header="X-He-Thong", secret_header="X-Khoa"),
        lambda a: (a.headers.get("x-he-thong"), a.headers.get("x-khoa")) == ("H26", SECRET),
    ),
    "API key in the query": Case(
        ApiKeyQueryAuth(scheme="api_key_query", secret_name="khóa", id_name="he"),
        lambda a: [parse_qs(urlsplit(a.target).query).get(n) for n in ("khóa", "he")]
        == [[SECRET], ["H26"]],
    ),
    "OAuth2, client credentials in the form": Case(
        OAuth2Auth(scheme="oauth2", path="/token", scope="đọc"),
        bearer,
        lambda asked: form(asked) == {
            "grant_type": "client_credentials", "client_id": "H26", "client_secret": SECRET,
            "scope": "đọc",
        },
    ),
    "OAuth2, client credentials by Basic": Case(
        OAuth2Auth(scheme="oauth2", path="/token", client="basic"),
        bearer,
        lambda asked: by_basic("H26", SECRET)(asked)
        and form(asked) == {"grant_type": "client_credentials"},
    ),
    "OAuth2, password": Case(
        OAuth2Auth(scheme="oauth2", path="/token", grant="password"),
        bearer,
        lambda asked: form(asked) == {
            "grant_type": "password", "username": "H26", "password": SECRET,
            "client_id": "H26", "client_secret": CLIENT,
        },
    ),
    "OAuth2, refresh token": Case(
        OAuth2Auth(scheme="oauth2", path="/token", grant="refresh_token", client="basic"),
        bearer,
        lambda asked: by_basic("H26", CLIENT)(asked)
        and form(asked) == {"grant_type": "refresh_token", "refresh_token": SECRET},
    ),
    "JWT assertion by HS256": Case(
        JWT_HS, bearer, lambda asked: asserts(asked, KEY, "HS256"), secret=KEY
    ),
    "API key alone": Case(
        ApiKeyAuth(scheme="api_key", id_header=""),
        lambda asked: asked.headers.get("x-secretkey") == SECRET
        and "x-systemid" not in asked.headers,
    ),
    "session as a bearer": Case(
        SessionAuth(
            scheme="session", path="/token", field="token", header="Authorization", prefix="Bearer "
        ),
        bearer,
        lambda asked: asked.json == {"username": "H26", "password": SECRET},
        {"token": TOKEN},
    ),
    "session in a header": Case(
        SessionAuth(
            scheme="session", path="/token", username_field="taiKhoan", password_field="matKhau",
            field="duLieu.ma", header="X-Phien",
        ),
        lambda asked: asked.headers.get("x-phien") == SESSION,
        lambda asked: asked.json == {"taiKhoan": "H26", "matKhau": SECRET},
        {"duLieu": {"ma": SESSION}},
    ),
    "HMAC": Case(HmacAuth(scheme="hmac"), signed),
}  # fmt: skip
