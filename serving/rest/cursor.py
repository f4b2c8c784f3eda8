"""Cursors: where the next page begins, as a text that only we read."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec

from serving.problem import Problem
from warehouse.catalogue import Column
from warehouse.dataset import Row, Selection

_BIG = 2**63


def cursor_of(dataset: str, chosen: Selection, key: Row) -> str:
    """Return the cursor of the row with a key; it holds for the same question alone."""
    text = msgspec.json.encode([_question(dataset, chosen), *key])
    return urlsafe_b64encode(text).decode().rstrip("=")


def key_after(cursor: str, dataset: str, chosen: Selection, key: Sequence[Column]) -> Row:
    """Return the key that a cursor names.

    Raises:
        Problem: 400, it is none of ours, or belongs to another question.
    """
    try:
        question, *values = msgspec.json.decode(
            urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        _check(question, _question(dataset, chosen))
        return tuple(_value(one.type, value) for one, value in zip(key, values, strict=True))
    except (binascii.Error, msgspec.DecodeError, ValueError, TypeError) as error:
        raise Problem(
            400,
            "CURSOR",
            "the cursor belongs to another question",
            seen=cursor[:40],
            allowed="`next` của trang trước / `next` of the page before",
        ) from error


def _check(seen: Any, wanted: str) -> None:
    if seen != wanted:
        raise ValueError("of another question")


def _value(of_type: str, value: Any) -> Any:
    match of_type, value:
        case "day", str():
            return date.fromisoformat(value)
        case "integer", int() if -_BIG <= value < _BIG:
            return value
        case "text", str() if "\0" not in value:
            return value
    raise ValueError("of another type")


def _question(dataset: str, chosen: Selection) -> str:
    asked = f"{dataset} {chosen.first} {chosen.last} {chosen.basis} {chosen.agency}"
    return sha256(asked.encode()).hexdigest()[:16]
