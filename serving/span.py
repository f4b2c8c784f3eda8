"""Spans of days as operators' addresses name them: ``from``, ``to``, or a period."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from contracts.partition import ZONE
from serving.problem import Problem
from serving.service import service_of
from serving.view import Viewed

DAYS = 31
"""Days shown when nobody names any, today included."""
MAX_DAYS = 92
"""Longest span of one page; of a longer one the last days are shown."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of Asia/Ho_Chi_Minh, both ends included; ``is_cut`` tells that more were asked for."""

    first: date
    last: date
    is_cut: bool = False

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    @property
    def query(self) -> dict[str, str]:
        """Return the span as an address says it."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def span_of(request: Request, view: Viewed) -> Span:
    """Return the days that an address asks for; days to come are left out.

    Raises:
        Problem: 400, not a day, or the span ends before it begins.
    """
    today = service_of(request).clock().astimezone(ZONE).date()
    query = view.query
    if not (query.get("from") or query.get("to")) and query.get("period"):
        first, last = view.period.first, view.period.last
    else:
        last = day_of("to", query["to"]) if query.get("to") else today
        before = last - timedelta(DAYS - 1)
        first = day_of("from", query["from"]) if query.get("from") else before
    if last < first:
        raise Problem(400, "SPAN", "the span ends before it begins", seen=f"{first} … {last}")
    last = max(first, min(last, today))
    kept = max(first, last - timedelta(MAX_DAYS - 1))
    return Span(kept, last, is_cut=kept > first)


def day_of(key: str, value: str) -> date:
    """Return the day that an address names.

    Raises:
        Problem: 400, not a day.
    """
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Problem(
            400, "DAY", f"{key} is not a day", seen=value[:20], allowed="YYYY-MM-DD"
        ) from error


Spanned = Annotated[Span, Depends(span_of)]
