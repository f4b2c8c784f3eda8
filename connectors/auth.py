"""Which login a system wants: the one place that knows which class proves what."""

import base64

from connectors.connection import Connection
from connectors.login import Ask, HeaderLogin, Login, QueryLogin, read_secret
from connectors.login_hmac import HmacLogin
from connectors.login_options import (
    ApiKeyAuth,
    ApiKeyQueryAuth,
    Auth,
    BasicAuth,
    BearerAuth,
    HmacAuth,
    JwtAuth,
    NoAuth,
    OAuth2Auth,
    SessionAuth,
    WssAuth,
)
from connectors.login_token import JwtLogin, SessionLogin, TokenLogin
from connectors.login_wss import WssLogin


def login_for(auth: Auth, connection: Connection, ask: Ask) -> Login:
    """Return the login of a system at a connection; nothing is sent yet.

    Raises:
        ConfigError: the secret cannot be read.
    """
    if connection.folder or isinstance(auth, NoAuth):  # a folder asks nobody who they are
        return Login()
    match auth:
        case OAuth2Auth():
            return TokenLogin(auth, connection, ask)
        case JwtAuth():
            return JwtLogin(auth, connection, ask)
        case SessionAuth():
            return SessionLogin(auth, connection, ask)
        case HmacAuth() | WssAuth():
            return _signing(auth, connection)
    return _fixed(auth, connection)


def _signing(auth: HmacAuth | WssAuth, connection: Connection) -> Login:
    if isinstance(auth, HmacAuth):
        return HmacLogin(auth, connection)
    return WssLogin(auth, connection)


def _fixed(auth: BasicAuth | BearerAuth | ApiKeyAuth | ApiKeyQueryAuth, us: Connection) -> Login:
    secret = read_secret(us)
    match auth:
        case BasicAuth():
            pair = base64.b64encode(f"{us.username}:{secret}".encode()).decode()
            return HeaderLogin({"Authorization": f"Basic {pair}"}, secret)
        case BearerAuth():
            return HeaderLogin({"Authorization": f"Bearer {secret}"}, secret)
        case ApiKeyAuth():
            named = {auth.id_header: us.system_id} if auth.id_header else {}
            return HeaderLogin({**named, auth.secret_header: secret}, secret)
        case ApiKeyQueryAuth():
            named = {auth.id_name: us.system_id} if auth.id_name else {}
            return QueryLogin({**named, auth.secret_name: secret}, secret)
