"""DAGs follow from the registry, cost little to read, and retry by the class of an error."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.agency import load_agencies
from contracts import errors

ROOT = Path(__file__).parents[2]
HEAVY = {
    *("great_expectations", "pandas", "polars", "pyarrow", "numpy", "requests", "psycopg2"),
    *("hub.ingest", "hub.audit", "warehouse.database", "connectors.drive"),
}


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / "tests" / "dags" / "bag.py")],
        env={**env, "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_agency_has_one_dag_and_four_span_them(bag: Any) -> None:
    agencies = {f"agency_{code}" for code in load_agencies()}
    assert set(bag["dags"]) == agencies | {"audit", "bulk", "national"}
    assert len(agencies) >= 83


def test_every_file_is_read_without_an_error(bag: Any) -> None:
    assert bag["errors"] == {}


def test_reading_the_files_loads_nothing_heavy(bag: Any) -> None:
    assert sorted(HEAVY & set(bag["loaded"])) == []


def test_every_feed_is_a_group_of_land_then_load(bag: Any) -> None:
    for code, agency in load_agencies().items():
        tasks = bag["dags"][f"agency_{code}"]["tasks"]
        assert set(tasks) == {f"{f}.{t}" for f in agency.feeds for t in ("land", "load")}
        for feed, source in agency.feeds.items():
            land, load = tasks[f"{feed}.land"], tasks[f"{feed}.load"]
            assert load["after"] == [f"{feed}.land"]
            assert land["pool"] == source.connection
            assert load["at_once"] == 1
            assert load["outlets"] == [f"hub://national/{feed}"]
            assert land["outlets"] == []


def test_a_run_is_made_at_midnight_in_viet_nam_for_the_day_before(bag: Any) -> None:
    dag = bag["dags"]["agency_H26"]
    assert dag["timetable"] == "CronPartitionTimetable"
    assert dag["zone"] == "Asia/Ho_Chi_Minh"
    assert dag["offset"] == -1
    assert dag["key_format"] == "%Y-%m-%d"
    assert dag["catchup"] is False


def test_daily_runs_end_with_the_agency(bag: Any) -> None:
    midnight_after_its_last_day = "2025-06-30 17:00:00+00:00"
    assert bag["dags"]["agency_H02"]["end"] == midnight_after_its_last_day
    assert bag["dags"]["agency_H26"]["end"] == "None"


def test_a_task_is_retried_exactly_when_its_error_says_so(bag: Any) -> None:
    assert bag["retry"].pop("OSError") == "default"
    assert bag["retry"] == {
        name: "retry" if getattr(errors, name).retry else "fail" for name in bag["retry"]
    }
    assert bag["retry"]["SourceUnavailable"] == "retry"
    assert bag["retry"]["SourceRefused"] == "fail"


def test_what_spans_agencies_listens_to_partitions(bag: Any) -> None:
    assert bag["dags"]["national"]["timetable"] == "PartitionedAssetTimetable"
    assert set(bag["dags"]["audit"]["tasks"]) == {"dossiers", "payments", "documents"}


@pytest.mark.parametrize("name", ["agency", "audit", "bulk", "national"])
def test_a_dag_file_fits_on_a_page(name: str) -> None:
    assert len((ROOT / "dags" / f"{name}.py").read_text().splitlines()) <= 60
