"""Document movements as the document axis lists them."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sandbox.catalogue import catalogue
from sandbox.document import STATUSES, TYPES
from sandbox.frame import NULL, Frame
from sandbox.nation import Day
from sandbox.person import CONTENT_MARK, SIGNER_MARK, SUBJECT_MARK, people
from sandbox.spell import SLASHED

_LOOKALIKE = ("Ðề án", "ĐA")
"""U+00D0 ETH where Đ (U+0110) belongs; no normalisation form unites them."""
_DECOMPOSED = (unicodedata.normalize("NFD", "Quyết định"), "QĐ")
SPELLED_TYPES = (*TYPES, _LOOKALIKE, _DECOMPOSED)
SPELLED_STATUSES = (*STATUSES, "99")
UNKNOWN_SENDER = "000.00.00.Z99"


class Movements(NamedTuple):
    """One movement, every value as text except the direction."""

    document_id: str
    is_sent: bool
    sender: str
    receiver: str
    type_name: str
    business: int
    status: str
    priority: int
    moved: str
    issued: str
    subject: str
    signer: str


@lru_cache(maxsize=1)
def _signers() -> list[str]:
    return [f"{SIGNER_MARK} {p.name}" for p in people()]


def movements(day: Day, frame: Frame) -> Iterator[Movements]:
    """Yield the movements of a frame in its order."""
    units = [unit.code for unit in catalogue(day.agency).units]
    senders, signers = day.senders, _signers()
    names = (
        "direction",
        "unit",
        "partner",
        "number",
        "type",
        "business",
        "status",
        "priority",
        "person",
    )
    rows = zip(
        SLASHED.write(frame["moved"]), SLASHED.write_days(frame["issued"]),
        *(frame[name].tolist() for name in names), strict=True,
    )  # fmt: skip
    for (
        moved,
        issued,
        direction,
        unit,
        partner,
        number,
        kind,
        business,
        status,
        priority,
        person,
    ) in rows:
        type_name, notation = SPELLED_TYPES[kind]
        own = units[unit]
        sender = own if direction == 0 else senders[partner % len(senders)]
        yield Movements(
            document_id=f"{sender},{issued},{number}/{notation}-{sender[10:]}",
            is_sent=direction == 0,
            sender=UNKNOWN_SENDER if partner == NULL else sender,
            receiver="" if direction == 0 else own,
            type_name=type_name,
            business=business,
            status=SPELLED_STATUSES[status],
            priority=priority,
            moved=moved,
            issued=issued,
            subject=f"{SUBJECT_MARK} số {number}",
            signer=signers[person],
        )


def lines(day: Day, frame: Frame) -> list[str]:
    """Return one JSON record per movement, without separators."""
    return [_record(m) for m in movements(day, frame)]


def _record(m: Movements) -> str:
    direction = "sent" if m.is_sent else "received"
    receiver = f'"{m.receiver}"' if m.receiver else "null"
    return (
        f'{{"documentId":"{m.document_id}","direction":"{direction}","senderOrganId":"{m.sender}",'
        f'"receiverOrganId":{receiver},"typeName":"{m.type_name}","businessType":{m.business},'
        f'"statusCode":"{m.status}","priority":{m.priority},"movedAt":"{m.moved}",'
        f'"promulgationDate":"{m.issued}","subject":"{m.subject}","signer":"{m.signer}",'
        f'"content":"{CONTENT_MARK} {m.document_id}"}}'
    )
