"""How the answers of a system are written: one model per format, chosen by ``format.type``."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(strict=True, min_length=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JsonFormat(_Frozen):
    """One JSON document per answer.

    Attributes:
        rows: dotted path of the list of records; empty where the document is the list.
    """

    type: Literal["json"]
    rows: str = ""


class Footer(_Frozen):
    """Total lines of a file: dropped by rule, kept as control totals.

    Attributes:
        text: how the first cell of such a line begins (``Tổng cộng``).
        totals: name beside the rows -> header of the column that holds it.
    """

    text: Text
    totals: Mapping[Text, Text] = Field(default_factory=dict)


class CsvFormat(_Frozen):
    """Delimited text with one header line.

    Attributes:
        encoding: declared, never guessed; a UTF-8 byte order mark is taken off.
        delimiter: one character.
        blank_lines: ``skip`` lines without any value, or treat them as broken rows.
        footer: rule for total lines; none by default.
    """

    type: Literal["csv"]
    encoding: Literal["utf-8", "utf-16", "cp1258", "cp1252", "latin-1"] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    blank_lines: Literal["skip", "reject"] = "reject"
    footer: Footer | None = None


Format = Annotated[JsonFormat | CsvFormat, Field(discriminator="type")]
