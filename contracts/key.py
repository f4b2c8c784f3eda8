"""The key of a row: 64 bits of its natural key, the same in the judge, the warehouse and tests."""

from collections.abc import Iterable, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

SEPARATOR = "\x1f"
"""Unit separator between the parts of a natural key; no code may hold it."""


def hash_key(columns: Sequence[Iterable[str | None]]) -> NDArray[np.int64]:
    """Return xxh3-64 of the parts joined by U+001F, as two's complement, one per row.

    Args:
        columns: one column of texts per part of the key, all of one length; absent = empty.

    >>> int(hash_key([["H26-261120-0001"]])[0])
    7899210857385414146
    """
    filled = [[part or "" for part in column] for column in columns]
    texts = filled[0] if len(filled) == 1 else list(map(SEPARATOR.join, zip(*filled, strict=True)))
    return hash_texts(texts)


def hash_texts(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return xxh3-64 of ready key texts, as two's complement, one per text."""
    digests = map(xxhash.xxh3_64_intdigest, map(str.encode, texts))
    return np.fromiter(digests, np.uint64, len(texts)).view(np.int64)
