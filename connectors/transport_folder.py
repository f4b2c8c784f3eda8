"""Files of a folder, for systems that drop them on a shared disk."""

import os
from collections.abc import Iterator
from pathlib import Path

from connectors.listing import Entry, check_size, listed, moment
from connectors.patience import Patience
from connectors.source import Source
from connectors.transport import Reply, Wire
from contracts.errors import SourceUnavailable, SourceUnsafe

_CHUNK = 1024 * 1024


def open_transport(source: Source, _: Patience) -> "FolderTransport":
    """Return the transport of a ``file:///`` connection."""
    assert source.connection.folder
    return FolderTransport(source.connection.folder)


class FolderTransport:
    """Reads files below one folder; nothing outside it, not through links either."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def close(self) -> None:
        """Nothing is kept open."""

    def send(self, wire: Wire, most: int) -> Reply:
        """Return a file, or 404; or which file of a sub-folder matches.

        Raises:
            SourceUnsafe: EGRESS, the path leaves the folder.
            ContractBroken: TOO-BIG.
            SourceUnavailable: while it is read: PARTIAL-FILE, the file changes under us.
        """
        path = (self._folder / wire.path.lstrip("/")).resolve()
        if not path.is_relative_to(self._folder):
            raise SourceUnsafe("The path leaves the folder", seen=wire.path)
        if wire.method == "LIST":
            return listed(self._entries(path), wire)
        if not path.is_file():
            return Reply(404, {}, iter(()))
        check_size(path.stat().st_size, most)
        return Reply(200, {}, _read(path))

    def _entries(self, folder: Path) -> Iterator[Entry]:
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.is_file():
                held = file.stat()
                path = f"/{file.relative_to(self._folder)}"
                yield Entry(path, held.st_size, moment(held.st_mtime))


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        while chunk := file.read(_CHUNK):
            yield chunk
        after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceUnavailable("The file is still being written", code="PARTIAL-FILE")
