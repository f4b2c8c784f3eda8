"""``python -m benchmarks size``: fill a nation to size, then let readers ask for every page."""

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import psycopg2
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import size_report
from benchmarks.environment import comparator_python
from benchmarks.measure import machine
from benchmarks.size_fill import Size, fill
from benchmarks.size_serve import Reading, measure
from contracts.partition import ZONE
from warehouse import embedded
from warehouse.database import connect

RESULTS = Path("benchmarks/results")
FOLDER = Path("var/size")
DATABASE = "size"
YEARS = timedelta(days=725)
FILLING = {"fsync": "off", "full_page_writes": "off", "maintenance_work_mem": "512MB"}
"""While a database is made that can be made again; it is served under the product's settings."""


@click.group()
def size() -> None:
    """20 triệu hồ sơ: đổ đầy, rồi đo mọi trang / pages and forms over 20 million dossiers."""


@size.command("fill")
@click.option("--rows", type=click.IntRange(min=1000), default=20_000_000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 16), default=2, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
def fill_(*, rows: int, workers: int, folder: Path) -> None:
    """Make the database anew; it needs about 15 GB for 20 million dossiers."""
    yesterday = datetime.now(ZONE).date() - timedelta(1)
    asked = Size(rows, yesterday - YEARS, yesterday, workers)
    server = embedded.start(folder, settings=FILLING)
    _make_database(server)
    started = time.monotonic()
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with bar as shown:
        task = shown.add_task("", total=1.0)
        fill(
            server.database_url(DATABASE),
            asked,
            lambda what, share: shown.update(task, description=what, completed=share),
        )
    told = {"rows": rows, "first": str(asked.first), "last": str(asked.last)}
    told["fill_seconds"] = str(round(time.monotonic() - started))
    (folder / "size.json").write_text(json.dumps(told), encoding="utf-8")
    server.stop()


@size.command("read")
@click.option("--readers", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--think", type=click.FloatRange(0, 60), default=1.0, show_default=True)
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True)
@click.option("--warm", type=click.FloatRange(0.1, 600), default=120.0, show_default=True)
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True)
@click.option("--cold", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def read(*, folder: Path, out: Path, **asked: Any) -> None:
    """Serve it to readers, cold and under load, while days arrive; keep what was seen."""
    reading = Reading(**asked)
    console = Console(stderr=True)
    told = json.loads((folder / "size.json").read_text(encoding="utf-8"))
    server = embedded.start(folder)
    url = server.database_url(DATABASE)
    found = measure(url, folder, reading, date.fromisoformat(told["last"]), console.log)
    found = {
        "size": told | _database(url),
        "machine": machine(),
        "reading": asdict(reading),
        **found,
    }
    kept = size_report.write(found, out)
    size_report.show(found, Console(width=120))
    python = comparator_python(Path("var/benchmark/venv"))
    subprocess.run([str(python), "-m", "benchmarks.size_plot", str(kept)], check=True)
    click.echo(kept)
    sys.exit(0 if size_report.is_met(found) else 1)


def _make_database(server: embedded.Server) -> None:
    with closing(psycopg2.connect(server.database_url("postgres"))) as conn:
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    server.create_database(DATABASE)


def _database(url: str) -> dict[str, Any]:
    """Return what the database weighs, by table."""
    text = (
        "SELECT relname, n_live_tup, pg_total_relation_size(relid) FROM pg_stat_user_tables"
        " WHERE schemaname = 'mart' ORDER BY 3 DESC"
    )
    with closing(connect(url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute(text)
        tables = {name: {"rows": rows, "bytes": size} for name, rows, size in cursor.fetchall()}
        cursor.execute("SELECT pg_database_size(current_database())")
        row = cursor.fetchone()
    return {"marts": tables, "database_bytes": row[0] if row else 0, "cores": os.cpu_count()}
