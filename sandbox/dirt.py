"""Dirty rows, as real sources push them, with what the hub should make of each kind.

Every kind ends the same way in every shape. Values stay integers: a broken code points at an
extra entry behind the clean lists (``Catalogue.procedures`` and so on), 30 February is a day
number of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from sandbox.catalogue import Catalogue
from sandbox.document import STATUSES as DOCUMENT_STATUSES
from sandbox.document import TYPES
from sandbox.draw import Draw, address
from sandbox.frame import DAY, NULL, Frame
from sandbox.payment import KINDS
from sandbox.payment import STATUSES as PAYMENT_STATUSES

FEBRUARY_30 = 20_000_000
"""Day number of 30 February of year y is this + y."""
UNKNOWN_STATUS = 99
DECOMPOSED = 100
"""Added to a dossier status: its label is spelled in NFD."""


class Fate(StrEnum):
    """What the hub should do with a dirty row."""

    GOOD = "good"
    QUARANTINED = "quarantined"
    EXACT = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rows of a day are dirty: (position before duplication, kind)."""

    spots: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the rows of a served day should go: rows = good + quarantined + duplicates.

    Attributes:
        keys: distinct natural keys among the rows.
        kinds: dirty rows by kind.
    """

    rows: int
    keys: int
    good: int
    quarantined: int
    duplicates: int
    kinds: Mapping[str, int]


Row = dict[str, int]
Spoil = Callable[[Row, Catalogue, date], None]


def _set(name: str, value: int) -> Spoil:
    def spoil(row: Row, _catalogue: Catalogue, _day: date) -> None:
        row[name] = value

    return spoil


def _behind(name: str, place: int) -> Spoil:
    """Point a code at the broken entry behind the clean list."""

    def spoil(row: Row, catalogue: Catalogue, _day: date) -> None:
        clean = catalogue.procedures if name == "procedure" else catalogue.units
        row[name] = len(clean) + place

    return spoil


def _february_30(name: str) -> Spoil:
    def spoil(row: Row, _catalogue: Catalogue, day: date) -> None:
        row[name] = (FEBRUARY_30 + day.year) * DAY + 10 * 3600

    return spoil


def _order(row: Row, _catalogue: Catalogue, _day: date) -> None:
    row["received"] = row["submitted"] - 3 * DAY


def _undated(row: Row, _catalogue: Catalogue, _day: date) -> None:
    row.update(status=9, finished=NULL, returned=NULL)


def _twelve_hours(row: Row, _catalogue: Catalogue, _day: date) -> None:
    for name in ("submitted", "received"):
        if row[name] != NULL and row[name] % DAY >= 13 * 3600:
            row[name] -= DAY // 2


def _next_day(row: Row, _catalogue: Catalogue, _day: date) -> None:
    row["updated"] += DAY


def _decomposed(row: Row, _catalogue: Catalogue, _day: date) -> None:
    row["status"] += DECOMPOSED


def _fees_above_amount(row: Row, _catalogue: Catalogue, _day: date) -> None:
    row["fee"] = row["amount"] + 1_000


def _later_due(row: Row, _catalogue: Catalogue, _day: date) -> None:
    row["due"] = row["updated"] + 9 * DAY


def _other_status(row: Row, _catalogue: Catalogue, _day: date) -> None:
    row["status"] = (row["status"] + 1) % 3


def _same(_row: Row, _catalogue: Catalogue, _day: date) -> None:
    return


_Q, _G = Fate.QUARANTINED, Fate.GOOD
_YEAR_1900 = (date(1900, 1, 1) - date(1970, 1, 1)).days * DAY
_YEAR_9999 = (date(9999, 12, 31) - date(1970, 1, 1)).days * DAY

KINDS_OF: Mapping[str, Mapping[str, tuple[Fate, Spoil]]] = {
    "dossiers": {
        "unknown_status": (_Q, _set("status", UNKNOWN_STATUS)),
        "unknown_unit": (_Q, _behind("unit", 0)),
        "lookalike_unit": (_Q, _behind("unit", 1)),
        "procedure_missing": (_Q, _behind("procedure", 0)),
        "procedure_zeros_lost": (_Q, _behind("procedure", 1)),
        "procedure_nbsp": (_G, _behind("procedure", 2)),
        "received_before_submitted": (_Q, _order),
        "pending_pushed_as_finished": (_Q, _undated),
        "february_30": (_Q, _february_30("submitted")),
        "year_1900": (_Q, _set("submitted", _YEAR_1900)),
        "due_9999": (_Q, _set("due", _YEAR_9999)),
        "day_shifted": (_Q, _next_day),
        "twelve_hour_clock": (_G, _twelve_hours),
        "level_3_as_4": (_G, _set("level", 4)),
        "postal_as_online": (_G, _set("channel", 2)),
        "status_nfd": (_G, _decomposed),
        "duplicate": (Fate.EXACT, _same),
        "conflict": (Fate.CONFLICT, _later_due),
    },
    "payments": {
        "unknown_obligation": (_Q, _set("kind", len(KINDS))),
        "unknown_status": (_Q, _set("status", len(PAYMENT_STATUSES))),
        "unknown_unit": (_Q, _behind("unit", 0)),
        "lookalike_unit": (_Q, _behind("unit", 1)),
        "fees_above_amount": (_Q, _fees_above_amount),
        "february_30": (_Q, _february_30("paid")),
        "duplicate": (Fate.EXACT, _same),
        "conflict": (Fate.CONFLICT, _other_status),
    },
    "documents": {
        "lookalike_type": (_Q, _set("type", len(TYPES))),
        "type_nfd": (_G, _set("type", len(TYPES) + 1)),
        "unknown_status": (_Q, _set("status", len(DOCUMENT_STATUSES))),
        "unknown_sender": (_Q, _set("partner", NULL)),
        "february_30": (_Q, _february_30("moved")),
        "duplicate": (Fate.EXACT, _same),
        "conflict": (Fate.CONFLICT, _other_status),
    },
}


def plan(base: np.uint64, feed: str, day: int, rows: int, share: float) -> Plan:
    """Return which rows of a day are dirty; a tenth or more is never quarantined.

    Args:
        base: stream of the agency and feed.
        feed: feed name.
        day: day number.
        rows: clean rows of the day.
        share: share of dirty rows, 0..1.
    """
    if not share or not rows:
        return Plan()
    days = np.full(rows, day, dtype=np.int64)
    draw = Draw.at(base ^ address("dirt"), days, np.arange(rows, dtype=np.int64))
    wanted = int(rows * share + draw.unit("luck")[0])
    if not wanted:
        return Plan()
    names = tuple(KINDS_OF[feed])
    spots = np.argsort(draw.bits("spot"), kind="stable")[:wanted]
    kinds = draw.below("kind", len(names))[spots]
    room = (rows - 1) // 10
    chosen: list[tuple[int, str]] = []
    for spot, kind in zip(spots.tolist(), kinds.tolist(), strict=True):
        cost = _quarantined(KINDS_OF[feed][names[kind]][0])
        if cost <= room:
            room -= cost
            chosen.append((spot, names[kind]))
    return Plan(tuple(chosen))


def _quarantined(fate: Fate) -> int:
    """Return rows that end in quarantine; of a conflict both do."""
    return {Fate.QUARANTINED: 1, Fate.CONFLICT: 2}.get(fate, 0)


def tally(feed: str, rows: int, spots: Plan) -> Tally:
    """Return where the rows of a day should go, given its clean rows and its plan."""
    fates = [KINDS_OF[feed][kind][0] for _, kind in spots.spots]
    exact, conflicts = fates.count(Fate.EXACT), fates.count(Fate.CONFLICT)
    quarantined = sum(map(_quarantined, fates))
    served = rows + exact + conflicts
    kinds = [kind for _, kind in spots.spots]
    return Tally(
        rows=served,
        keys=rows,
        good=served - quarantined - exact,
        quarantined=quarantined,
        duplicates=exact,
        kinds={kind: kinds.count(kind) for kind in sorted(set(kinds))},
    )


def soil(frame: Frame, feed: str, spots: Plan, catalogue: Catalogue, day: date) -> Frame:
    """Return the frame with the planned dirt; duplicates follow their originals."""
    if not spots.spots:
        return frame
    copies = [row for row, kind in spots.spots if is_copied(feed, kind)]
    order = np.sort(np.concatenate([np.arange(frame.rows), np.array(copies, dtype=np.int64)]))
    dirty = frame.take(order)
    for spot, kind in spots.spots:
        place = int(np.searchsorted(order, spot, side="right")) - 1
        row = {name: int(column[place]) for name, column in dirty.columns.items()}
        KINDS_OF[feed][kind][1](row, catalogue, day)
        for name, value in row.items():
            dirty.columns[name][place] = value
    return dirty


def fate(feed: str, kind: str) -> Fate:
    """Return what the hub should do with a row of this kind."""
    return KINDS_OF[feed][kind][0]


def is_copied(feed: str, kind: str) -> bool:
    """Return whether the kind adds a row to the day."""
    return KINDS_OF[feed][kind][0] in {Fate.EXACT, Fate.CONFLICT}
