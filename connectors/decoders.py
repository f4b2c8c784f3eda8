"""The decoder of a format: the one place that knows which class reads what."""

from connectors.decode import Decoder, KnownNames
from connectors.decode_csv import CsvDecoder
from connectors.decode_json import JsonDecoder
from connectors.decode_ndjson import NdjsonDecoder
from connectors.decode_rows import RowsDecoder
from connectors.decode_xml import XmlDecoder
from connectors.decode_zip import ZipDecoder
from connectors.format import (
    CsvFormat,
    JsonFormat,
    NdjsonFormat,
    RowsFormat,
    SheetFormat,
    XmlFormat,
)
from connectors.source import Source


def decoder_for(source: Source) -> Decoder:
    """Return a fresh decoder for one pull of a source."""
    shape, most = source.system.format, source.system.max_bytes
    plain = _plain(source, most)
    return ZipDecoder(plain, shape.zip, most) if shape.zip else plain


def _plain(source: Source, most: int) -> Decoder:
    fields = source.source_map
    known, paths = KnownNames(fields), fields.paths
    match source.system.format:
        case JsonFormat() as shape:
            return JsonDecoder(paths, source.envelope, shape.rows, known)
        case NdjsonFormat():
            return NdjsonDecoder(paths, known)
        case CsvFormat() as shape:
            return CsvDecoder(fields, shape)
        case SheetFormat() as shape:
            # imported here: the reader of workbooks is needed by few sources
            from connectors.decode_sheet import SheetDecoder  # noqa: PLC0415

            return SheetDecoder(fields, shape, most)
        case XmlFormat() as shape:
            return XmlDecoder(paths, source.envelope, shape, known)
        case RowsFormat():
            return RowsDecoder()
