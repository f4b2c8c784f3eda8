"""Pytest plugin: headless Chromium, started once a session."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give headless Chromium (Debian's package); without it the test is skipped, never in CI."""
    path = shutil.which("chromium")
    if not path:
        assert not os.environ.get("REQUIRE_BROWSER"), "chromium is not installed"
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()
