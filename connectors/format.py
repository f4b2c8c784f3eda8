"""How the answers of a system are written: one model per format, chosen by ``format.type``."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.vietnamese import Encoding, Font

Text = Annotated[str, Field(strict=True, min_length=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Zip(_Frozen):
    """The answer is a ZIP archive around one file of the format.

    Attributes:
        member: pattern of the file's name (``*.csv``); exactly one file of the archive has it.
    """

    member: Text


class _Format(_Frozen):
    """What every format may say.

    Attributes:
        zip: the archive around it; none by default.
    """

    zip: Zip | None = None


class JsonFormat(_Format):
    """One JSON document per answer.

    Attributes:
        rows: dotted path of the list of records; empty where the document is the list.
    """

    type: Literal["json"]
    rows: str = ""


class NdjsonFormat(_Format):
    """One JSON object per line, in UTF-8; the last line may lack its end."""

    type: Literal["ndjson"]


class RowsFormat(_Format):
    """Rows of a database, as kind ``sql_query`` reads them."""

    type: Literal["rows"]


class Footer(_Frozen):
    """A line that sums others up: dropped by rule, kept as control totals.

    Attributes:
        text: what its first filled cell says (``Tổng cộng``); capitals and blanks are of no
            account.
        totals: name beside the rows -> header of the column that holds it.
        digits: decimals of these numbers that are kept; the total counts in such units.
        last: whether what stands below is no data (signatures, notes).
    """

    text: Text
    totals: Mapping[Text, Text] = Field(default_factory=dict)
    digits: Annotated[int, Field(ge=0, le=9)] = 0
    last: bool = False


class _Table(_Format):
    """What delimited files and sheets may say.

    Attributes:
        footer: the line whose first filled cell begins with the text; none by default.
        subtotals: lines anywhere whose first filled cell is the text.
    """

    footer: Footer | None = None
    subtotals: tuple[Footer, ...] = ()


class CsvFormat(_Table):
    """Delimited text, with a line of labels or without.

    Attributes:
        encoding: declared, never guessed; a UTF-8 byte order mark is taken off.
        delimiter: one character.
        quote: the character around cells that hold delimiters; empty where there is none.
        header: which line holds the labels, comments left out; 0 where no line does.
        columns: where there are no labels or they change: label -> regular expression that the
            values match, in order; a column whose values mostly do not match has changed its
            place (DRIFT-ORDER).
        comment: how a line begins that is no data; empty where there are none.
        blank_lines: ``skip`` lines without any value, or treat them as broken rows.
    """

    type: Literal["csv"]
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Field(max_length=1)] = '"'
    header: Annotated[int, Field(ge=0, le=200)] = 1
    columns: Mapping[Text, Text] = Field(default_factory=dict)
    comment: str = ""
    blank_lines: Literal["skip", "reject"] = "reject"

    @model_validator(mode="after")
    def _labels_come_from_one_place(self) -> Self:
        if not (self.header or self.columns):
            raise ValueError("columns are named where no line holds their labels")
        for pattern in self.columns.values():
            re.compile(pattern)
        return self


class SheetFormat(_Table):
    """One sheet of a workbook; its labels are looked for, blank lines are skipped.

    Attributes:
        workbook: ``xlsx``, or ``xls`` only where the system says so.
        sheet: name of the sheet; by default the first that is not hidden.
        header_rows: lines that the labels take; merged ones are joined (``Tiếp nhận / Trực
            tuyến``), a line of numbers ``(1) (2) …`` below them is left out.
        search_rows: lines among which the labels are looked for.
        font: how letters are to be understood, by declaration only.
        dates: first year of the workbook's day count; a workbook with another is refused.
        max_cells: cells of the sheet's rectangle that are read at most.
    """

    type: Literal["sheet"]
    workbook: Literal["xlsx", "xls"] = "xlsx"
    sheet: str = ""
    header_rows: Annotated[int, Field(ge=1, le=4)] = 1
    search_rows: Annotated[int, Field(ge=1, le=200)] = 30
    font: Font = "unicode"
    dates: Literal["1900", "1904"] = "1900"
    max_cells: Annotated[int, Field(ge=1, le=20_000_000)] = 2_000_000


class XmlFormat(_Format):
    """One XML document per answer, in UTF-8 and without a document type.

    Attributes:
        rows: path of a record from the root on, by local names; a step ``prefix:name`` asks for
            a namespace too. Attributes of a record are written ``@name``.
        namespaces: prefix used in paths -> URI; which prefixes the documents use is of no
            account.
        message: whether each answer is one message and so one row; one that cannot be read is
            then a broken row and not the end of the day.
    """

    type: Literal["xml"]
    rows: Text
    namespaces: Mapping[Text, Text] = Field(default_factory=dict)
    message: bool = False


Format = Annotated[
    JsonFormat | NdjsonFormat | CsvFormat | SheetFormat | XmlFormat | RowsFormat,
    Field(discriminator="type"),
]
