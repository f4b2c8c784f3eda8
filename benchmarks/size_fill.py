"""Filling a warehouse to size: facts by COPY, flow marts by the product's own code."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib import resources
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import size_nation as nation
from benchmarks.size_nation import Columns, Office, Span
from hub.registry import Registry, due_at, read_registry
from warehouse import ledger, rollup
from warehouse.copy import copy_in
from warehouse.database import Connection, connect, migrate, run
from warehouse.dimension import sync_dimensions
from warehouse.flow import CHANGE, sum_steps
from warehouse.mart import mart_columns

Array = NDArray[Any]
Tell = Callable[[str, float], None]
"""Is told what is under way and which share of it is done (0 to 1)."""
FACTS = ("dossier_change", "payment", "document_movement")


@dataclass(frozen=True, slots=True)
class Size:
    """What is filled.

    Attributes:
        rows: dossiers.
        first: first day of data.
        last: last day, included.
        workers: processes that draw and copy.
    """

    rows: int
    first: date
    last: date
    workers: int = 2


@dataclass(frozen=True, slots=True)
class _Members:
    """Surrogate keys that facts carry, by agency where they are its own."""

    units: Mapping[str, Array]
    procedures: Mapping[str, Array]
    communes: Array
    partners: Array


def fill(url: str, size: Size, tell: Tell) -> None:
    """Fill an empty database; the schema is made first."""
    tell("lược đồ / schema", 0)
    migrate(url)
    registry = read_registry()
    with closing(connect(url)) as conn:
        sync_dimensions(conn)
        versions = _versions(conn, registry, size)
        offices = {code: nation.office(code) for code in sorted({code for code, *_ in versions})}
        members = _make_members(conn, offices)
        _make_leaves(conn, size)
        tell("phần phải có / expected partitions", 0)
        _expect(conn, registry, size)
        _fill_spans(
            url,
            size,
            list(nation.spans(offices, versions, size.rows, size.first, size.last)),
            members,
            tell,
        )
        _run_script(conn, size, tell)


def _versions(
    conn: Connection, registry: Registry, size: Size
) -> list[tuple[str, int, date, date]]:
    """Return (code, id, first, last) of the versions that owe dossiers within the days."""
    text = (
        "SELECT agency_code, agency_id, valid_from, coalesce(valid_to, 'infinity'::date - 1)"
        " FROM core.dim_agency WHERE valid_from <= %s AND coalesce(valid_to, 'infinity') >= %s"
        " ORDER BY agency_id"
    )
    with conn, conn.cursor() as cursor:
        cursor.execute(
            text.replace("'infinity'::date - 1", "DATE '9999-12-31'"), (size.last, size.first)
        )
        found = cursor.fetchall()
    return [
        (code, number, first, last)
        for code, number, first, last in found
        if code in registry.agencies
        and "dossiers" in registry.agencies[code].feeds_on(min(last, size.last))
    ]


def _make_members(conn: Connection, offices: Mapping[str, Office]) -> _Members:
    """Write the dimensions' members with names; return their ids in the order of the codes."""

    def ids(dimension: str, codes: Sequence[str], name: str) -> Array:
        with conn, conn.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO core.dim_{dimension} ({dimension}_code, {dimension}_name,"
                f" is_inferred) SELECT c, %s || c, false FROM unnest(%s::text[]) AS c"
                " ON CONFLICT DO NOTHING",
                (name, list(codes)),
            )
            cursor.execute(
                f"SELECT d.{dimension}_id FROM unnest(%s::text[]) WITH ORDINALITY AS c (code, n)"
                f" JOIN core.dim_{dimension} AS d ON d.{dimension}_code = c.code ORDER BY c.n",
                (list(codes),),
            )
            return np.array([row[0] for row in cursor.fetchall()], np.int32)

    fields = [
        f"G{1 + n % 20:02d}-{chr(65 + n // 20)}{chr(65 + n % 26)}" for n in range(nation.FIELDS)
    ]
    ids("field", fields, "Lĩnh vực ")
    units = {o.code: ids("unit", o.units, "Đơn vị một cửa ") for o in offices.values()}
    national = sorted({code[:8] for o in offices.values() for code in o.procedures})
    known = dict(zip(national, ids("procedure", national, "Thủ tục ").tolist(), strict=True))
    procedures = {
        o.code: ids("procedure", o.procedures, "Thủ tục cấp giấy xác nhận theo quy định số ")
        for o in offices.values()
    }
    communes = ids("commune", [f"{n:05d}" for n in range(1, 3322)], "Xã ")
    partners = ids("partner", ["VCB", "VTB", "BIDV", "PAYGOV"], "")
    _write_catalogue_plan(conn, offices, units, known, fields)
    return _Members(units, procedures, communes, partners)


