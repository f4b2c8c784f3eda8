"""The receiver: a simulated national reporting information system below ``/r/``.

It checks who hands a packet over, its digest, its form, its sums and whether it holds it already;
acknowledges with a receipt, refuses with a reason, keeps what it took, and misbehaves on demand.
Faults of transport (``close``, ``never_answer``, ``http_503`` …) are ordered for agency
``reporting`` and feed ``packets`` at the control address: before storing, or after it where
``detail`` says ``{"after": "storing"}``; page 0 is handing over, 1 asking, 2 logging in.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

import msgspec

from sandbox.auth import Guard
from sandbox.fault import AUTH, RECEIVER, Fault, Faults
from sandbox.fault_wire import WIRE, Scene
from sandbox.http import Request, Response, Stunt
from sandbox.packet_check import Refused, check, place_of
from sandbox.page import json_response, problem

Answer = Response | Stunt

ACCOUNT = "reporting"
"""Name of the account that hands packets over; its secret lies beside those of the agencies."""
FEED = "packets"
HANDING, ASKING, LOGIN = 0, 1, 2
_ZONE = timezone(timedelta(hours=7))


@dataclass(slots=True)
class Held:
    """One packet that was taken.

    Attributes:
        number: of its receipt.
        digest: sha256 of its bytes.
        times: how often it was handed over.
        is_current: whether nothing replaced it yet.
    """

    number: str
    key: str
    kind: str
    place: tuple[str, ...]
    body: bytes
    digest: str
    received_at: str
    replaces: str
    times: int = 1
    is_current: bool = True

    def told(self) -> dict[str, object]:
        """Return the packet as the control address tells it."""
        return {
            "number": self.number,
            "key": self.key,
            "kind": self.kind,
            "place": list(self.place),
            "digest": self.digest,
            "received_at": self.received_at,
            "replaces": self.replaces,
            "times": self.times,
            "is_current": self.is_current,
            "packet": msgspec.json.decode(self.body),
        }


@dataclass(slots=True)
class Receiver:
    """Takes packets, each once.

    Attributes:
        guard: knows the account's secret and tokens.
        faults: what goes wrong on demand.
        clock: says what time it is.
    """

    guard: Guard
    faults: Faults
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(_ZONE))
    _held: dict[str, Held] = field(default_factory=dict)

    def received(self) -> list[dict[str, object]]:
        """Return what is held, in the order of receipt."""
        return [held.told() for held in self._held.values()]

    def forget(self) -> None:
        """Forget every packet."""
        self._held.clear()

    def answer(self, request: Request) -> Answer:
        """Answer a request below ``/r/``."""
        match request.method, request.path:
            case "POST", "/r/oauth/token":
                return self._play(LOGIN, request, lambda: self._token(request))
            case "POST", "/r/packets":
                return self._play(HANDING, request, lambda: self._take(request))
            case "GET", path if path.startswith("/r/packets/"):
                key = path.removeprefix("/r/packets/")
                return self._play(ASKING, request, lambda: self._status(request, key))
        return problem(404, "không có địa chỉ này / no such address")

    def _play(self, page: int, request: Request, work: Callable[[], Response]) -> Answer:
        """Do the work with the faults that are due: before it, or on its answer."""
        for _ in self.faults.due(ACCOUNT, FEED, (), page, AUTH):
            self.guard.revoke(ACCOUNT)
        due = list(self.faults.due(ACCOUNT, FEED, (), page, WIRE))
        before = [fault for fault in due if fault.detail.get("after") != "storing"]
        response = Response() if before else work()
        for fault in before or due:
            scene = Scene(response, "receiver", request.target, fault.detail)
            return WIRE[fault.name].play(scene)
        return response

    def _token(self, request: Request) -> Response:
        form = {k: v[-1] for k, v in parse_qs(request.body.decode()).items()}
        known = self.guard.opens(ACCOUNT, form.get("client_id", ""), form.get("client_secret", ""))
        if form.get("grant_type") != "client_credentials" or not known:
            return json_response({"error": "invalid_client"}, 401)
        token, terms = self.guard.grant(ACCOUNT)
        told = {"access_token": token, "token_type": "Bearer", "expires_in": int(terms.seconds)}
        return json_response(told)

    def _status(self, request: Request, key: str) -> Response:
        if not self.guard.token(ACCOUNT, request):
            return _stranger()
        held = self._held.get(key)
        if held is None:
            return _refused(404, Refused("CHUA-NHAN", "chưa nhận gói tin này / not received"))
        return self._receipt(held, ())

    def _take(self, request: Request) -> Response:
        if not self.guard.token(ACCOUNT, request):
            return _stranger()
        bent = tuple(self.faults.due(ACCOUNT, FEED, (), HANDING, RECEIVER))
        for fault in bent:
            if fault.name == "refuse_packet":
                reason = fault.detail.get("reason", "theo yêu cầu / on demand")
                return _refused(422, Refused("TU-CHOI", reason))
        try:
            held = self._stored(request)
        except Refused as refused:
            return _refused(409 if refused.code.startswith("TRUNG") else 422, refused)
        return self._receipt(held, bent)

    def _stored(self, request: Request) -> Held:
        """Return the packet as held, taken now or earlier.

        Raises:
            Refused: it is not as it should be.
        """
        key, told = request.headers.get("idempotency-key", ""), request.headers
        digest = hashlib.sha256(request.body).hexdigest()
        if not key or told.get("x-content-sha256") != digest:
            raise Refused("MA-BAM", "thiếu khóa hoặc mã băm không khớp / key or digest is wrong")
        known = self._held.get(key)
        if known is not None:
            if known.digest != digest:
                raise Refused("TRUNG-KHOA", "khóa này đã dùng cho gói tin khác / key was used")
            known.times += 1
            return known
        packet = check(request.body, key, self._forms())
        kind, place = str(packet["LoaiGoiTin"]), place_of(packet)
        replaces = str(packet.get("ThayTheBienNhan", ""))
        self._replace(place, replaces)
        number, now = f"BN-{len(self._held) + 1:06}", self.clock().isoformat()
        held = Held(number, key, kind, place, request.body, digest, now, replaces)
        self._held[key] = held
        return held

    def _replace(self, place: tuple[str, ...], replaces: str) -> None:
        """Retire what a packet takes the place of, which it must name.

        Raises:
            Refused: it names another one, none, or one where there is nothing.
        """
        current = [h for h in self._held.values() if h.place == place and h.is_current]
        if [held.number for held in current] != ([replaces] if replaces else []):
            seen = ", ".join(held.number for held in current) or "–"
            raise Refused("TRUNG-NOI-DUNG", f"biên nhận hiện hành là {seen} / names another one")
        for held in current:
            held.is_current = False

    def _forms(self) -> Mapping[str, Any]:
        """Return kind of catalogue -> its data as held now, by name."""
        found: dict[str, Any] = {
            held.kind: msgspec.json.decode(held.body)["DuLieu"]
            for held in self._held.values()
            if held.is_current
        }
        found["receipts"] = {held.number for held in self._held.values()}
        return found

    def _receipt(self, held: Held, bent: tuple[Fault, ...]) -> Response:
        names = {fault.name for fault in bent}
        told = held
        if "receipt_digest" in names:
            told = replace(held, digest=held.digest[::-1])
        if "receipt_repeated" in names:
            told = replace(told, number=next(iter(self._held.values())).number)
        return json_response(
            {
                "SoBienNhan": told.number,
                "ThoiGianNhan": told.received_at,
                "MaBam": told.digest,
                "MaGoiTin": told.key,
            }
        )


def _stranger() -> Response:
    reason = Refused("CHUA-DANG-NHAP", "thẻ truy cập không hợp lệ / no valid token")
    return _refused(401, reason)


def _refused(status: int, reason: Refused) -> Response:
    return json_response({"MaLoi": reason.code, "MoTa": reason.reason}, status)
