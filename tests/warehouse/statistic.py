"""What a test of statistics is given: a frame of any feed, written as rows of contract fields.

A row says what it has; texts become factors, days days, whole numbers stay. Codes of lists are
written as their ids, decimals in the contract's smallest unit (17.97 % with 2 digits is 1797).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from contracts.code_list import all_agencies
from contracts.key import hash_texts
from contracts.partition import Partition
from contracts.verdict import NULL, Column, Frame
from tests.warehouse.given import accepted, claimed, factor, integers, landing_of
from warehouse import ledger
from warehouse.database import Connection
from warehouse.fact_table import FACTS, FactColumn, How
from warehouse.load import load
from warehouse.mart import EPOCH

APRIL, AUGUST, YEAR_END = date(2020, 4, 30), date(2020, 8, 31), date(2020, 12, 31)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
YES, NO = 1, 2
FORMS, SUBMIT, TRANSACT = 2, 3, 4


def frame(feed: str, rows: Sequence[Mapping[str, Any]]) -> Frame:
    """A frame of a feed; rows may leave fields out."""
    columns: dict[str, Column] = {
        "key": np.sort(hash_texts([str(sorted(row.items(), key=str)) for row in rows])),
        "row_number": np.arange(len(rows), dtype=np.int64),
    }
    for column in FACTS[feed].columns[2:]:
        columns[column.source] = _column(column, [row.get(column.source) for row in rows])
    named = {name for row in rows for name in row}
    assert named <= set(columns), named - set(columns)
    return Frame(len(rows), columns)


def _column(column: FactColumn, values: Sequence[Any]) -> Any:
    if column.how in (How.MEMBER, How.HASH):
        return factor(values)
    return integers([_integer(value) for value in values])


def _integer(value: object) -> int:
    match value:
        case None:
            return NULL
        case date():
            return (value - EPOCH).days
        case int():
            return value
    raise TypeError(value)


def given(
    conn: Connection, agency: str, feed: str, day: date, told: Sequence[Mapping[str, Any]]
) -> None:
    """Expect a partition and load it."""
    where = Partition(agency, feed, day)
    ledger.expect(conn, [(where, LONG_AGO)])
    judged = accepted(frame(feed, told))
    token = claimed(conn, where, f"{feed}@1.0.0")
    landing = landing_of(where, token, judged)
    ledger.landed(conn, token, landing)
    assert load(conn, token, where, judged, landing) == "loaded"


def evaluation() -> list[dict[str, Any]]:
    """22 ministries and 63 provinces: 5 and 22 under 10 %, 2 at 100 %, mean 17.97 %."""
    ministries = [f"G{n:02d}" for n in range(1, 23)]
    provinces = [a.code for a in all_agencies() if a.level == "province" and a.valid(AUGUST)]
    shares = dict.fromkeys([*ministries[:5], *provinces[:22]], 500) | {"G14": 10_000, "G18": 10_000}
    rest = [code for code in (*ministries, *provinces) if code not in shares]
    left = 1_797 * 85 - sum(shares.values())
    shares |= dict.fromkeys(rest, left // len(rest))
    shares[rest[0]] += left % len(rest)
    return [
        {"evaluated_code": code, "services_total": 1, "services_level4": 0, "level4_share": share}
        for code, share in shares.items()
    ]


def stated(document: str, hundredths: int, *, precision: int) -> dict[str, Any]:
    return {
        "figure_code": "accounts",
        "document": document,
        "value": hundredths,
        "precision": precision,
        "first_on": date(2019, 12, 9),
        "as_of": APRIL,
        "unit_name": "tài khoản",
    }


ROWS: dict[str, dict[str, Any]] = {
    "dossier_statistics": {
        "form": 2,
        "unit_code": "H26.01",
        "field_code": "DK.01",
        "procedure_code": "1.000001",
        "received_online": 6,
        "received_direct_postal": 3,
        "carried_over": 1,
        "received_total": 10,
        "resolved_early": 2,
        "resolved_ontime": 4,
        "resolved_late": 1,
        "resolved_total": 7,
        "pending_intime": 2,
        "pending_late": 1,
        "pending_total": 3,
    },
    "service_catalogue": {
        "procedure_code": "1.000001",
        "unit_code": "H26.01",
        "field_code": "DK.01",
        "service_level": TRANSACT,
        "regime": 1,
        "integrated": YES,
        "integrated_on": date(2020, 3, 1),
        "has_payment": NO,
    },
    "portal_usage": {"channel": 2, "new_accounts": 7, "visits": 5_000_000_000},
    "work_files": {
        "unit_code": "H26.01",
        "level": 3,
        "files_total": 50,
        "files_online": 20,
        "files_secret": 4,
    },
    "cabinet_sessions": {"kind": 2, "held_on": date(2020, 4, 2), "papers_replaced": 159},
    "usage_evaluation": {
        "evaluated_code": "H29",
        "services_total": 10_000,
        "services_level4": 1_797,
        "level4_share": 1_797,
    },
    "platform_traffic": {
        "platform_code": "H26",
        "service_code": "dancu.xacthuc",
        "requests": 900,
        "failures": 3,
        "connected_on": date(2020, 2, 1),
    },
    "socioeconomic_indicators": {
        "indicator_code": "GRDP",
        "area_code": "01",
        "reporting_period": "2020-Q1",
        "value_kind": 2,
        "approved": NO,
        "value": -37_210,
        "unit_name": "phan_tram",
    },
    "population": {"area_code": "15", "average_population": 8_316},
    "electronic_results": {
        "unit_code": "H26.01",
        "procedure_code": "1.000001",
        "results_issued": 40,
        "results_electronic": 8,
    },
    "security_incidents": {
        "incident_kind": 1,
        "reporting_period": "2020-01..2020-04",
        "incidents": None,
        "change_percent": -514,
        "compared_period": "2019-01..2019-04",
    },
    "published_figures": {
        "figure_code": "level4_share_mean",
        "document": "002",
        "value": 1_797,
        "precision": 1,
        "first_on": None,
        "as_of": date(2020, 8, 20),
        "unit_name": "%",
    },
}
"""Feed -> one row of it, as the judge hands it on."""
