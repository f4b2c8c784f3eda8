"""``/dags/{dag_id}``: from a DAG of Airflow to the page of its agency."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse

from serving.access import Reader
from serving.view import Viewed

router = APIRouter()


@router.get("/dags/{dag_id}", include_in_schema=False)
def dag(dag_id: str, view: Viewed, person: Reader) -> RedirectResponse:
    """Lead to the agency of a DAG (``agency_H26``, ``agency_H26_month``), else to the matrix."""
    del person
    kind, _, rest = dag_id.partition("_")
    code = rest.partition("_")[0]
    path = f"/agencies/{code}" if kind == "agency" and code.isalnum() else "/completeness"
    return RedirectResponse(view.href(path), 303)
