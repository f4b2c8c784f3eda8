"""The landing archive: what was received, minimised, as received, proof against bit rot.

Layout below one fsspec address (a folder by default, S3 or MinIO by URL)::

    blobs/<2 hex>/<content digest>.zst     zstd frames, one per page, shared by equal landings
    runs/<agency>/<feed>/<day>/<token>.json  sha256 of the rest, newline, the manifest
    tmp/<random>                           being written; removed on abort

A frame holds a page document (``contracts.page.page_document``). The content digest is the sha256
over all page documents in order, so equal content has an equal digest whatever the envelopes,
tokens and times around it were.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import fsspec
import msgspec
import zstandard

from contracts.errors import ArchiveCorrupt, HubError
from contracts.page import Page, Value, page_document, read_document
from contracts.partition import Partition

ZSTD_LEVEL = 1
PAGE_BYTES_CAP = 1 << 30
"""No page document may grow past this; a frame that claims more is refused unread."""


class PageEntry(msgspec.Struct, frozen=True):
    """A page in the manifest: how it was asked for, what came, where its frame lies."""

    request: dict[str, Any]
    last: bool
    envelope: dict[str, Value]
    unknown: list[str]
    received_sha256: str
    received_bytes: int
    rows: int
    offset: int
    length: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """Everything about one landing beside its rows."""

    agency: str
    feed: str
    day: str
    token: int
    content_digest: str
    blob: str
    rows: int
    declared: dict[str, int]
    pages: list[PageEntry]
    since: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Landing:
    """One landed run of a partition.

    Attributes:
        partition: what was asked for.
        token: the run's fencing number.
        manifest: path of the manifest below the archive's address.
        content_digest: sha256 over the page documents; equal content, equal digest.
        rows: records received over all pages, broken ones included.
        pages: number of pages.
        size: bytes of the answers as received.
        declared: what the source declared (``rows``, sums).
        unknown: names of unknown fields, sorted.
        since: cursor that the pull of an incremental feed began with; ``cursor``: the one that
            it reached. Both empty for feeds that are read anew every time.
    """

    partition: Partition
    token: int
    manifest: str
    content_digest: str
    rows: int
    pages: int
    size: int
    declared: Mapping[str, int] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    since: str = ""
    cursor: str = ""

    @property
    def is_incremental(self) -> bool:
        """Tell whether the next partition reads on where this one ended."""
        return bool(self.since or self.cursor)


Archived = tuple[dict[str, Any], Page, bool]
"""(request, page, last): one exchange as it was landed."""


class Archive:
    """A landing archive below one fsspec address.

    Args:
        url: a folder, or an address that fsspec knows (``s3://bucket/prefix``).
        is_durable: wait until the disk has a local landing before it gets its name (about 10 ms
            per landing); without it a power cut may cost landings that the ledger names. Object
            stores are always durable.
    """

    def __init__(self, url: str, *, is_durable: bool = True) -> None:
        self.is_durable = is_durable
        self.files, root = fsspec.core.url_to_fs(url)
        self.root = str(root).rstrip("/")
        self.is_local = "file" in _protocols(self.files)

    def writer(self, partition: Partition, token: int) -> "LandingWriter":
        """Return a writer for one landing; ends with ``close`` or ``abort``."""
        return LandingWriter(self, partition, token)

    def landing(self, path: str) -> Landing:
        """Return a landing by the path of its manifest.

        Raises:
            ArchiveCorrupt: the manifest is missing or does not match its digest.
        """
        return _landing(path, self._manifest(path))

    def read(self, landing: Landing) -> Iterator[Archived]:
        """Yield the pages of a landing in order, every digest verified before its use.

        Raises:
            ArchiveCorrupt: bytes are missing or changed anywhere in manifest or blob.
        """
        manifest = self._manifest(landing.manifest)
        if manifest.content_digest != landing.content_digest:
            raise ArchiveCorrupt("the manifest is another landing's", where=landing.manifest)
        content = hashlib.sha256()
        with _corrupt_where(manifest.blob), self.files.open(self._path(manifest.blob)) as blob:
            for entry in manifest.pages:
                document = _document(blob, entry, manifest.blob)
                content.update(document)
                yield entry.request, _page(document, entry), entry.last
            if blob.read(1):
                raise ArchiveCorrupt("bytes after the last page", where=manifest.blob)
        if content.hexdigest() != manifest.content_digest:
            raise ArchiveCorrupt(where=manifest.blob, allowed=manifest.content_digest)

    def discard(self, landing: Landing) -> Landing:
        """Remove a landing that must not be kept; return it without a manifest.

        A blob is shared by landings of equal content: what may not be kept once, may not be kept.

        Raises:
            ArchiveCorrupt: the manifest is missing or does not match its digest.
        """
        for name in (self._manifest(landing.manifest).blob, landing.manifest):
            with suppress(FileNotFoundError):
                self.files.rm_file(self._path(name))
        return replace(landing, manifest="")

    def _manifest(self, path: str) -> Manifest:
        with _corrupt_where(path):
            digest, _, body = self.files.cat_file(self._path(path)).partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != digest:
                raise ArchiveCorrupt(where=path)
            manifest = msgspec.json.decode(body, type=Manifest)
        if _manifest_path(manifest) != path:
            raise ArchiveCorrupt("the manifest lies under a foreign name", where=path)
        return manifest

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}"


class LandingWriter:
    """Writes one landing page by page; nothing is visible under its name before ``close``."""

    def __init__(self, archive: Archive, partition: Partition, token: int) -> None:
        self._archive = archive
        self._partition = partition
        self._token = token
        self._temporary = archive._path(f"tmp/{secrets.token_hex(16)}")  # noqa: SLF001
        self._entries: list[PageEntry] = []
        self._content = hashlib.sha256()
        self._zstd = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
        self._offset = 0
        with _write_failure(str(partition)):
            archive.files.makedirs(archive._path("tmp"), exist_ok=True)  # noqa: SLF001
            self._file = archive.files.open(self._temporary, "wb")

    def add(self, request: Mapping[str, Any], page: Page, last: bool) -> None:
        """Append a page.

        Args:
            request: the request as a JSON object, without secrets and host.
            page: the minimised page.
            last: whether the kind saw its end here (or the last block of a long file).

        Raises:
            HubError: the archive cannot be written (``ARCHIVE-WRITE``); everything begun is
                removed.
        """
        document = page_document(page)
        self._content.update(document)
        frame = self._zstd.compress(document)
        self._entries.append(
            PageEntry(
                request=dict(request),
                last=last,
                envelope=dict(page.envelope),
                unknown=sorted(page.unknown),
                received_sha256=page.digest,
                received_bytes=page.size,
                rows=page.rows,
                offset=self._offset,
                length=len(frame),
                sha256=hashlib.sha256(frame).hexdigest(),
            )
        )
        self._offset += len(frame)
        with self._guarded():
            self._file.write(frame)

    def close(self, declared: Mapping[str, int], *, since: str = "", cursor: str = "") -> Landing:
        """Give blob and manifest their names; return the landing.

        Args:
            declared: what the source declared.
            since: cursor that the pull of an incremental feed began with.
            cursor: the one that it reached.

        Raises:
            HubError: the archive cannot be written; everything begun is removed.
        """
        manifest = self._manifest(declared, since, cursor)
        path = _manifest_path(manifest)
        body = msgspec.json.encode(manifest)
        with self._guarded():
            self._sync(self._file)
            self._file.close()
            self._rename(manifest.blob)
            with self._archive.files.open(self._temporary, "wb") as file:
                file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                self._sync(file)
            self._rename(path)
        return _landing(path, manifest)

    def abort(self) -> None:
        """Remove what was begun; harmless after ``close``."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._archive.files.rm_file(self._temporary)

    def _manifest(self, declared: Mapping[str, int], since: str, cursor: str) -> Manifest:
        digest = self._content.hexdigest()
        return Manifest(
            agency=self._partition.agency,
            feed=self._partition.feed,
            day=self._partition.day.isoformat(),
            token=self._token,
            content_digest=digest,
            blob=f"blobs/{digest[:2]}/{digest}.zst",
            rows=sum(entry.rows for entry in self._entries),
            declared=dict(declared),
            pages=self._entries,
            since=since,
            cursor=cursor,
        )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with _write_failure(str(self._partition)):
                yield
        except HubError:
            self.abort()
            raise

    def _sync(self, file: Any) -> None:
        """Put a local file on the disk before its name appears; object stores do so at close."""
        file.flush()
        if self._archive.is_local and self._archive.is_durable:
            os.fsync(file.fileno())

    def _rename(self, name: str) -> None:
        target = self._archive._path(name)  # noqa: SLF001 - writer and archive are one part
        if not self._archive.is_local:
            self._archive.files.mv(self._temporary, target)
            return
        try:
            os.replace(self._temporary, target)  # noqa: PTH105 - atomic, no path object needed
        except FileNotFoundError:
            self._archive.files.makedirs(target.rpartition("/")[0], exist_ok=True)
            os.replace(self._temporary, target)  # noqa: PTH105


@contextmanager
def _write_failure(where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HubError(
            "the landing archive cannot be written",
            code="ARCHIVE-WRITE",
            where=where,
            seen=error.strerror or type(error).__name__,
            action="free space or restore access, then run the partition again",
        ) from error


@contextmanager
def _corrupt_where(where: str) -> Iterator[None]:
    """Call whatever a damaged file does to its readers by one name."""
    try:
        yield
    except (OSError, msgspec.MsgspecError, zstandard.ZstdError, UnicodeError) as error:
        raise ArchiveCorrupt(where=where, seen=type(error).__name__) from error


def _protocols(files: fsspec.AbstractFileSystem) -> tuple[str, ...]:
    protocol = files.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _manifest_path(manifest: Manifest) -> str:
    return f"runs/{manifest.agency}/{manifest.feed}/{manifest.day}/{manifest.token}.json"


def _landing(path: str, manifest: Manifest) -> Landing:
    return Landing(
        partition=Partition(manifest.agency, manifest.feed, date.fromisoformat(manifest.day)),
        token=manifest.token,
        manifest=path,
        content_digest=manifest.content_digest,
        rows=manifest.rows,
        pages=len(manifest.pages),
        size=sum(entry.received_bytes for entry in manifest.pages),
        declared=manifest.declared,
        unknown=tuple(sorted({name for entry in manifest.pages for name in entry.unknown})),
        since=manifest.since,
        cursor=manifest.cursor,
    )


def _document(blob: Any, entry: PageEntry, where: str) -> bytes:
    frame = blob.read(entry.length)
    if hashlib.sha256(frame).hexdigest() != entry.sha256:
        raise ArchiveCorrupt(where=where, seen=f"frame at byte {entry.offset}")
    if zstandard.frame_content_size(frame) > PAGE_BYTES_CAP:
        raise ArchiveCorrupt("a frame claims too many bytes", where=where)
    return zstandard.ZstdDecompressor().decompress(frame)


def _page(document: bytes, entry: PageEntry) -> Page:
    return replace(
        read_document(document),
        envelope=entry.envelope,
        unknown=frozenset(entry.unknown),
        digest=entry.received_sha256,
        size=entry.received_bytes,
    )
