"""The strict reader: slow, says exactly what is wrong, alters no number."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from connectors.decode import KnownNames, tell_names
from connectors.json_path import split_path
from contracts.errors import ContractBroken
from contracts.page import BrokenRow, Value

_INT64 = range(-(2**63), 2**63)
_DIGITS = 20
"""No 64-bit integer is written with more characters."""


def read_strictly(text: str) -> Any:
    """Return a JSON document; fractions and integers past 64 bits as the text they were.

    Raises:
        ContractBroken: JSON-DUPKEY, JSON-NONFINITE, NUM-RANGE (a number past every float),
            DEPTH or JSON-SYNTAX.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise ContractBroken(
            "The answer is no whole JSON document",
            code="JSON-SYNTAX",
            seen=f"{error.msg} at character {error.pos} of {len(text)}",
        ) from None
    except RecursionError:
        raise ContractBroken("The JSON is nested too deeply", code="DEPTH") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        told = ", ".join(tell_names([double]))
        raise ContractBroken("A JSON object names a key twice", code="JSON-DUPKEY", seen=told)
    return value


def _fraction(text: str) -> str:
    if not math.isfinite(float(text)):
        raise ContractBroken("A number is past every range", code="NUM-RANGE", seen=text[:40])
    return text


def _integer(text: str) -> int | str:
    if len(text) > _DIGITS or int(text) not in _INT64:
        return text
    return int(text)


def _constant(text: str) -> NoReturn:
    raise ContractBroken("JSON knows no such number", code="JSON-NONFINITE", seen=text)


def pick(document: Any, path: str) -> Any:
    """Return what stands at a path, None where any part is absent or null.

    Raises:
        TypeError: something on the way is neither an object nor null.
    """
    value = document
    for name in split_path(path):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TypeError(path)
        value = value.get(name)
    return value


def pick_row(number: int, record: Any, paths: tuple[str, ...]) -> list[Value] | BrokenRow:
    """Return a record's values at the paths, or why it cannot be kept."""
    if not isinstance(record, dict):
        return BrokenRow(number, "DRIFT-TYPE", f"record is {_json_type(record)}", "object")
    values: list[Value] = []
    for path in paths:
        try:
            value = pick(record, path)
        except TypeError:
            return BrokenRow(number, "DRIFT-TYPE", f"no object on the way to {path}", "object")
        if isinstance(value, dict | list):
            return BrokenRow(number, "DRIFT-TYPE", f"{_json_type(value)} at {path}", "one value")
        if isinstance(value, str) and (broken := text_flaw(number, value, path)):
            return broken
        values.append(value)
    return values


def text_flaw(number: int, text: str, path: str) -> BrokenRow | None:
    """Return why a text cannot be stored: NUL, a byte that is no UTF-8, a lone surrogate."""
    if "\x00" in text:
        return BrokenRow(number, "NUL", f"NUL in {path}", "text without NUL")
    if text.isascii():
        return None
    flaws = [c for c in text if "\ud800" <= c <= "\udfff"]
    if not flaws:
        return None
    if "\udc80" <= flaws[0] <= "\udcff":  # surrogateescape of a byte
        return BrokenRow(number, "ENCODING-ROW", f"byte 0x{ord(flaws[0]) & 0xFF:02x} in {path}")
    return BrokenRow(number, "UNICODE", f"lone surrogate in {path}", "paired surrogates")


def _json_type(value: Any) -> str:
    match value:
        case dict():
            return "object"
        case list():
            return "array"
        case None:
            return "null"
    return type(value).__name__


def unknown_names(record: Any, known: KnownNames, above: str = "") -> Iterator[str]:
    """Yield the dotted names in a record that nobody declared; below an unknown one only itself.

    A list of objects is read through, its positions are no names.
    """
    if isinstance(record, list):
        for item in record:
            yield from unknown_names(item, known, above)
    if not isinstance(record, dict):
        return
    for key, value in record.items():
        name = f"{above}{key}"
        if known.knows(name):
            continue
        if known.contains(name):
            yield from unknown_names(value, known, f"{name}.")
        else:
            yield name


def count_keys(value: Any) -> int:
    """Return how many keys stand in a value, at all depths."""
    match value:
        case dict():
            return len(value) + sum(count_keys(item) for item in value.values())
        case list():
            return sum(count_keys(item) for item in value)
    return 0
