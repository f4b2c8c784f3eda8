"""The simulated receiver: who may hand over, what is checked, what is counted once."""

import hashlib
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

import pytest

from tests.sandbox.conftest import Answer, Client

FORM = {
    "DanhSachBieuMau": [
        {
            "MaBieuMau": "II.06a",
            "PhienBan": "1",
            "TenBieuMau": "Biểu",
            "CoQuanBanHanh": "VPCP",
            "HieuLucTu": "2018-01-01",
            "LaDanhSach": False,
            "DanhSachCot": [{"SoCot": "3", "TenCot": "Tổng", "DonViTinh": "hồ sơ"}],
            "DanhSachPhepCong": [{"CotTong": "3", "CacCot": ["4", "5"]}],
        }
    ]
}


def data(*rows: tuple[int, int, int], **more: Any) -> dict[str, Any]:
    """Return report data of columns 3 = 4 + 5, its control totals right."""
    cells = [[{"SoCot": c, "GiaTri": v} for c, v in zip("345", row, strict=True)] for row in rows]
    totals = [sum(row[place] for row in rows) for place in range(3)]
    told = {
        "MaBieuMau": "II.06a",
        "PhienBan": "1",
        "KyBaoCao": "2026-11",
        "LichKy": "report",
        "TuNgay": "2026-10-15",
        "DenNgay": "2026-11-14",
        "BanDoHanhChinh": "reported",
        "CachChia": "agency",
        "ThoiGianKy": "2026-11-20T08:00:00+07:00",
        "MaSoLieu": "a" * 64,
        "DanhSachDong": [{"MaDong": f"H{n}", "DanhSachO": c} for n, c in enumerate(cells)],
        "SoDong": len(rows),
        "TongKiemTra": [{"SoCot": c, "GiaTri": v} for c, v in zip("345", totals, strict=True)],
    }
    return {**told, **more}


def packet(kind: str, values: Mapping[str, Any], key: str, replaces: str = "") -> dict[str, Any]:
    around: dict[str, Any] = {"QuyChuan": "QCVN 125:2021/BTTTT", "LoaiGoiTin": kind}
    return (
        around
        | {"MaGoiTin": key, "DuLieu": values}
        | ({"ThayTheBienNhan": replaces} if replaces else {})
    )


def token(client: Client) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": "reporting",
        "client_secret": client.secret("reporting"),
    }
    body = urllib.parse.urlencode(form).encode()
    return str(client.call("POST", "/r/oauth/token", body=body).json["access_token"])


def hand(client: Client, value: Any, key: str = "k1", **changed: str) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = {
        "Authorization": f"Bearer {token(client)}",
        "Idempotency-Key": key,
        "X-Content-SHA256": hashlib.sha256(body).hexdigest(),
    }
    named = {name.replace("_", "-"): text for name, text in changed.items()}
    return client.call("POST", "/r/packets", body=body, headers={**headers, **named})


def ask(client: Client, key: str) -> Answer:
    headers = {"Authorization": f"Bearer {token(client)}"}
    return client.call("GET", f"/r/packets/{key}", headers=headers)


def received(client: Client) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = client.call("GET", "/_control/received").json["packets"]
    return told


def test_a_packet_is_acknowledged_with_a_receipt_over_its_bytes(client: Client) -> None:
    body = json.dumps(packet("BieuMau", FORM, "k1")).encode()
    told = hand(client, body)
    assert told.status == 200
    receipt = told.json
    assert receipt["SoBienNhan"] == "BN-000001"
    assert receipt["MaBam"] == hashlib.sha256(body).hexdigest()
    assert receipt["MaGoiTin"] == "k1"
    assert receipt["ThoiGianNhan"].endswith("+07:00")
    assert ask(client, "k1").json == receipt


def test_the_same_key_is_counted_once_and_told_the_same_receipt(client: Client) -> None:
    first = hand(client, packet("BieuMau", FORM, "k1")).json
    assert hand(client, packet("BieuMau", FORM, "k1")).json == first
    assert [(held["number"], held["times"]) for held in received(client)] == [("BN-000001", 2)]


def test_a_key_that_was_used_for_other_bytes_is_refused(client: Client) -> None:
    hand(client, packet("BieuMau", FORM, "k1"))
    told = hand(client, packet("BieuMau", {"DanhSachBieuMau": []}, "k1"))
    assert (told.status, told.json["MaLoi"]) == (409, "TRUNG-KHOA")


def test_a_key_that_nobody_sent_is_not_held(client: Client) -> None:
    assert ask(client, "k9").status == 404


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic eDp5"])
def test_strangers_are_turned_away(client: Client, header: str) -> None:
    told = hand(client, packet("BieuMau", FORM, "k1"), Authorization=header)
    assert (told.status, told.json["MaLoi"]) == (401, "CHUA-DANG-NHAP")
    status = client.call("GET", "/r/packets/k1", headers={"Authorization": header})
    assert status.status == 401
    wrong = b"grant_type=client_credentials&client_id=reporting&client_secret=wrong"
    assert client.call("POST", "/r/oauth/token", body=wrong).status == 401
    assert received(client) == []


