"""JSON Schema of a contract for providers: what one row must look like, fields by our names."""

from datetime import date
from typing import Any

from contracts import rule as terms
from contracts.check import narrowed
from contracts.code_list import CodeLists
from contracts.model import Contract, Field, Kind

_FORMAT = {Kind.INSTANT: "date-time", Kind.DATE: "date"}
_TYPE = {Kind.INTEGER: "integer", Kind.AMOUNT: "integer", Kind.MEASURE: "number"}


def provider_schema(contract: Contract, day: date) -> dict[str, Any]:
    """Return a JSON Schema (2020-12) of one row, with the code lists as of a day.

    It says less than the judge: rules across rows and days cannot be said in JSON Schema.
    """
    lists = CodeLists.load(day)
    conditions = [_condition(f, r) for f in contract.fields for r in f.rules if _conditional(r)]
    for _, rule in contract.named(terms.RequiredAny):
        conditions.append({"anyOf": [_has(field) for field in rule.fields]})
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": contract.title_vi,
        "description": f"{contract.id}: {contract.grain}",
        "type": "object",
        "properties": {f.name: _property(f, lists) for f in contract.fields},
        "required": [f.name for f in contract.fields if f.required],
    }
    return schema | ({"allOf": conditions} if conditions else {})


def _property(field: Field, lists: CodeLists) -> dict[str, Any]:
    said: dict[str, Any] = {"title": field.title_vi, "description": field.description}
    kind = _TYPE.get(field.kind, "string")
    said["type"] = kind if field.required else [kind, "null"]
    if field.list:
        codes = list(narrowed(field, lists))
        said["enum"] = codes if field.required else [*codes, None]
    if field.kind in _FORMAT:
        said["format"] = _FORMAT[field.kind]
    limits = {
        "pattern": field.pattern,
        "maxLength": field.max_length or None,
        "minimum": field.minimum,
        "maximum": field.maximum,
    }
    unit, digits = field.scale
    if unit:
        said["description"] += f" ({unit}, 10^-{digits})"
    return said | {name: limit for name, limit in limits.items() if limit not in (None, "")}


def _conditional(rule: terms.FieldRule) -> bool:
    return isinstance(rule, terms.RequiredWhen | terms.RequiredUnless)


def _condition(field: Field, rule: terms.FieldRule) -> dict[str, Any]:
    if not isinstance(rule, terms.RequiredWhen | terms.RequiredUnless):
        return {}
    test = {"properties": {rule.field: {"enum": list(rule.codes)}}}
    branch = "else" if isinstance(rule, terms.RequiredUnless) else "then"
    return {"if": test, branch: _has(field.name)}


def _has(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}
