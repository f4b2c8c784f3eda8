"""Services of the newest catalogue, and whether anybody used them online in a period."""

from collections.abc import Sequence
from datetime import date

from warehouse.database import Cursor, run
from warehouse.kept import Kept

COUNTS = ("services", "services_online", "services_used", "services_payable", "services_paid")
"""Per unit: services of its catalogue, those online, online ones that dossiers came through online
in the period, payable ones, payable ones paid for online in the period."""
FEEDS = ("dossiers", "payments", "service_catalogue")
"""Feeds that they are counted from."""

Days = tuple[date, date]
Use = dict[str, tuple[int, ...]]
"""Mark -> the numbers of ``COUNTS``."""


def service_use(
    cursor: Cursor, kept: Kept, asked: Days, catalogue: Days, on_day: date | None
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return (code on the map, mark) -> the numbers of ``COUNTS``.

    A country has some fifteen thousand services: those of a unit are counted again only where a
    partition of it was loaded since.

    Args:
        cursor: within a snapshot.
        kept: what was counted before.
        asked: first and last day of the period.
        catalogue: first and last day of the months whose newest catalogue counts.
        on_day: day of the map; None = as reported.
    """
    since = {"since_day": catalogue[0], "until_day": catalogue[1]}
    period = {"first_day": asked[0], "last_day": asked[1], "on_day": on_day}

    def count(codes: Sequence[str]) -> dict[str, Use]:
        found: dict[str, Use] = {code: {} for code in codes}
        parameters = {**since, **period, "codes": list(codes)}
        for code, mark, *numbers in run(cursor, "service_index.services", **parameters).fetchall():
            found[code][mark] = tuple(numbers)
        return found

    asked_of = {"feeds": list(FEEDS), "on_day": on_day}
    versions = run(cursor, "service_index.service_versions", **asked_of).fetchall()
    known = kept.of(("services", asked, catalogue, on_day), dict(versions), count)
    return {(code, mark): numbers for code, use in known.items() for mark, numbers in use.items()}
