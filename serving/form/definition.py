"""Form definitions: which columns an authority prints, and which counters each of them adds.

One YAML file per form and version in ``definitions/``; ``schema/form.json`` completes and checks
them in editors (``python -m serving.form.schema_file`` writes it anew).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.errors import ConfigError
from contracts.yaml_file import read_model
from serving.numeral import Lang

FOLDER = Path(__file__).parent / "definitions"
"""One file per form and version; its name is the version's."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Rows = Literal["agency", "unit", "field", "procedure", "indicator"]
"""What a row of a form is: a cut of ``warehouse.tally``, or an indicator of one level."""

Counter = Literal[
    "received_online",
    "received_online_full",
    "received_online_partial",
    "received_direct",
    "received_postal",
    "received",
    "carried_over",
    "resolved_early",
    "resolved_ontime",
    "resolved_late",
    "withdrawn",
    "stopped",
    "pending",
    "pending_late",
    "payments",
    "payments_online",
]
"""Counters of ``warehouse.tally`` in dossiers, and those of succeeded payments."""

STOCKS = frozenset({"carried_over", "pending", "pending_late"})
"""Counters that are running sums: they need the days before the period, too."""
PAYMENTS = frozenset({"payments", "payments_online"})

Fact = Literal["level", "numerator", "denominator", "value", "target", "verdict", "coverage"]
"""What a column says of an indicator (``warehouse.indicator.IndicatorRow``)."""

_IDENTITY = re.compile(r"(?P<left>\d+) = (?P<right>\d+(?: \+ \d+)*)")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spoken(_Strict):
    """A text in both languages."""

    vi: Text
    en: Text

    def text(self, lang: Lang) -> str:
        """Return the text of a language."""
        return self.vi if lang == "vi" else self.en


class Column(_Strict):
    """One column; exactly one of the sources below ``label`` is given.

    Attributes:
        number: as printed below the head, from 1 on without gaps.
        label: head of the column; a column of names leaves it to the cut.
        shows: ``ordinal`` numbers the rows, ``name`` names them.
        counters: counters that are added; ``minus`` those that are taken off.
        sum: numbers of other columns that are added.
        fact: what is said of an indicator.
        missing: why no feed tells this column; it prints as a dash, never as 0.
        note: what the reader must know of the figure.
        is_required: whether the form can be signed only where every cell has a figure.
    """

    number: int = Field(ge=1, le=60)
    label: Spoken | None = None
    shows: Literal["ordinal", "name"] | None = None
    counters: tuple[Counter, ...] = ()
    minus: tuple[Counter, ...] = ()
    sum: tuple[int, ...] = ()
    fact: Fact | None = None
    missing: Spoken | None = None
    note: Spoken | None = None
    is_required: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        told = (self.shows, self.counters, self.sum, self.fact, self.missing)
        if sum(map(bool, told)) != 1:
            raise ValueError("give one of shows, counters, sum, fact, missing")
        if self.minus and not self.counters:
            raise ValueError("minus is taken off counters")
        if self.label is None and self.shows != "name":
            raise ValueError("a column needs a label")
        return self

    @property
    def is_figure(self) -> bool:
        """Tell whether cells hold figures, not names or numbers of rows."""
        return self.shows is None

    @property
    def is_stock(self) -> bool:
        """Tell whether a running sum is behind the cells (sums: ask their columns)."""
        return bool(STOCKS & {*self.counters, *self.minus})


class Group(_Strict):
    """A cell of the head above columns ``first`` to ``last``; ``row`` counts from 1 at the top."""

    row: int = Field(ge=1, le=4)
    first: int
    last: int
    label: Spoken


class Identity(_Strict):
    """A sum that must hold in every row and in the total."""

    left: int
    right: tuple[int, ...]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = _IDENTITY.fullmatch(value)
        if not found:
            raise ValueError("write a sum of columns as 3 = 4 + 5 + 6")
        return {"left": int(found["left"]), "right": tuple(map(int, found["right"].split(" + ")))}

    def __str__(self) -> str:
        return f"{self.left} = {' + '.join(map(str, self.right))}"


