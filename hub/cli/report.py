"""``hub report``: official forms in the terminal, as XLSX, CSV or JSON, as on the pages."""

import sys
from datetime import date
from pathlib import Path
from typing import get_args

import click

from hub.cli import on_map, option, paper, shell
from hub.expected import expect_days
from serving.form.asked import Asked
from serving.form.cell import row_name, scope_name, shown
from serving.form.csv_file import csv_of
from serving.form.definition import Definition, Rows, form_names, version_of
from serving.form.filling import Filled, Printed, fill
from serving.form.header import full_labels
from serving.form.signing import reporters, runs_of
from serving.form.workbook import Origin, write_workbook
from warehouse.database import read_snapshot
from warehouse.map import Basis

WORKBOOK = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("form", type=click.Choice(form_names()))
@option.FIRST
@option.LAST
@option.PERIOD
@option.CALENDAR
@option.ON_MAP
@click.option("--cut", type=click.Choice(get_args(Rows)), help="Một dòng là gì / what a row is.")
@click.option("--agency", default="", help="Chỉ cơ quan này trên bản đồ / only this agency.")
@click.option("--xlsx", "workbook", type=WORKBOOK, help="Ghi XLSX có công thức / write XLSX.")
@click.option("--csv", "as_csv", is_flag=True, help="In CSV (UTF-8, có BOM) / print CSV.")
@option.AS_JSON
def report(  # noqa: PLR0913 - one parameter per option
    *,
    form: str,
    first: date | None,
    last: date | None,
    period: str | None,
    calendar: str,
    basis: Basis,
    cut: Rows | None,
    agency: str,
    workbook: Path | None,
    as_csv: bool,
    as_json: bool,
) -> int:
    """Biểu báo cáo, kèm phép cộng đã kiểm và độ đầy đủ / official form."""
    span = option.period_of(first, last, period, calendar)
    _, definition = version_of(form, span.last)
    asked = Asked(
        form=form,
        cut=_cut(definition, cut),
        agency=agency.upper(),
        period=span,
        calendar=calendar,
        basis=basis,
        basis_name=str(basis),
    )
    with shell.desk() as desk:
        expect_days(desk, span.first, span.last, shell.now())
        conn = desk.conn()
        with read_snapshot(conn):
            filled = fill(conn, asked)
            runs = runs_of(conn, filled, reporters(conn, asked)) if workbook else []
    if workbook:
        workbook.write_bytes(write_workbook(filled, Origin(scope_name(filled, "vi"), runs)))
    if as_csv:
        sys.stdout.write(csv_of(filled))
    elif as_json:
        paper.print_json(_plain(filled))
    else:
        _print_table(filled)
    return 0 if filled.is_balanced else 1


def _cut(definition: Definition, cut: Rows | None) -> Rows:
    """Return what rows are: as asked, else agencies where the form has them."""
    if cut is None:
        return "agency" if "agency" in definition.rows else next(iter(definition.rows))
    if cut in definition.rows:
        return cut
    raise click.UsageError(f"--cut: {', '.join(definition.rows)}")


def _print_table(filled: Filled) -> None:
    span = filled.asked.period
    labels = full_labels(filled.definition, filled.asked.cut, "vi")
    rows = [*filled.rows, *([filled.total] if filled.total else [])]
    heads = [filled.definition.rows[filled.asked.cut].vi]
    heads += [
        f"{labels[c.number - 1].split(' / ')[-1]}\n{c.number}" for c in filled.definition.figures
    ]
    days = f"{span.first:%d/%m/%Y} – {span.last:%d/%m/%Y}"
    title = days if span.label == days else f"{span.label} ({days})"
    scope = f" · {scope_name(filled, 'vi')}" if filled.asked.agency else ""
    lines = [_line(filled, row) for row in rows]
    paper.print_table(
        f"Biểu {filled.definition.code}{scope} · {title}", [*heads, "Độ đầy đủ\n"], lines
    )
    on_map.print_marks(filled.rows)
    _print_trust(filled)


def _line(filled: Filled, row: Printed) -> list[str]:
    behind = row.coverage or (filled.coverage if row is filled.total else None)
    return [
        row_name(filled, row, "vi"),
        *(shown(filled, number, cell, "vi") for number, cell in row.cells.items()),
        paper.percent(behind.covered, behind.expected) if behind else "–",
    ]


def _print_trust(filled: Filled) -> None:
    """Say which sums hold and what is missing, with the next step."""
    if filled.checked:
        holding = filled.checked - len(filled.broken)
        click.echo(f"Khớp {holding}/{filled.checked} phép cộng")
    behind, span = filled.coverage, filled.asked.period
    click.echo(
        f"Độ đầy đủ / coverage: {paper.percent(behind.covered, behind.expected)}"
        f" ({paper.number(behind.covered)}/{paper.number(behind.expected)} ngày-đơn vị)"
    )
    if behind.covered < behind.expected:
        feed = " --feed dossiers" if filled.asked.cut != "indicator" else ""
        step = f"hub backfill --from {span.first} --to {span.last}{feed} --missing-only"
        click.echo(f"Bước tiếp / next: {step}", err=True)


def _plain(filled: Filled) -> dict[str, object]:
    rows = [
        {
            "code": row.code,
            "name": row.name_vi,
            "mark": row.mark,
            "columns": row.cells,
            "expected": row.coverage.expected if row.coverage else None,
            "covered": row.coverage.covered if row.coverage else None,
        }
        for row in filled.rows
    ]
    return {
        "form": filled.definition.code,
        "cut": filled.asked.cut,
        "agency": filled.asked.agency,
        "period": filled.asked.period.name,
        "rows": rows,
        "total": filled.total.cells if filled.total else None,
        "expected": filled.coverage.expected,
        "covered": filled.coverage.covered,
        "is_balanced": filled.is_balanced,
        "fingerprint": filled.fingerprint,
    }
