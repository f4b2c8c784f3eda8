"""How a system wants to know who asks: one model per login, chosen by ``auth.scheme``."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(strict=True, min_length=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NoAuth(_Frozen):
    """Anyone may ask."""

    scheme: Literal["none"] = "none"


class BasicAuth(_Frozen):
    """User name and secret of the connection, HTTP Basic."""

    scheme: Literal["basic"]


class BearerAuth(_Frozen):
    """The connection's secret is a fixed bearer token."""

    scheme: Literal["bearer"]


class ApiKeyAuth(_Frozen):
    """System id and secret of the connection, each in a header; no id where it names none."""

    scheme: Literal["api_key"]
    id_header: str = "X-SystemId"
    secret_header: Text = "X-SecretKey"  # noqa: S105 - a header's name


class ApiKeyQueryAuth(_Frozen):
    """Secret and, where it is named, system id of the connection as query parameters.

    Attributes:
        secret_name: parameter of the secret.
        id_name: parameter of the system id; empty where none is sent.
    """

    scheme: Literal["api_key_query"]
    secret_name: Text = "api_key"  # noqa: S105 - a parameter's name
    id_name: str = ""


class OAuth2Auth(_Frozen):
    """OAuth2 (RFC 6749): a token for a grant; it is renewed in mid-run.

    Attributes:
        path: path of the token call.
        grant: what the connection's ``secret`` is: the client's secret, a user's password
            (beside ``client_secret``) or a refresh token (beside ``client_secret``).
        client: whether the client proves itself in the form or by HTTP Basic.
        scope: scopes to ask for; none by default.
    """

    scheme: Literal["oauth2"]
    path: Text
    grant: Literal["client_credentials", "password", "refresh_token"] = "client_credentials"
    client: Literal["form", "basic"] = "form"
    scope: str = ""


class JwtAuth(_Frozen):
    """A token for a signed assertion (RFC 7523 section 2.1); the secret is the signing key.

    Attributes:
        path: path of the token call.
        audience: whom the assertion is for (``aud``).
        algorithm: RS256 with a private key in PEM, HS256 with a shared secret.
        key_id: which key it is (``kid``); empty where the source knows one alone.
        seconds: how long an assertion holds.
        scope: scopes to ask for; none by default.
    """

    scheme: Literal["jwt"]
    path: Text
    audience: Text
    algorithm: Literal["RS256", "HS256"] = "RS256"
    key_id: str = ""
    seconds: Annotated[int, Field(ge=10, le=3600)] = 300
    scope: str = ""


class SessionAuth(_Frozen):
    """A login call gives a session that every call carries, in its JSON body or a header.

    Attributes:
        path: path of the login call; user name and secret travel in a JSON body.
        username_field: name of the user name in that body.
        password_field: name of the secret in that body.
        field: path of the session in the login's answer, and its name in every call's body.
        header: header that carries it instead of the body; empty = the body.
        prefix: what stands before it in the header (``Bearer ``).
        code: path of the application's result code.
        expired: result codes that mean "log in again", beside HTTP 401.
    """

    scheme: Literal["session"]
    path: Text
    username_field: Text = "username"
    password_field: Text = "password"  # noqa: S105 - a field's name
    field: Text = "session"
    header: str = ""
    prefix: str = ""
    code: Text = "error_code"
    expired: tuple[Text, ...] = ()


class HmacAuth(_Frozen):
    """Every request is signed with the secret: HMAC over some of its parts, one a line.

    Attributes:
        parts: what is signed, in order: ``method``, ``path`` (with its query), ``time``,
            ``digest`` (of the body), ``id`` (``system_id``).
        algorithm: hash of signature and digest.
        encoding: how both are written.
        time: how the moment of signing is written: seconds or milliseconds since 1970, or ISO
            8601 in UTC.
        id_header: header of ``system_id``; empty where none is sent.
        time_header: header of the moment.
        digest_header: header of the body's digest; empty where none is sent.
        signature_header: header of the signature.
        prefix: what stands before the signature (``HMAC ``).
    """

    scheme: Literal["hmac"]
    parts: tuple[Literal["method", "path", "time", "digest", "id"], ...] = (
        "method",
        "path",
        "time",
        "digest",
    )
    algorithm: Literal["sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    time: Literal["seconds", "milliseconds", "iso"] = "seconds"
    id_header: str = "X-SystemId"
    time_header: Text = "X-Timestamp"
    digest_header: str = "X-Content-Digest"
    signature_header: Text = "X-Signature"
    prefix: str = ""


class WssAuth(_Frozen):
    """WS-Security UsernameToken in the header of every SOAP envelope.

    Attributes:
        password: ``digest`` sends a hash of nonce, moment and secret, ``text`` the secret itself.
    """

    scheme: Literal["wss"]
    password: Literal["digest", "text"] = "digest"  # noqa: S105 - a way to write it


Auth = Annotated[
    NoAuth
    | BasicAuth
    | BearerAuth
    | ApiKeyAuth
    | ApiKeyQueryAuth
    | OAuth2Auth
    | JwtAuth
    | SessionAuth
    | HmacAuth
    | WssAuth,
    Field(discriminator="scheme"),
]
