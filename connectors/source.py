"""A source: everything one (agency, feed) needs to be pulled, put together once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from connectors.agency import Agency, FeedSource
from connectors.connection import Connection
from connectors.kind import KindOptions, find_kind
from connectors.protocol import Walk
from connectors.system import Shape, System, shipped_systems
from contracts.errors import ConfigError
from contracts.partition import Partition
from contracts.source_map import SourceField, SourceMap

T = TypeVar("T")

HEADER = "header:"
"""Begins the names of headers among the paths beside the rows."""


@dataclass(frozen=True, slots=True)
class Source:
    """One agency's feed, ready to be pulled.

    Attributes:
        agency: agency code.
        feed: feed name.
        system: the software's shape.
        connection: address and secret references.
        connection_name: its name in connections.yaml; courtesy is counted by it.
        source_map: the system's map with the agency's own codes added.
        options: the kind's options, the agency's differences applied.
    """

    agency: str
    feed: str
    system: System
    connection: Connection
    connection_name: str
    source_map: SourceMap
    options: KindOptions

    @property
    def is_incremental(self) -> bool:
        """Tell whether a pull reads on where the one before ended."""
        return bool(getattr(self.options, "incremental", False))

    def begun_at(self, cursor: str) -> "Source":
        """Return the source of an incremental feed whose walk begins with a cursor."""
        if not cursor:
            return self
        return replace(self, options=self.options.model_copy(update={"first": cursor}))

    def walk(self, partition: Partition) -> Walk:
        """Return a fresh walk of the source's kind over a partition."""
        return find_kind(self.system.kind).walk(self.options, partition)

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths beside the rows that kind, success rule and session need."""
        paths = list(self.options.envelope)
        if self.system.success:
            paths.append(self.system.success.path)
        if self.system.auth.scheme == "session" and self.system.auth.expired:
            paths.append(self.system.auth.code)
        return tuple(path for path in dict.fromkeys(paths) if not path.startswith(HEADER))

    @property
    def envelope_headers(self) -> tuple[str, ...]:
        """Return the headers of answers that the kind needs, written ``header:link``."""
        return tuple(path for path in self.options.envelope if path.startswith(HEADER))

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that the system wants with every request."""
        known = {"agency": self.agency, "system_id": self.connection.system_id}
        return {name: text.format_map(known) for name, text in self.system.headers.items()}


def source_for(
    agency: Agency,
    feed: str,
    connections: Mapping[str, Connection],
    systems: Mapping[str, System] | None = None,
) -> Source:
    """Put a source together from its agency, system and connection.

    Raises:
        ConfigError: the feed, system or connection is not known, or the options do not fit.
    """
    place = f"{agency.code}/{feed}"
    chosen = _named(agency.feeds, feed, "feed", place)
    system = system_for(agency, feed, systems)
    if system.feed != feed:
        raise ConfigError("The system gives another feed", where=place, seen=system.feed)
    own = {*chosen.options, *(chosen.shape.options if chosen.shape else ())}
    if reserved := own & find_kind(system.kind).Options.system_only:
        raise ConfigError(
            "An option is not for agency files", where=place, seen=f"options.{min(reserved)}"
        )
    return Source(
        agency=agency.code,
        feed=feed,
        system=system,
        connection=_named(connections, chosen.connection, "connection", place),
        connection_name=chosen.connection,
        source_map=_with_codes(system.source_map, chosen, place),
        options=_options(system, chosen.options, place),
    )


def system_for(agency: Agency, feed: str, systems: Mapping[str, System] | None = None) -> System:
    """Return the system that gives an agency's feed: a shared one, or the feed's own shape.

    Raises:
        ConfigError: there is no system of that name.
    """
    place = f"{agency.code}/{feed}"
    chosen = _named(agency.feeds, feed, "feed", place)
    if chosen.shape is None:
        return _named(systems or shipped_systems(), chosen.system, "system", place)
    shape = {name: getattr(chosen.shape, name) for name in Shape.model_fields}
    return System.model_construct(name=place, title=agency.name, feed=feed, **shape)


def _named(known: Mapping[str, T], name: str, noun: str, place: str) -> T:
    if name not in known:
        raise ConfigError(
            f"No such {noun}", where=place, seen=name, allowed=", ".join(list(known)[:12])
        )
    return known[name]


def _options(system: System, changes: Mapping[str, Any], place: str) -> KindOptions:
    kind = find_kind(system.kind)
    try:
        return kind.Options.model_validate({**system.options, **changes})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(
            "The kind's options do not fit",
            where=f"{place}: {system.name}: options.{'.'.join(map(str, first['loc']))}",
            seen=repr(first["input"])[:80],
            allowed=first["msg"],
        ) from None


def _with_codes(base: SourceMap, chosen: FeedSource, place: str) -> SourceMap:
    fields: dict[str, SourceField] = dict(base.fields)
    for name, codes in chosen.codes.items():
        known = _named(fields, name, "field", place)
        fields[name] = known.model_copy(update={"codes": {**known.codes, **codes}})
    return base.model_copy(update={"fields": fields})
