"""How the demo shows what it is doing: bars on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hub.cli import paper

LINE_SECONDS = 10.0
"""Without a terminal a phase speaks at most this often."""

Tell = Callable[[int, int], None]


@dataclass(slots=True)
class View:
    """The phases, their times, and where to show them.

    Attributes:
        seconds: phase -> wall seconds, in order.
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, words: str) -> Iterator[Tell]:
        """Show a phase while it lasts; the value takes (done, asked for)."""
        began = time.monotonic()
        screen = paper.console(stderr=True)
        show = self._bar(words) if screen.is_terminal else self._lines(words)
        with show as tell:
            yield tell
        self.seconds[words] = time.monotonic() - began

    @contextmanager
    def _bar(self, words: str) -> Iterator[Tell]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=paper.console(stderr=True)) as progress:
            task = progress.add_task(words, total=None)
            yield lambda done, asked: progress.update(task, completed=done, total=asked)
            total = progress.tasks[0].total or 1
            progress.update(task, total=total, completed=progress.tasks[0].completed or total)

    @contextmanager
    def _lines(self, words: str) -> Iterator[Tell]:
        began = spoken = time.monotonic()
        click.echo(f"{words} …", err=True)
        last = (0, 0)

        def tell(done: int, asked: int) -> None:
            nonlocal spoken, last
            last = done, asked
            if time.monotonic() - spoken > LINE_SECONDS:
                spoken = time.monotonic()
                click.echo(f"  {paper.number(done)}/{paper.number(asked)}", err=True)

        yield tell
        count = f" {paper.number(last[0])}/{paper.number(last[1])}," if last[1] else ""
        click.echo(f"  xong / done:{count} {time.monotonic() - began:.1f} s", err=True)
