"""How sources write dates and times."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from sandbox.dirt import FEBRUARY_30
from sandbox.draw import I64
from sandbox.frame import DAY, NULL
from sandbox.volume import EPOCH

_ZONE = 7 * 3600
"""Asia/Ho_Chi_Minh is seven hours ahead of UTC."""


class _Days(dict[int, str]):
    """Day number -> text, filled on first sight."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __missing__(self, number: int) -> str:
        if number > FEBRUARY_30:
            text = self.pattern.format(y=number - FEBRUARY_30, m=2, d=30)
        else:
            day = EPOCH + timedelta(number)
            text = self.pattern.format(y=day.year, m=day.month, d=day.day)
        self[number] = text
        return text


@dataclass(frozen=True)
class Style:
    """One way to write an instant.

    Attributes:
        day: pattern of the date part with ``y``, ``m``, ``d``.
        time: pattern of the rest with ``h``, ``m``, ``s``.
        absent: text of an absent instant.
        shift: seconds to add to local wall time (-25200 for UTC).
    """

    day: str
    time: str
    absent: str = ""
    shift: int = 0

    @cached_property
    def _days(self) -> _Days:
        return _Days(self.day)

    @cached_property
    def _times(self) -> tuple[str, ...]:
        return tuple(self.time.format(h=s // 3600, m=s // 60 % 60, s=s % 60) for s in range(DAY))

    def write(self, instants: I64) -> list[str]:
        """Return the text of each instant (seconds of local wall time)."""
        days, times, shift = self._days, self._times, self.shift
        return [
            self.absent if s == NULL else days[(s + shift) // DAY] + times[(s + shift) % DAY]
            for s in instants.tolist()
        ]

    def write_days(self, numbers: I64) -> list[str]:
        """Return the date part of each day number."""
        days = self._days
        return [days[n] for n in numbers.tolist()]


ISO_UTC = Style('"{y:04d}-{m:02d}-{d:02d}', 'T{h:02d}:{m:02d}:{s:02d}.000+0000"', "null", -_ZONE)
ISO_LOCAL = Style("{y:04d}-{m:02d}-{d:02d}", "T{h:02d}:{m:02d}:{s:02d}+07:00")
COMPACT = Style("{y:04d}{m:02d}{d:02d}", "{h:02d}{m:02d}{s:02d}")
VIETNAMESE = Style("{d:02d}/{m:02d}/{y:04d}", " {h:02d}:{m:02d}:{s:02d}")
SLASHED = Style("{y:04d}/{m:02d}/{d:02d}", " {h:02d}:{m:02d}:{s:02d}")


def dossier_codes(
    units: tuple[str, ...], home: I64, born: I64, sequence: I64, index: I64
) -> list[str]:
    """Return dossier codes ``000.09.23.H34-200420-0001``.

    Ministries write ``G09.20-20260609-0092637`` since 2026 (seen in their systems).
    """
    rows = zip(
        [units[i] for i in home.tolist()],
        COMPACT.write_days(born),
        sequence.tolist(),
        index.tolist(),
        strict=True,
    )
    since = "20260101"
    return [
        f"{unit.rsplit('.', 1)[1]}.{unit[7:9]}-{day}-{i + 1:07d}"
        if day >= since and "G" in unit
        else f"{unit}-{day[2:]}-{n:04d}"
        for unit, day, n, i in rows
    ]
