"""Statistical feeds as their systems serve them: names, spellings and ways of paging."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from sandbox.http import Request, Response
from sandbox.page import json_response
from sandbox.statistics import Statistics
from sandbox.statistics_national import Row, month_end

Record = dict[str, Any]
Codes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a system writes a feed's rows.

    Attributes:
        feed: which feed.
        names: contract field -> the system's name.
        codes: contract field -> contract text -> what the system writes.
        extra: further members of every record; the hub must drop them.
    """

    feed: str
    names: Mapping[str, str]
    codes: Mapping[str, Codes] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def records(self, rows: list[Row]) -> list[Record]:
        """Return rows in the system's words."""
        return [
            {name: self._write(key, row.get(key)) for key, name in self.names.items()}
            | dict(self.extra)
            for row in rows
        ]

    def _write(self, key: str, value: str | int | None) -> Any:
        codes = self.codes.get(key)
        return codes.get(str(value), value) if codes and value is not None else value


GATEWAY = Spelling(
    "dossier_statistics",
    {
        "form": "mauBieu",
        "unit_code": "maDonVi",
        "field_code": "maLinhVuc",
        "procedure_code": "maTTHC",
        "received_online": "tnTrucTuyen",
        "received_direct_postal": "tnTrucTiep",
        "carried_over": "kyTruocChuyenQua",
        "received_total": "tongTiepNhan",
        "resolved_early": "gqTruocHan",
        "resolved_ontime": "gqDungHan",
        "resolved_late": "gqQuaHan",
        "resolved_total": "tongGiaiQuyet",
        "pending_intime": "dangTrongHan",
        "pending_late": "dangQuaHan",
        "pending_total": "tongDangGiaiQuyet",
    },
    {"form": {"ii06a": "II.06a"}},
    {"nguoiLap": "Nguyễn Văn Lập"},
)
CATALOGUE = Spelling(
    "service_catalogue",
    {
        "procedure_code": "maTTHC",
        "unit_code": "donVi",
        "field_code": "linhVuc",
        "service_level": "mucDo",
        "regime": "canCu",
        "integrated": "tichHop",
        "integrated_on": "ngayTichHop",
        "has_payment": "thanhToan",
    },
    {
        "service_level": {
            "forms": "Mức độ 2",
            "submit_online": "Mức độ 3",
            "transact_online": "Mức độ 4",
            "full": "Toàn trình",
            "partial": "Một phần",
            "info_only": "Cung cấp thông tin",
        },
        "regime": {"nd43": "43/2011/NĐ-CP", "nd42": "42/2022/NĐ-CP"},
        "integrated": {"yes": True, "no": False},
        "integrated_on": {"2019-12-31": "31/12/2019"},
        "has_payment": {"yes": True, "no": False},
    },
    {"tenTTHC": "Thủ tục hành chính"},
)
RESULTS = Spelling(
    "electronic_results",
    {
        "unit_code": "MaDonVi",
        "procedure_code": "MaTTHC",
        "results_issued": "TongKetQua",
        "results_electronic": "KetQuaDienTu",
    },
)
COUNTER = Spelling(
    "portal_usage",
    {"channel": "kenh", "new_accounts": "taiKhoanMoi", "visits": "luotTruyCap"},
    {"channel": {"mobile": "di-dong"}},
)
EVALUATION = Spelling(
    "usage_evaluation",
    {
        "evaluated_code": "coQuan",
        "services_total": "tongDichVu",
        "services_level4": "mucDo4",
        "level4_share": "tyLeMucDo4",
    },
)
TRAFFIC = Spelling(
    "platform_traffic",
    {
        "platform_code": "platform",
        "service_code": "service",
        "requests": "requests",
        "failures": "failures",
        "connected_on": "connectedOn",
    },
)
INDICATORS = Spelling(
    "socioeconomic_indicators",
    {
        "indicator_code": "maChiTieu",
        "area_code": "maDiaBan",
        "reporting_period": "kyBaoCao",
        "value_kind": "loaiSoLieu",
        "approved": "daDuyet",
        "value": "giaTri",
        "unit_name": "donViTinh",
    },
    {
        "value_kind": {"plan": "KH", "estimate": "UTH", "actual": "TH"},
        "approved": {"yes": "1", "no": "0"},
    },
    {"nguoiNhap": "Trần Thị Nhập"},
)
INCIDENTS = Spelling(
    "security_incidents",
    {
        "incident_kind": "loai",
        "reporting_period": "ky",
        "incidents": "soLuong",
        "change_percent": "tyLeThayDoi",
        "compared_period": "kySoSanh",
    },
    {
        "incident_kind": {
            "all": "TAT-CA",
            "phishing": "LUA-DAO",
            "malware": "MA-DOC",
            "defacement": "THAY-DOI-GIAO-DIEN",
        }
    },
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with what faults need to know of it.

    Attributes:
        day: last day of the period that was asked for.
        page: page of the walk, from 0.
    """

    feed: str
    day: date
    page: int
    response: Response


class Reports:
    """Answers the statistical systems of every agency."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self.routes: dict[tuple[str, str], Callable[[str, Request], Answered]] = {
            ("POST", "tk/thongke"): self._gateway,
            ("GET", "dvc/danhmuc"): self._catalogue,
            ("GET", "odata/KetQuaDienTu"): self._results,
            ("GET", "portal/counter"): self._counter,
            ("GET", "emc/evaluation"): self._evaluation,
            ("GET", "r1/VN/GOV/NDXP/traffic/v1/calls"): self._traffic,
            ("GET", "ktxh/chitieu"): self._indicators,
            ("POST", "attt/suco"): self._incidents,
        }

    def _records(self, agency: str, spelling: Spelling, day: date) -> list[Record]:
        return spelling.records(self._statistics.rows(agency, spelling.feed, day) or [])

    def _gateway(self, agency: str, request: Request) -> Answered:
        asked = json.loads(parse_qs(request.body.decode())["params"][0])
        day = month_end(date(int(asked["nam"]), int(asked["thang"]), 1))
        number, size = int(asked["trang"]), int(asked["soBanGhi"])
        records = self._records(agency, GATEWAY, day)
        shown = records[(number - 1) * size : number * size]
        body = {"code": 0, "message": "", "total": len(records), "data": shown}
        return Answered(GATEWAY.feed, day, number - 1, json_response(body))

    def _catalogue(self, agency: str, request: Request) -> Answered:
        query = request.query
        day = month_end(date(int(query["nam"]), int(query["thang"]), 1))
        start, size = int(query.get("start", 0)), int(query["limit"])
        records = self._records(agency, CATALOGUE, day)
        following = None
        if start + size < len(records):
            following = "danhmuc?" + urlencode({**query, "start": start + size})
        shown = records[start : start + size]
        body = {"items": shown, "next": following, "total": len(records)}
        return Answered(CATALOGUE.feed, day, start // size, json_response(body))

    def _results(self, agency: str, request: Request) -> Answered:
        words = request.query["$filter"].split()
        day = month_end(date(int(words[2]), int(words[6]), 1))
        skip, top = int(request.query.get("$skip", 0)), int(request.query.get("$top", 100))
        records = self._records(agency, RESULTS, day)
        body: Record = {"@odata.count": len(records), "value": records[skip : skip + top]}
        if skip + top < len(records):
            query = urlencode({**request.query, "$skip": skip + top})
            body["@odata.nextLink"] = f"KetQuaDienTu?{query}"
        return Answered(RESULTS.feed, day, skip // top, json_response(body))

    def _counter(self, agency: str, request: Request) -> Answered:
        day = date.fromisoformat(request.query["date"])
        number, size = int(request.query.get("page", 0)), int(request.query["size"])
        records = self._records(agency, COUNTER, day)
        body = {"total": len(records), "rows": records[number * size : (number + 1) * size]}
        return Answered(COUNTER.feed, day, number, json_response(body))

    def _evaluation(self, agency: str, request: Request) -> Answered:
        year, month = map(int, request.query["period"].split("-"))
        day = month_end(date(year, month, 1))
        start, size = _unsealed(request.query.get("cursor", "")), int(request.query["limit"])
        records = self._records(agency, EVALUATION, day)
        more = start + size < len(records)
        body = {
            "data": records[start : start + size],
            "total": len(records),
            "next_cursor": _sealed(start + size) if more else None,
        }
        return Answered(EVALUATION.feed, day, start // size, json_response(body))

    def _traffic(self, agency: str, request: Request) -> Answered:
        day = date.fromisoformat(request.query["date"])
        start, size = int(request.query.get("start", 0)), int(request.query["limit"])
        records = self._records(agency, TRAFFIC, day)
        headers = {}
        if start + size < len(records):
            query = urlencode({**request.query, "start": start + size})
            headers = {"Link": f'<calls?{query}>; rel="next"'}
        body = {"total": len(records), "calls": records[start : start + size]}
        return Answered(
            TRAFFIC.feed, day, start // size, replace(json_response(body), headers=headers)
        )

    def _indicators(self, agency: str, request: Request) -> Answered:
        """Answer at most five rows of the days asked for, and how many there are."""
        first, last = (_day(request.query[name]) for name in ("tuNgay", "denNgay"))
        end = month_end(last)
        records = self._records(agency, INDICATORS, end)
        begin = end.replace(day=1)
        told = []
        for number, record in enumerate(records):
            entered = begin + timedelta(2 * number)
            if first <= entered <= last:
                number_vi = str(record["giaTri"]).replace(".", ",")
                stamped = {**record, "giaTri": number_vi, "ngayCapNhat": f"{entered:%d/%m/%Y}"}
                told.append(stamped)
        body = {"tongSo": len(told), "duLieu": told[:5]}
        return Answered(INDICATORS.feed, end, 0, json_response(body))

    def _incidents(self, agency: str, request: Request) -> Answered:
        asked = json.loads(request.body)
        year, month = map(int, asked["ky"].split("-"))
        day = month_end(date(year, month, 1))
        start = _unsealed(asked.get("conTro", ""))
        records = self._records(agency, INCIDENTS, day)
        more = start + 3 < len(records)
        body = {
            "danhSach": records[start : start + 3],
            "tong": len(records),
            "conTro": _sealed(start + 3) if more else "",
        }
        return Answered(INCIDENTS.feed, day, start // 3, json_response(body))


def _day(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)


def _sealed(start: int) -> str:
    """Return a cursor that says nothing to those who read it."""
    return f"c{start * 7919:08x}"


def _unsealed(cursor: str) -> int:
    return int(cursor[1:], 16) // 7919 if cursor else 0
