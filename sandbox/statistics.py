"""What agencies report for a day, month or year beside their dossiers: rows in contract words.

Everything is a pure function of (seed, agency span, feed, last day of the period). The scale of
the nation does not touch it: these are small tables. Decimals are texts, absent values None.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import numpy as np

from sandbox import statistics_national as national
from sandbox.agency import Agency, on
from sandbox.catalogue import Catalogue, Unit, catalogue
from sandbox.draw import Draw, address
from sandbox.statistics_national import Row, Work, month_number
from sandbox.volume import apportion, day_number

Feed = Callable[[Work], list[Row]]

_LEVELS = {1: "ministry", 2: "province", 3: "district", 4: "commune"}
_ONLINE = {"ministry": 0.82, "province": 0.63, "district": 0.34, "commune": 0.15}
"""Share of work files handled online; the targets of 2020 are 80, 60 and 30 %."""
_NO_SERVICES = frozenset({"G27", "G28", "G30", "G31", "G32"})
"""Agencies without public services."""

INTEGRATED = 226
"""Level 3 and 4 services on the national portal in April 2020 (founding document 003)."""
_FIRST_MONTH, _COUNTED_MONTH = date(2019, 12, 31), date(2020, 4, 30)
_REGIME_2022 = date(2022, 11, 1)
"""Services are "full" or "partial" instead of levels since then (NĐ 42/2022/NĐ-CP)."""


class Statistics:
    """The statistical feeds of every agency.

    Args:
        seed: the nation's.
        agencies: agency spans of the nation.
    """

    def __init__(self, seed: int, agencies: tuple[Agency, ...]) -> None:
        self._seed, self._agencies = seed, agencies

    def rows(self, code: str, feed: str, day: date) -> list[Row] | None:
        """Return the rows of the period that ends on a day; None where the agency is not.

        Raises:
            KeyError: nobody gives such a feed.
        """
        agency = next((a for a in self._agencies if a.code == code and a.lives(day)), None)
        if agency is None:
            return None
        draw = self._draw(f"{code} {feed}", day)
        return FEEDS[feed](Work(agency, catalogue(agency), day, draw, tuple(self._serving(day))))

    def _draw(self, stream: str, day: date) -> Callable[[int], Draw]:
        base = address(self._seed, "statistics", stream)

        def rows(count: int) -> Draw:
            days = np.full(count, day_number(day), np.int64)
            return Draw.at(base, days, np.arange(count, dtype=np.int64))

        return rows

    def _serving(self, day: date) -> Iterator[Agency]:
        """Yield the ministries and provinces with public services on a day."""
        return (a for a in on(self._agencies, day) if a.code not in _NO_SERVICES)


def _dossier_statistics(work: Work) -> list[Row]:
    """Form II.06a by unit and field, as agencies submit it; every identity holds."""
    places = [(unit, field) for unit in work.lists.units for field in _fields(work.lists)[:3]]
    draw = work.draw(len(places))
    online, direct = draw.below("online", 120), draw.below("direct", 80)
    carried = draw.below("carried", 30)
    total = online + direct + carried
    resolved = (total * (0.80 + 0.18 * draw.unit("resolved"))).astype(np.int64)
    late = (resolved * 0.06 * draw.unit("late")).astype(np.int64)
    early = ((resolved - late) * (0.3 + 0.5 * draw.unit("early"))).astype(np.int64)
    overdue = ((total - resolved) * 0.2 * draw.unit("overdue")).astype(np.int64)
    columns = {
        "received_online": online,
        "received_direct_postal": direct,
        "carried_over": carried,
        "received_total": total,
        "resolved_early": early,
        "resolved_ontime": resolved - late - early,
        "resolved_late": late,
        "resolved_total": resolved,
        "pending_intime": total - resolved - overdue,
        "pending_late": overdue,
        "pending_total": total - resolved,
    }
    named = [{"form": "ii06a", "unit_code": u.short, "field_code": f} for u, f in places]
    return _joined(named, columns)


def _fields(lists: Catalogue) -> list[str]:
    return sorted({row["sector_code"] for row in lists.procedures})


def _service_catalogue(work: Work) -> list[Row]:
    """Every procedure of an agency; 226 in the country are integrated in April 2020."""
    if work.agency not in work.serving:
        return []
    shares = apportion(np.ones(len(work.serving)), _integrated(work.day))
    share = int(shares[work.serving.index(work.agency)])
    old = work.day < _REGIME_2022
    rows: list[Row] = []
    ranked = sorted(work.lists.procedures, key=lambda row: -int(row["level"]))
    for number, procedure in enumerate(ranked):
        is_integrated, level = number < share, int(procedure["level"])
        rows.append(
            {
                "procedure_code": procedure["code"],
                "unit_code": work.lists.units[number % len(work.lists.units)].short,
                "field_code": procedure["sector_code"],
                "service_level": _level(level, old=old),
                "regime": "nd43" if old else "nd42",
                "integrated": "yes" if is_integrated else "no",
                "integrated_on": _FIRST_MONTH.isoformat() if is_integrated else None,
                "has_payment": "yes" if int(procedure["fee"]) + int(procedure["charge"]) else "no",
            }
        )
    return rows


def _integrated(day: date) -> int:
    """Return services integrated in the country at the end of a month: 226 in April 2020."""
    months = month_number(day) - month_number(_COUNTED_MONTH)
    return max(0, INTEGRATED + 45 * months) if day >= _FIRST_MONTH else 0


def _level(level: int, *, old: bool) -> str:
    if old:
        return {3: "submit_online", 4: "transact_online"}.get(level, "forms")
    return {3: "partial", 4: "full"}.get(level, "info_only")


def _work_files(work: Work) -> list[Row]:
    """Work files by unit; secret ones are counted apart."""
    units = work.lists.units
    draw = work.draw(len(units))
    total = 20 + draw.below("files", 400)
    shares = np.array([_ONLINE[_level_of(unit)] for unit in units])
    online = (total * np.minimum(0.99, shares + 0.1 * (draw.unit("online") - 0.5))).astype(np.int64)
    named = [{"unit_code": unit.short, "level": _level_of(unit)} for unit in units]
    secret = draw.below("secret", 9)
    return _joined(named, {"files_total": total, "files_online": online, "files_secret": secret})


def _level_of(unit: Unit) -> str:
    return _LEVELS[unit.level]


def _electronic_results(work: Work) -> list[Row]:
    """Results by unit and procedure, three procedures a unit; the electronic share grows."""
    places = [
        (unit, work.lists.procedures[(number + step) % len(work.lists.procedures)])
        for number, unit in enumerate(work.lists.units)
        for step in range(3)
    ]
    draw = work.draw(len(places))
    issued = 1 + draw.below("issued", 60)
    months = month_number(work.day) - month_number(_FIRST_MONTH)
    share = min(0.9, 0.05 + 0.01 * max(0, months))
    electronic = (issued * share * draw.unit("share") * 2).astype(np.int64)
    named = [{"unit_code": u.short, "procedure_code": p["code"]} for u, p in places]
    columns = {"results_issued": issued, "results_electronic": np.minimum(issued, electronic)}
    return _joined(named, columns)


def _joined(named: list[dict[str, str]], columns: Mapping[str, np.ndarray]) -> list[Row]:
    lists = {name: values.tolist() for name, values in columns.items()}
    return [
        {**row, **{name: values[number] for name, values in lists.items()}}
        for number, row in enumerate(named)
    ]


FEEDS: Mapping[str, Feed] = {
    "dossier_statistics": _dossier_statistics,
    "service_catalogue": _service_catalogue,
    "work_files": _work_files,
    "electronic_results": _electronic_results,
    **national.FEEDS,
}
