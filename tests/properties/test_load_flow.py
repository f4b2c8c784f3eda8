"""The flow mart, maintained load by load, is always what core says from scratch."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.postgres import cloned
from tests.warehouse.given import accepted, dossiers, loaded, partition, rows
from warehouse.database import Connection, connect
from warehouse.embedded import Server

FIRST = date(2025, 6, 28)
"""Days run over 2025-07-01, when the agency's version changes, and over cut-off days."""

DIFFERENCE = """
    (SELECT 'kept only', * FROM ({kept}) AS k EXCEPT ALL SELECT 'kept only', * FROM {view})
    UNION ALL
    (SELECT 'rebuilt only', * FROM {view} EXCEPT ALL SELECT 'rebuilt only', * FROM ({kept}) AS k)
"""
KEPT = """
    SELECT agency_id, day, unit_id, procedure_id, channel_id, service_level_id, submitted,
        received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,
        overdue_started, overdue_ended, awaiting, awaiting_overdue
    FROM mart.dossier_flow
"""

CUT = """
    SELECT agency_id, day, member_id, cut, submitted, received, received_online,
        received_online_full, received_online_partial, received_direct, received_postal,
        resolved_early, resolved_ontime, resolved_late, withdrawn, stopped, overdue_started,
        overdue_ended, awaiting, awaiting_overdue
    FROM mart.
"""
EMPTIED = (
    "core.dossier_change, mart.dossier_flow, mart.dossier_cut, mart.dossier_before, ledger.head"
)

days = st.sampled_from((-20, -14, 0, 2, 3, 5, 18)).map(lambda n: FIRST + timedelta(days=n))
maybe_day = st.none() | st.integers(-24, 24).map(lambda n: FIRST + timedelta(days=n))
change = st.fixed_dictionaries(
    {
        "code": st.sampled_from("ABCD"),
        "status": st.integers(1, 11),
        "channel": st.integers(1, 3),
        "level": st.integers(3, 7),
        "unit": st.sampled_from(["H26.01", "H26.02"]),
        "submitted": maybe_day,
        "received": maybe_day,
        "due": maybe_day,
        "finished": maybe_day,
        "returned": maybe_day,
    }
)
day_load = st.tuples(days, st.lists(change, max_size=4, unique_by=lambda row: row["code"]))


@pytest.fixture(scope="module")
def kept_database(postgres: Server, template: str) -> Iterator[Connection]:
    with cloned(postgres, template) as url, closing(connect(url)) as conn:
        yield conn


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(loads=st.lists(day_load, min_size=1, max_size=6))
def test_maintained_flow_is_rebuilt_flow_after_any_loads_in_any_order(
    kept_database: Connection, loads: list[tuple[date, list[Mapping[str, Any]]]]
) -> None:
    with kept_database, kept_database.cursor() as cursor:
        cursor.execute(f"TRUNCATE {EMPTIED}")
    for day, changes in loads:
        loaded(kept_database, partition(day), accepted(dossiers(changes)))
        query = DIFFERENCE.format(kept=KEPT, view="mart.dossier_flow_rebuilt")
        assert rows(kept_database, query) == []
        for rollup in ("dossier_cut", "dossier_before"):
            query = DIFFERENCE.format(kept=CUT.rstrip() + rollup, view=f"mart.{rollup}_rebuilt")
            assert rows(kept_database, query) == []
    zero = "SELECT count(*) FROM mart.dossier_flow WHERE (submitted, received, closed) = (0, 0, 0)"
    zero += " AND (overdue_started, overdue_ended) = (0, 0)"
    assert rows(kept_database, zero) == [(0,)]
