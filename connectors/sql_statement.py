"""What a SQL request asks, as statements of SQLAlchemy: bound values, named columns, no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from connectors.sql_options import Options
from contracts.partition import ZONE

_ROW_VALUES = frozenset({"postgresql"})
"""Who compares ``(a, b) > (1, 2)`` by an index; MySQL knows it but reads the whole table."""

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """What the statements of one source read.

    Attributes:
        options: name, own SELECT.
        columns: names to read: the source map's paths, then key columns that are not among them.
        scheme: the connection's: ``postgresql``, ``mysql``, ``mssql`` or ``oracle``.
    """

    options: Options
    columns: tuple[str, ...]
    scheme: str

    def count(self, asked: Mapping[str, Any]) -> sa.Select[Any]:
        """Return the statement that counts the day's rows."""
        rows = sa.func.count().label("rows_of_day")
        return sa.select(rows).select_from(self._source(asked)).where(*self._day(asked))

    def page(self, asked: Mapping[str, Any]) -> sa.Select[Any]:
        """Return the statement that reads one page in the order of its key."""
        key = [_column(name) for name in asked["key"]]
        page = sa.select(*map(_column, self.columns)).select_from(self._source(asked))
        page = page.where(*self._day(asked))
        if asked["after"]:
            page = page.where(_beyond(key, asked["after"], row=self.scheme in _ROW_VALUES))
        return page.order_by(*key).limit(asked["limit"])

    def _source(self, asked: Mapping[str, Any]) -> sa.FromClause:
        if not self.options.select:
            schema, _, name = self.options.table.rpartition(".")
            return sa.table(name, schema=schema or None)
        binds: list[sa.BindParameter[Any]] = [
            sa.bindparam(name, self._moment(text)) for name, text in asked.get("binds", {}).items()
        ]
        columns = map(_column, self.columns)
        written = sa.text(self.options.select).bindparams(*binds).columns(*columns)
        return written.subquery(self.options.table)

    def _day(self, asked: Mapping[str, Any]) -> list[Column]:
        found = [_column(name) == text for name, text in asked.get("where", {}).items()]
        if day := asked.get("day"):
            column = _column(day["column"])
            found.append(column >= self._moment(day["from"]))
            found.append(column < self._moment(day["to"]))
        return found

    def _moment(self, text: str) -> str | date | datetime:
        """Return a bound as the server compares it: date, local time, or an instant.

        Only PostgreSQL's driver sends zones. SQL Server takes a time without zone for UTC where
        it meets one with zone, the others take it for the session's zone, which we set.
        """
        if text[:1].isalpha():
            return text
        if "T" not in text:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or self.scheme == "postgresql":
            return moment
        return moment.astimezone(UTC if self.scheme == "mssql" else ZONE).replace(tzinfo=None)


def _column(name: str) -> sa.ColumnClause[Any]:
    return sa.column(name)


def _beyond(key: Sequence[Column], last: Sequence[Any], *, row: bool) -> Column:
    """Return ``(k1, k2) > (v1, v2)``, spelled out where row values are unknown or slow.

    The first comparison of the spelled form says nothing new; it lets an index begin there.
    """
    beyond: Column = key[0] > last[0]
    if len(key) == 1:
        return beyond
    if row:
        return sa.tuple_(*key) > sa.tuple_(*map(sa.literal, last))
    ways = [
        sa.and_(*(k == v for k, v in zip(key[:i], last[:i], strict=True)), key[i] > last[i])
        for i in range(len(key))
    ]
    return sa.and_(key[0] >= last[0], sa.or_(*ways))
