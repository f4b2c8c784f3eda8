"""What a page is asked for: language, period in either calendar, and map; all in its address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from starlette.requests import Request

from contracts.errors import ConfigError
from hub.period import Calendar, Period, parse_period
from serving import numeral
from serving.numeral import LANGS, Lang
from serving.problem import Problem
from serving.service import service_of
from serving.word import say
from warehouse.map import Basis, basis_of

DEFAULTS = {"lang": "vi", "calendar": "civil", "map": "reported"}
"""What is left out of addresses."""


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking at the figures.

    Attributes:
        lang: language of the page.
        period: days asked for, both ends included.
        calendar: how a named period is cut.
        basis: the map that agencies stand on.
        basis_name: ``reported``, ``today`` or a day, as the address says it.
        path: address of the page below the application's root.
        root: where the application is mounted, without a slash at its end.
        query: everything else that the address says.
        until: last day of the period that can have data by now.
        read_at: when the page was worked out; readers may see it up to two minutes later.
    """

    lang: Lang
    period: Period
    calendar: Calendar
    basis: Basis
    basis_name: str
    path: str
    root: str
    query: Mapping[str, str]
    until: date
    read_at: datetime

    def say(self, key: str, **values: object) -> str:
        """Return a text in the page's language."""
        return say(key, self.lang, **values)

    def href(self, path: str = "", **changes: object) -> str:
        """Return an address that keeps language, period, calendar and map; changes on top.

        A change to None or an empty text leaves the key out.
        """
        kept: dict[str, object] = {
            "lang": self.lang,
            "period": self.query.get("period", ""),
            "calendar": self.calendar.value,
            "map": self.basis_name,
        }
        if not path:
            kept = {**self.query, **kept}
        asked = {**kept, **changes}
        query = {
            key: str(value)
            for key, value in asked.items()
            if value is not None and value != "" and DEFAULTS.get(key) != str(value)
        }
        return f"{self.root}{path or self.path}" + (f"?{urlencode(query)}" if query else "")

    def number(self, value: int | None) -> str:
        """Return a number in the page's language."""
        return numeral.number(value, self.lang)

    @property
    def days(self) -> str:
        """Return the days of the period as people write them."""
        return f"{numeral.day(self.period.first)} – {numeral.day(self.period.last)}"

    @property
    def title(self) -> str:
        """Return the period's name with its days."""
        label = self.label
        return self.days if self.period.label == self.days else f"{label} ({self.days})"

    @property
    def label(self) -> str:
        """Return the period's name in the page's language."""
        return self.period.label if self.lang == "vi" else self.period.name


def view_of(request: Request) -> View:
    """Return the view that an address asks for.

    Raises:
        Problem: 400, an unknown language, period, calendar or map.
    """
    query = dict(request.query_params)
    lang = one_of("lang", query.get("lang", "vi"), LANGS)
    calendar = Calendar(
        one_of("calendar", query.get("calendar", "civil"), [c.value for c in Calendar])
    )
    now = service_of(request).clock()
    today = now.date()
    period = _period(query.get("period", ""), calendar, today)
    name = query.get("map", "reported")
    root = request.scope.get("root_path", "").rstrip("/")
    return View(
        lang=lang,  # type: ignore[arg-type]
        period=period,
        calendar=calendar,
        basis=_basis(name),
        basis_name=name,
        path=request.url.path.removeprefix(root) or "/",
        root=root,
        query=query,
        until=min(period.last, today - timedelta(1)),
        read_at=now,
    )


def _period(name: str, calendar: Calendar, today: date) -> Period:
    """Return the named period; without a name the one that yesterday lies in."""
    if name:
        try:
            return parse_period(name, calendar)
        except ConfigError as error:
            raise Problem(
                400, "PERIOD", error.what, seen=error.seen, allowed=error.allowed
            ) from error
    yesterday = today - timedelta(1)
    for month in (yesterday, yesterday + timedelta(31)):
        period = parse_period(f"{month:%Y-%m}", calendar)
        if period.first <= yesterday <= period.last:
            return period
    raise AssertionError("every day lies in a month")


def _basis(name: str) -> Basis:
    try:
        return basis_of(name)
    except ValueError as error:
        allowed = "reported, today, YYYY-MM-DD"
        raise Problem(400, "MAP", "unknown map", seen=name[:20], allowed=allowed) from error


def one_of(key: str, value: str, allowed: Iterable[str]) -> str:
    """Return the value of a key of an address.

    Raises:
        Problem: 400, a value that the key does not know.
    """
    known = list(allowed)
    if value in known:
        return value
    told = {"where": key, "seen": value[:20], "allowed": ", ".join(known)}
    raise Problem(400, "QUERY", f"unknown {key}", **told)


Viewed = Annotated[View, Depends(view_of)]
