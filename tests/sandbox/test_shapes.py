import csv
import gzip
import hashlib
import io
import json
import re

import pytest

from sandbox.http import Request, Response
from sandbox.pack import Packer
from sandbox.person import CANARIES
from tests.sandbox.conftest import Client

DAY = "2026-11-20"
AGENCY = "H26"


@pytest.mark.parametrize("agency", ["H26", "G12", "H01"])
def test_the_one_stop_pages_hold_every_row_that_the_truth_names(
    client: Client, agency: str
) -> None:
    expected = client.truth("dossiers", DAY, agency=agency)["days"][0]
    codes: list[str] = []
    for page in range(100):
        told = client.one_stop(agency, DAY, page, 50).json
        codes += [record["code"] for record in told["content"]]
        assert told["totalElements"] == expected["rows"]
        if told["last"]:
            break
    assert len(codes) == expected["rows"]
    assert len(set(codes)) == expected["keys"]


def test_a_one_stop_record_has_the_documented_fields(client: Client) -> None:
    record = client.one_stop(AGENCY, DAY, size=1).json["content"][0]
    assert sorted(record) == sorted(
        [
            *("id", "code", "dossierStatus", "applicant", "procedure", "procedureLevel", "agency"),
            *("appliedDate", "acceptedDate", "appointmentDate", "completedDate"),
            *("returnedDate", "updatedDate", "applyMethod", "onlinePaid"),
        ]
    )
    assert set(record["applicant"]["data"]) == {
        *("fullname", "identityNumber", "phoneNumber", "email", "address", "village")
    }
    assert re.fullmatch(r"2026-11-\d\dT\d\d:\d\d:\d\d\.000\+0000", record["updatedDate"])


def test_a_local_day_asked_for_in_utc_begins_at_seventeen_hours(client: Client) -> None:
    path = client.one_stop_path(AGENCY, DAY)
    utc = re.sub(
        r"updated-from=.*",
        "updated-from=2026-11-19T17:00:00.000Z&updated-to=2026-11-20T17:00:00.000Z",
        path,
    )
    shifted = utc.replace("T17:00", "T00:00")
    headers = {"Authorization": f"Bearer {client.token(AGENCY)}"}
    right = client.call("GET", utc, headers=headers).json["totalElements"]
    wrong = client.call("GET", shifted, headers=headers).json["totalElements"]
    assert right == client.truth("dossiers", DAY, agency=AGENCY)["days"][0]["rows"]
    assert wrong != right


def test_every_shape_of_a_dossier_tells_the_same_codes_in_the_same_order(client: Client) -> None:
    one_stop = [r["code"] for r in client.one_stop(AGENCY, DAY, size=5000).json["content"]]
    portal = client.service(AGENCY, "LayDanhSachHoSo", DAY).json
    file = client.drop(AGENCY, f"dossiers/{DAY}.csv").body
    rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))
    assert portal["tongso"] == str(len(one_stop))
    assert [r["MaHoSo"] for r in portal["data"]] == one_stop
    assert [r["Mã hồ sơ"] for r in rows] == one_stop
    assert all(isinstance(value, str) for record in portal["data"] for value in record.values())
    assert file.startswith(b"\xef\xbb\xbf")


def test_both_payment_shapes_declare_the_sum_of_their_rows(client: Client) -> None:
    expected = client.truth("payments", DAY, agency=AGENCY)["days"][0]
    gateway = client.gateway(AGENCY, DAY).json
    portal = client.service(AGENCY, "LayDanhSachThanhToan", DAY).json
    assert gateway["total"] == len(gateway["items"]) == expected["rows"]
    assert gateway["sumAmount"] == sum(r["amount"] for r in gateway["items"]) == expected["amount"]
    assert int(portal["tongtien"]) == sum(int(r["SoTien"]) for r in portal["data"])
    assert int(portal["tongtien"]) == expected["amount"]
    assert [r["MaGiaoDich"] for r in portal["data"]] == [
        r["transactionCode"] for r in gateway["items"]
    ]


