"""SDMX-CSV 2.0: one line per observation, written as it is read.

Source: SDMX-CSV field guide 2.0.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from serving.sdmx.data import DataSet, Observation
from serving.sdmx.flow import AGENCY, DATA_SET_ATTRIBUTES, TIME, VERSION, Flow

INFORMATION = "I"
"""ACTION: the data are told, nothing is asked to be done with them."""


def lines(data: DataSet, observations: Iterable[Observation]) -> Iterator[str]:
    """Yield the file, line by line; the header at once."""
    flow, detail = data.query.flow, data.query.detail
    yield _line(header(flow))
    named = ["dataflow", f"{AGENCY}:{flow.id}({VERSION})", INFORMATION]
    told = [str(data.coverage.expected), str(data.coverage.covered), data.as_of]
    for one in observations:
        value = "" if one.value is None or _has_no_values(detail) else str(one.value)
        attributes = [one.status, one.unit, *told]
        if detail in {"dataonly", "serieskeysonly"}:
            attributes = [""] * len(attributes)
        yield _line([*named, *one.key, one.period, value, *attributes])


def header(flow: Flow) -> list[str]:
    """Return the columns of a flow."""
    attributes = ("OBS_STATUS", "UNIT_MEASURE", *DATA_SET_ATTRIBUTES)
    return ["STRUCTURE", "STRUCTURE_ID", "ACTION", *flow.dimensions, TIME, "OBS_VALUE", *attributes]


def _has_no_values(detail: str) -> bool:
    return detail in {"serieskeysonly", "nodata"}


def _line(fields: list[str]) -> str:
    held = io.StringIO()
    csv.writer(held, lineterminator="\r\n").writerow(fields)
    return held.getvalue()
