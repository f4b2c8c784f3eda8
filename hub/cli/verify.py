"""``hub verify``: hold the warehouse against its promises."""

from dataclasses import asdict

import click

from hub.cli import option, paper, shell
from hub.verify import verify as promises

SHOWN = 10


@click.command()
@click.option("--archive/--no-archive", default=True, help="Đọc lại cả kho gốc / read it all.")
@option.AS_JSON
def verify(*, archive: bool, as_json: bool) -> int:
    """Đối chiếu toàn kho: số tổng hợp, cân bằng, mã băm / hold every promise."""
    kept = []
    with shell.desk() as desk:
        for promise in promises(desk, archive=archive):
            kept.append(promise)
            if as_json:
                continue
            mark = click.style("✕", fg="red") if promise.offences else click.style("✓", fg="green")
            of = f" ({paper.number(promise.checked)})" if promise.checked else ""
            click.echo(f"{mark} {promise.name}{of}")
            for offence in promise.offences[:SHOWN]:
                click.echo(f"    {offence}")
    if as_json:
        paper.print_json([asdict(promise) for promise in kept])
    broken = any(promise.offences for promise in kept)
    if broken:
        click.echo("Bước tiếp / next: hub explain AGENCY FEED DAY", err=True)
    return 1 if broken else 0
