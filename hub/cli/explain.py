"""``hub explain``: why a partition is as it is, down to the archived bytes."""

from datetime import date
from typing import Any

import click

from contracts.errors import ConfigError
from contracts.partition import ZONE, Partition
from hub.cli import option, paper, shell
from hub.story import tell
from warehouse.database import read_snapshot

SHOWN = 5
"""Attempts told; the rest is counted."""


@click.command()
@option.AGENCY
@option.FEED
@option.ON
@option.AS_JSON
def explain(*, agency: str, feed: str, day: date, as_json: bool) -> None:
    """Vì sao một (đơn vị, luồng, ngày) ở trạng thái này / why a partition is as it is."""
    partition = Partition(agency.upper(), feed, day)
    with shell.desk() as desk:
        desk.registry.agency(partition.agency)
        with read_snapshot(desk.conn()) as cursor:
            story = tell(cursor, partition)
    if not story:
        raise ConfigError(
            "Ngày này chưa từng được chạy / never attempted",
            code="NEVER-RUN",
            where=str(partition),
            action=f"hub run {partition.agency} {feed} {day}",
        )
    if as_json:
        paper.print_json({"partition": str(partition), "runs": story})
        return
    click.echo(click.style(str(partition), bold=True))
    for run_of in story[:SHOWN]:
        _print_run(run_of)
    if len(story) > SHOWN:
        click.echo(f"… và {len(story) - SHOWN} lượt trước đó / earlier runs")


def _print_run(told: dict[str, Any]) -> None:
    started = told["started_at"].astimezone(ZONE)
    click.echo(
        f"\nLượt {told['run_id']} · {told['state']} · {told['reason'] or '–'} · {told['contract']}"
        f" · {started:%H:%M, %d/%m/%Y}"
    )
    if told["code"]:
        click.echo(f"  [{told['code']}] {told['message']}")
    click.echo(
        f"  nhận {paper.number(told['received_count'])} = nạp {paper.number(told['loaded_count'])}"
        f" + cách ly {paper.number(told['quarantined_count'])}"
        f" + trùng {paper.number(told['duplicate_count'])}"
    )
    for reason in told["violations"]:
        click.echo(
            f"  ⊘ [{reason['code']}] {reason['rule']}: {reason['seen']} → {reason['allowed']}"
        )
    for rule in told["broken"]:
        click.echo(f"  ! [{rule['code']}] {rule['rule']}: {rule['failed']} / {rule['checked']}")
    totals = ", ".join(f"{name}={paper.number(int(v))}" for name, v in told["totals"].items())
    if totals:
        click.echo(f"  tổng kiểm soát / totals: {totals}")
    if told["manifest"]:
        click.echo(f"  bản gốc / landing: {told['manifest']} ({told['content_digest'][:12]}…)")
