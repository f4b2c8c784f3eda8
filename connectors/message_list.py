"""What the list of a message axis tells: which messages there are, and how each is asked for."""

from collections.abc import Mapping
from itertools import repeat

from pydantic import Field

from connectors.kind import Pattern
from connectors.paging import PagingOptions, Text
from connectors.protocol import Answer, Request
from contracts.errors import ContractBroken, SourceUnsafe


class ListOptions(PagingOptions):
    """Where the list tells what of its messages.

    Attributes:
        ids: path of the messages' ids in the list (``items[].DocId``).
        sort: path of what sort of message each is; empty where the list holds only documents.
        sorts: sorts that are documents; others (receipts, say) are left alone.
        beside: name -> path in the list of a value that the message itself does not tell (when
            it came, to whom); fields find it under that name.
        message: path of a message.
        message_id: query parameter that names it; empty where its id ends the path.
    """

    ids: Text
    sort: str = ""
    sorts: tuple[Text, ...] = ()
    beside: Mapping[Text, Text] = Field(default_factory=dict)
    message: Pattern
    message_id: str = ""

    @property
    def envelope(self) -> tuple[str, ...]:
        """Return the paths of totals, ids, sorts and values beside the messages."""
        return (*super().envelope, self.ids, *self._told)

    @property
    def _told(self) -> tuple[str, ...]:
        return (*((self.sort,) if self.sort else ()), *self.beside.values())

    def read(self, answer: Answer, path: str) -> list[Request | None]:
        """Return the request of every message that is a document, None for each of the others.

        Raises:
            ContractBroken: DRIFT-MISSING, the list does not tell everything of each.
            SourceUnsafe: EGRESS, an id leads to another path.
        """
        ids = str(answer.envelope.get(self.ids) or "").splitlines()
        columns = [str(answer.envelope.get(name) or "").splitlines() for name in self._told]
        if any(len(column) != len(ids) for column in columns):
            raise ContractBroken(
                "The list does not tell everything of every message",
                code="DRIFT-MISSING",
                seen=", ".join(f"{len(column)} of {len(ids)}" for column in columns),
                allowed=", ".join(self._told),
            )
        sorts = columns.pop(0) if self.sort else [""] * len(ids)
        beside = zip(*columns, strict=True) if columns else repeat((), len(ids))
        return [
            self._request(path, name, dict(zip(self.beside, values, strict=True)))
            if not self.sort or sort in self.sorts
            else None
            for name, sort, values in zip(ids, sorts, beside, strict=True)
        ]

    def _request(self, path: str, name: str, beside: Mapping[str, str]) -> Request:
        told = tuple(beside.items())
        if self.message_id:
            return Request(path, query=((self.message_id, name),), optional=True, beside=told)
        if "/" in name or name in {".", ".."}:
            raise SourceUnsafe("The id of a message leads to another path")
        return Request(f"{path}/{name}", optional=True, beside=told)
