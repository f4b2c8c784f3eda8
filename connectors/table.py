"""Lines and labels, as delimited files and sheets share them."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from connectors.format import Footer
from contracts.number import NumberForm, read_number
from contracts.page import BrokenRow, Value
from contracts.source_map import SourceField, SourceMap
from contracts.text import normalise_label, search_key

_DIGITS = 15
"""A workbook's number has no more significant digits."""

Row = Sequence[Any] | BrokenRow
"""Cells of one line, or why it cannot be read."""


def label_of(cell: object) -> str:
    r"""Return a label as system files write it: NFC, one blank for any blanks or line ends.

    >>> label_of("Mã\n hồ sơ ")
    'Mã hồ sơ'
    """
    return normalise_label(" ".join(str(cell).split()))


class TotalLines:
    """Takes out of blocks of lines those that sum others up, and keeps what they say.

    Attributes:
        found: name beside the rows -> total in its smallest unit, or the text that is none.
        ended: whether a line has come below which nothing is data.
    """

    def __init__(
        self, footer: Footer | None, subtotals: tuple[Footer, ...], fields: SourceMap
    ) -> None:
        self._footer, self._footer_key = footer, search_key(footer.text) if footer else ""
        self._subtotals = {search_key(rule.text): rule for rule in subtotals}
        keys = [*self._subtotals, *([self._footer_key] if footer else [])]
        # most lines are told from a total by their first sign alone
        self._signs = {s for key in keys for s in _signs(key)}
        self._fields = {field.path: field for field in fields.fields.values() if field.path}
        self.found: dict[str, Value] = {}
        self.ended = False

    def take(self, rows: Sequence[Row], header: Sequence[str]) -> Sequence[Row]:
        """Return the lines that are data; nothing once a last line has come."""
        if not self._signs:
            return rows
        kept: list[Row] = []
        for row in rows:
            if self.ended:
                break
            rule = None if isinstance(row, BrokenRow) else self._rule(row)
            if rule is None:
                kept.append(row)
            else:
                self._keep(rule, dict(zip(header, row, strict=False)))  # type: ignore[arg-type]
        return kept

    def _rule(self, row: Sequence[Any]) -> Footer | None:
        first = next((cell for cell in row if cell not in {"", None}), None)
        if not isinstance(first, str) or first.lstrip()[:1] not in self._signs:
            return None
        key = search_key(first)
        if self._footer and key.startswith(self._footer_key):
            return self._footer
        return self._subtotals.get(key)

    def _keep(self, rule: Footer, cells: dict[str, Any]) -> None:
        self.ended = self.ended or rule.last
        for name, label in rule.totals.items():
            form = self._fields.get(label, SourceField(path=label))
            self.found[name] = _total(cells.get(label), form, rule.digits)


def number_of(cell: float, decimal: str) -> int | str:
    """Return a cell's number as its column writes numbers; whole ones as they are.

    >>> number_of(1234.5, ","), number_of(2.0, ","), number_of(0.1 + 0.2, ".")
    ('1234,5', 2, '0.3')
    """
    if float(cell).is_integer() and abs(cell) < 10**_DIGITS:
        return int(cell)
    return f"{cell:.{_DIGITS}g}".replace(".", decimal)


def _total(cell: Any, field: SourceField, digits: int) -> Value:
    """Return a total in its smallest unit; what is no number stays for the kind to refuse."""
    if cell is None or cell == "":
        return None
    told = number_of(cell, field.decimal) if isinstance(cell, float) else cell
    form = NumberForm(digits=digits, thousands=field.thousands, decimal=field.decimal)
    number = read_number(told if isinstance(told, int) else str(told).strip(), form)
    return number if isinstance(number, int) else str(told)


def _signs(key: str) -> set[str]:
    """Return the first signs a text may begin with, composed or not, small or capital."""
    first = key[:1]
    forms = {unicodedata.normalize("NFD", first)[:1], first}
    return forms | {sign.upper() for sign in forms} | {"\u00d0" if first == "đ" else first}
