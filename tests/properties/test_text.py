"""Search keys: one text, many spellings, one key."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.text import search_key

VIETNAMESE = st.text("aăâeêioôơuưyàáảãạằấểễịọờủựỳđhnAĂÂĐÀÁ \u00a0\u0300\u0301\u0309", max_size=30)
ANY = st.text(max_size=40)


@given(ANY | VIETNAMESE)
def test_the_key_of_a_key_is_the_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)


@given(ANY | VIETNAMESE)
def test_composed_and_decomposed_have_one_key(text: str) -> None:
    composed, apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert search_key(composed) == search_key(apart) == search_key(text)


@given(VIETNAMESE)
def test_case_and_blanks_make_no_other_key(text: str) -> None:
    assert search_key(f"  {text.upper()}\u00a0 ") == search_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hòa Bình", "hoà bình"),
        ("Thừa Thiên Huế - Thủy Xuân", "thừa thiên huế - thuỷ xuân"),
        ("KHỎE", "khoẻ"),
        ("Quý", "qúy"),
        ("Đắk Lắk", "\u00d0ắk Lắk"),
        ("\u0189à Nẵng", "đà  nẵng"),
        ("Hà\u00a0Nội\u200b", "hà nội"),
    ],
)
def test_row_90_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("hòa", "họa"), ("Đà", "Da"), ("mùa", "mua"), ("Hoàn", "Hoan"), ("ôn", "on")]
)
def test_other_words_keep_other_keys(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


@pytest.mark.parametrize(
    "text",
    ["ສະບາຍດີ", "សួស្តី", "déjà vu, coopération", "越南社会主义共和国", "họp 😀👩🏽‍💻", "ภาษาไทย"],
)
def test_other_languages_pass_untouched(text: str) -> None:
    assert search_key(text) == unicodedata.normalize("NFC", text).replace("\u200d", "")
