"""The service: what every page and address of one process shares."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from starlette.requests import HTTPConnection

from contracts.errors import LoadConflict
from contracts.partition import ZONE
from hub.desk import Desk, open_desk
from hub.registry import Registry, read_registry
from hub.settings import Settings
from serving.access import Access, Person
from serving.work import Works
from warehouse.database import Connection, connect, read_snapshot
from warehouse.kept import Kept

PERSON = "hub.person"
"""Where the door writes down in the scope who is asking, so that it is asked once."""
SESSION = {"work_mem": "32MB", "max_parallel_workers_per_gather": "0"}
"""Pages group some ten thousand rows at most: in memory, and on one core, since others read too."""
WAIT_SECONDS = 10.0
"""How long a reader waits for a connection before being told to come again."""


@dataclass(slots=True)
class Service:
    """Settings, registry, connections and the judgement of who is asking.

    Attributes:
        settings: as read at the edge.
        url: address of the warehouse; holds a password, so it is never shown.
        registry: agencies and what they owe.
        access: says who is asking.
        clock: says what time it is in Asia/Ho_Chi_Minh.
        works: the plans that this process carries out in the background.
        kept: results that many pages share.
    """

    settings: Settings
    url: str = field(repr=False)
    access: Access
    registry: Registry
    clock: Callable[[], datetime] = field(default=partial(datetime.now, ZONE), repr=False)
    works: Works = field(default_factory=Works, repr=False)
    kept: Kept = field(default_factory=Kept, repr=False)
    _pool: QueuePool | None = field(default=None, repr=False)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection inside one REPEATABLE READ READ ONLY transaction.

        Every figure that is read through it belongs to one version of the warehouse.

        Raises:
            LoadConflict: no connection came free in time, or the database asked to try again.
        """
        with self.connection() as conn, read_snapshot(conn):
            yield conn

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give an idle connection, for what is written: actions, signatures, packets, keys.

        Raises:
            LoadConflict: no connection came free in time, or the server cannot be reached.
        """
        if self._pool is None:
            size = self.settings.serve_connections
            self._pool = QueuePool(
                lambda: connect(self.url, name="hub serve", settings=SESSION),  # type: ignore[arg-type]
                pool_size=size,
                max_overflow=0,
                timeout=WAIT_SECONDS,
            )
        try:
            lent = self._pool.connect()
        except PoolTimeout as busy:
            raise LoadConflict("every connection is in use", code="BUSY") from busy
        conn: Connection = lent.driver_connection  # type: ignore[assignment]
        try:
            yield conn
        finally:
            if conn.closed:
                lent.invalidate()
            lent.close()

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Open a desk for an action that runs partitions."""
        with open_desk(self.settings, self.url) as desk:
            yield desk

    def person(self, asking: HTTPConnection) -> Person:
        """Return who is asking, as the door found out."""
        known: Person | None = asking.scope.get(PERSON)
        return self.access(asking) if known is None else known

    def close(self) -> None:
        """Stop what is carried out in the background, then close every connection."""
        self.works.close()
        if self._pool is not None:
            self._pool.dispose()
            self._pool = None


def new_service(settings: Settings, url: str, access: Access) -> Service:
    """Return a service over the registry that the settings name."""
    return Service(settings, url, access, read_registry(settings.agencies))


def service_of(asking: HTTPConnection) -> Service:
    """Return the service of the application that is asked; a dependency of every route."""
    service: Service = asking.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]
