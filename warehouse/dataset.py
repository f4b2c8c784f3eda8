"""Rows of marts for those who take them away: filtered, in the order of their key, from any place.

Rows come through a server-side cursor, so that however many there are, few are held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg2 import sql

from warehouse.catalogue import Column, Relation
from warehouse.database import Connection, read_snapshot, run, translated
from warehouse.figures import Coverage
from warehouse.map import Basis, map_day
from warehouse.statement import statement

BLOCK_ROWS = 2_000
"""Rows fetched at a time: about 1 MB."""
PLACE = (
    Column("map_code", "text", "đơn vị trên bản đồ đã chọn", "unit on the chosen map"),
    Column(
        "map_mark",
        "text",
        "vì sao không đúng đơn vị ấy: not_divisible, not_on_map",
        "why it is not simply that unit",
    ),
)
"""Columns that every mart with agencies gains: where a row stands on the chosen map."""
_CASTS = {"day": "date", "integer": "bigint", "text": "text"}
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows are asked for.

    Attributes:
        first, last: days, both included.
        basis: the map that agencies stand on.
        agency: code on that map; empty = all.
        today: the day that it is now.
        after: key of the row that the first one follows; empty = from the beginning.
    """

    first: date
    last: date
    today: date
    basis: Basis = "reported"
    agency: str = ""
    after: Row = ()


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind figures.

    Attributes:
        coverage: partitions owed and there.
        as_of: instant of the newest load among them, None for none.
    """

    coverage: Coverage
    as_of: datetime | None


def has_days(relation: Relation) -> bool:
    """Tell whether rows of a mart belong to days."""
    return any(column.name == "day" for column in relation.columns)


def has_agencies(relation: Relation) -> bool:
    """Tell whether rows of a mart belong to agencies on days, so that a map can place them."""
    return has_days(relation) and any(c.name == "agency_code" for c in relation.columns)


def columns_of(relation: Relation) -> tuple[Column, ...]:
    """Return the columns of a mart's rows as ``read_rows`` gives them."""
    return relation.columns + (PLACE if has_agencies(relation) else ())


def read_rows(
    conn: Connection, relation: Relation, chosen: Selection, limit: int | None = None
) -> Iterator[Row]:
    """Yield the rows of a mart by its key.

    Args:
        conn: within a snapshot (``read_snapshot``), which must last as long as rows are asked for.
        relation: the mart.
        chosen: which rows.
        limit: at most so many; None = all.
    """
    query, parameters = _query(relation, chosen)
    if limit is not None:
        query = sql.SQL("{} LIMIT {}").format(query, sql.Literal(limit))
    with translated(relation.name), conn.cursor("dataset") as cursor:
        cursor.itersize = BLOCK_ROWS if limit is None else min(limit + 1, BLOCK_ROWS)
        cursor.execute(query, parameters)
        yield from cursor


def _query(relation: Relation, chosen: Selection) -> tuple[sql.Composed, dict[str, Any]]:
    after, values = _after(relation, chosen.after)
    name = "national" if has_days(relation) else "reference"
    if has_agencies(relation):
        name = "reported" if chosen.basis == "reported" else "placed"
    version = "r" if any(c.name == "agency_id" for c in relation.columns) else "v"
    query = sql.SQL(statement(f"dataset.{name}")).format(
        columns=sql.SQL(", ").join(sql.Identifier("r", c.name) for c in relation.columns),
        relation=sql.Identifier(relation.name),
        version=sql.Identifier(version, "agency_id"),
        after=after,
        key=sql.SQL(", ").join(map(_ordered, _key(relation))),
    )
    days = {"first_day": chosen.first, "last_day": chosen.last, "on_day": map_day(chosen.basis)}
    return query, {**days, "agency": chosen.agency or None, **values}


def _after(relation: Relation, after: Row) -> tuple[sql.Composable, dict[str, Any]]:
    if not after:
        return sql.SQL("true"), {}
    key = _key(relation)
    asked = [
        sql.SQL("{}::{}").format(sql.Placeholder(f"after_{i}"), sql.SQL(_CASTS[column.type]))
        for i, column in enumerate(key)
    ]
    query = sql.SQL("({}) > ({})").format(
        sql.SQL(", ").join(map(_ordered, key)), sql.SQL(", ").join(asked)
    )
    return query, {f"after_{i}": value for i, value in enumerate(after)}


def _key(relation: Relation) -> list[Column]:
    by_name = {column.name: column for column in relation.columns}
    return [by_name[name] for name in relation.key]


def _ordered(column: Column) -> sql.Composable:
    """Return a key's column as rows are put in order by it: bytewise, absent texts first."""
    name = sql.Identifier("r", column.name)
    if column.type == "text":
        return sql.SQL("coalesce({}, '') COLLATE \"C\"").format(name)
    return name


def behind(conn: Connection, feed: str, chosen: Selection) -> Behind:
    """Return what stands behind the figures of a feed; an empty feed means all of them."""
    days = {"first_day": chosen.first, "last_day": chosen.last, "on_day": map_day(chosen.basis)}
    with read_snapshot(conn) as cursor:
        asked = {"feed": feed or None, "agency": chosen.agency or None}
        row = run(cursor, "dataset.behind", **days, **asked).fetchone()
    assert row is not None
    return Behind(Coverage(row[0], row[1]), row[2])


def version(conn: Connection) -> str:
    """Return a text that changes with every commit to the database.

    Within the snapshot that figures are read in, it is the version that they belong to.
    """
    with read_snapshot(conn) as cursor:
        row = run(cursor, "serving.version").fetchone()
    assert row is not None
    return str(row[0])
