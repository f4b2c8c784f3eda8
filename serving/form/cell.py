"""Cells as people read them: numbers of a language, words for codes, no formula from data."""

from decimal import Decimal

from serving.form.filling import Cell, Filled, Printed
from serving.numeral import ABSENT, Lang, number, percent
from serving.word import say

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run as a formula."""
SIGNS = {"": "", "not_divisible": "*", "not_on_map": "†"}
"""Mark of a row (``warehouse.map.MARKS``) -> the sign behind its name."""
WORDS = ("level", "verdict")
"""Facts whose cells are codes with a word of their own (``form.level_all`` and so on)."""


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> harmless("=HYPERLINK(1)"), harmless("Hà Nội")
    ("'=HYPERLINK(1)", 'Hà Nội')
    """
    return f"'{text}" if text.startswith(DANGEROUS) else text


def worded(filled: Filled, column: int, cell: Cell, lang: Lang) -> Cell:
    """Return a cell with its code put into words."""
    fact = filled.definition.column(column).fact
    if fact in WORDS and isinstance(cell, str):
        return say(f"form.{fact}_{cell}", lang)
    return cell


def shown(filled: Filled, column: int, cell: Cell, lang: Lang) -> str:
    """Return a cell as printed; what nobody told is a dash."""
    match worded(filled, column, cell, lang):
        case None:
            return ABSENT
        case str() as text:
            return text
        case Decimal() as value if filled.definition.column(column).fact in _PERCENT:
            return percent(value, lang)
        case value:
            return number(value, lang)


_PERCENT = ("value", "target", "coverage")


def row_name(filled: Filled, row: Printed, lang: Lang) -> str:
    """Return what a row is called: code and name as far as they are known, sign of its mark."""
    if row is filled.total:
        return say("form.total", lang)
    name = row.name_vi if lang == "vi" else row.name_en
    if filled.asked.cut == "indicator":
        return name
    if filled.asked.cut == "field" and name:
        return name
    called = " ".join(filter(None, (row.code, name))) or say("form.unstated", lang)
    return called + SIGNS[row.mark]


def scope_name(filled: Filled, lang: Lang) -> str:
    """Return whom a form speaks of: one agency, or the country."""
    if not filled.asked.agency:
        return say("form.country", lang)
    return " ".join(dict.fromkeys((filled.asked.agency, filled.scope)))


def ranges(numbers: list[int]) -> str:
    """Return numbers as people write long lists.

    >>> ranges([3, 4, 5, 9])
    '3–5, 9'
    """
    spans: list[list[int]] = []
    for one in sorted(set(numbers)):
        if spans and spans[-1][1] == one - 1:
            spans[-1][1] = one
        else:
            spans.append([one, one])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)
