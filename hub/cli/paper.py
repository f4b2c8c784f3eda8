"""What commands print: tables and numbers as Vietnamese readers write them, or JSON."""

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 160
"""Columns of a table that is written to a file or a pipe, where no terminal gives a width."""


def console(*, stderr: bool = False) -> "Console":
    """Return a console; NO_COLOR and pipes are honoured, pipes get wide lines."""
    from rich.console import Console  # noqa: PLC0415 - 60 ms that --json and --help need not pay

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False)


def print_json(data: Any) -> None:
    """Print data as JSON, keys in order, text unescaped, days and instants in ISO 8601."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=_plain))


def print_table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: int = 1
) -> None:
    """Print a table; columns from ``right`` on hold numbers."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(heads):
        justify: Literal["left", "right"] = "right" if place >= right else "left"
        if place:
            table.add_column(head, justify=justify, overflow="fold")
        else:
            table.add_column(head, justify=justify, no_wrap=True, overflow="ellipsis", max_width=64)
    for row in rows:
        table.add_row(*row)
    console().print(table)


def number(value: int | None) -> str:
    """Return an integer with Vietnamese groups; absent is a dash.

    >>> number(1281574), number(0), number(None)
    ('1.281.574', '0', '–')
    """
    return "–" if value is None else f"{value:,}".replace(",", ".")


def decimal(value: Decimal | None, places: int = 2) -> str:
    """Return a number with at most so many decimals; absent is a dash.

    >>> decimal(Decimal("17.970")), decimal(Decimal("-51.4")), decimal(Decimal(226))
    ('17,97', '-51,4', '226')
    >>> decimal(Decimal("97582.6")), decimal(None)
    ('97.582,6', '–')
    """
    if value is None:
        return "–"
    whole, _, rest = f"{value:,.{places}f}".partition(".")
    rest = rest.rstrip("0")
    return whole.replace(",", ".") + (f",{rest}" if rest else "")


def money(minor: int, exponent: int) -> str:
    """Return an amount in minor units with Vietnamese groups and decimal comma.

    >>> money(11846170902, 2), money(150000, 0)
    ('118.461.709,02', '150.000')
    """
    whole, rest = divmod(abs(minor), 10**exponent)
    sign = "-" if minor < 0 else ""
    return sign + number(whole) + (f",{rest:0{exponent}d}" if exponent else "")


def percent(part: int, whole: int) -> str:
    """Return a share with a decimal comma; a share of nothing is a dash.

    >>> percent(1, 3), percent(0, 0)
    ('33,33%', '–')
    """
    return f"{100 * part / whole:.2f}%".replace(".", ",") if whole else "–"


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)
