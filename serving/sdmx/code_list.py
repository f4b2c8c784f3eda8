"""Code lists: what the codes of dimensions and attributes mean, in both languages."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from serving.published import published_tables
from serving.sdmx.flow import FREQUENCY, MAPS, NOT_STATED
from serving.word import words
from warehouse import published
from warehouse.database import Connection
from warehouse.indicator import indicators


class Code(NamedTuple):
    """A code with its names."""

    id: str
    vi: str
    en: str


CodeLists = Mapping[str, Sequence[Code]]
LEVELS = ("all", "ministry", "government_agency", "interagency", "province", "district", "commune")


def code_lists(conn: Connection) -> CodeLists:
    """Return every code list by id (``CL_…``)."""
    measures = [one for table in published_tables().values() for one in table.measures]
    agencies = published.agency_names(conn)
    fields = [(code, name or code) for code, name in published.field_names(conn)]
    return {
        "CL_FREQ": [_said(FREQUENCY, f"freq_{FREQUENCY}")],
        "CL_MAP": [_said(code, f"map_{code}") for code in MAPS],
        "CL_AGENCY": [Code(code, name, name) for code, name, _ in agencies],
        "CL_FIELD": [_said(NOT_STATED, "not_stated"), *(Code(c, n, n) for c, n in fields)],
        "CL_LEVEL": [_said(code, f"level_{code}") for code in LEVELS],
        "CL_OBLIGATION": _listed(conn, "obligation_kind"),
        "CL_DIRECTION": _listed(conn, "direction"),
        "CL_INDICATOR": [Code(k, one.name_vi, one.name_en) for k, one in indicators().items()],
        "CL_MEASURE": sorted({Code(one.name, one.label_vi, one.label_en) for one in measures}),
        "CL_UNIT_MEASURE": [_said(u, f"unit_{u}") for u in sorted({m.unit for m in measures})],
        "CL_OBS_STATUS": [_said(code, f"status_{code}") for code in ("A", "C")],
    }


def _said(code: str, key: str) -> Code:
    both = words()[f"sdmx.{key}"]
    return Code(code, both.vi, both.en)


def _listed(conn: Connection, name: str) -> list[Code]:
    return [Code(*row) for row in published.code_names(conn, name)]
