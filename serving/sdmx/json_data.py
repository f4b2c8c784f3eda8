"""SDMX-JSON 2.0 data messages: by series or flat, codes with their names beside the data."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from serving.published import months
from serving.sdmx.code_list import Code, CodeLists
from serving.sdmx.data import DataSet, Observation
from serving.sdmx.flow import DATA_SET_ATTRIBUTES, TIME, Flow, code_list_of, urn
from serving.sdmx.problem import no_results
from serving.sdmx.structure import Json, meta, named, text
from serving.word import Both


def message(data: DataSet, observations: Iterable[Observation], lists: CodeLists) -> Json:
    """Return the data message of a query.

    Raises:
        Problem: 404, nothing matches it.
    """
    told = list(observations)
    if not told:
        raise no_results("no observation that is told matches the query")
    table = _Table(data, told, lists)
    return {
        "meta": meta("data", data.as_of),
        "data": {"structures": [table.structure()], "dataSets": [table.data_set(told)]},
    }


class _Places:
    """Codes in order, numbered as a message numbers them."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = sorted(set(codes))
        self.number = {code: at for at, code in enumerate(self.codes)}


class _Table:
    """The codes of a data set's dimensions and attributes, and its parts written in them."""

    def __init__(self, data: DataSet, told: Sequence[Observation], lists: CodeLists) -> None:
        self.data = data
        self.flow = data.query.flow
        self.lists = lists
        self.places = [_Places(one.key[at] for one in told) for at in range(len(told[0].key))]
        self.places.append(_Places(one.period for one in told))
        self.units = _Places(one.unit for one in told)
        self.states = _Places(one.status for one in told)
        self.is_flat = data.query.layout == "flat"
        self.has_values = data.query.detail in {"full", "dataonly"}
        self.has_attributes = data.query.detail in {"full", "nodata"}

    def structure(self) -> Json:
        """Return what the numbers of the data set stand for."""
        dimensions = [
            _dimension(name, at, self.places[at], _names(self.lists, name))
            for at, name in enumerate((*self.flow.dimensions, TIME))
        ]
        series = [] if self.is_flat else dimensions[:-1]
        observed = dimensions if self.is_flat else dimensions[-1:]
        return {
            "dataSets": [0],
            "links": _links(self.flow),
            **named(Both(vi=self.flow.table.title_vi, en=self.flow.table.title_en)),
            "dimensions": {"dataSet": [], "series": series, "observation": observed},
            "measures": {"observation": [{"id": "OBS_VALUE", **named(text("OBS_VALUE"))}]},
            **({"attributes": self._attributes()} if self.has_attributes else {}),
        }

    def data_set(self, told: Iterable[Observation]) -> Json:
        """Return the data set."""
        links = _links(self.flow)[:1]
        held: Json = {"structure": 0, "action": "Information", "links": links}
        if self.has_attributes:
            covered = self.data.coverage
            held["attributes"] = [covered.expected, covered.covered, self.data.as_of]
        if self.is_flat:
            return {**held, "observations": self.flat(told)}
        return {**held, "series": self.series(told)}

    def _attributes(self) -> Json:
        relation = {"dimensions": ["MEASURE"]}
        unit = _attribute("UNIT_MEASURE", relation, self.units, self.lists)
        status = _attribute("OBS_STATUS", {"observation": {}}, self.states, self.lists)
        of_all = [
            {"id": name, **named(text(name)), "relationship": {"dataflow": {}}}
            for name in DATA_SET_ATTRIBUTES
        ]
        if self.is_flat:
            return {"dataSet": of_all, "series": [], "observation": [status, unit]}
        return {"dataSet": of_all, "series": [unit], "observation": [status]}

    def flat(self, told: Iterable[Observation]) -> Json:
        """Return observations by the numbers of all dimensions."""
        found = {}
        for one in told:
            extra = [self.units.number[one.unit]] if self.has_attributes else []
            found[self._key((*one.key, one.period))] = [*self._observation(one), *extra]
        return found

    def series(self, told: Iterable[Observation]) -> Json:
        """Return series with their observations."""
        found: dict[str, Json] = {}
        for one in told:
            held = found.setdefault(self._key(one.key), self._series(one))
            if self.has_values or self.has_attributes:
                period = str(self.places[-1].number[one.period])
                held["observations"][period] = self._observation(one)
        return found

    def _series(self, one: Observation) -> Json:
        attributes = {"attributes": [self.units.number[one.unit]]} if self.has_attributes else {}
        return {**attributes, "observations": {}}

    def _key(self, codes: Sequence[str]) -> str:
        return ":".join(str(self.places[at].number[code]) for at, code in enumerate(codes))

    def _observation(self, one: Observation) -> list[Any]:
        value = float(one.value) if isinstance(one.value, Decimal) else one.value
        attributes = [self.states.number[one.status]] if self.has_attributes else []
        return [value if self.has_values else None, *attributes]


def _names(lists: CodeLists, dimension: str) -> Mapping[str, Code]:
    return {code.id: code for code in lists.get(code_list_of(dimension), ())}


def _dimension(name: str, at: int, places: _Places, names: Mapping[str, Code]) -> Json:
    is_time = name == TIME
    values = [_period(code) if is_time else _value(code, names) for code in places.codes]
    roles = {"roles": [name]} if is_time or name == "FREQ" else {}
    return {"id": name, **named(text(name)), "keyPosition": at, **roles, "values": values}


def _value(code: str, names: Mapping[str, Code]) -> Json:
    known = names.get(code, Code(code, code, code))
    return {"id": code, **named(Both(vi=known.vi, en=known.en))}


def _period(code: str) -> Json:
    month = date.fromisoformat(f"{code}-01")
    _, last = next(months(month, month + timedelta(1)))
    span = {"start": f"{month}T00:00:00+07:00", "end": f"{last}T23:59:59+07:00"}
    return {"id": code, **named(Both(vi=f"{month:%m/%Y}", en=code)), **span}


def _attribute(name: str, relation: Json, places: _Places, lists: CodeLists) -> Json:
    values = [_value(code, _names(lists, name)) for code in places.codes]
    return {"id": name, **named(text(name)), "relationship": relation, "values": values}


def _links(flow: Flow) -> list[Json]:
    return [
        {"rel": "dataflow", "urn": urn("datastructure.Dataflow", flow.id)},
        {"rel": "datastructure", "urn": urn("datastructure.DataStructure", flow.id)},
    ]
