"""Dữ liệu & API: what it shows is true, its links lead somewhere, everybody may use it."""

import re

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from serving.access import NOBODY
from serving.app import create_app
from serving.page.data import place_of
from serving.service import Service
from serving.shelf import DATASETS, OPEN
from tests.serving.axe import violations


def links(text: str) -> set[str]:
    return {one.replace("&amp;", "&") for one in re.findall(r'href="(/v1[^"]*)"', text)}


def test_every_dataset_stands_on_the_page_in_every_format(client: TestClient) -> None:
    told = links(client.get("/data").text)
    wanted = {
        f"/v1/{name}.{form}" for name in DATASETS for form in ("json", "csv", "parquet", "xlsx")
    }
    assert told == wanted | {"/v1"}


def test_its_headline_counts_the_datasets(client: TestClient) -> None:
    assert (
        f"<h1>{len(DATASETS)} bộ dữ liệu, {len(OPEN)} bộ mở cho mọi người</h1>"
        in client.get("/data").text
    )
    assert (
        f"<h1>{len(DATASETS)} datasets, {len(OPEN)} of them open"
        in client.get("/data?lang=en").text
    )


def test_coverage_on_the_page_is_that_of_the_answer(client: TestClient) -> None:
    told = client.get("/v1/dossier_day.json?limit=0").json()["coverage"]
    row = client.get("/data").text.partition("<code>dossier_day</code>")[2].partition("</tr>")[0]
    assert f"{told['covered']} / {told['expected']}" in row


def test_an_example_that_is_shown_works(client: TestClient) -> None:
    text = client.get("/data").text.replace("&#34;", '"').replace("&amp;", "&")
    shown = re.findall(r'"http://hub\.test(/v1[^"]*)"', text)
    answers = {path: client.get(path).status_code for path in shown if "…" not in path}
    assert len(answers) == 7
    assert set(answers.values()) == {200}


def test_the_settings_of_bi_tools_hold_no_password(client: TestClient, reading: Service) -> None:
    text = client.get("/data").text
    place = place_of(reading.url)
    assert f"@{place.host}:{place.port}/{place.database}" in text
    assert "hub_dashboard" in text
    password = reading.url.partition("://")[2].partition("@")[0].partition(":")[2]
    assert password
    assert password not in text


def test_strangers_see_open_data_and_neither_links_to_more_nor_the_warehouse(
    reading: Service,
) -> None:
    service = Service(reading.settings, reading.url, lambda _: NOBODY, reading.registry)
    service.clock = reading.clock
    with TestClient(create_app(service), base_url="http://hub.test") as stranger:
        text = stranger.get("/data").text
    service.close()
    assert links(text) == {
        f"/v1/{one.name}.{form}" for one in OPEN for form in ("json", "csv", "parquet", "xlsx")
    } | {"/v1"}
    assert place_of(reading.url).database not in text


def test_the_address_that_one_reader_sees_is_not_told_to_another(client: TestClient) -> None:
    assert "http://other.test/v1" in client.get("/data", headers={"Host": "other.test"}).text
    assert "other.test" not in client.get("/data").text


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(browser: Browser, site: str, scheme: str, lang: str) -> None:
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{site}/data?lang={lang}")
    page.locator("summary").click()
    assert violations(page) == []
    page.close()


def test_a_file_is_downloaded_by_a_click(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/data")
    with page.expect_download() as got:
        page.get_by_role("link", name="dossier_day.xlsx").click()
    assert re.fullmatch(r"dossier_day_\d{8}_\d{8}\.xlsx", got.value.suggested_filename)
    page.close()


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site}/data")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_the_page_weighs_at_most_100_kb_and_asks_nobody_else(browser: Browser, site: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/data", wait_until="networkidle")
    weight = page.evaluate(
        "performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize || 0), 0)"
    )
    assert weight <= 100_000
    assert [url for url in asked if not url.startswith(site)] == []
    page.close()


def test_the_page_works_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/data")
    page.locator("summary").click()
    assert page.get_by_text("mart.dossiers_daily").is_visible()
    context.close()
