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

_PORTS = {"http": 80, "https": 443}


class Connection(BaseModel):
    """One entry of connections.yaml.

    Attributes:
        url: base address (``https://…``, ``http://…`` or ``file:///folder``); scheme, host and
            port of it are the whole allow-list.
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
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https", "file"}:
            raise ValueError("url begins with https://, http:// or file:///")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("url carries no user, password, query or fragment")
        if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
            raise ValueError("a folder is written file:///path")
        if parts.scheme != "file" and not parts.hostname:
            raise ValueError("url names a host")
        if parts.scheme == "http" and "public" in self.networks:
            raise ValueError(
                "http:// only where networks is [loopback] or [private]; else https://"
            )
        return self

    @property
    def folder(self) -> Path | None:
        """Return the folder of a ``file:///`` connection."""
        parts = urlsplit(self.url)
        return Path(parts.path) if parts.scheme == "file" else None

    @property
    def origin(self) -> Origin:
        """Return the only (scheme, host, port) that may be asked."""
        parts = urlsplit(self.url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)

    @property
    def base(self) -> str:
        """Return the base path without a trailing slash."""
        return urlsplit(self.url).path.rstrip("/")


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
