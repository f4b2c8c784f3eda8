"""Numbers as sources write them, read strictly: no guess about separators, no float, no NaN."""

import re
from dataclasses import dataclass

from contracts.page import Value

_NONFINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_GROUPED = re.compile(r"-?\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?", re.ASCII)
_EXPONENT = re.compile(r"-?\d+(?:\.\d+)?[eE]\+?(\d+)", re.ASCII)
_LONGEST = 18  # digits that always fit 64 bits


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How numbers of a field are written and bounded.

    Attributes:
        digits: decimals of the unit that is kept (2 = pence, 0 = đồng).
        thousands, decimal: separators by the source map; no other is accepted.
        minimum, maximum: bounds in major units, None = 64 bits.
        negative: whether amounts below 0 are allowed (refunds).
    """

    digits: int = 0
    thousands: str | None = None
    decimal: str = "."
    minimum: int | None = None
    maximum: int | None = None
    negative: bool = True


def read_number(value: Value, form: NumberForm) -> int | str:
    """Return the number in minor units, or the code of why the value is none.

    >>> read_number("184,904.05", NumberForm(digits=2, thousands=","))
    18490405
    >>> read_number("1000.5", NumberForm()), read_number("1.234", NumberForm())
    ('AMOUNT-SCALE', 'AMOUNT-FORMAT')
    """
    if isinstance(value, bool) or value is None:
        return "DRIFT-TYPE"
    if isinstance(value, int):
        return _bounded(value * 10**form.digits, form)
    found = _expression(form).fullmatch(value)
    if found is None:
        return _reason(value)
    whole, fraction = found["whole"], found["fraction"] or ""
    if form.thousands:
        whole = whole.replace(form.thousands, "")
    if _ambiguous(whole, fraction, form):
        return "AMOUNT-FORMAT"
    if fraction[form.digits :].strip("0"):
        return "AMOUNT-SCALE"
    minor = whole + fraction[: form.digits].ljust(form.digits, "0")
    number = int(minor[: _LONGEST + 2])  # longer ones are out of range by their length alone
    return _bounded(-number if found["sign"] else number, form)


def _ambiguous(whole: str, fraction: str, form: NumberForm) -> bool:
    """Tell whether a decimal part may as well be a group of thousands (``1.234``)."""
    return not form.thousands and len(fraction) == 3 > form.digits and len(whole) <= 3


def _bounded(number: int, form: NumberForm) -> int | str:
    if number < 0 and not form.negative:
        return "AMOUNT-SIGN"
    unit = 10**form.digits
    low = -(10**_LONGEST) if form.minimum is None else form.minimum * unit
    high = 10**_LONGEST if form.maximum is None else min(form.maximum * unit, 10**_LONGEST)
    if form.negative and form.minimum is None and form.maximum is not None:
        low = -high
    return number if low <= number <= high else "NUM-RANGE"


def _reason(text: str) -> str:
    if _NONFINITE.fullmatch(text):
        return "NUM-NONFINITE"
    if _GROUPED.fullmatch(text):
        return "AMOUNT-FORMAT"
    if (found := _EXPONENT.fullmatch(text)) and int(found[1][:6]) > _LONGEST:
        return "NUM-RANGE"
    return "NUM-FORMAT"


def _expression(form: NumberForm) -> re.Pattern[str]:
    plain = "0|[1-9][0-9]*"
    if form.thousands:
        plain = rf"[1-9][0-9]{{0,2}}(?:{re.escape(form.thousands)}[0-9]{{3}})+|{plain}"
    # re caches compiled expressions by text
    return re.compile(
        rf"(?P<sign>-)?(?P<whole>{plain})(?:{re.escape(form.decimal)}(?P<fraction>[0-9]+))?"
    )