def test_both_document_shapes_tell_the_same_movements(client: Client) -> None:
    expected = client.truth("documents", DAY, agency=AGENCY)["days"][0]
    listed = client.axis(AGENCY, DAY).json
    file = client.drop(AGENCY, f"documents/{DAY}.csv").body.decode()
    rows = list(csv.DictReader(io.StringIO(file), delimiter=";"))
    assert listed["total"] == len(listed["items"]) == expected["rows"] == len(rows)
    assert [r["documentId"] for r in listed["items"]] == [r["DocumentId"] for r in rows]
    sent = [r for r in listed["items"] if r["direction"] == "sent"]
    assert all(r["receiverOrganId"] is None for r in sent)
    assert expected["sent"] + expected["received"] == expected["keys"]


@pytest.mark.parametrize("name", ["dossiers", "documents"])
def test_the_done_file_names_rows_and_digest_of_the_drop(client: Client, name: str) -> None:
    done = client.drop(AGENCY, f"{name}/{DAY}.csv.done").json
    body = client.drop(AGENCY, f"{name}/{DAY}.csv").body
    assert done["sha256"] == hashlib.sha256(body).hexdigest()
    assert done["rows"] == len(body.splitlines()) - 1


def test_an_agency_that_does_not_exist_on_the_day_declares_zero_rows(client: Client) -> None:
    told = client.one_stop("H34", DAY).json
    assert told["totalElements"] == 0
    assert told["content"] == []
    assert told["last"] is True
    assert client.drop("H34", f"dossiers/{DAY}.csv.done").json["rows"] == 0


def test_an_unknown_agency_is_not_found(client: Client) -> None:
    assert client.call("GET", "/a/H99/axis/edocs").status == 404


def test_personal_data_is_marked_so_that_leaks_can_be_found(client: Client) -> None:
    bodies = (
        client.one_stop(AGENCY, DAY).body
        + client.service(AGENCY, "LayDanhSachHoSo", DAY).body
        + client.gateway(AGENCY, DAY).body
        + client.axis(AGENCY, DAY).body
    )
    assert all(mark.encode() in bodies for mark in CANARIES)


def test_several_days_are_listed_one_after_the_other(client: Client) -> None:
    headers = {"X-SystemId": AGENCY, "X-SecretKey": client.secret(AGENCY)}
    body = {"from": "2026-11-18", "to": DAY, "offset": 0, "limit": 5000}
    told = client.call("POST", f"/a/{AGENCY}/gateway/payments", body=body, headers=headers).json
    days = [client.gateway(AGENCY, f"2026-11-{day}").json for day in (18, 19, 20)]
    assert told["items"] == [item for day in days for item in day["items"]]
    assert told["sumAmount"] == sum(day["sumAmount"] for day in days)


def test_a_large_day_is_served_from_a_spool_file_page_by_page(client: Client) -> None:
    client.order("volume", agency=AGENCY, feed="dossiers", day="2026-11-10", rows=40_000)
    told = client.order(
        "warm", agency=AGENCY, feed="dossiers", day="2026-11-10", shape="one_stop_rest"
    )
    assert told["one_stop_rest"]["rows"] == 40_000
    page = client.one_stop(AGENCY, "2026-11-10", page=79).json
    assert page["totalElements"] == 40_000
    assert len(page["content"]) == 500
    assert page["last"] is True


def test_a_bad_parameter_is_answered_with_400(client: Client) -> None:
    headers = {"X-SystemId": AGENCY, "X-SecretKey": client.secret(AGENCY)}
    for body in ({"from": "2026-02-30", "to": DAY}, {"from": DAY, "to": "2026-11-01"}):
        answer = client.call("POST", f"/a/{AGENCY}/gateway/payments", body=body, headers=headers)
        assert answer.status == 400
    assert json.loads(client.axis(AGENCY, DAY, size=0).body)["status"] == 400


def test_gzip_is_served_only_where_offered_accepted_and_worth_it() -> None:
    def ask(accept: str) -> Request:
        return Request("GET", "/p", {}, {"accept-encoding": accept}, b"", "/p?page=0")

    page = Response(parts=(b'{"content":[', b" " * 2000, b"]}"))
    packer = Packer(is_offered=True)
    packed = packer.pack(ask("gzip, deflate"), page, 0)
    assert gzip.decompress(packed.body) == page.body
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packer.pack(ask("gzip"), Response(parts=(b"other",)), 0).body == packed.body
    assert packer.pack(ask("gzip"), Response(parts=(b"other",)), 1).body == b"other"
    assert packer.pack(ask("identity"), page, 0) is page
    assert Packer().pack(ask("gzip"), page, 0) is page
