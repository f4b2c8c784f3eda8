"""How often feeds are owed, read without the rest of their contracts.

Registry and DAG files ask this of every feed of every agency: a contract as a model costs 0.1 s
of import and 13 ms to read, its service levels alone 1.5 ms.
"""

from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, get_args

import yaml

from contracts.errors import ConfigError

Frequency = Literal["day", "month", "quarter", "year"]
"""The partition of a period is its last calendar day."""

FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@cache
def frequency_of(feed: str, name: str = "") -> Frequency:
    """Return how often a feed is owed, by the newest version of its contract.

    Args:
        feed: feed name.
        name: name of an agency's own contract; empty for the national one.

    Raises:
        ConfigError: there is no such contract, or it names a frequency we do not know.
    """
    text = _newest(feed, name).joinpath("contract.yaml").read_text(encoding="utf-8")
    head: Any = yaml.load(text, Loader=yaml.CSafeLoader)
    said = [s for s in head.get("slaProperties") or [] if s.get("property") == "frequency"]
    if not said:
        return "day"
    value, unit = said[0].get("value"), said[0].get("unit")
    for frequency in FREQUENCIES:
        if (value, unit) == (1, frequency[0]):
            return frequency
    raise ConfigError(
        "Không hiểu tần suất của hợp đồng / unknown frequency",
        where=f"contracts/feeds/{feed}: slaProperties",
        seen=f"{value} {unit}"[:40],
        allowed="1 d, 1 m, 1 q, 1 y",
    )


def _newest(feed: str, name: str) -> Traversable:
    root = files("contracts").joinpath("feeds", feed)
    found = root.iterdir() if root.is_dir() else iter(())
    folders = [folder for folder in found if folder.name.rpartition("-")[0] == name]
    if not folders:
        raise ConfigError(
            "Luồng chưa có hợp đồng / no contract for this feed",
            where="contracts/feeds",
            seen=f"{feed} {name}".strip()[:80],
            action="hub contract list",
        )
    return max(folders, key=_version)


def _version(folder: Traversable) -> list[int]:
    return [int(part) for part in folder.name.rpartition("-")[2].split(".")]


@cache
def ending_on(day: date) -> frozenset[Frequency]:
    """Return the frequencies of which a period ends on a day.

    >>> sorted(ending_on(date(2020, 6, 30))), sorted(ending_on(date(2020, 2, 28)))
    (['day', 'month', 'quarter'], ['day'])
    """
    after = day + timedelta(days=1)
    ended: set[Frequency] = {"day"}
    if after.day == 1:
        ended |= {f for f in FREQUENCIES if f != "day" and day.month % _MONTHS[f] == 0}
    return frozenset(ended)


def first_day(day: date, frequency: Frequency) -> date:
    """Return the first day of the period that a partition's day ends.

    >>> first_day(date(2020, 6, 30), "quarter").isoformat()
    '2020-04-01'
    """
    if frequency == "day":
        return day
    return day.replace(month=day.month - _MONTHS[frequency] + 1, day=1)
