"""What a hub should find: the expected balance of every served day."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np

from sandbox.agency import on
from sandbox.dirt import Fate, Plan, fate
from sandbox.draw import I64
from sandbox.frame import DAY, NULL
from sandbox.nation import Day, Nation
from sandbox.volume import day_number

Entry = dict[str, Any]


def truth(nation: Nation, feed: str, first: date, last: date, agency: str = "") -> Iterator[Entry]:
    """Yield one entry per day and agency that exists on it, days rising, agencies by code."""
    day = first
    while day <= last:
        for code in sorted({a.code for a in on(nation.agencies, day)}):
            if agency in {"", code} and (rows := nation.day(code, feed, day)) is not None:
                yield entry(rows)
        day += timedelta(1)


def entry(day: Day) -> Entry:
    """Return the expected balance of one day.

    Keys: ``rows`` = ``good`` + ``quarantined`` + ``duplicates``; ``keys`` distinct natural keys;
    ``kinds`` dirty rows by kind. Payments: ``amount`` declared sum over all rows served,
    ``amount_good`` over the good ones. Documents: ``sent`` and ``received`` movements, and
    ``sent_good``, ``received_good``. Dossiers: ``received`` dossiers received on the day, and
    ``received_good``.
    """
    told: Entry = {
        "agency": day.agency.code,
        "day": day.day.isoformat(),
        "rows": day.tally.rows,
        "keys": day.tally.keys,
        "good": day.tally.good,
        "quarantined": day.tally.quarantined,
        "duplicates": day.tally.duplicates,
        "kinds": dict(day.tally.kinds),
    }
    bad = _lost(day.feed, day.plan)
    match day.feed:
        case "payments":
            amounts = day.clean["amount"]
            told["amount"] = int(day.frame["amount"].sum())
            told["amount_good"] = int(amounts.sum() - amounts[bad].sum())
        case "documents":
            direction = day.clean["direction"]
            good = np.delete(direction, bad)
            told |= {"sent": int((direction == 0).sum()), "received": int((direction == 1).sum())}
            told |= {"sent_good": int((good == 0).sum()), "received_good": int((good == 1).sum())}
        case _:
            received = day.clean["received"]
            is_new = (received != NULL) & (received // DAY == day_number(day.day))
            told["received"] = int(is_new.sum())
            told["received_good"] = int(np.delete(is_new, bad).sum())
    return told


def _lost(feed: str, plan: Plan) -> I64:
    """Return clean positions whose rows end in quarantine."""
    lost = {Fate.QUARANTINED, Fate.CONFLICT}
    return np.array([row for row, kind in plan.spots if fate(feed, kind) in lost], dtype=np.int64)


def totals(entries: list[Entry]) -> Entry:
    """Return the sums of every counted value."""
    names = {name for entry in entries for name, value in entry.items() if isinstance(value, int)}
    return {name: sum(entry.get(name, 0) for entry in entries) for name in sorted(names)}
