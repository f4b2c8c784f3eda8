"""Datasets: what others may take away, each with its columns, coverage and newest load.

Two kinds: ``open`` needs no key (published cuts, names and codes, completeness); ``inner`` is full
detail and needs a person who reads or a key of that scope. Which there are: ``serving.shelf``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from warehouse.catalogue import Column, Relation
from warehouse.database import Connection
from warehouse.dataset import Behind, Row, Selection, behind, columns_of, read_rows
from warehouse.figures import Coverage

Kind = Literal["open", "inner"]
Catalogue = Mapping[str, Relation]
DAY, MONTH, YEAR = 31, 400, 3660
"""Days that an answer goes back where none are named, by how often its feed comes."""


@dataclass(frozen=True, slots=True)
class About:
    """What a dataset is.

    Attributes:
        title_vi, title_en: what it is called.
        grain_vi, grain_en: what a row is.
        key: columns that tell rows apart, in the order of the rows.
    """

    title_vi: str
    title_en: str
    grain_vi: str
    grain_en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One dataset.

    Attributes:
        name: stable name, in the address.
        kind: who may read it.
        feed: whose coverage stands beside it; empty = all feeds, None = names and codes, which
            belong to no day.
        about: says what it is, from the catalogue of marts.
        read: gives the rows after a key in order, at most so many, lazily; what is wrong with the
            question it says at once.
        span: days that it goes back where none are named.
        is_monthly: told by whole calendar months that are over, and on published maps alone.
        has_agencies: can be filtered by agency and placed on a map.
    """

    name: str
    kind: Kind
    feed: str | None
    about: Callable[[Catalogue], About]
    read: Callable[[Connection, Catalogue, Selection, int | None], Iterator[Row]]
    span: int = DAY
    has_agencies: bool = True
    is_monthly: bool = False

    def behind(self, conn: Connection, chosen: Selection) -> Behind:
        """Return what stands behind an answer."""
        if self.feed is None:
            return Behind(Coverage(0, 0), None)
        return behind(conn, self.feed, chosen)


def mart(name: str, kind: Kind, feed: str | None, span: int = DAY, **more: Any) -> Dataset:
    """Return the dataset of a mart of the same name."""
    return Dataset(
        name=name,
        kind=kind,
        feed=feed,
        about=partial(_about_mart, name),
        read=partial(_read_mart, name),
        span=span,
        **more,
    )


def _about_mart(name: str, catalogue: Catalogue) -> About:
    mart = catalogue[name]
    titles = (mart.title_vi, mart.title_en, mart.grain_vi, mart.grain_en)
    return About(*titles, mart.key, columns_of(mart))


def _read_mart(
    name: str, conn: Connection, catalogue: Catalogue, chosen: Selection, limit: int | None
) -> Iterator[Row]:
    return read_rows(conn, catalogue[name], chosen, limit)


def map_name(chosen: Selection) -> str:
    """Return the map of a selection as addresses name it."""
    return chosen.basis if isinstance(chosen.basis, str) else chosen.basis.isoformat()
