"""How a source says what the contract means: field paths, formats and code maps."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(strict=True, min_length=1)]


class SourceField(BaseModel):
    """Where one contract field is found in a source and how it is written there.

    Attributes:
        path: dotted path in a record (``procedure.sector.code``) or column header.
        format: how dates are written: ``iso`` (ISO 8601 with offset or Z), ``iso_local``,
            ``serial`` or ``serial1904`` (days counted as workbooks do from 1900 or 1904),
            or a pattern of ``yyyy MM dd HH mm ss`` and literals (``dd/MM/yyyy``,
            ``yyyyMMddHHmmss``); local times are Asia/Ho_Chi_Minh.
        thousands: separator of groups in numbers (``,`` or ``.``); none by default.
        decimal: decimal separator in numbers; ``.`` by default.
        codes: source code -> code of the contract's list; unlisted codes are taken as they are.
        default: value taken where the source gives none (a constant that the agency declared).
        null: texts that mean "absent" beside the empty text, e.g. ``9999-12-31``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Text | None = None
    format: Text | None = None
    thousands: str | None = None
    decimal: str = "."
    codes: Mapping[str, str] = Field(default_factory=dict)
    default: str | None = None
    null: tuple[str, ...] = ()


class Tombstone(BaseModel):
    """How a source says that it deleted a record.

    Attributes:
        path: where it says so.
        values: what stands there then; JSON true is also ``1``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Text
    values: Annotated[tuple[Text, ...], Field(min_length=1)]


class SourceMap(BaseModel):
    """Contract field -> where it is found; the allow-list of what may be landed.

    Attributes:
        fields: by contract field name; a bare string is short for ``{path: …}``.
        ignore: source paths known and dropped on purpose (personal data, names); a trailing
            ``*`` matches the rest. A name that is in neither list goes to the drift log.
        tombstone: how deleted records are told; none by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: Mapping[str, SourceField]
    ignore: tuple[str, ...] = ()
    tombstone: Tombstone | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the distinct source paths that may be landed, in field order."""
        told = [self.tombstone.path] if self.tombstone else []
        return tuple(dict.fromkeys([f.path for f in self.fields.values() if f.path] + told))
