"""Kind ``file_drop``: one file per day, announced by a manifest beside it or not at all."""

from collections.abc import Generator
from dataclasses import replace
from typing import Annotated

from pydantic import Field, model_validator

from connectors.kind import KindOptions, Pattern, fill
from connectors.paging import read_totals
from connectors.protocol import Answer, Request, Walk
from contracts.errors import SourceUnavailable
from contracts.partition import Partition

_FILE = ("file.path", "file.size", "file.modified")


class Options(KindOptions):
    """Which file.

    Attributes:
        path: path of the file, with holes for the day; without holes every day reads it. Below
            a ``listing`` it is the pattern of the file's name (``*``, ``?``).
        listing: folder (or index page) to look in; the newest file that matches is the day's.
        manifest: suffix of the marker that appears when the file is whole (``.done``); a JSON
            manifest where ``totals`` or ``digest`` are read from it; empty where there is none.
        digest: name in the manifest of the file's sha256 (hex); empty where it gives none.
        settle_seconds: a listed file without marker is read when its size and time have not
            changed for so long; 0 reads it at once.
        totals: of the manifest, or of the file's footer where there is no manifest.
    """

    path: Pattern
    listing: Pattern = ""
    manifest: str = ""
    digest: str = ""
    settle_seconds: Annotated[float, Field(ge=0, le=600)] = 10.0

    @model_validator(mode="after")
    def _stars_are_listed(self) -> "Options":
        if "*" in self.path and not self.listing:
            raise ValueError("a path with * needs the listing to look in")
        return self

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths read from listing, manifest or footer."""
        digest = (self.digest,) if self.digest else ()
        return (*self.totals.values(), *digest, *(_FILE if self.listing else ()))


def walk(options: Options, partition: Partition) -> Walk:
    """Find the file, read the manifest, then the file that it announces.

    Raises:
        SourceUnavailable: PARTIAL-FILE: there is no such file or manifest yet, the file is
            still growing, or is not the announced one.
        ContractBroken: the manifest declares no whole number.
    """
    path = fill(options.path, partition)
    if options.listing:
        path = yield from _find(options, fill(options.listing, partition), path)
    is_told = bool(options.digest or options.totals)
    if not options.manifest or (options.listing and not is_told):
        answer = yield Request(path)
        return read_totals(options.totals, answer.envelope, required=False)
    manifest = yield Request(path + options.manifest, data=False, optional=True)
    if not manifest.found:
        raise SourceUnavailable(
            "The file is not announced yet", code="PARTIAL-FILE", seen="no manifest", where=path
        )
    declared = read_totals(options.totals, manifest.envelope, required=True)
    answer = yield Request(path)
    announced = manifest.envelope.get(options.digest) if options.digest else answer.digest
    if announced != answer.digest:
        raise SourceUnavailable(
            "The file is not the one its manifest announces", code="PARTIAL-FILE", where=path
        )
    return declared


def _find(options: Options, folder: str, name: str) -> Generator[Request, Answer, str]:
    """Return the path of the newest file that matches and does not grow."""
    marker = (("marker", options.manifest),) if options.manifest else ()
    look = Request(folder, "LIST", query=(("match", name), *marker), data=False, optional=True)
    seen = (yield look).envelope
    if not seen.get("file.path"):
        raise SourceUnavailable(
            "The day's file is not there yet", code="PARTIAL-FILE", seen="no match", allowed=name
        )
    if options.settle_seconds and not options.manifest:
        again = (yield replace(look, pause=options.settle_seconds)).envelope
        if [seen.get(key) for key in _FILE] != [again.get(key) for key in _FILE]:
            raise SourceUnavailable("The file is still being written", code="PARTIAL-FILE")
    return str(seen["file.path"])
