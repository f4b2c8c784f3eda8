"""BAD_INPUT rows 64 and 65: archives, looked over before anything is unpacked."""

import io
import struct
import zipfile
from typing import Any

import pytest

from connectors.decode import Body, KnownNames
from connectors.decode_csv import CsvDecoder
from connectors.decode_json import JsonDecoder
from connectors.decode_zip import ZipDecoder
from connectors.format import CsvFormat, Zip
from contracts.errors import ContractBroken
from contracts.page import Page
from contracts.source_map import SourceField, SourceMap

FIELDS = SourceMap(fields={"a": SourceField(path="a"), "b": SourceField(path="b")})


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members:
            made.writestr(name, text)
    return out.getvalue()


def pages(data: bytes, member: str = "*.csv", most: int = 64 * 2**20) -> list[Page]:
    inner = CsvDecoder(FIELDS, CsvFormat(type="csv"))
    return list(ZipDecoder(inner, Zip(member=member), most).pages(Body([data])))


def refused(data: bytes, **changes: Any) -> tuple[str, str]:
    with pytest.raises(ContractBroken) as caught:
        pages(data, **changes)
    return caught.value.code, caught.value.seen


GOOD = ("du-lieu/thang-4.csv", b"a,b\n1,2\n")


def test_the_one_file_of_the_name_is_read_and_the_archive_is_what_is_hashed() -> None:
    data = archive(("doc.txt", b"x"), ("du-lieu/", b""), GOOD)
    (page,) = pages(data)
    assert page.columns == {"a": ["1"], "b": ["2"]}
    body = Body([data])
    body.whole()
    assert (page.digest, page.size) == (body.digest, len(data))


def test_a_long_file_comes_in_blocks_and_only_the_last_bears_the_digest() -> None:
    text = b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(12_345))
    found = pages(archive(("a.csv", text)))
    assert [(page.rows, bool(page.digest)) for page in found] == [
        (5000, False),
        (5000, False),
        (2345, True),
    ]


def test_json_in_an_archive_is_read_too() -> None:
    inner = JsonDecoder(("a",), (), "", KnownNames(FIELDS))
    decoder = ZipDecoder(inner, Zip(member="*.json"), 1000)
    (page,) = decoder.pages(Body([archive(("x.json", b'[{"a":1}]'))]))
    assert page.columns == {"a": [1]}


def test_none_or_several_files_of_the_name_are_refused() -> None:
    assert refused(archive(("a.txt", b"x"))) == ("ZIP-MEMBER", "0 of 1 members")
    assert refused(archive(GOOD, ("b.csv", b"a,b\n"))) == ("ZIP-MEMBER", "2 of 2 members")


def test_row_64_an_archive_that_unpacks_to_too_much_is_refused_unread() -> None:
    assert refused(archive(("a.csv", b"a,b\n" + b"0" * 30_000_000)))[0] == "ZIP-BOMB"
    assert refused(archive(GOOD), most=7)[0] == "ZIP-BOMB"
    many = [(f"{n}.txt", b"") for n in range(1_001)]
    assert refused(archive(*many))[0] == "ZIP-BOMB"


def test_row_64_an_entry_that_lies_about_its_size_is_not_read_past_it() -> None:
    data = archive(("a.csv", b"a,b\n" + b"1,2\n" * 500_000))
    size = struct.pack("<I", 4 + 4 * 500_000)
    assert refused(data.replace(size, struct.pack("<I", 40)))[0] == "ZIP-UNSAFE"


def _link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../etc/a.csv", "a path out of the archive"),
        ("a/../../b.csv", "a path out of the archive"),
        ("..\\a.csv", "a path out of the archive"),
        ("/etc/passwd", "an absolute path"),
        ("C:\\a.csv", "an absolute path"),
        ("inner.zip", "an archive in the archive"),
        ("data/inner.TAR.GZ", "an archive in the archive"),
    ],
)
def test_row_65_a_dangerous_name_refuses_the_archive(name: str, reason: str) -> None:
    assert refused(archive(GOOD, (name, b"x"))) == ("ZIP-UNSAFE", reason)


def test_row_65_links_doubled_names_and_locked_members_refuse_the_archive() -> None:
    assert refused(archive(GOOD, (_link("b.csv"), b"/etc/passwd"))) == ("ZIP-UNSAFE", "a link")
    with pytest.warns(UserWarning, match="Duplicate"):
        doubled = archive(GOOD, GOOD)
    assert refused(doubled) == ("ZIP-UNSAFE", "a name twice")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as made:
        made.writestr(*GOOD)
    assert refused(packed.getvalue()) == ("ZIP-UNSAFE", "an unusual way of packing")
    locked = bytearray(archive(GOOD))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    assert refused(bytes(locked)) == ("ZIP-UNSAFE", "a locked member")


def test_row_65_a_damaged_archive_is_refused() -> None:
    data = archive(("thang-4.csv", b"a,b\n" + bytes(range(48, 120)) * 9 + b",1\n"))
    assert refused(data[:-10])[0] == "FORMAT"
    assert refused(b"a,b\n1,2\n")[0] == "FORMAT"
    assert refused(data[:45] + b"\xff\xff\xff" + data[48:])[0] == "ZIP-UNSAFE"
