"""The transport of a connection: the one place that knows which scheme is carried by what."""

from importlib import import_module

from connectors.connection import Connection
from connectors.patience import Patience
from connectors.source import Source
from connectors.transport import Transport
from contracts.errors import ConfigError

_MODULES = {
    "file": "folder",
    "http": "index",
    "https": "index",
    "sftp": "sftp",
    "ftps": "ftps",
    "s3": "s3",
    "postgresql": "sql",
    "mysql": "sql",
    "mssql": "sql",
    "oracle": "sql",
}
"""Scheme -> ``connectors.transport_<name>``, imported when first needed: database drivers and
SSH take half a second that a pull over HTTP shall not pay."""
_BOUND = frozenset({"sftp", "sql"})
"""Transports that live in the process that opened them: by threads, or by a session that the
other process's goodbye would end."""


def transport_for(source: Source, patience: Patience) -> Transport:
    """Return a source's transport; nothing is sent yet.

    Raises:
        ConfigError: its library is not installed, or its secret or key cannot be read.
        SourceUnavailable: NET-DNS.
        SourceUnsafe: EGRESS, the address lies outside the connection's networks.
    """
    try:
        module = import_module(f"connectors.transport_{_MODULES[source.connection.scheme]}")
    except ModuleNotFoundError as error:
        raise ConfigError(
            "A library for this connection is not installed",
            where=source.connection.url,
            seen=str(error.name),
            action="install the hub with its extra: lien-thong[s3]",
        ) from error
    transport: Transport = module.open_transport(source, patience)
    return transport


def outlives_fork(connection: Connection) -> bool:
    """Return whether a pull over a connection may go on in another process."""
    return _MODULES[connection.scheme] not in _BOUND
