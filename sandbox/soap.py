"""The Government's meetings as a SOAP service with WS-Security, as Java servers answer."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date

from lxml import etree  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from sandbox.auth import Guard
from sandbox.envelope import MEDIA, SOAP_11, WSSE, WSU, enveloped, fault
from sandbox.http import Request, Response
from sandbox.person import SIGNER_MARK
from sandbox.report import Answered
from sandbox.statistics import Statistics
from sandbox.statistics_national import Row, month_end
from sandbox.wsdl import NAMESPACE, wsdl

FEED = "cabinet_sessions"
_KINDS = {"session": "Phiên họp", "ballot": "Phiếu lấy ý kiến"}


class Cabinet:
    """Answers calls of ``DanhSachPhien``; every token is taken once."""

    def __init__(self, statistics: Statistics, guard: Guard) -> None:
        self._statistics, self._guard = statistics, guard
        self._nonces: set[tuple[str, bytes]] = set()

    def describe(self, request: Request) -> Response:
        """Return the WSDL, whose address is the one it was asked for at."""
        address = f"http://{request.headers.get('host', 'localhost')}{request.path}"
        return Response(parts=(wsdl(address),), kind="text/xml; charset=utf-8")

    def call(self, agency: str, request: Request) -> Answered | Response:
        """Return the answer to a call, or the fault that its envelope deserves."""
        try:
            root = etree.fromstring(request.body, etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError:
            return fault(SOAP_11, "Client", "Không phải XML")
        soap = etree.QName(root).namespace
        asked = root.find(f"{{{soap}}}Body/{{{NAMESPACE}}}DanhSachPhien")
        if soap not in MEDIA or asked is None:
            return fault(SOAP_11, "Client", "Không có dịch vụ này")
        if not self._opens(agency, root, soap):
            return fault(soap, "FailedAuthentication", "Sai tài khoản hoặc mật khẩu")
        values = {etree.QName(element).localname: element.text or "" for element in asked}
        try:
            return self._page(agency, soap, values)
        except (KeyError, ValueError) as error:
            return fault(soap, "Client", f"Tham số sai: {error}")

    def _opens(self, agency: str, root: etree._Element, soap: str) -> bool:
        token = root.find(f"{{{soap}}}Header/{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
        if token is None:
            return False
        user, told, nonce = (
            token.findtext(f"{{{WSSE}}}{name}", "") for name in ("Username", "Password", "Nonce")
        )
        try:
            salt = base64.b64decode(nonce, validate=True)
        except binascii.Error:
            return False
        if not salt or (agency, salt) in self._nonces:
            return False
        self._nonces.add((agency, salt))
        created = token.findtext(f"{{{WSU}}}Created", "")
        return self._guard.digest(agency, user, salt + created.encode(), told)

    def _page(self, agency: str, soap: str, asked: Mapping[str, str]) -> Answered:
        day = month_end(date(int(asked["nam"]), int(asked["thang"]), 1))
        number, size = int(asked["trang"]), int(asked["soBanGhi"])
        if number < 1 or not 0 < size <= 1000:
            raise ValueError("trang, soBanGhi")
        rows = self._statistics.rows(agency, FEED, day) or []
        shown = rows[(number - 1) * size : number * size]
        make = ElementMaker(namespace=NAMESPACE, nsmap={"ns2": NAMESPACE})
        told = make.DanhSachPhienResponse(
            make.tongSo(str(len(rows))), make.danhSach(*(_record(make, row) for row in shown))
        )
        return Answered(FEED, day, number - 1, enveloped(soap, told))


def _record(make: ElementMaker, row: Row) -> etree._Element:
    return make.phien(
        make.hinhThuc(_KINDS[str(row["kind"])]),
        make.ngayHop(str(row["held_on"])),
        make.chuTri(f"{SIGNER_MARK} {row['meeting_code']}"),
        make.taiLieu(make.soLuong(str(row["papers_replaced"]))),
        ma=str(row["meeting_code"]),
    )
