"""Errors of SDMX queries: the statuses and codes of the standard, told as RFC 9457.

Source: SDMX web services guidelines 2.x, error codes 100, 140, 150, 501.
"""

from serving.problem import Problem


def no_results(detail: str, **members: str) -> Problem:
    """Return 404: nothing matches the query."""
    return Problem(404, "NO-RESULTS", detail, sdmx_code=100, **members)


def syntax(detail: str, **members: str) -> Problem:
    """Return 400: the query is not well formed."""
    return Problem(400, "SDMX-SYNTAX", detail, sdmx_code=140, **members)


def semantic(detail: str, **members: str) -> Problem:
    """Return 400: the query is well formed and means nothing."""
    return Problem(400, "SDMX-SEMANTIC", detail, sdmx_code=150, **members)


def not_implemented(detail: str, **members: str) -> Problem:
    """Return 501: the standard has it, this service does not."""
    return Problem(501, "NOT-IMPLEMENTED", detail, sdmx_code=501, **members)


def not_acceptable(detail: str, **members: str) -> Problem:
    """Return 406: none of the media types asked for is spoken here."""
    return Problem(406, "NOT-ACCEPTABLE", detail, **members)
