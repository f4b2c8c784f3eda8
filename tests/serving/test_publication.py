"""The page of publication: what may leave, the confirmation, the sending, and what is kept."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient

from serving.access import Person
from serving.app import create_app
from serving.service import Service
from tests.serving.axe import violations
from tests.serving.publication import Receiver, figures_of, sign_nation
from tests.serving.site import listening
from warehouse.action import recent
from warehouse.database import Connection
from warehouse.signed import SignedForm

HTML = {"Accept": "text/html"}


@pytest.fixture
def service(unlanded: Service, receiver: Receiver) -> Iterator[Service]:
    settings = unlanded.settings.model_copy(update={"connections": receiver.connections})
    service = Service(settings, unlanded.url, unlanded.access, unlanded.registry, unlanded.clock)
    yield service
    service.close()


@pytest.fixture
def publisher(service: Service) -> Iterator[TestClient]:
    headers = {"Origin": "http://hub.test"}
    with TestClient(create_app(service), base_url="http://hub.test", headers=headers) as asking:
        yield asking


def confirmed(text: str) -> str:
    found = re.search(r'name="confirmed" value="([0-9a-f]{64})"', text)
    assert found, text
    return found[1]


def test_without_a_signature_nothing_is_ready(publisher: TestClient) -> None:
    text = publisher.get("/publication").text
    assert "Chưa có biểu nào được ký" in text


def test_a_signed_form_is_told_as_ready_with_its_coverage(
    publisher: TestClient, form: SignedForm
) -> None:
    text = publisher.get("/publication").text
    assert "1 biểu đã ký sẵn sàng gửi, 0 biểu còn thiếu điều kiện" in text
    assert "100/100" in text
    assert f"/publication/send?form={form.signed_form_id}" in text


def test_an_unaudited_form_is_held_back_and_the_page_names_the_next_command(
    publisher: TestClient, conn: Connection
) -> None:
    form = sign_nation(conn)
    text = publisher.get("/publication").text
    assert "25 ngày của luồng dossiers chưa qua kiểm định, từ 15/10/2026" in text
    assert "hub audit dossiers 2026-10-15" in text
    page = publisher.get(f"/publication/send?form={form.signed_form_id}").text
    assert "Gửi ngay" not in page


def test_the_confirmation_shows_exactly_what_then_leaves(
    publisher: TestClient, receiver: Receiver, form: SignedForm
) -> None:
    page = publisher.get(f"/publication/send?form={form.signed_form_id}").text
    shown = set(re.findall(r"<code>([0-9a-f]{64})</code>", page))
    assert "2.401" in page  # received in all, column 3 of the total
    done = publisher.post(
        "/publication/send", data={"form": form.signed_form_id, "confirmed": confirmed(page)}
    )
    assert done.status_code == 200
    assert "Đã gửi 5 gói tin, có biên nhận đủ" in done.text
    held = receiver.received()
    sent = {text for packet in held[:4] for text in (packet["digest"], packet["key"])}
    assert sent == shown
    assert figures_of(receiver.received("SoLieuBaoCao")[0]) == form.figures


def test_a_sending_is_written_down_with_who_and_what_came_of_it(
    publisher: TestClient, receiver: Receiver, conn: Connection, form: SignedForm
) -> None:
    page = publisher.get(f"/publication/send?form={form.signed_form_id}").text
    publisher.post(
        "/publication/send", data={"form": form.signed_form_id, "confirmed": confirmed(page)}
    )
    action = recent(conn, verb="publish")[0]
    assert (action.person, action.state) == ("local", "done")
    assert action.subject == "II.06a/2026-10-15..2026-11-08/report"
    told = [packet["state"] for packet in action.outcome["packets"]]
    assert told == ["acknowledged"] * 5


def test_what_changed_since_the_confirmation_is_not_sent(
    publisher: TestClient, receiver: Receiver, conn: Connection, form: SignedForm
) -> None:
    page = publisher.get(f"/publication/send?form={form.signed_form_id}").text
    newer = sign_nation(conn, fingerprint="b" * 64)
    for number in (form.signed_form_id, newer.signed_form_id):
        answer = publisher.post(
            "/publication/send", data={"form": number, "confirmed": confirmed(page)}
        )
        assert answer.status_code == 409
    assert receiver.received() == []


def test_an_older_signature_is_held_back(
    publisher: TestClient, conn: Connection, form: SignedForm
) -> None:
    sign_nation(conn, fingerprint="b" * 64, signer="Tran Van Binh")
    page = publisher.get(f"/publication/send?form={form.signed_form_id}").text
    assert "Biểu này đã được ký lại: Tran Van Binh" in page
    assert "Gửi ngay" not in page


def test_a_kept_packet_is_shown_and_given_byte_for_byte(
    publisher: TestClient, receiver: Receiver, form: SignedForm
) -> None:
    page = publisher.get(f"/publication/send?form={form.signed_form_id}").text
    publisher.post(
        "/publication/send", data={"form": form.signed_form_id, "confirmed": confirmed(page)}
    )
    held = receiver.received("SoLieuBaoCao")[0]
    shown = publisher.get("/publication/packet/3").text
    assert held["number"] in shown
    assert held["digest"] in shown
    body = publisher.get("/publication/packet/3/body")
    assert body.headers["content-type"] == "application/json"
    assert body.json() == held["packet"]


def test_a_refusal_is_shown_with_the_receiver_s_reason_and_may_be_sent_again(
    publisher: TestClient, receiver: Receiver, form: SignedForm
) -> None:
    receiver.fault("refuse_packet", {"reason": "kỳ báo cáo đã khóa"})
    where = f"/publication/send?form={form.signed_form_id}"
    fields = {"form": form.signed_form_id, "confirmed": confirmed(publisher.get(where).text)}
    refused = publisher.post("/publication/send", data=fields)
    assert "kỳ báo cáo đã khóa" in refused.text
    assert "0 gói tin gửi chưa xong, 1 gói tin bị từ chối" in refused.text
    fields["confirmed"] = confirmed(publisher.get(where).text)
    assert "có biên nhận đủ" in publisher.post("/publication/send", data=fields).text


def test_a_catalogue_is_sent_by_itself(publisher: TestClient, receiver: Receiver) -> None:
    page = publisher.get("/publication/send?kind=period").text
    publisher.post("/publication/send", data={"kind": "period", "confirmed": confirmed(page)})
    held = receiver.received("DanhMucKyBaoCao")
    assert len(held[0]["packet"]["DuLieu"]["DanhSachKy"]) == 38


def test_only_a_publisher_sends(service: Service, receiver: Receiver, form: SignedForm) -> None:
    access = lambda asking: Person("lan", frozenset({"reader", "signer"}))  # noqa: E731
    reading = Service(service.settings, service.url, access, service.registry, service.clock)
    with TestClient(create_app(reading), base_url="http://hub.test") as client:
        assert "Gửi…" not in client.get("/publication").text
        answer = client.post(
            "/publication/send",
            data={"form": form.signed_form_id, "confirmed": "x"},
            headers={"Origin": "http://hub.test"},
        )
    reading.close()
    assert answer.status_code == 403
    assert receiver.received() == []


def test_a_stranger_s_page_cannot_send(publisher: TestClient, form: SignedForm) -> None:
    answer = publisher.post(
        "/publication/send",
        data={"form": form.signed_form_id, "confirmed": "x"},
        headers={"Origin": "http://elsewhere.test"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN")


def test_an_unknown_packet_form_or_kind_is_told_as_such(publisher: TestClient) -> None:
    assert publisher.get("/publication/packet/999").status_code == 404
    assert publisher.get("/publication/send?form=999").status_code == 404
    assert publisher.get("/publication/send?kind=nonsense").status_code in {400, 422}
    assert publisher.get("/publication/send").status_code == 400


def test_no_page_names_a_secret(
    publisher: TestClient, receiver: Receiver, form: SignedForm
) -> None:
    page = publisher.get(f"/publication/send?form={form.signed_form_id}").text
    done = publisher.post(
        "/publication/send", data={"form": form.signed_form_id, "confirmed": confirmed(page)}
    )
    for text in (page, done.text, publisher.get("/publication/packet/3").text):
        assert receiver.secret not in text
        assert str(receiver.nation.secrets) not in text


@pytest.mark.parametrize("path", ["/publication", "/publication/send?form=1"])
def test_a_page_is_light_on_the_wire(publisher: TestClient, form: SignedForm, path: str) -> None:
    answer = publisher.get(path, headers={"Accept-Encoding": "gzip"})
    assert int(answer.headers["content-length"]) <= 100_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_person_sends_a_signed_form_by_clicks(
    service: Service,
    receiver: Receiver,
    form: SignedForm,
    browser: Browser,
    tmp_path: Path,
    scheme: Literal["light", "dark"],
) -> None:
    width = 1440 if scheme == "light" else 390
    with listening(service) as url:
        size = {"width": width, "height": 900}
        window = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        tab = window.new_page()
        tab.goto(f"{url}/publication")
        seen = [looked_at(tab, tmp_path / "ready.png")]
        tab.get_by_role("row", name="II.06a").get_by_role("link", name="Gửi…").click()
        tab.locator("summary").nth(2).click()
        seen.append(looked_at(tab, tmp_path / "confirm.png"))
        tab.get_by_role("button", name="Gửi ngay").click()
        assert "Đã gửi 5 gói tin" in tab.get_by_role("status").inner_text()
        seen.append(looked_at(tab, tmp_path / "sent.png"))
        tab.get_by_role("link", name="#3").click()
        assert "BN-000003" in tab.get_by_role("main").inner_text()
        seen.append(looked_at(tab, tmp_path / "packet.png"))
        window.close()
    assert seen == [[], [], [], []]
    assert [figures_of(h) for h in receiver.received("SoLieuBaoCao")] == [form.figures]


def looked_at(tab: Page, photograph: Path) -> list[str]:
    """Photograph a page and return what speaks against it: axe's findings, a page too wide."""
    tab.screenshot(path=str(photograph), full_page=True)
    is_wide = tab.evaluate("document.documentElement.scrollWidth > innerWidth")
    return violations(tab) + (["the page scrolls sideways"] if is_wide else [])


def test_a_person_sends_without_script(
    service: Service, receiver: Receiver, form: SignedForm, browser: Browser
) -> None:
    with listening(service) as url:
        window = browser.new_context(java_script_enabled=False)
        tab = window.new_page()
        tab.goto(f"{url}/publication/send?form={form.signed_form_id}")
        tab.get_by_role("button", name="Gửi ngay").click()
        assert "Đã gửi 5 gói tin" in tab.get_by_role("status").inner_text()
        window.close()
