"""The push: hands one packet to a receiver, and asks what became of one.

Beside the driver the only code that touches a network, with the same guards: one resolved
address, TLS verified, no redirect off the connection, deadlines, byte caps, no environment. One
call is one try; whether to try again is its caller's business, because after a lost answer the
receiver has to be asked first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from connectors.auth import login_for
from connectors.connection import Connection
from connectors.json_strict import read_strictly
from connectors.login import read_secret
from connectors.patience import Busy, Patience, retry_after
from connectors.receiver import Receiver
from connectors.reply_check import sniffed
from connectors.transport import Reply, Wire
from connectors.transport_http import HttpTransport
from contracts.errors import ConfigError, ContractBroken, SourceRefused, SourceUnavailable

_ANSWER_BYTES = 64 * 1024
_TOLD = 300
"""Characters of a receiver's reason that are kept."""
_LOST = {404, 405, 410}
"""The address is wrong: says nothing of the packet."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An acknowledgement as the receiver told it; nothing of it is believed yet."""

    number: str
    received_at: str
    digest: str
    key: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The receiver's reason not to take a packet."""

    code: str
    message: str


class Push:
    """A line to one receiver, kept open over several packets; not shared between threads."""

    def __init__(self, receiver: Receiver, connection: Connection, patience: Patience) -> None:
        """Open the line; nothing is sent yet.

        Raises:
            ConfigError: the connection is not of HTTP, or its secret cannot be read.
            SourceUnavailable: NET-DNS.
            SourceUnsafe: EGRESS, the address lies outside the connection's networks.
        """
        if connection.scheme not in {"http", "https"}:
            raise ConfigError(
                "Packets are handed over by HTTP",
                where=receiver.connection,
                seen=connection.scheme,
                allowed="https, http",
            )
        silence = patience.read or receiver.read_seconds
        timed = replace(patience, answer=2 * silence)
        self._receiver = receiver
        self._secrets = (read_secret(connection),) if connection.secret else ()
        self._login = login_for(receiver.auth, connection, self._ask)
        self._transport = HttpTransport(connection, timed, silence)

    def close(self) -> None:
        """Let go of sockets."""
        self._transport.close()

    def send(self, key: str, body: bytes, digest: str) -> Receipt | Refusal:
        """Hand a packet over, once.

        Args:
            key: idempotency key.
            body: JSON as kept.
            digest: sha256 of the body, in hexadecimal.

        Raises:
            SourceUnavailable: no answer, half an answer, or "come again": the receiver may hold
                the packet all the same.
            SourceRefused: AUTH, HTTP-4XX: it does not let us in, or the address is wrong.
            SourceUnsafe: a security stop.
            ContractBroken: the answer cannot be read as a receipt.
        """
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            self._receiver.key_header: key,
            self._receiver.digest_header: digest,
        }
        status, told = self._told(Wire("POST", self._receiver.send, headers, body))
        if status < 300:
            return self._receipt(told)
        if status in _LOST:
            raise _refused(status)
        names = self._receiver.refusal
        code, message = str(told.get(names.code) or status), str(told.get(names.message) or "")
        return Refusal(self._shown(code)[:40], self._shown(message)[:_TOLD])

    def status(self, key: str) -> Receipt | None:
        """Return the receipt of a packet that the receiver holds, None where it holds none.

        Raises:
            SourceError: as in ``send``.
            ContractBroken: the answer cannot be read as a receipt.
        """
        target = self._receiver.status.replace("{key}", quote(key, safe=""))
        status, told = self._told(Wire("GET", target))
        if status == 404:
            return None
        if status < 300:
            return self._receipt(told)
        raise _refused(status)

    def _told(self, wire: Wire) -> tuple[int, Mapping[str, Any]]:
        """Return status and JSON object of an answer; a login that ran out is renewed once."""
        for _ in range(2):
            reply = self._transport.send(self._login.sign(wire), _ANSWER_BYTES)
            try:
                if reply.status != 401:
                    _check_status(reply)
                    return reply.status, _object(reply)
            finally:
                reply.close()
            if not self._login.renew():
                break
        raise SourceRefused("The receiver does not let us in", code="AUTH", seen="HTTP 401")

    def _ask(self, wire: Wire) -> Mapping[str, Any]:
        reply = self._transport.send(wire, _ANSWER_BYTES)
        try:
            _check_status(reply)
            if 400 <= reply.status < 500:
                seen = f"HTTP {reply.status}"
                raise SourceRefused("The login is refused", code="AUTH", seen=seen)
            return _object(reply)
        finally:
            reply.close()

    def _receipt(self, told: Mapping[str, Any]) -> Receipt:
        names = self._receiver.receipt
        found = {
            field: self._shown(str(told.get(getattr(names, field)) or "")).strip()[:200]
            for field in ("number", "received_at", "digest", "key")
        }
        if missing := [getattr(names, field) for field, text in found.items() if not text]:
            raise ContractBroken(
                "The receiver's answer is no receipt", code="RECEIPT", allowed=", ".join(missing)
            )
        return Receipt(**found)

    def _shown(self, text: str) -> str:
        """Return a text of the receiver without secrets of ours that it may repeat."""
        for secret in filter(None, (*self._secrets, *self._login.secrets)):
            text = text.replace(secret, "***")
        return "".join(sign for sign in text if sign.isprintable())


def _check_status(reply: Reply) -> None:
    seen = f"HTTP {reply.status}"
    match reply.status:
        case 403:
            raise SourceRefused("The receiver does not let us in", code="AUTH", seen=seen)
        case 408 | 429:
            raise _busy(reply, "The receiver asks for a pause", "HTTP-429")
        case status if status >= 500:
            raise _busy(reply, "The receiver is out of order", "HTTP-5XX")
        case status if not 200 <= status < 500 or 300 <= status < 400:
            raise _busy(reply, "The receiver answers with no usable status", "HTTP-PROTO")


def _busy(reply: Reply, what: str, code: str) -> SourceUnavailable:
    busy = Busy(what, code=code, seen=f"HTTP {reply.status}")
    busy.after = retry_after(reply.headers.get("retry-after"))
    return busy


def _refused(status: int) -> SourceRefused:
    return SourceRefused(
        "The receiver has no such address",
        seen=f"HTTP {status}",
        action="hold send and status of the receiver's file against its document",
    )


def _object(reply: Reply) -> Mapping[str, Any]:
    try:
        text = b"".join(sniffed(reply.chunks)).decode("utf-8", "replace")
        value = read_strictly(text) if text.strip() else {}
    except ContractBroken:
        if reply.status < 400:
            raise
        value = {}  # a refusal is one whatever its page looks like
    return value if isinstance(value, dict) else {}
