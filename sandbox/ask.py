"""What a client asks for: the parameters of every shape, brought to one form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np

from sandbox.frame import DAY
from sandbox.page import MAX_SIZE
from sandbox.press import Press, Selection, Shape
from sandbox.volume import EPOCH, day_number

_ZONE_SECONDS = 7 * 3600
_LONGEST = 400
"""Days in one query; more is answered with 400."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for rows.

    Attributes:
        days: days touched, in order.
        low: first instant (seconds of local wall time); None = from the start of the first day.
        high: instant after the last one; None = to the end of the last day.
        asked: page number or offset as written.
        size: rows per page.
        first: number of the first page.
        is_numbered: whether ``asked`` counts pages.
    """

    days: tuple[date, ...]
    asked: int
    size: int
    first: int = 0
    is_numbered: bool = True
    low: int | None = None
    high: int | None = None

    def select(self, press: Press, agency: str, shape: Shape) -> Selection:
        """Return the rows that this query selects, printed."""
        runs = []
        for day in self.days:
            printed = press.day(agency, shape, day)
            start, stop = 0, printed.rows
            if self.low is not None:
                start = int(np.searchsorted(printed.instants, self.low))
            if self.high is not None:
                stop = int(np.searchsorted(printed.instants, self.high))
            runs.append((printed, start, max(start, stop)))
        return Selection(tuple(runs))


def _span(first: date, last: date) -> tuple[date, ...]:
    length = (last - first).days + 1
    if not 0 < length <= _LONGEST:
        raise ValueError(f"1..{_LONGEST} days in one query, seen {length}")
    return tuple(first + timedelta(i) for i in range(length))


def _sized(asked: int, size: int, first: int) -> None:
    if asked < first or not 0 < size <= MAX_SIZE:
        raise ValueError(f"page from {first}, size 1..{MAX_SIZE}; seen {asked}, {size}")


def one_stop(query: Mapping[str, str]) -> Ask:
    """Read ``page``, ``size``, ``updated-from`` and ``updated-to`` (half-open, UTC).

    Raises:
        ValueError, KeyError: a parameter is missing or malformed.
    """
    low, high = _local(query["updated-from"]), _local(query["updated-to"])
    days = _span(EPOCH + timedelta(low // DAY), EPOCH + timedelta((high - 1) // DAY))
    ask = Ask(days, int(query.get("page", 0)), int(query.get("size", 20)), low=low, high=high)
    _sized(ask.asked, ask.size, 0)
    return ask


def _local(text: str) -> int:
    """Return seconds of local wall time of an ISO instant with offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"instant without offset: {text}")
    wall = instant.astimezone(UTC) + timedelta(seconds=_ZONE_SECONDS)
    return day_number(wall.date()) * DAY + wall.hour * 3600 + wall.minute * 60 + wall.second


class PortalCall(msgspec.Struct):
    """Body of a portal service call; every value is a text."""

    session: str = ""
    service: str = ""
    tungay: str = ""
    denngay: str = ""
    trang: str = "1"
    sobanghi: str = "200"
    madonvi: str = ""

    def ask(self) -> Ask:
        """Return the rows asked for; Raises: ValueError."""
        days = _span(date.fromisoformat(self.tungay), date.fromisoformat(self.denngay))
        ask = Ask(days, int(self.trang), int(self.sobanghi), first=1)
        _sized(ask.asked, ask.size, 1)
        return ask


class GatewayCall(msgspec.Struct, rename={"first": "from", "last": "to"}):
    """Body of a payment gateway query."""

    first: date
    last: date
    offset: int = 0
    limit: int = 500

    def ask(self) -> Ask:
        """Return the rows asked for; Raises: ValueError."""
        ask = Ask(_span(self.first, self.last), self.offset, self.limit, is_numbered=False)
        _sized(ask.asked, ask.size, 0)
        return ask


def axis(query: Mapping[str, str]) -> Ask:
    """Read ``fromDate``, ``toDate`` (yyyy/MM/dd), ``pageIndex`` from 1 and ``pageSize``.

    Raises:
        ValueError, KeyError: a parameter is missing or malformed.
    """
    first, last = (date.fromisoformat(query[n].replace("/", "-")) for n in ("fromDate", "toDate"))
    ask = Ask(
        _span(first, last), int(query.get("pageIndex", 1)), int(query.get("pageSize", 100)), first=1
    )
    _sized(ask.asked, ask.size, 1)
    return ask
