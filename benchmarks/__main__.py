"""``python -m benchmarks``: measure in one run, keep the results, say whether they suffice."""

import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from benchmarks import nation_day, report
from benchmarks.measure import machine
from benchmarks.plan import Plan
from benchmarks.run import take, take_stages
from benchmarks.site import open_site
from benchmarks.size import size
from hub.settings import read_settings
from warehouse import embedded

RESULTS = Path("benchmarks/results")
FOLDER = Path("var/benchmark")


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="100,000 rows instead of a million.")
@click.option("--rows", type=click.IntRange(min=1000), help="Dossiers of one agency and day.")
@click.option("--rounds", type=click.IntRange(min=1), help="How often every figure is taken.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.pass_context
def main(
    context: click.Context, *, quick: bool, rows: int | None, rounds: int | None, out: Path
) -> None:
    """Measure HTTP -> judged -> committed against the COPY floor and against dlt."""
    if context.invoked_subcommand:
        return
    plan = Plan.quick() if quick else Plan()
    plan = replace(plan, rows=rows or plan.rows, rounds=rounds or plan.rounds)
    plan = replace(plan, dlt_rows=min(plan.dlt_rows, plan.rows))
    console = Console(stderr=True)
    described = machine()
    with open_site(plan, FOLDER.absolute(), console.log) as site:
        rounds_taken = take(site, console.log)
        staged = take_stages(site, console.log)
    found = report.body(plan, described, rounds_taken, staged)
    kept = report.write(found, out, site.comparator)
    met = report.show(found, Console(width=120))
    click.echo(f"{kept}\n{kept.with_suffix('.svg')}")
    sys.exit(0 if met else 1)


@main.command("nation-day")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Data day.")
@click.option("--metadata", help="Airflow's database; by default database `airflow` of var/.")
@click.option("--warehouse", help="The hub's database; by default that of the settings.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def show_nation_day(
    *, day: datetime, metadata: str | None, warehouse: str | None, out: Path
) -> None:
    """Split a nation-day that Airflow has run (`hub demo`) into scheduling and work."""
    server = embedded.start(read_settings(os.environ).state_folder)
    found = nation_day.read(
        metadata or server.database_url("airflow"), warehouse or server.url, day.date()
    )
    kept = report.write_split(found, day.date(), machine(), out)
    report.show_split(found, Console(width=120))
    click.echo(kept)


main.add_command(size)

if __name__ == "__main__":
    main()
