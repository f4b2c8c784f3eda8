"""``hub quarantine``: rows that were put aside, grouped by cause, and one day's rows."""

from datetime import date
from typing import Any

import click

from contracts.errors import ConfigError
from contracts.partition import Partition
from hub.cli import option, paper, shell
from warehouse.database import read_snapshot, run
from warehouse.figures import quarantined

GROUP = ("agency", "feed", "rule", "code", "rows", "first_day", "last_day", "example", "allowed")
EVER = (date(2000, 1, 1), date(2100, 1, 1))


@click.group()
def quarantine() -> None:
    """Bản ghi bị cách ly / quarantined rows."""


@quarantine.command("list")
@option.FIRST
@option.LAST
@option.AGENCIES
@option.FEEDS
@option.AS_JSON
def list_groups(
    *,
    first: date | None,
    last: date | None,
    agencies: tuple[str, ...],
    feeds: tuple[str, ...],
    as_json: bool,
) -> None:
    """Theo quy tắc và đơn vị, nhiều nhất trước / by rule and agency."""
    with shell.desk() as desk, read_snapshot(desk.conn()) as cursor:
        rows = run(
            cursor,
            "quarantine.groups",
            first=first or EVER[0],
            last=last or EVER[1],
            agencies=[code.upper() for code in agencies] or None,
            feeds=list(feeds) or None,
        ).fetchall()
    if as_json:
        paper.print_json([dict(zip(GROUP, row, strict=True)) for row in rows])
        return
    heads = ["Đơn vị", "Luồng", "Quy tắc", "Mã", "Bản ghi", "Từ", "Đến", "Ví dụ", "Cho phép"]
    lines = [_line(*row) for row in rows]
    paper.print_table("Bản ghi bị cách ly", heads, lines, right=9)
    if rows:
        click.echo(
            f"Bước tiếp / next: hub quarantine show {rows[0][0]} {rows[0][1]} {rows[0][6]}",
            err=True,
        )


def _line(*row: Any) -> list[str]:
    agency, feed, rule, code, count, first, last, example, allowed = row
    span = [f"{first:%d/%m/%Y}", f"{last:%d/%m/%Y}"]
    return [agency, feed, rule, code, paper.number(count), *span, example or "–", allowed or "–"]


@quarantine.command()
@option.AGENCY
@option.FEED
@option.ON
@click.option("--limit", default=20, show_default=True, help="Số bản ghi / rows.")
@option.AS_JSON
def show(*, agency: str, feed: str, day: date, limit: int, as_json: bool) -> None:
    """Từng bản ghi, giá trị như đã nhận và mọi lý do / each row with all its reasons."""
    with shell.desk() as desk:
        rows = quarantined(desk.conn(), Partition(agency.upper(), feed, day), limit)
    if not rows:
        raise ConfigError(
            "Ngày này không có bản ghi bị cách ly / nothing is quarantined",
            code="QUARANTINE-EMPTY",
            where=f"{agency.upper()}/{feed}/{day}",
            action="hub quarantine list",
        )
    if as_json:
        names = ("row_number", "values", "violations")
        paper.print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    for row_number, values, violations in rows:
        click.echo(click.style(f"bản ghi {row_number}", bold=True))
        for v in violations:
            click.echo(f"  ✕ [{v['code']}] {v['rule']}: {v['seen']!r} → {v['allowed']}")
        click.echo("  " + ", ".join(f"{k}={v}" for k, v in values.items() if v is not None))
