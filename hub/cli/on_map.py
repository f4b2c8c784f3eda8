"""Figures by agency on an administrative map, and what the marks of their rows say."""

from collections.abc import Sequence
from typing import Protocol

import click

from hub.cli import paper
from warehouse.map import MARKS, AgencyFigures

SIGNS = {"": "", "not_divisible": "*", "not_on_map": "†"}
"""Mark of a row -> the sign behind its name."""

HEADS = ["Đơn vị", "Hồ sơ", "VB gửi", "VB nhận", "Giao dịch", "Độ đầy đủ"]


class Marked(Protocol):
    """A row of figures on a map."""

    @property
    def mark(self) -> str:
        """Return why the row is not simply that unit of the map; usually empty."""


def print_agencies(rows: Sequence[AgencyFigures], days: str) -> None:
    """Print figures by agency; their sums are those of the national table."""
    lines = [
        [
            f"{row.agency} {row.name}{SIGNS[row.mark]}",
            *map(paper.number, (row.dossiers, row.documents_sent, row.documents_received)),
            paper.number(row.payments),
            paper.percent(row.covered, row.expected),
        ]
        for row in rows
    ]
    paper.print_table(f"Theo đơn vị {days}", HEADS, lines)
    print_marks(rows)


def print_marks(rows: Sequence[Marked]) -> None:
    """Say what the signs behind names mean, where a row has one."""
    for mark in sorted({row.mark for row in rows} - {""}):
        click.echo(f"{SIGNS[mark]} {MARKS[mark]}")
