"""Rows of a database, carried as bytes: one JSON line per block of rows, columns by name.

The seam is the wire, not a table: rows are written down as they come from the cursor, and the
same ``Reply``, ``Body`` and ``Decoder`` as for a file carry them on. So byte caps, digests,
retries, landing and replay hold for databases without a second path through the driver;
of the time that rows take from a PostgreSQL it costs 3 %.
"""

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from connectors.connection import Connection
from connectors.decode import KnownNames
from connectors.line import Clock
from connectors.patience import Patience
from connectors.source import Source
from connectors.sql_error import told
from connectors.sql_options import Options
from connectors.sql_session import open_session
from connectors.sql_statement import Table
from connectors.transport import Reply, Wire
from contracts.errors import ConfigError, ContractBroken, SourceUnavailable
from contracts.page import Value

BLOCK = 5_000
"""Rows fetched and handed on at once."""
_PLAIN = {str, int, bool, type(None)}
_WIDE = 2**63
_BROKEN = (SQLAlchemyError, UnicodeError)


def open_transport(source: Source, patience: Patience) -> "SqlTransport":
    """Return the transport of a database's connection.

    Raises:
        ConfigError: the kind is not ``sql_query``, or a key column is ignored on purpose.
    """
    options, place = source.options, f"{source.agency}/{source.feed}"
    if not isinstance(options, Options):
        raise ConfigError(
            "A database is read by kind sql_query", where=place, seen=source.system.kind
        )
    known = KnownNames(source.source_map)
    if hidden := {k for k in options.key if known.knows(k)} - set(source.source_map.paths):
        raise ConfigError(
            "A key column is ignored on purpose, but keys are archived",
            where=place,
            seen=min(hidden),
        )
    columns = tuple(dict.fromkeys((*source.source_map.paths, *options.key)))
    silence = patience.read or source.system.read_seconds
    table = Table(options, columns, source.connection.scheme)
    return SqlTransport(
        source.connection,
        table,
        len(source.source_map.paths),
        (patience.connect, silence),
        # a long sum may be thought over in silence, so only the deadline holds, no least rate
        Clock(replace(patience, grace=patience.answer)),
    )


class SqlTransport:
    """Asks one database in one snapshot; counts, then reads pages of rows.

    Args:
        connection: where.
        table: what its statements read.
        kept: how many of the table's columns are handed on; key columns may follow them.
        seconds: to open a session, and for one statement.
        clock: deadline of one page.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        kept: int,
        seconds: tuple[float, float],
        clock: Clock,
    ) -> None:
        self._connection, self._table, self._kept = connection, table, kept
        self._seconds, self._clock = seconds, clock
        self._session: sa.Connection | None = None
        self._has_answered = False

    def close(self) -> None:
        """End the session; a server that is gone already does not matter."""
        if self._session:
            with suppress(*_BROKEN, OSError):
                self._session.close()
            self._session = None

    def send(self, wire: Wire, most: int) -> Reply:
        """Count or read rows.

        Raises:
            SourceUnavailable: NET-CONNECT, NET-TIMEOUT, APP-ERROR; while rows are read: NET-SLOW.
            SourceRefused: AUTH, TLS.
            ContractBroken: DRIFT-MISSING, ENCODING; PAGE-DRIFT, the snapshot was lost, so that
                only a pull from the beginning can be whole; while rows are read: TOO-BIG.
        """
        self._clock.start()
        asked: Mapping[str, Any] = json.loads(wire.body or b"{}")
        if wire.method == "COUNT":
            lines = self._guarded(lambda: self._count(asked))
        else:
            lines = self._guarded(lambda: self._rows(asked, most))
        first = next(lines)
        return Reply(200, {}, chain((first,), lines), close=lines.close)

    def _guarded(self, read: Callable[[], Iterator[bytes]]) -> "Generator[bytes]":
        try:
            yield from read()
        except _BROKEN as error:
            self.close()
            failure = told(error, self._connection.scheme)
            if self._has_answered and isinstance(failure, SourceUnavailable):
                raise ContractBroken(
                    "The snapshot was lost in mid-pull", code="PAGE-DRIFT", seen=failure.code
                ) from error
            raise failure from error
        self._has_answered = True

    def _open(self) -> sa.Connection:
        if self._session is None:
            self._session = open_session(self._connection, *self._seconds)
        return self._session

    def _count(self, asked: Mapping[str, Any]) -> Iterator[bytes]:
        rows = self._open().execute(self._table.count(asked)).scalar_one()
        yield json.dumps({"rows": int(rows)}).encode()

    def _rows(self, asked: Mapping[str, Any], most: int) -> Iterator[bytes]:
        size, columns = 0, self._table.columns
        stream = self._open().execution_options(yield_per=BLOCK)
        result = stream.execute(self._table.page(asked))
        with result:
            for rows in result.partitions():
                line = self._line(list(zip(*rows, strict=True)), asked["key"])
                self._clock.count(len(line))
                size += len(line)
                if size > most:
                    raise ContractBroken(
                        "The page is too big", code="TOO-BIG", allowed=f"{most} bytes"
                    )
                yield line
        if not size:
            yield self._line([()] * len(columns), asked["key"])

    def _line(self, values: Sequence[Sequence[Any]], key: Sequence[str]) -> bytes:
        names = self._table.columns
        places = [names.index(name) for name in key]
        block = {
            "rows": len(values[0]),
            "columns": dict(zip(names, map(as_received, values[: self._kept]), strict=False)),
            "last": {names[p]: _key_value(values[p][-1]) for p in places if values[p]},
        }
        return msgspec.json.encode(block) + b"\n"


def as_received(values: Sequence[Any]) -> list[Value]:
    """Return a column as texts and whole numbers, nothing rounded.

    >>> as_received([Decimal("1.50"), None, date(2026, 11, 20)])
    ['1.50', None, '2026-11-20']
    """
    kinds = set(map(type, values))
    if kinds <= _PLAIN and (int not in kinds or _are_short(values)):
        return list(values)
    if len(kinds) == 1 and (written := _TEXTS.get(*kinds)):
        return list(map(written, values))
    return [_received(value) for value in values]


def _are_short(values: Sequence[Any]) -> bool:
    numbers = [value for value in values if type(value) is int]
    return min(numbers) >= -_WIDE and max(numbers) < _WIDE


def _received(value: Any) -> Value:
    if type(value) in _PLAIN:
        is_wide = type(value) is int and not -_WIDE <= value < _WIDE
        return str(value) if is_wide else value
    return _TEXTS.get(type(value), str)(value)


_TEXTS: Mapping[type, Callable[[Any], str]] = {
    Decimal: lambda value: f"{value:f}",
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
    bytes: bytes.hex,
    memoryview: lambda value: value.hex(),
    dict: lambda value: json.dumps(value, ensure_ascii=False),
    list: lambda value: json.dumps(value, ensure_ascii=False),
}


def _key_value(value: Any) -> Value:
    """Return a key as it is bound again: a whole number of a decimal column as a number."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value if type(value) in _PLAIN else None
