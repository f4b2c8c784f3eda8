"""What spans agencies: refreshed for a day whenever some agency's load of that day has changed.

Figures are read from marts that the loads themselves maintain; what is left to refresh is the
expected set, against which the coverage of every figure is counted.
"""

from airflow.sdk import DAG, AssetAny, PartitionedAssetTimetable, task

from dags import blueprint


@task
def refresh() -> dict[str, list[int]]:
    """Bring the expected set of the day up to date; hand on its coverage by feed."""
    from dags import task as body  # noqa: PLC0415 - loaded in the parent of the task's process

    return body.refresh()


with DAG(
    dag_id="national",
    dag_display_name="Cả nước · độ đầy đủ",
    description="expected set and coverage of a day",
    schedule=PartitionedAssetTimetable(
        assets=AssetAny(*(blueprint.asset(feed) for feed in blueprint.feeds()))
    ),
    catchup=False,
    max_active_runs=1,
    default_args=blueprint.retries(),
    tags=["national"],
):
    refresh()
