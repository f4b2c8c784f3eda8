"""Errors as answers: RFC 9457 for machines, a page for people."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from contracts.errors import ConfigError, HubError

MEDIA_TYPE = "application/problem+json"
TYPES = "about:blank"


class Problem(Exception):
    """An answer that is not what was asked for.

    Attributes:
        status: HTTP status.
        code: stable code (docs/answers.md, docs/errors.md).
        detail: what is wrong, for people.
        members: further members of the body (seen, allowed, next …).
    """

    def __init__(self, status: int, code: str, detail: str, **members: Any) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.members = members
        super().__init__(detail)


def problem_of(error: HubError) -> Problem:
    """Return the answer that one of our errors comes to."""
    status = 400 if isinstance(error, ConfigError) else 503 if error.retry else 500
    members = {"where": error.where, "seen": error.seen, "allowed": error.allowed}
    members["next"] = error.action
    return Problem(status, error.code, error.what, **{k: v for k, v in members.items() if v})


def answer(problem: Problem) -> JSONResponse:
    """Return a problem as ``application/problem+json``."""
    body = {
        "type": TYPES,
        "title": problem.code,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        **problem.members,
    }
    headers = {"Retry-After": "1"} if problem.status in {429, 503} else {}
    if problem.status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Tell whether a person's browser is asking: it names HTML before anything else."""
    return request.headers.get("accept", "").startswith("text/html")
