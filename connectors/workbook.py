"""A workbook looked over before its values are read: what is in it, and what must not be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, Any
from zipfile import ZipFile

from lxml import etree  # type: ignore[import-untyped]

from connectors.format import SheetFormat
from connectors.zip_archive import open_archive, unpack
from contracts.errors import ContractBroken

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of a compound file: a workbook from before 2007, or a locked one."""
_WIDEST = 16_384
_PARTS = re.compile(
    r"vbaproject|/(?:embeddings|activex|externallinks|macrosheets|dialogsheets)/|macroenabled"
)
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_REFERENCES = re.compile(r"(?:[A-Z]{1,3}[1-9][0-9]{0,6} ?)*")
_LETTERS, _NUMBERS = re.compile("[A-Z]+"), re.compile("[0-9]+")
_PLACES = etree.XPath("*/@r", smart_strings=False)
_DOUBTFUL = etree.XPath("*[@t = 'e' or *[local-name() = 'f']]")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

Place = tuple[int, int]
"""Line and column of a cell, from 0."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a looked-over workbook.

    Attributes:
        name: as people see it.
        flaws: cells whose value nobody knows: formulas never computed, errors.
    """

    name: str
    flaws: frozenset[Place]


def look_over(data: bytes, shape: SheetFormat, most: int) -> Sheet | None:
    """Return the sheet to be read; None where only its reader can tell (``xls``).

    Args:
        data: the whole file.
        shape: what the system declares.
        most: bytes that it may unpack to.

    Raises:
        ContractBroken: FORMAT, XLSX-ACTIVE, XLSX-DIM, XML-DTD, ZIP-BOMB, ZIP-UNSAFE.
    """
    if shape.workbook == "xls":
        _check_compound(data)
        return None
    if data.startswith(_COMPOUND):
        raise not_a_workbook("a workbook of before 2007, or a locked one", "xlsx")
    with open_archive(data, most) as archive:
        _check_parts(archive)
        book = _tree(archive, "xl/workbook.xml")
        _check_dates(book, shape)
        name, part = _part(archive, book, shape.sheet)
        return Sheet(name, _flaws(archive, part, shape.max_cells))


def not_a_workbook(seen: str, allowed: str) -> ContractBroken:
    """Return the refusal of a file that is no workbook of the declared kind."""
    return ContractBroken(
        "The file is not the declared kind of workbook", code="FORMAT", seen=seen, allowed=allowed
    )


def _check_compound(data: bytes) -> None:
    if not data.startswith(_COMPOUND):
        raise not_a_workbook("no compound file", "xls")
    # names of streams stand in the file's directory as UTF-16
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise not_a_workbook("a locked workbook", "xls")
    for stream in ("_VBA_PROJECT", "\x01Ole10Native", "\x01CompObjMBD", "ObjectPool"):
        if stream.encode("utf-16-le") in data:
            raise _active(stream.strip("\x01_"))


def _active(seen: str) -> ContractBroken:
    return ContractBroken(
        "The workbook holds more than data",
        code="XLSX-ACTIVE",
        seen=seen[:80],
        allowed="no macro, no embedded object, no link to another file",
    )


def _check_parts(archive: ZipFile) -> None:
    for member in archive.infolist():
        name = "/" + member.filename.lower()
        if _PARTS.search(name):
            raise _active(member.filename)
        for _ in unpack(archive, member):
            pass  # each member is what its entry declares, or ends here
        if name.endswith(".rels"):
            _check_links(_tree(archive, member.filename))
    types = _tree(archive, "[Content_Types].xml")
    if any(_PARTS.search(part.get("ContentType", "").lower()) for part in types):
        raise _active("a macro-enabled content type")


def _check_links(relations: Any) -> None:
    for link in relations.iter("{*}Relationship"):
        kind = link.get("Type", "").rpartition("/")[2]
        if link.get("TargetMode") == "External" and kind != "hyperlink":
            raise _active(f"an external {kind}")


def _only(archive: ZipFile, name: str) -> str:
    if name not in archive.namelist():
        raise not_a_workbook(f"an archive without {name}", "xlsx")
    return name


def _tree(archive: ZipFile, name: str) -> Any:
    """Return the root of a small part."""
    data = b"".join(unpack(archive, _only(archive, name)))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise not_a_workbook(f"{name} is no XML", "xlsx") from None
    _check_type(root)
    return root


def _check_type(root: Any) -> None:
    if root.getroottree().docinfo.doctype:
        raise ContractBroken("A part declares a document type", code="XML-DTD")


def _check_dates(book: Any, shape: SheetFormat) -> None:
    settings = next(book.iter("{*}workbookPr"), None)
    later = settings is not None and settings.get("date1904") in {"1", "true", "on"}
    if later != (shape.dates == "1904"):
        told = "1904" if later else "1900"
        raise not_a_workbook(f"days counted from {told}", f"days counted from {shape.dates}")


