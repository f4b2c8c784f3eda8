"""Signing: kept as signed, refused with reasons, compared with what is known today."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from serving.access import Person
from serving.app import create_app
from serving.form.definition import Identity, version_of
from serving.form.filling import fill_by
from serving.form.signing import Reason, changes, reasons
from serving.service import Service
from tests.serving.spreadsheet import opened, rows_of
from tests.serving.test_form import LAST, NOVEMBER, asked, figures, filled
from tests.warehouse.given import accepted, dossiers, loaded, partition
from warehouse.action import recent
from warehouse.database import connect
from warehouse.figures import Coverage
from warehouse.signed import signed_form, signed_forms

TODAY = date(2026, 11, 21)
PLACE = f"/forms/II.06a/sign?{NOVEMBER}&cut=unit&agency=H60"


def fingerprint(client: TestClient, address: str = PLACE) -> str:
    text = client.get(address).text
    assert "Biểu này ký được" in text, text
    return text.partition('name="fingerprint" value="')[2].partition('"')[0]


def signed_by(client: TestClient, address: str = PLACE) -> str:
    """Sign; return the address of what was signed."""
    answer = client.post(address, data={"fingerprint": fingerprint(client)}, follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"]).partition("?")[0]


def test_a_signed_form_is_kept_with_who_when_runs_and_the_file(
    writer: TestClient, writing: Service
) -> None:
    address = signed_by(writer)
    with writing.snapshot() as conn:
        [kept] = signed_forms(conn)
        [done] = recent(conn, verb="sign")
    assert (kept.form, kept.form_version, kept.cut, kept.agency) == (
        "II.06a",
        "ii06a",
        "unit",
        "H60",
    )
    assert (kept.first_day, kept.last_day) == (date(2026, 10, 15), LAST)
    assert (kept.expected, kept.covered, len(kept.runs)) == (31, 31, 31)
    assert kept.signer == done.person == "local"
    assert (done.state, done.outcome) == ("done", {"signed_form": kept.signed_form_id})
    page = writer.get(address).text
    assert "Số liệu hiện nay vẫn đúng như đã ký" in page
    file = writer.get(f"{address}.xlsx")
    assert sha256(file.content).hexdigest() == kept.file_sha256
    assert rows_of(file.content)["Tổng cộng"][3] == sum(
        int(row["columns"]["3"]) for row in kept.figures
    )
    origin = opened(file.content).worksheets[1]
    assert {str(row[0]): row[1] for row in origin.iter_rows(values_only=True)}[
        "Người ký"
    ] == "local"
    listed = writer.get("/forms/signed").text
    assert f"II.06a #{kept.signed_form_id}" in listed
    form = writer.get(f"/forms/II.06a?{NOVEMBER}&cut=unit&agency=H60").text
    assert "Biểu này local đã ký lúc" in form


def test_what_was_signed_stays_byte_for_byte_and_the_page_tells_what_changed(
    writer: TestClient, writing: Service
) -> None:
    address = signed_by(writer)
    before = writer.get(f"{address}.xlsx").content
    with writing.snapshot() as conn:
        unit = signed_forms(conn)[0].figures[0]["code"]
    late = {"received": date(2026, 11, 4), "status": 4, "unit": unit}
    with closing(connect(writing.url)) as conn:
        where = partition(date(2026, 11, 21), agency="H60")
        told_late = [{**late, "code": f"late {number}"} for number in range(2)]
        loaded(conn, where, accepted(dossiers(told_late)))
    with writing.snapshot() as conn:
        [kept] = signed_forms(conn)
        now = filled(writing, "II.06a", "unit", agency="H60")
    assert {(c.column, c.difference) for c in changes(kept, now)} == {
        (3, 2),
        (4, 2),
        (11, 2),
        (12, 2),
    }
    # A service of its own: kept answers may be a second old.
    with TestClient(create_app(writing), base_url="http://hub.test") as client:
        assert client.get(f"{address}.xlsx").content == before
        page = client.get(address).text
        assert "Số liệu đã đổi sau khi ký: 4 ô khác" in page
        assert "+2" in page
        form = client.get(f"/forms/II.06a?{NOVEMBER}&cut=unit&agency=H60").text
        assert "Số liệu hiện nay vẫn đúng" not in form


def test_signing_again_what_was_signed_says_so_and_adds_a_signature(
    writer: TestClient, writing: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.answer.STALE_SECONDS", 0.0)
    first = signed_by(writer)
    assert "Đúng các số này đã được local ký lúc" in writer.get(PLACE).text
    second = signed_by(writer)
    assert first != second
    assert writer.get(f"{first}.xlsx").content == writer.get(f"{second}.xlsx").content


def test_two_who_sign_at_once_make_two_signatures(writing: Service) -> None:
    headers = {"Origin": "http://hub.test"}
    clients = [
        TestClient(create_app(writing), base_url="http://hub.test", headers=headers)
        for _ in range(2)
    ]
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(signed_by, clients)
    assert first != second
    with writing.snapshot() as conn:
        one, two = signed_forms(conn)
    assert one.fingerprint == two.fingerprint
    assert one.file_sha256 == two.file_sha256


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"/forms/II.06a/sign?{NOVEMBER}", "Kỳ thiếu 1 ngày-đơn vị (123/124)."),
        (f"/forms/II.06a/sign?{NOVEMBER}&agency=H26", "Kỳ thiếu 1 ngày-đơn vị (30/31)."),
        ("/forms/II.06a/sign?period=2026-11&agency=H60", "Kỳ chưa hết: ngày cuối là 30/11/2026."),
        # Days that nobody put into the expected set are asked of the registry.
        ("/forms/II.06a/sign?period=2026-10&agency=H60", "Kỳ thiếu 14 ngày-đơn vị (17/31)."),
        (
            f"/forms/TH-2026/sign?{NOVEMBER}&agency=H60",
            "Cột bắt buộc chưa có số: (13), (14), (17), (18).",
        ),
    ],
)
def test_nothing_uncovered_unfinished_or_incomplete_is_signed(
    writer: TestClient, writing: Service, address: str, told: str
) -> None:
    page = writer.get(address).text
    assert told in page
    assert 'name="fingerprint"' not in page
    answer = writer.post(address, data={"fingerprint": "x"})
    assert answer.status_code == 409
    assert told in answer.text
    with writing.snapshot() as conn:
        assert signed_forms(conn) == []
        [refused] = recent(conn, verb="sign")
    assert refused.state == "refused"


def test_figures_that_moved_after_the_page_was_opened_are_not_signed(
    writer: TestClient, writing: Service
) -> None:
    answer = writer.post(PLACE, data={"fingerprint": "0" * 64})
    assert answer.status_code == 409
    assert "Số liệu vừa đổi sau khi mở trang này" in answer.text
    with writing.snapshot() as conn:
        assert signed_forms(conn) == []


def test_a_broken_sum_names_its_row_and_how_far_it_is_off(reading: Service) -> None:
    version, definition = version_of("II.06a", LAST)
    wrong = definition.model_copy(update={"identities": (Identity(left=3, right=(7,)),)})
    with reading.snapshot() as conn:
        one = fill_by(conn, asked("II.06a", "agency", agency="H60"), version, wrong)
    assert one.total is not None
    off = one.total.cells[11]
    assert not one.is_balanced
    told = {(r.word, r.values.get("difference")) for r in reasons(one, 31, TODAY)}
    assert told == {("refused_identity", off)}


def test_a_stock_is_not_signed_over_a_gap_before_the_period(reading: Service) -> None:
    one = filled(reading, "II.06a", "agency", agency="H60")
    gap = dataclasses.replace(one, before=Coverage(27, 26))
    assert reasons(one, 31, TODAY) == []
    assert reasons(gap, 31, TODAY) == [
        Reason("refused_before", {"covered": 26, "expected": 27, "gone": 1})
    ]


def test_a_figure_below_zero_is_not_signed(reading: Service) -> None:
    one = filled(reading, "II.06a", "agency", agency="H60")
    cells = one.rows[0].cells
    late = cells[11]
    assert isinstance(late, int)
    below = dataclasses.replace(one.rows[0], cells={**cells, 12: -1, 13: late + 1})
    told = reasons(dataclasses.replace(one, rows=[below]), 31, TODAY)
    assert told == [Reason("refused_negative", {"row": "H60"})]


@pytest.fixture
def reader(writing: Service) -> Iterator[TestClient]:
    service = dataclasses.replace(
        writing, access=lambda _: Person("lan", frozenset({"reader", "operator"})), _pool=None
    )
    headers = {"Origin": "http://hub.test"}
    with TestClient(create_app(service), base_url="http://hub.test", headers=headers) as client:
        yield client
    service.close()


def test_only_a_signer_signs(reader: TestClient, writing: Service) -> None:
    page = reader.get(PLACE).text
    assert "Cần quyền người ký" in page
    assert 'name="fingerprint"' not in page
    assert reader.post(PLACE, data={"fingerprint": "x"}).status_code == 403
    with writing.snapshot() as conn:
        assert recent(conn, verb="sign") == []


def test_a_stranger_s_page_signs_nothing(writer: TestClient) -> None:
    told = writer.post(
        PLACE, data={"fingerprint": fingerprint(writer)}, headers={"Origin": "http://evil.test"}
    )
    assert (told.status_code, told.json()["code"]) == (403, "ORIGIN")


def test_what_was_signed_on_a_map_is_compared_on_that_map(
    writer: TestClient, writing: Service
) -> None:
    address = f"/forms/II.06a/sign?{NOVEMBER}&cut=agency&agency=H60&map=2025-06-30"
    text = writer.get(address).text
    token = text.partition('name="fingerprint" value="')[2].partition('"')[0]
    kept = writer.post(address, data={"fingerprint": token})
    assert "Số liệu hiện nay vẫn đúng như đã ký" in kept.text
    with writing.snapshot() as conn:
        [one] = signed_forms(conn)
        assert signed_form(conn, one.signed_form_id) == one
    assert one.basis == "2025-06-30"
    assert {row["mark"] for row in one.figures} == {"", "not_divisible"}
    assert "H60 Tuyên Quang*" in figures(writer.get(address).text)
