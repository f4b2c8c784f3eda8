"""Instants and dates as sources write them, read strictly; whole columns at once where possible.

A column whose texts all have one shape is checked and computed as a matrix of bytes: digits
where digits belong, literals where literals belong, nothing else. What does not fit is read
text by text, which also finds the reason.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ConfigError
from contracts.packed import text_head
from contracts.shape import above, fitting
from contracts.verdict import NULL

BAD = NULL + 1
"""A value that was there and could not be read; its row carries the reason."""
DAY_US = 86_400_000_000
LOCAL_US = 7 * 3_600_000_000
"""Asia/Ho_Chi_Minh is UTC+07:00 on every day that a contract allows."""

_ISO = re.compile(
    r"(?P<yyyy>\d{4})-(?P<MM>\d{2})-(?P<dd>\d{2})"
    r"(?:[T ](?P<HH>\d{2}):(?P<mm>\d{2}):(?P<ss>\d{2})(?:\.(?P<f>\d{1,6}))?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_SERIAL = re.compile(r"(?P<days>\d{1,7})(?:\.(?P<part>\d{1,12}))?", re.ASCII)
_COUNTED = {"serial": date(1899, 12, 30), "serial1904": date(1904, 1, 1)}
"""Day 0 of workbooks' day counts; the older one counts a 29 February 1900 that never was."""
_NO_SUCH_DAY = 60
_TOKEN = re.compile("yyyy|MM|dd|HH|mm|ss")
# Largest first digit per part: what a byte can say about 24:00 or month 13 it says at once.
_TENS = {"MM": 1, "dd": 3, "HH": 2, "mm": 5, "ss": 5}
_FIRST_YEAR, _YEARS, _MONTHS, _DAYS = 1970, 100, 20, 40
_CHUNK = 2048  # rows per product: below OpenBLAS's threshold for waking a second thread
_NO_DAY = np.iinfo(np.int32).min


@dataclass(frozen=True, slots=True)
class Shape:
    """One fixed-width way to write an instant, ready for matrices of bytes.

    Attributes:
        low, span: byte at each position lies in ``low .. low + span``; the head of the text
            comes first.
        weights: what the digit at each position adds to the day code (first row), the seconds
            of the day (second) and, where the text has them, the microseconds (third).
        offset_us: microseconds to take off to reach UTC.
    """

    low: NDArray[np.uint8]
    span: NDArray[np.uint8]
    weights: NDArray[np.float32]
    offset_us: int

    @property
    def size(self) -> int:
        """Return the bytes of a text with its head."""
        return len(self.low)


@cache
def pattern(form: str) -> re.Pattern[str]:
    """Return the strict expression of a date format (``iso``, ``serial`` … or tokens).

    Raises:
        ConfigError: the format lacks year, month or day, or holds an unknown token.
    """
    if form in {"iso", "iso_local"}:
        return _ISO
    if form in _COUNTED:
        return _SERIAL
    literal = _TOKEN.sub("", form)
    tokens = _TOKEN.findall(form)
    if not {"yyyy", "MM", "dd"} <= set(tokens) or re.search("[A-Za-z]", literal.replace("T", "")):
        raise ConfigError(
            "unknown date format",
            seen=form,
            allowed="iso, iso_local, serial, serial1904, yyyy MM dd HH mm ss",
        )
    parts = re.split(f"({_TOKEN.pattern})", form)
    return re.compile(
        "".join(
            rf"(?P<{p}>\d{{{len(p)}}})" if _TOKEN.fullmatch(p) else re.escape(p) for p in parts
        ),
        re.ASCII,
    )


def read_instant(text: str, form: str, *, day_only: bool = False) -> int | str:
    """Return microseconds since 1970 UTC, or the code of why the text is no instant.

    A time without offset is one of Asia/Ho_Chi_Minh. ISO texts may leave the time out only
    where ``day_only`` allows a date.

    >>> read_instant("2026-01-01T17:30:00Z", "iso"), read_instant("30/02/2026", "dd/MM/yyyy")
    (1767288600000000, 'DATE')
    """
    found = pattern(form).fullmatch(text)
    if found is None:
        return "DATE-FORMAT"
    parts = found.groupdict()
    if form in _COUNTED:
        return _read_serial(parts, form)
    if form in {"iso", "iso_local"} and parts["HH"] is None and not day_only:
        return "DATE-FORMAT"
    hour, minute, second = (int(parts.get(p) or 0) for p in ("HH", "mm", "ss"))
    zone = _offset(parts.get("zone") or "")
    if hour > 23 or minute > 59 or second > 59 or zone is None:
        return "DATE-FORMAT"
    micro = int((parts.get("f") or "").ljust(6, "0"))
    try:
        day = date(int(parts["yyyy"]), int(parts["MM"]), int(parts["dd"]))
    except ValueError:
        return "DATE"
    days = day.toordinal() - date(1970, 1, 1).toordinal()
    return days * DAY_US + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro - zone


def _read_serial(parts: Mapping[str, str | None], form: str) -> int | str:
    """Return the instant of a day count; its part of a day is local, to the millisecond."""
    days = int(parts["days"] or 0)
    if form == "serial" and days in {0, _NO_SUCH_DAY}:
        return "DATE"
    days += _COUNTED[form].toordinal() + (form == "serial" and days < _NO_SUCH_DAY)
    if days > date.max.toordinal():
        return "DATE"
    part = round(float(f"0.{parts['part'] or 0}") * 86_400_000) * 1_000
    return day_start(date.fromordinal(days)) + part


