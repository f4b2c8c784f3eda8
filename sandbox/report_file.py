"""Statistical feeds that come as files: a workbook with merged labels, delimited text."""

import csv
import io
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from openpyxl import Workbook

from sandbox.agency import read_csv
from sandbox.statistics import Statistics
from sandbox.statistics_national import Row

_LEVELS = {"ministry": "Bộ", "province": "Tỉnh", "district": "Huyện", "commune": "Xã"}
_PRECISIONS = {"exact": "đúng", "over": "hơn", "about": "khoảng"}
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXT = "text/csv; charset=utf-8"
KINDS: Mapping[str, str] = {"xlsx": _SHEET, "csv": _TEXT}
"""Suffix -> media type."""


class ReportFiles:
    """Renders files of statistical feeds; equal questions get equal bytes.

    Args:
        statistics: where their rows come from.
    """

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self.render = lru_cache(maxsize=512)(self._render)

    def _render(self, agency: str, feed: str, name: str) -> tuple[date, bytes, int] | None:
        """Return (last day of the period, bytes, rows); None where there is no such file."""
        render = _RENDERERS.get((feed, name.partition(".")[2]))
        if render is None:
            return None
        day = _last_day(name.partition(".")[0])
        rows = self._statistics.rows(agency, feed, day)
        return None if rows is None else (day, render(rows), len(rows))


def _last_day(period: str) -> date:
    """Return the last day of ``2020`` or ``2020-04``."""
    year, _, month = period.partition("-")
    if not month:
        return date(int(year), 12, 31)
    return date(int(year), int(month), monthrange(int(year), int(month))[1])


def _work_book(rows: list[Row]) -> bytes:
    """Return the report as offices make it: titles, merged labels, a line of numbers, a total."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Báo cáo"
    sheet["B1"] = "BÁO CÁO HỒ SƠ CÔNG VIỆC XỬ LÝ TRÊN MÔI TRƯỜNG MẠNG"
    labels = ("STT", "Mã đơn vị", "Cấp", "Hồ sơ công việc", None, "Hồ sơ mật")
    below = (None, None, None, "Tổng số", "Xử lý trực tuyến", None)
    numbers = ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)")
    for line, cells in enumerate((labels, below, numbers), 3):
        for column, text in enumerate(cells, 2):
            sheet.cell(line, column, text)
    for merged in ("B3:B4", "C3:C4", "D3:D4", "E3:F3", "G3:G4"):
        sheet.merge_cells(merged)
    for number, row in enumerate(rows, 1):
        level = _LEVELS[str(row["level"])]
        counts = (row["files_total"], row["files_online"], row["files_secret"])
        sheet.append((None, number, row["unit_code"], level, *counts))
    sums = (_sum(rows, name) for name in ("files_total", "files_online", "files_secret"))
    sheet.append((None, "Tổng cộng", None, None, *sums))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _sum(rows: list[Row], name: str) -> int:
    return sum(int(row[name] or 0) for row in rows)


def _figures(rows: list[Row]) -> bytes:
    lines = [
        (
            row["figure_code"],
            row["document"],
            _vietnamese(str(row["value"])),
            _PRECISIONS[str(row["precision"])],
            _day(row["first_on"]),
            _day(row["as_of"]),
            row["unit_name"],
        )
        for row in rows
    ]
    labels = (
        "Mã số liệu",
        "Văn bản",
        "Giá trị",
        "Độ chính xác",
        "Từ ngày",
        "Tính đến",
        "Đơn vị tính",
    )
    return _delimited([labels, *lines], ";")


def _vietnamese(number: str) -> str:
    """Return 1234567.5 as 1.234.567,5.

    >>> _vietnamese("27500000"), _vietnamese("-51.4")
    ('27.500.000', '-51,4')
    """
    whole, _, rest = number.partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{grouped},{rest}" if rest else grouped


def _day(text: str | int | None) -> str:
    return f"{date.fromisoformat(str(text)):%d/%m/%Y}" if text else ""


def _population(rows: list[Row]) -> bytes:
    """Return the yearbook's table: names without diacritics, subtotals among the provinces.

    Source: layout of the statistical yearbook's table of 2020; the country's figure is given
    as it was published, 0.1 above the sum of the provinces.
    """
    people = read_csv("population.csv")
    # the book names provinces, not codes; those of the day are 63, or the 34 that they formed
    after = "code_since_2025_07_01" if len(rows) < len(people) else "code"
    told: dict[str, int] = {}
    for row in people:
        told[row[after]] = told.get(row[after], 0) + round(float(row["thousand_persons"]) * 10)
    regions: dict[str, list[tuple[str, int]]] = {}
    for row in people:
        if row["code"] in told:
            regions.setdefault(row["region"], []).append((row["plain"], told[row["code"]]))
    lines = [("WHOLE COUNTRY", 975_827)]
    for region, provinces in regions.items():
        lines += [(region, sum(tenths for _, tenths in provinces)), *provinces]
    labels = ("Cities, provincies", "2020 (*) Average population (Thous. pers.)")
    return _delimited([labels, *((name, f"{tenths / 10:.2f}") for name, tenths in lines)], ",")


def _delimited(lines: Iterable[tuple[object, ...]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


_RENDERERS = {
    ("work_files", "xlsx"): _work_book,
    ("published_figures", "csv"): _figures,
    ("population", "csv"): _population,
}
