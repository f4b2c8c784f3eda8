"""Answers as trees: the few selectors that the tests of pages need."""

import re

from lxml import html  # type: ignore[import-untyped]
from starlette.testclient import TestClient

_PART = re.compile(
    r"(?P<tag>^[a-z0-9]+)|\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)"
    r"|\[(?P<name>[\w-]+)='(?P<value>[^']*)'\]|:not\(\.(?P<absent>[\w-]+)\)"
)


class Tree:
    """An element; ``select`` takes tag, class, id, attribute and ``:not(.class)``."""

    def __init__(self, element: html.HtmlElement) -> None:
        self.element = element

    @property
    def text(self) -> str:
        """Return all text inside, spaces made one."""
        return " ".join(self.element.text_content().split())

    def get(self, name: str) -> str:
        """Return an attribute, empty where it is not there."""
        return str(self.element.get(name, ""))

    def select(self, selectors: str) -> "list[Tree]":
        """Return the descendants that any of the selectors fits, in document order."""
        path = " | ".join(_xpath(one) for one in re.split(r",\s*", selectors))
        return [Tree(found) for found in self.element.xpath(path)]

    def one(self, selectors: str) -> "Tree":
        """Return the only descendant that fits."""
        (found,) = self.select(selectors)
        return found


def read(client: TestClient, address: str) -> Tree:
    """Return a page that answers well."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return Tree(html.fromstring(answer.text))


def _xpath(selector: str) -> str:
    return ".//" + "//".join(_step(part) for part in re.findall(r"(?:\[[^\]]*\]|\S)+", selector))


def _step(part: str) -> str:
    tag, tests = "*", []
    for found in _PART.finditer(part):
        match found.lastgroup:
            case "tag":
                tag = found["tag"]
            case "class":
                tests.append(_has(found["class"]))
            case "id":
                tests.append(f"@id='{found['id']}'")
            case "value":
                tests.append(f"@{found['name']}='{found['value']}'")
            case "absent":
                tests.append(f"not({_has(found['absent'])})")
    return tag + "".join(f"[{test}]" for test in tests)


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
