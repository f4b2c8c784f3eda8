"""A contract as the hub uses it: fields, key and rules read from an ODCS 3.1 file."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from open_data_contract_standard.model import (
    DataQuality,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import ValidationError

from contracts import rule as terms
from contracts.errors import ConfigError
from contracts.frequency import FREQUENCIES, Frequency

API_VERSION = "v3.1.0"
FILE = "contract.yaml"
_Rule = TypeVar("_Rule")


class Kind(StrEnum):
    """How a field is read and kept; decides its column of a frame."""

    CODE = "code"
    LIST = "list"
    ORG = "org"
    AREA = "area"
    INSTANT = "instant"
    DATE = "date"
    INTEGER = "integer"
    AMOUNT = "amount"
    MEASURE = "measure"


_LOGICAL = {
    "string": Kind.CODE,
    "timestamp": Kind.INSTANT,
    "date": Kind.DATE,
    "integer": Kind.INTEGER,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a contract.

    Attributes:
        name: the house's word; ``title_vi`` what a Vietnamese reader calls it.
        kind: how it is read and kept.
        required: whether every row has it; conditional duty is a rule.
        pattern: regular expression over the whole normalised text; empty = none.
        max_length: characters; 0 = no limit.
        minimum, maximum: bounds of numbers, in major units for amounts and measures.
        rules: rules of our engine, in file order.
    """

    name: str
    kind: Kind
    title_vi: str = ""
    description: str = ""
    required: bool = False
    pattern: str = ""
    max_length: int = 0
    minimum: int | None = None
    maximum: int | None = None
    rules: tuple[terms.FieldRule, ...] = ()

    def rule(self, kind: type[_Rule]) -> _Rule | None:
        """Return the field's rule of a kind, None where it has none."""
        return next((r for r in self.rules if isinstance(r, kind)), None)

    @property
    def list(self) -> str:
        """Return the name of the field's code list, empty where it has none."""
        found = self.rule(terms.CodeList)
        return found.list if found else ""

    @property
    def scale(self) -> tuple[str, int]:
        """Return (unit, digits) of the field's numbers; counts have neither."""
        if amount := self.rule(terms.Amount):
            return amount.currency, amount.digits
        measure = self.rule(terms.Measure)
        return (measure.unit, measure.digits) if measure else ("", 0)

    @property
    def many_values(self) -> bool:
        """Tell whether nearly every row has its own value."""
        return self.rule(terms.ManyValues) is not None


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule over rows or over the day, with its name in the contract."""

    name: str
    description: str
    rule: terms.RowRule | terms.BatchRule


@dataclass(frozen=True, slots=True)
class Contract:
    """What is agreed about one feed; one row is one ``grain``.

    Attributes:
        feed: feed name; ``name``: empty for the national contract, else the name of a small
            contract beside it (``planning_desk``).
        version: semantic version; a replay uses the version its run pinned.
        title_vi, purpose: what people read.
        grain: what one row is.
        fields: in file order.
        key: fields of the natural key, in key order.
        rules: rules over rows and over the day, in file order.
        frequency: how often it is owed.
    """

    feed: str
    name: str
    version: str
    title_vi: str
    purpose: str
    grain: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rules: tuple[NamedRule, ...]
    frequency: Frequency = "day"

    @property
    def id(self) -> str:
        """Return ``feed/[name-]version``, as runs pin it."""
        named = f"{self.name}-" if self.name else ""
        return f"{self.feed}/{named}{self.version}"

    @property
    def day_field(self) -> str:
        """Return the field whose local day is the partition's day, empty for snapshots."""
        day = self.batch(terms.Day)
        return day.field if day and day.basis == "event" else ""

    def field(self, name: str) -> Field:
        """Return a field by name.

        Raises:
            ConfigError: the contract has no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise ConfigError(
            "unknown field",
            where=self.id,
            seen=name,
            allowed=", ".join(f.name for f in self.fields),
        )

    def batch(self, kind: type[_Rule]) -> _Rule | None:
        """Return the rule of a kind, None where the contract has none."""
        return next((n.rule for n in self.rules if isinstance(n.rule, kind)), None)

    def named(self, kind: type[_Rule]) -> Iterator[tuple[str, _Rule]]:
        """Yield (name, rule) of every rule of a kind, in file order."""
        for named in self.rules:
            if isinstance(named.rule, kind):
                yield named.name, named.rule


def feeds() -> tuple[str, ...]:
    """Return the names of the feeds under contract."""
    return tuple(sorted(folder.name for folder in _root().iterdir() if folder.is_dir()))


def versions(feed: str, name: str = "") -> tuple[str, ...]:
    """Return the versions of a contract, oldest first.

    Raises:
        ConfigError: there is no such feed.
    """
    if feed not in feeds():
        raise ConfigError(
            "unknown feed", where="contracts/feeds", seen=feed, allowed=", ".join(feeds())
        )
    found = (folder.name.rpartition("-") for folder in _root().joinpath(feed).iterdir())
    return tuple(
        sorted((v for n, _, v in found if n == name), key=lambda v: [int(p) for p in v.split(".")])
    )


def names(feed: str) -> tuple[str, ...]:
    """Return the names of a feed's contracts, the national one (empty name) first."""
    return tuple(sorted({f.name.rpartition("-")[0] for f in _root().joinpath(feed).iterdir()}))


