"""Tombstones: rows by which a source says that it deleted a record.

Of a tombstone only its key and its day are judged; all it loads is the key and the state
``deleted``, as the last change of its record (docs/adr/0007-a-tombstone-is-a-last-change.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.code_list import CodeLists
from contracts.column import Array, Reader
from contracts.errors import ConfigError
from contracts.fault import Faults
from contracts.model import Contract, Field, Kind
from contracts.page import Value
from contracts.program import Program
from contracts.source_map import Tombstone

DELETED = "deleted"
"""Code of the state that a tombstone stands for, in the list of the contract's state field."""


@dataclass(frozen=True, slots=True)
class Burial:
    """What a source's tombstones do to the columns of a contract.

    Attributes:
        path: where the source says that a record is deleted.
        said: received values that say so.
        field: the contract's state; ``state`` the id that says deleted.
        emptied: fields that a tombstone does not tell of, by their readers.
        judged: numbers of the rules that hold for tombstones too.
    """

    path: str
    said: frozenset[Value]
    field: str
    state: int
    emptied: Mapping[str, Reader]
    judged: frozenset[int]

    @classmethod
    def of(cls, tombstone: Tombstone, contract: Contract, program: Program) -> "Burial":
        """Return how a source's tombstones are buried under a contract.

        Raises:
            ConfigError: the contract has no state that says deleted.
        """
        state = state_of(contract, program.lists)
        if state is None:
            raise ConfigError(
                "a feed without a state cannot tell of deleted records",
                where=contract.id,
                seen=f"tombstone: {tombstone.path}",
                allowed=f"a contract with one field whose list has the code {DELETED}",
            )
        key = set(contract.key)
        return cls(
            path=tombstone.path,
            said=frozenset(said for text in tombstone.values for said in _spellings(text)),
            field=state.name,
            state=program.lists.ids(state.list)[DELETED],
            emptied={name: r for name, r in program.readers.items() if name not in key},
            judged=frozenset(
                number
                for number, line in enumerate(program.book.lines)
                if line.field in key
                or (line.field == contract.day_field and line.code != "REQUIRED")
            ),
        )

    def bury(
        self, values: Sequence[Value], columns: dict[str, Array], faults: Faults
    ) -> NDArray[np.bool_]:
        """Leave key and state of the tombstones of a block, and the faults that count for them."""
        gone = np.fromiter((value in self.said for value in values), bool, len(values))
        if gone.any():
            faults.spare(gone, self.judged)
            for name, reader in self.emptied.items():
                columns[name] = np.where(gone, reader.absent, columns[name]).astype(
                    columns[name].dtype
                )
            columns[self.field][gone] = self.state
        return gone


def state_of(contract: Contract, lists: CodeLists) -> Field | None:
    """Return the field that can say ``deleted``, None where the feed has no such state."""
    found = [f for f in contract.fields if f.kind is Kind.LIST and DELETED in lists.ids(f.list)]
    return found[0] if len(found) == 1 else None


def _spellings(text: str) -> tuple[Value, ...]:
    """Return the received values that a configured text means (True is also 1, False 0)."""
    match text.lower():
        case "true":
            return text, True
        case "false":
            return text, False
        case _:
            return (text, int(text)) if text.isascii() and text.isdecimal() else (text,)
