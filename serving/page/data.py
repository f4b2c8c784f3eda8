"""Dữ liệu & API: what may be taken away, how, and with which tools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.dataset import Kind
from serving.rest.ask import MOST_ROWS, ROWS
from serving.rest.reading import Reading
from serving.rest.router import readings_of
from serving.rest.told import FORMATS
from serving.service import Served, service_of
from serving.template import page
from serving.view import Viewed
from warehouse.catalogue import Relation

router = APIRouter()
BI_ROLE = "hub_dashboard"
TOOLS = ("metabase", "superset", "powerbi")
STRUCTURES = ("dataflow", "datastructure", "codelist", "conceptscheme")
"""Kinds of SDMX structures that are linked to."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the warehouse is, without how to enter it."""

    host: str
    port: str
    database: str


@router.get("/data", include_in_schema=False)
def data(request: Request, view: Viewed, service: Served) -> Response:
    """Show datasets, formats, examples and the settings of BI tools; everybody may see it."""
    person = service.person(request)
    with service.snapshot() as conn:
        readings = readings_of(request, conn, service)
        catalogue: Mapping[str, Relation] = request.app.state.catalogue
    return page(
        "data.html",
        view,
        person,
        tab="/data",
        groups=_groups(readings),
        formats=FORMATS,
        site=_site(request),
        rows=ROWS,
        most=MOST_ROWS,
        tools=TOOLS,
        role=BI_ROLE,
        place=place_of(service.url) if person.may("reader") else Place("…", "5432", "…"),
        marts=[one for one in catalogue.values() if one.is_shown],
        structures=STRUCTURES,
        may_read=person.may("reader"),
        rate=service.settings.rate_per_minute,
    )


def place_of(url: str) -> Place:
    """Return where an address leads, without the person and the password.

    >>> place_of("postgresql://hub:secret@db.example/hub?sslmode=require")
    Place(host='db.example', port='5432', database='hub')
    """
    parts = urlsplit(url)
    return Place(parts.hostname or "…", str(parts.port or 5432), parts.path.strip("/") or "…")


def _groups(readings: Sequence[Reading]) -> list[tuple[Kind, list[Reading]]]:
    kinds: tuple[Kind, ...] = ("open", "inner")
    return [(kind, [one for one in readings if one.dataset.kind == kind]) for kind in kinds]


def _site(request: Request) -> str:
    """Return the address of the application as the reader's machine knows it."""
    root = request.scope.get("root_path", "").rstrip("/")
    scheme = request.url.scheme
    if service_of(request).settings.proxy_name_header:
        scheme = request.headers.get("x-forwarded-proto", scheme)
    return f"{'https' if scheme == 'https' else 'http'}://{request.url.netloc}{root}"
