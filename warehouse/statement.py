"""SQL by name: every statement lives in ``warehouse/sql/<noun>.sql`` under a header."""

import re
from functools import cache
from importlib import resources

from contracts.errors import HubBug

_HEADER = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def statement(name: str) -> str:
    """Return the text of ``<noun>.<statement>``, e.g. ``ledger.claim``.

    A file holds statements, each under ``-- name:``, ``-- purpose:``, ``-- grain:`` and
    ``-- parameters:``; parameters are psycopg2's ``%(name)s``.

    Raises:
        HubBug: no such statement.
    """
    noun, _, short = name.partition(".")
    try:
        return _statements(noun)[short]
    except (KeyError, FileNotFoundError) as error:
        raise HubBug(f"no SQL statement is named {name}") from error


@cache
def _statements(noun: str) -> dict[str, str]:
    text = (resources.files("warehouse") / "sql" / f"{noun}.sql").read_text("utf-8")
    parts = _HEADER.split(text)[1:]
    return {name: _body(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _body(text: str) -> str:
    """Drop comment lines: a ``%`` in prose would be read as a parameter."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip().rstrip(";")
