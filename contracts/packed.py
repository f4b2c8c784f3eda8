"""A column as the MessagePack that it is archived as, so that whole columns are read as bytes.

Making a text of every value costs more than all that the judge then asks of it (0.6 s per
million rows of 15 columns); most columns are judged without.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

Value = str | int | bool | None
"""A value as received. Fractions, exponents and integers past 64 bits stay the text they were."""
Bytes = NDArray[np.uint8]
Rows = NDArray[np.intp]

NIL = 0xC0
_FLAGS = 0xC2 >> 1  # false and true, but for the last bit
_TEXT = (0xA0, 0xBF)  # a text of up to 31 bytes: one byte says so and how long it is
_LONGER_TEXT = 0xD9  # a text of up to 255 bytes: its length stands in the byte after
_LIST = 0xDD
_PLAIN = 0x80  # below it: letters of ASCII texts, and whole numbers
_SEPARATOR = 0x1F

_encode = msgspec.msgpack.Encoder().encode
_decode_list = msgspec.msgpack.Decoder(list[Value]).decode
_decode = msgspec.msgpack.Decoder(Value).decode


def text_head(size: int) -> bytes:
    """Return what stands before an ASCII text of at most 127 letters."""
    return bytes([_TEXT[0] + size]) if size < 32 else bytes([_LONGER_TEXT, size])


@dataclass(frozen=True, slots=True)
class Tokens:
    """Where the values of a column lie, each a short text or nil.

    A text takes up to 31 bytes, up to 127 where all texts of the column are ASCII.

    Attributes:
        data: the column.
        starts: place of the first byte of each value.
        sizes: bytes of each value, head included.
    """

    data: Bytes
    starts: Rows
    sizes: Rows

    @classmethod
    def find(cls, data: Bytes, rows: int) -> "Tokens | None":
        """Find the values of a column, None where some are neither nil nor such texts.

        Only heads lie past 127 where all texts are ASCII. Each value found must be as long as
        its head says: then, the first beginning at 0, each begins where the one before ends.
        """
        starts = np.flatnonzero(data >= _PLAIN)
        if len(starts) > rows:
            starts = np.flatnonzero(_heads(data))
        if len(starts) != rows or (rows and starts[0]):
            return None
        heads, sizes = data[starts], np.diff(starts, append=len(data))
        said = _SIZES[heads]
        longer = np.flatnonzero(heads == _LONGER_TEXT)
        if len(longer):
            if longer[-1] == rows - 1 and sizes[-1] < 2:
                return None
            said[longer] = data[starts[longer] + 1] + 2
        return cls(data, starts, sizes) if (said == sizes).all() else None

    @property
    def blanks(self) -> NDArray[np.bool_]:
        """Tell of each value whether it is nil or an empty text."""
        return np.equal(self.sizes, 1)

    def lines(self, size: int) -> tuple[Bytes, Rows]:
        """Return the values of one size, one line each, head first, and their rows."""
        rows = np.flatnonzero(self.sizes == size)
        if len(rows) * size == len(self.data):
            return self.data.reshape(-1, size), rows
        if not len(rows):
            return np.empty((0, size), np.uint8), rows
        # every place of the column as the beginning of a line; the lines asked for are copied
        views = np.ndarray((len(self.data) - size + 1,), f"V{size}", self.data.data, 0, (1,))
        return views[self.starts[rows]].view(np.uint8).reshape(-1, size), rows

    def joined(self) -> str | None:
        """Return texts joined by U+001F, nil as an empty one; None where one may hold it."""
        if (self.data[self.starts] == _LONGER_TEXT).any() or (self.data == _SEPARATOR).any():
            return None
        marked = self.data.copy()
        marked[self.starts] = _SEPARATOR
        return marked[1:].tobytes().decode()


def _heads(data: Bytes) -> NDArray[np.bool_]:
    """Tell which bytes past 127 are no part of a letter written in UTF-8."""
    is_head = data >= _PLAIN
    for least, after in ((0xC2, 0), (0xC2, 1), (0xE0, 2), (0xF0, 3)):
        is_head[after:] &= data[: len(data) - after] < least
    return is_head


_SIZES = np.zeros(256, np.intp)
_SIZES[_TEXT[0] : _TEXT[1] + 1] = np.arange(1, 33)
_SIZES[NIL] = 1


class Packed(Sequence[Value]):
    """The values of one column; made only where somebody asks for them.

    Args:
        body: the values one after the other as MessagePack.
        rows: how many.
        values: the same, where they are at hand; where MessagePack cannot hold all of them,
            ``body`` has nil in their place.
    """

    def __init__(
        self, body: bytes | memoryview, rows: int, values: list[Value] | None = None
    ) -> None:
        self.body, self._rows, self._has_gaps = body, rows, values is not None
        if values is not None:
            self.values = values

    @classmethod
    def of(cls, values: Sequence[Value]) -> "Packed":
        """Return a column of values."""
        held = list(values)
        try:
            return cls.read(_encode(held))
        except UnicodeEncodeError:  # half of a surrogate pair
            kept = _encode([v if is_plain(v) else None for v in held])
            return cls(cls.read(kept).body, len(held), held)

    @classmethod
    def read(cls, packed: bytes | msgspec.Raw) -> "Packed":
        """Return a column of a list written as MessagePack.

        Raises:
            msgspec.MsgspecError: it is something else.
        """
        view = memoryview(packed)
        if not _is_list(view[0]):
            raise msgspec.ValidationError("a column is no list")
        head = {0xDC: 3, _LIST: 5}.get(view[0], 1)
        return cls(view[head:], int.from_bytes(view[1:head], "big") if head > 1 else view[0] & 0xF)

    @classmethod
    def nothing(cls, rows: int) -> "Packed":
        """Return a column of absent values."""
        return cls(bytes([NIL]) * rows, rows)

    @classmethod
    def joined(cls, parts: Sequence["Packed"]) -> "Packed":
        """Return columns one after the other as one."""
        rows, body = sum(map(len, parts)), b"".join(part.body for part in parts)
        if any(part._has_gaps for part in parts):  # noqa: SLF001 - of one class
            return cls(body, rows, [value for part in parts for value in part])
        return cls(body, rows)

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values)

    @overload
    def __getitem__(self, at: int) -> Value: ...
    @overload
    def __getitem__(self, at: slice) -> list[Value]: ...
    def __getitem__(self, at: int | slice) -> Value | list[Value]:
        if isinstance(at, slice) or "values" in vars(self):
            return self.values[at]
        if self.singles is not None:
            value: Value = _decode(self.body[at : at + 1])
            return value
        if self.found is None:
            return self.values[at]
        start = int(self.found.starts[at])
        found: Value = _decode(self.body[start : start + int(self.found.sizes[at])])
        return found

    @cached_property
    def values(self) -> list[Value]:
        """Return all values."""
        head = bytes([_LIST]) + self._rows.to_bytes(4, "big")
        values: list[Value] = _decode_list(head + self.body)
        return values

    @property
    def data(self) -> Bytes:
        """Return the column as bytes."""
        return np.frombuffer(self.body, np.uint8)

    @property
    def singles(self) -> Bytes | None:
        """Return a column of which each value is one byte: small numbers, nil, true, false, ""."""
        return self.data if len(self.body) == self._rows else None

    @cached_property
    def found(self) -> Tokens | None:
        """Return where the values lie, None where not all are short texts or nil."""
        return None if self._has_gaps else Tokens.find(self.data, self._rows)

    @cached_property
    def tokens(self) -> Tokens:
        """Return where the short texts lie; other values stand there as nil."""
        if self.found:
            return self.found
        plain = [v if is_plain(v) else None for v in self.values]
        found = Tokens.find(Packed.of(plain).data, self._rows)
        assert found
        return found

    @property
    def blanks(self) -> NDArray[np.bool_]:
        """Tell of each value whether it is surely nil or an empty text."""
        return self.found.blanks if self.found else np.zeros(self._rows, bool)

    @property
    def has_flags(self) -> bool:
        """Tell whether some value is true or false."""
        if self.singles is None:
            return bool in set(map(type, self.values))
        return bool((self.singles >> 1 == _FLAGS).any())


def _is_list(head: int) -> bool:
    return 0x90 <= head <= 0x9F or head in {0xDC, _LIST}


def is_plain(value: Value) -> TypeGuard[str]:
    """Tell whether a value is an ASCII text of at most 127 letters."""
    return isinstance(value, str) and value.isascii() and len(value) < _PLAIN


class PackedColumns(Mapping[str, list[Value]]):
    """The columns of a page document; the values of each are made when they are asked for."""

    def __init__(self, held: Mapping[str, msgspec.Raw]) -> None:
        self._held = held

    def packed(self, name: str) -> Packed | None:
        """Return one column as it is, None where there is none."""
        raw = self._held.get(name)
        return None if raw is None else Packed.read(raw)

    def __getitem__(self, name: str) -> list[Value]:
        values: list[Value] = _decode_list(self._held[name])
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        """Return the values themselves: tests look for what must not be kept in this text."""
        return repr(dict(self))
