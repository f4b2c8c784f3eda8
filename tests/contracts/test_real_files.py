"""Two real files that nobody of this project wrote, judged under their small contracts."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.model import load_contract
from contracts.moment import BAD
from contracts.partition import Partition
from contracts.source_map import SourceField, SourceMap
from contracts.verdict import Judged
from tests.contracts.example import judge_rows

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="../shared/real is not on this machine")

PLANNING = {
    "dossier_code": "CASE REFERENCE",
    "procedure_code": "SERVICE TYPE",
    "unit_code": "WARD",
    "received_at": "CASE DATE",
    "due_at": "DECISION TARGET DATE",
    "finished_at": "DECISION DATE",
}
SPENDING = {
    "partner_code": "Entity",
    "reference_code": "Expense area",
    "transaction_code": "Transaction number",
    "amount": "Amount",
    "paid_at": "Date",
}


def judge(feed: str, name: str, day: date, headers: dict[str, str], file: str) -> Judged:
    contract = load_contract(feed, name)
    fields = {
        field: SourceField(
            path=field,
            format="dd/MM/yyyy" if field.endswith("_at") else None,
            thousands="," if field == "amount" else None,
        )
        for field in headers
    }
    fields["status"] = SourceField(default="succeeded" if feed == "payments" else None)
    with (REAL / file).open(encoding="cp1252", newline="") as lines:
        read = [{(k or "").strip(): v for k, v in r.items()} for r in csv.DictReader(lines)]
    rows: list[dict[str, Any]] = [
        {field: row[header] for field, header in headers.items()}
        for row in read
        if any(row.values())
    ]
    return judge_rows(
        contract, rows, Partition("X01", feed, day), {"rows": len(rows)}, SourceMap(fields=fields)
    )


def test_the_planning_desk_gives_its_known_truth() -> None:
    judged = judge(
        "dossiers",
        "planning_desk",
        date(2017, 8, 31),
        PLANNING,
        "planning_applications_2017_08.csv",
    )
    assert (judged.counts.received, judged.counts.loaded) == (2146, 2145)
    (row,) = judged.quarantine
    assert [(v.rule, v.code, v.seen) for v in row.violations] == [
        ("received_before_finished", "LOGIC", "03/10/2016")
    ]
    due, done = (np.asarray(judged.frame.columns[n]) for n in ("due_at", "finished_at"))
    decided, promised = done > BAD, due > BAD
    # of the 1,053 decided on time one was decided before its case date: the quarantined one
    assert np.count_nonzero(decided & promised & (done <= due)) == 1052
    assert np.count_nonzero(decided & promised & (done > due)) == 392
    assert np.count_nonzero(decided & ~promised) == 7
    status = np.asarray(judged.frame.columns["status"])
    assert np.count_nonzero(status == 9) == 1451


def test_the_departmental_spending_gives_its_known_truth() -> None:
    judged = judge(
        "payments", "departmental_spending", date(2018, 9, 30), SPENDING, "spending_2018_09.csv"
    )
    assert (judged.counts.loaded, judged.counts.duplicates) == (406, 0)
    assert judged.totals["amount"] == 11_846_170_902
