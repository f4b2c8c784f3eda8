"""Answers requests: who asks, for what, and which fault is due."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs

import msgspec

from sandbox import ask as asks
from sandbox.ask import Ask, PortalCall
from sandbox.auth import Guard
from sandbox.fault import AUTH, DONE, Faults
from sandbox.fault_body import BODY
from sandbox.fault_page import PAGING
from sandbox.fault_wire import WIRE, Scene
from sandbox.http import Request, Response, Stunt
from sandbox.message import MessageAxis
from sandbox.nation import Nation
from sandbox.pack import Packer
from sandbox.page import json_response, page_response, problem, view
from sandbox.press import SHAPES, Press, Shape
from sandbox.report import Answered, Reports
from sandbox.report_file import KINDS, ReportFiles
from sandbox.soap import Cabinet
from sandbox.statistics import Statistics

Answer = Response | Stunt

_SERVICES = {
    "LayDanhSachHoSo": SHAPES["portal_session"],
    "LayDanhSachThanhToan": SHAPES["portal_payments"],
}
_DROPS = {"dossiers": SHAPES["report_drop"], "documents": SHAPES["document_drop"]}


class Systems:
    """Every agency's source systems below ``/a/<agency>``."""

    def __init__(
        self, nation: Nation, press: Press, guard: Guard, faults: Faults, packer: Packer
    ) -> None:
        self._nation = nation
        self._press = press
        self._guard = guard
        self._faults = faults
        self._packer = packer
        statistics = Statistics(nation.seed, nation.agencies)
        self._reports = Reports(statistics)
        self._report_files = ReportFiles(statistics)
        self._cabinet = Cabinet(statistics, guard)
        self._axis_messages = MessageAxis(nation, press)
        self._routes: dict[tuple[str, str], Callable[[str, Request], Answer]] = {
            ("POST", "oauth/token"): self._token,
            ("GET", "pa/dossier/search"): self._one_stop,
            ("POST", "portal/login"): self._login,
            ("POST", "portal/service"): self._service,
            ("POST", "gateway/payments"): self._gateway,
            ("GET", "axis/edocs"): self._axis,
            ("GET", "axis/received"): self._messages,
            ("GET", "axis/message"): self._messages,
            ("GET", "cabinet/service"): lambda _, request: self._cabinet.describe(request),
            ("POST", "cabinet/service"): self._meetings,
        }

    def answer(self, request: Request) -> Answer:
        """Answer a request below ``/a/``."""
        _, _, agency, rest = (*request.path.split("/", 3), "", "")[:4]
        if not self._nation.knows(agency):
            return problem(404, f"không có cơ quan / no such agency: {agency}")
        route = self._routes.get((request.method, rest))
        if route is None and request.method == "GET" and rest.startswith("drop/"):
            route = self._drop
        if route is None and (request.method, rest) in self._reports.routes:
            route = self._report
        if route is None:
            return problem(404, "không có địa chỉ này / no such address")
        try:
            return route(agency, request)
        except (ValueError, KeyError) as error:
            return problem(400, f"tham số sai / bad parameter: {error}")

    def _token(self, agency: str, request: Request) -> Answer:
        form = {k: v[-1] for k, v in parse_qs(request.body.decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if not self._guard.opens(agency, form.get("client_id", ""), form.get("client_secret", "")):
            return json_response({"error": "invalid_client"}, 401)
        token, terms = self._guard.grant(agency)
        return json_response(
            {"access_token": token, "token_type": "Bearer", "expires_in": int(terms.seconds)}
        )

    def _login(self, agency: str, request: Request) -> Answer:
        body = msgspec.json.decode(request.body, type=dict[str, str])
        if not self._guard.opens(agency, body.get("username", ""), body.get("password", "")):
            return json_response(
                {"error_code": "10", "error_message": "Sai tài khoản hoặc mật khẩu"}
            )
        session, _ = self._guard.grant(agency)
        return json_response({"error_code": "0", "error_message": "", "session": session})

    def _one_stop(self, agency: str, request: Request) -> Answer:
        shape, ask = SHAPES["one_stop_rest"], asks.one_stop(request.query)
        self._expire(agency, shape, ask)
        if not self._guard.token(agency, request):
            return _refused("Bearer")
        return self._page(agency, shape, ask, request)

    def _service(self, agency: str, request: Request) -> Answer:
        call = msgspec.json.decode(request.body, type=PortalCall)
        shape = _SERVICES.get(call.service)
        if shape is None:
            return json_response({"error_code": "2", "error_message": "Dịch vụ không tồn tại"})
        ask = call.ask()
        self._expire(agency, shape, ask)
        if not self._guard.accepts(agency, call.session):
            return json_response({"error_code": "11", "error_message": "Phiên đã hết hạn"})
        return self._page(agency, shape, ask, request)

    def _gateway(self, agency: str, request: Request) -> Answer:
        ask = msgspec.json.decode(request.body, type=asks.GatewayCall).ask()
        if not self._guard.key(agency, request):
            return problem(401, "X-SystemId / X-SecretKey")
        return self._page(agency, SHAPES["payment_gateway"], ask, request)

    def _axis(self, agency: str, request: Request) -> Answer:
        ask = asks.axis(request.query)
        if not self._guard.static(agency, request):
            return _refused("Bearer")
        return self._page(agency, SHAPES["axis_list"], ask, request)

    def _report(self, agency: str, request: Request) -> Answer:
        if not self._guard.basic(agency, request):
            return _refused("Basic")
        rest = request.path.split("/", 3)[3]
        told = self._reports.routes[request.method, rest](agency, request)
        return self._play(agency, request, told)

    def _meetings(self, agency: str, request: Request) -> Answer:
        told = self._cabinet.call(agency, request)
        return told if isinstance(told, Response) else self._play(agency, request, told)

    def _messages(self, agency: str, request: Request) -> Answer:
        if not self._guard.key(agency, request):
            return problem(401, "X-SystemId / X-SecretKey")
        is_list = request.path.endswith("received")
        axis = self._axis_messages
        told = (axis.listed if is_list else axis.message)(agency, request)
        return told if isinstance(told, Response) else self._play(agency, request, told)

    def _play(self, agency: str, request: Request, told: Answered) -> Answer:
        shape = _unprinted(request.path.split("/", 3)[3], told.feed)
        return self._misbehave(agency, shape, (told.day,), told.page, request, told.response)

    def _expire(self, agency: str, shape: Shape, ask: Ask) -> None:
        page = (ask.asked - ask.first) if ask.is_numbered else ask.asked // ask.size
        for _ in self._faults.due(agency, shape.feed, ask.days, page, AUTH):
            self._guard.revoke(agency)

    def _page(self, agency: str, shape: Shape, ask: Ask, request: Request) -> Answer:
        selection = ask.select(self._press, agency, shape)
        page = view(selection, ask.asked, ask.size, first=ask.first, is_numbered=ask.is_numbered)
        number = page.number
        for fault in self._faults.walking(agency, shape.feed, ask.days, number):
            page = PAGING[fault.name].bend(page, selection.rows)
        response = page_response(shape.name, page, selection)
        return self._misbehave(agency, shape, ask.days, number, request, response)

    def _misbehave(
        self,
        agency: str,
        shape: Shape,
        days: tuple[date, ...],
        page: int,
        request: Request,
        response: Response,
    ) -> Answer:
        for fault in self._faults.due(agency, shape.feed, days, page, BODY):
            body = BODY[fault.name].change(response.body, shape.name)
            response = replace(response, parts=(body,))
        for fault in self._faults.due(agency, shape.feed, days, page, WIRE):
            scene = Scene(response, shape.name, request.target, fault.detail)
            return WIRE[fault.name].play(scene)
        if self._faults.listed():
            return response
        return self._packer.pack(request, response, self._press.edition)

    def _drop(self, agency: str, request: Request) -> Answer:
        if not self._guard.basic(agency, request):
            return _refused("Basic")
        folder, _, name = request.path.split("/drop/", 1)[1].partition("/")
        shape = _DROPS.get(folder)
        if shape is None:
            return self._report_file(agency, folder, name, request)
        if ".csv" not in name:
            return problem(404, "không có tệp / no such file")
        day = date.fromisoformat(name.partition(".csv")[0])
        printed = self._press.day(agency, shape, day)
        parts = (shape.header, printed.text)
        file = Response(parts=parts, kind="text/csv; charset=utf-8")
        if name.endswith(".csv"):
            return self._misbehave(agency, shape, (day,), 0, request, file)
        return self._done(agency, shape, day, file, printed.rows)

    def _report_file(self, agency: str, feed: str, name: str, request: Request) -> Answer:
        path, is_marker = name.removesuffix(".done"), name.endswith(".done")
        found = self._report_files.render(agency, feed, path)
        if found is None:
            return problem(404, "không có tệp / no such file")
        day, data, rows = found
        file = Response(parts=(data,), kind=KINDS[path.rpartition(".")[2]])
        if is_marker:
            return self._done(agency, _unprinted(path, feed), day, file, rows)
        return self._play(agency, request, Answered(feed, day, 0, file))

    def _done(self, agency: str, shape: Shape, day: date, file: Response, rows: int) -> Answer:
        """Answer the manifest; it speaks of the bytes that the next GET of the file will give."""
        place = (agency, shape.feed, (day,))
        body = file.body
        for fault in self._faults.peek(*place, BODY):
            body = BODY[fault.name].change(body, shape.name)
        digest = hashlib.sha256(body).hexdigest()
        for fault in self._faults.due(*place, 0, DONE):
            match fault.name:
                case "done_missing":
                    return problem(404, "chưa có tệp / not there yet")
                case "done_rows":
                    rows += 3
                case _:
                    digest = digest[::-1]
        return json_response({"rows": rows, "sha256": digest})


def _unprinted(name: str, feed: str) -> Shape:
    """Return the name of what is not printed row by row."""
    return Shape(name, feed, lambda _day, _frame: [])


def _refused(scheme: str) -> Response:
    return json_response(
        {"error": "invalid_token"}, 401, WWW_Authenticate=f'{scheme} realm="sandbox"'
    )
