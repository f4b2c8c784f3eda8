"""The floor: binary COPY of ready bytes into the warehouse's own fact table.

The bytes are the very star rows that our own load wrote for the same dossiers, so floor and hub
fill the same table, with the same indexes and partitions, with the same values.
"""

import time
from contextlib import closing
from pathlib import Path

import psycopg2

from benchmarks.result import Sample
from benchmarks.site import BLOCK, Site
from warehouse.database import connect

TABLE = "core.dossier_change"
ORDERS = {"floor_arrival": "row_number", "floor_sorted": "key"}


def export(url: str, folder: Path) -> dict[str, Path]:
    """Write the loaded day as PGCOPY files, one per order of rows."""
    files = {name: folder / f"{name}.pgcopy" for name in ORDERS}
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        for name, order in ORDERS.items():
            query = f"COPY (SELECT * FROM {TABLE} ORDER BY {order}) TO STDOUT (FORMAT binary)"
            with files[name].open("wb") as target:
                cursor.copy_expert(query, target, BLOCK)
    return files


def copy(site: Site, url: str, ready: Path) -> Sample:
    """Copy ready bytes into the emptied table; the clock runs until the commit."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")
        connection.commit()
        site.settle()
        before = time.process_time()
        started = time.perf_counter()
        _, cpu = site.metered(lambda: _copy(connection, cursor, ready))
        seconds = time.perf_counter() - started
        worker = time.process_time() - before
    return Sample(cursor.rowcount, seconds, {"worker": worker, **cpu}, cores=site.cores)


def _copy(
    connection: psycopg2.extensions.connection, cursor: psycopg2.extensions.cursor, ready: Path
) -> None:
    with ready.open("rb") as rows:
        cursor.copy_expert(f"COPY {TABLE} FROM STDIN (FORMAT binary)", rows, BLOCK)
    connection.commit()