class Definition(_Strict):
    """One form in one version.

    Attributes:
        form: its short name: in addresses and commands.
        code: as printed at its head; the issuing authority is part of it.
        authority: who issued it; ``source``: by which document.
        valid_from: first day that periods may end on; ``valid_to``: last such day.
        rows: what rows may be, the usual one first, with the head of the column of names.
        awaiting: how dossiers that await documents of the applicant count: ``pending`` (open as
            any other) or ``resolved`` (taken for resolved on time); versions differ.
        unit: unit of measure as printed.
        groups: cells of the head above the columns' own.
        identities: sums, ``3 = 4 + 5 + 6``.
        blank_columns: empty columns left of the table in workbooks.
        has_total: whether a last row sums the others.
    """

    form: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.\-]*$")]
    code: Text
    title: Spoken
    authority: Spoken
    source: Text
    valid_from: date
    valid_to: date | None = None
    rows: Mapping[Rows, Spoken] = Field(min_length=1)
    awaiting: Literal["pending", "resolved"] = "pending"
    unit: Spoken
    columns: tuple[Column, ...] = Field(min_length=2)
    groups: tuple[Group, ...] = ()
    identities: tuple[Identity, ...] = ()
    blank_columns: int = Field(default=0, ge=0, le=3)
    has_total: bool = True

    @model_validator(mode="after")
    def _numbers_are_known(self) -> Self:
        known = [column.number for column in self.columns]
        if known != list(range(1, len(known) + 1)):
            raise ValueError("columns are numbered 1, 2, 3 … in order")
        named = {n for i in self.identities for n in (i.left, *i.right)}
        named |= {n for column in self.columns for n in column.sum}
        named |= {n for group in self.groups for n in (group.first, group.last)}
        if strange := named - set(known):
            raise ValueError(f"no column has these numbers: {sorted(strange)}")
        return self

    @model_validator(mode="after")
    def _sums_end(self) -> Self:
        done = {c.number for c in self.columns if not c.sum}
        waiting = [c for c in self.columns if c.sum]
        while ready := [c for c in waiting if done.issuperset(c.sum)]:
            done |= {c.number for c in ready}
            waiting = [c for c in waiting if c.number not in done]
        if waiting:
            raise ValueError(f"these columns add up in a circle: {[c.number for c in waiting]}")
        return self

    def valid(self, day: date) -> bool:
        """Tell whether a period may end on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def column(self, number: int) -> Column:
        """Return a column by its number.

        Raises:
            ConfigError: no column has it.
        """
        if 1 <= number <= len(self.columns):
            return self.columns[number - 1]
        allowed = f"1..{len(self.columns)}"
        raise ConfigError("no column has this number", seen=str(number), allowed=allowed)

    @property
    def figures(self) -> tuple[Column, ...]:
        """Return the columns that hold figures."""
        return tuple(column for column in self.columns if column.is_figure)

    def counters(self, column: Column) -> frozenset[str]:
        """Return every counter behind a column, through its sums."""
        below = (self.counters(self.column(number)) for number in column.sum)
        return frozenset({*column.counters, *column.minus}).union(*below)

    @property
    def needs(self) -> frozenset[str]:
        """Return every counter behind any column."""
        return frozenset().union(*map(self.counters, self.columns))


@cache
def definitions(folder: Path = FOLDER) -> Mapping[str, Definition]:
    """Return the definitions of a folder by version (the file's name), in order of names.

    Raises:
        ConfigError: a file is not as agreed; names file, line and key.
    """
    return {path.stem: read_model(path, Definition) for path in sorted(folder.glob("*.yaml"))}


def form_names() -> list[str]:
    """Return the forms that are known, each once, in order of versions."""
    return list(dict.fromkeys(one.form for one in definitions().values()))


def version_of(form: str, day: date) -> tuple[str, Definition]:
    """Return the version of a form whose periods may end on a day.

    Raises:
        ConfigError: no form is named so, or none of its versions is valid then.
    """
    versions = _versions(form)
    for name, one in versions:
        if one.valid(day):
            return name, one
    spans = "; ".join(f"{one.valid_from} → {one.valid_to or '…'}" for _, one in versions)
    raise ConfigError(
        "Biểu không có hiệu lực trong kỳ này / the form is not valid in this period",
        code="FORM-DAY",
        where=form,
        seen=day.isoformat(),
        allowed=spans,
        action="hub report --help",
    )


def _versions(form: str) -> Sequence[tuple[str, Definition]]:
    found = [(name, one) for name, one in definitions().items() if one.form == form]
    if not found:
        raise ConfigError(
            "Không có biểu này / no form is named so",
            code="FORM",
            seen=form[:20],
            allowed=", ".join(form_names()),
            action="hub report --help",
        )
    return found
