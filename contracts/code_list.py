"""Code lists as of a day: a code means something only in its list and on its day."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from contracts.errors import ConfigError

_DOTTED = re.compile(r"(\d{3})\.(\d{2})\.(\d{2})\.([GHK]\d{2})", re.ASCII)
_SHORT = re.compile(r"[GHK]\d{2}(?:\.\d{2}){0,2}(?:\.\d{3})?", re.ASCII)
_OTHER = frozenset({"agencies", "communes", "succession", "gso_code_reuse", "service_level_map"})

_TWO_TIERS = date(2025, 7, 1)
"""Communes are listed from this day on. Source: QĐ 19/2025/QĐ-TTg."""


def normalise_org(code: str) -> str | None:
    """Return the short form of an organisation code, None where it is neither spelling.

    Source: QCVN 102:2016/BTTTT (reversed, dotted, zero filled), QĐ 20/2020/QĐ-TTg (short).

    >>> normalise_org("000.00.00.H26"), normalise_org("000.09.23.H34"), normalise_org("H29.01.02")
    ('H26', 'H34.23.09', 'H29.01.02')
    """
    if dotted := _DOTTED.fullmatch(code):
        parts = list(reversed(dotted.groups()))
    elif _SHORT.fullmatch(code):
        parts = code.split(".")
    else:
        return None
    while not parts[-1].strip("0"):
        parts.pop()
    return ".".join(parts)


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """What a register says of one organisation over one span of days.

    Attributes:
        code: short code, e.g. ``H26``; a code may have several rows, one per span.
        gso_code: code of the General Statistics Office; empty for ministries. GSO codes were
            reused with another meaning on 2025-07-01 (``gso_code_reuse``).
        name_vi: short name; ``full_name_vi`` with its kind (Tỉnh, Thành phố).
        level: ``ministry``, ``government_agency``, ``interagency`` or ``province``.
        kind: ``province`` or ``city``; ``ministry``, ``ministerial_level``, …
        valid_from: first day; None = before the register begins.
        valid_to: last day; None = still valid.
        successor: code that takes over on the day after ``valid_to`` (may be the same code).
        source: list it was taken from; ``evidence``: how sure that is.
    """

    code: str
    qcvn_code: str
    gso_code: str
    name_vi: str
    full_name_vi: str
    level: str
    kind: str
    valid_from: date | None
    valid_to: date | None
    successor: str
    source: str
    evidence: str

    def valid(self, day: date) -> bool:
        """Tell whether this row speaks about the day."""
        return _within(day, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class Commune:
    """One commune (xã, phường, đặc khu) over one span of days.

    Names repeat in the country (245 full names among 3,321), codes do not: nothing joins on names.

    Attributes:
        code: five digits, QĐ 19/2025/QĐ-TTg.
        kind: ``commune``, ``ward`` or ``special_zone``.
        province_gso_code: GSO code of its province, as of the span.
        valid_from: first day of the two-tier map, 2025-07-01; earlier communes are not listed.
    """

    code: str
    name_vi: str
    full_name_vi: str
    kind: str
    province_gso_code: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of a list with its stable id (smallint from 1), labels and span of days."""

    code: str
    id: int
    label_vi: str
    label_en: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CodeLists:
    """All lists as of one day; immutable and shared."""

    day: date
    entries: Mapping[str, Mapping[str, Entry]]
    agencies: Mapping[str, ListedAgency]

    @classmethod
    def load(cls, day: date) -> "CodeLists":
        """Return the lists as of a day; cached."""
        return _load(day)

    def ids(self, name: str) -> Mapping[str, int]:
        """Return code -> id of the codes valid on the day, in id order.

        Raises:
            ConfigError: there is no such list.
        """
        return {code: entry.id for code, entry in self._of(name).items()}

    def labels(self, name: str, language: str = "vi") -> Mapping[str, str]:
        """Return code -> label (``vi`` or ``en``) of the codes valid on the day."""
        return {code: getattr(e, f"label_{language}") for code, e in self._of(name).items()}

    def knows_org(self, code: str) -> bool:
        """Tell whether the root of a short organisation code is valid on the day.

        ``K26``, the people's council of ``H26``, lives exactly as long as ``H26``.
        """
        root = code[:3]
        return root in self.agencies or (root[0] == "K" and f"H{root[1:]}" in self.agencies)

    def knows_commune(self, code: str) -> bool:
        """Tell whether a commune's code is valid on the day.

        Communes before 2025-07-01 are not listed: of those days every code may be one.
        """
        if self.day < _TWO_TIERS:
            return True
        found = _communes().get(code)
        return found is not None and _within(self.day, found.valid_from, found.valid_to)

    def _of(self, name: str) -> Mapping[str, Entry]:
        if name not in self.entries:
            raise ConfigError(
                "unknown code list",
                where=f"contracts/lists/{name}.csv",
                seen=name,
                allowed=", ".join(sorted(self.entries)),
            )
        return self.entries[name]


def all_agencies() -> tuple[ListedAgency, ...]:
    """Return every row of the register of agencies, all spans, ordered by code and start."""
    return tuple(
        ListedAgency(
            code=row["code"],
            qcvn_code=row["qcvn_code"],
            gso_code=row["gso_code"],
            name_vi=row["name_vi"],
            full_name_vi=row["full_name_vi"],
            level=row["level"],
            kind=row["kind"],
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            successor=row["successor"],
            source=row["source"],
            evidence=row["evidence"],
        )
        for row in _rows("agencies")
    )


def all_communes() -> tuple[Commune, ...]:
    """Return every listed commune, ordered by code."""
    return tuple(_communes().values())


def all_entries(name: str) -> tuple[Entry, ...]:
    """Return every row of a list, all spans: ids are stable, so the warehouse keeps them all."""
    return tuple(
        Entry(
            code=row["code"],
            id=int(row["id"]),
            label_vi=row["label_vi"],
            label_en=row["label_en"],
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
        )
        for row in _rows(name)
    )


def list_names() -> tuple[str, ...]:
    """Return the names of the code lists with ids."""
    found = (f.name.removesuffix(".csv") for f in files("contracts").joinpath("lists").iterdir())
    return tuple(sorted(name for name in found if name not in _OTHER))


def table(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of ``succession``, ``gso_code_reuse`` or ``service_level_map`` as text."""
    return tuple(MappingProxyType(row) for row in _rows(name))


@lru_cache(maxsize=64)
def _load(day: date) -> CodeLists:
    lists = {
        name: {e.code: e for e in all_entries(name) if _within(day, e.valid_from, e.valid_to)}
        for name in list_names()
    }
    agencies = {row.code: row for row in all_agencies() if row.valid(day)}
    return CodeLists(day, MappingProxyType(lists), MappingProxyType(agencies))


@cache
def _communes() -> Mapping[str, Commune]:
    found = (
        Commune(
            code=row["code"],
            name_vi=row["name_vi"],
            full_name_vi=row["full_name_vi"],
            kind=row["kind"],
            province_gso_code=row["province_gso_code"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
        )
        for row in _rows("communes")
    )
    return MappingProxyType({commune.code: commune for commune in found})


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = files("contracts").joinpath("lists", f"{name}.csv").read_text(encoding="utf-8")
    lines: Iterable[str] = text.splitlines()
    return tuple(csv.DictReader(lines))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)
