"""Three real files that nobody of this project wrote, judged under their contracts."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.code_list import CodeLists
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


PARTS = {
    "WHOLE COUNTRY", "Red River Delta", "Northern midlands and mountain areas",
    "Northern Central area and Central coastal area", "Central Highlands", "South East",
    "Mekong River Delta",
}  # fmt: skip
NAMED_OTHERWISE = {"Thua Thien-Hue": "46", "Ho Chi Minh city": "79"}


def population(rows: list[tuple[str, str]], declared: int) -> Judged:
    day = date(2020, 12, 31)
    english = CodeLists.load(day).labels("area", "en")
    codes = {name: code for code, name in english.items()} | NAMED_OTHERWISE
    told = [
        {"area_code": codes.get(" ".join(name.split()), name), "average_population": number}
        for name, number in rows
    ]
    where = Partition("G05", "population", day)
    return judge_rows(load_contract("population"), told, where, {"average_population": declared})


def test_the_population_of_2020_gives_its_known_truth_and_the_stated_one_beside_it() -> None:
    with (REAL / "population_2020.csv").open(encoding="utf-8-sig", newline="") as lines:
        _, *read = [(row[0], row[1]) for row in csv.reader(lines) if row]
    stated = dict(read)["WHOLE COUNTRY"]
    assert (len(read), stated) == (70, "97582.70")
    judged = population([row for row in read if row[0] not in PARTS], 975_827)
    assert judged.counts.loaded == 63
    assert judged.totals["average_population"] == 975_826
    assert judged.totals["declared_average_population"] == 975_827
    naive = population(read, 975_827)
    assert [v.code for v in naive.reasons] == ["TOTAL-MISMATCH", "TOO-MANY-REJECTS"]
