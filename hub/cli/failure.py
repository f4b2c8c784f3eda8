"""How a failure is told on a terminal: what, where, seen, allowed, and what to type next."""

import shlex
from collections.abc import Sequence

import click

from contracts.errors import (
    ArchiveCorrupt,
    ContractBroken,
    HubBug,
    HubError,
    LoadConflict,
    SourceError,
)

INTERRUPTED = 130
USAGE = 2

_PARTS = (
    ("where", "ở / where"),
    ("seen", "thấy / seen"),
    ("allowed", "cho phép / allowed"),
)


def tell(error: HubError, arguments: Sequence[str]) -> int:
    """Print an error to stderr and return its exit code."""
    lines = [click.style(f"Lỗi [{error.code}] ", fg="red", bold=True) + error.what]
    lines += [
        f"  {label}: {getattr(error, part)}" for part, label in _PARTS if getattr(error, part)
    ]
    step = next_step(error, arguments)
    lines.append(click.style(f"Bước tiếp / next: {step}", bold=True))
    click.echo("\n".join(lines), err=True)
    return error.exit_code


def next_step(error: HubError, arguments: Sequence[str]) -> str:
    """Return what to do next: the error's own advice, ending with a command to type."""
    command = _command(error, arguments)
    if not error.action:
        return command
    return error.action if "hub " in error.action else f"{error.action}; {command}"


def _command(error: HubError, arguments: Sequence[str]) -> str:
    place = error.where.split("/")
    partition = " ".join(place) if len(place) == 3 else ""
    match error:
        case HubBug() if "does not exist" in error.seen:
            return "hub init"  # the database has no tables of ours yet
        case SourceError() if partition:
            return f"hub check {partition}"
        case ContractBroken() if partition:
            return f"hub explain {partition}"
        case LoadConflict():
            return shlex.join(["hub", *arguments])
    return "hub verify" if isinstance(error, ArchiveCorrupt) else "hub doctor"


def tell_usage(usage: click.ClickException) -> int:
    """Print a usage error to stderr, with the help to read."""
    context = usage.ctx if isinstance(usage, click.UsageError) else None
    command = context.command_path if context else "hub"
    click.echo(click.style("Lỗi / usage: ", fg="red", bold=True) + usage.format_message(), err=True)
    click.echo(click.style(f"Bước tiếp / next: {command} --help", bold=True), err=True)
    return USAGE


def tell_interrupt(arguments: Sequence[str]) -> int:
    """Say that the work stopped on request and how to take it up again."""
    again = shlex.join(["hub", *arguments]) if arguments else "hub status"
    click.echo(
        "\nĐã dừng theo yêu cầu; không có ngày nào nạp dở / interrupted, no half day", err=True
    )
    click.echo(click.style(f"Bước tiếp / next: {again}", bold=True), err=True)
    return INTERRUPTED
