"""One agency through real Airflow: a day, days that fail and are healed, a cleared load."""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from connectors.agency import FOLDER
from contracts.partition import Partition
from hub import airflow
from hub.cli.demo_machine import Machine, machine
from hub.cli.demo_nation import Nation, dag_of
from hub.settings import Settings
from warehouse.database import connect
from warehouse.figures import run_history

DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """Airflow, PostgreSQL and the sandbox, with one province in the registry."""
    state, agencies = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("agencies")
    shutil.copy(FOLDER / "h26_ha_noi.yaml", agencies)
    with machine(Settings(state=state, agencies=agencies)) as running:
        running.start_sandbox(0.01)
        running.prepare_warehouse()
        nation = Nation(running, running.start_airflow(), DAY)
        nation.await_dags()
        yield nation
    running.server.remove()


def runs(running: Machine, feed: str) -> list[tuple[date, str, str]]:
    """Return (day, state, code) of every attempt, oldest first."""
    with closing(connect(running.server.url)) as conn:
        found = run_history(conn, agency="H26", feed=feed)
    return [(r.partition.day, r.state, r.code) for r in sorted(found, key=lambda r: r.token)]


@pytest.mark.timeout(240)
def test_one_agency_lives_through_a_day_failures_and_a_cleared_load(nation: Nation) -> None:
    running, rest = nation.machine, nation.rest
    assert rest.import_errors() == []
    hanoi = running.registry.agency("H26")
    own = {dag_of("H26", hanoi.frequency(feed)) for feed in hanoi.feeds}
    assert rest.dag_ids() == own | {"audit", "bulk", "national"}

    nation.run_day(lambda *_: None)
    assert nation.open(nation.expected()) == []
    assert runs(running, "dossiers") == [(DAY, "loaded", "")]

    assert nation.fail_days(lambda *_: None) == 15
    failed = runs(running, "documents")[1:]
    assert [(day.day, state) for day, state, _ in sorted(failed)] == [
        (15, "failed"),
        (16, "failed"),
        (17, "failed"),
        (18, "failed"),
        (19, "failed"),
    ]

    nation.heal_days(lambda *_: None)
    assert nation.open(nation.failing()) == []

    again = Partition("H26", "payments", DAY)
    before = nation.states([again])[again]
    clear(rest, "payments.load")
    while nation._ended({"agency_H26"}, [str(DAY)]) is None:
        time.sleep(0.5)
    assert rest.run_states(str(DAY), {"agency_H26"}) == {"success": 1}
    assert nation.states([again])[again] == before


def clear(rest: airflow.Rest, task: str) -> None:
    body = {
        "dry_run": False,
        "only_failed": False,
        "dag_run_id": f"demo__{DAY}",
        "task_ids": [task],
    }
    cleared = rest.call("POST", "/dags/agency_H26/clearTaskInstances", body)
    assert cleared["total_entries"] == 1
