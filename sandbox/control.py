"""The control address: faults, volumes, versions, warm-up, truth and what was received."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from sandbox.auth import TOKEN_SECONDS, Guard, Terms
from sandbox.fault import ANY, VALUE, Fault, Faults, names
from sandbox.http import Request, Response, Stunt, Wire
from sandbox.nation import FEEDS, Nation
from sandbox.page import json_response, problem
from sandbox.press import SHAPES, Press
from sandbox.receiver import Receiver
from sandbox.truth import Entry, totals, truth


class FaultOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /_control/faults; agency, feed and day default to any."""

    fault: str
    agency: str = ANY
    feed: str = ANY
    day: date | None = None
    times: int = 1
    page: int | None = None
    detail: dict[str, Any] = {}


class PlaceOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST volume, restate and warm."""

    agency: str
    feed: str
    day: date
    rows: int | None = None
    version: int = 0
    shape: str = ""


class AuthOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /_control/auth: what the agency's next tokens and sessions are good for."""

    agency: str
    token_seconds: float = TOKEN_SECONDS
    session_calls: int | None = None


class Control:
    """Everything below ``/_control/``; open to whoever reaches the sandbox."""

    def __init__(
        self, nation: Nation, press: Press, guard: Guard, faults: Faults, receiver: Receiver
    ) -> None:
        self._nation = nation
        self._press = press
        self._guard = guard
        self._faults = faults
        self._receiver = receiver
        self._routes: dict[tuple[str, str], Callable[[Request], Response | Stunt]] = {
            ("GET", "health"): self._health,
            ("GET", "faults"): self._list_faults,
            ("POST", "faults"): self._set_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "volume"): self._volume,
            ("POST", "restate"): self._restate,
            ("POST", "warm"): self._warm,
            ("POST", "auth"): self._auth,
            ("POST", "reset"): self._reset,
            ("GET", "truth"): self._truth,
            ("GET", "received"): self._received,
            ("DELETE", "received"): self._forget_received,
        }

    def answer(self, request: Request) -> Response | Stunt:
        """Answer a request below ``/_control/``."""
        name = request.path.removeprefix("/_control/")
        route = self._routes.get((request.method, name))
        if route is None:
            return problem(404, "không có địa chỉ này / no such address")
        try:
            return route(request)
        except (ValueError, KeyError) as error:
            return problem(400, f"lệnh sai / bad order: {error}")

    def _health(self, _request: Request) -> Response:
        nation = self._nation
        return json_response(
            {"status": "ok", "seed": nation.seed, "scale": nation.scale, "dirt": nation.dirt}
        )

    def _list_faults(self, _request: Request) -> Response:
        told = [
            {"fault": f.name, "agency": f.agency, "feed": f.feed, "day": str(f.day or ANY)}
            | {"times": f.times, "page": f.page}
            for f in self._faults.listed()
        ]
        return json_response({"faults": names(), "set": told})

    def _set_fault(self, request: Request) -> Response:
        order = msgspec.json.decode(request.body, type=FaultOrder)
        if order.fault not in names():
            raise ValueError(f"unknown fault {order.fault!r}; GET /_control/faults names them")
        if order.fault in VALUE:
            return self._soil(order)
        self._faults.add(
            Fault(
                order.agency,
                order.feed,
                order.day,
                order.fault,
                order.times,
                order.page,
                {name: str(value) for name, value in order.detail.items()},
            )
        )
        return json_response({"set": order.fault})

    def _soil(self, order: FaultOrder) -> Response:
        if order.day is None or ANY in {order.agency, order.feed}:
            raise ValueError("a bad value needs agency, feed and day")
        place, kind = (order.agency, order.feed, order.day), order.fault.removeprefix("value_")
        more = (kind, int(order.detail.get("rows", 1)))
        self._nation.extra[place] = (*self._nation.extra.get(place, ()), more)
        self._press.forget()
        return json_response({"set": order.fault})

    def _clear_faults(self, request: Request) -> Response:
        agency, feed = request.query.get("agency", ANY), request.query.get("feed", ANY)
        self._faults.clear(agency, feed)
        extra = self._nation.extra
        for place in [p for p in extra if agency in {ANY, p[0]} and feed in {ANY, p[1]}]:
            del extra[place]
        self._press.forget()
        return json_response({"cleared": True})

    def _place(self, request: Request) -> PlaceOrder:
        order = msgspec.json.decode(request.body, type=PlaceOrder)
        if order.feed not in FEEDS or self._nation.agency(order.agency, order.day) is None:
            raise ValueError(f"no such place: {order.agency}/{order.feed}/{order.day}")
        return order

    def _volume(self, request: Request) -> Response:
        order = self._place(request)
        place = (order.agency, order.feed, order.day)
        if order.rows is None:
            self._nation.volumes.pop(place, None)
        else:
            self._nation.volumes[place] = order.rows
        self._nation.forget()
        self._press.forget()
        return json_response({"rows": order.rows})

    def _restate(self, request: Request) -> Response:
        order = self._place(request)
        self._nation.versions[order.agency, order.feed, order.day] = order.version
        self._press.forget()
        return json_response({"version": order.version})

    def _warm(self, request: Request) -> Response:
        order = self._place(request)
        chosen = [
            s for s in SHAPES.values() if s.feed == order.feed and order.shape in {"", s.name}
        ]
        printed = [self._press.day(order.agency, shape, order.day) for shape in chosen]
        return json_response(
            {
                shape.name: {"rows": day.rows, "bytes": day.text.nbytes}
                for shape, day in zip(chosen, printed, strict=True)
            }
        )

    def _auth(self, request: Request) -> Response:
        order = msgspec.json.decode(request.body, type=AuthOrder)
        self._guard.terms[order.agency] = Terms(order.token_seconds, order.session_calls)
        self._guard.revoke(order.agency)
        return json_response({"agency": order.agency})

    def _reset(self, _request: Request) -> Response:
        """Forget every fault, volume, version and term set by hand, and every packet received."""
        self._faults.clear()
        nation = self._nation
        for told in (nation.volumes, nation.versions, nation.extra):
            told.clear()
        self._guard.terms.clear()
        self._receiver.forget()
        nation.forget()
        self._press.forget()
        return json_response({"reset": True})

    def _received(self, _request: Request) -> Response:
        return json_response({"packets": self._receiver.received()})

    def _forget_received(self, _request: Request) -> Response:
        self._receiver.forget()
        return json_response({"packets": []})

    def _truth(self, request: Request) -> Stunt:
        query: Mapping[str, str] = request.query
        feed, first = query["feed"], date.fromisoformat(query["from"])
        last = date.fromisoformat(query["to"])
        if feed not in FEEDS:
            raise ValueError(f"feed is one of {', '.join(FEEDS)}")
        entries = truth(self._nation, feed, first, last, query.get("agency", ""))

        async def tell(wire: Wire) -> None:
            told: list[Entry] = []
            for entry in entries:
                told.append(entry)
                await asyncio.sleep(0)
            wire.send(json_response({"days": told, "totals": totals(told)}, Connection="close"))
            wire.close()

        return tell
