"""What an address asks for: days, map, agency, page."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.errors import ConfigError
from hub.period import Calendar, parse_period
from serving.dataset import Dataset
from serving.dataset_open import newest_month
from serving.problem import Problem
from warehouse.dataset import Selection
from warehouse.map import Basis, basis_of

ROWS = 1_000
"""Rows of a page where nobody says how many."""
MOST_ROWS = 10_000
DAY = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
"""A day that the hub may know of; arithmetic on days beyond has no calendar."""


def _day(text: Any) -> Any:
    """Return a day written in full; seconds since 1970 are no day."""
    if isinstance(text, str) and not DAY.fullmatch(text):
        raise ValueError("YYYY-MM-DD, 1900 to 2199")
    return text


Day = Annotated[date, BeforeValidator(_day)]


class Ask(BaseModel):
    """Which rows.

    Attributes:
        from_: first day; without days and period, as far back as the dataset says.
        to: last day, included.
        period: month, quarter, half or year instead of days.
        calendar: how that period is cut.
        map: the map that agencies stand on.
        agency: code on that map.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: Day | None = Field(
        None,
        alias="from",
        description="Ngày đầu / first day",
        examples=["2026-11-01"],
    )
    to: Day | None = Field(
        None, description="Ngày cuối, tính cả / last day, included", examples=["2026-11-20"]
    )
    period: str | None = Field(
        None,
        pattern=r"^(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$",
        description="Tên kỳ thay cho from, to / named period instead of from and to",
        examples=["2026-11", "2026-Q4"],
    )
    calendar: Literal["civil", "report"] = Field(
        "civil",
        description=(
            "civil: tháng dương lịch; report: kỳ báo cáo 15 → 14 (NĐ 09/2019)"
            " / calendar months, or reporting periods"
        ),
    )
    map: str = Field(
        "reported",
        pattern=r"^(reported|today|(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2})$",
        description=(
            "Bản đồ: reported (như báo cáo), today, hay một ngày"
            " / the map: as reported, today's, or that of a day"
        ),
        examples=["reported", "2025-06-30"],
    )
    agency: str | None = Field(
        None,
        pattern=r"^[A-Z0-9.]{1,20}$",
        description="Mã đơn vị trên bản đồ ấy / code of an agency on that map",
        examples=["H26"],
    )


class PageAsk(Ask):
    """Which page of rows."""

    limit: int = Field(
        ROWS,
        ge=0,
        le=MOST_ROWS,
        description=(
            "Số dòng một trang; 0 = chỉ độ đầy đủ và cột / rows of a page; 0 = coverage and"
            " columns alone"
        ),
    )
    after: str | None = Field(
        None,
        max_length=2_000,
        pattern=r"^[A-Za-z0-9_-]+$",
        description=(
            "Con trỏ trang sau, lấy từ `next` hay tiêu đề Link; đừng tự tạo"
            " / where the next page begins, as `next` or Link gave it"
        ),
    )


class FileAsk(Ask):
    """Which rows of a file."""

    bom: Literal["0", "1"] = Field(
        "0",
        description=(
            "CSV: 1 = thêm dấu BOM để Excel đọc đúng tiếng Việt / begin with a BOM, which"
            " Excel needs to read UTF-8"
        ),
    )


def selection(ask: Ask, dataset: Dataset, today: date) -> Selection:
    """Return the rows that an address asks for.

    Raises:
        Problem: 400, the days end before they begin or are named twice, the map is no day, or the
            dataset knows no agencies.
    """
    if ask.agency and not dataset.has_agencies:
        raise Problem(400, "AGENCY", "this dataset knows no agencies", seen=ask.agency)
    first, last = _days(ask, dataset, today)
    agency = ask.agency or ""
    return Selection(first=first, last=last, today=today, basis=_basis(ask.map), agency=agency)


def _days(ask: Ask, dataset: Dataset, today: date) -> tuple[date, date]:
    if ask.period is not None:
        return _period_days(ask, ask.period)
    newest = newest_month(today)[1] if dataset.is_monthly else today - timedelta(1)
    last = ask.to or max(newest, ask.from_ or date.min)
    first = ask.from_ or _reached(last, dataset)
    if last < first:
        raise Problem(400, "DAYS", "the days end before they begin", seen=f"{first}..{last}")
    return first, last


def _reached(last: date, dataset: Dataset) -> date:
    """Return the first day of a dataset's days up to a last one."""
    if dataset.is_monthly:
        return last.replace(day=1)
    return last - timedelta(min(dataset.span - 1, last.toordinal() - 1))


def _period_days(ask: Ask, name: str) -> tuple[date, date]:
    if ask.from_ or ask.to:
        raise Problem(400, "DAYS", "either period, or from and to", seen=name)
    try:
        period = parse_period(name, Calendar(ask.calendar))
    except (ConfigError, ValueError) as error:
        raise Problem(400, "PERIOD", "no such period", seen=name, allowed="2026-11") from error
    return period.first, period.last


def _basis(name: str) -> Basis:
    try:
        return basis_of(name)
    except ValueError as error:
        allowed = "reported, today, YYYY-MM-DD"
        raise Problem(400, "MAP", "no such day", seen=name, allowed=allowed) from error
