"""What a source gave, minimised: the only shape in which received rows exist in the hub."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = str | int | bool | None
"""A value as received. Fractions, exponents and integers past 64 bits stay the text they were."""


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
    """

    rows: int
    columns: Mapping[str, list[Value]]
    broken: tuple[BrokenRow, ...] = ()
    envelope: Mapping[str, Value] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    digest: str = ""
    size: int = 0
