"""Read the DAG files as Airflow does and print what they are, as JSON.

Run in a process of its own: airflow is a guest that changes warnings, logging and signals.
"""

import json
import runpy
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import airflow.sdk  # noqa: F401 - what it loads is not charged to our files

ROOT = Path(__file__).parents[2]
FILES = ("agency", "audit", "bulk", "national")


def main() -> None:
    before = set(sys.modules)
    for name in FILES:
        runpy.run_path(str(ROOT / "dags" / f"{name}.py"))
    loaded = sorted(set(sys.modules) - before)

    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - after the measurement

    bag = DagBag(str(ROOT / "dags"))
    dags = {dag_id: _plain(dag) for dag_id, dag in bag.dags.items()}
    told = {"loaded": loaded, "errors": bag.import_errors, "dags": dags, "retry": _retry()}
    sys.stdout.write("\n" + json.dumps(told))


def _plain(dag: Any) -> dict[str, Any]:
    timetable = dag.timetable
    return {
        "file": Path(dag.fileloc).name,
        "start": str(dag.start_date),
        "end": str(dag.end_date),
        "catchup": dag.catchup,
        "timetable": type(timetable).__name__,
        "offset": getattr(timetable, "run_offset", None),
        "key_format": getattr(timetable, "key_format", None),
        "zone": str(getattr(timetable, "timezone", "")),
        **_keys(timetable),
        "tasks": {
            task.task_id: {
                "after": sorted(task.upstream_task_ids),
                "pool": task.pool,
                "at_once": task.max_active_tis_per_dag,
                "outlets": [asset.uri for asset in task.outlets],
            }
            for task in dag.tasks
        },
    }


def _keys(timetable: Any) -> dict[str, list[str]]:
    """Return the first keys of a backfill, and of scheduled runs, from 28 February 2020 on."""
    from airflow.serialization.encoders import coerce_to_core_timetable  # noqa: PLC0415
    from airflow.timetables.trigger import CronPartitionTimetable  # noqa: PLC0415

    core = coerce_to_core_timetable(timetable)
    if not isinstance(core, CronPartitionTimetable):
        return {}
    first, last = (datetime(year, 2, 28, tzinfo=UTC) for year in (2020, 2023))
    infos = core.iter_partition_dagrun_infos(earliest=first, latest=last)
    before = datetime(2020, 2, 27, 17, tzinfo=UTC)  # midnight in Viet Nam that begins the 28th
    return {
        "keys": [info.partition_key for info in islice(infos, 3)],
        "next_keys": [core._get_partition_info(m)[1] for m in islice(_moments(core, before), 2)],
    }


def _moments(core: Any, moment: datetime) -> Iterator[Any]:
    """Yield when runs are made, from a moment on."""
    moment = core._align_to_next(moment)
    while True:
        yield moment
        moment = core._get_next(moment)


def _retry() -> dict[str, str]:
    """Return error class -> what the retry policy of the tasks says to it."""
    from contracts import errors  # noqa: PLC0415
    from dags import blueprint  # noqa: PLC0415

    policy = blueprint.retries()["retry_policy"]
    kinds = [k for k in vars(errors).values() if isinstance(k, type)]
    return {
        kind.__name__: policy.evaluate(kind(), 1, 4).action.value
        for kind in [*(k for k in kinds if issubclass(k, errors.HubError)), OSError]
    }


if __name__ == "__main__":
    main()
