"""``hub audit``: the second judge over a feed's day; its word gates publication."""

from dataclasses import asdict
from datetime import date

import click

from hub.cli import option, paper, shell


@click.command()
@option.FEED
@option.ON
@option.AS_JSON
def audit(*, feed: str, day: date, as_json: bool) -> int:
    """Kiểm định một ngày trên mọi đơn vị, viết trang kết quả / audit a day over all agencies."""
    from hub.audit import audit as ask  # noqa: PLC0415 - opens the way to heavy libraries

    with shell.desk() as desk:
        done = ask(desk, feed, day)
    if as_json:
        paper.print_json({**asdict(done), "is_passed": done.is_passed})
        return 0 if done.is_passed else 1
    mark = click.style("✓", fg="green") if done.is_passed else click.style("✕", fg="red")
    click.echo(
        f"{mark} {feed} {day:%d/%m/%Y}: {done.partitions} đơn vị,"
        f" đạt {done.evaluated - len(done.failures)}/{done.evaluated} phép kiểm"
    )
    for failure in done.failures:
        click.echo(f"    ✕ {failure}")
    click.echo(f"Trang / pages: {done.docs}")
    if not done.is_passed:
        click.echo("Bước tiếp / next: hub quarantine list", err=True)
    return 0 if done.is_passed else 1
