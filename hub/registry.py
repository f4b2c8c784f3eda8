"""The registry: which agencies exist on a day, which feeds they owe, where each comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path

from connectors.agency import FOLDER, Agency, load_agencies
from connectors.yaml_file import read_model
from contracts.errors import ConfigError
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

    def expected(self, day: date) -> list[Partition]:
        """Return every partition owed for a day, by agency, feeds in the order of the files."""
        return [
            Partition(code, feed, day)
            for code, agency in self.agencies.items()
            for feed in agency.feeds_on(day)
        ]

    def expected_between(self, first: date, last: date) -> Iterator[Partition]:
        """Yield every partition owed for a span of days, both ends included, by day."""
        for day in days_between(first, last):
            yield from self.expected(day)

    def owed(self, partition: Partition) -> Partition:
        """Return the partition when it is owed for its day.

        Raises:
            ConfigError: unknown agency, a feed it does not give, or a day it did not exist.
        """
        agency = self.agency(partition.agency)
        if partition.feed in agency.feeds_on(partition.day):
            return partition
        raise ConfigError(
            "Đơn vị không phải cung cấp luồng này cho ngày đó / not owed for that day",
            code="NOT-REQUIRED",
            where=str(partition),
            seen=partition.feed[:40],
            allowed=", ".join(agency.feeds_on(partition.day)) or _life(agency),
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
    """Return from when an agency serves the whole of a day: its clock on the day after."""
    return _clock(agency.timetable.ready, day)


def due_at(agency: Agency, day: date) -> datetime:
    """Return from when a day that is not loaded is late: the agency's clock on the day after."""
    return _clock(agency.timetable.due, day)


def _clock(clock: str, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.fromisoformat(clock), tzinfo=ZONE)


def _life(agency: Agency) -> str:
    first = agency.valid_from.isoformat() if agency.valid_from else "…"
    last = agency.valid_to.isoformat() if agency.valid_to else "…"
    return f"{first} → {last}"
