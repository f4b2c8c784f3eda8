"""A small nation for the pages: four agencies around a merger, filled once a session.

Days 2025-06-20..2025-07-10 (Hà Giang merges into Tuyên Quang on 2025-07-01) and
2026-10-15..2026-11-20, all feeds. Hà Nội's dossiers of 2026-11-10 were never pulled (missing),
Tuyên Quang's payments of 2026-11-12 failed, Bộ Công an's documents of 2026-11-13 were rejected
(the source declared more than it sent), and 1 % of the rows is dirty.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path

from connectors.agency import FOLDER
from contracts.partition import ZONE, Partition
from hub.backfill import open_work, plan_for
from hub.desk import open_desk
from hub.plan import Plan, Wish, carry_out
from hub.settings import Settings
from tests.acceptance.nation import Sandbox, sandbox, write_connections
from warehouse.database import connect

AGENCIES = ("g01", "g22", "h22", "h26", "h60")
SPANS = ((date(2025, 6, 20), date(2025, 7, 10)), (date(2026, 10, 15), date(2026, 11, 20)))
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=ZONE)
MISSING = Partition("H26", "dossiers", date(2026, 11, 10))
FAILED = Partition("H60", "payments", date(2026, 11, 12))
REJECTED = Partition("G01", "documents", date(2026, 11, 13))


@contextmanager
def small_nation(folder: Path) -> Iterator[tuple[Sandbox, Settings]]:
    """Run the sandbox; give it and settings that lead to it, without a database."""
    agencies = folder / "agencies"
    agencies.mkdir(parents=True)
    for code in AGENCIES:
        for path in FOLDER.glob(f"{code}_*.yaml"):
            shutil.copy(path, agencies)
    with sandbox(folder, scale=0.02, dirt=0.01) as running:
        write_connections(folder / "connections.yaml", running, agencies)
        yield running, Settings(state=folder, agencies=agencies, attempts=2, wait_seconds=0.01)


def fill(settings: Settings, url: str, nation: Sandbox) -> None:
    """Load the nation's days into a migrated database."""
    for where, fault in ((FAILED, "http_403"), (REJECTED, "total_wrong")):
        order = {"fault": fault, "agency": where.agency, "feed": where.feed}
        nation.control("faults", {**order, "day": where.day.isoformat(), "times": -1})
    with open_desk(settings, url) as desk:
        for first, last in SPANS:
            plan = plan_for(desk, Wish(first=first, last=last), NOW)
            steps = tuple(step for step in plan.steps if step != MISSING)
            _run(Plan(steps, plan.expected, plan.left_out), settings, url)
    nation.control("faults", method="DELETE")
    with closing(connect(url)) as conn:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute("ANALYZE")


def _run(plan: Plan, settings: Settings, url: str) -> None:
    workshop = partial(open_work, settings, url, held=False)
    list(carry_out(plan, workshop, processes=2, park_after=10))
