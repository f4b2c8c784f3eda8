"""What kind ``sql_query`` is told, and a day as the values that pick its rows."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from connectors.kind import KindOptions, Pattern, fill
from connectors.paging import Text
from contracts.partition import ZONE, Partition

_BIND = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_BINDS = frozenset({"from", "to", "agency"})


class Options(KindOptions):
    """What is read; the columns are those of the system's ``fields``, no other leaves the server.

    Attributes:
        table: table or view, ``schema.name`` where it needs one; with ``select``, its name.
        select: a SELECT whose rows are read instead, with the binds ``:from``, ``:to`` and
            ``:agency``; only a system's file may hold one.
        key: columns that name a row, in the order of an index: whole numbers or texts. They
            are archived with the requests, so they must not tell who a person is.
        day: column whose value lies in the day; empty where all rows, or ``where``, or the
            binds of ``select`` say the day.
        day_as: how that column (and ``:from``, ``:to``) tells time: ``instant`` (with zone),
            ``utc`` or ``local`` (without), ``date``.
        where: column -> text it must equal, with holes for day and agency.
        size: rows of one page.
        max_pages: pages after which a source is taken to be looping.
    """

    system_only: ClassVar[frozenset[str]] = frozenset({"select"})

    table: Text
    select: str = ""
    key: Annotated[tuple[Text, ...], Field(min_length=1, max_length=8)]
    day: str = ""
    day_as: Literal["instant", "utc", "local", "date"] = "local"
    where: Mapping[Text, Pattern] = Field(default_factory=dict)
    size: Annotated[int, Field(ge=1, le=100_000)] = 20_000
    max_pages: Annotated[int, Field(ge=1)] = 20_000
    totals: Mapping[str, str] = Field(default={"rows": "rows"})

    @model_validator(mode="after")
    def _select_only_reads(self) -> "Options":
        if self.select and not re.match(r"(?i)\s*(select|with)\b", self.select):
            raise ValueError("select begins with SELECT or WITH")
        if ";" in self.select:
            raise ValueError("select is one statement, without ;")
        if unknown := set(_BIND.findall(self.select)) - _BINDS:
            raise ValueError(f":{min(unknown)} is unknown; known: :{', :'.join(sorted(_BINDS))}")
        return self

    @property
    def binds(self) -> tuple[str, ...]:
        """Return the names that ``select`` binds."""
        return tuple(sorted(set(_BIND.findall(self.select))))

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the declared totals and the last row's key."""
        return (*self.totals.values(), *(f"last.{column}" for column in self.key))


def day_of(options: Options, partition: Partition) -> dict[str, Any]:
    """Return what picks the day's rows, as values that can be archived."""
    start, end = _bounds(options.day_as, partition)
    values = {"from": start, "to": end, "agency": partition.agency}
    asked: dict[str, Any] = {}
    if options.day:
        asked["day"] = {"column": options.day, "from": start, "to": end}
    if options.where:
        asked["where"] = {name: fill(text, partition) for name, text in options.where.items()}
    if options.binds:
        asked["binds"] = {name: values[name] for name in options.binds}
    return asked


def _bounds(told: str, partition: Partition) -> tuple[str, str]:
    """Return the half-open day: date, time without zone, or time with zone, by their look."""
    start, end = partition.bounds
    match told:
        case "date":
            return f"{start.astimezone(ZONE):%Y-%m-%d}", f"{end.astimezone(ZONE):%Y-%m-%d}"
        case "local":
            return _naive(start.astimezone(ZONE)), _naive(end.astimezone(ZONE))
        case "utc":
            return _naive(start), _naive(end)
    return start.isoformat(), end.isoformat()


def _naive(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
