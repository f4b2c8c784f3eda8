"""Verification: promises that must hold at any time, asked of the whole warehouse."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.errors import ArchiveCorrupt
from hub.desk import Desk
from warehouse.database import read_snapshot, run

MARTS = (
    "dossier_flow",
    "dossier_cut",
    "dossier_before",
    "procedure_field",
    "payment_flow",
    "payment_cut",
    "payment_before",
    "document_flow",
)
"""Marts that loads maintain; each has a view that says the same from scratch."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise and what breaks it.

    Attributes:
        name: what is promised, Vietnamese first.
        checked: how many things were looked at; 0 where the statement does not say.
        offences: one text per offence; empty when the promise holds.
    """

    name: str
    checked: int
    offences: tuple[str, ...]


def verify(desk: Desk, *, archive: bool = True) -> Iterator[Promise]:
    """Yield promises one by one: marts equal their rebuild, balances hold, digests match."""
    for mart in MARTS:
        yield _mart(desk, mart)
    yield _balance(desk)
    if archive:
        yield _archive(desk)


def _mart(desk: Desk, mart: str) -> Promise:
    with read_snapshot(desk.conn()) as cursor:
        rows = run(cursor, f"verify.{mart}").fetchall()
    offences = tuple(f"{agency}: {count} nhóm / groups" for agency, count in rows)
    return Promise(f"mart.{mart} = dựng lại từ core / rebuilt from core", 0, offences)


def _balance(desk: Desk) -> Promise:
    with read_snapshot(desk.conn()) as cursor:
        rows = run(cursor, "verify.balance").fetchall()
    offences = tuple(
        f"{place}: nhận {received}, nạp {loaded} (core {core}), cách ly {held} (bảng {aside})"
        for place, received, loaded, core, held, aside in rows
    )
    return Promise("nhận = nạp + cách ly + trùng / rows balance", 0, offences)


def _archive(desk: Desk) -> Promise:
    with read_snapshot(desk.conn()) as cursor:
        paths = [row[0] for row in run(cursor, "verify.landings")]
    offences = tuple(told for path in paths if (told := _damage(desk, path)))
    return Promise("kho gốc khớp mã băm / archive matches its digests", len(paths), offences)


def _damage(desk: Desk, path: str) -> str:
    """Return what is wrong with a landing, an empty text when all of it can be read."""
    try:
        for _ in desk.archive.read(desk.archive.landing(path)):
            pass
    except ArchiveCorrupt as error:
        return str(error)
    return ""
