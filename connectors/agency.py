"""An agency: who publishes, since when, which feeds, from which system, who answers for it."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.system import Shape
from connectors.yaml_file import read_model
from contracts.errors import ConfigError
from contracts.frequency import Frequency, ending_on, frequency_of

FOLDER = Path(__file__).parent / "agencies"

Text = Annotated[str, Field(strict=True, min_length=1)]
Code = Annotated[str, Field(strict=True, pattern=r"^[A-Z]\d{2}(\.\d{2}){0,2}$")]
Clock = Annotated[str, Field(strict=True, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
FeedName = Annotated[str, Field(strict=True, pattern=r"^[a-z][a-z_]*$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Timetable(_Frozen):
    """When the day before can be had; clock times of Asia/Ho_Chi_Minh.

    Attributes:
        ready: from when the source serves the whole of yesterday.
        due: from when a missing yesterday is late.
    """

    ready: Clock = "00:30"
    due: Clock = "08:00"


class EarlierName(_Frozen):
    """A name the agency bore up to and including a day."""

    name: Text
    valid_to: date


class FeedSource(_Frozen):
    """Where an agency's feed comes from.

    Attributes:
        system: name of a file in ``connectors/systems``; empty where ``shape`` is written.
        shape: a system that nobody else has, written where it is used.
        connection: name in connections.yaml, where address and secret reference are.
        contract: name of the agency's own (tighter) contract; empty for the national one.
        options: differences from the system's kind options.
        codes: contract field -> source code -> contract code, beside the system's.
        valid_from: first day the feed is owed; the agency's when absent.
        valid_to: last day the feed is owed; the agency's when absent.
    """

    system: str = Field(default="", strict=True)
    shape: Shape | None = None
    connection: Text
    contract: str = ""
    options: Mapping[str, Any] = Field(default_factory=dict)
    codes: Mapping[Text, Mapping[Text, Text]] = Field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _has_one_system(self) -> "FeedSource":
        if bool(self.system) == bool(self.shape):
            raise ValueError("name a system or write a shape, one of the two")
        return self

    def active(self, day: date) -> bool:
        """Return whether the feed is owed for a day (both ends belong to it)."""
        return _within(day, self.valid_from, self.valid_to)


class Agency(_Frozen):
    """One file of ``connectors/agencies``.

    Attributes:
        code: short code of QĐ 20/2020 (``G01``, ``H26``), quoted.
        name: name today, or on its last day.
        kind: level and sort of agency.
        owner: role that answers for the source; never a person.
        feeds: by feed name.
        valid_from: first day; absent where it is older than the hub's oldest data.
        valid_to: last day; absent while it exists.
        successor: code of the agency that took over, where it ended.
        earlier_names: oldest first.
        timetable: when yesterday is ready and when it is late.
    """

    code: Code
    name: Text
    kind: Literal["ministry", "ministerial_agency", "government_agency", "province", "other"]
    owner: Text
    feeds: Mapping[FeedName, FeedSource]
    valid_from: date | None = None
    valid_to: date | None = None
    successor: Code | None = None
    earlier_names: tuple[EarlierName, ...] = ()
    timetable: Timetable = Timetable()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Agency":
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to must not be before valid_from")
        return self

    def active(self, day: date) -> bool:
        """Return whether the agency exists on a day (both ends belong to it)."""
        return _within(day, self.valid_from, self.valid_to)

    def feeds_on(self, day: date) -> list[str]:
        """Return the names of the feeds owed for a day, in the file's order.

        A feed of longer periods is owed for the last day of each: a month's for its last day.

        Raises:
            ConfigError: a feed is under no contract.
        """
        return self.feeds_over([day])[day]

    def feeds_over(self, days: Iterable[date]) -> dict[date, list[str]]:
        """Return by day the names of the feeds owed for it, in the file's order.

        Raises:
            ConfigError: a feed is under no contract.
        """
        known = [
            (name, self.frequency(name), feed.valid_from, feed.valid_to)
            for name, feed in self.feeds.items()
        ]
        return {
            day: [
                name
                for name, frequency, first, last in known
                if frequency in ending_on(day) and _within(day, first, last)
            ]
            if self.active(day)
            else []
            for day in days
        }

    def frequency(self, feed: str) -> Frequency:
        """Return how often one of the agency's feeds is owed, as its contract says.

        Raises:
            ConfigError: the feed is under no contract.
        """
        return frequency_of(feed, self.feeds[feed].contract)


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def load_agencies(folder: Path | None = None) -> dict[str, Agency]:
    """Return every agency of a folder by code, sorted; sub-folders are not read.

    Raises:
        ConfigError: a file is not as agreed, its name does not begin with its code, or two
            files share a code.
    """
    agencies: dict[str, Agency] = {}
    for path in sorted((folder or FOLDER).glob("*.yaml")):
        agency = read_model(path, Agency)
        if path.stem.split("_")[0] != agency.code.lower():
            raise ConfigError(
                "The file's name must begin with the agency's code",
                where=str(path),
                seen=agency.code,
                allowed=f"{agency.code.lower()}_<name>.yaml",
            )
        if agency.code in agencies:
            raise ConfigError("Two files share an agency code", where=str(path), seen=agency.code)
        agencies[agency.code] = agency
    return dict(sorted(agencies.items()))
