"""What packets need to know of a form: columns, sums, and the sentences of its outline.

The neutral side of the form definitions: whoever owns those hands ``FormOutline`` values over.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.yaml_file import read_model
from serving import numeral

FOLDER = Path(__file__).parent / "forms"

Text = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Column = Annotated[str, StringConstraints(pattern=r"^\d{1,2}[a-z]?$")]
_HOLE = re.compile(r"\{(\w+)(?:/(\w+))?\}")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnTitle(_Strict):
    """What a column says."""

    title: Text
    unit: Text


class Identity(_Strict):
    """A sum that every row keeps: ``total`` = the sum of ``parts``."""

    total: Column
    parts: tuple[Column, ...] = Field(min_length=1)

    @property
    def text(self) -> str:
        """Return it as people write it."""
        return f"{self.total} = {' + '.join(self.parts)}"


class Section(_Strict):
    """One sentence of the outline.

    ``{4}`` stands for the total of column 4, ``{4/3}`` for its share of column 3 in percent.
    """

    code: Text
    title: Text
    text: Text

    @property
    def holes(self) -> set[str]:
        """Return the columns that the sentence speaks of."""
        return {name for pair in _HOLE.findall(self.text) for name in pair if name}


class FormOutline(_Strict):
    """One form.

    Attributes:
        code: as in signed forms.
        version: of the definition; empty = any.
        title: Vietnamese title.
        authority: who issued it.
        source: by which document.
        feeds: feeds behind its figures; their days must have passed the audit.
        frequencies: how often it is reported.
        valid_from: first day that it is reported for.
        is_list: whether its rows are a list of things rather than figures that add up.
        columns: number -> title, in order.
        identities: sums that every row keeps.
        sections: of its outline; none = it has no outline.
    """

    code: Text
    version: str = ""
    title: Text
    authority: Text
    source: Text
    feeds: tuple[Text, ...] = Field(min_length=1)
    frequencies: tuple[Literal["month", "quarter", "half", "year"], ...] = ("month",)
    valid_from: date
    is_list: bool = False
    columns: Mapping[Column, ColumnTitle] = Field(min_length=1)
    identities: tuple[Identity, ...] = ()
    sections: tuple[Section, ...] = ()

    @model_validator(mode="after")
    def _columns_are_known(self) -> Self:
        named = {c for one in self.identities for c in (one.total, *one.parts)}
        named |= {c for section in self.sections for c in section.holes}
        if strange := named - set(self.columns):
            raise ValueError(f"no such column: {', '.join(sorted(strange))}")
        return self


@cache
def form_outlines(folder: Path = FOLDER) -> tuple[FormOutline, ...]:
    """Return the forms of a folder, by code.

    Raises:
        ConfigError: a file is not as agreed; names file, line and key.
    """
    return tuple(read_model(path, FormOutline) for path in sorted(folder.glob("*.yaml")))


def outline_of(forms: Sequence[FormOutline], code: str, version: str) -> FormOutline | None:
    """Return a form by code and version, or the one of its code that is for any version."""
    named = [form for form in forms if form.code == code]
    exact = [form for form in named if form.version == version]
    return next(iter(exact or [form for form in named if not form.version]), None)


def filled(section: Section, totals: Mapping[str, int | Decimal]) -> str:
    """Return a section's sentence with its figures as people write them in Vietnamese.

    A share of nothing is told as absent.
    """

    def text(found: re.Match[str]) -> str:
        value, whole = totals.get(found[1]), totals.get(found[2] or "")
        if not found[2]:
            return numeral.number(value)
        return numeral.percent(
            value * Decimal(100) / whole if whole and value is not None else None
        )

    return _HOLE.sub(text, section.text)
