"""The application: pages, open data, SDMX; alone (``hub serve``) or mounted in Airflow."""

from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from contracts.errors import HubError
from serving import problem
from serving.access import NOBODY
from serving.answer import Answers
from serving.page import dag, data, form, health, home, publication, service_index
from serving.rest import router as rest
from serving.rest.door import Door
from serving.rest.openapi import openapi_of
from serving.sdmx import route as sdmx
from serving.service import Service
from serving.template import STATIC, page
from serving.view import view_of
from warehouse.database import read_snapshot, run

ROUTERS = (
    health.router,
    dag.router,
    home.router,
    data.router,
    rest.router,
    sdmx.router,
    form.router,
    service_index.router,
    publication.router,
)
"""Everything that is served, in the order of the documentation."""


def create_app(service: Service, *, root_path: str = "") -> FastAPI:
    """Return the application over a service.

    Args:
        service: what the routes share.
        root_path: where a proxy or another application mounts it.
    """
    app = FastAPI(
        title="Liên Thông",
        description="Số liệu liên thông của Chính phủ điện tử / data of the e-government hub",
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        root_path=root_path,
    )
    app.openapi = partial(openapi_of, app)  # type: ignore[method-assign]
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", GZipMiddleware(_Static(directory=STATIC)), name="static")
    app.add_middleware(Answers, version=partial(warehouse_version, service), person=service.person)
    app.add_middleware(Door, service=service, tell=_tell_problem)
    app.add_exception_handler(problem.Problem, _tell_problem)  # type: ignore[arg-type]
    app.add_exception_handler(HubError, _tell_error)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _tell_http)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _tell_invalid)  # type: ignore[arg-type]
    return app


def warehouse_version(service: Service) -> str:
    """Return a text that changes with every commit to the database, and with every minute.

    What is due, and which period is the current one, follows from the clock.
    """
    with service.connection() as conn, read_snapshot(conn) as cursor:
        row = run(cursor, "serving.version").fetchone()
    return f"{service.clock():%Y-%m-%d %H:%M} {row[0] if row else ''}"


class _Static(StaticFiles):
    """Static files; their addresses hold their digest, so they may be kept for ever."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def lasting(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])  # type: ignore[call-overload]
                headers.append((b"cache-control", b"public, max-age=31536000, immutable"))
                message = {**message, "headers": headers}
            await send(message)

        await super().__call__(scope, receive, lasting)  # type: ignore[arg-type]


async def _tell_problem(request: Request, error: problem.Problem) -> Response:
    if not problem.wants_page(request):
        return problem.answer(error)
    return _error_page(request, error)


async def _tell_error(request: Request, error: HubError) -> Response:
    return await _tell_problem(request, problem.problem_of(error))


async def _tell_http(request: Request, error: HTTPException) -> Response:
    code = {404: "NOT-FOUND", 405: "METHOD"}.get(error.status_code, "HTTP")
    return await _tell_problem(request, problem.Problem(error.status_code, code, str(error.detail)))


async def _tell_invalid(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    members = {"where": where, "seen": str(first.get("input", ""))[:60], "allowed": first["msg"]}
    return await _tell_problem(
        request, problem.Problem(400, "QUERY", f"{where} cannot be understood", **members)
    )


def _error_page(request: Request, error: problem.Problem) -> Response:
    try:
        view = view_of(request)
    except problem.Problem:
        return problem.answer(error)
    return page("error.html", view, NOBODY, problem=error, status=error.status, tab="")
