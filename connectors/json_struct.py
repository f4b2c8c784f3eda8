"""Readers made from an allow-list: one msgspec struct per object, one list per kept path."""

from collections.abc import Callable, Iterable
from functools import cache
from math import isfinite
from typing import Annotated, Any

import msgspec

from connectors.json_path import split_path
from contracts.errors import ConfigError
from contracts.page import Value

_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_PLAIN = str | _INT64 | bool | None
_SCALARS = {str, int, bool, type(None)}
_LIMIT = 2**63

Tree = dict[str, Any]
Columns = dict[str, list[Value]]
Content = tuple[int, Columns, dict[str, Value]]
"""Rows, columns, envelope."""


@cache
def reader(
    paths: tuple[str, ...], envelope: tuple[str, ...], rows: str, *, fractions: bool = False
) -> Callable[[bytes], Content]:
    """Return a function that reads an answer.

    It raises ``msgspec.MsgspecError``, ``UnicodeDecodeError``, ``RecursionError`` or, with
    ``fractions``, ``TypeError`` where an answer is not of the expected build.

    Args:
        paths: dotted paths to keep of each record.
        envelope: dotted paths to keep beside the records.
        rows: dotted path of the records; empty where the document is the list of them.
        fractions: take fractions (as text) and integers past 64 bits (as text) too; costs a
            type check of every value.
    """
    leaf: Any = Any if fractions else _PLAIN
    record = _tree(paths, leaf)
    document = list[_struct(record)] if not rows else _document(envelope, rows, record, leaf)  # type: ignore[misc]
    decoder = msgspec.json.Decoder(document, float_hook=_fraction if fractions else None)
    columns = {path: _column(record, path) for path in paths}
    around, find_rows = _around(envelope, rows, leaf)

    def read(data: bytes) -> Content:
        content = decoder.decode(data)
        records = (find_rows([content])[0] or []) if rows else content
        kept = {path: column(records) for path, column in columns.items()}
        if fractions:
            kept = {path: _plain(values) for path, values in kept.items()}
        return len(records), kept, {path: get([content])[0] for path, get in around.items()}

    return read


@cache
def splitter(rows: str) -> Callable[[bytes], list[bytes]]:
    """Return a function that cuts an answer into its records' bytes, unread."""
    if not rows:
        return msgspec.json.Decoder(list[msgspec.Raw]).decode  # type: ignore[return-value]
    tree = _tree((rows,), list[msgspec.Raw] | None)
    decoder, find = msgspec.json.Decoder(_struct(tree)), _column(tree, rows)
    return lambda data: find([decoder.decode(data)])[0] or []


def _around(
    envelope: tuple[str, ...], rows: str, leaf: Any
) -> tuple[dict[str, Callable[[Any], list[Any]]], Callable[[Any], list[Any]]]:
    if not rows:
        return {}, lambda documents: documents
    tree = _tree((*envelope, rows), leaf)
    return {path: _column(tree, path) for path in envelope}, _column(tree, rows)


def _document(envelope: tuple[str, ...], rows: str, record: Tree, leaf: Any) -> type:
    tree = _tree((*envelope, rows), leaf)
    *above, last = split_path(rows)
    node = tree
    for name in above:
        node = node[name]
    node[last] = list[_struct(record)] | None  # type: ignore[misc]
    return _struct(tree)


def _tree(paths: Iterable[str], leaf: Any) -> Tree:
    tree: Tree = {}
    for path in paths:
        *above, last = split_path(path)
        node = tree
        for name in above:
            node = node.setdefault(name, {})
            if not isinstance(node, dict):
                break
        if not isinstance(node, dict) or isinstance(node.get(last), dict):
            raise ConfigError("A path is both a value and an object", seen=path)
        node[last] = leaf
    return tree


def _struct(tree: Tree) -> type[msgspec.Struct]:
    """Return a struct of a tree's keys: f0, f1, … so that any key can be one."""
    fields = [
        (f"f{i}", _struct(kind) | None if isinstance(kind, dict) else kind, None)
        for i, kind in enumerate(tree.values())
    ]
    rename = {f"f{i}": key for i, key in enumerate(tree)}
    return msgspec.defstruct("Node", fields, rename=rename, gc=False, eq=False)


def _column(tree: Tree, path: str) -> Callable[[Any], list[Any]]:
    """Return a function from structs to the values at a path.

    Compiled, since a comprehension over attributes costs 12 ns a value and ``attrgetter`` 25.
    The names in it are f0, f1, … and never a source's.
    """
    chain, node = [], tree
    for name in split_path(path):
        chain.append(f"f{list(node).index(name)}")
        node = node[name]
    *above, last = chain
    if not above:
        source = f"lambda rows: [r.{last} for r in rows]"
    else:
        tests = [
            f"(x := r.{above[0]}) is None",
            *(f"(x := x.{name}) is None" for name in above[1:]),
        ]
        source = f"lambda rows: [None if {' or '.join(tests)} else x.{last} for r in rows]"
    column: Callable[[Any], list[Any]] = eval(source)  # noqa: S307 - see the docstring
    return column


def _fraction(text: str) -> str:
    if not isfinite(float(text)):
        raise ValueError(text)
    return text


def _plain(values: list[Any]) -> list[Value]:
    kinds = set(map(type, values))
    if not kinds <= _SCALARS:
        raise TypeError(kinds)
    if int not in kinds:
        return values
    return [str(v) if type(v) is int and not -_LIMIT <= v < _LIMIT else v for v in values]
