"""``hub backfill``: plan a range, show the plan, run it in lanes side by side."""

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import partial

import click

from hub.backfill import open_work, plan_for
from hub.cli import option, outcome, paper, shell
from hub.plan import Plan, Wish, carry_out
from hub.result import RunResult

SHOWN = 20
"""Failures listed by name; the rest is counted."""


@click.command()
@option.FIRST
@option.LAST
@option.AGENCIES
@option.FEEDS
@click.option("--missing-only", is_flag=True, help="Chỉ ngày chưa có dữ liệu / nothing shown yet.")
@click.option("--failed", "failed_only", is_flag=True, help="Chỉ lượt hỏng, bị từ chối / failed.")
@click.option("--parked", "parked_too", is_flag=True, help="Cả luồng tạm dừng / parked feeds too.")
@click.option("--yes", is_flag=True, help="Không hỏi lại / do not ask.")
@click.option("--plan-only", is_flag=True, help="Chỉ in kế hoạch / print the plan and stop.")
@click.option(
    "--accept-volume",
    is_flag=True,
    help="Chấp nhận số lượng bất thường đã xác minh / accept unusual volumes you checked.",
)
@click.option("--processes", type=click.IntRange(1, 64), help="Số tiến trình / workers.")
@option.AS_JSON
def backfill(  # noqa: PLR0913 - one parameter per option
    *,
    first: date | None,
    last: date | None,
    agencies: tuple[str, ...],
    feeds: tuple[str, ...],
    missing_only: bool,
    failed_only: bool,
    parked_too: bool,
    yes: bool,
    plan_only: bool,
    accept_volume: bool,
    processes: int | None,
    as_json: bool,
) -> int:
    """Chạy bù nhiều ngày: in kế hoạch trước, rồi chạy / plan, show, run."""
    span = option.period_of(first, last, None, "civil")
    wish = Wish(
        first=span.first,
        last=span.last,
        missing_only=missing_only,
        failed_only=failed_only,
        agencies=frozenset(code.upper() for code in agencies),
        feeds=frozenset(feeds),
        parked_too=parked_too,
    )
    settings = shell.settings()
    with shell.desk() as desk:
        desk.addresses()  # without the file no step could run
        plan, url = plan_for(desk, wish, shell.now()), desk.url
    _print_plan(plan, as_json=as_json and plan_only)
    if plan_only or not plan.steps:
        return 0
    if not yes:
        click.confirm("Chạy kế hoạch này? / run it?", abort=True, err=True)
    results = carry_out(
        plan,
        partial(open_work, settings, url, held=not accept_volume),
        processes=processes or settings.processes,
        park_after=settings.park_after,
    )
    return _run(plan, results, as_json=as_json)


def _print_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        paper.print_json(
            {
                "expected": plan.expected,
                "left_out": dict(plan.left_out),
                "steps": [str(step) for step in plan.steps],
            }
        )
        return
    days = {step.day for step in plan.steps}
    agencies = {step.agency for step in plan.steps}
    by_feed = Counter(step.feed for step in plan.steps)
    click.echo(
        f"Kế hoạch / plan: {paper.number(len(plan.steps))} lượt"
        f" trong {paper.number(plan.expected)} phải có"
        f" | {len(agencies)} đơn vị, {len(days)} ngày",
        err=True,
    )
    for feed, count in sorted(by_feed.items()):
        click.echo(f"  {feed}: {paper.number(count)}", err=True)
    for reason, count in sorted(plan.left_out.items()):
        click.echo(f"  bỏ qua / left out, {reason}: {paper.number(count)}", err=True)


def _run(plan: Plan, results: Generator[RunResult], *, as_json: bool) -> int:
    tally: Counter[str] = Counter()
    rows = 0
    bad: list[RunResult] = []
    # Closing the generator dismisses its workers, also when Ctrl-C ends the loop.
    with closing(results), _progress(len(plan.steps)) as advance:
        for result in results:
            tally[result.outcome] += 1
            rows += result.counts.loaded
            if not result.applied:
                bad.append(result)
            advance()
    if as_json:
        paper.print_json({"outcomes": tally, "rows_loaded": rows, "bad": [r.plain() for r in bad]})
    else:
        _print_summary(tally, rows, bad)
    if bad:
        click.echo(f"Bước tiếp / next: {_again(plan, bad)}", err=True)
    return outcome.exit_code(bad)


def _print_summary(tally: Counter[str], rows: int, bad: list[RunResult]) -> None:
    for name, count in tally.most_common():
        click.echo(f"{outcome.WORDS[name][2]}: {paper.number(count)}")
    click.echo(f"bản ghi đã nạp / rows loaded: {paper.number(rows)}")
    for result in bad[:SHOWN]:
        click.echo(outcome.sentence(result), err=True)
    if len(bad) > SHOWN:
        click.echo(f"… và {paper.number(len(bad) - SHOWN)} lượt nữa / more", err=True)


def _again(plan: Plan, bad: list[RunResult]) -> str:
    if len(bad) == 1:
        return outcome.next_command(bad[0])
    first, last = plan.steps[0].day, plan.steps[-1].day
    return f"hub backfill --from {first} --to {last} --missing-only --parked"


@contextmanager
def _progress(total: int) -> Iterator[partial[None]]:
    """Show a bar on a terminal; a pipe gets nothing but the summary."""
    from rich.progress import (  # noqa: PLC0415 - 80 ms that a plan alone need not pay
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    screen = paper.console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=screen,
        disable=not screen.is_terminal,
    ) as bar:
        task = bar.add_task("Chạy bù", total=total)
        yield partial(bar.advance, task)
