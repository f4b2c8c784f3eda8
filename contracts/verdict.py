"""What the judge says: violations are data, never exceptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import xxhash
from numpy.typing import NDArray

from contracts.key import SEPARATOR
from contracts.page import Value
from contracts.texts import Texts

NULL = int(np.iinfo(np.int64).min)
"""Absent value in a wide column of a frame."""
NO_ID = int(np.iinfo(np.int32).min)
"""The same in a narrow one."""


class Outcome(StrEnum):
    """Verdict over a whole day."""

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule.

    Attributes:
        rule: rule name in the contract, ``<field>.<rule>`` for row rules, e.g.
            ``received_at.date_range``; batch rules carry their own name, e.g. ``row_count``.
        code: reason code of docs/errors.md, e.g. ``DATE-RANGE``.
        field: contract field, empty for rules over the whole day.
        seen: the value met, cut to 80 characters (only allow-listed fields get here).
        allowed: what the contract allows.
    """

    rule: str
    code: str
    field: str
    seen: str
    allowed: str


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row with every reason that applies.

    Attributes:
        row_number: position in the received day, from 0 over all pages in order.
        values: minimised values as received, by source path.
        violations: all reasons, in contract order.
    """

    row_number: int
    values: Mapping[str, Value]
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """A text column kept as codes into its distinct values.

    Attributes:
        codes: int32, index into ``values``; -1 where absent.
        values: distinct normalised values in order of first sight; in fields that the contract
            marks ``many_values`` one value per received row, so values may repeat there and
            some belong to rows that did not load (never texts that break their own rules).
    """

    codes: NDArray[np.int32]
    values: Sequence[str]


Column = NDArray[np.int64] | NDArray[np.int32] | Factor


@dataclass(frozen=True, slots=True)
class Frame:
    """Accepted rows of a day, typed, one entry per row in every column.

    Columns by contract field name:
    - code-list fields: int32 ids of the list (``contracts.code_list``);
    - timestamps: int64 microseconds since 1970-01-01 UTC; dates: int64 days since 1970-01-01;
    - integers: int64; amounts: int64 in minor units of the contract's currency (ISO 4217);
    - other text (codes of units, procedures, references): ``Factor``.
    Beside them always: ``row_number`` (int32, position in the received day) and ``key``
    (int64, xxh3-64 of the natural key, see ``contracts.key``).
    Absent is the least value of a column's type. Rows stand in the order received.

    Attributes:
        rows: entries per column.
        columns: as above.
        order: places of the rows by rising ``key``, for whoever writes them in that order; None
            where they stand so already.
    """

    rows: int
    columns: Mapping[str, Column]
    order: NDArray[np.intp] | None = None

    def digest(self) -> str:
        """Return xxh3-128 (hex) over all columns by name: equal rows in equal order, equal digest.

        Integers count as 64 bits wide, however they are held. 20 ms per million dossiers.
        """
        digest = xxhash.xxh3_128()
        for name in sorted(self.columns):
            column = self.columns[name]
            digest.update(name.encode())
            if isinstance(column, Factor):
                texts = column.values
                joined = texts.joined() if isinstance(texts, Texts) else SEPARATOR.join(texts)
                digest.update(joined.encode())
            numbers = column.codes if isinstance(column, Factor) else _wide(column)
            if numbers.size:
                digest.update(np.ascontiguousarray(numbers).data.cast("B"))
        return digest.hexdigest()


def _wide(numbers: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int64]:
    wide = numbers.astype(np.int64, copy=False)
    if numbers.dtype == np.int32:
        wide[wide == NO_ID] = NULL
    return wide


@dataclass(frozen=True, slots=True)
class Counts:
    """Where every received row went: received = loaded + quarantined + duplicates."""

    received: int = 0
    loaded: int = 0
    quarantined: int = 0
    duplicates: int = 0
    normalised: int = 0


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often one rule was asked and failed on one day; a row of the metrics frame."""

    rule: str
    code: str
    checked: int
    failed: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The judge's word on one landing.

    Attributes:
        outcome: accept (good rows load, bad rows go to quarantine) or reject (nothing loads).
        frame: rows to load; empty when rejected.
        quarantine: rows with reasons; the rows of a rejected day stay in the archive alone.
        reasons: violations of batch rules; not empty exactly when rejected.
        counts: the balance.
        rules: counts of every rule of the contract, also of those that never failed.
        totals: control totals of the accepted rows (``rows``, sums of amounts in minor units)
            beside what the source declared (``declared_rows``, ``declared_<sum>``) where it did,
            and received less declared (``difference_<sum>``) where these differ.
        notes: what must be known of a day that loads all the same.
    """

    outcome: Outcome
    frame: Frame
    quarantine: tuple[QuarantinedRow, ...]
    reasons: tuple[Violation, ...]
    counts: Counts
    rules: tuple[RuleCount, ...]
    totals: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Violation, ...] = ()
