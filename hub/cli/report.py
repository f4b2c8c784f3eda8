"""``hub report``: official forms in the terminal or as CSV, identities checked, coverage beside."""

import csv
import sys
from datetime import date

import click

from hub.cli import on_map, option, paper, shell
from hub.expected import expect_days
from hub.period import Period
from hub.spreadsheet import harmless
from warehouse.figures import FormRow, form_06a
from warehouse.map import Basis

FORM = "II.06a"
HEADS = (
    "Đơn vị",
    "Tiếp nhận\n3",
    "trực tuyến\n4",
    "trực tiếp\n5",
    "kỳ trước\n6",
    "Giải quyết\n7",
    "trước hạn\n8",
    "đúng hạn\n9",
    "quá hạn\n10",
    "Đang GQ\n11",
    "trong hạn\n12",
    "quá hạn\n13",
    "Độ đầy đủ\n",
)
COLUMNS = range(3, 14)
"""Columns of the form that hold figures. Source: form II.06a/VPCP/KSTT."""


@click.command()
@click.argument("form", type=click.Choice([FORM]))
@option.FIRST
@option.LAST
@option.PERIOD
@option.CALENDAR
@option.ON_MAP
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
    as_csv: bool,
    as_json: bool,
) -> int:
    """Biểu II.06a theo đơn vị, kèm phép cộng đã kiểm và độ đầy đủ / official form."""
    del form
    span = option.period_of(first, last, period, calendar)
    with shell.desk() as desk:
        expect_days(desk, span.first, span.last, shell.now())
        rows = form_06a(desk.conn(), span.first, span.last, basis)
    if as_csv:
        _print_csv(rows)
    elif as_json:
        paper.print_json({"period": span.name, "rows": [_plain(row) for row in rows]})
    else:
        _print_table(rows, span)
    return 0 if all(row.is_balanced for row in rows) else 1


def identities(row: FormRow) -> list[bool]:
    """Return whether each of the form's sums holds: 3 = 4+5+6, 7 = 8+9+10, 11 = 12+13, 3 = 7+11."""
    c = row.columns
    return [
        c[3] == c[4] + c[5] + c[6],
        c[7] == c[8] + c[9] + c[10],
        c[11] == c[12] + c[13],
        c[3] == c[7] + c[11],
    ]


def _print_table(rows: list[FormRow], span: Period) -> None:
    total = FormRow.total(rows)
    lines = [
        [
            f"{row.agency} {row.name}{on_map.SIGNS[row.mark]}".strip(),
            *map(paper.number, row.columns.values()),
            paper.percent(row.covered, row.expected),
        ]
        for row in [*rows, total]
    ]
    days = f"{span.first:%d/%m/%Y} – {span.last:%d/%m/%Y}"
    title = days if span.label == days else f"{span.label} ({days})"
    paper.print_table(f"Biểu {FORM} · {title}", HEADS, lines)
    on_map.print_marks(rows)
    checked = [holds for row in [*rows, total] for holds in identities(row)]
    click.echo(f"Khớp {sum(checked)}/{len(checked)} phép cộng")
    click.echo(
        f"Độ đầy đủ / coverage: {paper.percent(total.covered, total.expected)}"
        f" ({paper.number(total.covered)}/{paper.number(total.expected)} ngày-đơn vị)"
    )
    if total.covered < total.expected:
        step = f"hub backfill --from {span.first} --to {span.last} --feed dossiers --missing-only"
        click.echo(f"Bước tiếp / next: {step}", err=True)


def _print_csv(rows: list[FormRow]) -> None:
    sys.stdout.write("\ufeff")  # spreadsheets take a file without it for a local code page
    out = csv.writer(sys.stdout, lineterminator="\r\n")
    out.writerow(["Mã đơn vị", "Đơn vị", *COLUMNS, "Phải có", "Đã có", "Ghi chú"])
    for row in [*rows, FormRow.total(rows)]:
        behind = (row.expected, row.covered, row.mark)
        out.writerow([row.agency, harmless(row.name), *row.columns.values(), *behind])


def _plain(row: FormRow) -> dict[str, object]:
    return {
        "agency": row.agency,
        "name": row.name,
        "mark": row.mark,
        "columns": row.columns,
        "expected": row.expected,
        "covered": row.covered,
        "is_balanced": row.is_balanced,
    }
