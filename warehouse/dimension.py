"""Dimensions: what the registers say, and surrogate keys for the codes that facts bring along."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from psycopg2 import sql
from psycopg2.extras import execute_values

from contracts.code_list import (
    ListedAgency,
    all_agencies,
    all_communes,
    all_entries,
    list_names,
    table,
)
from contracts.errors import ConfigError
from contracts.partition import Partition
from warehouse.database import Connection, Cursor, run, translated
from warehouse.statement import statement

SINCE_EVER = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """Surrogate keys of an agency.

    Attributes:
        day_id: the version valid on the partition's day; facts of the day carry it.
        all_ids: every version of the code: a dossier lives on over a reorganisation.
    """

    day_id: int
    all_ids: tuple[int, ...]


@cache
def currencies() -> dict[str, tuple[int, int]]:
    """Return currency code -> (ISO 4217 number, digits of the minor unit).

    >>> currencies()["VND"], currencies()["GBP"]
    ((704, 0), (826, 2))
    """
    text = (resources.files("warehouse") / "currency.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {r["currency_code"]: (int(r["currency_id"]), int(r["exponent"])) for r in rows}


def currency_id(code: str) -> int:
    """Return the ISO 4217 number of a currency.

    Raises:
        ConfigError: ISO 4217 has no such code, or it has no minor unit.
    """
    if code not in currencies():
        raise ConfigError("unknown currency", seen=code, allowed="a code of ISO 4217")
    return currencies()[code][0]


def sync_dimensions(conn: Connection) -> None:
    """Bring agencies, code systems, succession, lists, areas, currencies to the contracts' state.

    Idempotent; ids never change; one transaction.

    Raises:
        LoadConflict: the database asked to try again.
    """
    with translated("dimensions"), conn, conn.cursor() as cursor:
        _write(cursor, "sync_agency", [_agency_row(agency) for agency in all_agencies()])
        _write(cursor, "sync_agency_code", _agency_codes())
        _write(
            cursor,
            "sync_succession",
            [
                (s["code"], s["successor"], s["effective"], s["kind"], s["legal_basis"])
                for s in table("succession")
            ],
        )
        _write(
            cursor,
            "sync_code",
            [
                (name, e.id, e.code, e.label_vi, e.label_en, e.valid_from, e.valid_to)
                for name in list_names()
                for e in all_entries(name)
            ],
        )
        _write(
            cursor,
            "sync_currency",
            [(number, code, exponent) for code, (number, exponent) in currencies().items()],
        )
        communes = [(c.code, c.full_name_vi, c.valid_from, c.valid_to) for c in all_communes()]
        provinces = [
            (e.code, e.label_vi, e.valid_from or SINCE_EVER, e.valid_to)
            for e in all_entries("area")
        ]
        _write_members(cursor, "commune", communes)
        _write_members(cursor, "area", provinces + communes)
        fields = [
            (e.code, e.label_vi, e.valid_from or SINCE_EVER, e.valid_to)
            for e in all_entries("field")
        ]
        _write_members(cursor, "field", fields)


def agency_keys(cursor: Cursor, partition: Partition) -> AgencyKeys:
    """Return the keys of a partition's agency, inferred where no register knows the code.

    Raises:
        ConfigError: the register knows the agency, but not on this day.
    """
    found = _agency_versions(cursor, partition)
    if not found:
        run(cursor, "dimension.infer_agency", agency=partition.agency)
        found = _agency_versions(cursor, partition)
    valid = [agency_id for agency_id, is_valid in found if is_valid]
    if not valid:
        raise ConfigError(
            "the agency does not exist on this day",
            code="AGENCY-DAY",
            where=str(partition),
            action="see contracts/lists/agencies.csv for its dates and successor",
        )
    return AgencyKeys(valid[-1], tuple(agency_id for agency_id, _ in found))


def member_ids(cursor: Cursor, dimension: str, codes: Sequence[str], day: date) -> list[int]:
    """Return surrogate keys of codes as of a day, in their order; unknown codes become members.

    Safe when many loads meet the same new codes at once; the caller commits soon after, so that
    nobody waits for a whole load.
    """
    wanted = sorted(set(codes))
    known = _members(cursor, dimension, wanted, day)
    missing = [code for code in wanted if code not in known]
    if missing:
        cursor.execute(_filled("infer", dimension), {"codes": missing})
        known |= _members(cursor, dimension, missing, day)
    return [known[code] for code in codes]


def _members(cursor: Cursor, dimension: str, codes: list[str], day: date) -> dict[str, int]:
    if not codes:
        return {}
    cursor.execute(_filled("members", dimension), {"codes": codes, "day": day})
    return dict(cursor.fetchall())


def _filled(name: str, dimension: str) -> sql.Composed:
    return sql.SQL(statement(f"dimension.{name}")).format(
        table=sql.Identifier("core", f"dim_{dimension}"),
        id=sql.Identifier(f"{dimension}_id"),
        code=sql.Identifier(f"{dimension}_code"),
        name=sql.Identifier(f"{dimension}_name"),
    )


def _agency_versions(cursor: Cursor, partition: Partition) -> list[tuple[int, bool]]:
    run(cursor, "dimension.agency", agency=partition.agency, day=partition.day)
    return list(cursor.fetchall())


def _agency_row(agency: ListedAgency) -> tuple[object, ...]:
    named = (agency.code, agency.name_vi, agency.full_name_vi, agency.level, agency.kind)
    return (*named, agency.valid_from or SINCE_EVER, agency.valid_to, agency.successor or None)


def _agency_codes() -> list[tuple[object, ...]]:
    rows: dict[tuple[str, str, date], tuple[object, ...]] = {}
    for agency in all_agencies():
        start = agency.valid_from or SINCE_EVER
        systems = (("qd20", agency.code), ("qcvn102", agency.qcvn_code), ("gso", agency.gso_code))
        for system, code in systems:
            if code:
                row = (system, code, start, agency.valid_to, agency.code)
                rows[system, code, start] = row
    return list(rows.values())


def _write(cursor: Cursor, name: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        execute_values(cursor, statement(f"dimension.{name}"), rows, page_size=1000)


def _write_members(cursor: Cursor, dimension: str, rows: Sequence[tuple[object, ...]]) -> None:
    text = _filled("sync_member", dimension).as_string(cursor)
    listed = [(*row, False) for row in rows]
    execute_values(cursor, text, listed, page_size=1000)
