"""Legacy Vietnamese encodings: every letter by round trip, real sentences, strangers refused."""

import unicodedata

import pytest

from connectors.vietnamese import _TCVN, _VNI, codec_of, compose, read_font, read_vni

TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
SMALL = [
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưy"
    for tone in TONES
    if tone or vowel not in "aeiouy"
] + ["đ"]
LETTERS = SMALL + [letter.upper() for letter in SMALL]


def test_the_alphabet_has_134_letters_with_signs() -> None:
    assert (len(LETTERS), len(set(LETTERS))) == (134, 134)


@pytest.mark.parametrize("letter", LETTERS)
def test_row_47_a_letter_survives_tcvn3(letter: str) -> None:
    written = [bytes([byte]) for byte, meant in _TCVN.items() if meant == letter]
    assert written
    assert {codec_of("tcvn3").decode(byte) for byte in written} == {letter}


@pytest.mark.parametrize("letter", LETTERS)
def test_row_47_a_letter_survives_vni(letter: str) -> None:
    written = [sign.encode("latin-1") for sign, meant in _VNI.items() if meant == letter]
    assert written
    assert {codec_of("vni").decode(sign) for sign in written} == {letter}


@pytest.mark.parametrize("letter", LETTERS)
def test_row_47_a_letter_survives_windows_1258(letter: str) -> None:
    written = "".join(_cp1258(part) for part in letter)
    assert codec_of("windows-1258").decode(written.encode("cp1258")) == letter


def _cp1258(letter: str) -> str:
    """Take the tone off a letter, as Windows-1258 writes it."""
    apart = unicodedata.normalize("NFD", letter)
    tone = "".join(c for c in apart if c in TONES and c)
    rest = unicodedata.normalize("NFC", "".join(c for c in apart if c not in tone))
    return rest + tone


def test_row_47_a_sentence_of_tcvn3_is_read() -> None:
    # the first was written by the C library's table
    told = (
        "43e96e672068df612078b72068e969206368f1206e6768dc61205669d674204e616d202d20a7e963206ccb70"
    )
    assert codec_of("tcvn3").decode(bytes.fromhex(told)) == (
        "Cộng hòa xã hội chủ nghĩa Việt Nam - Độc lập"
    )
    assert codec_of("tcvn3").decode("B¶o Th¾ng, M\u00adêng Kh\u00ad¬ng".encode("latin-1")) == (
        "Bảo Thắng, Mường Khương"
    )


def test_row_47_a_sentence_of_vni_is_read() -> None:
    told = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, Ñoäc laäp - Töï do - Haïnh phuùc"
    assert codec_of("vni").decode(told.encode("latin-1")) == (
        "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc"
    )
    assert read_vni("ÑAÉK LAÉK, Aân, UÛY BAN") == "ĐẮK LẮK, Ân, ỦY BAN"


def test_row_47_a_sentence_of_windows_1258_is_composed() -> None:
    told = b"U\xd2y ban nh\xe2n d\xe2n t\xd2i\xecnh"
    assert codec_of("windows-1258").decode(told).startswith("Ủy ban nhân dân")
    assert compose("Hà Nội") == unicodedata.normalize("NFC", "Hà Nội")


def test_a_byte_that_an_encoding_does_not_know_stays_a_stray() -> None:
    assert codec_of("vni").decode(b"gi\xa5") == "gi\udca5"
    assert codec_of("vni").decode(b"\xf9") == "\udcf9"


def test_ascii_is_the_same_everywhere() -> None:
    plain = "H26.01; 1.234,5\t(x)"
    for encoding in ("utf-8", "windows-1258", "tcvn3", "vni"):
        assert codec_of(encoding).decode(plain.encode()) == plain


def test_a_cell_under_an_old_font_is_read_by_declaration() -> None:
    assert read_font("Tæng sè hå s¬", "tcvn3") == "Tổng số hồ sơ"
    assert read_font("Toång soá", "vni") == "Tổng số"
    assert read_font("Tổng số, ສະບາຍດີ, 😀", "unicode") == "Tổng số, ສະບາຍດີ, 😀"
