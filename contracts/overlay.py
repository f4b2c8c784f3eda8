"""Overlays: an agency's own contract, written as what it tightens in the national one.

An overlay may make a contract stricter and may name things as the agency does; it may loosen
nothing. What it comes to (``contracts.layer``) is kept beside it as ``contract.yaml``: runs,
replays and readers know that file alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contracts.errors import ConfigError

OVERLAY = "overlay.yaml"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DateBounds(_Frozen):
    """A narrower range of dates.

    Attributes:
        earliest: first local day.
        days_after: so many days after the partition's day.
    """

    earliest: date | None = None
    days_after: int | None = None


class FieldOverlay(_Frozen):
    """What an overlay says of one field.

    Attributes:
        title: what the agency calls the field.
        source: the field's name in the agency's own system.
        required: that every row has it.
        pattern: a further pattern; the national one holds too.
        max_length: characters.
        minimum, maximum: bounds of numbers, in major units.
        codes: some of the codes of the field's list.
        date_range: a narrower range.
    """

    title: str = ""
    source: str = ""
    required: bool | None = None
    pattern: str = ""
    max_length: int | None = Field(default=None, ge=1)
    minimum: int | None = None
    maximum: int | None = None
    codes: tuple[str, ...] = ()
    date_range: DateBounds | None = None

    @field_validator("pattern")
    @classmethod
    def _is_whole(cls, pattern: str) -> str:
        """Refuse what is no pattern by itself: a stray bracket could reach around the national."""
        try:
            re.compile(f"(?:{pattern})")
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"no pattern: {error}") from error
        return pattern


class VolumeBounds(_Frozen):
    """Narrower bounds of a day's volume, as shares of its median."""

    lowest: float | None = None
    highest: float | None = None


class Overlay(_Frozen):
    """One overlay file.

    Attributes:
        national: version of the national contract that it stands on.
        title: title of the contract, Vietnamese.
        purpose: why it is stricter, for people.
        fields: field -> what is tightened.
        rejects: largest share of quarantined rows.
        volume: narrower bounds of a day's volume.
        closed: whether an unknown field refuses the day.
    """

    national: str = Field(strict=True)
    title: str
    purpose: str
    fields: dict[str, FieldOverlay] = {}
    rejects: float | None = None
    volume: VolumeBounds | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an overlay lies: ``contracts/feeds/<feed>/<name>-<version>``."""

    feed: str
    name: str
    version: str
    folder: Traversable

    def __str__(self) -> str:
        return f"contracts/feeds/{self.feed}/{self.name}-{self.version}/{OVERLAY}"


def overlays(root: Traversable | None = None) -> Iterator[Place]:
    """Yield the places of all overlays, by feed and name."""
    base = root or files("contracts").joinpath("feeds")
    for feed in sorted(base.iterdir(), key=lambda f: f.name):
        for folder in sorted(feed.iterdir(), key=lambda f: f.name):
            name, _, version = folder.name.rpartition("-")
            if folder.joinpath(OVERLAY).is_file():
                yield Place(feed.name, name, version, folder)


def read_overlay(place: Place) -> Overlay:
    """Return an overlay.

    Raises:
        ConfigError: it is not as agreed; names the key.
    """
    text = place.folder.joinpath(OVERLAY).read_text(encoding="utf-8")
    try:
        return Overlay.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        raise ConfigError(
            "Không đọc được hợp đồng riêng / the overlay cannot be read",
            where=f"{place}: {'.'.join(map(str, first['loc']))}" if first else str(place),
            seen=repr(first["input"])[:80] if first else type(error).__name__,
            allowed=first["msg"] if first else "",
        ) from error
