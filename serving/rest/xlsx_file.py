"""XLSX, written row by row: no row is held, and the first bytes leave before the last row is known.

A workbook is a zip of XML parts. Texts stand inline and in text cells, so that nothing is taken for
a formula and no code for a number. Source: ECMA-376 part 1, SpreadsheetML.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from html import escape
from itertools import chain, islice
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from contracts.partition import ZONE
from serving.rest.reading import Reading, Rows
from serving.rest.sink import Sink
from warehouse.catalogue import Column

SHEET_ROWS = 500_000
"""Rows of one sheet; Excel takes twice as many, but a part of the zip must stay below 2 GB."""
BLOCK_ROWS = 1_000
LEVEL = 3
TEXT, HEAD, DAY, MOMENT, NUMBER, PLAIN = 1, 2, 3, 4, 5, 0
EPOCH = date(1899, 12, 30).toordinal()
"""Day 0 of spreadsheets."""
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
STYLES = (
    f'{XML}<styleSheet {MAIN}><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"'
    ' applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="22" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/>'
    "</cellStyles></styleSheet>"
)
WIDTHS = {"text": 22, "day": 12, "moment": 18, "integer": 14, "decimal": 18, "boolean": 10}
ABOUT = "Độ đầy đủ"
DATA = "Dữ liệu"


def xlsx_chunks(reading: Reading, rows: Rows) -> Generator[bytes, None, None]:
    """Yield a workbook: sheets of rows, then a sheet that tells what stands behind them."""
    sink = Sink()
    sheets = 0
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=LEVEL) as book:
        for name, text in (("xl/styles.xml", STYLES), ("_rels/.rels", _root())):
            book.writestr(_part(name), text)
            yield sink.taken()
        first = next(rows, None)
        while first is not None or not sheets:
            sheets += 1
            here = chain([] if first is None else [first], islice(rows, SHEET_ROWS - 1))
            with book.open(_part(f"xl/worksheets/sheet{sheets}.xml"), "w") as sheet:
                for text in _sheet(reading.about.columns, here):
                    sheet.write(text.encode())
                    yield sink.taken()
            first = next(rows, None)
        book.writestr(_part(f"xl/worksheets/sheet{sheets + 1}.xml"), "".join(_about(reading)))
        for name, text in _frame(sheets + 1).items():
            book.writestr(_part(name), text)
    yield sink.taken()


def _part(name: str) -> ZipInfo:
    """Return a part with a fixed time: the same rows make the same bytes."""
    part = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    part.compress_type = ZIP_DEFLATED
    return part


def _sheet(columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    widths = [max(WIDTHS[c.type], min(len(c.name) + 2, 40)) for c in columns]
    yield _sheet_head(widths)
    yield _row(1, [_cell(c.name, HEAD) for c in columns])
    number = 1
    while block := list(islice(rows, BLOCK_ROWS)):
        lines = []
        for row in block:
            number += 1
            lines.append(_row(number, [_value(value) for value in row]))
        yield "".join(lines)
    yield "</sheetData></worksheet>"


def _sheet_head(widths: Sequence[int]) -> str:
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>'
        for i, width in enumerate(widths, 1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'{XML}<worksheet {MAIN}><sheetViews><sheetView workbookViewId="0">{pane}</sheetView>'
        f"</sheetViews><cols>{columns}</cols><sheetData>"
    )


def _about(reading: Reading) -> Iterator[str]:
    about = reading.about
    lines = [("Bộ dữ liệu / dataset", about.title_vi, about.title_en, "")]
    lines += [(name, value, "", "") for name, value in reading.facts.items()]
    lines += [("", "", "", ""), ("cột / column", "nghĩa", "meaning", "đơn vị / unit")]
    lines += [(c.name, c.label_vi, c.label_en, c.unit) for c in about.columns]
    yield _sheet_head((26, 60, 60, 24))
    for number, line in enumerate(lines, 1):
        yield _row(number, [_cell(text, HEAD if number == 1 else TEXT) for text in line])
    yield "</sheetData></worksheet>"


def _row(number: int, cells: Sequence[str]) -> str:
    placed = "".join(
        f'<c r="{_letters(place)}{number}"{cell}</c>' for place, cell in enumerate(cells) if cell
    )
    return f'<row r="{number}">{placed}</row>'


@cache
def _letters(place: int) -> str:
    """Return the name of a column: 0 is A, 26 is AA."""
    high, low = divmod(place, 26)
    return (_letters(high - 1) if high else "") + chr(ord("A") + low)


def _value(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return _cell(value, TEXT)
        case bool():
            return f' t="b"><v>{int(value)}</v>'
        case date():
            return _moment(value)
        case int():
            return f' s="{NUMBER}"><v>{value}</v>'
    return f' s="{PLAIN}"><v>{value:f}</v>'


def _moment(value: date) -> str:
    """Return a day, or an instant as the local time of Viet Nam."""
    if not isinstance(value, datetime):
        return f' s="{DAY}"><v>{value.toordinal() - EPOCH}</v>'
    local = value.astimezone(ZONE)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return f' s="{MOMENT}"><v>{local.toordinal() - EPOCH + seconds / 86_400}</v>'


def _cell(text: str, style: int) -> str:
    plain = escape(_ILLEGAL.sub("", text), quote=False)
    return f' s="{style}" t="inlineStr"><is><t xml:space="preserve">{plain}</t></is>'


def _root() -> str:
    kind = f'Type="{OFFICE}/relationships/officeDocument" Target="xl/workbook.xml"'
    return (
        f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" {kind}/>'
        "</Relationships>"
    )


def _frame(count: int) -> dict[str, str]:
    """Return the parts that name the sheets; the last one tells of coverage."""
    numbers = range(1, count + 1)
    names = [DATA if n == 1 else f"{DATA} {n}" for n in numbers[:-1]] + [ABOUT]
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/relationships/worksheet"'
        f' Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    style = f'<Relationship Id="rs" Type="{OFFICE}/relationships/styles" Target="styles.xml"/>'
    part = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{part}.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "xl/workbook.xml": (
            f'{XML}<workbook {MAIN} xmlns:r="{OFFICE}/relationships"><sheets>{sheets}</sheets>'
            "</workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{links}{style}</Relationships>'
        ),
        "[Content_Types].xml": (
            f'{XML}<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels"'
            ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{part}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{part}.styles+xml"/>'
            f"{types}</Types>"
        ),
    }
