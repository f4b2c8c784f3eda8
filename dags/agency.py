"""One DAG per agency and frequency: a group per feed, two tasks per feed, a run per period.

``land`` pulls and archives, ``load`` judges and loads; clearing ``load`` works from the archive.
"""

from airflow.sdk import DAG, TaskGroup, get_parsing_context, task

from contracts.frequency import FREQUENCIES, Frequency
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


def agency_dag(agency: Agency, frequency: Frequency, feeds: list[str]) -> DAG:
    """Return the DAG of those feeds of an agency that are owed equally often."""
    with DAG(
        dag_id=blueprint.dag_id(agency.code, frequency),
        dag_display_name=f"{agency.code} · {agency.name}{blueprint.LABELS[frequency]}",
        description=agency.owner,
        schedule=blueprint.periods(frequency),
        catchup=False,
        # A day that has landed is loaded before another one is pulled.
        default_args={**blueprint.retries(), "weight_rule": "upstream"},
        tags=["agency", agency.kind, frequency],
        **blueprint.life(agency, frequency),
    ) as dag:
        for name in feeds:
            with TaskGroup(name):
                # Days of one feed load one after the other, whichever run they belong to.
                load.override(max_active_tis_per_dag=1, outlets=[blueprint.asset(name)])(
                    land.override(pool=agency.feeds[name].connection)(agency.code, name)
                )
    return dag


for _agency in blueprint.agencies(get_parsing_context().dag_id):
    for _often in FREQUENCIES:
        if _feeds := [name for name in _agency.feeds if _agency.frequency(name) == _often]:
            _dag = agency_dag(_agency, _often, _feeds)
            globals()[_dag.dag_id] = _dag
