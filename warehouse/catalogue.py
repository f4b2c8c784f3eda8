"""The catalogue: what every mart is, as the database itself says it in its comments.

``python -m warehouse.catalogue <database address>`` writes docs/catalogue.md anew.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from contracts.errors import HubBug
from warehouse.database import Connection, connect, read_snapshot, run

FILE = Path(__file__).parents[1] / "docs" / "catalogue.md"
_UNIT = re.compile(r"^(?P<text>.*?)(?: \[(?P<unit>[^\]]+)\])?$", re.DOTALL)
HEAD = """\
# Danh mục bảng tổng hợp · Catalogue of the marts
Viết ra từ chính chú thích trong cơ sở dữ liệu (`\\d+ mart.dossiers_daily`):
`python -m warehouse.catalogue "$(hub database url)"`. Tên bảng, tên cột không đổi; cột mới thêm
vào cuối. *Made from the comments in the database. Names are stable: views only gain columns, at
their end. Read with the role `hub_dashboard` ([warehouse](warehouse.md)); a view has no key of its
own, so the line "khóa · key" names the columns that tell its rows apart. Figures stand beside
`expected_count` and `covered_count`: read them together.*
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one figure of a row that is worked out.

    Attributes:
        name: stable name.
        type: ``text``, ``day``, ``moment`` (instant), ``integer``, ``decimal``, ``boolean``.
        label_vi, label_en: what it means.
        unit: what it is counted in; empty = nothing is counted.
    """

    name: str
    type: str
    label_vi: str
    label_en: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """One table or view of the schema ``mart``.

    Attributes:
        title_vi, title_en: what it is.
        grain_vi, grain_en: what a row is.
        key: columns that tell rows apart.
        source: feeds (or lists) that it comes from.
        example: a query.
        is_shown: the role of BI tools may read it.
    """

    name: str
    title_vi: str
    title_en: str
    grain_vi: str
    grain_en: str
    key: tuple[str, ...]
    source: str
    example: str
    is_shown: bool
    columns: tuple[Column, ...]


TYPES: Mapping[str, str] = {
    "text": "text",
    "date": "day",
    "timestamp with time zone": "moment",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "decimal",
    "boolean": "boolean",
}
"""PostgreSQL's type -> ours."""


def read_catalogue(conn: Connection) -> Mapping[str, Relation]:
    """Return the marts by name; what nobody described is not there.

    Raises:
        HubBug: a comment is not as agreed.
    """
    with read_snapshot(conn) as cursor:
        rows = [row for row in run(cursor, "catalogue.columns") if "\n" in row[1]]
    relations = (_relation(name, list(part)) for name, part in groupby(rows, lambda row: row[0]))
    return {relation.name: relation for relation in relations}


def _relation(name: str, rows: list[tuple[str, str, bool, str, str, str]]) -> Relation:
    _, comment, is_shown, *_ = rows[0]
    title, *lines = comment.split("\n")
    said = dict(line.partition(": ")[::2] for line in lines)
    if missing := {"grain", "key", "source", "example"} - set(said):
        raise HubBug("a comment of a mart is not as agreed", where=name, seen=str(sorted(missing)))
    return Relation(
        name,
        *_both(title, name),
        *_both(said["grain"], name),
        tuple(said["key"].split(", ")),
        said["source"],
        said["example"],
        is_shown,
        tuple(_column(name, *row[3:]) for row in rows),
    )


def _column(relation: str, name: str, of_type: str, comment: str) -> Column:
    found = _UNIT.match(comment)
    assert found is not None
    vi, en = _both(found["text"], f"{relation}.{name}")
    return Column(name, TYPES[of_type], vi, en, found["unit"] or "")


def _both(text: str, where: str) -> tuple[str, str]:
    vi, slash, en = text.partition(" / ")
    if not slash:
        raise HubBug("a comment of a mart is not in two languages", where=where, seen=text[:80])
    return vi, en


def catalogue_page(relations: Mapping[str, Relation]) -> str:
    """Return docs/catalogue.md: what BI tools may read."""
    shown = [relation for relation in relations.values() if relation.is_shown]
    return "\n".join([HEAD, *(line for relation in shown for line in _section(relation))])


def _section(relation: Relation) -> Iterator[str]:
    yield f"## mart.{relation.name}"
    yield f"{relation.title_vi}. *{relation.title_en}.*\n"
    yield f"- một dòng · row: {relation.grain_vi} · *{relation.grain_en}*"
    yield f"- khóa · key: {', '.join(f'`{name}`' for name in relation.key)}"
    yield f"- nguồn · source: {relation.source}\n"
    yield f"```sql\n{relation.example};\n```\n"
    yield "| cột | kiểu | đơn vị | nghĩa | meaning |\n|---|---|---|---|---|"
    for one in relation.columns:
        yield f"| `{one.name}` | {one.type} | {one.unit or '–'} | {one.label_vi} | {one.label_en} |"
    yield ""


if __name__ == "__main__":
    with closing(connect(sys.argv[1])) as connection:
        FILE.write_text(catalogue_page(read_catalogue(connection)), encoding="utf-8")
