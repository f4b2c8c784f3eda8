"""Which dossiers of an agency have a row on which day.

Each row of a day belongs to one of 35 days of receipt, so a day drawn afresh costs 35 days of
dossiers. The diary draws each day of receipt once and keeps the positions by day of the row:
the days of a backfill then cost what their own rows cost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from sandbox.agency import MERGER, Agency
from sandbox.catalogue import Catalogue
from sandbox.dossier import LONGEST, Lives, live
from sandbox.draw import I64
from sandbox.frame import NULL
from sandbox.volume import DOSSIERS, day_number

_FIRST = day_number(DOSSIERS.first)
_MERGER = day_number(MERGER)
_KEPT = 4096
"""Days of receipt kept per agency; far more than a backfill touches at once."""

Pages = Mapping[int, I64]
"""Day offset after receipt -> positions within the day of receipt, rising."""


@dataclass(slots=True)
class Diary:
    """The diary of one agency span.

    Attributes:
        base: stream of the agency's dossiers.
        catalogue: of the agency span; a province formed by merger has other units and takes
            nothing over from those it came from.
        count: dossiers received by (day asked for, day of receipt).
    """

    base: np.uint64
    catalogue: Catalogue
    count: Callable[[int, int], int]
    _pages: dict[tuple[int, int], Pages] = field(default_factory=dict)

    def rows(self, day: int, *, others: bool = False) -> tuple[I64, I64]:
        """Return (day of receipt, index) of the dossiers with a row on the day.

        Args:
            day: day number.
            others: leave out the dossiers received on the day itself.
        """
        cohorts = [
            (born, size)
            for born in self._days(day)
            if (born != day or not others) and (size := self.count(day, born))
        ]
        self._write([cohort for cohort in cohorts if cohort not in self._pages])
        none = np.zeros(0, dtype=np.int64)
        found = [self._pages[cohort].get(day - cohort[0], none) for cohort in cohorts]
        days = np.array([born for born, _ in cohorts], dtype=np.int64)
        born = np.repeat(days, [len(indices) for indices in found])
        return born, np.concatenate(found) if found else none

    def _days(self, day: int) -> range:
        first, last = _FIRST, day + 1
        agency: Agency = self.catalogue.agency
        if agency.is_province:
            first = _MERGER if agency.start is not None and agency.start >= MERGER else first
            last = last if agency.end is None else min(last, day_number(agency.end))
        return range(max(first, day - LONGEST), last + 1)

    def _write(self, cohorts: list[tuple[int, int]]) -> None:
        """Draw the cohorts in one pass and file their positions."""
        if not cohorts:
            return
        if len(self._pages) > _KEPT:
            self._pages.clear()
        sizes = np.array([size for _, size in cohorts], dtype=np.int64)
        days = np.array([born for born, _ in cohorts], dtype=np.int64)
        place = np.repeat(np.arange(len(cohorts), dtype=np.int64), sizes)
        index = np.arange(sizes.sum(), dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        lives = live(self.base, days[place], index, self.catalogue)
        offsets, entries = _entries(lives, place)
        starts = np.searchsorted(offsets, np.arange(len(cohorts) * 64 + 1) - 1)
        for i, cohort in enumerate(cohorts):
            bounds = starts[i * 64 : i * 64 + 65]
            self._pages[cohort] = {
                at: entries[bounds[at + 1] : bounds[at + 2]]
                for at in range(-1, LONGEST + 1)
                if bounds[at + 1] < bounds[at + 2]
            }


def _entries(lives: Lives, place: I64) -> tuple[I64, I64]:
    """Return, sorted, (64 x cohort + offset) and index of every row of these lives, each once."""
    zero = np.zeros_like(lives.end)
    register = np.where(lives.registered, -1, NULL)
    steps = (register, zero, lives.wait, lives.end, lives.back)
    packed = [
        ((place[keep] * 64 + step[keep] + 1) << 40) | lives.index[keep]
        for step in steps
        if (keep := step != NULL).any()
    ]
    each = np.unique(np.concatenate(packed))
    return (each >> 40) - 1, each & ((1 << 40) - 1)