def _write_catalogue_plan(
    conn: Connection,
    offices: Mapping[str, Office],
    units: Mapping[str, Array],
    known: Mapping[str, int],
    fields: Sequence[str],
) -> None:
    """Keep which procedure has which field and level; the script makes catalogues of it."""
    rows = [
        (
            code,
            known[one.procedures[n][:8]],
            int(units[code][0]),
            fields[int(one.fields[n])],
            int(one.levels[n]),
        )
        for code, one in offices.items()
        for n in range(nation.PROCEDURES)
    ]
    with conn, conn.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS public.size_catalogue")
        cursor.execute(
            "CREATE TABLE public.size_catalogue (agency_code text, procedure_id int, unit_id int,"
            " field_code text, service_level_id smallint)"
        )
        cursor.execute(
            "INSERT INTO public.size_catalogue SELECT * FROM unnest("
            "%s::text[], %s::int[], %s::int[], %s::text[], %s::smallint[])",
            tuple(list(column) for column in zip(*rows, strict=True)),
        )


def _make_leaves(conn: Connection, size: Size) -> None:
    tables = (*FACTS, "catalogued_service", "dossier_statistic")
    with conn, conn.cursor() as cursor:
        for day in nation.days_of(size.first, size.last):
            if day.day == 1 or day == size.first:
                for table in tables:
                    cursor.execute("SELECT core.ensure_month(%s, %s)", (table, day))


def _expect(conn: Connection, registry: Registry, size: Size) -> None:
    wanted = [
        (p, due_at(registry.agency(p.agency), p.day))
        for p in registry.expected_between(size.first, size.last)
    ]
    ledger.expect(conn, wanted)


def _fill_spans(url: str, size: Size, spans: Sequence[Span], members: _Members, tell: Tell) -> None:
    done = 0
    with ProcessPoolExecutor(size.workers, mp_context=get_context("fork")) as pool:
        largest = sorted(spans, key=lambda span: -span.rows)
        under_way = {pool.submit(fill_span, url, span, members): span for span in largest}
        for finished in as_completed(under_way):
            finished.result()
            done += under_way[finished].rows
            tell("hồ sơ, giao dịch, văn bản / facts and flow", done / size.rows)


def fill_span(url: str, span: Span, members: _Members) -> None:
    """Copy the facts of one version of an agency, and the steps of its dossiers."""
    units = members.units[span.office.code]
    drawn = nation.dossiers(span, units, members.procedures[span.office.code], members.communes)
    drawn = _without_gaps(drawn)
    changes = {name: drawn[name][1] for name in CHANGE}
    with (
        closing(connect(url, settings={"synchronous_commit": "off"})) as conn,
        conn,
        conn.cursor() as cursor,
    ):
        copy_in(cursor, "core", "dossier_change", drawn)
        told = _without_gaps(nation.first_told(span, drawn))
        copy_in(cursor, "core", "dossier_change", told)
        del told
        copy_in(cursor, "core", "payment", nation.payments(span, drawn, members.partners))
        copy_in(cursor, "core", "document_movement", _without_gaps(nation.documents(span, units)))
        del drawn
        steps = sum_steps(changes)
        copy_in(cursor, "mart", "dossier_flow", mart_columns(steps))
        copy_in(cursor, "mart", "dossier_cut", rollup.cut_steps(steps))
        for table in ("payment_flow", "payment_cut", "document_flow"):
            cursor.execute(
                f"INSERT INTO mart.{table} SELECT * FROM mart.{table}_rebuilt"
                " WHERE agency_id = %s ORDER BY agency_id, day",
                (span.agency_id,),
            )
        for day in nation.days_of(span.first, span.last):
            if day.day in {1, 8, 15, 22} or day in {span.first, span.last}:
                held = {"agency_ids": [span.agency_id], "day": day}
                run(cursor, "flow.begin_cutoff", **held)
                run(cursor, "flow.begin_payment_cutoff", **held)


def _without_gaps(columns: Columns) -> Columns:
    """Leave out one partition of 331: the nation at size has gaps, too."""
    day, agency = columns["day"][1], columns["agency_id"][1]
    kept = np.flatnonzero((day + agency * 31) % 331 != 0)
    return {name: (dtype, values[kept]) for name, (dtype, values) in columns.items()}


def _run_script(conn: Connection, size: Size, tell: Tell) -> None:
    """Run what is simplest said in SQL: heads, runs, quarantine, catalogues, the other marts."""
    text = resources.files("benchmarks").joinpath("size.sql").read_text("utf-8")
    parts = text.split("-- step: ")[1:]
    for number, part in enumerate(parts):
        title, _, statement = part.partition("\n")
        tell(title, number / len(parts))
        conn.autocommit = "VACUUM" in statement
        with conn.cursor() as cursor:
            cursor.execute(
                statement, {"first": size.first, "last": size.last} if "%(" in statement else None
            )
        if not conn.autocommit:
            conn.commit()
    conn.autocommit = False
    tell("xong / done", 1)
