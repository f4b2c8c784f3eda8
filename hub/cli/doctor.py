"""``hub doctor``: look at everything a run needs and say what to do about each finding."""

import os
from dataclasses import asdict

import click

from hub.cli import option, paper, shell
from hub.finding import examine

UNWELL = 4


@click.command()
@option.AS_JSON
def doctor(*, as_json: bool) -> int:
    """Khám môi trường, mỗi vấn đề kèm bước tiếp theo / check the environment."""
    findings = list(examine(shell.settings(), os.environ, shell.now().date()))
    if as_json:
        paper.print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = click.style("✓", fg="green") if finding.well else click.style("✕", fg="red")
            click.echo(f"{mark} {finding.name}: {finding.seen}")
            if finding.step:
                click.echo(f"    → {finding.step}")
    unwell = [finding for finding in findings if not finding.well]
    if unwell and not as_json:
        click.echo(f"Bước tiếp / next: {unwell[0].step or 'hub doctor --json'}", err=True)
    return UNWELL if unwell else 0
