"""The second judge: one Great Expectations checkpoint per feed and day, over all agencies.

Waits until the day is due everywhere; writes its pages; its word gates publication.
"""

from airflow.sdk import DAG, task

from dags import blueprint


@task
def audit(feed: str) -> dict[str, object]:
    """Audit one feed's day."""
    from dags import task as body  # noqa: PLC0415 - loaded in the parent of the task's process

    return body.audit(feed)


with DAG(
    dag_id="audit",
    dag_display_name="Kiểm định ngày",
    description="Great Expectations over what a day shows",
    schedule=blueprint.periods(),
    catchup=False,
    max_active_tasks=1,  # the feeds share one site of pages
    default_args=blueprint.retries(),
    tags=["audit"],
    **blueprint.life(),
):
    for _feed in blueprint.feeds():
        audit.override(task_id=_feed)(_feed)
