"""Queries: what an SDMX REST address asks for (SDMX REST API 2.x, a subset)."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from contracts.partition import ZONE
from serving.sdmx.flow import AGENCY, TIME, VERSION, Flow, flows
from serving.sdmx.problem import no_results, not_implemented, semantic, syntax

Layout = Literal["series", "flat"]
Detail = Literal["full", "dataonly", "serieskeysonly", "nodata"]
DETAILS: tuple[Detail, ...] = ("full", "dataonly", "serieskeysonly", "nodata")
_KNOWN = {
    "format",
    "updatedAfter",
    "startPeriod",
    "endPeriod",
    "dimensionAtObservation",
    "detail",
    "attributes",
    "measures",
    "includeHistory",
    "mode",
    "references",
}
_REFUSED = {"firstNObservations", "lastNObservations", "asOf", "offset", "limit", "sort"}
_SAFE = re.compile(r"^[A-Za-z0-9_@$*.,~+-]+$")
_VERSIONS = {"*", "+", "~", "latest", "1.0", "1", "1.0+", VERSION, f"{VERSION}+"}
ALL_DIMENSIONS = "AllDimensions"


@dataclass(frozen=True, slots=True)
class DataQuery:
    """What is asked for.

    Attributes:
        keys: alternatives; each holds, by dimension of the flow, the only code or None.
        among: dimension -> codes, one of which it must be.
        first, last: days within which months must lie whole; None = open.
        updated_after: only what was loaded after this instant.
    """

    flow: Flow
    keys: tuple[tuple[str | None, ...], ...]
    among: Mapping[str, frozenset[str]]
    first: date | None
    last: date | None
    updated_after: datetime | None
    layout: Layout
    detail: Detail

    def matches(self, key: tuple[str, ...]) -> bool:
        """Tell whether a series is asked for."""
        named = zip(self.flow.dimensions, key, strict=True)
        if any(code not in self.among.get(name, {code}) for name, code in named):
            return False
        return any(
            all(one in {None, code} for one, code in zip(asked, key, strict=True))
            for asked in self.keys
        )

    def may_be(self, dimension: str, code: str) -> bool:
        """Tell whether any series with a code of a dimension is asked for."""
        at = self.flow.dimensions.index(dimension)
        is_among = code in self.among.get(dimension, {code})
        return is_among and any(key[at] in {None, code} for key in self.keys)


def data_query(path: str, parameters: Iterable[tuple[str, str]]) -> DataQuery:
    """Return the query that an address below ``/sdmx/data/`` or ``/sdmx/availability/`` states.

    Args:
        path: ``dataflow/{agency}/{flow}/{version}/{key}``; key and version may be left out.
        parameters: of the query string, in order.

    Raises:
        Problem: 400, 404 or 501.
    """
    flow, key = _flow_and_key(path)
    told = _parameters(parameters)
    among: dict[str, frozenset[str]] = {}
    first, last = _periods(told.get("startPeriod"), told.get("endPeriod"))
    for name, filters in _components(told, flow):
        if name == TIME:
            first, last = _narrowed(first, last, filters)
        else:
            among[name] = frozenset(_codes(filters))
    at_observation = told.get("dimensionAtObservation", TIME)
    if at_observation not in {TIME, ALL_DIMENSIONS}:
        raise not_implemented(
            "dimensionAtObservation", seen=at_observation[:40], allowed=f"{TIME}, {ALL_DIMENSIONS}"
        )
    return DataQuery(
        flow=flow,
        keys=tuple(_keys(key, flow)),
        among=among,
        first=first,
        last=last,
        updated_after=_instant(told.get("updatedAfter")),
        layout="flat" if at_observation == ALL_DIMENSIONS else "series",
        detail=_detail(told),
    )


def check_path(path: str) -> list[str]:
    """Return the segments of an address.

    Raises:
        Problem: 400, a character that no identifier has.
    """
    segments = [part for part in path.split("/") if part]
    for part in segments:
        if not _SAFE.match(part):
            raise syntax("no identifier is written so", seen=part[:60])
    return segments


def is_our_agency(agency: str) -> bool:
    """Tell whether a query for an agency includes us."""
    return bool({"*", "all", AGENCY} & set(agency.split(",")))


def is_our_version(version: str) -> bool:
    """Tell whether a query for a version includes ours."""
    return bool(_VERSIONS & set(version.split(",")))


def _flow_and_key(path: str) -> tuple[Flow, str]:
    segments = check_path(path)
    if not segments or len(segments) > 5:
        raise syntax(
            "no address of data is written so",
            seen=path[:100],
            allowed="dataflow/{agency}/{flow}/{version}/{key}",
        )
    context, agency, name, version, key = [*segments, *["*"] * (5 - len(segments))]
    if context != "dataflow":
        raise not_implemented("only dataflows hold data here", seen=context, allowed="dataflow")
    if name == "*" or "," in name:
        raise not_implemented("one dataflow at a time", seen=name, allowed=", ".join(flows()))
    if name not in flows() or not is_our_agency(agency) or not is_our_version(version):
        seen = f"{agency}:{name}({version})"[:100]
        raise no_results("no dataflow is named so", seen=seen, allowed=", ".join(flows()))
    return flows()[name], key


def _keys(text: str, flow: Flow) -> Iterator[tuple[str | None, ...]]:
    for key in text.split(","):
        parts = key.split(".")
        if key in {"*", "all"}:
            yield (None,) * len(flow.dimensions)
        elif len(parts) == len(flow.dimensions):
            yield tuple(None if part in {"", "*"} else part for part in parts)
        else:
            raise semantic("a key has another length", seen=key, allowed=".".join(flow.dimensions))


def _parameters(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in parameters:
        if name in _REFUSED:
            raise not_implemented("parameter", seen=name)
        if name not in _KNOWN and not re.match(r"^c\[\w+\]$", name):
            allowed = ", ".join(sorted({*_KNOWN, "c[…]"}))
            raise syntax("no parameter is named so", seen=name[:40], allowed=allowed)
        if name in told:
            raise syntax("a parameter is stated twice", seen=name[:40])
        told[name] = value
    if told.get("includeHistory", "false") != "false":
        raise not_implemented("includeHistory: one vintage is told, the newest")
    return told


def _components(told: Mapping[str, str], flow: Flow) -> Iterator[tuple[str, str]]:
    for name, value in told.items():
        if name.startswith("c["):
            component = name[2:-1]
            if component not in {*flow.dimensions, TIME}:
                allowed = ", ".join((*flow.dimensions, TIME))
                raise semantic("no dimension is named so", seen=component[:40], allowed=allowed)
            yield component, value


def _codes(filters: str) -> list[str]:
    codes = [one.removeprefix("eq:") for one in filters.split(",")]
    if any(":" in one for one in codes):
        raise not_implemented("operators on codes", seen=filters[:60], allowed="eq")
    return codes


def _narrowed(
    first: date | None, last: date | None, filters: str
) -> tuple[date | None, date | None]:
    """Return the span narrowed by filters such as ``ge:2026-01+le:2026-06``.

    A plus sign reaches us as a space where it was not escaped.
    """
    for one in re.split(r"[+ ]", filters):
        operator, colon, period = one.partition(":")
        if not colon:
            operator, period = "eq", one
        start, end = _span(period)
        match operator:
            case "eq":
                first, last = start, end
            case "ge":
                first = start
            case "le":
                last = end
            case _:
                raise not_implemented("operator", seen=operator[:20], allowed="eq, ge, le")
    return first, last


def _periods(start: str | None, end: str | None) -> tuple[date | None, date | None]:
    return _span(start)[0] if start else None, _span(end)[1] if end else None


def _span(period: str) -> tuple[date, date]:
    """Return the days of ``2026``, ``2026-Q3``, ``2026-10``, ``2026-M10`` or ``2026-10-31``."""
    match = re.fullmatch(r"(\d{4})(?:-(?:(Q)([1-4])|M?(\d{2})(?:-(\d{2}))?|A1))?", period)
    if match is None:
        raise syntax("no period is written so", seen=period[:40], allowed="2026, 2026-Q4, 2026-10")
    year, is_quarter, quarter, month, day = match.groups()
    try:
        if day:
            return date.fromisoformat(period), date.fromisoformat(period)
        months = (3 * int(quarter) - 2, 3 * int(quarter)) if is_quarter else (1, 12)
        months = (int(month), int(month)) if month else months
        end = monthrange(int(year), months[1])[1]
        return date(int(year), months[0], 1), date(int(year), months[1], end)
    except ValueError as error:
        raise syntax("no such period", seen=period[:40]) from error


def _instant(told: str | None) -> datetime | None:
    if told is None:
        return None
    try:
        # A plus sign of an offset reaches us as a space where it was not escaped.
        instant = datetime.fromisoformat(told.replace(" ", "+"))
    except ValueError as error:
        raise syntax("updatedAfter is no instant", seen=told[:40], allowed="ISO 8601") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=ZONE)


def _detail(told: Mapping[str, str]) -> Detail:
    """Return what is left out; ``attributes`` and ``measures`` of version 2 say the same."""
    attributes, measures = told.get("attributes", "dsd"), told.get("measures", "all")
    if attributes not in {"dsd", "all", "none"} or measures not in {"all", "none"}:
        seen = f"attributes={attributes}, measures={measures}"[:60]
        raise not_implemented(
            "detail", seen=seen, allowed="attributes=dsd, none; measures=all, none"
        )
    derived: Detail = "full" if measures == "all" else "nodata"
    if attributes == "none":
        derived = "dataonly" if measures == "all" else "serieskeysonly"
    asked = told.get("detail", derived)
    for detail in DETAILS:
        if asked == detail:
            return detail
    raise syntax("no detail is named so", seen=asked[:40], allowed=", ".join(DETAILS))
