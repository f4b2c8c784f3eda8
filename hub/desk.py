"""A desk: what one worker opens once and keeps between partitions."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import psycopg2

from connectors.connection import Connection as Address
from connectors.connection import load_connections
from connectors.courtesy import Courtesy
from connectors.patience import Patience
from connectors.source import Source, source_for
from contracts.partition import ZONE, Partition
from hub.registry import Registry, read_registry
from hub.settings import Settings
from warehouse import embedded
from warehouse.archive import Archive
from warehouse.database import Connection, connect


@dataclass(slots=True)
class Desk:
    """Connections and readings of one process; not shared between threads.

    Attributes:
        settings: as read at the edge.
        registry: agencies and what they owe.
        archive: where landings lie.
        courtesy: the sources' time, shared with the other workers of this machine.
        url: address of the warehouse; holds a password, so it is never shown.
        clock: says what time it is; the day of a partition never follows from it.
    """

    settings: Settings
    registry: Registry
    archive: Archive
    courtesy: Courtesy
    url: str = field(repr=False)
    clock: Callable[[], datetime] = field(default=partial(datetime.now, ZONE), repr=False)
    _conn: Connection | None = field(default=None, repr=False)
    _addresses: Mapping[str, Address] | None = field(default=None, repr=False)
    _sources: dict[tuple[str, str], Source] = field(default_factory=dict, repr=False)

    def conn(self) -> Connection:
        """Return the warehouse connection, opened anew when it was lost.

        Raises:
            LoadConflict: the server cannot be reached now.
            ConfigError: the server refuses the user, the password or the database.
        """
        if self._conn is None or self._conn.closed:
            self._conn = connect(self.url)
        return self._conn

    def source(self, partition: Partition) -> Source:
        """Return where a partition comes from.

        Raises:
            ConfigError: not owed for that day, or its connection is not named in the file.
        """
        self.registry.owed(partition)
        place = partition.agency, partition.feed
        if place not in self._sources:
            agency = self.registry.agency(partition.agency)
            self._sources[place] = source_for(agency, partition.feed, self.addresses())
        return self._sources[place]

    def addresses(self) -> Mapping[str, Address]:
        """Return the named connections, read once.

        Raises:
            ConfigError: the file is missing or an entry is not as agreed.
        """
        if self._addresses is None:
            self._addresses = load_connections(self.settings.connections_file)
        return self._addresses

    @property
    def patience(self) -> Patience:
        """Return how often a request is tried again and how long that may take."""
        asked = self.settings
        return Patience(
            attempts=asked.attempts, first=asked.wait_seconds, budget=asked.budget_seconds
        )

    def close(self) -> None:
        """Let go of the warehouse connection."""
        if self._conn is not None:
            with suppress(psycopg2.Error):
                self._conn.close()
            self._conn = None


def database_url(settings: Settings) -> str:
    """Return the address of the warehouse; the embedded server is started when it is not running.

    The embedded server outlives the command that started it: ``hub database stop`` ends it.
    """
    return settings.database_url or embedded.start(settings.state_folder).url


@contextmanager
def open_desk(settings: Settings, url: str = "") -> Iterator[Desk]:
    """Open a desk; its connections are made when first needed and closed on leaving."""
    desk = Desk(
        settings,
        read_registry(settings.agencies),
        Archive(settings.archive),
        Courtesy(settings.state_folder / "courtesy"),
        url or database_url(settings),
    )
    try:
        yield desk
    finally:
        desk.close()
