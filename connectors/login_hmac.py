"""Signing every request with a shared secret that never travels."""

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime

from connectors.connection import Connection
from connectors.login import Login, read_secret, with_headers
from connectors.login_options import HmacAuth
from connectors.transport import Wire


class HmacLogin(Login):
    """HMAC over the parts of a request; signed anew whenever it is sent."""

    def __init__(self, auth: HmacAuth, connection: Connection) -> None:
        self._auth, self._connection = auth, connection
        self._key = read_secret(connection).encode()

    def sign(self, wire: Wire) -> Wire:
        """Return the wire with id, moment, digest and signature in its headers."""
        auth, moment = self._auth, self._moment()
        digest = self._written(hashlib.new(auth.algorithm, wire.body or b"").digest())
        parts = {
            "method": wire.method,
            "path": self._connection.base + wire.target,
            "time": moment,
            "digest": digest,
            "id": self._connection.system_id,
        }
        text = "\n".join(parts[part] for part in auth.parts).encode()
        signature = self._written(hmac.new(self._key, text, auth.algorithm).digest())
        headers = {
            auth.id_header: self._connection.system_id,
            auth.time_header: moment,
            auth.digest_header: digest,
            auth.signature_header: auth.prefix + signature,
        }
        return with_headers(wire, {name: text for name, text in headers.items() if name})

    def _moment(self) -> str:
        now = time.time()
        match self._auth.time:
            case "milliseconds":
                return str(int(now * 1000))
            case "iso":
                return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
        return str(int(now))

    def _written(self, raw: bytes) -> str:
        return raw.hex() if self._auth.encoding == "hex" else base64.b64encode(raw).decode()
