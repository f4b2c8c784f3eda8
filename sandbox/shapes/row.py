"""Rows of a frame with its columns side by side, ready for a shape to spell."""

from collections.abc import Iterator
from typing import Any

from sandbox.frame import Frame
from sandbox.spell import COMPACT, Style, dossier_codes

_DOSSIER = (
    "status",
    "applicant",
    "procedure",
    "level",
    "unit",
    "channel",
    "paid",
    "commune",
    "person",
)
_DATES = ("submitted", "received", "due", "finished", "returned", "updated")
_PAYMENT = (
    "partner",
    "index",
    "procedure",
    "unit",
    "kind",
    "amount",
    "fee",
    "charge",
    "status",
    "method",
    "bank",
    "person",
)


def dossier_rows(frame: Frame, units: tuple[str, ...], style: Style) -> Iterator[tuple[Any, ...]]:
    """Yield (code, the numbers of ``_DOSSIER``, the dates of ``_DATES`` as texts) of each row."""
    dates = (style.write(frame[name]) for name in _DATES)
    return zip(_codes(frame, units), *_numbers(frame, _DOSSIER), *dates, strict=True)


def payment_rows(frame: Frame, units: tuple[str, ...], style: Style) -> Iterator[tuple[Any, ...]]:
    """Yield (dossier code, day it was born, instant paid, the numbers of ``_PAYMENT``)."""
    born, paid = COMPACT.write_days(frame["born"]), style.write(frame["paid"])
    return zip(_codes(frame, units), born, paid, *_numbers(frame, _PAYMENT), strict=True)


def _codes(frame: Frame, units: tuple[str, ...]) -> list[str]:
    return dossier_codes(units, frame["home"], frame["born"], frame["sequence"], frame["index"])


def _numbers(frame: Frame, names: tuple[str, ...]) -> Iterator[list[int]]:
    return (frame[name].tolist() for name in names)
