"""The administrative map: known mergers by hand, and sums that conserve whatever the day."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.code_list import all_agencies
from tests.warehouse.given import (
    accepted,
    documents,
    dossiers,
    loaded,
    one,
    partition,
    payments,
    rows,
)
from warehouse import ledger
from warehouse.database import Connection
from warehouse.figures import FormRow, form_06a, national_table
from warehouse.map import AgencyFigures, Basis, agency_figures

ROOT = Path(__file__).parents[2]
D = timedelta(days=1)
BEFORE, SINCE = date(2025, 6, 30), date(2025, 7, 1)
REORGANISED = date(2025, 3, 1)
FAR_PAST = datetime(2019, 1, 1, tzinfo=UTC)
FIRST, LAST = date(2020, 1, 1), date(2026, 11, 20)

PLACED = (
    "SELECT m.map_code || ' ' || m.map_name || ' ' || m.mark FROM mart.map_on(%s) AS m"
    " JOIN core.dim_agency AS a USING (agency_id)"
    " WHERE a.agency_code = %s AND %s BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')"
)


def placed(conn: Connection, code: str, day: date, on_day: date) -> str:
    """Where a figure that an agency gave for a day stands on the map of another day."""
    return str(one(conn, PLACED, on_day, code, day)).strip()


def dossiers_of(conn: Connection, agency: str, day: date, count: int) -> None:
    held = [{"code": f"{agency} {day} {n}", "received": day} for n in range(count)]
    loaded(conn, partition(day, agency=agency), accepted(dossiers(held)))


@pytest.mark.parametrize(
    ("code", "day", "on_day", "expected"),
    [
        ("H22", BEFORE, SINCE, "H60 Tuyên Quang"),
        ("H60", BEFORE, SINCE, "H60 Tuyên Quang"),
        ("H22", BEFORE, BEFORE, "H22 Hà Giang"),
        ("H60", SINCE, BEFORE, "H60 Tuyên Quang not_divisible"),
        ("H26", SINCE, BEFORE, "H26 Hà Nội"),
        ("H57", SINCE, date(2024, 12, 31), "H57 Thừa Thiên Huế"),
        ("H57", date(2020, 4, 17), SINCE, "H57 Huế"),
        ("H19", date(2026, 4, 30), SINCE, "H19 Đồng Nai"),
        ("H19", date(2026, 4, 30), BEFORE, "H19 Đồng Nai not_divisible"),
        ("G05", date(2020, 4, 17), REORGANISED, "G12 Bộ Tài chính"),
        ("G21", REORGANISED, date(2020, 4, 17), "G21 Ủy ban Dân tộc"),
        ("G10", REORGANISED, REORGANISED - D, "G10 Bộ Nông nghiệp và Môi trường not_divisible"),
        (
            "G35",
            REORGANISED,
            date(2020, 4, 17),
            "G35 Ủy ban An toàn giao thông quốc gia not_on_map",
        ),
    ],
)
def test_a_figure_stands_where_the_law_put_its_unit(
    warehouse: Connection, code: str, day: date, on_day: date, expected: str
) -> None:
    assert placed(warehouse, code, day, on_day) == expected


def test_a_divided_ministry_stands_under_its_main_heir_with_a_mark(warehouse: Connection) -> None:
    day = date(2020, 4, 17)
    assert placed(warehouse, "G07", day, SINCE) == "G09 Bộ Nội vụ not_divisible"
    assert placed(warehouse, "G14", day, SINCE) == "G06 Bộ Khoa học và Công nghệ not_divisible"
    assert placed(warehouse, "G18", day, SINCE) == "G18 Bộ Y tế"
    assert placed(warehouse, "G18", SINCE, day) == "G18 Bộ Y tế not_divisible"


def test_mergers_of_mergers_are_followed_both_ways(warehouse: Connection) -> None:
    units: list[tuple[str, str, str | None]] = [
        ("A", "0001-01-01", "2009-12-31"),
        ("B", "0001-01-01", "2009-12-31"),
    ]
    units += [("B", "2010-01-01", "2019-12-31"), ("C", "0001-01-01", "2019-12-31")]
    units += [("D", "2020-01-01", None)]
    heirs = [("A", "B", "2010-01-01"), ("B", "B", "2010-01-01"), ("B", "D", "2020-01-01")]
    heirs += [("C", "D", "2020-01-01")]
    with warehouse, warehouse.cursor() as cursor:
        for code, first, last in units:
            cursor.execute(
                "INSERT INTO core.dim_agency"
                " (agency_code, agency_name, full_name, level, kind, valid_from, valid_to)"
                " VALUES (%s, %s, '', 'other', 'other', %s, %s)",
                (code, code, first, last),
            )
        for code, heir, day in heirs:
            cursor.execute(
                "INSERT INTO core.succession VALUES (%s, %s, %s, 'absorbed', '')",
                (code, heir, day),
            )
    days = {1: date(2005, 1, 1), 2: date(2015, 1, 1), 3: date(2025, 1, 1)}
    told = {
        (code, given, asked): placed(warehouse, code, days[given], days[asked])
        for code, given in [("A", 1), ("B", 1), ("C", 1), ("B", 2), ("C", 2), ("D", 3)]
        for asked in days
    }
    assert told == {
        ("A", 1, 1): "A A",
        ("A", 1, 2): "B B",
        ("A", 1, 3): "D D",
        ("B", 1, 1): "B B",
        ("B", 1, 2): "B B",
        ("B", 1, 3): "D D",
        ("C", 1, 1): "C C",
        ("C", 1, 2): "C C",
        ("C", 1, 3): "D D",
        ("B", 2, 1): "B B not_divisible",
        ("B", 2, 2): "B B",
        ("B", 2, 3): "D D",
        ("C", 2, 1): "C C",
        ("C", 2, 2): "C C",
        ("C", 2, 3): "D D",
        ("D", 3, 1): "D D not_divisible",
        ("D", 3, 2): "D D not_divisible",
        ("D", 3, 3): "D D",
    }


@pytest.mark.parametrize(
    ("code", "before", "since"),
    [
        ("15", "H63", "H38"),
        ("24", "H02", "H05"),
        ("44", "H46", "H50"),
        ("52", "H08", "H21"),
        ("80", "H39", "H53"),
        ("82", "H58", "H20"),
        ("91", "H33", "H01"),
        ("10", "H38", None),
        ("01", "H26", "H26"),
    ],
)
def test_a_gso_code_means_the_unit_of_its_day(
    warehouse: Connection, code: str, before: str, since: str | None
) -> None:
    meant = (
        "SELECT (SELECT agency_code FROM core.dim_agency"
        " WHERE agency_id = core.agency_on(%s, %s, 'gso'))"
    )
    assert [one(warehouse, meant, code, day) for day in (BEFORE, SINCE)] == [before, since]


def test_a_short_code_and_a_dotted_code_mean_one_agency(warehouse: Connection) -> None:
    both = "SELECT core.agency_on('H26', %s) = core.agency_on('000.00.00.H26', %s, 'qcvn102')"
    assert one(warehouse, both, SINCE, SINCE) is True


AREA = (
    "SELECT m.map_code || ' ' || m.mark FROM mart.area_map_on(%s) AS m"
    " JOIN core.dim_area AS a USING (area_id) WHERE a.area_code = %s"
    " ORDER BY a.valid_from <= %s DESC, a.valid_from DESC LIMIT 1"
)


@pytest.mark.parametrize(
    ("code", "day", "on_day", "expected"),
    [
        ("15", BEFORE, SINCE, "H38"),
        ("10", BEFORE, SINCE, "H38"),
        ("15", BEFORE, BEFORE, "H63"),
        ("15", SINCE, SINCE, "H38"),
        ("15", SINCE, BEFORE, "H38 not_divisible"),
        ("01", SINCE, BEFORE, "H26"),
        ("00004", SINCE, SINCE, "00004"),
        ("00004", SINCE, BEFORE, "00004 not_on_map"),
    ],
)
def test_a_figure_of_an_area_stands_where_its_province_went(
    warehouse: Connection, code: str, day: date, on_day: date, expected: str
) -> None:
    assert one(warehouse, AREA, on_day, code, day).strip() == expected


def test_every_area_stands_exactly_once_on_every_map(warehouse: Connection) -> None:
    with warehouse, warehouse.cursor() as cursor:
        cursor.execute("INSERT INTO core.dim_area (area_code) VALUES ('99')")
    known = one(warehouse, "SELECT count(*) FROM core.dim_area")
    count = "SELECT count(*) || ' ' || count(DISTINCT area_id) FROM mart.area_map_on(%s)"
    for on_day in (None, date(2020, 1, 1), BEFORE, SINCE):
        assert one(warehouse, count, on_day) == f"{known} {known}"


def test_communes_bring_their_names_and_days_before_the_list_any_code(
    warehouse: Connection,
) -> None:
    for day in (BEFORE, SINCE):
        held = [{"code": str(day), "commune": "00004"}]
        loaded(warehouse, partition(day), accepted(dossiers(held)))
    assert rows(
        warehouse,
        "SELECT c.day, m.commune_name, m.is_inferred FROM core.dossier_change AS c"
        " JOIN core.dim_commune AS m USING (commune_id) ORDER BY c.day",
    ) == [(BEFORE, "", True), (SINCE, "Phường Ba Đình", False)]


def test_no_statement_joins_on_a_name() -> None:
    texts = [p.read_text() for p in sorted((ROOT / "warehouse").rglob("*.sql"))]
    joins = re.findall(r"(?:\bON\b|\bUSING\b|\bAND\b)[^\n]*_name\s*(?:=|\))", "\n".join(texts))
    assert joins == []


def test_an_agency_that_no_register_knows_stands_for_itself(warehouse: Connection) -> None:
    dossiers_of(warehouse, "X01", BEFORE, 1)
    assert placed(warehouse, "X01", BEFORE, SINCE) == "X01 X01"


def test_a_form_over_the_merger_on_three_maps(warehouse: Connection) -> None:
    dossiers_of(warehouse, "H22", BEFORE, 12)
    dossiers_of(warehouse, "H60", BEFORE, 5)
    dossiers_of(warehouse, "H60", SINCE, 4)
    told = {
        basis: [
            (row.agency, row.mark, row.received_total)
            for row in form_06a(warehouse, BEFORE, SINCE, basis)
        ]
        for basis in ("reported", SINCE, BEFORE)
    }
    assert told == {
        "reported": [("H22", "", 12), ("H60", "", 9)],
        SINCE: [("H60", "", 21)],
        BEFORE: [("H22", "", 12), ("H60", "", 5), ("H60", "not_divisible", 4)],
    }


def test_coverage_goes_where_the_figures_go(warehouse: Connection) -> None:
    due = [(partition(BEFORE, agency=code), FAR_PAST) for code in ("H22", "H60")]
    ledger.expect(warehouse, due)
    dossiers_of(warehouse, "H22", BEFORE, 1)
    [row] = form_06a(warehouse, BEFORE, BEFORE, "today")
    assert (row.agency, row.expected, row.covered) == ("H60", 2, 1)
    [figures] = agency_figures(warehouse, BEFORE, BEFORE, "today")
    assert (figures.agency, figures.expected, figures.covered) == ("H60", 2, 1)


def test_an_expected_agency_that_nobody_knows_keeps_its_row(warehouse: Connection) -> None:
    ledger.expect(warehouse, [(partition(BEFORE, agency="X01"), FAR_PAST)])
    assert [row.agency for row in form_06a(warehouse, BEFORE, BEFORE, "today")] == ["X01"]
    assert [row.agency for row in agency_figures(warehouse, BEFORE, BEFORE)] == ["X01"]


def test_a_dossier_told_of_before_and_after_the_merger_counts_once(warehouse: Connection) -> None:
    for day in (BEFORE, SINCE):
        loaded(warehouse, partition(day, agency="H60"), accepted(dossiers([{"code": "A"}])))
    for basis in ("reported", "today", BEFORE):
        found = agency_figures(warehouse, BEFORE, SINCE, basis)
        assert [row.dossiers for row in found] == [1]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(on_day=st.dates(date(1990, 1, 1), date(2040, 12, 31)))
def test_every_agency_stands_exactly_once_on_every_map(warehouse: Connection, on_day: date) -> None:
    count = (
        "SELECT count(*), count(DISTINCT agency_id), (SELECT count(*) FROM core.dim_agency)"
        " FROM mart.map_on(%s)"
    )
    [(standing, distinct, known)] = rows(warehouse, count, on_day)
    assert standing == distinct == known


AGENCIES = [a for a in all_agencies() if not a.valid_to or a.valid_to >= FIRST]


@st.composite
def reports(draw: st.DrawFn) -> tuple[str, date, int, int, int]:
    """An agency, a day of its life, and how many dossiers, documents and payments it tells of."""
    agency = draw(st.sampled_from(AGENCIES))
    first, last = max(agency.valid_from or FIRST, FIRST), min(agency.valid_to or LAST, LAST)
    counts = draw(st.tuples(*[st.integers(0, 4)] * 3))
    return agency.code, draw(st.dates(first, last)), *counts


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    told=st.lists(reports(), min_size=1, max_size=5),
    days=st.tuples(st.dates(FIRST, LAST), st.dates(FIRST, LAST)),
    on_day=st.dates(FIRST, LAST),
)
def test_sums_are_the_same_on_every_basis(
    warehouse: Connection,
    told: Sequence[tuple[str, date, int, int, int]],
    days: tuple[date, date],
    on_day: date,
) -> None:
    for agency, day, *counts in told:
        load_counts(warehouse, agency, day, *counts)
    first, last = min(days), max(days)
    bases: list[Basis] = ["reported", "today", on_day]
    forms = [FormRow.total(form_06a(warehouse, first, last, basis)) for basis in bases]
    assert forms[0] == forms[1] == forms[2]
    sums = [total(agency_figures(warehouse, first, last, basis)) for basis in bases]
    nation = national_table(warehouse, first, last)
    counted = (nation.dossiers, nation.documents_sent, nation.documents_received)
    assert sums[0] == sums[1] == sums[2]
    assert sums[0][:3] == counted
    assert sums[0][3] == sum(paid.count for paid in nation.payments)


def load_counts(
    conn: Connection, agency: str, day: date, dossier: int, document: int, payment: int
) -> None:
    dossiers_of(conn, agency, day, dossier)
    moved = [{"id": f"{agency} {n}", "direction": 1 + n % 2, "to": agency} for n in range(document)]
    where = partition(day, "documents", agency)
    ledger.expect(conn, [(where, FAR_PAST)])
    loaded(conn, where, accepted(documents(moved)))
    paid = [{"code": f"{agency} {n}", "amount": 1000 * n} for n in range(payment)]
    loaded(conn, partition(day, "payments", agency), accepted(payments(paid)))


def total(found: Sequence[AgencyFigures]) -> tuple[int, ...]:
    names = ("dossiers", "documents_sent", "documents_received", "payments", "expected", "covered")
    return tuple(sum(getattr(row, name) for row in found) for name in names)


def test_every_mart_that_has_agencies_keeps_its_sum_on_a_map(warehouse: Connection) -> None:
    for agency, day in [
        ("H22", BEFORE),
        ("H60", BEFORE),
        ("H60", SINCE),
        ("G07", BEFORE - 200 * D),
    ]:
        load_counts(warehouse, agency, day, 3, 3, 3)
    marts = rows(
        warehouse,
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE table_schema = 'mart' AND column_name = 'agency_id'",
    )
    assert ("dossier_flow",) in marts
    for (mart,) in marts:
        plain = one(warehouse, f"SELECT count(*) FROM mart.{mart}")
        joined = f"SELECT count(*) FROM mart.{mart} JOIN mart.map_on(%s) USING (agency_id)"
        assert [one(warehouse, joined, day) for day in (BEFORE, SINCE, None)] == [plain] * 3, mart
