"""Packet definitions: our name of every field, its name on the wire, its type, and whether it must.

Source: QCVN 125:2021/BTTTT (TT 02/2021/TT-BTTTT) names 13 packets; it is their fields' names that
are configuration.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.errors import ConfigError
from contracts.partition import ZONE
from contracts.yaml_file import read_model

FOLDER = Path(__file__).parent / "packets"
STANDARD = "QCVN 125:2021/BTTTT"

Kind = Literal[
    "regime",
    "form",
    "form_outline",
    "report_data",
    "list_data",
    "outline",
    "status",
    "period",
    "indicator",
    "kpi_set",
    "kpi_group",
    "kpi_disaggregation",
    "kpi_data",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The 13 packets, in the order of the standard."""
ENVELOPE = "envelope"

Wire = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=60)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]
Text = Annotated[str, StringConstraints(min_length=2, max_length=120)]
Type = Literal["text", "number", "value", "flag", "date", "moment", "texts", "object", "list"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WireField(_Strict):
    """One field.

    Attributes:
        wire: its name on the wire.
        type: ``text``; ``number`` (whole numbers as JSON numbers, decimals as text, so that no
            reader rounds them); ``value`` (text or number); ``flag``; ``date``; ``moment`` (with
            the offset of Asia/Ho_Chi_Minh); ``texts`` (a list of text); ``object``; ``list`` (of
            objects).
        required: whether a packet without it must not leave.
        of: fields of an object or of each entry of a list.
    """

    wire: Wire
    type: Type
    required: bool = True
    of: "Fields" = Field(default_factory=dict)

    @model_validator(mode="after")
    def _only_lists_hold_fields(self) -> Self:
        if self.of and self.type not in {"object", "list"}:
            raise ValueError("only an object or a list has fields of its own (of)")
        if self.type == "list" and not self.of:
            raise ValueError("a list names the fields of its entries (of)")
        _check_once(self.of)
        return self


Fields = Mapping[Name, WireField]


class Definition(_Strict):
    """One packet's file; its name is the packet's kind.

    Attributes:
        number: place in the standard, 1..13; 0 is the envelope.
        wire: the kind's name on the wire.
        name_vi, name_en: for people.
        fields: our name -> field.
    """

    number: Annotated[int, Field(ge=0, le=13)]
    wire: Wire
    name_vi: Text
    name_en: Text
    fields: Fields = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _check_once(self.fields)
        return self


def _check_once(fields: Fields) -> None:
    names = [field.wire for field in fields.values()]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two fields have one name on the wire: {', '.join(sorted(twice))}")


Definitions = Mapping[str, Definition]


@cache
def definitions(folder: Path | None = None) -> Definitions:
    """Return kind -> definition, and ``envelope``.

    Raises:
        ConfigError: a file is missing, strange or not as agreed.
    """
    folder = folder or FOLDER
    found = {path.stem: read_model(path, Definition) for path in sorted(folder.glob("*.yaml"))}
    wanted = {*KINDS, ENVELOPE}
    if found.keys() != wanted:
        raise ConfigError(
            "the folder holds one file per packet and the envelope",
            code="PACKET",
            where=str(folder),
            seen=", ".join(sorted(found.keys() ^ wanted)),
            allowed=", ".join(sorted(wanted)),
        )
    return found


def encode(packet: Definition, values: Mapping[str, Any]) -> bytes:
    """Return values as canonical JSON (UTF-8, keys in the file's order, no blanks).

    The same values always give the same bytes.

    Raises:
        ConfigError: PACKET-FIELD, a value is missing, of another type, or has no field.
    """
    wire = _object(packet.fields, values, packet.wire)
    return json.dumps(wire, ensure_ascii=False, separators=(",", ":")).encode()


def wire_value(packet: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values under their names on the wire.

    Raises:
        ConfigError: as in ``encode``.
    """
    return _object(packet.fields, values, packet.wire)


def _object(fields: Fields, values: Any, where: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise _wrong(where, values, "object")
    if strange := values.keys() - fields.keys():
        raise _wrong(f"{where}.{min(strange)}", "", "a field of the packet's file")
    wire = {}
    for name, field in fields.items():
        value = values.get(name)
        if value is not None and value != "":
            wire[field.wire] = _value(field, value, f"{where}.{field.wire}")
        elif field.required:
            raise _wrong(f"{where}.{field.wire}", value, f"{field.type}, required")
    return wire


def _value(field: WireField, value: Any, where: str) -> Any:
    match field.type:
        case "object":
            return _object(field.of, value, where) if field.of else dict(value)
        case "list":
            return [_object(field.of, e, f"{where}[{n}]") for n, e in enumerate(_list(value))]
        case "texts":
            return [_scalar("text", entry, where) for entry in _list(value)]
    return _scalar(field.type, value, where)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else []


def _scalar(kind: str, value: Any, where: str) -> str | int | bool:
    match kind, value:
        case ("flag", bool()) | ("text" | "value", str()):
            return value  # type: ignore[no-any-return]
        case "number" | "value", int() if not isinstance(value, bool):
            return value
        case "number" | "value", Decimal() if value.is_finite():
            return f"{value.normalize():f}"
        case "number", str() if _is_decimal(value):
            return value
        case "moment", datetime() if value.tzinfo:
            return value.astimezone(ZONE).isoformat(timespec="microseconds")
        case "date", date() if not isinstance(value, datetime):
            return value.isoformat()
    raise _wrong(where, value, kind)


def _is_decimal(text: str) -> bool:
    """Tell whether a text is a decimal as signed figures keep one: ``17.97``."""
    return re.fullmatch(r"-?\d+\.\d+", text) is not None


def _wrong(where: str, seen: object, allowed: str) -> ConfigError:
    return ConfigError(
        "a packet is not as its file says",
        code="PACKET-FIELD",
        where=where,
        seen=f"{seen!r}"[:60],
        allowed=allowed,
        action="hold serving/publication/packets (or HUB_PACKETS) against docs/publication.md",
    )
