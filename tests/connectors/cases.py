"""The paged sources of the conformance suite: how each is asked and how it answers."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.format import JsonFormat
from connectors.kind import find_kind
from connectors.login_options import NoAuth
from connectors.source import Source
from connectors.system import load_system
from contracts.partition import ZONE
from tests.connectors.fault_server import Asked, answer
from tests.connectors.world import DAY, source

Body = dict[str, Any]
Rows = list[dict[str, Any]]


def nothing(_asked: Asked, _then: int) -> Body:
    """What a source says of the next page that counts its pages: nothing."""
    return {}


@dataclass(frozen=True)
class Case:
    """A paged source under test.

    Attributes:
        system: shipped system; ``changes`` alter it.
        key: source path of one column.
        number: which page is asked for, from 0.
        page: records and declared total -> body.
        link: request and number of the next page -> what the body says of it.
        header: the same for the headers.
        base: path that the connection's address ends with.
        fixed: options that the tests need.
        write: how a body is written.
    """

    system: str
    key: str
    number: Callable[[Asked], int]
    page: Callable[[Rows, int], Body]
    link: Callable[[Asked, int], Body] = nothing
    header: Callable[[Asked, int], dict[str, str]] = nothing
    base: str = ""
    changes: Body = field(default_factory=dict)
    fixed: Body = field(default_factory=dict)
    write: Callable[..., Any] = answer

    @property
    def kind(self) -> str:
        return load_system(self.system).kind

    @property
    def is_linked(self) -> bool:
        return self.link is not nothing or self.header is not nothing

    def source(self, url: str, folder: Path, pages: int = 3, **options: Any) -> Source:
        """The source; options that its kind does not know are left out."""
        known = find_kind(self.kind).Options.model_fields
        chosen = {name: value for name, value in options.items() if name in known} | self.fixed
        if "windows" in known:
            chosen["windows"] = max(pages, 1)
        open_to_all = (
            {} if load_system(self.system).auth.scheme == "session" else {"auth": NoAuth()}
        )
        changes: Body = {**open_to_all, **self.changes}
        return source(self.system, url + self.base, folder, options=chosen, **changes)

    def play(self, pages: list[list[str]], total: int | None = None) -> Callable[[Asked], Any]:
        """A healthy server of these pages, then empty ones."""
        whole = sum(map(len, pages)) if total is None else total

        def serve(asked: Asked) -> Any:
            if asked.target.endswith("/login"):
                return answer({"error_code": "0", "session": "abc"})
            number = self.number(asked)
            codes = pages[number] if number < len(pages) else []
            declared = len(codes) if self.kind == "date_window" else whole
            body, headers = self.page([{self.key: code} for code in codes], declared), {}
            if number + 1 < len(pages):
                body.get("d", body).update(self.link(asked, number + 1))
                headers = self.header(asked, number + 1)
            return self.write(body, 200, **headers)

        return serve


def query(name: str, asked: Asked, default: str = "") -> str:
    return parse_qs(urlsplit(asked.target).query).get(name, [default])[0]


def cursor(text: Any) -> int:
    """The page that a cursor of the tests means."""
    return int(str(text or "c0").removeprefix("c"))


def told(asked: Asked, name: str) -> str:
    """The text of an element of a SOAP call."""
    found = re.search(rf"<{name}>(.*?)</{name}>", asked.body.decode())
    return found[1] if found else ""


def soap(body: Body, status: int) -> Any:
    """A body as a SOAP answer; names with @ are attributes."""
    inner = element("DanhSachPhienResponse", body["d"])
    uri = "http://schemas.xmlsoap.org/soap/envelope/"
    whole = f'<s:Envelope xmlns:s="{uri}"><s:Body>{inner}</s:Body></s:Envelope>'
    return answer(whole.encode(), status, media="text/xml")


def element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(element(name, part) for part in value)
    if not isinstance(value, dict):
        return f"<{name}>{value}</{name}>"
    marks = "".join(f' {key[1:]}="{text}"' for key, text in value.items() if key[0] == "@")
    inner = "".join(element(key, part) for key, part in value.items() if key[0] != "@")
    return f"<{name}{marks}>{inner}</{name}>"


def params(asked: Asked) -> Any:
    """The JSON of a form with one field."""
    return json.loads(parse_qs(asked.body.decode())["params"][0])


def slot(asked: Asked) -> int:
    """Which window of the day is asked for, of windows that are equal to a minute."""
    start, end = (
        datetime.strptime(query(name, asked), "%Y%m%d%H%M").replace(tzinfo=ZONE)
        for name in ("tuNgay", "denNgay")
    )
    return round((start - datetime.combine(DAY, time(), ZONE)) / (end - start))


CASES = {
    "numbered_pages by GET from 0": Case(
        "one_stop_rest",
        "code",
        lambda asked: int(query("page", asked)),
        lambda found, total: {"content": found, "totalElements": total},
    ),
    "numbered_pages by GET from 1": Case(
        "axis_list",
        "documentId",
        lambda asked: int(query("pageIndex", asked)) - 1,
        lambda found, total: {"status": "success", "items": found, "total": total},
    ),
    "numbered_pages by POST with offset": Case(
        "payment_gateway",
        "partnerCode",
        lambda asked: (asked.json["offset"] + 1) // 2,
        lambda found, total: {"items": found, "total": total, "sumAmount": 7},
    ),
    "numbered_pages by FORM": Case(
        "statistics_gateway",
        "maDonVi",
        lambda asked: params(asked)["trang"] - 1,
        lambda found, total: {"code": 0, "data": found, "total": total},
    ),
    "session_calls": Case(
        "portal_session",
        "MaHoSo",
        lambda asked: int(asked.json["trang"]) - 1,
        lambda found, total: {"error_code": "00", "tongso": str(total), "data": found},
    ),
    "next_link, relative in the body": Case(
        "catalogue_links",
        "maTTHC",
        lambda asked: cursor(query("trang", asked)),
        lambda found, total: {"items": found, "total": total, "next": None},
        link=lambda _, then: {"next": f"?trang=c{then}&tu=đầu"},
        base="/a/H26",
    ),
    "next_link, absolute in the header": Case(
        "platform_xroad",
        "service",
        lambda asked: cursor(query("after", asked)),
        lambda found, total: {"calls": found, "total": total},
        header=lambda asked, then: {
            "Link": f'</>; rel="first", <http://{asked.headers["host"]}/gate/r1/x?after=c{then}>; rel=next'
        },
        base="/gate",
    ),
    "cursor by GET": Case(
        "evaluation_cursor",
        "coQuan",
        lambda asked: cursor(query("cursor", asked)),
        lambda found, total: {"data": found, "total": total, "next_cursor": ""},
        link=lambda _, then: {"next_cursor": f"c{then}"},
    ),
    "cursor by POST": Case(
        "incident_cursor",
        "loai",
        lambda asked: cursor(asked.json.get("conTro")),
        lambda found, total: {"danhSach": found, "tong": total},
        link=lambda _, then: {"conTro": f"c{then}"},
    ),
    "odata 4 with links": Case(
        "results_odata",
        "MaTTHC",
        lambda asked: cursor(query("$skiptoken", asked)),
        lambda found, total: {"@odata.count": total, "value": found},
        link=lambda asked, then: {"@odata.nextLink": f"KetQuaDienTu?$skiptoken=c{then}"},
    ),
    "odata 4 without links": Case(
        "results_odata",
        "MaTTHC",
        lambda asked: (int(query("$skip", asked)) + 1) // 2,
        lambda found, total: {"@odata.count": total, "value": found},
    ),
    "odata 2 with links": Case(
        "results_odata",
        "MaTTHC",
        lambda asked: cursor(query("$skiptoken", asked)),
        lambda found, total: {"d": {"__count": str(total), "results": found}},
        link=lambda asked, then: {"__next": f"?$skiptoken=c{then}"},
        changes={"format": JsonFormat(type="json", rows="d.results")},
        fixed={"version": "2"},
    ),
    "date_window": Case(
        "indicator_window",
        "maChiTieu",
        slot,
        lambda found, total: {"duLieu": found, "tongSo": total},
        fixed={"format": "yyyyMMddHHmm", "end": "excluded", "span": "day", "most": 100},
    ),
    "soap_call by number": Case(
        "cabinet_soap",
        "@ma",
        lambda asked: int(told(asked, "trang")) - 1,
        lambda found, total: {"d": {"tongSo": total, "danhSach": {"phien": found}}},
        changes={"content_types": ("application/json",)},
        write=soap,
    ),
    "soap_call by cursor": Case(
        "cabinet_soap",
        "@ma",
        lambda asked: cursor(told(asked, "conTro")),
        lambda found, total: {"d": {"tongSo": total, "danhSach": {"phien": found}}},
        link=lambda _, then: {"conTro": f"c{then}"},
        changes={"content_types": ("application/json",)},
        fixed={
            "paging": "cursor",
            "number": "conTro",
            "next": "Envelope.Body.DanhSachPhienResponse.conTro",
        },
        write=soap,
    ),
}
