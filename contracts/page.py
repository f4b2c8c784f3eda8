"""What a source gave, minimised: the only shape in which received rows exist in the hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from contracts.packed import Packed, PackedColumns, Value

__all__ = ["BrokenRow", "Page", "Value", "packed_column", "page_document", "read_document"]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be decoded; its text is not kept, since it was never minimised.

    Attributes:
        row: position in its page, from 0.
        code: reason code, e.g. ``CSV-WIDTH``, ``ENCODING-ROW``, ``UNICODE``.
        seen: measure of what was met (``13 columns``, ``byte 0xff at 17``), never content.
        allowed: what would have been right.
    """

    row: int
    code: str
    seen: str
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one answer (or of one block of a long file) after the allow-list was applied.

    Attributes:
        rows: records received, broken ones included.
        columns: source path -> one value per row (None where absent or broken); only paths
            that the source map names; every list has ``rows`` entries.
        broken: rows that could not be decoded.
        envelope: values beside the rows that the kind asked for (declared total, cursor,
            application error code), by source path.
        unknown: names of fields that neither map nor ignore-list knows; names only.
        digest: sha256 (hex) of the bytes as received, after transfer decoding.
        size: number of those bytes.
        document: the page's document (``page_document``) where it was made already.
    """

    rows: int
    columns: Mapping[str, list[Value]]
    broken: tuple[BrokenRow, ...] = ()
    envelope: Mapping[str, Value] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    digest: str = ""
    size: int = 0
    document: bytes = field(default=b"", compare=False, repr=False)


_Broken = list[tuple[int, str, str, str]]


class _Document(msgspec.Struct, frozen=True):
    columns: dict[str, list[Value]]
    rows: int
    broken: _Broken


class _Held(msgspec.Struct, frozen=True):
    """A document whose columns are not looked into yet."""

    columns: dict[str, msgspec.Raw]
    rows: int
    broken: _Broken


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Held)


def page_document(page: Page) -> bytes:
    """Return the rows of a page as one MessagePack document: what is archived and digested.

    Nothing in it depends on when or by whom the page was fetched, so equal rows give equal bytes.
    (MessagePack takes half of JSON's time to write, 0.4 s per million rows of 14 columns.)

    >>> msgspec.msgpack.decode(page_document(Page(1, {"code": ["01"]})))
    {'columns': {'code': ['01']}, 'rows': 1, 'broken': []}
    """
    if page.document:
        return page.document
    broken = [(b.row, b.code, b.seen, b.allowed) for b in page.broken]
    return _ENCODER.encode(_Document(dict(page.columns), page.rows, broken))


def read_document(document: bytes) -> Page:
    """Return the page of a document, without what stood beside its rows.

    Raises:
        msgspec.MsgspecError: the bytes are no page document.
    """
    held = _DECODER.decode(document)
    broken = tuple(BrokenRow(*parts) for parts in held.broken)
    return Page(held.rows, PackedColumns(held.columns), broken, document=document)


def packed_column(page: Page, path: str) -> Packed:
    """Return one column of a page as MessagePack; absent values where it has no such column."""
    columns = page.columns
    if isinstance(columns, PackedColumns):
        return columns.packed(path) or Packed.nothing(page.rows)
    return Packed.of(columns[path]) if path in columns else Packed.nothing(page.rows)
