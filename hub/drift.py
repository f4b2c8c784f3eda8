"""The drift log: which fields a source gained or lost, when, and what was likely meant."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from connectors.system import shipped_systems
from contracts.source_map import SourceField
from hub.registry import Registry
from warehouse.database import Connection, read_snapshot, run

CLOSE = 0.5
"""Likeness from which a name counts as near, as in the judge's own message."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One field that a source gained or lost; names only, never values.

    Attributes:
        agency: code.
        feed: feed name.
        change: ``new``: the source sends a field that nobody knows; ``missing``: a required
            field had no value in any row.
        field: the source's name of a new field, the contract's of a missing one.
        nearest: name known to the system (new) or new at the source (missing) that is most like
            it, empty where none is.
        first_day, last_day: days of data it was met in.
        first_at, last_at: when the runs that met it began; None where they are gone.
    """

    agency: str
    feed: str
    change: str
    field: str
    nearest: str
    first_day: date
    last_day: date
    first_at: datetime | None
    last_at: datetime | None


def drift(
    registry: Registry,
    conn: Connection,
    *,
    agencies: Collection[str] = (),
    feeds: Collection[str] = (),
) -> list[Drift]:
    """Return the drift log, newest first.

    Args:
        registry: tells which system an agency's feed comes from.
        conn: the warehouse.
        agencies: only these; empty means all.
        feeds: only these; empty means all.
    """
    asked = {"agencies": list(agencies) or None, "feeds": list(feeds) or None}
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "drift.fields", **asked).fetchall()
    came: dict[tuple[str, str], list[str]] = defaultdict(list)
    for agency, feed, change, field, *_ in rows:
        if change == "new":
            came[agency, feed].append(field)
    return [
        Drift(
            agency,
            feed,
            change,
            field,
            _nearest(field, change, _map(registry, agency, feed), came[agency, feed]),
            *when,
        )
        for agency, feed, change, field, *when in rows
    ]


def _map(registry: Registry, agency: str, feed: str) -> Mapping[str, SourceField]:
    """Return contract field -> where the system has it; nothing where it is no longer known."""
    found = registry.agencies.get(agency)
    source = found.feeds.get(feed) if found else None
    system = shipped_systems().get(source.system) if source else None
    return system.source_map.fields if system else {}


def _nearest(field: str, change: str, known: Mapping[str, SourceField], came: list[str]) -> str:
    if change == "missing":
        path = known[field].path if field in known else None
        return next(iter(_close(path or field, came)), "")
    places = {source.path: name for name, source in known.items() if source.path}
    return next((f"{near} ({places[near]})" for near in _close(field, places)), "")


def _close(name: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(name, list(known), 1, CLOSE)
