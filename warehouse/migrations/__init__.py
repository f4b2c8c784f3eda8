"""Numbered, forward-only migrations; each is one SQL file run as role hub_owner."""

from pathlib import Path


def script(name: str) -> str:
    """Return the text of ``migrations/sql/<name>.sql``."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text("utf-8")