def write_instant(moment: date, form: str) -> str:
    """Return a local day or time of a workbook as a source would write it in a format.

    A workbook's 28 February 1900 may be the 29th that never was: it is written as that.

    >>> write_instant(date(2020, 1, 31), "dd/MM/yyyy"), write_instant(date(2020, 1, 1), "serial")
    ('31/01/2020', '43831')
    """
    whole = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - local by definition
    time = moment - whole if isinstance(moment, datetime) else timedelta()
    seconds = round(time.total_seconds())
    false_day = moment.timetuple()[:3] == (1900, 2, 28)
    if form in _COUNTED:
        days = whole.toordinal() - _COUNTED[form].toordinal()
        days = _NO_SUCH_DAY if false_day else days - (form == "serial" and days < _NO_SUCH_DAY)
        return str(days) if not seconds else f"{days}.{round(seconds / 86_400 * 10**10):010}"
    if form in {"iso", "iso_local"}:
        form = "yyyy-MM-ddTHH:mm:ss" if seconds else "yyyy-MM-dd"
    shown = whole + timedelta(seconds=seconds)
    parts = {"yyyy": f"{shown:%Y}", "MM": f"{shown:%m}", "dd": f"{shown:%d}"}
    parts |= {"HH": f"{shown:%H}", "mm": f"{shown:%M}", "ss": f"{shown:%S}"}
    parts |= {"dd": "29"} if false_day else {}
    return _TOKEN.sub(lambda token: parts[token[0]], form)


def day_start(day: date) -> int:
    """Return the first microsecond of a local day, since 1970 UTC."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY_US - LOCAL_US


def local_days(instants: NDArray[np.int64 | np.int32]) -> NDArray[np.int64]:
    """Return local days since 1970 of instants in microseconds."""
    days: NDArray[np.int64] = (instants.astype(np.int64, copy=False) + LOCAL_US) // DAY_US
    return days


def shape_of(text: str, form: str) -> Shape | None:
    """Return the shape of one good text, None where its parts have no fixed place."""
    plain = text.isascii() and form not in _COUNTED
    found = pattern(form).fullmatch(text) if plain else None
    if found is None or ("HH" in found.re.groupindex and found["HH"] is None):
        return None
    zone = _offset(found.groupdict().get("zone") or "")
    if zone is None:
        return None
    head = text_head(len(text))
    low = np.frombuffer(head + text.encode(), np.uint8).copy()
    span = np.zeros(len(low), np.uint8)
    weights = np.zeros((3 if found.groupdict().get("f") else 2, len(low)), np.float32)
    for name in found.re.groupindex:
        if name != "zone" and found[name] is not None:
            start, end = found.span(name)
            _place(name, (len(head) + start, len(head) + end), (low, span, weights))
    return Shape(low, span, weights, zone)


def compute(cells: NDArray[np.uint8], shape: Shape) -> NDArray[np.int64]:
    """Return the instants of texts of one shape; BAD where a text does not fit it.

    Args:
        cells: one line per row, head first (``contracts.packed``).
        shape: the shape that most texts have.
    """
    digits = above(cells, shape.low)
    fits = fitting(digits, shape.span)
    parts = np.empty((len(cells), len(shape.weights)), np.float32)
    for start in range(0, len(cells), _CHUNK):
        rows = slice(start, start + _CHUNK)
        np.matmul(digits[rows].astype(np.float32), shape.weights.T, out=parts[rows])
    sums = parts.T
    codes = sums[0].astype(np.int32)
    codes -= _FIRST_YEAR * _MONTHS * _DAYS
    wrong = (codes < 0) | (codes >= _YEARS * _MONTHS * _DAYS) | (sums[1] >= 86_400)
    if fits is not None:
        wrong |= ~fits
    codes[wrong] = 0  # a place of the calendar that is no day
    days = _calendar()[codes]
    result: NDArray[np.int64] = days.astype(np.int64)
    result *= 86_400
    result += sums[1].astype(np.int64)
    result *= 1_000_000
    if len(sums) > 2:
        result += sums[2].astype(np.int64)
    result -= shape.offset_us
    result[days == _NO_DAY] = BAD
    return result


def _place(
    name: str,
    where: tuple[int, int],
    into: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]],
) -> None:
    """Write one part of a date into the byte bounds and weights of a shape."""
    low, span, weights = into
    start, end = where
    column, unit = {
        "yyyy": (0, _MONTHS * _DAYS),
        "MM": (0, _DAYS),
        "dd": (0, 1),
        "HH": (1, 3600),
        "mm": (1, 60),
        "ss": (1, 1),
        "f": (2, 10 ** (6 - (end - start))),
    }[name]
    low[start:end] = ord("0")
    span[start:end] = 9
    if name in _TENS:
        span[start] = _TENS[name]
    weights[column, start:end] = [unit * 10 ** (end - 1 - i) for i in range(start, end)]


@cache
def _calendar() -> NDArray[np.int32]:
    """Return days since 1970 by (year, month, day) code; a number that is no day has none."""
    table = np.full(_YEARS * _MONTHS * _DAYS, _NO_DAY, np.int32)
    day, step = date(_FIRST_YEAR, 1, 1), timedelta(days=1)
    number = 0
    while day.year < _FIRST_YEAR + _YEARS:
        code = ((day.year - _FIRST_YEAR) * _MONTHS + day.month) * _DAYS + day.day
        table[code] = number
        day, number = day + step, number + 1
    return table


def _offset(zone: str) -> int | None:
    """Return the microseconds of an offset; without one, those of Asia/Ho_Chi_Minh."""
    if not zone:
        return LOCAL_US
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 14 or minutes > 59:
        return None
    return (1 if zone[0] == "+" else -1) * (hours * 60 + minutes) * 60_000_000
