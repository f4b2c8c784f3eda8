"""Datasets as JSON: the models that the documentation shows, and the bytes that are sent."""

from datetime import date, datetime
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from serving.dataset import Dataset, Kind
from serving.rest.reading import Reading
from warehouse.dataset import Behind, Row

FORMATS = ("json", "csv", "parquet", "xlsx")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Both(BaseModel):
    """Một lời bằng hai ngôn ngữ / one text in both languages."""

    vi: str
    en: str


class Coverage(BaseModel):
    """Độ đầy đủ: phần đã có trên phần phải có / partitions there of partitions owed."""

    expected: int = Field(description="phải có / owed")
    covered: int = Field(description="đã có / there")
    ratio: float | None = Field(
        description="0..1; null = không có gì phải có / 0..1; null = nothing is owed"
    )


class Period(BaseModel):
    """Những ngày đã hỏi / the days asked for."""

    model_config = ConfigDict(populate_by_name=True)

    from_: date = Field(alias="from")
    to: date


class ColumnTold(BaseModel):
    """Một cột / one column."""

    name: str
    type: str = Field(description="text, day, moment, integer, decimal, boolean")
    unit: str = Field(description="đơn vị; trống = không đếm gì / empty = nothing is counted")
    label: Both


class Page(BaseModel):
    """Một trang của một bộ dữ liệu / one page of a dataset."""

    dataset: str
    title: Both
    grain: Both = Field(description="một dòng là gì / what a row is")
    kind: Kind
    period: Period
    map: str = Field(description="reported, today, hay một ngày / or a day")
    agency: str | None
    coverage: Coverage
    as_of: datetime | None = Field(
        description=(
            "lúc nạp mới nhất phía sau số liệu; null = chưa nạp gì"
            " / newest load behind the figures; null = none"
        )
    )
    key: list[str] = Field(
        description="cột phân biệt các dòng, theo thứ tự / columns that tell rows apart, in order"
    )
    columns: list[ColumnTold]
    rows: list[dict[str, str | int | float | bool | None]]
    next: str | None = Field(
        description="con trỏ trang sau; null = hết / where the next page begins; null = the end"
    )


class DatasetTold(BaseModel):
    """Một bộ dữ liệu trong danh sách / one dataset of the list."""

    dataset: str
    title: Both
    grain: Both
    kind: Kind = Field(description="open: không cần khóa; inner: cần khóa / open needs no key")
    period: Period = Field(description="những ngày khi không hỏi ngày nào / days if none are asked")
    coverage: Coverage
    as_of: datetime | None
    links: dict[str, str] = Field(description="định dạng -> địa chỉ / format -> address")


class Listing(BaseModel):
    """Mọi bộ dữ liệu / all datasets."""

    datasets: list[DatasetTold]


class ProblemTold(BaseModel):
    """Lỗi theo RFC 9457 / an error."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["DAYS"])
    status: int = Field(examples=[400])
    detail: str = Field(examples=["the days end before they begin"])
    code: str = Field(description="mã ổn định / stable code", examples=["DAYS"])


def page_bytes(reading: Reading, rows: list[Row], cursor: str | None) -> bytes:
    """Return a page as JSON; decimals are exact."""
    names = [column.name for column in reading.about.columns]
    told = {
        **_head(reading.dataset, reading.about.title_vi, reading.about.title_en),
        "grain": {"vi": reading.about.grain_vi, "en": reading.about.grain_en},
        "kind": reading.dataset.kind,
        "period": {"from": reading.chosen.first, "to": reading.chosen.last},
        "map": reading.facts["map"],
        "agency": reading.chosen.agency or None,
        **_behind(reading.behind),
        "key": reading.about.key,
        "columns": [
            {
                "name": one.name,
                "type": one.type,
                "unit": one.unit,
                "label": {"vi": one.label_vi, "en": one.label_en},
            }
            for one in reading.about.columns
        ],
        "rows": [dict(zip(names, row, strict=True)) for row in rows],
        "next": cursor,
    }
    return _ENCODER.encode(told)


def listing_bytes(readings: list[Reading], root: str) -> bytes:
    """Return the list of datasets as JSON."""
    datasets = [
        {
            **_head(one.dataset, one.about.title_vi, one.about.title_en),
            "grain": {"vi": one.about.grain_vi, "en": one.about.grain_en},
            "kind": one.dataset.kind,
            "period": {"from": one.chosen.first, "to": one.chosen.last},
            **_behind(one.behind),
            "links": {form: f"{root}/v1/{one.dataset.name}.{form}" for form in FORMATS},
        }
        for one in readings
    ]
    return _ENCODER.encode({"datasets": datasets})


def _head(dataset: Dataset, vi: str, en: str) -> dict[str, Any]:
    return {"dataset": dataset.name, "title": {"vi": vi, "en": en}}


def _behind(behind: Behind) -> dict[str, Any]:
    owed, there = behind.coverage.expected, behind.coverage.covered
    ratio = round(there / owed, 6) if owed else None
    return {
        "coverage": {"expected": owed, "covered": there, "ratio": ratio},
        "as_of": behind.as_of,
    }
