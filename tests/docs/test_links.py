"""Links between pages lead somewhere."""

import re
from pathlib import Path

import pytest

from hub.cli.main import VERBS
from tests.docs.page import DOCS, ROOT

PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]*))?\)")


def anchors(text: str) -> set[str]:
    """Anchors as code hosts make them from headings."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_internal_link_of_a_page_resolves(path: Path) -> None:
    broken = []
    for name, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            broken.append(f"{name}#{anchor}")
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_verb_that_a_page_tells_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    told = set(re.findall(r"`hub ([a-z]+)", text))
    assert told - set(VERBS) == set()
