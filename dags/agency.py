"""One DAG per agency: a group per feed, two tasks per feed, a run per day.

``land`` pulls and archives, ``load`` judges and loads; clearing ``load`` works from the archive.
"""

from airflow.sdk import DAG, TaskGroup, get_parsing_context, task

from dags import blueprint
from hub.registry import Agency


@task
def land(agency: str, feed: str) -> dict[str, object]:
    """Claim, pull, archive."""
    from dags import task as body  # noqa: PLC0415 - loaded in the parent of the task's process

    return body.land(agency, feed)


@task
def load(landed: dict[str, object]) -> dict[str, object]:
    """Judge, load, tell."""
    from dags import task as body  # noqa: PLC0415

    return body.load(landed)


def agency_dag(agency: Agency) -> DAG:
    """Return the DAG of one agency."""
    with DAG(
        dag_id=f"agency_{agency.code}",
        dag_display_name=f"{agency.code} · {agency.name}",
        description=agency.owner,
        schedule=blueprint.days(),
        catchup=False,
        # A day that has landed is loaded before another one is pulled.
        default_args={**blueprint.retries(), "weight_rule": "upstream"},
        tags=["agency", agency.kind],
        **blueprint.life(agency),
    ) as dag:
        for name, feed in agency.feeds.items():
            with TaskGroup(name):
                # Days of one feed load one after the other, whichever run they belong to.
                load.override(max_active_tis_per_dag=1, outlets=[blueprint.asset(name)])(
                    land.override(pool=feed.connection)(agency.code, name)
                )
    return dag


for _agency in blueprint.agencies(get_parsing_context().dag_id):
    globals()[f"agency_{_agency.code}"] = agency_dag(_agency)
