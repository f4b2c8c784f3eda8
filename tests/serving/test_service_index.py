"""The index of Decision 766: what is computed, what is not and why, who ranks and who does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from contracts.errors import ConfigError
from serving.service import Service
from warehouse.database import Connection
from warehouse.figures import Coverage
from warehouse.index_definition import FILE, Rule, definition
from warehouse.map import Basis
from warehouse.service_index import AgencyIndex, Scored, ranked, service_index

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 20))
JULY = (date(2025, 7, 1), date(2025, 7, 10))
SHARES = st.decimals(0, 100, places=3)


@pytest.fixture
def snapshot(reading: Service) -> Iterator[Connection]:
    with reading.snapshot() as conn:
        yield conn


def agencies(
    conn: Connection, days: tuple[date, date], basis: Basis = "reported"
) -> dict[str, AgencyIndex]:
    return {row.code + row.mark: row for row in service_index(conn, *days, basis=basis).agencies}


def points(row: AgencyIndex) -> dict[str, str]:
    return {
        one.component.code: f"{one.numerator}/{one.denominator} {one.points:.2f}"
        for one in row.scored
        if one.points is not None
    }


def test_the_whole_index_has_100_points_of_which_46_can_be_computed() -> None:
    known = definition()
    assert sum(one.max for one in known.components()) == 100
    assert known.computable == 46
    assert {one.code: int(one.max) for one in known.computed} == {
        "dossiers_in_time": 20,
        "electronic_results": 6,
        "services_online": 2,
        "services_used": 4,
        "dossiers_online": 6,
        "services_paid": 2,
        "payments_online": 6,
    }


def test_what_is_not_computed_says_why_in_both_languages() -> None:
    absent = [one for one in definition().components() if not one.is_computed]
    assert len(absent) == 10
    assert all(one.absent_vi and one.absent_en for one in absent)


@pytest.mark.parametrize(
    ("code", "share", "earned"),
    [
        ("dossiers_in_time", 90, "18"),
        ("services_online", 80, "2"),
        ("services_online", 50, "0.8"),
        ("dossiers_online", 50, "6"),
        ("dossiers_online", "49.9", "3"),
        ("services_paid", "49.9", "0"),
        ("payments_online", 30, "6"),
    ],
)
def test_a_share_earns_what_the_decision_says(code: str, share: str | int, earned: str) -> None:
    one = next(one for one in definition().computed if one.code == code)
    assert one.rule is not None
    assert one.rule.points(Decimal(share), one.max) == Decimal(earned)


@given(low=SHARES, high=SHARES, rule=st.sampled_from([one.rule for one in definition().computed]))
def test_a_higher_share_never_earns_less(low: Decimal, high: Decimal, rule: Rule) -> None:
    least, most = sorted((low, high))
    assert 0 <= rule.points(least, Decimal(6)) <= rule.points(most, Decimal(6)) <= 6


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("max: 18", "max: 19", "the components come to 18 points"),
        ("numerator: payments_online", "numerator: payments_maybe", "unknown measures"),
        ("denominator: payments\n", "\n", "either two measures and a rule"),
        ("least: 90", "least: 70", "bands go from high to low"),
    ],
)
def test_a_definition_that_does_not_hold_together_is_refused(
    tmp_path: Path, was: str, becomes: str, told: str
) -> None:
    path = tmp_path / "index.yaml"
    text = FILE.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes), "utf-8")
    with pytest.raises(ConfigError, match=told):
        definition(path)


def test_every_component_of_an_agency_is_counted_from_its_feeds(snapshot: Connection) -> None:
    assert points(agencies(snapshot, NOVEMBER)["G01"]) == {
        "dossiers_in_time": "292/365 16.00",
        "electronic_results": "739/1099 4.03",
        "services_online": "20/20 2.00",
        "services_used": "17/20 3.40",
        "dossiers_online": "162/306 6.00",
        "services_paid": "8/12 2.00",
        "payments_online": "46/85 6.00",
    }


def test_dossiers_in_time_are_those_that_their_last_states_tell(snapshot: Connection) -> None:
    first, last = NOVEMBER
    shown = agencies(snapshot, NOVEMBER)
    with snapshot.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (a.agency_code, c.key) a.agency_code, s.code, c.received_on,"
            " c.due_on, coalesce(c.finished_on, c.returned_on, c.day)"
            " FROM core.dossier_change AS c JOIN core.dim_agency AS a USING (agency_id)"
            " JOIN core.code AS s ON s.list = 'dossier_status' AND s.id = c.status_id"
            " ORDER BY a.agency_code, c.key, c.day DESC"
        )
        handled: dict[str, int] = {}
        late: dict[str, int] = {}
        for code, status, received, due, ended in cursor:
            if status in {"registered", "refused", "deleted"} or received > last:
                continue
            is_open = status not in {"finished", "returned", "withdrawn", "stopped"}
            if is_open or ended > last:
                is_late = due is not None and due < last
            elif ended < first:
                continue
            else:
                is_late = status in {"finished", "returned"} and due is not None and ended > due
            handled[code] = handled.get(code, 0) + 1
            late[code] = late.get(code, 0) + is_late
    for code in ("G01", "G22", "H26", "H60"):
        row = shown[code].scored[0]
        assert (row.denominator, row.numerator) == (handled[code], handled[code] - late[code])


def test_services_in_use_are_those_that_a_dossier_came_through_online(
    snapshot: Connection,
) -> None:
    used = {one.component.code: one for one in agencies(snapshot, NOVEMBER)["G22"].scored}
    with snapshot.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT left(p.procedure_code, 8))"
            " FROM mart.dossier_state AS c JOIN core.dim_agency AS a USING (agency_id)"
            " JOIN core.dim_procedure AS p USING (procedure_id)"
            " WHERE a.agency_code = 'G22' AND c.channel_id = 2 AND c.status_id NOT IN (1, 3, 11)"
            " AND c.received_on BETWEEN %s AND %s",
            NOVEMBER,
        )
        assert cursor.fetchall() == [(used["services_used"].numerator,)]


def test_the_score_is_what_was_reached_of_what_can_be_computed(snapshot: Connection) -> None:
    row = agencies(snapshot, NOVEMBER)["G01"]
    assert (f"{row.reached:.2f}", row.computable, f"{row.score:.1f}") == (
        "39.43",
        Decimal(46),
        "85.7",
    )


def test_an_agency_that_lacks_a_day_is_scored_but_not_ranked(snapshot: Connection) -> None:
    shown = agencies(snapshot, NOVEMBER)
    assert {code: (row.rank, row.days) for code, row in shown.items()} == {
        "G01": (1, Coverage(21, 21)),
        "G22": (2, Coverage(21, 21)),
        "H26": (None, Coverage(21, 20)),
        "H60": (None, Coverage(21, 20)),
    }
    assert f"{shown['H26'].score:.1f}" == "81.9"


def test_a_feed_outside_of_the_score_takes_no_rank_away(snapshot: Connection) -> None:
    # The documents of Bộ Công an were rejected on 2026-11-13; the score does not rest on them.
    assert agencies(snapshot, NOVEMBER)["G01"].rank == 1


def test_the_newest_month_stands_for_one_that_is_not_over(snapshot: Connection) -> None:
    spans = service_index(snapshot, *NOVEMBER).spans
    assert spans["service_catalogue"] == (date(2026, 10, 1), date(2026, 10, 31))
    assert spans["dossiers"] == NOVEMBER


def test_on_today_s_map_a_merged_province_answers_for_both(snapshot: Connection) -> None:
    reported, today = agencies(snapshot, JULY), agencies(snapshot, JULY, "today")
    results = [
        next(one for one in rows["H60"].scored if one.component.code == "electronic_results")
        for rows in (reported, today)
    ]
    assert [(one.numerator, one.denominator) for one in results] == [(3776, 5573), (7283, 10540)]
    assert results[1].coverage == Coverage(2, 2)
    assert (reported["H60"].rank, today["H60"].rank) == (2, 2)


def test_on_the_map_before_the_merger_its_figures_cannot_be_divided_and_do_not_rank(
    snapshot: Connection,
) -> None:
    shown = agencies(snapshot, JULY, date(2025, 6, 30))
    assert [code for code in shown if code.startswith("H")] == ["H26", "H60not_divisible"]
    assert shown["H60not_divisible"].rank is None
    assert shown["H26"].rank == 1


def test_before_the_merger_both_provinces_rank(snapshot: Connection) -> None:
    shown = agencies(snapshot, (date(2025, 6, 20), date(2025, 6, 30)))
    ranks = {code: row.rank for code, row in shown.items() if row.is_province}
    assert ranks == {"H22": 2, "H26": 1, "H60": 3}


def test_an_equal_score_has_an_equal_rank_and_the_next_one_is_skipped() -> None:
    rows = [index_of(code, share) for code, share in (("H01", 50), ("H05", 90), ("H12", 50))]
    rows.append(index_of("H13", 40))
    assert [row.rank for row in ranked(rows)] == [2, 1, 2, 4]


def test_provinces_and_ministries_rank_apart() -> None:
    rows = [index_of("G01", 10), index_of("H01", 50), index_of("G02", 5)]
    assert [row.rank for row in ranked(rows)] == [1, 1, 2]


def test_who_is_not_whole_does_not_move_the_others() -> None:
    best = replace(index_of("H01", 99), days=Coverage(30, 29))
    assert [row.rank for row in ranked([best, index_of("H05", 50)])] == [None, 1]


def test_who_owes_nothing_is_not_ranked() -> None:
    assert ranked([replace(index_of("H01", 99), days=Coverage(0, 0))])[0].rank is None


def index_of(code: str, share: int) -> AgencyIndex:
    one = definition().computed[0]
    scored = Scored(one, share, 100, Decimal(share), Decimal(share) / 5, Coverage(30, 30))
    return AgencyIndex(code, code, "province", "", Coverage(30, 30), (scored,))


def test_the_page_shows_every_component_computed_or_with_its_reason(client: TestClient) -> None:
    text = client.get("/index-766?agency=H26").text
    for one in definition().components():
        assert one.name_vi in text
        assert one.is_computed or (one.absent_vi and f"Chưa có dữ liệu: {one.absent_vi}" in text)
    assert "Đạt 37,7 trong 46 điểm tính được: 81,9 trên thang 100" in text
    assert "954 hồ sơ còn hạn hoặc xong đúng hạn / 1.378 hồ sơ phải giải quyết" in text
    assert "◌ 19/20 phần" in text


def test_a_component_that_cannot_be_divided_says_so(client: TestClient) -> None:
    text = client.get("/index-766?agency=H60&period=2025-07&map=2025-06-30").text
    assert "chưa nhận được phần nào của Kết quả điện tử." in text
    assert "không xếp hạng (không tách được)" in text


def test_the_page_is_there_in_english(client: TestClient) -> None:
    text = client.get("/index-766?lang=en&rank=ministry").text
    assert "7 of 17 components can be computed from what was received, 46 of 100 points" in text
    assert "Bộ Công an leads; 1 below Fair" in text
    assert "Index of service to people and business (Decision 766)" in text


def test_an_unknown_agency_or_group_is_told_so(client: TestClient) -> None:
    assert client.get("/index-766?agency=H99").status_code == 404
    answer = client.get("/index-766?rank=village")
    assert (answer.status_code, answer.json()["allowed"]) == (400, "province, ministry")


def test_a_period_that_nobody_owes_yet_has_no_agency(client: TestClient) -> None:
    text = client.get("/index-766?period=2027-05").text
    assert "Không đơn vị nào phải nộp hồ sơ trong kỳ này." in text
