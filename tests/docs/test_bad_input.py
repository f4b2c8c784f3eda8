"""The page of bad input names every row once, and only codes and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/bad_input.md").read_text(encoding="utf-8")
CODES = set(
    re.findall(r"^\| ([A-Z][A-Z0-9-]+) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
)
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
TEST = re.compile(r"`([\w/]+\.py)::([\w ]+)`")


def test_every_row_from_1_to_131_stands_on_the_page_once() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 132))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"row {row[0]}")
def test_a_row_names_codes_and_tests_that_exist_or_what_is_built_later(row: list[str]) -> None:
    _, _, _, outcome, codes, tests = row
    assert set(re.findall(r"\b[A-Z][A-Z0-9-]{2,}\b", codes)) <= CODES
    named = TEST.findall(tests)
    assert bool(named) != outcome.startswith("later: ")
    assert [f"{path}::{name}" for path, name in named if not exists(path, name)] == []


def exists(path: str, name: str) -> bool:
    """Tell whether a file holds a test function, or a test or a case of a numbered row."""
    text = (ROOT / "tests" / path).read_text(encoding="utf-8")
    if not name.startswith("row "):
        return f"def {name}(" in text
    number = int(name.removeprefix("row "))
    spans = re.findall(r"def test_rows?_(\d+)(?:(_to|_and|)_(\d+)(?:_and_(\d+))?)?_", text)
    return any(covers(number, *span) for span in spans) or f"\n    ({number}, " in text


def covers(number: int, first: str, word: str, second: str, third: str) -> bool:
    """Tell whether ``rows_74_to_76`` or ``rows_78_79_and_49`` speaks of a row."""
    if word == "_to":
        return int(first) <= number <= int(second)
    return str(number) in {first, second, third}
