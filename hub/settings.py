"""Settings: read once at the edge from ``HUB_*``, then passed down as a value."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.errors import ConfigError

PREFIX = "HUB_"


class Settings(BaseModel):
    """Where things are and how patient the hub is; nothing here is a secret but two addresses.

    Every attribute is read from ``HUB_<NAME>``; relative paths are below the working folder.

    Attributes:
        state: folder of everything the hub keeps on this machine.
        database_url: PostgreSQL address; empty means the embedded server in ``state/postgres``.
        archive_url: landing archive, a folder or an fsspec address (``s3://…``); empty means
            ``state/archive``.
        connections: file that names the sources' addresses; empty means
            ``state/connections.yaml``.
        agencies: folder of agency files; empty means those shipped with the connectors.
        processes: worker processes of a backfill.
        attempts: tries of one request before its source counts as unavailable.
        wait_seconds: upper end of the first wait between tries; it doubles with every try.
        budget_seconds: all waiting between the tries of one pull.
        pulls: how often a day is pulled anew when its pages disagree with each other.
        park_after: failed runs in a row after which a partition is left alone until asked for,
            and failed days in a row after which a backfill leaves the rest of a feed.
        serve_host, serve_port: where ``hub serve`` listens.
        serve_connections: warehouse connections of one serving process.
        rate_per_minute: questions a minute of one key, person or address; this machine may ask a
            thousand times more.
        rate_burst: how many of them may come at once.
        proxy_name_header: header in which a trusted proxy names the person; empty = there is no
            proxy, and only this machine is served.
        proxy_group_header: header with the person's groups, separated by commas.
        proxy_networks: where the proxy asks from, separated by commas.
        receiver: file that says how packets are handed over; empty means the national reporting
            system's, as shipped.
        packets: folder of packet definitions (names on the wire); empty means those shipped.
        publish_audit: whether report data waits for the audit of every day behind it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Path = Path("var")
    database_url: str = Field(default="", repr=False)
    archive_url: str = Field(default="", repr=False)
    connections: Path | None = None
    agencies: Path | None = None
    processes: int = Field(default=2, ge=1, le=64)
    attempts: int = Field(default=5, ge=1, le=20)
    wait_seconds: float = Field(default=1.0, ge=0)
    budget_seconds: float = Field(default=600.0, ge=0)
    pulls: int = Field(default=3, ge=1, le=10)
    park_after: int = Field(default=3, ge=1)
    serve_host: str = "127.0.0.1"
    serve_port: int = Field(default=8088, ge=0, le=65535)
    serve_connections: int = Field(default=8, ge=1, le=64)
    rate_per_minute: int = Field(default=600, ge=1)
    rate_burst: int = Field(default=120, ge=1)
    proxy_name_header: str = ""
    proxy_group_header: str = "X-Forwarded-Groups"
    proxy_networks: str = "127.0.0.1/32"
    receiver: Path | None = None
    packets: Path | None = None
    publish_audit: bool = True

    @property
    def state_folder(self) -> Path:
        """Return the state folder; the embedded server keeps its data in ``postgres`` there."""
        return self.state.absolute()

    @property
    def archive(self) -> str:
        """Return the address of the landing archive."""
        return self.archive_url or str((self.state / "archive").absolute())

    @property
    def connections_file(self) -> Path:
        """Return the file that names the sources' addresses."""
        return self.connections or self.state / "connections.yaml"

    @property
    def docs_folder(self) -> Path:
        """Return the folder of the audit's pages."""
        return (self.state / "docs").absolute()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that an environment names.

    Raises:
        ConfigError: a value cannot be read; names the variable, never an address in full.
    """
    given = {
        name: environ[PREFIX + name.upper()]
        for name in Settings.model_fields
        if environ.get(PREFIX + name.upper())
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as bad:
        first = bad.errors()[0]
        key = PREFIX + str(first["loc"][0]).upper()
        raise ConfigError(
            "Biến môi trường sai / a setting cannot be read",
            code="SETTING",
            where=key,
            seen=str(first["input"])[:40],
            allowed=first["msg"],
            action="hub doctor",
        ) from bad


def unknown_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``HUB_*`` names that no setting has, with the nearest name (or an empty text)."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    strange = sorted(n for n in environ if n.startswith(PREFIX) and n not in known)
    return {
        name: next(iter(get_close_matches(name, known, n=1, cutoff=0.85)), "") for name in strange
    }
