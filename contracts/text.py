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
_HIDDEN = "[12 chữ số]"
_SEEN_LENGTH = 80


def normalise_code(text: str) -> str:
    r"""Return a code in NFC without invisible characters, no-break and outer blanks.

    >>> normalise_code("H26\u200b.01\u00a0")
    'H26.01'
    """
    if text.isascii():
        return text.strip(" ")
    return normalise_label(text.replace("\u00a0", ""))


def normalise_label(text: str) -> str:
    """Return a label in NFC, no-break blanks as blanks, without invisible characters."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).replace("\u00a0", " ")
    return plain.strip(" ")


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
