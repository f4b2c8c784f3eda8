"""Pages of a listing and the envelope that each shape puts around them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from sandbox.envelope import SOAP_11, fault
from sandbox.http import Response
from sandbox.press import Selection

MAX_SIZE = 100_000
"""Largest page served; more is answered with 400."""


@dataclass(frozen=True, slots=True)
class View:
    """Which rows a page shows and what its envelope says.

    Attributes:
        number: page position in its walk, from 0.
        asked: page number as the client wrote it.
        size: rows asked for.
        start: first row shown.
        stop: row after the last one shown.
        total: declared rows.
        amount: declared sum in whole VND.
        is_numbered: the client counts pages, not rows.
        never_last: the envelope always promises another page.
        mark: blanks before the end, so that pages of equal rows differ in their bytes.
    """

    number: int
    asked: int
    size: int
    start: int
    stop: int
    total: int
    amount: int
    is_numbered: bool
    never_last: bool = False
    mark: int = 0


def view(selection: Selection, asked: int, size: int, *, first: int, is_numbered: bool) -> View:
    """Return an honest view.

    Args:
        selection: rows that the query selects.
        asked: page number, or offset where ``is_numbered`` is False.
        size: rows per page, at least 1.
        first: number of the first page.
        is_numbered: whether ``asked`` counts pages.
    """
    start = (asked - first) * size if is_numbered else asked
    number = asked - first if is_numbered else asked // size
    rows = selection.rows
    return View(number, asked, size, start, start + size, rows, selection.amount, is_numbered)


def envelope(shape: str, page: View) -> tuple[bytes, bytes]:
    """Return what stands before and after the rows of a page."""
    last = "false" if page.never_last or page.stop < page.total else "true"
    match shape:
        case "one_stop_rest":
            head, tail = '{"content":[', (
                f'],"totalElements":{page.total},"number":{page.asked},'
                f'"size":{page.size},"last":{last}'
            )  # fmt: skip
        case "portal_session":
            head, tail = f'{{{_PORTAL_OK},"tongso":"{page.total}","data":[', "]"
        case "portal_payments":
            totals = f'"tongso":"{page.total}","tongtien":"{page.amount}"'
            head, tail = f'{{{_PORTAL_OK},{totals},"data":[', "]"
        case "payment_gateway":
            head, tail = f'{{"total":{page.total},"sumAmount":{page.amount},"items":[', "]"
        case _:
            head, tail = f'{{"status":"success","total":{page.total},"items":[', "]"
    return head.encode(), (tail + " " * page.mark + "}").encode()


_PORTAL_OK = '"error_code":"0","error_message":""'


def page_response(shape: str, page: View, selection: Selection) -> Response:
    """Return the page as an answer; its rows are slices of the printed days, not copies."""
    head, tail = envelope(shape, page)
    return Response(parts=(head, *selection.slice(page.start, page.stop), tail))


def json_response(value: object, status: int = 200, **headers: str) -> Response:
    """Return a JSON answer; underscores in header names stand for hyphens."""
    body = json.dumps(value, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, (body,), headers=named)


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error answer as the systems give it."""
    body = {"status": status, "error": HTTPStatus(status).phrase, "message": message}
    return Response(status, (json.dumps(body).encode(),), headers=headers or {})


def app_error(shape: str) -> Response:
    """Return HTTP 200 around the shape's own word for failure."""
    text = "Lỗi hệ thống"
    match shape:
        case "portal_session" | "portal_payments":
            return json_response({"error_code": "99", "error_message": text, "data": []})
        case "axis_list":
            return json_response({"status": "error", "message": text, "items": []})
        case "cabinet/service":
            return fault(SOAP_11, "Server", text, 200)
        case _:
            return json_response({"code": 500, "message": text})
