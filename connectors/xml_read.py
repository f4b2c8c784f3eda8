"""The hardened XML reader: one pass over the bytes, no tree, no DTD, nothing but UTF-8."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NoReturn

from lxml import etree  # type: ignore[import-untyped]

from connectors.xml_place import NIL, Place, Plan
from contracts.errors import ContractBroken
from contracts.page import BrokenRow, Value

DEEPEST = 100
"""Levels of elements; messages of agencies have about ten."""
LONGEST = 131_072
"""Characters of one kept value, as in a CSV field."""
_PIECE = 65_536
_HEAD = 1_024
"""Bytes within which an XML declaration has to end."""
_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)")
_KNOWN = etree.ErrorTypes
_ENCODING = {_KNOWN.ERR_INVALID_CHAR, _KNOWN.ERR_INVALID_ENCODING, _KNOWN.ERR_UNSUPPORTED_ENCODING}
_SIZE = {_KNOWN.ERR_NAME_TOO_LONG, _KNOWN.ERR_RESOURCE_LIMIT}


class Target:
    """Takes a parser's events and keeps what the plan names.

    Building a tree and looking into it took twice the time of this, and held every answer.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, self._place = plan, Place(("",))
        self._open: list[Place] = []
        self._text: list[str] | None = None
        self._length = self._depth = self._passing = 0
        self._nil = False
        self._row: dict[str, Value] = {}
        self._flaw: tuple[str, str, str] | None = None
        self.stray = False
        self.envelope: dict[str, Value] = dict.fromkeys(plan.envelope)
        self.clear()

    def clear(self) -> None:
        """Begin a new block of rows."""
        self.rows = 0
        self.columns: dict[str, list[Value]] = {path: [] for path in self._plan.paths}
        self.broken: list[BrokenRow] = []

    def doctype(self, *_: object) -> NoReturn:
        """Refuse any document type, before a line of it is read."""
        raise ContractBroken(
            "A document type is declared", code="XML-DTD", allowed="XML without <!DOCTYPE"
        )

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise ContractBroken(
                "The XML is nested too deeply", code="DEPTH", allowed=f"{DEEPEST} levels"
            )
        if self._passing:
            self._passing += 1
            return
        if self._text is not None:
            self._mark("DRIFT-TYPE", f"elements in {self._place.keep}", "text")
        child = self._plan.child(self._place, tag)
        if child is None:
            self._passing, self.stray = 1, self._depth == 1
            return
        self._enter(child, attributes)

    def _enter(self, place: Place, attributes: Mapping[str, str]) -> None:
        self._open.append(self._place)
        self._place = place
        self._text = [] if place.keep else None
        self._length, self._nil = 0, attributes.get(NIL) in {"true", "1"}
        if place.record:
            self._row, self._flaw = {}, None
        if attributes and place.within:
            for path, value in self._plan.attributes(place, attributes):
                self._keep(path, value)

    def data(self, text: str) -> None:
        """Take a piece of text."""
        if self._text is None or self._passing:
            return
        self._length += len(text)
        if self._length <= LONGEST:
            self._text.append(text)

    def end(self, _tag: str) -> None:
        """Leave an element."""
        self._depth -= 1
        if self._passing:
            self._passing -= 1
            return
        place, self._place = self._place, self._open.pop()
        if place.keep and self._text is not None:
            self._close(place, place.keep)
        self._text = None
        if place.record:
            self._end_row()

    def close(self) -> "Target":
        """Return this, as the parser asks for."""
        return self

    def _close(self, place: Place, path: str) -> None:
        value = None if self._nil else "".join(self._text or ())
        if place.within:
            self._keep(path, value, self._length)
        elif self.envelope[path] is None and self._length <= LONGEST:
            self.envelope[path] = value

    def _keep(self, path: str, value: Value, length: int = 0) -> None:
        if path in self._row:
            self._mark("DRIFT-TYPE", f"{path} more than once", "one value")
        if max(length, len(str(value))) > LONGEST:
            self._mark("TOO-LONG", f"{path} of {length or len(str(value))} characters", LONGEST)
        self._row[path] = value

    def _mark(self, code: str, seen: str, allowed: object) -> None:
        self._flaw = self._flaw or (code, seen, str(allowed))

    def _end_row(self) -> None:
        if self._flaw:
            self.broken.append(BrokenRow(self.rows, *self._flaw))
            self._row = {}
        for path, column in self.columns.items():
            column.append(self._row.get(path))
        self.rows += 1


def read(chunks: Iterable[bytes], target: Target) -> Iterator[None]:
    """Feed a document to a target; yield after every piece. An empty one is nothing at all.

    Raises:
        ContractBroken: XML-DTD, XML-SYNTAX (a cut, a tail, an unknown entity),
            XML-ENC (control characters, another encoding), DEPTH, TOO-BIG (a name, attribute
            or text past libxml2's 10 MB).
    """
    parser = etree.XMLParser(
        target=target,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
    )
    begun = False
    try:
        for piece in _pieces(chunks):
            begun = True
            parser.feed(piece)
            yield
        if begun:
            parser.close()
    except etree.XMLSyntaxError as error:
        raise _told(error) from None


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces that fit libxml2's buffer, after a look at the head of the document."""
    passing = iter(chunks)
    head = b""
    while len(head) < _HEAD and (chunk := next(passing, None)) is not None:
        head += chunk
    _check_encoding(head)
    head = head.removeprefix(_BOM)
    if head.strip():
        for chunk in chain([head], passing):
            for start in range(0, len(chunk), _PIECE):
                yield chunk[start : start + _PIECE]


def _check_encoding(head: bytes) -> None:
    declared = _DECLARED.match(head.removeprefix(_BOM))
    seen = declared[1].decode("ascii", "replace")[:40] if declared else "utf-8"
    if head.startswith(_WIDE):
        seen = "UTF-16 or UTF-32"
    if seen.lower() != "utf-8":
        raise ContractBroken(
            "The XML is in another encoding", code="XML-ENC", seen=seen, allowed="UTF-8"
        )


def _told(error: etree.XMLSyntaxError) -> ContractBroken:
    """Return what is wrong, without a word of the document."""
    line, column = error.position
    seen = f"libxml2 error {error.code} at line {line}, column {column}"
    if error.code in _ENCODING:
        return ContractBroken(
            "The XML holds what no XML may hold", code="XML-ENC", seen=seen, allowed="UTF-8"
        )
    if error.code in _SIZE or "too big" in str(error):
        return ContractBroken(
            "A part of the XML is too big", code="TOO-BIG", seen=seen, allowed="10 MB"
        )
    return ContractBroken("The answer is no whole XML document", code="XML-SYNTAX", seen=seen)
