"""WS-Security: a user name token in the header of every SOAP envelope, made anew for each."""

from dataclasses import replace

from lxml import etree  # type: ignore[import-untyped]

from connectors.connection import Connection
from connectors.login import Login, read_secret
from connectors.login_options import WssAuth
from connectors.transport import Wire


class WssLogin(Login):
    """UsernameToken with nonce and moment; the archived request never holds it."""

    def __init__(self, auth: WssAuth, connection: Connection) -> None:
        self._digest = auth.password == "digest"  # noqa: S105 - a way to write it
        self._username, self._secret = connection.username, read_secret(connection)

    def sign(self, wire: Wire) -> Wire:
        """Return the wire with a token in its envelope's header."""
        from zeep.wsse.username import UsernameToken  # noqa: PLC0415 - 0.3 s to import

        token = UsernameToken(  # type: ignore[no-untyped-call]
            self._username, self._secret, use_digest=self._digest, zulu_timestamp=True
        )
        signed, _ = token.apply(etree.fromstring(wire.body), {})  # type: ignore[no-untyped-call]
        return replace(wire, body=etree.tostring(signed, encoding="utf-8", xml_declaration=True))
