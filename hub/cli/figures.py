"""``hub figures``: the national table beside the published figures, coverage beside each."""

from dataclasses import asdict
from datetime import date

import click

from hub.cli import on_map, option, paper, shell
from hub.expected import expect_days
from hub.published import Compared, compare, published_figures
from warehouse.figures import NationalTable, national_table
from warehouse.map import Basis, agency_figures


@click.command()
@option.FIRST
@option.LAST
@click.option("--map", "basis", type=option.OnMap(), help=option.MAP_HELP)
@option.AS_JSON
def figures(*, first: date | None, last: date | None, basis: Basis | None, as_json: bool) -> None:
    """Số liệu cả nước bên số đã công bố, kèm độ đầy đủ / national table.

    Các số đã công bố luôn so trên đúng những ngày mà tài liệu nói tới; --from --to chọn ngày của
    hai bảng dưới (thanh toán, cân bằng); --map thêm bảng theo đơn vị trên bản đồ ấy.
    """
    known = published_figures()
    span = (
        first or min(figure.first for figure in known),
        last or max(figure.last for figure in known),
    )
    with shell.desk() as desk:
        starts, ends = [f.first for f in known], [f.last for f in known]
        expect_days(desk, min(span[0], *starts), max(span[1], *ends), shell.now())
        compared, table = compare(desk), national_table(desk.conn(), *span)
        agencies = agency_figures(desk.conn(), *span, basis) if basis else []
    if as_json:
        told = {"published": [asdict(one) for one in compared], "period": asdict(table)}
        paper.print_json(told | ({"agencies": [asdict(a) for a in agencies]} if basis else {}))
        return
    _print_published(compared)
    _print_payments(table)
    _print_balance(table)
    if basis:
        on_map.print_agencies(agencies, _days(table))


def _print_published(compared: list[Compared]) -> None:
    heads = ["Chỉ tiêu", "Từ", "Đến", "Trung tâm đếm", "Đã công bố", "Tỷ lệ", "Độ đầy đủ", "TL"]
    lines = [
        [
            one.published.label_vi,
            f"{one.published.first:%d/%m/%Y}",
            f"{one.published.last:%d/%m/%Y}",
            paper.number(one.counted),
            paper.number(one.published.value),
            paper.percent(one.counted, one.published.value),
            paper.percent(one.coverage.covered, one.coverage.expected),
            one.published.document,
        ]
        for one in compared
    ]
    paper.print_table("Số liệu cả nước bên số đã công bố", heads, lines)


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
            paper.percent(table.coverage[feed].covered, table.coverage[feed].expected),
        ]
        for feed, b in table.balance.items()
    ]
    heads = ["Luồng", "Nhận", "= Nạp", "+ Cách ly", "+ Trùng", "Cân bằng", "Độ đầy đủ"]
    paper.print_table(f"Cân bằng bản ghi {_days(table)}", heads, lines)


def _days(table: NationalTable) -> str:
    return f"{table.first_day:%d/%m/%Y} – {table.last_day:%d/%m/%Y}"
