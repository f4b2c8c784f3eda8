"""Dataflows: one per published table, with its dimensions in the order of a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from serving.published import PublishedTable, published_tables
from warehouse.map import Basis
from warehouse.published import BEFORE_MERGER

AGENCY = "LIENTHONG"
VERSION = "1.0.0"
NOT_STATED = "_Z"
"""Code of what the source did not state. Source: SDMX content-oriented guidelines, code ``_Z``."""
FREQUENCY = "M"
MAPS: Mapping[str, Basis] = {"REPORTED": "reported", "TODAY": "today", "M20250630": BEFORE_MERGER}
"""Code of the dimension MAP -> map."""
DATA_SET_ATTRIBUTES = ("COVERAGE_EXPECTED", "COVERAGE_COVERED", "AS_OF")
TIME = "TIME_PERIOD"


@dataclass(frozen=True, slots=True)
class Flow:
    """A dataflow and its data structure, which bears the same id.

    Attributes:
        dimensions: ids in the order of a key, time aside.
    """

    id: str
    table: PublishedTable
    dimensions: tuple[str, ...]

    @property
    def cut(self) -> tuple[str, ...]:
        """Return the dimensions that the table has as columns, the month aside."""
        return tuple(column.name.upper() for column in self.table.dimensions[1:])

    @property
    def maps(self) -> Mapping[str, Basis]:
        """Return the maps that it is told on; one where a map makes no difference."""
        return MAPS if self.table.is_on_map else {"": "reported"}


@cache
def flows() -> Mapping[str, Flow]:
    """Return every dataflow by id."""
    found = [_flow(table) for table in published_tables().values()]
    return {flow.id: flow for flow in found}


def _flow(table: PublishedTable) -> Flow:
    cut = tuple(column.name.upper() for column in table.dimensions[1:])
    on_map = ("MAP",) if table.is_on_map else ()
    return Flow(table.name.upper(), table, ("FREQ", *on_map, *cut, "MEASURE"))


def code_list_of(dimension: str) -> str:
    """Return the id of a dimension's code list."""
    return f"CL_{dimension}"


def urn(kind: str, name: str) -> str:
    """Return the URN of an artefact of ours, e.g. of ``codelist.Codelist``."""
    return f"urn:sdmx:org.sdmx.infomodel.{kind}={AGENCY}:{name}({VERSION})"
