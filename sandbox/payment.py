"""Payments: about 30 % of the dossiers pay on their day of receipt, one transaction each."""

import numpy as np
from numpy.typing import NDArray

from sandbox.catalogue import Catalogue
from sandbox.draw import F64, I64, Draw
from sandbox.frame import DAY, Frame

SHARE = 0.3
"""Share of the received dossiers that carry a payment."""

KINDS = ("PHI", "LE_PHI", "THUE", "PHAT_VPHC", "BHXH_TN", "BHYT", "TAM_UNG_AN_PHI", "DAT_DAI")
METHODS = ("truc-tuyen", "tien-mat", "chuyen-khoan")
STATUSES = ("thanh-cong", "that-bai", "khoi-tao")
PARTNERS = ("PAYGOV", "VNPTPAY", "VIETTELPAY", "KEYPAY", "NAPAS", "VNPAY", "MOMO")
BANKS = ("VCB", "BIDV", "CTG", "VBA", "MB", "TCB", "ACB", "STB", "VPB", "SHB")


def pays(draw: Draw, is_refused: NDArray[np.bool_]) -> I64:
    """Return the positions of the dossiers that pay on their day of receipt."""
    return np.flatnonzero(draw.chance("pays", SHARE) & ~is_refused).astype(np.int64)


def payments(draw: Draw, born: I64, index: I64, catalogue: Catalogue) -> Frame:
    """Return one payment per dossier given, sorted by the time of payment.

    Args:
        draw: draws of the dossiers.
        born: day of receipt, which is the day of payment.
        index: position within the day of receipt; makes the references.
        catalogue: of the agency.
    """
    procedure = draw.pick("procedure", catalogue.weights)
    kind = _per_procedure(catalogue, "obligation")[procedure]
    fee = _per_procedure(catalogue, "fee")[procedure]
    charge = _per_procedure(catalogue, "charge")[procedure]
    free = fee + charge == 0
    other = (50 + draw.below("amount", 2_000)) * 1_000
    paid_at = born * DAY + 27_300 + draw.below("paid_at", 34_000)
    online = draw.unit("channel") < catalogue.online_share
    columns = {
        "born": born,
        "index": index,
        "procedure": procedure,
        "unit": (index + born) % len(catalogue.units),
        "home": (index + born) % len(catalogue.units),
        "sequence": index // len(catalogue.units) + 1,
        "kind": kind,
        "amount": np.where(free, other, fee + charge),
        "fee": fee,
        "charge": charge,
        "status": draw.pick("pay_status", _weights(94, 4, 2)),
        "method": np.where(online, 0, 1 + draw.below("method", 2)),
        "partner": draw.below("partner", len(PARTNERS)),
        "bank": draw.below("bank", len(BANKS)),
        "person": draw.below("person", catalogue.person_count),
        "paid": paid_at,
        "at": paid_at,
    }
    return Frame(columns, draw).take(np.lexsort((index, paid_at)))


def _weights(*parts: float) -> F64:
    return np.array(parts, dtype=np.float64)


def _per_procedure(catalogue: Catalogue, name: str) -> I64:
    rows = catalogue.procedures
    if name == "obligation":
        return np.array([KINDS.index(row[name]) for row in rows], dtype=np.int64)
    return np.array([int(row[name]) for row in rows], dtype=np.int64)
