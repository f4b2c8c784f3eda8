"""A system: one shape of software, its access pattern, login, format and field names."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from connectors.format import Format
from connectors.login_options import Auth, NoAuth
from connectors.yaml_file import read_model
from contracts.errors import ConfigError
from contracts.source_map import SourceField, SourceMap, Tombstone

FOLDER = Path(__file__).parent / "systems"

Text = Annotated[str, Field(strict=True, min_length=1)]


def _check_holes(text: str) -> str:
    try:
        text.format_map({"agency": "", "system_id": ""})
    except (KeyError, ValueError, AttributeError, IndexError):
        raise ValueError("holes are {agency} and {system_id}") from None
    return text


HeaderText = Annotated[str, Field(strict=True, pattern=r"^[ -~]+$"), AfterValidator(_check_holes)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Success(_Frozen):
    """What an answer with HTTP 200 must say to be a success (BAD_INPUT 22)."""

    path: Text
    values: tuple[Text, ...]


def _written_short(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


Field_ = Annotated[SourceField, BeforeValidator(_written_short, json_schema_input_type=str | Any)]


class Shape(_Frozen):
    """How one shape of software is asked and read.

    Attributes:
        kind: access pattern (``connectors.kind.find_kind``).
        options: options of that kind.
        auth: how the driver logs in.
        headers: fixed headers of every request, with the holes ``{agency}`` and ``{system_id}``
            of the connection (``X-Road-Client: "{system_id}"``).
        format: how answers are written.
        success: predicate over the envelope; none by default.
        fields: contract field -> where it is found; a bare text is its path.
        ignore: names known and dropped on purpose; a trailing ``*`` matches the rest.
        tombstone: how deleted records are told; none by default.
        content_types: further media types to take for data beside the format's own.
        max_bytes: largest answer, unpacked.
        close_delimited: take answers that end with the connection, where a declared count or
            digest proves them whole.
        gzip: ask for packed answers; unasked ones are unpacked all the same.
        connections: how many pulls may use one connection at once.
        interval_seconds: least time between two requests over one connection.
        read_seconds: longest silence while an answer is awaited or read.
    """

    kind: Text
    options: Mapping[str, Any]
    auth: Auth = NoAuth()
    headers: Mapping[Text, HeaderText] = Field(default_factory=dict)
    format: Format
    success: Success | None = None
    fields: Mapping[Text, Field_]
    ignore: tuple[Text, ...] = ()
    tombstone: Tombstone | None = None
    content_types: tuple[Text, ...] = ()
    max_bytes: Annotated[int, Field(ge=1)] = 64 * 2**20
    close_delimited: bool = False
    gzip: bool = False
    connections: Annotated[int, Field(ge=1, le=8)] = 2
    interval_seconds: Annotated[float, Field(ge=0)] = 0.0
    read_seconds: Annotated[float, Field(gt=0)] = 60.0

    @property
    def source_map(self) -> SourceMap:
        """Return the allow-list and formats, as the judge takes them."""
        return SourceMap(fields=self.fields, ignore=self.ignore, tombstone=self.tombstone)


class System(Shape):
    """One file of ``connectors/systems``: a shape that many agencies share.

    Attributes:
        name: equals the file's name.
        title: for people, Vietnamese first.
        feed: the feed it gives.
    """

    name: Text
    title: Text
    feed: Text


def load_systems(folder: Path | None = None) -> dict[str, System]:
    """Return every system of a folder by name.

    Raises:
        ConfigError: a file is not as agreed, or its name is not the system's.
    """
    systems = {}
    for path in sorted((folder or FOLDER).glob("*.yaml")):
        system = read_model(path, System)
        if system.name != path.stem:
            raise ConfigError(
                "A system bears its file's name",
                where=str(path),
                seen=system.name,
                allowed=path.stem,
            )
        systems[system.name] = system
    return systems


@cache
def shipped_systems() -> Mapping[str, System]:
    """Return the systems of ``connectors/systems``, read once."""
    return load_systems()


def load_system(name: str) -> System:
    """Return a shipped system.

    Raises:
        ConfigError: there is none of that name.
    """
    systems = shipped_systems()
    if name not in systems:
        raise ConfigError("No such system", seen=name, allowed=", ".join(systems))
    return systems[name]