def _part(archive: ZipFile, book: Any, wanted: str) -> tuple[str, str]:
    """Return name and part of the wanted sheet, or of the first that is shown."""
    targets = {
        link.get("Id"): link.get("Target", "")
        for link in _tree(archive, "xl/_rels/workbook.xml.rels").iter("{*}Relationship")
    }
    for sheet in book.iter("{*}sheet"):
        name, shown = sheet.get("name", ""), sheet.get("state", "visible") == "visible"
        if name == wanted or (shown and not wanted):
            target = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION), "")
            return name, target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise no_sheet(wanted)


def no_sheet(wanted: str) -> ContractBroken:
    """Return the refusal of a workbook without the declared sheet."""
    return ContractBroken(
        "The workbook has no such sheet", code="FORMAT", allowed=wanted or "a sheet that is shown"
    )


def too_wide(seen: str, most: int) -> ContractBroken:
    """Return the refusal of a sheet of too many cells."""
    return ContractBroken(
        "The sheet is larger than it may be",
        code="XLSX-DIM",
        seen=seen,
        allowed=f"{most} cells",
        action="take the format off the empty lines and columns of the sheet",
    )


def _flaws(archive: ZipFile, part: str, most: int) -> frozenset[Place]:
    """Read a sheet's cells once: how far they reach, and which have no value of their own."""
    flaws: set[Place] = set()
    lines, columns = {1}, {"A"}
    with archive.open(_only(archive, part)) as file:
        for row, places in _rows(file, most):
            if len(places) > _WIDEST:
                raise too_wide(f"{len(places)} cells in a line", most)
            text = " ".join(places)
            if not _REFERENCES.fullmatch(text):
                raise not_a_workbook("a cell without a place", "xlsx")
            lines.update(map(int, set(_NUMBERS.findall(text))))
            columns.update(_LETTERS.findall(text))
            if (size := max(lines) * max(map(_column, columns))) > most:
                raise too_wide(f"{max(lines)} lines, {size // max(lines)} columns", most)
            flaws.update(_place(cell) for cell in _DOUBTFUL(row) if _valueless(cell))
            lines, columns = {max(lines)}, {max(columns, key=_column)}
    return frozenset(flaws)


def _rows(file: IO[bytes], most: int) -> Iterator[tuple[Any, list[str]]]:
    """Yield each line with the places of its cells; nothing is kept of a line after it."""
    number = 0
    parts = etree.iterparse(
        file,
        events=("start", "end"),
        tag=("{*}worksheet", "{*}dimension", "{*}row"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        for event, element in parts:
            match event, element.tag.rpartition("}")[2]:
                case "start", "worksheet":
                    _check_type(element)
                case "start", "dimension":
                    _check_dimension(element.get("ref", ""), most)
                case "end", "row":
                    number = _number(element.get("r"), number)
                    yield element, _places(element, number)
                    _forget(element)
    except etree.XMLSyntaxError:
        raise not_a_workbook("a sheet that is no XML", "xlsx") from None


def _places(row: Any, number: int) -> list[str]:
    """Return the places of a line's cells, those that it leaves to be counted written in."""
    told: list[str] = _PLACES(row)
    if len(told) == len(row):
        return told
    column = 0
    for cell in row:
        found = _REFERENCE.fullmatch(cell.get("r", ""))
        column = _column(found[1]) if found else column + 1
        if not found:
            cell.set("r", f"{_letters(column)}{number}")
    return [cell.get("r") for cell in row]


def _forget(row: Any) -> None:
    row.clear()
    while row.getprevious() is not None:
        del row.getparent()[0]


def _number(told: str | None, before: int) -> int:
    return int(told) if told and told.isdigit() and len(told) <= 7 else before + 1


def _place(cell: Any) -> Place:
    letters, number = _REFERENCE.fullmatch(cell.get("r")).groups()  # type: ignore[union-attr]
    return int(number) - 1, _column(letters) - 1


@cache
def _column(letters: str) -> int:
    """Return the number of a column, from 1."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _letters(column: int) -> str:
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _check_dimension(declared: str, most: int) -> None:
    found = _REFERENCE.fullmatch(declared.rpartition(":")[2].replace("$", ""))
    if found and int(found[2]) * _column(found[1]) > most:
        raise too_wide(f"declared {declared}"[:60], most)


def _valueless(cell: Any) -> bool:
    """Tell whether a cell is an error, or a formula that was never computed."""
    if cell.get("t") == "e":
        return True
    value = next((part for part in cell if part.tag.endswith("}v")), None)
    return value is None or (not value.text and cell.get("t") != "str")
