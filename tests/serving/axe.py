"""Accessibility: what axe-core (``vendor/axe.min.js``, MPL-2.0) finds on a page."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_RUN = "() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, one line per element: rule, impact, element, what to do.

    The page is looked at as it stands: its colour scheme and width are the caller's.
    """
    # Evaluated through the debugger, so that the page's own policy on scripts stays in force.
    page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]} - {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


@cache
def _source() -> str:
    return AXE.read_text("utf-8")
