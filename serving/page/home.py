"""Toàn cảnh: the country in one page."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from serving.access import Reader
from serving.service import Service, service_of
from serving.template import page
from serving.view import Viewed

router = APIRouter()


@router.get("/", include_in_schema=False)
def home(
    view: Viewed, person: Reader, service: Annotated[Service, Depends(service_of)]
) -> Response:
    """Show the country."""
    with service.snapshot():
        return page("home.html", view, person, tab="/")
