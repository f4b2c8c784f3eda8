"""Published figures of the founding documents, beside what the hub counts for the same days."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from hub.desk import Desk
from warehouse.figures import Coverage, NationalTable, national_table


@dataclass(frozen=True, slots=True)
class Published:
    """One figure as a document states it.

    Attributes:
        feed: feed that it must be reproduced from.
        measure: ``dossiers``, ``sent``, ``received`` or ``moved`` (both directions).
        value: as published.
        first: first day it speaks of.
        last: last day it speaks of.
        document: founding documents that state it.
    """

    feed: str
    measure: str
    label_vi: str
    label_en: str
    value: int
    first: date
    last: date
    document: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A published figure, what the hub counts, and the coverage of the count."""

    published: Published
    counted: int
    coverage: Coverage


@cache
def published_figures() -> tuple[Published, ...]:
    """Return the published figures that the hub's feeds must reproduce, in the file's order."""
    text = (resources.files("hub") / "published.csv").read_text(encoding="utf-8")
    return tuple(
        Published(
            row["feed"],
            row["measure"],
            row["label_vi"],
            row["label_en"],
            int(row["value"]),
            date.fromisoformat(row["first"]),
            date.fromisoformat(row["last"]),
            row["document"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def compare(desk: Desk) -> list[Compared]:
    """Return every published figure beside the hub's count over the same days."""
    figures = published_figures()
    windows = dict.fromkeys((figure.first, figure.last) for figure in figures)
    tables = {window: national_table(desk.conn(), *window) for window in windows}
    return [
        Compared(
            figure,
            count(tables[figure.first, figure.last], figure.measure),
            tables[figure.first, figure.last].coverage.get(figure.feed, Coverage(0, 0)),
        )
        for figure in figures
    ]


def count(table: NationalTable, measure: str) -> int:
    """Return one measure of a national table.

    Raises:
        KeyError: no measure has that name.
    """
    match measure:
        case "dossiers":
            return table.dossiers
        case "sent":
            return table.documents_sent
        case "received":
            return table.documents_received
        case "moved":
            return table.documents_sent + table.documents_received
    raise KeyError(measure)
