"""The decoder of a format: the one place that knows which class reads what."""

from connectors.decode import Decoder, KnownNames
from connectors.decode_csv import CsvDecoder
from connectors.decode_json import JsonDecoder
from connectors.decode_xml import XmlDecoder
from connectors.format import CsvFormat, JsonFormat, XmlFormat
from connectors.source import Source


def decoder_for(source: Source) -> Decoder:
    """Return a fresh decoder for one pull of a source."""
    known, paths = KnownNames(source.source_map), source.source_map.paths
    match source.system.format:
        case JsonFormat() as shape:
            return JsonDecoder(paths, source.envelope, shape.rows, known)
        case CsvFormat() as shape:
            return CsvDecoder(paths, shape, known)
        case XmlFormat() as shape:
            return XmlDecoder(paths, source.envelope, shape, known)
