"""The tile map: every province and city since 2025-07-01 as one tile of the same size.

Always with both archipelagos, each beside the province or city it belongs to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.yaml_file import read_model

FILE = Path(__file__).parent / "tile34.yaml"
SIDE, TALL, GAP = 58, 48, 4
"""A tile's width, height and the gap between tiles, in units of the drawing."""
ISLES = 98
"""Width of an archipelago's tile."""

Code = Annotated[str, StringConstraints(pattern=r"^H\d\d$")]


class Tile(BaseModel):
    """One province or city: where it stands, and its short label."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gso: Annotated[str, StringConstraints(pattern=r"^\d\d$")]
    code: Code
    row: int = Field(ge=0)
    column: int = Field(ge=0)
    label: str


class Archipelago(BaseModel):
    """One archipelago, beside the tile of the unit it belongs to; named by ``chart.<name>``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    code: Code


class Tiles(BaseModel):
    """The list of tiles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provinces: tuple[Tile, ...]
    archipelagos: tuple[Archipelago, ...] = Field(min_length=2)

    @property
    def columns(self) -> int:
        """Return how many columns the provinces take."""
        return max(tile.column for tile in self.provinces) + 1

    @property
    def rows(self) -> int:
        """Return how many rows they take."""
        return max(tile.row for tile in self.provinces) + 1


@dataclass(frozen=True, slots=True)
class Face:
    """What a tile shows.

    Attributes:
        text: the figure.
        band: class of its colour; ``dashed`` = not whole, ``none`` = nothing is known.
        title: the whole sentence.
    """

    text: str
    band: str
    title: str


@cache
def tiles() -> Tiles:
    """Return the list of tiles.

    Raises:
        ConfigError: the file is not as agreed.
    """
    return read_model(FILE, Tiles)


def tile_map(faces: Mapping[str, Face], isles: Mapping[str, tuple[str, ...]], label: str) -> Markup:
    """Return the map.

    Args:
        faces: agency code -> what its tile shows; a tile without one shows a dash.
        isles: name of an archipelago -> its label in lines.
        label: what the map says, for who cannot see it.
    """
    known = tiles()
    width = known.columns * (SIDE + GAP) + 8 + ISLES
    height = known.rows * (TALL + GAP) - GAP
    at = {tile.code: tile for tile in known.provinces}
    drawn = [_province(tile, faces.get(tile.code)) for tile in known.provinces]
    drawn += [_isle(at[isle.code], known.columns, isles[isle.name]) for isle in known.archipelagos]
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg class="tiles" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="{escape(label)}">{"".join(drawn)}</svg>'
    )


def _province(tile: Tile, face: Face | None) -> str:
    x, y = tile.column * (SIDE + GAP), tile.row * (TALL + GAP)
    shown = face or Face("–", "none", tile.label)
    middle = x + SIDE // 2
    return (
        f'<g class="{shown.band}"><title>{escape(shown.title)}</title>'
        f'<rect x="{x + 0.5}" y="{y + 0.5}" width="{SIDE - 1}" height="{TALL - 1}" rx="5"/>'
        f'<text x="{middle}" y="{y + 18}">{escape(tile.label)}</text>'
        f'<text class="figure" x="{middle}" y="{y + 38}">{escape(shown.text)}</text></g>'
    )


def _isle(beside: Tile, columns: int, lines: tuple[str, ...]) -> str:
    x, y = columns * (SIDE + GAP) + 8, beside.row * (TALL + GAP)
    near, middle = (beside.column + 1) * (SIDE + GAP) - GAP, y + TALL // 2
    texts = "".join(
        f'<text x="{x + ISLES // 2}" y="{y + 14 + 13 * n}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    return (
        f'<g class="isle"><title>{escape(" ".join(lines))}</title>'
        f'<line x1="{near}" y1="{middle}" x2="{x}" y2="{middle}"/>'
        f'<rect x="{x + 0.5}" y="{y + 0.5}" width="{ISLES - 1}" height="{TALL - 1}" rx="5"/>'
        f"{texts}</g>"
    )
