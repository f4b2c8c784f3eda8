"""Rows that the hub itself wrote down as they came from a database; see ``transport_sql``."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from connectors.decode import Body
from connectors.decode_json import take_out_nul
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
        held: Page | None = None
        for chunk in body:
            for line in chunk.splitlines():
                if held:
                    yield held
                block = _DECODER.decode(line)
                broken = take_out_nul(line, block.columns)
                last = {f"last.{name}": value for name, value in block.last.items()}
                held = Page(block.rows, block.columns, broken, envelope=last)
        assert held
        yield replace(held, digest=body.digest, size=body.size)
