"""``/v1``: datasets by pages and as files."""

from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from hub.spreadsheet import XLSX
from serving.access import Person
from serving.answer import KEEP
from serving.dataset import Catalogue, Dataset
from serving.problem import Problem
from serving.rest import csv_file, parquet_file, xlsx_file
from serving.rest.ask import Ask, FileAsk, PageAsk, selection
from serving.rest.cursor import cursor_of, key_after
from serving.rest.reading import Reading, Rows, read
from serving.rest.stream import Lanes, Streamed, held, packed
from serving.rest.told import FORMATS, Listing, Page, listing_bytes, page_bytes
from serving.service import Served, Service, service_of
from serving.shelf import DATASETS
from warehouse.catalogue import read_catalogue
from warehouse.database import Connection
from warehouse.dataset import Behind
from warehouse.dataset import version as version_of

PROBLEM_SCHEMA = {"schema": {"$ref": "#/components/schemas/Problem"}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/problem+json": PROBLEM_SCHEMA}}
    for status, text in {
        400: "Không hiểu câu hỏi / the question cannot be understood",
        401: "Cần khóa, hay khóa sai / a key is needed, or it is unknown",
        403: "Khóa không có phạm vi này / the key has another scope",
        404: "Không có bộ dữ liệu này / no such dataset",
        429: "Hỏi quá nhanh; xem Retry-After / too many questions",
        503: "Đang bận; xem Retry-After / busy",
    }.items()
}
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Không đổi từ ETag ấy / unchanged since that ETag"}
}
TOLD = {
    "X-Coverage-Expected": "phần phải có / partitions owed",
    "X-Coverage-Covered": "phần đã có / partitions there",
    "X-As-Of": "lúc nạp mới nhất; none = chưa nạp / newest load; none = nothing loaded",
    "ETag": "đổi khi kho đổi / changes with the warehouse",
}
LINK = 'trang sau / the next page: `<…>; rel="next"`'


def _told_headers(**more: str) -> dict[str, Any]:
    return {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in {**TOLD, **more}.items()
    }


router = APIRouter(tags=["data"])


def catalogue_of(request: Request, conn: Connection) -> Catalogue:
    """Return the marts as the database describes them, read once: only a migration changes them."""
    state = request.app.state
    if not hasattr(state, "catalogue"):
        state.catalogue = read_catalogue(conn)
    catalogue: Catalogue = state.catalogue
    return catalogue


def dataset_of(
    request: Request,
    dataset: Annotated[
        str,
        Path(
            pattern="^[a-z][a-z0-9_]{0,62}$",
            description="Tên bộ dữ liệu, xem /v1 / name of a dataset, see /v1",
            examples=["indicators"],
            json_schema_extra={"enum": list(DATASETS)},
        ),
    ],
) -> Dataset:
    """Return the dataset that an address names, for somebody who may read it.

    Raises:
        Problem: 404, there is none; 401 or 403, it is not for them.
    """
    found = DATASETS.get(dataset)
    if found is None:
        raise Problem(404, "DATASET", "no dataset has this name", seen=dataset, next="/v1")
    who: Person = service_of(request).person(request)
    if found.kind == "inner" and not who.may("reader"):
        status = 403 if who.name else 401
        raise Problem(status, "ACCESS", "a key with the scope inner is needed", seen=dataset)
    return found


Named = Annotated[Dataset, Depends(dataset_of)]


@router.get(
    "/v1",
    response_model=Listing,
    responses={**PROBLEMS, **UNCHANGED},
    summary="Danh sách bộ dữ liệu / all datasets",
    operation_id="listDatasets",
)
def listing(request: Request, service: Served) -> Response:
    """Mọi bộ dữ liệu, định dạng, độ đầy đủ và lúc nạp mới nhất.

    Every dataset with its formats, coverage and newest load.
    """
    with service.snapshot() as conn:
        readings = readings_of(request, conn, service)
    root = request.scope.get("root_path", "").rstrip("/")
    return Response(listing_bytes(readings, root), headers=_kept(), media_type="application/json")


def readings_of(request: Request, conn: Connection, service: Service) -> list[Reading]:
    """Return a reading of every dataset over the days that it gives when none are named."""
    catalogue, today = catalogue_of(request, conn), service.clock().date()
    known: dict[tuple[str | None, date, date], Behind] = {}
    told = []
    for dataset in DATASETS.values():
        chosen = selection(Ask(), dataset, today)
        place = (dataset.feed, chosen.first, chosen.last)
        if place not in known:
            known[place] = dataset.behind(conn, chosen)
        about = dataset.about(catalogue)
        told.append(Reading(dataset=dataset, about=about, chosen=chosen, behind=known[place]))
    return told


