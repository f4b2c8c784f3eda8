"""Long ranges: a task per (agency, feed) that loops over the days which the ledger says are open.

Started by hand with first and last day; a second start takes up what is still open.
"""

from airflow.sdk import DAG, Param, task

from dags import blueprint


@task
def open_lanes(first: str, last: str) -> list[dict[str, str]]:
    """Ask the ledger which (agency, feed) pairs have open days."""
    from dags import task as body  # noqa: PLC0415 - loaded in the parent of the task's process

    return body.open_lanes(first, last)


@task(  # type: ignore[untyped-decorator]
    map_index_template="{{ task.op_kwargs['lane']['agency'] }}"
)
def run_lane(lane: dict[str, str], first: str, last: str) -> dict[str, int]:
    """Run the open days of one (agency, feed), oldest first."""
    from dags import task as body  # noqa: PLC0415

    return body.run_lane(lane, first, last)


with DAG(
    dag_id="bulk",
    dag_display_name="Chạy bù khoảng dài",
    description="long ranges of days, from the ledger",
    schedule=None,
    max_active_runs=1,
    default_args=blueprint.retries(),
    params={
        "first": Param(type="string", format="date"),
        "last": Param(type="string", format="date"),
    },
    tags=["bulk"],
):
    SPAN = {"first": "{{ params.first }}", "last": "{{ params.last }}"}
    run_lane.partial(**SPAN).expand(lane=open_lanes(**SPAN))
