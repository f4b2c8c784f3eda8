"""The registry: which agencies exist on a day, which feeds they owe, where each comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path

from connectors.agency import FOLDER, Agency, load_agencies
from connectors.yaml_file import read_model
from contracts.errors import ConfigError
from contracts.frequency import Frequency, last_day
from contracts.partition import ZONE, Partition
from hub.period import days_between

__all__ = ["Agency", "Registry", "due_at", "read_agencies", "read_registry", "ready_at"]


@dataclass(frozen=True, slots=True)
class Registry:
    """All agency files of one folder.

    Attributes:
        agencies: by code, sorted.
        folder: where they were read, named in errors.
    """

    agencies: Mapping[str, Agency]
    folder: Path

    def agency(self, code: str) -> Agency:
        """Return an agency by code.

        Raises:
            ConfigError: no file has that code.
        """
        if code in self.agencies:
            return self.agencies[code]
        near = get_close_matches(code.upper(), self.agencies, n=3, cutoff=0.5)
        raise ConfigError(
            "Không có đơn vị này / no agency has this code",
            code="AGENCY-UNKNOWN",
            where=str(self.folder),
            seen=code[:20],
            allowed=", ".join(near),
            action="hub agency list",
        )

    def expected(self, day: date, frequency: Frequency | None = None) -> list[Partition]:
        """Return every partition owed for a day, by agency, feeds in the order of the files.

        Args:
            day: day of Asia/Ho_Chi_Minh; feeds of longer periods are owed for their last day.
            frequency: only feeds that are owed so often; None means all.
        """
        return [
            Partition(code, feed, day)
            for code, agency in self.agencies.items()
            for feed in agency.feeds_on(day)
            if frequency is None or agency.frequency(feed) == frequency
        ]

    def expected_between(
        self, first: date, last: date, frequency: Frequency | None = None
    ) -> Iterator[Partition]:
        """Yield every partition owed for a span of days, both ends included, by day."""
        for day in days_between(first, last):
            yield from self.expected(day, frequency)

    def owed(self, partition: Partition) -> Partition:
        """Return the partition when it is owed for its day.

        Raises:
            ConfigError: unknown agency, a feed it does not give, a day it did not exist, or one
                that ends no period of the feed.
        """
        agency = self.agency(partition.agency)
        if partition.feed in agency.feeds_on(partition.day):
            return partition
        raise ConfigError(
            "Đơn vị không phải cung cấp luồng này cho ngày đó / not owed for that day",
            code="NOT-REQUIRED",
            where=str(partition),
            seen=partition.feed[:40],
            allowed=_allowed(agency, partition),
            action=f"hub agency show {agency.code}",
        )

    def contract_name(self, partition: Partition) -> str:
        """Return the agency's own contract for a feed; empty for the national one.

        Raises:
            ConfigError: the partition is not owed.
        """
        self.owed(partition)
        return self.agency(partition.agency).feeds[partition.feed].contract


def read_registry(folder: Path | None = None) -> Registry:
    """Return the registry of a folder, the shipped one by default.

    Raises:
        ConfigError: a file is not as agreed; names file, line and key.
    """
    return Registry(load_agencies(folder), folder or FOLDER)


def read_agencies(folder: Path | None = None, *, code: str = "") -> list[Agency]:
    """Return the agencies of a folder; with a code, that agency alone, its one file read.

    Raises:
        ConfigError: a file is not as agreed; names file, line and key.
    """
    place = folder or FOLDER
    if not code:
        return list(load_agencies(place).values())
    return [read_model(path, Agency) for path in place.glob(f"{code.lower()}_*.yaml")]


def ready_at(agency: Agency, day: date) -> datetime:
    """Return from when an agency serves the whole of a day, or of the period that it ends."""
    return _clock(agency.timetable.ready, day)


def due_at(agency: Agency, day: date) -> datetime:
    """Return from when a partition that is not loaded is late: the clock on the day after."""
    return _clock(agency.timetable.due, day)


def _clock(clock: str, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.fromisoformat(clock), tzinfo=ZONE)


def _allowed(agency: Agency, partition: Partition) -> str:
    """Return what could have been asked for: the period's last day, or the feeds of that day."""
    given = agency.feeds.get(partition.feed)
    if given and agency.active(partition.day) and given.active(partition.day):
        return last_day(partition.day, agency.frequency(partition.feed)).isoformat()
    return ", ".join(agency.feeds_on(partition.day)) or _life(agency)


def _life(agency: Agency) -> str:
    first = agency.valid_from.isoformat() if agency.valid_from else "…"
    last = agency.valid_to.isoformat() if agency.valid_to else "…"
    return f"{first} → {last}"
