"""NDJSON: one object per line, read in blocks, so that a file of any length fits in memory."""

from collections.abc import Iterator
from dataclasses import replace

from connectors.decode import Body, KnownNames
from connectors.decode_json import JsonDecoder
from contracts.errors import ContractBroken
from contracts.page import Page

_BLOCK = 5_000
_BOM = b"\xef\xbb\xbf"


class NdjsonDecoder:
    """Decodes lines of JSON objects; a block of lines is read as one list."""

    def __init__(self, paths: tuple[str, ...], known: KnownNames) -> None:
        self._json = JsonDecoder(paths, (), "", known)
        self._paths = paths

    def pages(self, body: Body) -> Iterator[Page]:
        """Yield blocks of 5,000 rows; the last carries digest and size.

        Raises:
            ContractBroken: a line is not one whole JSON object, or not one to be trusted.
        """
        block: list[bytes] = []
        for line in _lines(body):
            block.append(line)
            if len(block) > _BLOCK:
                yield self._page(block[:_BLOCK])
                del block[:_BLOCK]
        yield replace(self._page(block), digest=body.digest, size=body.size)

    def _page(self, lines: list[bytes]) -> Page:
        if not lines:
            return Page(0, {path: [] for path in self._paths})
        halves = sum(line[:1] != b"{" or line[-1:] != b"}" for line in lines)
        page = None if halves else self._json.decode(b"[" + b",\n".join(lines) + b"]")
        if page is None or page.rows != len(lines):
            raise ContractBroken(
                "A line is not one whole JSON object",
                code="JSON-SYNTAX",
                seen=f"{halves or len(lines)} such lines",
                allowed="one object per line",
            )
        return page


def _lines(body: Body) -> Iterator[bytes]:
    """Yield lines that are not blank, without blanks around them; the last may lack its end."""
    rest, begun = b"", False
    for chunk in body:
        lines = (rest + chunk).split(b"\n")
        if not begun and len(lines) > 1:
            lines[0], begun = lines[0].removeprefix(_BOM), True
        rest = lines.pop()
        yield from filter(None, map(bytes.strip, lines))
    last = (rest if begun else rest.removeprefix(_BOM)).strip()
    if last:
        yield last
