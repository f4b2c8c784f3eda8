"""The page of reason codes and the code name the same codes."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "connectors", "warehouse", "hub", "dags")
FILES = [path for room in ROOMS for path in (ROOT / room).rglob("*")]
SOURCES = [path.read_text() for path in FILES if path.suffix in {".py", ".sql"}]
PAGE = set(
    re.findall(r"^\| ([A-Z][A-Z0-9-]+) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
)


def test_every_code_that_is_raised_stands_on_the_page() -> None:
    raised = {
        code
        for text in SOURCES
        for code in re.findall(r"""\b(?:default_)?code ?= ?["']([A-Z][A-Z0-9-]+)["']""", text)
    }
    assert raised - PAGE == set()


def test_every_code_on_the_page_is_used() -> None:
    words = {
        word for text in SOURCES for word in re.findall(r"""["']([A-Z][A-Z0-9-]+)["']""", text)
    }
    assert PAGE - words == set()
