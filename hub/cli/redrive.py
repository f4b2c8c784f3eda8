"""``hub redrive``: judge quarantined rows again, after a rule, code list or code map changed."""

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from functools import partial

import click

from contracts.partition import Partition
from hub.cli import option, outcome, paper, shell
from hub.plan import Plan, Wish, carry_out
from hub.redrive import open_archive, plan_redrive, quarantined
from hub.result import RunResult

EVER = (date(2000, 1, 1), date(2100, 1, 1))


@click.command()
@option.FIRST
@option.LAST
@option.AGENCIES
@option.FEEDS
@click.option("--rule", default="", help="Chỉ quy tắc này / only this rule.")
@click.option("--code", default="", help="Chỉ mã lý do này / only this reason code.")
@click.option("--yes", is_flag=True, help="Không hỏi lại / do not ask.")
@click.option("--plan-only", is_flag=True, help="Chỉ in kế hoạch / print the plan and stop.")
@option.AS_JSON
def redrive(  # noqa: PLR0913 - one parameter per option
    *,
    first: date | None,
    last: date | None,
    agencies: tuple[str, ...],
    feeds: tuple[str, ...],
    rule: str,
    code: str,
    yes: bool,
    plan_only: bool,
    as_json: bool,
) -> int:
    """Chấm lại dòng cách ly từ kho gốc theo hợp đồng mới nhất / free what now fits."""
    wish = Wish(
        first=first or EVER[0],
        last=last or EVER[1],
        agencies=frozenset(agency.upper() for agency in agencies),
        feeds=frozenset(feeds),
    )
    settings = shell.settings()
    with shell.desk() as desk:
        plan = plan_redrive(desk.conn(), wish, rule=rule, code=code)
        before, url = quarantined(desk.conn(), wish, rule=rule, code=code), desk.url
    _print_plan(plan, before, as_json=as_json and plan_only)
    if plan_only or not plan.steps:
        return 0
    if not yes:
        click.confirm("Chạy kế hoạch này? / run it?", abort=True, err=True)
    results = carry_out(
        plan,
        partial(open_archive, settings, url, is_newest=True),
        processes=settings.processes,
        park_after=settings.park_after,
    )
    with closing(results):
        return _tell(list(results), before, as_json=as_json)


def _print_plan(plan: Plan, before: Mapping[Partition, int], *, as_json: bool) -> None:
    rows = sum(before.values())
    if as_json:
        paper.print_json({"steps": [str(step) for step in plan.steps], "quarantined": rows})
        return
    click.echo(
        f"Kế hoạch / plan: {paper.number(len(plan.steps))} phần / partitions,"
        f" {paper.number(rows)} dòng cách ly / quarantined rows",
        err=True,
    )


def _tell(results: list[RunResult], before: Mapping[Partition, int], *, as_json: bool) -> int:
    bad = [result for result in results if not result.applied]
    left = sum(
        result.counts.quarantined if result.applied else before[result.partition]
        for result in results
    )
    freed = sum(before.values()) - left
    if as_json:
        paper.print_json({"freed": freed, "left": left, "bad": [r.plain() for r in bad]})
    else:
        click.echo(
            f"giải phóng / freed: {paper.number(freed)} | còn cách ly / left: {paper.number(left)}"
        )
        for result in bad:
            click.echo(outcome.sentence(result), err=True)
    return outcome.exit_code(bad)
