"""What a source holds: a partition's rows as a pure function of the version, which only grows."""

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

Row = tuple[int, int]
"""(key, amount); keys are unique within a version, versions share about half of theirs."""


class Seen(NamedTuple):
    """A partition reduced to what tells two versions apart."""

    rows: int
    total: int
    digest: str


NOTHING = Seen(0, 0, "")


def edition(part: int, version: int) -> int:
    """Return the version whose content this one repeats: every third correction is taken back."""
    return version - 2 if version >= 3 and (part + version) % 3 == 0 else version


def rows(part: int, version: int) -> list[Row]:
    """Return the 50 to 300 rows of a version, sorted by key."""
    rng = Random(f"{part}/{edition(part, version)}")
    keys = sorted(rng.sample(range(500), rng.randint(50, 300)))
    return [(part * 1000 + key, rng.randint(1, 1_000_000)) for key in keys]


def seen(found: list[Row]) -> Seen:
    """Reduce rows, in whatever order and number they were found."""
    if not found:
        return NOTHING
    text = ",".join(f"{key}:{amount}" for key, amount in sorted(found))
    return Seen(len(found), sum(a for _, a in found), hashlib.md5(text.encode()).hexdigest())


@cache
def truth(part: int, version: int) -> Seen:
    """Return what a reader must see when the partition shows this version."""
    return NOTHING if version == 0 else seen(rows(part, version))


@dataclass(frozen=True, slots=True)
class Source:
    """One small file per partition that says which version is the newest now."""

    folder: Path

    def newest(self, part: int) -> int:
        """Return the newest version at this moment."""
        return int((self.folder / str(part)).read_text())

    def correct(self, part: int) -> int:
        """Publish one version more; readers of the file never see half a number."""
        path = self.folder / str(part)
        version = int(path.read_text()) + 1 if path.exists() else 1
        fresh = path.with_suffix(".new")
        fresh.write_text(str(version))
        os.replace(fresh, path)  # noqa: PTH105 - the atomic rename by its name
        return version
