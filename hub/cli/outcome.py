"""How results of runs are told on a terminal."""

from collections.abc import Sequence

import click

from hub.cli import paper
from hub.result import RunResult

WORDS = {
    "loaded": ("✓", "green", "đã nạp / loaded"),
    "unchanged": ("✓", "green", "không đổi / unchanged"),
    "already": ("✓", "green", "đã áp dụng / already applied"),
    "superseded": ("✓", "cyan", "đã có lượt mới hơn / superseded by a newer run"),
    "checked": ("✓", "green", "đạt hợp đồng / fits its contract"),
    "rejected": ("⊘", "magenta", "bị từ chối cả ngày / rejected"),
    "failed": ("✕", "red", "hỏng / failed"),
    "parked": ("✕", "red", "tạm dừng / parked"),
}


def tell_result(result: RunResult, *, as_json: bool) -> int:
    """Print one result, the balance of its rows, and the next command where it is not well."""
    if as_json:
        paper.print_json(result.plain())
    else:
        click.echo(sentence(result))
    if result.exit_code:
        click.echo(f"Bước tiếp / next: {next_command(result)}", err=True)
    return result.exit_code


def sentence(result: RunResult) -> str:
    """Return one line about a result."""
    mark, colour, words = WORDS[result.outcome]
    parts = [click.style(mark, fg=colour), f"{result.partition}: {words}"]
    counts = result.counts
    if counts.received:
        parts.append(
            f"| nhận {paper.number(counts.received)} = nạp {paper.number(counts.loaded)}"
            f" + cách ly {paper.number(counts.quarantined)}"
            f" + trùng {paper.number(counts.duplicates)}"
        )
    if result.code:
        parts.append(f"| [{result.code}] {result.message}")
    parts.append(f"| {result.seconds:.2f} s".replace(".", ","))
    return " ".join(parts)


def next_command(result: RunResult) -> str:
    """Return what to type after a result that is not well."""
    p = result.partition
    words = f"{p.agency} {p.feed} {p.day}"
    if result.outcome == "rejected":
        return f"hub explain {words}"
    return f"hub run {words}" if result.retry else f"hub check {words}"


def exit_code(bad: Sequence[RunResult]) -> int:
    """Return the gravest exit code of many results: 4 before 3 before 5 before 1."""
    codes = {result.exit_code for result in bad}
    return next((code for code in (4, 3, 5, 1) if code in codes), 0)
