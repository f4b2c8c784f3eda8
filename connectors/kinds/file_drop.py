"""Kind ``file_drop``: one file per day, announced by a manifest beside it or not at all."""

from connectors.kind import KindOptions, Pattern, fill
from connectors.paging import read_totals
from connectors.protocol import Request, Walk
from contracts.errors import SourceUnavailable
from contracts.partition import Partition


class Options(KindOptions):
    """Which file.

    Attributes:
        path: path of the file, with holes for the day; without holes every day reads it.
        manifest: suffix of the JSON manifest that appears when the file is whole (``.done``);
            empty where there is none.
        digest: name in the manifest of the file's sha256 (hex); empty where it gives none.
        totals: of the manifest, or of the file's footer where there is no manifest.
    """

    path: Pattern
    manifest: str = ""
    digest: str = ""

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths read from the manifest or the footer."""
        return (*self.totals.values(), *((self.digest,) if self.digest else ()))


def walk(options: Options, partition: Partition) -> Walk:
    """Read the manifest, then the file it announces.

    Raises:
        SourceUnavailable: PARTIAL-FILE, no manifest yet, or the file is not the announced one.
        ContractBroken: the manifest declares no whole number.
    """
    path = fill(options.path, partition)
    if not options.manifest:
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
