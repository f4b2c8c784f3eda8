"""Structures: dataflows, data structures, code lists, concepts and agencies as SDMX-JSON 2.0."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.sdmx.code_list import Code, CodeLists
from serving.sdmx.flow import (
    AGENCY,
    DATA_SET_ATTRIBUTES,
    TIME,
    VERSION,
    Flow,
    code_list_of,
    flows,
    urn,
)
from serving.word import Both, words

Json = dict[str, Any]
Name = tuple[str, str]
"""Kind and id of an artefact."""
COLLECTIONS: Mapping[str, str] = {
    "dataflow": "dataflows",
    "datastructure": "dataStructures",
    "codelist": "codelists",
    "conceptscheme": "conceptSchemes",
    "agencyscheme": "agencySchemes",
}
"""Kind as queries name it -> where a message holds it."""
CONCEPTS = "CS_OPEN_DATA"
_DIMENSIONS = (
    "FREQ",
    "MAP",
    "AGENCY",
    "FIELD",
    "LEVEL",
    "OBLIGATION",
    "DIRECTION",
    "INDICATOR",
    "MEASURE",
)
_ATTRIBUTES: Mapping[str, Json] = {
    "OBS_STATUS": {"observation": {}},
    "UNIT_MEASURE": {"dimensions": ["MEASURE"]},
    **{name: {"dataflow": {}} for name in DATA_SET_ATTRIBUTES},
}
_TYPES = {"COVERAGE_EXPECTED": "Integer", "COVERAGE_COVERED": "Integer", "AS_OF": "String"}
"""AS_OF is an instant with its offset, which readers of DateTime columns without zones refuse."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """A maintainable artefact.

    Attributes:
        children: what it refers to.
    """

    kind: str
    id: str
    agency: str
    version: str
    body: Json
    children: tuple[Name, ...] = ()


def catalogue(lists: CodeLists) -> dict[Name, Artefact]:
    """Return every artefact by kind and id."""
    found = [
        *(_dataflow(flow) for flow in flows().values()),
        *(_data_structure(flow) for flow in flows().values()),
        *(_code_list(name, codes) for name, codes in lists.items()),
        _concept_scheme(),
        _agency_scheme(),
    ]
    return {(one.kind, one.id): one for one in found}


def named(both: Both) -> Json:
    """Return the names of anything."""
    return {"name": both.vi, "names": {"vi": both.vi, "en": both.en}}


def text(key: str) -> Both:
    """Return a text of this page."""
    return words()[f"sdmx.{key}"]


def stub(body: Json) -> Json:
    """Return an artefact with its names alone."""
    kept = ("id", "agencyID", "version", "name", "names")
    return {key: body[key] for key in kept if key in body} | {"isExternalReference": True}


def message(artefacts: Iterable[Artefact], prepared: str, *, is_stub: bool = False) -> Json:
    """Return a structure message."""
    data: dict[str, list[Json]] = {}
    for one in artefacts:
        body = stub(one.body) if is_stub else one.body
        data.setdefault(COLLECTIONS[one.kind], []).append(body)
    return {"meta": meta("structure", prepared), "data": data}


def meta(kind: str, prepared: str) -> Json:
    """Return the head of a message."""
    return {
        "schema": (
            f"https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/{kind}-message"
            f"/tools/schemas/2.0.0/sdmx-json-{kind}-schema.json"
        ),
        "id": f"{AGENCY}-{kind}",
        "test": False,
        "prepared": prepared,
        "contentLanguages": ["vi", "en"],
        "sender": {"id": AGENCY, **named(text("agency"))},
    }


def _maintained(name: str, both: Both, **body: Any) -> Json:
    return {"id": name, "agencyID": AGENCY, "version": VERSION, **named(both), **body}


def _dataflow(flow: Flow) -> Artefact:
    structure = urn("datastructure.DataStructure", flow.id)
    body = _maintained(flow.id, _title(flow), structure=structure)
    return Artefact("dataflow", flow.id, AGENCY, VERSION, body, (("datastructure", flow.id),))


def _title(flow: Flow) -> Both:
    return Both(vi=flow.table.title_vi, en=flow.table.title_en)


def _data_structure(flow: Flow) -> Artefact:
    components = {
        "dimensionList": {
            "id": "DimensionDescriptor",
            "dimensions": [
                _component(name, position=number, localRepresentation=_enumerated(name))
                for number, name in enumerate(flow.dimensions)
            ],
            "timeDimension": _component(
                TIME, localRepresentation={"format": {"dataType": "ObservationalTimePeriod"}}
            ),
        },
        "attributeList": {
            "id": "AttributeDescriptor",
            "attributes": [
                _component(
                    name,
                    usage="mandatory",
                    attributeRelationship=relation,
                    localRepresentation=_represented(name),
                )
                for name, relation in _ATTRIBUTES.items()
            ],
        },
        "measureList": {
            "id": "MeasureDescriptor",
            "measures": [
                _component("OBS_VALUE", localRepresentation={"format": {"dataType": "Decimal"}})
            ],
        },
    }
    body = _maintained(flow.id, _title(flow), dataStructureComponents=components)
    lists = [code_list_of(name) for name in (*flow.dimensions, "OBS_STATUS", "UNIT_MEASURE")]
    children = (*(("codelist", name) for name in lists), ("conceptscheme", CONCEPTS))
    return Artefact("datastructure", flow.id, AGENCY, VERSION, body, children)


def _component(name: str, **body: Any) -> Json:
    concept = f"{urn('conceptscheme.Concept', CONCEPTS)}.{name}"
    return {"id": name, "conceptIdentity": concept, **body}


def _enumerated(name: str) -> Json:
    return {"enumeration": urn("codelist.Codelist", code_list_of(name))}


def _represented(name: str) -> Json:
    return {"format": {"dataType": _TYPES[name]}} if name in _TYPES else _enumerated(name)


def _code_list(name: str, codes: Sequence[Code]) -> Artefact:
    concept = text(name.removeprefix("CL_"))
    title = text("code_list")
    both = Both(vi=title.vi.format(name=concept.vi), en=title.en.format(name=concept.en))
    listed = [{"id": code.id, **named(Both(vi=code.vi, en=code.en))} for code in codes]
    return Artefact("codelist", name, AGENCY, VERSION, _maintained(name, both, codes=listed))


def _concept_scheme() -> Artefact:
    names = (*_DIMENSIONS, TIME, "OBS_VALUE", *_ATTRIBUTES)
    concepts = [{"id": name, **named(text(name))} for name in names]
    body = _maintained(CONCEPTS, text("concept_scheme"), concepts=concepts)
    return Artefact("conceptscheme", CONCEPTS, AGENCY, VERSION, body)


def _agency_scheme() -> Artefact:
    agencies = [{"id": AGENCY, **named(text("agency"))}]
    body = {
        "id": "AGENCIES",
        "agencyID": "SDMX",
        "version": "1.0",
        **named(text("agency_scheme")),
        "agencies": agencies,
    }
    return Artefact("agencyscheme", "AGENCIES", "SDMX", "1.0", body)
