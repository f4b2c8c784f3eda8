"""Readers: one column as received -> one typed column, every fault noted.

Three ways to read, by what a column looks like: few distinct values (each is understood once),
nearly as many values as rows (checked by shape), instants (computed as bytes).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.fault import Faults, RuleBook
from contracts.known import KnownTexts
from contracts.model import Field, Kind
from contracts.packed import Packed, Value, is_plain
from contracts.shape import DigitShape, is_digit_uniform
from contracts.source_map import SourceField
from contracts.text import (
    has_identity,
    normalise_code,
    normalise_label,
    normalise_text,
    unsafe_code,
)
from contracts.texts import Texts
from contracts.verdict import NO_ID, Column, Factor

Array = NDArray[np.int64 | np.int32]
_SHAPES = 6  # shapes of a column worth knowing; past them texts are read one by one
ABSENT, WRONG = -1, -2
"""Markers in int32 columns: no value; a value whose row carries a reason."""


class Reader(Protocol):
    """Reads one field; keeps what it learns from block to block."""

    field: Field
    path: str | None
    absent: int

    def read(self, values: Packed, faults: Faults) -> Array:
        """Return the typed column of a block; rows with faults hold a marker below ``absent``."""

    def texts(self, column: Array) -> list[str]:
        """Return canonical texts of a typed column, for keys; absent = empty."""

    def finish(self, column: Array) -> Column:
        """Return the column as it stands in a frame."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one received value means.

    Attributes:
        number: typed value; None = absent.
        codes: reasons why it is wrong; then ``number`` does not count.
        normalised: whether it was brought to its one form.
    """

    number: int | None
    codes: tuple[str, ...] = ()
    normalised: bool = False


Learn = Callable[[Value], Meaning]


class Dictionary:
    """Distinct received values and what they mean; each is understood once per day."""

    def __init__(self, learn: Learn, dtype: type[np.int32 | np.int64], absent: int) -> None:
        self._index: defaultdict[Value, int] = defaultdict()
        self._index.default_factory = self._index.__len__
        self._learn = learn
        self._absent, self._wrong = absent, absent + 1 if dtype is np.int64 else absent - 1
        self._numbers: NDArray[np.int32 | np.int64] = np.empty(64, dtype)
        self._flaws = np.zeros(64, np.int32)
        self._changed = np.zeros(64, bool)
        self._known = 0
        self._texts = KnownTexts()
        self._small = np.full(256, -1, np.intp)  # by the one byte of a packed value
        self.reasons: list[tuple[str, ...]] = [()]
        self._plain = True

    def read(self, values: Packed) -> NDArray[np.intp]:
        """Return, per row, the place of its value among the distinct ones."""
        singles = values.singles
        if singles is not None and len(singles):
            places = self._small[singles]
            if places.min() >= 0:
                return places
        index, fresh = self._by_bytes(values)
        if len(self._index) > self._known:
            self._grow(list(islice(reversed(self._index), len(self._index) - self._known))[::-1])
        if singles is not None:
            self._small[singles] = index
        elif values.found and len(fresh):
            self._texts.learn(values.found, fresh, index[fresh])
        return index

    def _by_bytes(self, values: Packed) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the places of values, and the rows of texts that are not recognised yet."""
        fresh = np.empty(0, np.intp)
        if values.found:
            index = self._texts.find(values.found)
            fresh = np.flatnonzero(index < 0)
            if len(fresh) <= len(values) // 8:
                for row in fresh.tolist():
                    index[row] = self._index[values[row]]
                return index, fresh
        return np.fromiter(map(self._index.__getitem__, values), np.intp, len(values)), fresh

    def numbers(self, index: NDArray[np.intp]) -> Array:
        """Return the typed values at the places."""
        return self._numbers[index]

    def report(self, index: NDArray[np.intp], faults: Faults, rules: Mapping[str, int]) -> None:
        """Note the faults and normalisations of the values at the places."""
        if self._plain:
            return
        faults.normalised += int(np.count_nonzero(self._changed[index]))
        flaws = self._flaws[index]
        rows = np.flatnonzero(flaws)
        for flaw in np.unique(flaws[rows]).tolist():
            hit = rows[flaws[rows] == flaw]
            for code in self.reasons[flaw]:
                faults.add(rules[code], hit)

    def _grow(self, fresh: list[Value]) -> None:
        need = self._known + len(fresh)
        if need > len(self._numbers):
            room = max(need, 2 * len(self._numbers))
            for name in ("_numbers", "_flaws", "_changed"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros(room - len(old), old.dtype)]))
        for place, value in enumerate(fresh, self._known):
            meaning = self._learn(value)
            number = self._absent if meaning.number is None else meaning.number
            self._numbers[place] = self._wrong if meaning.codes else number
            self._changed[place] = meaning.normalised
            if meaning.codes:
                self.reasons.append(meaning.codes)
                self._flaws[place] = len(self.reasons) - 1
            self._plain &= not (meaning.codes or meaning.normalised)
        self._known = need


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a source spells the codes of one field: maps, defaults, texts for "absent"."""

    codes: Mapping[str, str]
    default: str | None
    null: frozenset[str]
    is_text: bool = False

    @classmethod
    def of(cls, source: SourceField, field: Field) -> "Spelling":
        """Return the spelling of a mapped field; one without pattern holds free text."""
        codes = {normalise_label(k): v for k, v in source.codes.items()}
        is_text = field.kind is Kind.CODE and not field.pattern
        return cls(codes, source.default, frozenset(source.null), is_text)

    def text(self, value: Value) -> tuple[str | None, bool]:
        """Return (canonical text or None where absent, whether it was normalised).

        JSON true and false are read as 1 and 0, unless the code map spells them out.
        """
        raw = _spoken(value, self.codes)
        if raw is None or raw in self.null:
            return self.default, False
        label = normalise_label(raw)
        if label in self.codes:
            return self.codes[label], label != raw
        plain = normalise_text(raw) if self.is_text else normalise_code(raw)
        return (plain, plain != raw) if plain else (self.default, False)


def _spoken(value: Value, codes: Mapping[str, str]) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value or None
    if value in (0, 1) and (word := ("false", "true")[int(value)]) in codes:
        return word
    return str(int(value))


class CodeReader:
    """Reads codes with few distinct values into places of a list of texts (or list ids)."""

    absent = ABSENT

    def __init__(
        self, field: Field, source: SourceField, book: RuleBook, check: "Check", ids: bool
    ) -> None:
        self.field, self.path = field, source.path
        self._spelling, self._check, self._ids = Spelling.of(source, field), check, ids
        self._rules = {c: book.add(c, field=field.name, allowed=check.allowed) for c in check.codes}
        self._identity = False
        self._places: dict[str, int] = {}
        self._dictionary = Dictionary(self._learn, np.int32, ABSENT)

    def read(self, values: Packed, faults: Faults) -> Array:
        """Return list ids, or places in the distinct texts."""
        index = self._dictionary.read(values)
        self._dictionary.report(index, faults, self._rules)
        if self._identity:
            faults.identity.add(self.field.name)
        return self._dictionary.numbers(index)

    def texts(self, column: Array) -> list[str]:
        """Return the canonical codes."""
        names = self._check.names if self._ids else dict(enumerate(self._places))
        return [names.get(n, "") for n in column.tolist()]

    def finish(self, column: Array) -> Column:
        """Return list ids as integers, other codes as a factor."""
        if self._ids:
            ids = column.astype(np.int32, copy=False)
            ids[ids < 0] = NO_ID
            return ids
        return Factor(column.astype(np.int32, copy=False), list(self._places))

    def _learn(self, value: Value) -> Meaning:
        if isinstance(value, str) and (code := unsafe_code(value)):
            return Meaning(None, (code,))
        text, normalised = self._spelling.text(value)
        if text is None:
            return Meaning(None, normalised=normalised)
        self._identity |= has_identity(text)
        kept, codes = self._check(text)
        if codes:
            return Meaning(None, codes)
        number = self._check.ids[kept] if self._ids else self._place(kept)
        return Meaning(number, normalised=normalised)

    def _place(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))


class Check(Protocol):
    """Judges one normalised text.

    Attributes:
        codes: every reason it may give; ``allowed`` what would have been right.
        ids, names: code -> id and back, for lists.
    """

    codes: tuple[str, ...]
    allowed: str
    ids: Mapping[str, int]
    names: Mapping[int, str]

    def __call__(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return (text to keep, reasons)."""


