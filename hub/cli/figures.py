"""``hub figures``: the national table beside the published figures, coverage beside each."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import click

from contracts.partition import Partition
from hub.cli import on_map, option, paper, shell
from hub.desk import Desk
from hub.expected import expect_days
from hub.published import Compared, Published, compare, founding_spans, published_figures
from warehouse.figures import Coverage, NationalTable, national_table
from warehouse.indicator import IndicatorRow, compute
from warehouse.map import AgencyFigures, Basis, agency_figures

PRECISIONS = {"over": "hơn ", "about": "khoảng "}
"""Precision of a published figure -> the word before it; exact ones need none."""
FITS = {True: "khớp", False: "khác", None: "–"}
MET = {True: "đạt", False: "chưa", None: "–"}
LEVELS = {
    "all": "cả nước",
    "ministry": "bộ",
    "province": "tỉnh",
    "district": "huyện",
    "commune": "xã",
}


@click.command()
@option.FIRST
@option.LAST
@click.option("--map", "basis", type=option.OnMap(), help=option.MAP_HELP)
@option.AS_JSON
def figures(*, first: date | None, last: date | None, basis: Basis | None, as_json: bool) -> None:
    """Số liệu cả nước bên số đã công bố, kèm độ đầy đủ / national table.

    Các số đã công bố luôn so trên đúng những ngày mà tài liệu nói tới; --from --to chọn ngày của
    các bảng dưới (chỉ tiêu, thanh toán, cân bằng); --map thêm bảng theo đơn vị trên bản đồ ấy.
    """
    known = published_figures()
    span = (
        first or min(figure.first for figure in known),
        last or max(figure.last for figure in known),
    )
    with shell.desk() as desk:
        _expect(desk, span if first or last else None)
        compared, table = compare(desk), national_table(desk.conn(), *span)
        rows = compute(desk.conn(), *span)
        agencies = agency_figures(desk.conn(), *span, basis) if basis else []
    if as_json:
        paper.print_json(_told(compared, rows, table) | _by_agency(agencies, basis))
        return
    _print_published(compared)
    _print_indicators(rows, _days(table))
    _print_payments(table)
    _print_balance(table)
    if basis:
        on_map.print_agencies(agencies, _days(table))


def _expect(desk: Desk, asked: tuple[date, date] | None) -> None:
    """Expect what the figures speak of, and all that is owed for the days somebody asked for.

    Every feed on all founding days would be 180,000 partitions, three times as many as needed.
    """
    spans = founding_spans()

    def is_founding(partition: Partition) -> bool:
        first, last = spans.get(partition.feed, (date.max, date.min))
        return first <= partition.day <= last

    if asked:
        expect_days(desk, *asked, shell.now())
    starts, ends = zip(*spans.values(), strict=True)
    expect_days(desk, min(starts), max(ends), shell.now(), only=is_founding)


def _told(
    compared: Sequence[Compared], rows: Sequence[IndicatorRow], table: NationalTable
) -> dict[str, Any]:
    return {
        "published": [asdict(one) | {"fits": one.fits} for one in compared],
        "indicators": [asdict(row) for row in rows],
        "period": asdict(table),
    }


def _by_agency(agencies: Sequence[AgencyFigures], basis: Basis | None) -> dict[str, Any]:
    return {"agencies": [asdict(one) for one in agencies]} if basis else {}


def _print_published(compared: Sequence[Compared]) -> None:
    heads = ["Chỉ tiêu", "Từ", "Đến", "Trung tâm đếm", "Đã công bố", "Khớp", "Độ đầy đủ", "TL"]
    lines = [
        [
            one.published.label_vi,
            f"{one.published.first:%d/%m/%Y}",
            f"{one.published.last:%d/%m/%Y}",
            paper.decimal(one.counted) + _unit(one.published, one.counted),
            _stated(one.published),
            FITS[one.fits],
            paper.percent(one.coverage.covered, one.coverage.expected),
            one.published.document,
        ]
        for one in compared
    ]
    paper.print_table("Số liệu cả nước bên số đã công bố", heads, lines)


def _stated(published: Published) -> str:
    """Return a value as its document words it."""
    if published.value is None:
        return "–"
    word = PRECISIONS.get(published.precision, "")
    return word + paper.decimal(published.value) + _unit(published, published.value)


def _unit(published: Published, value: object) -> str:
    return "%" if published.is_percent and value is not None else ""


def _print_indicators(rows: Sequence[IndicatorRow], days: str) -> None:
    """Print the indicators that anything is known of; say how many are not."""
    known = [row for row in rows if row.coverage.covered]
    lines = [
        [
            row.name_vi,
            LEVELS[row.level],
            paper.decimal(row.numerator),
            paper.decimal(row.denominator),
            paper.decimal(row.value) + ("" if row.value is None else "%"),
            "–" if row.target is None else f"{paper.decimal(row.target)}%",
            MET[row.is_met],
            paper.percent(row.coverage.covered, row.coverage.expected),
        ]
        for row in known
    ]
    heads = ["Chỉ tiêu", "Cấp", "Tử số", "Mẫu số", "Kết quả", "Mục tiêu", "Đạt", "Độ đầy đủ"]
    if lines:
        paper.print_table(f"Chỉ tiêu {days}", heads, lines)
    if absent := len(rows) - len(known):
        click.echo(f"{absent} dòng chỉ tiêu chưa có số liệu / indicator rows without data\n")


def _print_payments(table: NationalTable) -> None:
    if not table.payments:
        return
    lines = [
        [
            paid.label_vi,
            paper.number(paid.count),
            paper.money(paid.amount_minor, paid.exponent),
            paid.currency,
        ]
        for paid in table.payments
    ]
    title = f"Thanh toán thành công {_days(table)}"
    paper.print_table(title, ["Nghĩa vụ", "Số giao dịch", "Số tiền", "Tiền tệ"], lines)


def _print_balance(table: NationalTable) -> None:
    lines = [
        [
            feed,
            *map(paper.number, (b.received, b.loaded, b.quarantined, b.duplicates)),
            "khớp" if b.is_balanced else "LỆCH",
            paper.percent(covered.covered, covered.expected),
        ]
        for feed, b in table.balance.items()
        for covered in [table.coverage.get(feed, Coverage(0, 0))]
    ]
    heads = ["Luồng", "Nhận", "= Nạp", "+ Cách ly", "+ Trùng", "Cân bằng", "Độ đầy đủ"]
    paper.print_table(f"Cân bằng bản ghi {_days(table)}", heads, lines)


def _days(table: NationalTable) -> str:
    return f"{table.first_day:%d/%m/%Y} – {table.last_day:%d/%m/%Y}"
