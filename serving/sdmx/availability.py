"""Availability: which codes a query would find data under, as a data constraint."""

from collections.abc import Iterable

from serving.sdmx.data import DataSet, Observation
from serving.sdmx.flow import AGENCY, TIME, VERSION, urn
from serving.sdmx.problem import no_results, semantic
from serving.sdmx.structure import Json, meta, named
from serving.word import Both


def constraint(data: DataSet, observations: Iterable[Observation], component: str) -> Json:
    """Return the structure message with the constraint.

    Args:
        data: what the query comes to.
        observations: of it.
        component: dimensions to tell of, separated by commas; ``*`` = all.

    Raises:
        Problem: 404, nothing matches; 400, no such dimension.
    """
    flow = data.query.flow
    names = (*flow.dimensions, TIME)
    asked = names if component in {"*", "all"} else tuple(component.split(","))
    if strange := set(asked) - set(names):
        seen = ", ".join(sorted(strange))[:60]
        raise semantic("no dimension is named so", seen=seen, allowed=", ".join(names))
    codes: dict[str, set[str]] = {name: set() for name in names}
    count, series = 0, set()
    for one in observations:
        count += 1
        series.add(one.key)
        for name, code in zip(names, (*one.key, one.period), strict=True):
            codes[name].add(code)
    if not count:
        raise no_results("no observation that is told matches the query")
    both = Both(vi=flow.table.title_vi, en=flow.table.title_en)
    body = {
        "id": f"{flow.id}_AVAILABLE",
        "agencyID": AGENCY,
        "version": VERSION,
        **named(both),
        "role": "Actual",
        "constraintAttachment": {"dataflows": [urn("datastructure.Dataflow", flow.id)]},
        "cubeRegions": [
            {"include": True, "keyValues": [_key_value(name, codes[name]) for name in asked]}
        ],
        "annotations": [
            {"id": "obs_count", "title": str(count), "type": "sdmx_metrics"},
            {"id": "series_count", "title": str(len(series)), "type": "sdmx_metrics"},
        ],
    }
    return {"meta": meta("structure", data.as_of), "data": {"dataConstraints": [body]}}


def _key_value(name: str, codes: set[str]) -> Json:
    if name == TIME:
        span = {
            "startPeriod": {"period": min(codes), "isInclusive": True},
            "endPeriod": {"period": max(codes), "isInclusive": True},
        }
        return {"id": name, "include": True, "timeRange": span}
    return {"id": name, "include": True, "values": sorted(codes)}