class TextReader:
    """Reads texts of which nearly every row has its own; no dictionary, shapes instead."""

    absent = ABSENT

    def __init__(self, field: Field, source: SourceField, book: RuleBook, check: Check) -> None:
        self.field, self.path = field, source.path
        self._spelling, self._check = Spelling.of(source, field), check
        self._rules = {c: book.add(c, field=field.name, allowed=check.allowed) for c in check.codes}
        self._uniform = is_digit_uniform(field.pattern)
        self._plain = not (self._spelling.codes or self._spelling.null or source.default)
        self._shapes: list[DigitShape] = []
        self.values = Texts()

    def read(self, values: Packed, faults: Faults) -> Array:
        """Return places in the list of all texts met."""
        base = len(self.values)
        column = np.arange(base, base + len(values), dtype=np.int32)
        doubtful = self._doubtful(values)
        joined = None if doubtful else values.tokens.joined()
        if joined is not None:
            self.values.add_joined(joined, len(values))
            return column
        texts = list(values)
        for row in doubtful:
            texts[row] = self._understand(values[row], row, column, faults)
        self.values.add([t if isinstance(t, str) else "" for t in texts])
        return column

    def texts(self, column: Array) -> list[str]:
        """Return the texts at the places."""
        return self.values.chosen(column)

    def finish(self, column: Array) -> Column:
        """Return a factor whose values may repeat."""
        return Factor(column.astype(np.int32, copy=False), self.values)

    def _doubtful(self, values: Packed) -> Sequence[int]:
        """Return the rows that need a closer look."""
        everything = range(len(values))
        if not (self._plain and self._uniform):
            return everything
        rest = np.ones(len(values), bool)
        for shape in self._shapes:
            shape.tick_off(values.tokens, rest)
        while rest.any() and len(self._shapes) < _SHAPES:
            if not self._learn_shape(values[int(rest.argmax())]):
                break
            self._shapes[-1].tick_off(values.tokens, rest)
        if any(shape.long for shape in self._shapes):
            joined = values.tokens.joined()  # what is no plain text is looked at more closely
            if joined is None or has_identity(joined):
                return everything
        return np.flatnonzero(rest).tolist()

    def _learn_shape(self, value: Value) -> bool:
        """Learn the shape of a good text."""
        if not is_plain(value) or self._check(value)[1]:
            return False
        self._shapes.append(DigitShape.of(value))
        return True

    def _understand(self, value: Value, row: int, column: NDArray[np.int32], faults: Faults) -> str:
        codes: tuple[str, ...]
        if isinstance(value, str) and (code := unsafe_code(value)):
            text, codes = "", (code,)
        else:
            found, normalised = self._spelling.text(value)
            if found is None:
                column[row] = ABSENT
                return ""
            faults.normalised += normalised
            if has_identity(found):
                faults.identity.add(self.field.name)
            text, codes = self._check(found)
        if codes:
            column[row] = WRONG
        for code in codes:
            faults.add(self._rules[code], np.array([row]))
        return "" if codes else text
