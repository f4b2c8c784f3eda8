"""How much every agency gives on every day.

Inside a founding window the agencies share the published figure times the scale by largest
remainder, and each agency's share is spread over its days by cumulated rounding: both are exact,
and at a small scale small agencies and quiet days still get their part. Before a window there is
nothing; after it the same average rate goes on, day by day, for ever. A day of 2026 therefore
has dossiers of the 34 days before it to finish, and needs no other rule.
Source: figures of the founding documents (4.3 million dossiers since 2019-12-09; 387,377 sent
and 1,281,574 received documents over 2019-03-12..2020-04-17).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from sandbox.agency import Agency, on
from sandbox.draw import F64, I64, Draw, address

EPOCH = date(1970, 1, 1)
_WEEK = np.array([1.15, 1.10, 1.05, 1.00, 0.95, 0.25, 0.05])
"""Monday..Sunday; offices work Saturday mornings in places, portals work always."""
_HOLIDAYS = ((1, 1), (4, 30), (5, 1), (9, 2))
_TET_2020 = (date(2020, 1, 23), date(2020, 1, 29))
_HOLIDAY_FACTOR = 0.05


@dataclass(frozen=True, slots=True)
class Stream:
    """One published figure: a total over a window of days, both ends included."""

    name: str
    first: date
    last: date
    total: int

    @property
    def days(self) -> int:
        """Number of days in the window."""
        return (self.last - self.first).days + 1


DOSSIERS = Stream("dossier", date(2019, 12, 9), date(2020, 4, 20), 4_300_000)
SENT = Stream("sent", date(2019, 3, 12), date(2020, 4, 17), 387_377)
RECEIVED = Stream("received", date(2019, 3, 12), date(2020, 4, 17), 1_281_574)


def day_number(day: date) -> int:
    """Return days since 1970-01-01."""
    return (day - EPOCH).days


def apportion(weights: F64, total: int) -> I64:
    """Return integers in proportion to the weights that sum to the total exactly.

    Largest remainder; ties go to the earlier entry.
    """
    exact = weights / weights.sum() * total
    whole: I64 = np.floor(exact).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:missing]] += 1
    return whole


def spread(weights: F64, total: int, luck: float) -> I64:
    """Return integers in proportion to the weights that sum to the total exactly.

    Cumulated rounding from a random start (``luck`` in [0, 1)): an entry of 0.2 becomes 1 in one
    of five cases, whatever its neighbours.
    """
    reached = np.cumsum(weights) / weights.sum() * total
    # Float sums may reach total + 1 where luck is next to 1.
    steps: I64 = np.minimum(np.floor(reached + luck), total).astype(np.int64)
    steps[-1] = total
    counts: I64 = np.diff(steps, prepend=0)
    return counts


def day_factor(day: date) -> float:
    """Return how busy a day is against an average one."""
    is_tet = _TET_2020[0] <= day <= _TET_2020[1]
    if is_tet or (day.month, day.day) in _HOLIDAYS:
        return _HOLIDAY_FACTOR
    return float(_WEEK[day.weekday()])


class Volumes:
    """Counts per (stream, agency, day); a pure function of seed, scale and the agency list."""

    def __init__(self, agencies: tuple[Agency, ...], seed: int, scale: float) -> None:
        self._agencies = agencies
        self._seed = seed
        self._scale = scale
        self._windows = {s.name: self._window(s) for s in (DOSSIERS, SENT, RECEIVED)}
        self._later = lru_cache(maxsize=4096)(self._after)

    def count(self, stream: Stream, agency: str, day: date) -> int:
        """Return how many dossiers or movements begin on the day; 0 before the window."""
        if day < stream.first:
            return 0
        if day <= stream.last:
            codes, counts = self._windows[stream.name]
            column = codes.get(agency)
            return 0 if column is None else int(counts[(day - stream.first).days, column])
        return self._later(stream, day).get(agency, 0)

    def _weight(self, stream: Stream, agency: Agency) -> float:
        return agency.dossier_weight if stream is DOSSIERS else agency.document_weight

    def _noise(self, stream: Stream, codes: list[str], days: I64) -> F64:
        """Return one factor of 0.75..1.25 per day and agency."""
        columns = [
            Draw.at(address(self._seed, "volume", stream.name, code), days, np.zeros_like(days))
            for code in codes
        ]
        return np.stack([0.75 + draw.unit("noise") / 2 for draw in columns], axis=1)

    def _luck(self, stream: Stream, code: str, number: I64) -> float:
        draw = Draw.at(address(self._seed, "luck", stream.name, code), number, number)
        return float(draw.unit("u")[0])

    def _window(self, stream: Stream) -> tuple[Mapping[str, int], I64]:
        days = [stream.first + timedelta(i) for i in range(stream.days)]
        codes = sorted({a.code for a in on(self._agencies, stream.last)})
        weight = {a.code: self._weight(stream, a) for a in on(self._agencies, stream.last)}
        numbers = np.array([day_number(day) for day in days], dtype=np.int64)
        share = np.array([weight[code] for code in codes])
        busy = np.array([day_factor(day) for day in days])
        weights = busy[:, None] * self._noise(stream, codes, numbers)
        totals = apportion(share, round(stream.total * self._scale)).tolist()
        columns = [
            spread(weights[:, i], total, self._luck(stream, code, numbers[:1]))
            for i, (code, total) in enumerate(zip(codes, totals, strict=True))
        ]
        return {code: i for i, code in enumerate(codes)}, np.stack(columns, axis=1)

    def _after(self, stream: Stream, day: date) -> Mapping[str, int]:
        agencies = sorted(on(self._agencies, day), key=lambda a: a.code)
        codes = [a.code for a in agencies]
        share = np.array([self._weight(stream, a) for a in agencies])
        number = np.array([day_number(day)], dtype=np.int64)
        rate = stream.total * self._scale / stream.days * day_factor(day) / _WEEK.mean()
        mean = rate * share / share.sum() * self._noise(stream, codes, number)[0]
        luck = np.array([self._luck(stream, code, number) for code in codes])
        return dict(zip(codes, np.floor(mean + luck).astype(int).tolist(), strict=True))
