"""The checker of accessibility has teeth."""

from playwright.sync_api import Browser

from tests.serving.axe import violations


def test_a_good_page_has_nothing_to_find(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<!doctype html><html lang=vi><title>Trang</title><main><h1>Trang</h1></main></html>"
    )
    assert violations(page) == []
    page.close()


def test_a_picture_without_words_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        "<!doctype html><html lang=vi><title>Trang</title><main><h1>Trang</h1>"
        "<img src='data:,'></main></html>"
    )
    assert [line.partition(" ")[0] for line in violations(page)] == ["image-alt"]
    page.close()
