"""The index of Decision 766 as its file defines it: groups, components, rules, bands."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.yaml_file import read_model

FILE = Path(__file__).parent / "service_index.yaml"

MEASURES: dict[str, tuple[str, ...]] = {
    "dossiers_handled": ("dossiers",),
    "dossiers_in_time": ("dossiers",),
    "dossiers_received": ("dossiers",),
    "dossiers_received_online": ("dossiers",),
    "results_issued": ("electronic_results",),
    "results_electronic": ("electronic_results",),
    "services": ("service_catalogue",),
    "services_online": ("service_catalogue",),
    "services_used": ("service_catalogue", "dossiers"),
    "services_payable": ("service_catalogue",),
    "services_paid": ("service_catalogue", "payments"),
    "payments": ("payments",),
    "payments_online": ("payments",),
}
"""What is counted per agency -> the feeds behind it.

``dossiers_handled``: carried over and received; ``dossiers_in_time``: those not resolved late nor
pending past their due day at the period's end (the others are resolved, returned, or in time).
``services_used``: online services that a dossier came through online; ``services_paid``: payable
services that were paid for online.
"""

Text = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Points = Annotated[Decimal, Field(ge=0, le=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Strict):
    """How a share becomes points.

    Attributes:
        full_at: share in percent that earns every point; None = points in proportion up to 100.
        below_factor: below it, points = max x share x factor.
        below_points: below it, this many points. Where neither is given the seen documents name
            the threshold alone: nothing is earned below it, so a score is never flattered.
    """

    full_at: Points | None = None
    below_factor: Points | None = None
    below_points: Points | None = None

    def points(self, share: Decimal, most: Decimal) -> Decimal:
        """Return the points of a share (percent).

        >>> Rule(full_at=80, below_factor="0.8").points(Decimal(50), Decimal(2))
        Decimal('0.8')
        """
        if self.full_at is None:
            return most * min(share, Decimal(100)) / 100
        if share >= self.full_at:
            return most
        if self.below_factor is not None:
            return most * share / 100 * self.below_factor
        return self.below_points or Decimal(0)


class Component(_Strict):
    """One component: computed from two measures, or not and why.

    Attributes:
        max: points it can earn.
        evidence: whether a public document states it, or it is inferred.
        numerator, denominator: of ``MEASURES``.
        rule: None where it is not known.
        absent_vi, absent_en: why it is not computed.
    """

    code: Name
    name_vi: Text
    name_en: Text
    max: Points
    evidence: Literal["verified", "uncertain"]
    numerator: Name | None = None
    denominator: Name | None = None
    rule: Rule | None = None
    absent_vi: Text | None = None
    absent_en: Text | None = None

    @model_validator(mode="after")
    def _computed_or_explained(self) -> Self:
        bound = {self.numerator, self.denominator}
        if unknown := bound - {None} - set(MEASURES):
            raise ValueError(f"unknown measures {unknown}; one of {', '.join(MEASURES)}")
        is_bound = None not in bound and self.rule is not None
        is_explained = self.absent_vi is not None and self.absent_en is not None
        if is_bound == is_explained or (bound != {None} and None in bound):
            raise ValueError("either two measures and a rule, or a reason in both languages")
        return self

    @property
    def is_computed(self) -> bool:
        """Tell whether measures are bound to it."""
        return self.numerator is not None

    @property
    def feeds(self) -> tuple[str, ...]:
        """Return the feeds behind it, sorted."""
        bound = [name for name in (self.numerator, self.denominator) if name]
        return tuple(sorted({feed for name in bound for feed in MEASURES[name]}))


class Group(_Strict):
    """Components that share a heading."""

    code: Name
    name_vi: Text
    name_en: Text
    max: Points
    components: tuple[Component, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (total := sum(one.max for one in self.components)) != self.max:
            raise ValueError(f"the components come to {total} points, the group to {self.max}")
        return self


class Band(_Strict):
    """A span of scores with a name; it begins at ``least``."""

    code: Name
    least: Points
    name_vi: Text
    name_en: Text


class Definition(_Strict):
    """The whole index, 100 points.

    Attributes:
        source: legal source.
        bands: highest first, the last from 0.
    """

    source: Text
    bands: tuple[Band, ...] = Field(min_length=2)
    groups: tuple[Group, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (total := sum(group.max for group in self.groups)) != 100:
            raise ValueError(f"the groups come to {total} points, not 100")
        least = [band.least for band in self.bands]
        if least != sorted(set(least), reverse=True) or least[-1] != 0:
            raise ValueError("bands go from high to low, and the last begins at 0")
        return self

    def components(self) -> Iterator[Component]:
        """Yield every component in order."""
        for group in self.groups:
            yield from group.components

    @property
    def computed(self) -> tuple[Component, ...]:
        """Return the components that measures are bound to."""
        return tuple(one for one in self.components() if one.is_computed)

    @property
    def computable(self) -> Decimal:
        """Return the points that can be computed, of 100."""
        return sum((one.max for one in self.computed), Decimal(0))

    @property
    def feeds(self) -> tuple[str, ...]:
        """Return the feeds behind the score, sorted."""
        return tuple(sorted({feed for one in self.computed for feed in one.feeds}))

    def band(self, score: Decimal) -> Band:
        """Return the band of a score, as it is shown: rounded to one place."""
        shown = round(score, 1)
        return next(band for band in self.bands if shown >= band.least)


@cache
def definition(path: Path = FILE) -> Definition:
    """Return the index as a file defines it.

    Raises:
        ConfigError: the file is not as agreed; names file, line and key.
    """
    return read_model(path, Definition)
