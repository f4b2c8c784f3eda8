"""Parquet: typed columns; meanings and units stand in the schema, coverage in its metadata."""

from collections.abc import Generator
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from contracts.partition import ZONE
from serving.rest.reading import Reading, Rows
from serving.rest.sink import Sink
from warehouse.catalogue import Column

MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP_ROWS = 20_000
"""Rows of a row group: what is held at a time."""
PLACES = 6
"""Decimals are kept to so many places."""
_QUANTUM = Decimal(1).scaleb(-PLACES)
TYPES: dict[str, Any] = {
    "text": pa.string(),
    "day": pa.date32(),
    "moment": pa.timestamp("us", tz=str(ZONE)),
    "integer": pa.int64(),
    "decimal": pa.decimal128(38, PLACES),
    "boolean": pa.bool_(),
}


def parquet_chunks(reading: Reading, rows: Rows) -> Generator[bytes, None, None]:
    """Yield a Parquet file by row groups; its magic number comes first."""
    sink = Sink()
    schema = _schema(reading)
    with parquet.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as out:
        yield sink.taken()
        while group := list(islice(rows, GROUP_ROWS)):
            out.write_batch(_batch(group, reading.about.columns, schema))
            yield sink.taken()
    yield sink.taken()


def _schema(reading: Reading) -> Any:
    about = reading.about
    fields = [
        pa.field(
            column.name,
            TYPES[column.type],
            metadata={"vi": column.label_vi, "en": column.label_en, "unit": column.unit},
        )
        for column in about.columns
    ]
    titles = {"title_vi": about.title_vi, "title_en": about.title_en}
    return pa.schema(fields, metadata={**reading.facts, **titles})


def _batch(group: list[tuple[Any, ...]], columns: tuple[Column, ...], schema: Any) -> Any:
    arrays = [
        pa.array(map(_exact, values) if column.type == "decimal" else values, TYPES[column.type])
        for column, values in zip(columns, zip(*group, strict=True), strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)


def _exact(value: Any) -> Any:
    return None if value is None else Decimal(value).quantize(_QUANTUM)
