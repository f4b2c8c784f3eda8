"""Workbooks made for tests: good ones, and ones with a trap put in by hand."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]


def workbook(fill: Callable[[Any, Any], object], **options: Any) -> bytes:
    """A workbook of one sheet; ``fill`` is given the sheet and the book."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **options})
    fill(book.add_worksheet("Báo cáo"), book)
    book.close()
    return file.getvalue()


def lines(*rows: list[Any], **options: Any) -> bytes:
    """A workbook whose lines are these, blank cells for None."""

    def fill(sheet: Any, _book: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(fill, **options)


def changed(
    data: bytes, parts: Mapping[str, bytes | Callable[[bytes], bytes]], **extra: Any
) -> bytes:
    """The same archive with parts replaced, edited or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8, **extra) as new:
        for name in old.namelist():
            change = parts.get(name)
            text = old.read(name)
            new.writestr(name, change(text) if callable(change) else change or text)
        for name, part in parts.items():
            if name not in old.namelist() and isinstance(part, bytes):
                new.writestr(name, part)
    return out.getvalue()
