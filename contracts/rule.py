"""Rules of the hub as they stand in a contract: ODCS quality entries of our own engine.

A contract writes them as ``type: custom, engine: lienthong, implementation: {rule: …}``; what
ODCS can say itself (required, pattern, lengths, minimum, maximum) stays in ODCS words.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

ENGINE = "lienthong"


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeList(_Rule):
    """The value is a code of a closed list as of the day, or of some of its codes (DRIFT-ENUM)."""

    rule: Literal["code_list"]
    list: str
    codes: tuple[str, ...] = ()


class Organisation(_Rule):
    """An organisation code in either spelling, its root valid on the day (CODE-UNKNOWN)."""

    rule: Literal["organisation"]


class Area(_Rule):
    """A GSO code of a province or, listed since 2025-07-01, a commune of the day (CODE-UNKNOWN)."""

    rule: Literal["area"]


class ManyValues(_Rule):
    """Nearly every row has its own value: no dictionary is kept for the column."""

    rule: Literal["many_values"]


class RequiredWhen(_Rule):
    """The field is required where another field holds one of the codes (REQUIRED)."""

    rule: Literal["required_when"]
    field: str
    codes: tuple[str, ...]


class RequiredUnless(_Rule):
    """The field is required where another field holds none of the codes (REQUIRED)."""

    rule: Literal["required_unless"]
    field: str
    codes: tuple[str, ...]


class Follows(_Rule):
    """The code is not received but follows from whether another field has a value."""

    rule: Literal["follows"]
    field: str
    present: str
    absent: str


class DateRange(_Rule):
    """Local dates lie between ``earliest`` and so many days after the partition's day."""

    rule: Literal["date_range"]
    earliest: date = date(2000, 1, 1)
    days_after: int = 1


class Amount(_Rule):
    """An amount of money, kept in minor units of the currency (ISO 4217)."""

    rule: Literal["amount"]
    currency: str = "VND"
    digits: int = 0
    negative: bool = False


class Measure(_Rule):
    """A decimal quantity that is no money, kept as a whole number of ``10^-digits`` units."""

    rule: Literal["measure"]
    unit: str
    digits: int = Field(default=0, ge=0, le=6)
    negative: bool = False


FieldRule = (
    CodeList
    | Organisation
    | Area
    | ManyValues
    | RequiredWhen
    | RequiredUnless
    | Follows
    | DateRange
    | Amount
    | Measure
)


class DateOrder(_Rule):
    """The local date of ``earlier`` is not after that of ``later`` (LOGIC)."""

    rule: Literal["date_order"]
    earlier: str
    later: str


class SumAtMost(_Rule):
    """The parts together are not more than the whole (LOGIC); absent parts count as 0."""

    rule: Literal["sum_at_most"]
    parts: tuple[str, ...]
    whole: str


class SumEquals(_Rule):
    """The parts together are the whole (SUM-MISMATCH); absent parts count as 0."""

    rule: Literal["sum_equals"]
    # nine numbers of 10^18 still add up within 64 bits
    parts: tuple[str, ...] = Field(min_length=1, max_length=9)
    whole: str


class RequiredAny(_Rule):
    """At least one of the fields has a value (REQUIRED)."""

    rule: Literal["required_any"]
    fields: tuple[str, ...] = Field(min_length=2)


class Day(_Rule):
    """What ties rows to the partition's day.

    ``event``: the local day of ``field`` is the partition's day (DAY-MISMATCH);
    ``snapshot``: a row may speak of any day, the partition is one export.
    """

    rule: Literal["day"]
    basis: Literal["event", "snapshot"] = "event"
    field: str = ""


class Key(_Rule):
    """What a key met twice means.

    ``unique``: equal rows are one row (DUP-EXACT, dropped and counted), different rows are in
    conflict and quarantined (DUP-CONFLICT); ``numbered``: each is a row of its own (lines of
    one transaction), numbered within its key in the order of its values.
    """

    rule: Literal["key"]
    repeats: Literal["unique", "numbered"] = "unique"


class DeclaredRows(_Rule):
    """The declared number of rows, where there is one, is the number received."""

    rule: Literal["declared_rows"]


class DeclaredTotal(_Rule):
    """The declared sum of a number, where there is one, is the sum received (minor units).

    ``within``: minor units by which both may differ, for sources that round row by row.
    """

    rule: Literal["declared_total"]
    field: str
    within: int = 0


class Empty(_Rule):
    """A day without rows stands only where the source declares 0, or always."""

    rule: Literal["empty"]
    allowed: Literal["declared", "always"] = "declared"


class Rejects(_Rule):
    """More quarantined rows than this share refuse the day (TOO-MANY-REJECTS)."""

    rule: Literal["rejects"]
    share: float = 0.10


class Volume(_Rule):
    """Rows against their median, given enough history (VOLUME).

    The median of a daily feed is that of the same weekday over 28 days, of longer periods that
    of a year of months, two of quarters, ten of years.
    """

    rule: Literal["volume"]
    lowest: float = 0.2
    highest: float = 6.0
    days: int = 7
    median: int = 50


class UnitScale(_Rule):
    """The median of a number against its median over 28 days: far off is another unit (DRIFT-UNIT).

    Of longer periods a year of months or ten of years is the measure. Asked of days with at
    least ``rows`` values, from ``days`` partitions of history on.
    """

    rule: Literal["unit_scale"]
    field: str
    factor: int = Field(default=100, gt=1)
    days: int = 7
    rows: int = 20


class Identity(_Rule):
    """No citizen identity number in any kept column (PII-UNEXPECTED)."""

    rule: Literal["identity"]


class Closed(_Rule):
    """Unknown fields refuse the day (DRIFT-NEW) instead of being noted."""

    rule: Literal["closed"]


RowRule = DateOrder | SumAtMost | SumEquals | RequiredAny
BatchRule = (
    Day
    | Key
    | DeclaredRows
    | DeclaredTotal
    | Empty
    | Rejects
    | Volume
    | UnitScale
    | Identity
    | Closed
)

FIELD_RULE: TypeAdapter[FieldRule] = TypeAdapter(Annotated[FieldRule, Field(discriminator="rule")])
TABLE_RULE: TypeAdapter[RowRule | BatchRule] = TypeAdapter(
    Annotated[RowRule | BatchRule, Field(discriminator="rule")]
)
