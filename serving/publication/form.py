"""What packets need to know of a form: columns, sums, feeds, and the sentences of its outline."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.errors import ConfigError
from contracts.yaml_file import read_model
from serving import numeral
from serving.form.definition import Column, Definition, definitions
from serving.form.row import FEED, PAYMENT_FEED
from warehouse.indicator import indicators
from warehouse.measure import MEASURES

FOLDER = Path(__file__).parent / "outlines"

Text = Annotated[str, StringConstraints(min_length=1, max_length=600)]
_HOLE = re.compile(r"\{(\w+)(?:/(\w+))?\}")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Section(_Strict):
    """One sentence of an outline.

    ``{4}`` stands for the total of column 4, ``{4/3}`` for its share of column 3 in percent.
    """

    code: Text
    title: Text
    text: Text

    @property
    def holes(self) -> set[str]:
        """Return the columns that the sentence speaks of."""
        return {name for pair in _HOLE.findall(self.text) for name in pair if name}


class Outline(_Strict):
    """One file of ``outlines``: the sentences of some form versions.

    Attributes:
        versions: names of form definitions (``serving.form.definition``).
        sections: in order.
    """

    versions: tuple[Text, ...] = Field(min_length=1)
    sections: tuple[Section, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ColumnTitle:
    """What a column says, the heads above it included."""

    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A sum that every row keeps: ``total`` = the sum of ``parts``."""

    total: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return it as people write it."""
        return f"{self.total} = {' + '.join(self.parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOutline:
    """One form in one version.

    Attributes:
        code: as in signed forms.
        version: of the definition.
        title, authority, source: in Vietnamese: what it is, who issued it, by which document.
        feeds: feeds behind its figures; their days must have passed the audit.
        valid_from: first day that it is reported for.
        is_list: whether its rows are a list of things rather than figures that add up.
        columns: number -> title, in order.
        identities: sums that every row keeps.
        sections: of its outline; none = it has no outline.
    """

    code: str
    version: str
    title: str
    authority: str
    source: str
    feeds: tuple[str, ...]
    valid_from: date
    is_list: bool
    columns: Mapping[str, ColumnTitle]
    identities: tuple[Identity, ...]
    sections: tuple[Section, ...] = ()


@cache
def form_outlines(folder: Path = FOLDER) -> tuple[FormOutline, ...]:
    """Return every form in every version, in order of versions.

    Raises:
        ConfigError: an outline's file is not as agreed, or speaks of a column that its form has
            not.
    """
    sections: dict[str, tuple[Section, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        outline = read_model(path, Outline)
        sections |= dict.fromkeys(outline.versions, outline.sections)
    forms = tuple(
        _form(version, one, sections.pop(version, ())) for version, one in definitions().items()
    )
    unknown = [f"{f.version}: {{{c}}}" for f in forms for c in sorted(_holes(f) - {*f.columns})]
    if unknown or sections:
        raise ConfigError(
            "an outline speaks of a form or column that is not there",
            code="OUTLINE",
            where=str(folder),
            seen=", ".join(unknown or sections),
        )
    return forms


def outline_of(forms: Sequence[FormOutline], code: str, version: str) -> FormOutline | None:
    """Return a form by code and version, None where nobody defined it."""
    named = (form for form in forms if (form.code, form.version) == (code, version))
    return next(named, None)


def filled(section: Section, totals: Mapping[str, int | Decimal]) -> str:
    """Return a section's sentence with its figures as people write them in Vietnamese.

    A share of nothing is told as absent.
    """

    def text(found: re.Match[str]) -> str:
        value, whole = totals.get(found[1]), totals.get(found[2] or "")
        if not found[2]:
            return numeral.number(value)
        share = value * Decimal(100) / whole if whole and value is not None else None
        return numeral.percent(share)

    return _HOLE.sub(text, section.text)


def kpi_feeds(code: str) -> tuple[str, ...]:
    """Return the feeds behind a KPI, sorted."""
    formula = indicators()[code].formula
    return tuple(sorted({MEASURES[formula.numerator].feed, MEASURES[formula.denominator].feed}))


def _form(version: str, one: Definition, sections: tuple[Section, ...]) -> FormOutline:
    return FormOutline(
        code=one.form,
        version=version,
        title=one.title.vi,
        authority=one.authority.vi,
        source=one.source,
        feeds=_feeds(one),
        valid_from=one.valid_from,
        is_list="indicator" in one.rows,
        columns={str(c.number): ColumnTitle(_title(one, c), one.unit.vi) for c in one.figures},
        identities=tuple(
            Identity(str(i.left), tuple(str(number) for number in i.right)) for i in one.identities
        ),
        sections=sections,
    )


def _feeds(one: Definition) -> tuple[str, ...]:
    if "indicator" in one.rows:
        return tuple(sorted({feed for code in indicators() for feed in kpi_feeds(code)}))
    has_payments = any("payments" in name for name in one.needs)
    return (FEED, PAYMENT_FEED) if has_payments else (FEED,)


def _title(one: Definition, column: Column) -> str:
    above = sorted(
        (group.row, group.label.vi)
        for group in one.groups
        if group.first <= column.number <= group.last
    )
    own = column.label.vi if column.label else str(column.number)
    return ": ".join([*(label for _, label in above), own])


def _holes(form: FormOutline) -> set[str]:
    return {name for section in form.sections for name in section.holes}
