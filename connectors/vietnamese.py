"""Vietnamese text from before Unicode, read by declaration only and never guessed.

Each encoding is a codec of Python for the bytes and a step over the decoded text. A byte that
the encoding does not know leaves the step as a lone surrogate (``surrogateescape``), so that its
row ends as ENCODING-ROW.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "windows-1258", "tcvn3", "vni", "cp1252", "latin-1"]
Font = Literal["unicode", "tcvn3", "vni"]
"""What the letters of a workbook stand for: an old font shows ``µ`` as ``à``."""

# TCVN 5712:1993 (VSCII, "ABC"), bytes 80-FF. The letters of VN3, which its fonts write, lie from
# A1 on; capitals with tones are the standard's own (VN1). B0-B4 are combining tone marks.
# Source: TCVN 5712:1993; ISO-IR-180; the tables of the GNU C library.
_TCVN_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300"
    "\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TCVN_LOW = dict(
    zip(b"\x01\x02\x04\x05\x06\x11\x12\x13\x14\x15\x16\x17", "ÚỤỪỬỮỨỰỲỶỸÝỴ", strict=True)
)
_TCVN = {**_TCVN_LOW, **dict(enumerate(_TCVN_HIGH, 0x80))}

# VNI-Windows: a letter, then one sign for shape and tone; some letters have a sign of their own.
# Source: VNI Software's table of 1992 as kept by free input methods (xvnkb, UniKey).
_TONES = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_HAT = dict(zip("âáàåãä", ["", *_TONES.values()], strict=True))
_BREVE = dict(zip("êéèúüë", ["", *_TONES.values()], strict=True))
_ALONE = dict(zip("íìæóòôöîñ", "íìỉĩịơưỵđ", strict=True))


def _pairs() -> Iterator[tuple[str, str]]:
    for letter, (sign, tone) in product("aeouyôö", _TONES.items()):
        yield letter + sign, _ALONE.get(letter, letter) + tone
    for letter, (sign, tone) in product("aeo", _HAT.items()):
        yield letter + sign, letter + "\u0302" + tone
    for sign, tone in _BREVE.items():
        yield "a" + sign, "a\u0306" + tone
    yield from _ALONE.items()


def _vni() -> dict[str, str]:
    """Return what VNI writes -> letter, both cases; the letter's case is that of its first sign."""
    table = {}
    for written, meant in _pairs():
        small = unicodedata.normalize("NFC", meant)
        for sign in {written, written[0] + written[1:].upper()}:
            table[sign] = small
            table[sign[0].upper() + sign[1:]] = small.upper()
    return table


_VNI = _vni()
_VNI_PART = re.compile(
    f"[aeouyôöAEOUYÔÖ][{''.join({*_TONES, *_HAT, *_BREVE})}{''.join(_TONES).upper()}"
    f"{''.join({*_HAT, *_BREVE}).upper()}]|[\u0080-\u00ff]"
)
_CP1252_SIGNS = {
    ord(bytes([b]).decode("cp1252")): b
    for b in range(0x80, 0xA0)
    if b not in b"\x81\x8d\x8f\x90\x9d"
}


def read_tcvn3(text: str) -> str:
    """Return text whose characters are the bytes of TCVN 5712:1993 (ABC).

    Capitals with tones that only a capital font shows (``.VnTimeH``) are small letters here, as
    they are in the bytes.

    >>> read_tcvn3("B¸t X¸t")
    'Bát Xát'
    """
    return unicodedata.normalize("NFC", text.translate(_TCVN))


def read_vni(text: str) -> str:
    """Return text whose characters are the bytes of VNI-Windows.

    >>> read_vni("Xin chaøo caùc baïn")
    'Xin chào các bạn'
    """
    return text if text.isascii() else _VNI_PART.sub(_vni_letter, text)


def _vni_letter(found: re.Match[str]) -> str:
    part = found[0]
    if part in _VNI:
        return _VNI[part]
    if len(part) == 2 and part[0] in _VNI:  # a letter of its own beside a sign it cannot bear
        return _VNI[part[0]] + read_vni(part[1])
    if part == "\u00a0":
        return part
    return "".join(c if c.isascii() else chr(0xDC00 + ord(c)) for c in part)


def read_font(text: str, font: Font) -> str:
    """Return text of a cell written under an old font; workbooks keep its bytes as cp1252."""
    if font == "unicode":
        return text
    return _STEPS[font](text.translate(_CP1252_SIGNS))


def compose(text: str) -> str:
    """Return text in NFC: Windows-1258 writes tones as signs of their own."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass(frozen=True, slots=True)
class Codec:
    """How an encoding is read.

    Attributes:
        name: Python's name of what turns bytes into characters.
        errors: what happens to a byte that the codec does not know.
        step: what turns those characters into text; None where they are the text.
    """

    name: str
    errors: str = "surrogateescape"
    step: Callable[[str], str] | None = None

    def decode(self, data: bytes) -> str:
        """Return bytes as text.

        Raises:
            UnicodeError: the bytes are not in the encoding, where ``errors`` is strict.
        """
        text = codecs.decode(data, self.name, self.errors)
        return self.step(text) if self.step else text


_STEPS: Mapping[str, Callable[[str], str]] = {"tcvn3": read_tcvn3, "vni": read_vni}


def codec_of(encoding: Encoding) -> Codec:
    """Return how an encoding is read."""
    match encoding:
        case "utf-8":
            return Codec("utf-8-sig")
        case "utf-16":
            return Codec("utf-16", "strict")
        case "windows-1258":
            return Codec("cp1258", step=compose)
        case "tcvn3" | "vni":
            return Codec("latin-1", step=_STEPS[encoding])
    return Codec(encoding)
