"""JSON answers: typed readers made from the allow-list, the strict reader where they fail."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from connectors.decode import Body, KnownNames, tell_names
from connectors.json_shape import Shapes, count_marks
from connectors.json_strict import count_keys, pick, pick_row, read_strictly, unknown_names
from connectors.json_struct import Columns, reader, splitter
from contracts.errors import ContractBroken
from contracts.page import BrokenRow, Page, Value

_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_FAILED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError)


class JsonDecoder:
    """Decodes the answers of one pull.

    Three readers, the next where one fails: typed structs; structs that take fractions as
    text; the strict reader, which finds what is wrong or which rows are broken.
    """

    def __init__(
        self, paths: tuple[str, ...], envelope: tuple[str, ...], rows: str, known: KnownNames
    ) -> None:
        self._paths, self._envelope, self._rows, self._known = paths, envelope, rows, known
        self._readers = [reader(paths, envelope, rows, fractions=f) for f in (False, True)]
        self._split = splitter(rows)
        self._shapes = Shapes()

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield the one page of an answer.

        Raises:
            ContractBroken: the bytes are no JSON document, or not one to be trusted.
        """
        data = body.whole().removeprefix(_BOM)
        if data.startswith(_WIDE):
            raise ContractBroken("The answer is not UTF-8", code="ENCODING", seen="UTF-16")
        page = self._empty() if not data or data.isspace() else self.decode(data)
        yield replace(page, digest=body.digest, size=body.size)

    def _empty(self) -> Page:
        return Page(0, {path: [] for path in self._paths}, envelope=dict.fromkeys(self._envelope))

    def decode(self, data: bytes) -> Page:
        """Return the page of one whole document, without digest and size.

        Raises:
            ContractBroken: it is no JSON document, or not one to be trusted.
        """
        for place, read in enumerate(self._readers):
            try:
                rows, columns, envelope = read(data)
            except _FAILED:
                continue
            self._readers = self._readers[place:]  # fractions on one page: on others too
            unknown = self._examine(data, rows)
            return Page(rows, columns, take_out_nul(data, columns), envelope, unknown)
        return self._read_strictly(data)

    def _examine(self, data: bytes, rows: int) -> frozenset[str]:
        """Return unknown names of records whose keys come in a sequence not seen before.

        Raises:
            ContractBroken: JSON-DUPKEY.
        """
        if self._shapes.usual(data, rows):
            return frozenset()
        records = self._split(data)
        self._read_around(data, records)
        names: set[str] = set()
        for index in self._shapes.fresh(data, records):
            text = bytes(records[index])
            record = read_strictly(text.decode("utf-8", "surrogateescape"))
            if count_marks(text) < count_keys(record):
                self._readers = []  # keys written `"a" : 1` do not show: read all strictly
            names.update(unknown_names(record, self._known))
        return tell_names(names) if self._readers else self._read_strictly(data).unknown

    def _read_around(self, data: bytes, records: list[bytes]) -> None:
        """Read strictly what stands around the records, for doubled keys there."""
        if records:
            first, last = bytes(records[0]), bytes(records[-1])
            data = data[: data.find(first)] + data[data.rfind(last) + len(last) :]
        read_strictly(data.decode("utf-8", "surrogateescape"))

    def _read_strictly(self, data: bytes) -> Page:
        document = read_strictly(data.decode("utf-8", "surrogateescape"))
        records = _records(document, self._rows)
        columns: Columns = {path: [] for path in self._paths}
        broken: list[BrokenRow] = []
        names: set[str] = set()
        for number, record in enumerate(records):
            names.update(unknown_names(record, self._known))
            row = pick_row(number, record, self._paths)
            if isinstance(row, BrokenRow):
                broken.append(row)
                row = [None] * len(self._paths)
            for path, value in zip(self._paths, row, strict=True):
                columns[path].append(value)
        envelope = {path: _beside(document, path) for path in self._envelope}
        return Page(len(records), columns, tuple(broken), envelope, tell_names(names))


class EnvelopeDecoder:
    """Decodes answers that hold no rows: manifests and the like."""

    def __init__(self, envelope: tuple[str, ...]) -> None:
        self._envelope = envelope

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield one page without rows; an empty marker, or one of which nothing is read, is fine.

        Raises:
            ContractBroken: the bytes are no JSON document.
        """
        text = b"".join(body).removeprefix(_BOM).decode("utf-8", "surrogateescape")
        document = read_strictly(text) if text and self._envelope else {}
        envelope = {path: _beside(document, path) for path in self._envelope}
        yield Page(0, {}, envelope=envelope, digest=body.digest, size=body.size)


def _records(document: object, path: str) -> list[object]:
    try:
        records = pick(document, path)
    except TypeError:
        records = document
    if records is None:
        return []
    if not isinstance(records, list):
        raise ContractBroken(
            "The records are not where the system's file says", code="DRIFT-TYPE", allowed=path
        )
    return records


def _beside(document: object, path: str) -> Value:
    """Return one value; ``list[].name`` gives the names of a list's records, one a line."""
    above, many, below = path.partition("[].")
    try:
        value = pick(document, above)
        if many:
            names = [pick(record, below) for record in value or ()]
            return "\n".join(str(name) for name in names if name is not None)
    except TypeError:
        return None
    if isinstance(value, dict | list):
        raise ContractBroken(
            "A value beside the records is an object or a list", code="DRIFT-TYPE", seen=path
        )
    return value if value is None or isinstance(value, str | int) else None


def take_out_nul(data: bytes, columns: Columns) -> tuple[BrokenRow, ...]:
    r"""Empty the rows that hold a NUL (written ``\u0000``) and say so."""
    if b"\\" not in data or b"\\u0000" not in data:
        return ()
    found = {
        row: path
        for path, values in columns.items()
        for row, value in enumerate(values)
        if isinstance(value, str) and "\x00" in value
    }
    for values in columns.values():
        for row in found:
            values[row] = None
    return tuple(
        BrokenRow(row, "NUL", f"NUL in {path}", "text without NUL")
        for row, path in sorted(found.items())
    )
