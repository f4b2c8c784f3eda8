"""Checks of one normalised text: patterns, code lists, codes of organisations and areas."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from contracts.code_list import CodeLists, normalise_org
from contracts.model import Field, Kind
from contracts.rule import CodeList
from contracts.text import has_lookalike

_NONE: Mapping[str, int] = MappingProxyType({})
_NO_NAMES: Mapping[int, str] = MappingProxyType({})
_AREA = r"\d{2}(\d{3})?"
_PROVINCE = 2  # digits of a province's code
_ALWAYS = ("NUL", "UNICODE", "UNICODE-LOOKALIKE")


def _strange(text: str) -> bool:
    """Tell whether a text that breaks its form holds letters or digits beyond ASCII."""
    return any(not c.isascii() and c.isalnum() for c in text)


class PatternCheck:
    """A code by pattern and length; a text without pattern may be of any language."""

    ids, names = _NONE, _NO_NAMES

    def __init__(self, field: Field) -> None:
        self._pattern = re.compile(field.pattern or "[^\n]*")
        self._is_code = bool(field.pattern)
        self._length = field.max_length
        self.codes: tuple[str, ...] = (*_ALWAYS, "CODE-FORMAT", "TOO-LONG")
        self.allowed = field.pattern or "text"
        if field.max_length:
            self.allowed += f", ≤ {field.max_length}"

    def __call__(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return (text, reasons)."""
        codes = []
        if self._pattern.fullmatch(text) is None:
            codes.append("UNICODE-LOOKALIKE" if _strange(text) else "CODE-FORMAT")
        elif self._is_code and has_lookalike(text):
            codes.append("UNICODE-LOOKALIKE")
        if self._length and len(text) > self._length:
            codes.append("TOO-LONG")
        return text, tuple(codes)


def narrowed(field: Field, lists: CodeLists) -> Mapping[str, int]:
    """Return the codes that a list field takes as of the day, with their ids."""
    rule = field.rule(CodeList)
    ids = lists.ids(field.list)
    return {c: n for c, n in ids.items() if not rule or not rule.codes or c in rule.codes}


class ListCheck:
    """A code of a closed list as of the day; a source that says another has drifted."""

    def __init__(self, field: Field, lists: CodeLists) -> None:
        self.ids = narrowed(field, lists)
        self.names: Mapping[int, str] = {number: code for code, number in self.ids.items()}
        self.codes: tuple[str, ...] = (*_ALWAYS[:2], "DRIFT-ENUM")
        self.allowed = f"{field.list} {lists.day}: {', '.join(self.ids)}"[:200]

    def __call__(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return (text, reasons)."""
        return text, () if text in self.ids else ("DRIFT-ENUM",)


class OrgCheck:
    """An organisation code, kept in its short form, valid on the day."""

    ids, names = _NONE, _NO_NAMES

    def __init__(self, lists: CodeLists) -> None:
        self._lists = lists
        self.codes: tuple[str, ...] = (*_ALWAYS, "CODE-FORMAT", "CODE-UNKNOWN")
        self.allowed = f"000.00.00.H26, H26, H29.01.02; agencies {lists.day}"

    def __call__(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return (short form, reasons)."""
        code = normalise_org(text)
        if code is None:
            return text, ("UNICODE-LOOKALIKE" if _strange(text) else "CODE-FORMAT",)
        return code, () if self._lists.knows_org(code) else ("CODE-UNKNOWN",)


class AreaCheck(PatternCheck):
    """A GSO area code: two digits name a province of the day, five a commune.

    A code lives in the list ``area`` as of the day: seven of them mean another province since
    2025-07-01. Communes are listed since that day; earlier ones are taken by form.
    """

    def __init__(self, field: Field, lists: CodeLists) -> None:
        super().__init__(replace(field, pattern=field.pattern or _AREA))
        self._lists, self._provinces = lists, lists.ids("area")
        self.codes = (*self.codes, "CODE-UNKNOWN")
        self.allowed += f"; area {lists.day}"

    def __call__(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return (text, reasons)."""
        text, codes = super().__call__(text)
        if codes:
            return text, codes
        is_province = len(text) == _PROVINCE
        is_known = text in self._provinces if is_province else self._lists.knows_commune(text)
        return text, () if is_known else ("CODE-UNKNOWN",)


def check_of(field: Field, lists: CodeLists) -> PatternCheck | ListCheck | OrgCheck | AreaCheck:
    """Return the check of a code field."""
    match field.kind:
        case Kind.LIST:
            return ListCheck(field, lists)
        case Kind.ORG:
            return OrgCheck(lists)
        case Kind.AREA:
            return AreaCheck(field, lists)
        case _:
            return PatternCheck(field)
