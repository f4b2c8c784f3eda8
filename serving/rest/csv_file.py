"""CSV: RFC 4180 in UTF-8 with a line of names; absent is empty, formulas are harmless."""

import csv
from collections.abc import Generator
from io import StringIO
from typing import Any

from hub.spreadsheet import harmless
from serving.rest.reading import Reading, Rows

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
CHUNK = 64 * 1024
BOM = "\ufeff"


def csv_chunks(reading: Reading, rows: Rows, *, bom: bool = False) -> Generator[bytes, None, None]:
    """Yield a CSV file; its first line comes before the first row is asked for."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    out.write(BOM if bom else "")
    writer.writerow([column.name for column in reading.about.columns])
    yield _taken(out)
    for row in rows:
        writer.writerow(map(_text, row))
        if out.tell() >= CHUNK:
            yield _taken(out)
    if out.tell():
        yield _taken(out)


def _taken(out: StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def _text(value: Any) -> Any:
    match value:
        case str():
            return harmless(value)
        case bool():
            return "true" if value else "false"
        case _:
            return value
