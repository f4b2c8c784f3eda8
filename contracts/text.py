"""Text as people and systems really write it, brought to one form; every change is counted."""

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_LOOKALIKE = re.compile(
    "[\u00d0\u00f0\u0189\u0256\u0370-\u03ff\u0400-\u052f\uff01-\uff5e\u0660-\u0669\u2010-\u2015]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Citizen identity number (CCCD): province code of birth, century and sex, year, six digits.
_IDENTITY = re.compile(r"(?<![0-9])0(?:0[1-9]|[1-8][0-9]|9[0-6])[0-3][0-9]{8}(?![0-9])")
_BLANKS = re.compile("  +")
_SPACES = re.compile(r"\s+")
# ò in hòa and à in hoà are one sound: the tone of oa, oe and uy stands on either vowel
_ACCENT = {
    first + tone + second: first + second + tone
    for first, second in ("oa", "oe", "uy")
    for tone in "\u0300\u0301\u0309\u0303\u0323"
}
_PLACED = re.compile("|".join(_ACCENT))
_STROKE = str.maketrans("\u00f0\u0256", "\u0111\u0111")
_HIDDEN = "[12 chữ số]"
_SEEN_LENGTH = 80


def normalise_code(text: str) -> str:
    r"""Return a code in NFC without invisible characters, no-break and outer blanks.

    >>> normalise_code("H26\u200b.01\u00a0")
    'H26.01'
    """
    if text.isascii():
        return text.strip(" ")
    return _visible(text.replace("\u00a0", "")).strip(" ")


def normalise_label(text: str) -> str:
    """Return a label in NFC, runs of blanks as one, without invisible characters.

    >>> normalise_label("Thai  Nguyen ")
    'Thai Nguyen'
    """
    plain = text if text.isascii() else _visible(text).replace("\u00a0", " ")
    return _BLANKS.sub(" ", plain).strip(" ")


def normalise_text(text: str) -> str:
    """Return free text in NFC without outer blanks; signs of other languages are kept."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip(" ")


def search_key(text: str) -> str:
    """Return what two spellings of one text have in common: NFC, small letters, single blanks.

    Both placements of a tone (hòa, hoà) and the three letters that look like đ are one. Signs
    of other languages stay as they are. Grain: one text; the key of a key is the key.

    >>> search_key("HOÀ  Bình") == search_key("Hòa Bình")
    True
    """
    small = unicodedata.normalize("NFD", _visible(text).lower()).translate(_STROKE)
    placed = _PLACED.sub(lambda found: _ACCENT[found[0]], small)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", placed).strip(" "))


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text))


def unsafe_code(text: str) -> str:
    """Return ``NUL`` or ``UNICODE`` where no database may store the text, else an empty text."""
    if "\0" in text:
        return "NUL"
    return "UNICODE" if not text.isascii() and _SURROGATE.search(text) else ""


def has_lookalike(text: str) -> bool:
    """Tell whether a letter or digit only looks like one of a code (Ð and Ɖ for Đ, full width).

    Đ itself is a letter of Vietnamese and no look-alike: document notations hold it.
    """
    return not text.isascii() and _LOOKALIKE.search(text) is not None


def has_identity(text: str) -> bool:
    """Tell whether the text holds a 12-digit citizen identity number."""
    return _IDENTITY.search(text) is not None


def shown(value: object) -> str:
    """Return a value as it may appear in a violation: cut to 80 characters, identities hidden."""
    text = _SURROGATE.sub("\ufffd", str(value)).replace("\0", "\ufffd")
    return _IDENTITY.sub(_HIDDEN, text)[:_SEEN_LENGTH]
