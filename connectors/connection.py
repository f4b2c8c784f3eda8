"""A connection: the one address a source may be asked at, and references to its secrets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.yaml_file import build_model, read_yaml
from contracts.errors import ConfigError

Text = Annotated[str, Field(strict=True, min_length=1)]
SecretRef = Annotated[str, Field(strict=True, pattern=r"^(env/[A-Za-z_][A-Za-z0-9_]*|file/.+)$")]
Network = Literal["public", "private", "loopback"]
Origin = tuple[str, str, int]
"""(scheme, host, port): what the allow-list is made of."""

_PORTS = {
    "http": 80,
    "https": 443,
    "ftps": 21,
    "sftp": 22,
    "postgresql": 5432,
    "mysql": 3306,
    "mssql": 1433,
    "oracle": 1521,
}
_SCHEMES = (*_PORTS, "s3", "file")
_DATABASES = frozenset({"postgresql", "mysql", "mssql", "oracle"})
_INSIDE = frozenset({"http", "mssql", "oracle"})
"""Never over a public network: plain HTTP, and drivers that cannot check a server's name at an
address that was resolved before."""


class Connection(BaseModel):
    """One entry of connections.yaml.

    Attributes:
        url: base address; its scheme, host and port are the whole allow-list. ``https://…``,
            ``http://…``, ``sftp://…``, ``ftps://…``, ``file:///folder``, ``s3://bucket``,
            ``postgresql://host/database`` and the same with ``mysql``, ``mssql``, ``oracle``.
        endpoint: of ``s3://``: address of the service that keeps the bucket.
        region: of ``s3://``: what requests are signed for.
        host_key: of ``sftp://``: the server's public key, ``ssh-ed25519 AAAA…``; no other is
            ever trusted or remembered.
        username: for basic authentication and session login.
        client_id: for OAuth2 client credentials.
        system_id: for API key headers.
        secret: reference ``env/NAME`` or ``file/PATH`` of password, token, client secret or key.
        client_secret: reference of the client's own secret, beside a user's password.
        ca: PEM file of the authority to trust instead of the system's.
        certificate: PEM file of our client certificate (mTLS).
        certificate_key: reference of its private key file (a path, not its text).
        networks: where the host's addresses may lie; link-local and multicast never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Text
    endpoint: str = ""
    region: str = "us-east-1"
    host_key: str = ""
    username: str = ""
    client_id: str = ""
    system_id: str = ""
    secret: SecretRef | None = None
    client_secret: SecretRef | None = None
    ca: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    networks: frozenset[Network] = frozenset({"public"})

    @model_validator(mode="after")
    def _address_is_plain(self) -> "Connection":
        scheme = self.scheme
        if scheme not in _SCHEMES:
            raise ValueError(f"url begins with one of {', '.join(_SCHEMES)} and ://")
        if (scheme == "s3") != bool(self.endpoint):
            raise ValueError("s3:// needs the endpoint that keeps the bucket; others have none")
        if scheme in _DATABASES and not self.base.strip("/"):
            raise ValueError("url names a database: postgresql://host/database")
        if self.endpoint and urlsplit(self.endpoint).scheme not in {"http", "https"}:
            raise ValueError("endpoint begins with https:// or http://")
        for address in filter(None, (self.url, self.endpoint)):
            _check_address(address)
        return self

    @model_validator(mode="after")
    def _server_can_prove_itself(self) -> "Connection":
        scheme, _, _ = self.origin
        if scheme in _INSIDE and "public" in self.networks:
            raise ValueError(f"{scheme}:// only where networks is [loopback] or [private]")
        if (scheme == "sftp") != bool(self.host_key):
            raise ValueError("sftp:// needs the server's host_key; others have none")
        return self

    @property
    def scheme(self) -> str:
        """Return what the connection speaks."""
        return urlsplit(self.url).scheme

    @property
    def folder(self) -> Path | None:
        """Return the folder of a ``file:///`` connection."""
        parts = urlsplit(self.url)
        return Path(parts.path) if parts.scheme == "file" else None

    @property
    def origin(self) -> Origin:
        """Return the only (scheme, host, port) that may be asked."""
        parts = urlsplit(self.endpoint or self.url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)

    @property
    def base(self) -> str:
        """Return the base path without a trailing slash."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def encrypted(self) -> bool:
        """Return whether a database must be spoken to in TLS, its certificate verified."""
        return bool(self.ca) or "public" in self.networks


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("url carries no user, password, query or fragment")
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/"):
            raise ValueError("a folder is written file:///path")
    elif not parts.hostname:
        raise ValueError("url names a host")


def load_connections(path: Path) -> dict[str, Connection]:
    """Return the connections of a file by name; relative paths are meant from its folder.

    Raises:
        ConfigError: the file or an entry is not as agreed.
    """
    entries = read_yaml(path)
    if not isinstance(entries, Mapping):
        raise ConfigError("The file maps names to connections", where=str(path))
    return {
        str(name): _anchored(build_model(entry, Connection, path, str(name)), path.parent)
        for name, entry in entries.items()
    }


def _anchored(connection: Connection, folder: Path) -> Connection:
    """Resolve ``ca``, certificates and ``file/`` secrets against the file's folder."""
    changes: dict[str, object] = {
        name: folder / value
        for name in ("ca", "certificate", "certificate_key")
        if (value := getattr(connection, name))
    }
    if connection.secret and connection.secret.startswith("file/"):
        changes["secret"] = f"file/{folder / connection.secret.removeprefix('file/')}"
    return connection.model_copy(update=changes)