@router.get(
    "/v1/{dataset}.json",
    response_model=Page,
    responses={**PROBLEMS, **UNCHANGED, 200: {"headers": _told_headers(Link=LINK)}},
    summary="Một trang JSON / a page as JSON",
    operation_id="readPage",
)
def page(
    request: Request, dataset: Named, ask: Annotated[PageAsk, Query()], service: Served
) -> Response:
    """Các dòng theo khóa, kèm độ đầy đủ và lúc nạp; trang sau ở `next` và tiêu đề Link.

    Rows by key with coverage and newest load; the next page stands in `next` and in Link.
    """
    chosen = selection(ask, dataset, service.clock().date())
    with service.snapshot() as conn:
        catalogue = catalogue_of(request, conn)
        about = dataset.about(catalogue)
        key = [column for name in about.key for column in about.columns if column.name == name]
        if ask.after:
            chosen = replace(chosen, after=key_after(ask.after, dataset.name, chosen, key))
        reading = read(conn, catalogue, dataset, chosen)
        rows = dataset.read(conn, catalogue, chosen, ask.limit + 1) if ask.limit else iter(())
        found = list(rows)
    following = None
    if len(found) > ask.limit > 0:
        found.pop()
        names = [column.name for column in about.columns]
        values = (found[-1][names.index(name)] for name in about.key)
        last = tuple("" if value is None else value for value in values)
        following = cursor_of(dataset.name, chosen, last)
    headers = {**_kept(), **reading.headers, **_link(request, following)}
    body = page_bytes(reading, found, following)
    return Response(body, headers=headers, media_type="application/json")


FILES: Mapping[str, str] = {
    "csv": csv_file.MEDIA_TYPE,
    "parquet": parquet_file.MEDIA_TYPE,
    "xlsx": XLSX,
}
BYTES = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/v1/{dataset}.{format}",
    response_class=Response,
    responses={
        **PROBLEMS,
        **UNCHANGED,
        200: {
            "description": "Tệp / the file",
            "content": {kind.partition(";")[0]: BYTES for kind in FILES.values()},
            "headers": _told_headers(),
        },
    },
    summary="Cả bộ dữ liệu thành tệp / the whole as a file",
    operation_id="readFile",
)
def file(
    request: Request,
    dataset: Named,
    format: Annotated[  # noqa: A002 - the word of the address
        Literal["csv", "parquet", "xlsx"], Path(description="Định dạng / format")
    ],
    ask: Annotated[FileAsk, Query()],
    service: Served,
) -> Response:
    """Mọi dòng, gửi dần; độ đầy đủ ở tiêu đề X-, ở trang hai của XLSX, ở schema của Parquet.

    All rows, streamed; coverage stands in X- headers, on the second sheet of XLSX and in the
    metadata of Parquet's schema. CSV holds rows alone: ask `.json?limit=0` for what stands beside.
    """
    chosen = selection(ask, dataset, service.clock().date())
    with ExitStack() as stack:
        conn = _lanes(request, service).open(stack)
        etag = _etag(request, version_of(conn))
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": etag})
        catalogue = catalogue_of(request, conn)
        reading = read(conn, catalogue, dataset, chosen)
        rows = dataset.read(conn, catalogue, chosen, None)
        if isinstance(rows, Generator):
            stack.enter_context(closing(rows))  # the cursor goes before its connection
        chunks = _chunks(format, reading, rows, ask)
        headers = {
            **reading.headers,
            "ETag": etag,
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
            "Content-Disposition": f'attachment; filename="{reading.file_name}.{format}"',
        }
        if format == "csv" and "gzip" in request.headers.get("accept-encoding", ""):
            chunks, headers = packed(chunks), {**headers, "Content-Encoding": "gzip"}
        return Streamed(held(chunks, stack.pop_all()), FILES[format], headers)
    raise AssertionError("the stack holds nothing back")


def _chunks(form: str, reading: Reading, rows: Rows, ask: FileAsk) -> Generator[bytes, None, None]:
    if form == "csv":
        return csv_file.csv_chunks(reading, rows, bom=ask.bom == "1")
    write = parquet_file.parquet_chunks if form == "parquet" else xlsx_file.xlsx_chunks
    return write(reading, rows)


def _lanes(request: Request, service: Service) -> Lanes:
    state = request.app.state
    if not hasattr(state, "lanes"):
        state.lanes = Lanes(service)
    lanes: Lanes = state.lanes
    return lanes


def _etag(request: Request, version: str) -> str:
    text = f"{version} {request.url.path}?{request.url.query}"
    return f'W/"{sha256(text.encode()).hexdigest()[:32]}"'


def _kept() -> dict[str, str]:
    return {KEEP.decode(): "1"}


def _link(request: Request, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    address = request.url.include_query_params(after=cursor)
    return {"Link": f'<{address.path}?{address.query}>; rel="next"'}


__all__ = ["FORMATS", "router"]