@pytest.mark.parametrize(
    ("value", "headers", "code"),
    [
        (b"{", {}, "CU-PHAP"),
        ([], {}, "CAU-TRUC"),
        (packet("BieuMau", FORM, "k2"), {}, "CAU-TRUC"),
        (packet("GoiLa", FORM, "k1"), {}, "CAU-TRUC"),
        (packet("BieuMau", FORM, "k1") | {"QuyChuan": "x"}, {}, "CAU-TRUC"),
        (packet("BieuMau", {}, "k1"), {}, "CAU-TRUC"),
        (packet("BieuMau", FORM | {"La": 1}, "k1"), {}, "CAU-TRUC"),
        (packet("BieuMau", {"DanhSachBieuMau": [{}]}, "k1"), {}, "CAU-TRUC"),
        (packet("BieuMau", FORM, "k1"), {"X_Content_SHA256": "0" * 64}, "MA-BAM"),
        (packet("BieuMau", FORM, "k1"), {"Idempotency_Key": ""}, "MA-BAM"),
        (packet("SoLieuBaoCao", data((3, 1, 2)), "k1"), {}, "THAM-CHIEU"),
        (packet("BieuMau", FORM, "k1", "BN-000007"), {}, "TRUNG-NOI-DUNG"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_with_a_reason(
    client: Client, value: Any, headers: dict[str, str], code: str
) -> None:
    told = hand(client, value, **headers)
    assert 400 <= told.status < 500
    assert told.json["MaLoi"] == code
    assert told.json["MoTa"]
    assert received(client) == []


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (data((3, 1, 2), (5, 2, 3)), None),
        (data((3, 1, 1)), "PHEP-CONG"),
        (data((1, 2, -1)), "PHEP-CONG"),
        (data((3, 1, 2), SoDong=2), "PHEP-CONG"),
        (data((3, 1, 2), TongKiemTra=[{"SoCot": "3", "GiaTri": 4}]), "PHEP-CONG"),
        (data((3, 1, 2), TuNgay="15/10/2026"), "CAU-TRUC"),
        (data((3, 1, 2), ThoiGianKy="2026-11-20T08:00:00"), "CAU-TRUC"),
        (data((3, 1, 2), SoDong=True), "CAU-TRUC"),
    ],
)
def test_sums_are_held_against_the_form_that_was_received_before(
    client: Client, told: dict[str, Any], code: str | None
) -> None:
    hand(client, packet("BieuMau", FORM, "form"), "form")
    answer = hand(client, packet("SoLieuBaoCao", told, "k1"))
    assert answer.json.get("MaLoi") == code


def test_data_of_a_place_is_replaced_only_by_who_names_its_receipt(client: Client) -> None:
    hand(client, packet("BieuMau", FORM, "form"), "form")
    hand(client, packet("SoLieuBaoCao", data((3, 1, 2)), "k1"))
    newer = data((4, 2, 2))
    blind = hand(client, packet("SoLieuBaoCao", newer, "k2"), "k2")
    assert (blind.status, blind.json["MaLoi"]) == (409, "TRUNG-NOI-DUNG")
    assert hand(client, packet("SoLieuBaoCao", newer, "k3", "BN-000002"), "k3").status == 200
    assert [held["is_current"] for held in received(client)] == [True, False, True]
    other = data((3, 1, 2), MaDonVi="H26")
    assert hand(client, packet("SoLieuBaoCao", other, "k4"), "k4").status == 200


def test_a_fault_happens_before_or_after_storing_as_ordered(client: Client) -> None:
    order = {"agency": "reporting", "feed": "packets", "page": 0}
    client.fault("http_500", **order)
    assert hand(client, packet("BieuMau", FORM, "k1")).status == 500
    assert received(client) == []
    client.fault("http_500", **order, detail={"after": "storing"})
    assert hand(client, packet("BieuMau", FORM, "k1")).status == 500
    assert [held["key"] for held in received(client)] == ["k1"]


def test_receipts_may_be_wrong_on_demand(client: Client) -> None:
    order = {"agency": "reporting", "feed": "packets"}
    hand(client, packet("BieuMau", FORM, "form"), "form")
    client.fault("receipt_digest", **order)
    client.fault("receipt_repeated", **order)
    wrong = hand(client, packet("SoLieuBaoCao", data((3, 1, 2)), "k1")).json
    assert wrong["SoBienNhan"] == "BN-000001"
    assert wrong["MaBam"] != ask(client, "k1").json["MaBam"]


def test_packets_are_refused_on_demand_with_the_reason_ordered(client: Client) -> None:
    order = {"agency": "reporting", "feed": "packets"}
    client.fault("refuse_packet", **order, detail={"reason": "kỳ đã khóa"})
    told = hand(client, packet("BieuMau", FORM, "k1"))
    assert (told.status, told.json["MoTa"]) == (422, "kỳ đã khóa")


def test_what_was_received_may_be_forgotten(client: Client) -> None:
    hand(client, packet("BieuMau", FORM, "k1"))
    client.call("DELETE", "/_control/received")
    assert received(client) == []
