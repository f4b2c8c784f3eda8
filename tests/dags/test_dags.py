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


PERIODIC = """
code: "H02"
name: Tỉnh Bắc Giang
kind: province
owner: Văn phòng UBND
valid_to: 2025-06-30
feeds:
  dossiers: {system: one_stop_rest, connection: H02}
  dossier_statistics: {system: statistics_gateway, connection: H02}
  work_files: {system: work_report, connection: H02}
  population: {system: population_book, connection: H02_year}
"""


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return read(tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="module")
def periodic(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("agencies")
    (folder / "h02_bac_giang.yaml").write_text(PERIODIC, encoding="utf-8")
    return read(tmp_path_factory.mktemp("airflow"), HUB_AGENCIES=str(folder))["dags"]


def read(home: Path, **more: str) -> Any:
    env = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / "tests" / "dags" / "bag.py")],
        env={**env, **more, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def name_of(code: str, frequency: str) -> str:
    return f"agency_{code}" + {"day": ""}.get(frequency, f"_{frequency}")


def test_every_agency_has_one_dag_per_frequency_and_three_span_them(bag: Any) -> None:
    agencies = load_agencies()
    asked = {name_of(c, a.frequency(f)) for c, a in agencies.items() for f in a.feeds}
    assert set(bag["dags"]) == asked | {"audit", "bulk", "national"}
    assert len(agencies) >= 83


def test_every_file_is_read_without_an_error(bag: Any) -> None:
    assert bag["errors"] == {}


def test_reading_the_files_loads_nothing_heavy(bag: Any) -> None:
    assert sorted(HEAVY & set(bag["loaded"])) == []


def test_every_feed_is_a_group_of_land_then_load(bag: Any) -> None:
    expected: dict[str, set[str]] = {}
    for code, agency in load_agencies().items():
        for feed, source in agency.feeds.items():
            name = name_of(code, agency.frequency(feed))
            expected.setdefault(name, set()).update({f"{feed}.land", f"{feed}.load"})
            tasks = bag["dags"][name]["tasks"]
            land, load = tasks[f"{feed}.land"], tasks[f"{feed}.load"]
            assert load["after"] == [f"{feed}.land"]
            assert land["pool"] == source.connection
            assert load["at_once"] == 1
            assert load["outlets"] == [f"hub://national/{feed}"]
            assert land["outlets"] == []
    assert {name: set(bag["dags"][name]["tasks"]) for name in expected} == expected


def test_a_run_is_made_at_midnight_in_viet_nam_for_the_day_before(bag: Any) -> None:
    dag = bag["dags"]["agency_H26"]
    assert dag["timetable"] == "CronPartitionTimetable"
    assert dag["zone"] == "Asia/Ho_Chi_Minh"
    assert dag["offset"] == -1
    assert dag["key_format"] == "%Y-%m-%d"
    assert dag["catchup"] is False


def test_feeds_of_longer_periods_have_dags_of_their_own(periodic: Any) -> None:
    agencies = {name: set(dag["tasks"]) for name, dag in periodic.items() if "H02" in name}
    assert agencies == {
        "agency_H02": {"dossiers.land", "dossiers.load"},
        "agency_H02_month": {
            *("dossier_statistics.land", "dossier_statistics.load"),
            *("work_files.land", "work_files.load"),
        },
        "agency_H02_year": {"population.land", "population.load"},
    }
    assert periodic["agency_H02_year"]["tasks"]["population.land"]["pool"] == "H02_year"


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("agency_H02", ["2020-02-28", "2020-02-29", "2020-03-01"]),
        ("agency_H02_month", ["2020-02-29", "2020-03-31", "2020-04-30"]),
        ("agency_H02_year", ["2020-12-31", "2021-12-31", "2022-12-31"]),
    ],
)
def test_a_run_s_key_is_the_last_day_of_its_period(
    periodic: Any, name: str, keys: list[str]
) -> None:
    assert periodic[name]["keys"] == keys


def test_a_longer_period_s_run_is_made_at_the_midnight_that_begins_its_last_day(
    periodic: Any,
) -> None:
    dag = periodic["agency_H02_month"]
    assert (dag["timetable"], dag["offset"]) == ("CronPartitionTimetable", 0)
    assert (dag["zone"], dag["key_format"]) == ("Asia/Ho_Chi_Minh", "%Y-%m-%d")
    assert dag["next_keys"] == ["2020-02-29", "2020-03-31"]
    assert dag["end"] == "2025-06-29 17:00:00+00:00"
    assert periodic["agency_H02"]["next_keys"] == ["2020-02-27", "2020-02-28"]


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
    given = {feed for agency in load_agencies().values() for feed in agency.feeds}
    assert set(bag["dags"]["audit"]["tasks"]) == given


@pytest.mark.parametrize("name", ["agency", "audit", "bulk", "national"])
def test_a_dag_file_fits_on_a_page(name: str) -> None:
    assert len((ROOT / "dags" / f"{name}.py").read_text().splitlines()) <= 60
