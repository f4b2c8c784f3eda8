"""``hub status``: who gave which day, agencies x days, worst first; or system by system."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import click

from hub import system
from hub.cli import option, paper, shell
from hub.matrix import Matrix, Row, completeness
from warehouse.shown import shown

SIGNS = {
    "loaded": ("■", "green", "đã nạp / loaded"),
    "late": ("▾", "cyan", "nạp muộn, sau hạn / loaded after it was due"),
    "quarantine": ("!", "bold yellow", "đã nạp, có bản ghi bị cách ly / some rows quarantined"),
    "running": ("…", "cyan", "đang chạy / running"),
    "provisional": ("◐", "yellow", "tạm tính, kéo trước khi hết ngày / provisional"),
    "rejected": ("⊘", "bold magenta", "bị từ chối / rejected"),
    "failed": ("↯", "bold red", "hỏng / failed"),
    "missing": ("✕", "bold red", "thiếu / missing"),
    "not_due": ("·", "dim", "chưa đến hạn / not due"),
    "not_required": ("–", "dim", "không phải cung cấp / not required"),
}
"""State -> sign, colour, words; the sign alone tells it, colour only helps."""

SPAN = 14
"""Days shown when nobody names them."""
YEAR = 366
"""Days looked at for the systems: every feed is owed at least once a year."""

SYSTEM_WORDS = {
    "loaded": "đủ / whole",
    "partial": "một phần / in part",
    "missing": "thiếu / missing",
    "not_due": "chưa đến hạn / not due",
}
"""State of a system -> words."""


@click.command()
@option.FIRST
@option.LAST
@option.AGENCIES
@option.FEEDS
@click.option("--systems", is_flag=True, help="Theo 14 hệ thống / by the 14 founding systems.")
@option.AS_JSON
def status(
    *,
    first: date | None,
    last: date | None,
    agencies: tuple[str, ...],
    feeds: tuple[str, ...],
    systems: bool,
    as_json: bool,
) -> None:
    """Độ đầy đủ: đơn vị x ngày, xấu nhất trước / completeness matrix."""
    now = shell.now()
    days = YEAR if systems else SPAN
    end = last or (first + timedelta(days - 1) if first else now.date() - timedelta(1))
    period = option.period_of(first or end - timedelta(days - 1), end, None, "civil")
    span = period.first, period.last
    chosen = {code.upper() for code in agencies}
    if systems:
        _tell_systems(span, now, chosen, set(feeds), as_json=as_json)
        return
    with shell.desk() as desk:
        known = shown(desk.conn(), *span)
        matrix = completeness(desk.registry, known, span, now, frozenset(feeds))
    matrix = Matrix(matrix.days, tuple(r for r in matrix.rows if not chosen or r.agency in chosen))
    if as_json:
        paper.print_json(_plain(matrix))
    else:
        _print(matrix)


def _tell_systems(
    span: tuple[date, date], now: datetime, agencies: set[str], feeds: set[str], *, as_json: bool
) -> None:
    with shell.desk() as desk:
        told = system.states(desk.registry, desk.conn(), span, now, agencies)
    told = [one for one in told if not feeds or feeds & set(one.system.feeds)]
    if as_json:
        rows = [_plain_system(one) for one in told]
        paper.print_json({"first": span[0], "last": span[1], "systems": rows})
        return
    heads = ["#", "Hệ thống", "Luồng", "TL", "Phải có", "Đã có", "Mới nhất", "Trạng thái"]
    lines = [
        [
            str(one.system.number),
            one.system.name_vi,
            ", ".join(one.system.feeds),
            " ".join(one.system.documents),
            paper.number(one.expected),
            paper.number(one.covered),
            f"{one.newest:%d/%m/%Y}" if one.newest else "–",
            SYSTEM_WORDS[one.state],
        ]
        for one in told
    ]
    title = f"Các hệ thống của hồ sơ gốc {span[0]:%d/%m/%Y} – {span[1]:%d/%m/%Y}"
    paper.print_table(title, heads, lines, right=9)


def _plain_system(one: system.SystemState) -> dict[str, Any]:
    return {
        **asdict(one.system),
        "expected": one.expected,
        "due": one.due,
        "covered": one.covered,
        "newest": one.newest,
        "state": one.state,
    }


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
    counts["not_required"] = sum(not feeds for row in matrix.rows for feeds in row.cells.values())
    for state, (sign, colour, words) in SIGNS.items():
        if counts[state]:
            screen.print(f"[{colour}]{sign}[/] {words}: {paper.number(counts[state])}")
    if counts["missing"] or counts["failed"]:
        step = f"hub backfill --from {first} --to {last} --missing-only"
        click.echo(f"Bước tiếp / next: {step}", err=True)


def _cell(row: Row, day: date) -> str:
    sign, colour, _ = SIGNS[row.worst[day]]
    return f"[{colour}]{sign}[/]"
