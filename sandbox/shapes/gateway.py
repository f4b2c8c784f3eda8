"""Payments as a payment gateway gives them: JSON with whole numbers for money."""

from functools import lru_cache

from sandbox.agency import Agency
from sandbox.catalogue import catalogue
from sandbox.frame import Frame
from sandbox.nation import Day
from sandbox.payment import BANKS, METHODS, PARTNERS
from sandbox.person import people
from sandbox.shapes.one_stop import compact
from sandbox.shapes.portal import PAYMENT_KINDS, PAYMENT_STATUSES
from sandbox.shapes.row import payment_rows
from sandbox.spell import ISO_LOCAL


class _Fragments:
    def __init__(self, agency: Agency) -> None:
        lists = catalogue(agency)
        self.procedure = [compact(row["full"] or None) for row in lists.spelled_procedures]
        self.unit = [unit.code for unit in lists.spelled_units]
        self.codes = tuple(unit.code for unit in lists.units)


_fragments = lru_cache(maxsize=512)(_Fragments)


@lru_cache(maxsize=1)
def _payers() -> list[str]:
    return [
        f'"payerName":"{p.name}","payerId":"{p.identity}","account":"{p.account}"}}'
        for p in people()
    ]


def lines(day: Day, frame: Frame) -> list[str]:
    """Return one JSON record per row of the frame, without separators."""
    parts, payers = _fragments(day.agency), _payers()
    rows = payment_rows(frame, parts.codes, ISO_LOCAL)
    agency = day.agency.code
    return [
        f'{{"partnerCode":"{PARTNERS[partner]}","referenceCode":"{agency}-{born}-{index + 1:06d}",'
        f'"transactionCode":"GD{born}{index + 1:08d}","dossierCode":"{code}",'
        f'"procedureCode":{parts.procedure[procedure]},"unitCode":"{parts.unit[unit]}",'
        f'"obligation":"{PAYMENT_KINDS[kind]}","amount":{amount},"fee":{fee},"charge":{charge},'
        f'"status":"{PAYMENT_STATUSES[status]}","method":"{METHODS[method]}",'
        f'"bankCode":"{BANKS[bank]}","paidAt":"{paid}",{payers[person]}'
        for (
            code, born, paid, partner, index, procedure, unit, kind, amount, fee, charge, status,
            method, bank, person,
        ) in rows
    ]  # fmt: skip
