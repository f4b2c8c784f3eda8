"""Reading pages of documentation: sections, tables, links."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def sections(text: str, mark: str = "##") -> dict[str, str]:
    """Heading -> its text, for the headings of one level."""
    parts = re.split(rf"^{mark} (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def first_cells(text: str) -> list[str]:
    """Names in backticks in the first cell of every table row."""
    rows = re.findall(r"^\| (`[^|]+) \|", text, flags=re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
