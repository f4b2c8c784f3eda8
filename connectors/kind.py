"""Kinds by name: how a request follows an answer, for one access pattern each."""

import re
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Annotated, Any, ClassVar, Protocol, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from connectors import kinds
from connectors.protocol import Walk
from contracts.errors import ConfigError
from contracts.page import Page
from contracts.partition import Partition

GROUP = "hub.connectors"
"""Entry point group of third-party kinds: ``name = "their_package.their_kind"`` (a module)."""

_SHIPPED = tuple(sorted(module.name for module in iter_modules(kinds.__path__)))
"""Every module of ``connectors.kinds`` is a kind."""
_HOLE = re.compile(r"\{([^{}]*)\}")
_HOLES = ("yyyy", "MM", "dd", "q", "from", "to", "agency")


def _check_pattern(text: str) -> str:
    if unknown := [hole for hole in _HOLE.findall(text) if hole not in _HOLES]:
        raise ValueError(f"{{{unknown[0]}}} is unknown; known: {', '.join(_HOLES)}")
    return text


Pattern = Annotated[str, Field(strict=True), AfterValidator(_check_pattern)]
"""Text with holes: ``{yyyy} {MM} {dd}`` of the local day, ``{q}`` its quarter (1-4), ``{from}``
and ``{to}`` (its bounds in UTC, ``2026-11-19T17:00:00.000Z``) and ``{agency}``; no expressions."""


def fill(pattern: str, partition: Partition) -> str:
    """Return a pattern filled with a partition's day and agency.

    >>> from datetime import date
    >>> fill("drop/{yyyy}-{MM}-{dd}.csv", Partition("H26", "dossiers", date(2026, 11, 20)))
    'drop/2026-11-20.csv'
    """
    start, end = (f"{bound:%Y-%m-%dT%H:%M:%S}.000Z" for bound in partition.bounds)
    day = partition.day
    values = {"yyyy": f"{day:%Y}", "MM": f"{day:%m}", "dd": f"{day:%d}", "from": start, "to": end}
    values |= {"agency": partition.agency, "q": str((day.month + 2) // 3)}
    return _HOLE.sub(lambda hole: values[hole[1]], pattern)


class KindOptions(BaseModel):
    """What a kind needs to know of a system; extended by each kind, frozen, nothing extra.

    Attributes:
        system_only: names of options that a shared system's file may set and an agency's not.
        totals: measure (``rows``, ``amount``) -> path beside the rows where the source declares
            it as a whole number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    system_only: ClassVar[frozenset[str]] = frozenset()

    totals: Mapping[str, str] = Field(default_factory=dict)

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths beside the rows that the kind reads from answers.

        ``header:link`` is a header of the answer, ``list[].code`` the codes of a list, one a line.
        """
        return tuple(self.totals.values())

    @property
    def links(self) -> tuple[str, ...]:
        """Return those of the paths that lead to a next page.

        The driver holds them against the connection and hands on what lies below its address.
        """
        return ()

    def taken(self, page: Page) -> Page:
        """Return a page of data as the kind takes it, before it is landed."""
        return page


class KindModule(Protocol):
    """A module that is a kind: its options and its walk."""

    Options: type[KindOptions]

    def walk(self, options: Any, partition: Partition, /) -> Walk:
        """Yield requests, be sent answers, return the declared totals."""


def find_kind(name: str) -> KindModule:
    """Return a shipped or installed kind.

    Raises:
        ConfigError: nobody ships a kind of that name.
    """
    if name in _SHIPPED:
        return cast("KindModule", import_module(f"connectors.kinds.{name}"))
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        raise ConfigError("No such kind", seen=name, allowed=", ".join(sorted({*_SHIPPED, *found})))
    return cast("KindModule", found[name].load())
