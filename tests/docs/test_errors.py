"""The pages of reason codes and of answers, and the code, name the same codes."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "connectors", "warehouse", "hub", "dags", "serving")
FILES = [path for room in ROOMS for path in (ROOT / room).rglob("*")]
SOURCES = [path.read_text() for path in FILES if path.suffix in {".py", ".sql"}]
TEXT = "".join((ROOT / "docs" / name).read_text() for name in ("errors.md", "answers.md"))
PAGE = set(re.findall(r"^\| ([A-Z][A-Z0-9-]+) \|", TEXT, re.MULTILINE))


def test_every_code_that_is_raised_stands_on_the_page() -> None:
    raised = {
        code
        for text in SOURCES
        for code in re.findall(r"""\b(?:default_)?code ?= ?["']([A-Z][A-Z0-9-]+)["']""", text)
    }
    assert raised - PAGE == set()


def test_every_code_that_a_page_answers_with_stands_on_the_page() -> None:
    answered = {
        code
        for text in SOURCES
        for code in re.findall(r"""\bProblem\(\s*[\w.]+,\s*["']([A-Z][A-Z0-9-]+)["']""", text)
    }
    assert {"QUERY", "SDMX-SYNTAX", "ACCESS"} < answered
    assert answered - PAGE == set()


def test_every_code_on_the_page_is_used() -> None:
    words = {
        word for text in SOURCES for word in re.findall(r"""["']([A-Z][A-Z0-9-]+)["']""", text)
    }
    assert PAGE - words == set()
