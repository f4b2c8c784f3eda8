"""What lies in a folder of a source, and which file of it is the day's."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import chain
from posixpath import normpath

from connectors.transport import Reply, Wire
from contracts.errors import ContractBroken, SourceUnsafe

_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file.

    Attributes:
        path: below the connection's address.
        size: bytes; None where the source does not say.
        modified: when it last changed, UTC, ISO 8601; empty where the source does not say.
    """

    path: str
    size: int | None
    modified: str

    @property
    def name(self) -> str:
        """Return the file's name without its folder."""
        return self.path.rpartition("/")[2]


def moment(seconds: float) -> str:
    """Return a Unix time as text that sorts.

    >>> moment(0)
    '1970-01-01T00:00:00.000000Z'
    """
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def matching(entries: Iterable[Entry], wire: Wire) -> list[Entry]:
    """Return the entries that a LIST asks for, the newest last.

    Files that somebody is still writing (``.part`` and the like, hidden ones) do not count; with
    ``marker`` in the query only announced files do. Names that hold numbers sort by them, so
    that ``_v10`` is newer than ``_v9`` where times do not tell.
    """
    pattern, marker = wire.query["match"], wire.query.get("marker", "")
    held = {entry.name: entry for entry in entries}
    found = [
        entry
        for name, entry in held.items()
        if fnmatchcase(name, pattern)
        and not name.startswith(".")
        and not name.endswith((*_UNFINISHED, marker or ".done"))
        and (not marker or name + marker in held)
    ]
    return sorted(found, key=lambda entry: (entry.modified, _natural(entry.name)))


def listed(entries: Iterable[Entry], wire: Wire) -> Reply:
    """Return the answer to a LIST: the newest file that matches, if there is one.

    Only what was looked for is told: names of other files never enter the archive.
    """
    newest = matching(entries, wire)[-1:]
    files = [{"path": e.path, "size": e.size, "modified": e.modified} for e in newest]
    document = {"file": files[0]} if files else {}
    body = json.dumps(document, ensure_ascii=False).encode()
    return Reply(200, {"content-type": "application/json"}, chain((body,)))


def _natural(name: str) -> list[tuple[int, str]]:
    parts = _DIGITS.split(name)
    return [(int(text), "") if text.isdigit() else (0, text) for text in parts]


def below(base: str, path: str) -> str:
    """Return a path below a base, as a server of files takes it.

    Raises:
        SourceUnsafe: EGRESS, the path leads out of it.

    >>> below("/tra", "/2026/a.csv")
    '/tra/2026/a.csv'
    """
    whole = normpath(f"{base}/{path.lstrip('/')}")
    if whole != base and not whole.startswith(base + "/"):
        raise SourceUnsafe("The path leaves the connection's folder", seen=path)
    return whole


def check_size(size: int, most: int) -> None:
    """Refuse a file that is larger than the system allows.

    Raises:
        ContractBroken: TOO-BIG.
    """
    if size > most:
        raise ContractBroken(
            "The file is too big", code="TOO-BIG", seen=f"{size} bytes", allowed=f"{most} bytes"
        )
