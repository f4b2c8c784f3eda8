"""Rows that the hub itself wrote down as they came from a database; see ``transport_sql``."""

from collections.abc import Iterator

import msgspec

from connectors.decode import Body
from contracts.page import Page, Value


class _Block(msgspec.Struct, frozen=True):
    rows: int
    columns: dict[str, list[Value]]
    last: dict[str, Value]


_DECODER = msgspec.json.Decoder(_Block)


class RowsDecoder:
    """Decodes blocks of rows: one JSON line each."""

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield a page per block; the last carries digest, size and the last row's key."""
        held: _Block | None = None
        for chunk in body:
            for line in chunk.splitlines():
                if held:
                    yield Page(held.rows, held.columns)
                held = _DECODER.decode(line)
        assert held
        last = {f"last.{name}": value for name, value in held.last.items()}
        yield Page(held.rows, held.columns, envelope=last, digest=body.digest, size=body.size)
