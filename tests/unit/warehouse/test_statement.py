"""Every SQL statement has a header and is used."""

import re
from importlib import resources
from pathlib import Path

import pytest

from contracts.errors import HubBug
from warehouse.statement import statement

FOLDER = Path(str(resources.files("warehouse"))) / "sql"
NAMES = [
    f"{path.stem}.{name}"
    for path in sorted(FOLDER.glob("*.sql"))
    for name in re.findall(r"^-- name: (\w+)$", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_says_purpose_grain_and_its_parameters(name: str) -> None:
    noun, _, short = name.partition(".")
    text = (FOLDER / f"{noun}.sql").read_text("utf-8")
    header = text.split(f"-- name: {short}\n", 1)[1].split("\n-- name:", 1)[0]
    assert "-- purpose: " in header
    assert "-- grain: " in header
    said = header.split("-- parameters: ", 1)[1].split("\n\n", 1)[0]
    for used in re.findall(r"%\((\w+)\)s", statement(name)):
        assert used in said


def test_a_missing_statement_is_our_bug() -> None:
    with pytest.raises(HubBug, match=r"ledger\.nothing"):
        statement("ledger.nothing")