@cache
def load_contract(feed: str, name: str = "", version: str = "") -> Contract:
    """Return a contract; by default the newest national one of the feed.

    Raises:
        ConfigError: there is no such contract or its file is wrong.
    """
    known = versions(feed, name)
    chosen = version or (known[-1] if known else "")
    if chosen not in known:
        raise ConfigError(
            "unknown contract",
            where=f"contracts/feeds/{feed}",
            seen=f"{name}-{version}".strip("-"),
            allowed=", ".join(known),
        )
    return read_contract(folder(feed, name, chosen), feed=feed, name=name)


def pinned_contract(identity: str) -> Contract:
    """Return the contract that a run pinned, from its ``Contract.id``.

    Raises:
        ConfigError: that version is no longer shipped.
    """
    feed, _, rest = identity.partition("/")
    name, _, version = rest.rpartition("-")
    return load_contract(feed, name, version)


def folder(feed: str, name: str, version: str) -> Traversable:
    """Return the folder of a contract version: the file and its examples."""
    return _root().joinpath(feed, f"{name}-{version}" if name else version)


def read_contract(place: Traversable, *, feed: str, name: str = "") -> Contract:
    """Read one contract file.

    Raises:
        ConfigError: the file is no ODCS 3.1 contract or holds a rule we do not know.
    """
    try:
        odcs = read_odcs(place)
        return _contract(odcs, feed, name)
    except (ValidationError, ValueError, KeyError) as error:
        raise ConfigError(
            "the contract cannot be read", where=str(place.joinpath(FILE)), seen=str(error)
        ) from error


def read_odcs(place: Traversable) -> OpenDataContractStandard:
    """Return the ODCS model of a contract file."""
    text = place.joinpath(FILE).read_text(encoding="utf-8")
    return OpenDataContractStandard(**yaml.safe_load(text))


def _root() -> Traversable:
    return files("contracts").joinpath("feeds")


def _contract(odcs: OpenDataContractStandard, feed: str, name: str) -> Contract:
    if odcs.apiVersion != API_VERSION or not odcs.schema_ or len(odcs.schema_) != 1:
        raise ValueError(f"expected one schema of ODCS {API_VERSION}")
    table = odcs.schema_[0]
    fields = tuple(_field(p) for p in table.properties or [])
    contract = Contract(
        feed=feed,
        name=name,
        version=odcs.version or "",
        title_vi=odcs.name or "",
        purpose=(odcs.description.purpose if odcs.description else None) or "",
        grain=table.dataGranularityDescription or "",
        fields=fields,
        key=_key(table),
        rules=tuple(_named(q) for q in _ours(table.quality)),
        frequency=_frequency(odcs),
    )
    _check_names(contract)
    _check_scales(contract)
    return contract


def _frequency(odcs: OpenDataContractStandard) -> Frequency:
    """Return how often the feed is owed; ODCS says it as a service level, 1 d, m, q or y."""
    for sla in odcs.slaProperties or []:
        if sla.property == "frequency":
            for frequency in FREQUENCIES:
                if (sla.value, sla.unit) == (1, frequency[0]):
                    return frequency
            raise ValueError(f"frequency is 1 of d, m, q, y, not {sla.value} {sla.unit}")
    return "day"


def _key(table: SchemaObject) -> tuple[str, ...]:
    parts = [p for p in table.properties or [] if p.primaryKey]
    parts.sort(key=lambda p: p.primaryKeyPosition or 0)
    if not parts:
        raise ValueError("the contract names no primary key")
    return tuple(p.name or "" for p in parts)


def _field(prop: SchemaProperty) -> Field:
    own = tuple(terms.FIELD_RULE.validate_python(q.implementation) for q in _ours(prop.quality))
    options: dict[str, Any] = prop.logicalTypeOptions or {}
    return Field(
        name=prop.name or "",
        kind=_kind(prop, own),
        title_vi=prop.businessName or "",
        description=prop.description or "",
        required=bool(prop.required),
        pattern=options.get("pattern", ""),
        max_length=options.get("maxLength", 0),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        rules=own,
    )


def _kind(prop: SchemaProperty, own: tuple[terms.FieldRule, ...]) -> Kind:
    for rule in own:
        match rule:
            case terms.CodeList():
                return Kind.LIST
            case terms.Organisation():
                return Kind.ORG
            case terms.Area():
                return Kind.AREA
            case terms.Amount():
                return Kind.AMOUNT
            case terms.Measure():
                return Kind.MEASURE
    return _LOGICAL[prop.logicalType or ""]


def _ours(quality: list[DataQuality] | None) -> list[DataQuality]:
    return [q for q in quality or [] if q.type == "custom" and q.engine == terms.ENGINE]


def _named(quality: DataQuality) -> NamedRule:
    rule = terms.TABLE_RULE.validate_python(quality.implementation)
    return NamedRule(quality.name or rule.rule, quality.description or "", rule)


def _check_names(contract: Contract) -> None:
    known = {f.name for f in contract.fields}
    for rule in [n.rule for n in contract.rules] + [r for f in contract.fields for r in f.rules]:
        named = {getattr(rule, a, "") for a in ("field", "earlier", "later", "whole")}
        named |= {*getattr(rule, "parts", ()), *getattr(rule, "fields", ())}
        if missing := named - known - {""}:
            raise ValueError(f"{rule.rule} names unknown fields: {', '.join(sorted(missing))}")


def _check_scales(contract: Contract) -> None:
    """Insist that what is added up has one unit and one number of decimals."""
    for named in contract.rules:
        if isinstance(named.rule, terms.SumAtMost | terms.SumEquals):
            names = (*named.rule.parts, named.rule.whole)
            scales = {contract.field(name).scale for name in names}
            if len(scales) > 1:
                raise ValueError(f"{named.name} adds up different units: {sorted(scales)}")
