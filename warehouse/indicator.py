"""Indicators: shares that decrees set targets for, one YAML file each, computed from measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.errors import ConfigError
from contracts.yaml_file import read_model
from warehouse.database import Connection, read_snapshot
from warehouse.figures import Coverage
from warehouse.measure import MEASURES, Level, Measured, read_measures

FOLDER = Path(__file__).parent / "indicators"
"""One file per indicator; its name is the indicator's code."""

Text = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Formula(_Strict):
    """What is divided by what.

    Attributes:
        numerator: a measure (``warehouse.measure``).
        denominator: a measure.
    """

    numerator: Name
    denominator: Name

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in (self.numerator, self.denominator):
            if name not in MEASURES:
                raise ValueError(f"no measure is named {name}; one of {', '.join(MEASURES)}")
        return self


class Target(_Strict):
    """What is to be reached, by whom, and by which document.

    Attributes:
        level: level of government it binds; ``all`` is the country as a whole.
        value: in the indicator's unit; reaching it is meeting it.
        valid_from: first day that it is held against.
        valid_to: last day; None = no end is known.
        source: legal source.
    """

    level: Level
    value: Decimal = Field(ge=0, le=100)
    valid_from: date
    valid_to: date | None = None
    source: Text

    def valid(self, day: date) -> bool:
        """Tell whether the target is held against figures of a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Indicator(_Strict):
    """One indicator as its file states it.

    Attributes:
        name_vi, name_en: what it is called.
        unit: ``percent`` multiplies the ratio by 100; ``mean`` leaves it as it is, in percent.
        direction: ``higher`` or ``lower`` is better: which side of a target is met.
        formula: numerator and denominator.
        levels: levels of government that it is computed for.
        valid_from, valid_to: days that it is computed for; None = open.
        source: legal source of the definition.
        targets: by level and span of days.
    """

    name_vi: Text
    name_en: Text
    unit: Literal["percent", "mean"]
    direction: Literal["higher", "lower"]
    formula: Formula
    levels: tuple[Level, ...] = Field(min_length=1)
    valid_from: date | None = None
    valid_to: date | None = None
    source: Text
    targets: tuple[Target, ...] = ()

    @model_validator(mode="after")
    def _targets_have_levels(self) -> Self:
        if strange := {target.level for target in self.targets} - set(self.levels):
            raise ValueError(f"targets for levels that are not computed: {sorted(strange)}")
        return self

    def valid(self, day: date) -> bool:
        """Tell whether the indicator exists on a day."""
        since, until = self.valid_from or date.min, self.valid_to or date.max
        return since <= day <= until

    def ratio(self, numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
        """Return the value in percent; None where nothing was told or nothing can be divided by."""
        if numerator is None or not denominator:
            return None
        return numerator * (100 if self.unit == "percent" else 1) / denominator

    def target(self, level: Level, day: date) -> Target | None:
        """Return what a level has to reach on a day."""
        return next((t for t in self.targets if t.level == level and t.valid(day)), None)


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator of one level over some days.

    Attributes:
        indicator: code.
        level: level of government.
        value: in percent, not rounded; None where nothing is covered or there is nothing to
            divide by.
        numerator, denominator: what was counted; None where nothing was told.
        target: to be reached on the last day; None = none.
        is_met: None without a value or a target.
        source: legal source of the target, else of the definition.
        coverage: partitions behind the figure.
    """

    indicator: str
    name_vi: str
    name_en: str
    level: Level
    first_day: date
    last_day: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    target: Decimal | None
    is_met: bool | None
    source: str
    coverage: Coverage


@cache
def indicators(folder: Path = FOLDER) -> Mapping[str, Indicator]:
    """Return the indicators of a folder by code, sorted.

    Raises:
        ConfigError: a file is not as agreed; names file, line and key.
    """
    return {path.stem: read_model(path, Indicator) for path in sorted(folder.glob("*.yaml"))}


def compute(
    conn: Connection,
    first: date,
    last: date,
    *,
    codes: Sequence[str] = (),
    known: Mapping[str, Measured] | None = None,
) -> list[IndicatorRow]:
    """Return the indicators over the days first..last (inclusive), a row per level, by code.

    Args:
        conn: an idle connection.
        first: first day.
        last: last day; indicators and targets are those valid on it.
        codes: which indicators; none = every one that is valid on the last day.
        known: measures of exactly these days that the caller has counted already.

    Raises:
        ConfigError: no indicator has such a code.
        LoadConflict: the database asked to try again.
    """
    chosen = _chosen(codes, last)
    names = {n for one in chosen.values() for n in (one.formula.numerator, one.formula.denominator)}
    measured = dict(known or {})
    with read_snapshot(conn) as cursor:
        measured |= read_measures(cursor, sorted(names - set(measured)), first, last)
    return [
        _row(code, one, level, first, last, measured)
        for code, one in chosen.items()
        for level in one.levels
    ]


def _chosen(codes: Sequence[str], day: date) -> dict[str, Indicator]:
    known = indicators()
    for code in codes:
        if code not in known:
            allowed = ", ".join(known)
            raise ConfigError("no indicator has this code", seen=code[:40], allowed=allowed)
    return {
        code: one for code, one in known.items() if (code in codes if codes else one.valid(day))
    }


def _row(
    code: str,
    one: Indicator,
    level: Level,
    first: date,
    last: date,
    measured: Mapping[str, Measured],
) -> IndicatorRow:
    above, below = measured[one.formula.numerator], measured[one.formula.denominator]
    (numerator, over), (denominator, under) = above.at(level), below.at(level)
    # Two feeds are two sets of partitions, and the figure needs both.
    both = (over.expected + under.expected, over.covered + under.covered)
    coverage = over if above.measure.feed == below.measure.feed else Coverage(*both)
    value = one.ratio(numerator, denominator) if coverage.covered else None
    target = one.target(level, last)
    return IndicatorRow(
        code,
        one.name_vi,
        one.name_en,
        level,
        first,
        last,
        value,
        numerator,
        denominator,
        target.value if target else None,
        _is_met(one, value, target),
        target.source if target else one.source,
        coverage,
    )


def _is_met(one: Indicator, value: Decimal | None, target: Target | None) -> bool | None:
    if value is None or target is None:
        return None
    return value >= target.value if one.direction == "higher" else value <= target.value
