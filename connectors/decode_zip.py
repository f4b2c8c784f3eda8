"""The one file of a ZIP archive, handed to the decoder of its format."""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from connectors.decode import Body, Decoder
from connectors.format import Zip
from connectors.zip_archive import open_archive, unpack
from contracts.errors import ContractBroken
from contracts.page import Page


class ZipDecoder:
    """Decodes archives of one data file each; the archive is held in memory, never on a disk."""

    def __init__(self, inner: Decoder, shape: Zip, most: int) -> None:
        self._inner, self._shape, self._most = inner, shape, most

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield the pages of the file; digest and size are those of the archive.

        Raises:
            ContractBroken: FORMAT, ZIP-BOMB, ZIP-UNSAFE, ZIP-MEMBER (none or several files have
                the name), or what the file's decoder says.
        """
        with open_archive(body.whole(), self._most) as archive:
            pattern = self._shape.member
            found = [m for m in archive.infolist() if not m.is_dir()]
            found = [m for m in found if fnmatchcase(m.filename, pattern)]
            if len(found) != 1:
                raise ContractBroken(
                    "The archive does not hold one file of that name",
                    code="ZIP-MEMBER",
                    seen=f"{len(found)} of {len(archive.infolist())} members",
                    allowed=pattern,
                )
            for page in self._inner.pages(Body(unpack(archive, found[0]))):
                ends = bool(page.digest)
                yield replace(page, digest=body.digest, size=body.size) if ends else page
