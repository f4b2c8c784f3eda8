"""``hub status``: who gave which day, agencies x days, worst first."""

from datetime import date, timedelta
from typing import Any

import click

from hub.cli import option, paper, shell
from hub.matrix import Matrix, Row, completeness
from warehouse.figures import status_matrix

SIGNS = {
    "loaded": ("■", "green", "đã nạp / loaded"),
    "quarantine": ("!", "bold yellow", "đã nạp, có bản ghi bị cách ly / some rows quarantined"),
    "running": ("…", "cyan", "đang chạy / running"),
    "rejected": ("⊘", "bold magenta", "bị từ chối / rejected"),
    "failed": ("↯", "bold red", "hỏng / failed"),
    "missing": ("✕", "bold red", "thiếu / missing"),
    "not_due": ("·", "dim", "chưa đến hạn / not due"),
    "not_required": ("–", "dim", "không phải cung cấp / not required"),
}
"""State -> sign, colour, words; the sign alone tells it, colour only helps."""

SPAN = 14
"""Days shown when nobody names them."""


@click.command()
@option.FIRST
@option.LAST
@option.AGENCIES
@option.FEEDS
@option.AS_JSON
def status(
    *,
    first: date | None,
    last: date | None,
    agencies: tuple[str, ...],
    feeds: tuple[str, ...],
    as_json: bool,
) -> None:
    """Độ đầy đủ: đơn vị x ngày, xấu nhất trước / completeness matrix."""
    now = shell.now()
    end = last or (first + timedelta(SPAN - 1) if first else now.date() - timedelta(1))
    span = option.period_of(first or end - timedelta(SPAN - 1), end, None, "civil")
    with shell.desk() as desk:
        known = status_matrix(desk.conn(), span.first, span.last)
        matrix = completeness(desk.registry, known, (span.first, span.last), now, frozenset(feeds))
    chosen = {code.upper() for code in agencies}
    matrix = Matrix(matrix.days, tuple(r for r in matrix.rows if not chosen or r.agency in chosen))
    if as_json:
        paper.print_json(_plain(matrix))
    else:
        _print(matrix)


def _plain(matrix: Matrix) -> dict[str, Any]:
    return {
        "first": matrix.days[0],
        "last": matrix.days[-1],
        "partitions": matrix.counts,
        "agencies": [
            {
                "agency": row.agency,
                "name": row.name,
                "days": {day.isoformat(): feeds for day, feeds in row.cells.items()},
            }
            for row in matrix.rows
        ],
    }


def _print(matrix: Matrix) -> None:
    from rich.table import Table  # noqa: PLC0415 - 60 ms that --json need not pay

    first, last = matrix.days[0], matrix.days[-1]
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("Đơn vị", no_wrap=True, max_width=34, overflow="ellipsis")
    for day in matrix.days:
        table.add_column(f"{day:%d}", justify="center", no_wrap=True)
    for row in matrix.rows:
        table.add_row(f"{row.agency} {row.name}", *(_cell(row, day) for day in matrix.days))
    screen = paper.console()
    screen.print(f"Độ đầy đủ {first:%d/%m/%Y} – {last:%d/%m/%Y}")
    screen.print(table)
    counts = matrix.counts
    for state, (sign, colour, words) in SIGNS.items():
        if counts[state]:
            screen.print(f"[{colour}]{sign}[/] {words}: {paper.number(counts[state])}")
    if counts["missing"] or counts["failed"]:
        step = f"hub backfill --from {first} --to {last} --missing-only"
        click.echo(f"Bước tiếp / next: {step}", err=True)


def _cell(row: Row, day: date) -> str:
    sign, colour, _ = SIGNS[row.worst(day)]
    return f"[{colour}]{sign}[/]"
