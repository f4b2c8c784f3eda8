"""Servers that the hub has never seen, one for every kind over HTTP: other names, other nesting.

Each has five rows of 20 November 2026 and refuses whoever asks otherwise than its province's file
says.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from lxml import etree  # type: ignore[import-untyped]

from tests.connectors.fault_server import Asked, answer
from tests.connectors.world import SECRET

ROWS = 5
"""Rows that every province has on the day."""


def query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.target).query))


def numbered_pages(asked: Asked) -> Any:
    told = query(asked)
    assert (told["khoa"], told["ngay"]) == (SECRET, "20-11-2026")
    first, most = int(told["boQua"]), int(told["layToiDa"])
    found = [
        {
            "vb": {"dinhDanh": f"000.00.00.H26,2026/11/20,{n}/QĐ-UBND", "chieu": "Đi"},
            "noiGui": {"ma": "H26.19"},
            "noiNhan": {"ma": "000.00.00.G22"},
            "luanChuyen": {"luc": f"0{n}:30 20/11/2026"},
        }
        for n in range(ROWS)
    ]
    return answer({"thongTin": {"vanBan": found[first : first + most], "tongCong": ROWS}})


def numbered_pages_form(asked: Asked) -> Any:
    told = json.loads(parse_qs(asked.body.decode())["params"][0])
    assert (told["type"], told["ngay"], asked.method) == ("GIAO_DICH", "20.11.2026", "POST")
    first = (told["trangSo"] - 1) * told["soDong"]
    found = [
        {
            "kenh": "KB",
            "soChungTu": f"CT{n}",
            "soGiaoDich": f"GD{n}",
            "thuHuong": {"ma": "H26.19"},
            "soTien": "1.250.000",
            "thoiDiem": f"20.11.2026 0{n}:00:01",
        }
        for n in range(ROWS)
    ]
    return answer({"tong": str(ROWS), "ds": found[first : first + told["soDong"]]})


def next_link(asked: Asked) -> Any:
    if asked.headers["authorization"] != f"Bearer {SECRET}":
        return answer(b"", 401)
    number = int(query(asked).get("tiep", "0"))
    found = [
        {
            "ma": f"GD-{n}",
            "doiTac": {"ma": "VIETPAY", "thamChieu": f"TC/{n}"},
            "thuHuong": {"donVi": "H26.19"},
            "tien": {"so": "150.000", "luc": f"20-11-2026 1{n}:05"},
            "tinhTrang": "00",
        }
        for n in range(ROWS)
    ]
    link = f"/v2/giao-dich?tiep={number + 2}" if number + 2 < ROWS else None
    paging = {"tongSo": ROWS, "tongTien": ROWS * 150_000, "tiepTheo": {"duongDan": link}}
    return answer({"ketQua": {"danhSach": found[number : number + 2]}, "phanTrang": paging})


def next_link_header(asked: Asked) -> Any:
    assert asked.headers["x-road-client"] == "VN/GOV/VPCP/lien-thong"
    assert asked.target.startswith("/r1/VN/GOV/H26/MotCua/v1/ho-so?")
    told = query(asked)
    assert (told["sua_tu"], told["sua_den"]) == (
        "2026-11-19T17:00:00.000Z",
        "2026-11-20T17:00:00.000Z",
    )
    number = int(told.get("trang", "0"))
    found = [
        {
            "so": f"H26.19-261120-000{n}",
            "thuTuc": {"ma": "1.004873", "noiGiai": "H26.19"},
            "trangThai": "moi",
            "kenh": "mang",
            "suaLuc": f"2026-11-20T0{n}:00:00Z",
        }
        for n in range(ROWS)
    ]
    base = asked.target.partition("&trang")[0]
    link = f'<http://{asked.headers["host"]}{base}&trang={number + 3}>; rel="next"'
    more = {"Link": link} if number + 3 < ROWS else {}
    return answer(found[number : number + 3], 200, X_Total_Count=str(ROWS), **more)


def cursor(asked: Asked) -> Any:
    told = asked.json
    if asked.target == "/vao":
        assert told == {"tk": "H26", "mk": SECRET}
        return answer({"the": {"ma": "the-1"}})
    if asked.headers.get("x-the") != "the-1":
        return answer(b"", 401)
    assert told["ngayDuLieu"] == "20/11/2026"
    start = int(told.get("tuViTri", "~0").removeprefix("~"))
    found = [
        {
            "HS": f"H26.19-261120-000{n}",
            "TT": "1.004873",
            "DV": "H26.19",
            "TTr": "1",
            "CN": f"2026/11/20 08:0{n}:00",
        }
        for n in range(ROWS)
    ]
    meta = {"viTri": f"~{start + 2}", "conNua": start + 2 < ROWS, "tong": ROWS}
    return answer({"banGhi": found[start : start + 2], "meta": meta})


def date_window(asked: Asked) -> Any:
    if len(asked.headers.get("x-chu-ky", "")) != 64 or "x-luc" not in asked.headers:
        return answer(b"", 401)
    told = query(asked)
    found = [
        {"soCT": f"C{n}", "soGD": f"G{n}", "dv": "H26.19", "st": 1000 + n, "kq": "Y",
         "luc": f"202611200{n}5959"}
        for n in range(ROWS)
    ]  # fmt: skip
    return answer([one for one in found if told["tu"] <= str(one["luc"]) <= told["den"]][:3])


def odata(asked: Asked) -> Any:
    if asked.target == "/cap-quyen":
        told = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert told == {"grant_type": "password", "username": "H26", "password": SECRET}
        assert asked.headers["authorization"].startswith("Basic ")
        return answer({"access_token": "t-1", "expires_in": 600})
    if asked.headers["authorization"] != "Bearer t-1":
        return answer(b"", 401)
    told = query(asked)
    assert told["$filter"] == "LuanChuyen ge datetime'2026-11-20T00:00:00'"
    assert (told["$format"], told["$inlinecount"]) == ("json", "allpages")
    skip = int(told["$skip"])
    found = [
        {
            "__metadata": {"uri": "x", "type": "VanBan"},
            "DinhDanh": f"000.00.00.H26,2026/11/20,{n}/TB-UBND",
            "Chieu": 2,
            "Gui": {"Ma": "000.00.00.G22"},
            "Nhan": {"Ma": "H26.19"},
            "LuanChuyen": f"2026-11-20T0{n}:00:00",
        }
        for n in range(ROWS)
    ]
    return answer({"d": {"results": found[skip : skip + 2], "__count": str(ROWS)}})


def session_calls(asked: Asked) -> Any:
    told = asked.json
    if asked.target == "/vao":
        return answer({"loi": "0", "phien": "p-1"})
    if told["phien"] != "p-1":
        return answer({"loi": "7"})
    codes = [f"H26.19-261120-000{n}" for n in range(ROWS)]
    if told["ham"] == "LietKe":
        assert told["ngay"] == "20112026"
        listed = [{"ma": code} for code in codes] if told["page"] == "0" else []
        return answer({"loi": "0", "soLuong": ROWS, "kq": listed})
    found = [
        {"ma": code, "tthc": "1.004873", "dv": "H26.19", "tt": "1", "kenh": "q",
         "sua": "14:05:09 20-11-2026"}
        for code in told["cacMa"].split(";")
    ]  # fmt: skip
    assert len(found) <= 2
    return answer({"loi": "0", "kq": found})


def soap_call(asked: Asked) -> Any:
    """Attributes and elements, a cursor in the envelope, other words for everything."""
    if not asked.headers.get("authorization", "").startswith("Basic "):
        return answer(b"", 401)
    called = etree.fromstring(asked.body).find(".//{http://tempuri.org/}LayHoSo/{*}loc")
    assert called is not None
    told = {etree.QName(part).localname: part.text for part in called}
    assert (told["tu"], told["den"], told["soDong"]) == ("20/11/2026", "20/11/2026", "2")
    start = int(told.get("the") or 0)
    found = "".join(
        f'<hs so="H26.19-261120-000{n}" tt="M"><thuTuc><ma>1.004873</ma><noi>H26.19</noi></thuTuc>'
        f"<sua>08:0{n} 20/11/2026</sua><chuHoSo>Nguyễn Văn A</chuHoSo></hs>"
        for n in range(start, min(start + 2, ROWS))
    )
    more = f"<tiep>{start + 2}</tiep>" if start + 2 < ROWS else ""
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        f"<KetQua><tong>{ROWS}</tong>{found}{more}</KetQua></s:Body></s:Envelope>"
    )
    return answer(body.encode(), media="application/soap+xml")


def message_axis(asked: Asked) -> Any:
    if (asked.headers.get("x-khoa"), bool(asked.headers.get("x-don-vi"))) != (SECRET, True):
        return answer(b"", 401)
    if asked.target.startswith("/vb/den"):
        told = query(asked)
        assert told["ngay"] == "20-11-2026"
        start = int(told["trang"]) * int(told["soDong"])
        listed = [{"id": f"số {n}", "luc": f"20/11/2026 0{n}:30"} for n in range(ROWS)]
        return answer({"kq": {"tong": ROWS, "ds": listed[start : start + int(told["soDong"])]}})
    number = unquote(asked.target.rpartition("/")[2]).removeprefix("số ")
    thu = (
        f'<v:Thu xmlns:v="urn:v"><v:Dau><v:So dinhDanh="000.00.00.G22,2026/11/20,{number}/TB"/>'
        "<v:Gui>000.00.00.G22</v:Gui><v:Nhan>H26.19</v:Nhan></v:Dau><v:NoiDung>Kín</v:NoiDung>"
        "</v:Thu>"
    )
    return answer(thu.encode(), media="application/xml")


SERVERS: dict[str, Callable[[Asked], Any]] = {
    "numbered_pages": numbered_pages,
    "numbered_pages_form": numbered_pages_form,
    "next_link": next_link,
    "next_link_header": next_link_header,
    "cursor": cursor,
    "date_window": date_window,
    "odata": odata,
    "session_calls": session_calls,
    "soap_call": soap_call,
    "message_axis": message_axis,
}
