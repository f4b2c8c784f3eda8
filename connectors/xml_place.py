"""Where an XML parser stands: which elements the map names, under whatever prefix they come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.decode import KnownNames

_MOST_UNKNOWN = 1_000
_MOST_TAGS = 1_000
"""Tags remembered of one element's children; a document may invent namespaces without end."""
_QUIET = ("{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.w3.org/XML/1998/namespace}")
"""Attributes of these namespaces say how to read an element and are no fields."""
NIL = f"{_QUIET[0]}nil"


@dataclass(slots=True)
class Place:
    """An element that leads to something kept.

    Attributes:
        names: its dotted names as a map may write them; below a record they begin there.
        within: whether it is a record or part of one.
        record: whether it is a record itself.
        keep: path whose value its text is.
        below: the places of its children, by tag, as they are met.
    """

    names: tuple[str, ...]
    within: bool = False
    record: bool = False
    keep: str | None = None
    below: dict[str, "Place"] = field(default_factory=dict)


class Plan:
    """What is kept of a document.

    A step of a path is a local name and then matches in any namespace, or ``prefix:name`` and
    then matches in the namespace that the system's file gives the prefix. Which prefix the
    document uses is of no account.

    Args:
        paths: dotted paths to keep of each record.
        envelope: dotted paths to keep beside the records, from the root on.
        rows: dotted path of a record, from the root on; empty where there are none.
        known: which names are expected in a record.
        namespaces: prefix -> URI.
    """

    def __init__(
        self,
        paths: tuple[str, ...],
        envelope: tuple[str, ...],
        rows: str,
        known: KnownNames | None = None,
        namespaces: Mapping[str, str] | None = None,
    ) -> None:
        self.paths, self.envelope, self.rows = paths, envelope, rows
        self._known, self._prefixes = known, _prefixes(namespaces or {})
        self._leads = {n[:i] for n in (*envelope, rows) for i, c in enumerate(n) if c == "."}
        self.unknown: set[str] = set()

    def child(self, place: Place, tag: str) -> Place | None:
        """Return the place of a child element; None where nothing below it is kept."""
        if tag in place.below:
            return place.below[tag]
        names = tuple(self._names(place, tag))
        child = self._inside(names) if place.within else self._outside(names)
        if child and len(place.below) < _MOST_TAGS:
            place.below[tag] = child
        return child

    def attributes(self, place: Place, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield (path, value) of the attributes of a record's element that are kept."""
        for key, value in given.items():
            if key.startswith(_QUIET):
                continue
            names = list(self._names(place, key, "@"))
            kept = next((name for name in names if name in self.paths), None)
            if kept:
                yield kept, value
            else:
                self._note(names)

    def _names(self, place: Place, tag: str, mark: str = "") -> Iterator[str]:
        uri, _, name = tag.rpartition("}")
        local = name.replace(".", "\\.")  # as paths write a dot that belongs to a name
        steps = [f"{prefix}:{local}" for prefix in self._prefixes.get(uri[1:], ())] + [local]
        for above in place.names:
            for step in steps:
                yield f"{above}.{mark}{step}" if above else f"{mark}{step}"

    def _outside(self, names: tuple[str, ...]) -> Place | None:
        if self.rows in names:
            return Place(("",), within=True, record=True)
        keep = next((name for name in names if name in self.envelope), None)
        leading = tuple(name for name in names if name in self._leads)
        return Place(leading, keep=keep) if keep or leading else None

    def _inside(self, names: tuple[str, ...]) -> Place | None:
        keep = next((name for name in names if name in self.paths), None)
        known = self._known
        leading = tuple(name for name in names if known and known.contains(name))
        if keep or leading:
            return Place(leading or names, within=True, keep=keep)
        self._note(names)
        return None

    def _note(self, names: tuple[str, ...] | list[str]) -> None:
        """Remember a name that nobody declared, spelled without a prefix."""
        if self._known is None or any(map(self._known.knows, names)):
            return
        if len(self.unknown) < _MOST_UNKNOWN:
            self.unknown.add(names[-1])


def _prefixes(namespaces: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for prefix, uri in namespaces.items():
        found.setdefault(uri, []).append(prefix)
    return found
