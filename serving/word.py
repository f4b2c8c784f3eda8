"""Words: every text of every page in Vietnamese and English, by key, from ``words/*.yaml``."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, RootModel, StringConstraints

from contracts.errors import HubBug
from contracts.yaml_file import read_model
from serving.numeral import Lang

FOLDER = Path(__file__).parent / "words"
"""One file per page; a key is ``<file>.<name>``."""

Text = Annotated[str, StringConstraints(min_length=1)]


class Both(BaseModel):
    """One text in both languages; ``{name}`` is filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: Text
    en: Text


class _File(RootModel[dict[str, Both]]):
    """A file of words."""


@cache
def words() -> Mapping[str, Both]:
    """Return key -> text of every file.

    Raises:
        ConfigError: a file is not as agreed; names file, line and key.
    """
    return {
        f"{path.stem}.{name}": both
        for path in sorted(FOLDER.glob("*.yaml"))
        for name, both in read_model(path, _File).root.items()
    }


def say(key: str, lang: Lang, **values: object) -> str:
    """Return a text of a language with its values filled in.

    Raises:
        HubBug: no text has that key, or a value of it is missing.
    """
    try:
        both = words()[key]
        return (both.vi if lang == "vi" else both.en).format(**values)
    except KeyError as error:
        raise HubBug("a text or a value of it is missing", where=key, seen=str(error)) from error
