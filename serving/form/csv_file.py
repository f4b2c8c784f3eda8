"""CSV files: the rows of a form, with what is known of their coverage."""

import csv
from io import StringIO

from serving.form.cell import harmless, row_name
from serving.form.filling import Filled
from serving.form.header import full_labels
from serving.numeral import Lang
from serving.word import say

BOM = "\ufeff"


def csv_of(filled: Filled, lang: Lang = "vi") -> str:
    """Return the rows of a form: figures as plain numbers, absent ones empty.

    It begins with a byte order mark: spreadsheets take a file without it for a local code page.
    """
    out = StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    labels = full_labels(filled.definition, filled.asked.cut, lang)
    figures = [column.number for column in filled.definition.figures]
    beside = ("csv_mark", "csv_expected", "csv_covered")
    lines.writerow(
        [
            say("form.csv_code", lang),
            say("form.row", lang),
            *(f"({number}) {labels[number - 1]}" for number in figures),
            *(say(f"form.{word}", lang) for word in beside),
        ]
    )
    rows = [*filled.rows, *([filled.total] if filled.total else [])]
    for row in rows:
        behind = row.coverage or (filled.coverage if row is filled.total else None)
        cells = [row.cells[number] for number in figures]
        counted = (behind.expected, behind.covered) if behind else ("", "")
        name = harmless(row_name(filled, row, lang))
        lines.writerow([harmless(row.code), name, *cells, row.mark, *counted])
    return BOM + out.getvalue()
