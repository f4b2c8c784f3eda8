"""``/sdmx/…``: structures, data and availability; open, without a key."""

import json
from collections.abc import Callable, Iterable, Iterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from serving.answer import KEEP
from serving.sdmx import csv_data, json_data, media
from serving.sdmx.availability import constraint
from serving.sdmx.code_list import code_lists
from serving.sdmx.data import DataSet, data_set, observations
from serving.sdmx.problem import no_results, not_implemented, syntax
from serving.sdmx.query import check_path, data_query, is_our_version
from serving.sdmx.structure import COLLECTIONS, Artefact, Json, Name, catalogue, message
from serving.service import Served, Service

router = APIRouter(prefix="/sdmx", include_in_schema=False)
STREAMED = 12
"""Months past which a file is sent line by line, without an ETag."""
DETAILS = ("full", "allstubs", "allcompletestubs")
REFERENCES = ("none", "children", "descendants", "parents", "ancestors", "all")


@router.get("/structure/{path:path}")
def structure(path: str, request: Request, service: Served) -> Response:
    """Return structures: ``{kind}/{agency}/{id}/{version}``, any of which may be ``*``."""
    media.check_structure_media(request)
    detail = _one_of(request, "detail", DETAILS)
    references = _one_of(request, "references", REFERENCES)
    with service.snapshot() as conn:
        known = catalogue(code_lists(conn))
    asked = _asked(path, known)
    found = {**dict.fromkeys(asked), **dict.fromkeys(_referred(asked, known, references))}
    artefacts = [known[name] for name in known if name in found]
    prepared = service.clock().strftime("%Y-%m-%dT00:00:00+07:00")
    body = message(artefacts, prepared, is_stub=detail != "full")
    return _kept(body, media.STRUCTURE)


@router.get("/data/{path:path}")
def data(path: str, request: Request, service: Served) -> Response:
    """Return data: ``dataflow/{agency}/{flow}/{version}/{key}``."""
    kind = media.data_media(request)
    query = data_query(path, request.query_params.multi_items())
    today = service.clock().date()
    with service.snapshot() as conn:
        found = data_set(conn, query, today)
        if kind == "csv" and len(found.months) > STREAMED:
            return StreamingResponse(_lines(service, found), media_type=media.DATA["csv"])
        told = observations(conn, found, today)
        if kind == "csv":
            lines = list(csv_data.lines(found, told))
            if len(lines) == 1:
                raise no_results("no observation that is told matches the query")
            return _answer("".join(lines), media.DATA["csv"])
        return _kept(json_data.message(found, told, code_lists(conn)), media.DATA["json"])


@router.get("/availability/{path:path}")
def availability(path: str, request: Request, service: Served) -> Response:
    """Return what is there: ``dataflow/{agency}/{flow}/{version}/{key}/{component}``."""
    media.check_structure_media(request)
    segments = check_path(path)
    component = segments[5] if len(segments) == 6 else "*"
    query = data_query("/".join(segments[:5]), request.query_params.multi_items())
    today = service.clock().date()
    with service.snapshot() as conn:
        found = data_set(conn, query, today)
        body = constraint(found, observations(conn, found, today), component)
    return _kept(body, media.STRUCTURE)


def _lines(service: Service, found: DataSet) -> Iterator[str]:
    """Yield a file of many months in a snapshot of its own; the header leaves at once."""
    today = service.clock().date()
    with service.snapshot() as conn:
        yield from csv_data.lines(found, observations(conn, found, today))


def _asked(path: str, known: dict[Name, Artefact]) -> list[Name]:
    segments = check_path(path)
    if not segments or len(segments) > 4:
        allowed = "{kind}/{agency}/{id}/{version}"
        raise syntax("no address of structures is written so", seen=path[:100], allowed=allowed)
    kind, agency, name, version = [*segments, *["*"] * (4 - len(segments))]
    if kind not in {*COLLECTIONS, "*"}:
        raise not_implemented("kind of structure", seen=kind, allowed=", ".join(COLLECTIONS))
    found = [
        key
        for key, one in known.items()
        if kind in {"*", one.kind}
        and {"*", "all", one.agency} & set(agency.split(","))
        and {"*", "all", one.id} & set(name.split(","))
        and (is_our_version(version) or one.version in version.split(","))
    ]
    if not found:
        raise no_results("no structure is named so", seen=path[:100])
    return found


def _referred(asked: Iterable[Name], known: dict[Name, Artefact], references: str) -> set[Name]:
    """Return what structures refer to, or are referred to by, as far as asked for."""
    found: set[Name] = set()
    if references in {"children", "descendants", "all"}:
        found |= _reached(asked, lambda name: known[name].children, deep=references != "children")
    if references in {"parents", "ancestors", "all"}:
        parents: dict[Name, list[Name]] = {}
        for name, one in known.items():
            for child in one.children:
                parents.setdefault(child, []).append(name)
        found |= _reached(asked, lambda name: parents.get(name, ()), deep=references != "parents")
    return found


def _reached(
    asked: Iterable[Name], step: Callable[[Name], Iterable[Name]], *, deep: bool
) -> set[Name]:
    found: set[Name] = set()
    edge = set(asked)
    while edge:
        edge = {other for name in edge for other in step(name)} - found
        found |= edge
        if not deep:
            break
    return found


def _one_of(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    default = "none" if name == "references" else "full"
    asked = request.query_params.get(name, default)
    if asked in allowed:
        return asked
    raise not_implemented(name, seen=asked[:40], allowed=", ".join(allowed))


def _kept(body: Json, media_type: str) -> Response:
    return _answer(json.dumps(body, ensure_ascii=False, separators=(",", ":")), media_type)


def _answer(text: str, media_type: str) -> Response:
    return Response(text, media_type=media_type, headers={KEEP.decode(): "1"})
