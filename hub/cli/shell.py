"""The edge: where the environment is read and connections are opened for a command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from connectors.connection import Connection, load_connections
from contracts.partition import ZONE
from hub.desk import Desk, database_url, open_desk
from hub.settings import Settings, read_settings


def settings() -> Settings:
    """Return the settings of this command's environment."""
    return read_settings(os.environ)


def url() -> str:
    """Return the warehouse's address; starts the embedded server where it is not running."""
    return database_url(settings())


@contextmanager
def desk() -> Iterator[Desk]:
    """Open a desk for this command."""
    with open_desk(settings()) as opened:
        yield opened


def addresses() -> dict[str, Connection]:
    """Return the named connections of this machine; none where the file is not there yet."""
    path = settings().connections_file
    return load_connections(path) if path.exists() else {}


def now() -> datetime:
    """Return this moment in Asia/Ho_Chi_Minh."""
    return datetime.now(ZONE)
