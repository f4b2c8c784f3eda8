"""``hub check``: pull and judge one partition without landing or loading anything."""

from collections import Counter
from datetime import date

import click

from contracts.partition import Partition
from contracts.verdict import Judged
from hub import ingest
from hub.cli import option, outcome, paper, shell


@click.command()
@option.AGENCY
@option.FEED
@option.ON
@option.AS_JSON
def check(*, agency: str, feed: str, day: date, as_json: bool) -> int:
    """Kéo thử và chấm, không lưu gì / dry pull and judge; nothing is written."""
    with shell.desk() as desk:
        result, judged = ingest.check(desk, Partition(agency.upper(), feed, day))
    if not as_json:
        _print_reasons(judged)
    return outcome.tell_result(result, as_json=as_json)


def _print_reasons(judged: Judged) -> None:
    """Print one line per rule that rows or the day broke, most frequent first."""
    rows = [[v.rule, v.code, "cả ngày / the day", v.seen, v.allowed] for v in judged.reasons]
    broken = Counter(
        (v.rule, v.code, v.allowed) for row in judged.quarantine for v in row.violations
    )
    seen = {(v.rule, v.code): v.seen for row in judged.quarantine for v in row.violations}
    rows += [
        [rule, code, paper.number(count), seen[rule, code], allowed]
        for (rule, code, allowed), count in broken.most_common()
    ]
    if rows:
        heads = ["Quy tắc", "Mã", "Bản ghi", "Thấy (một ví dụ)", "Cho phép"]
        paper.print_table("Vi phạm / violations", heads, rows, right=9)
