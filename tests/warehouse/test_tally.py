"""Tallies: any days, any cut and any map say what single dossiers say."""

from datetime import date, timedelta

from tests.warehouse.given import accepted, dossiers, loaded, partition
from tests.warehouse.statistic import ROWS, given
from warehouse.database import Connection
from warehouse.tally import COUNTERS, TallyRow, tally

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
QUARTER = (date(2026, 9, 15), date(2026, 12, 14))
D = timedelta(days=1)


def told(row: TallyRow) -> dict[str, int]:
    """Counters that are not 0."""
    return {name: count for name, count in row.counts.items() if count}


def fill(conn: Connection) -> None:
    """Four dossiers of H26 over two months, told on three days."""
    first, second, third = date(2026, 9, 20), date(2026, 10, 20), date(2026, 11, 3)
    loaded(
        conn,
        partition(first),
        accepted(
            dossiers(
                [
                    {"code": "A", "received": first, "due": first + 40 * D, "level": 5},
                    {"code": "B", "received": first, "due": first + 10 * D, "channel": 1},
                ]
            )
        ),
    )
    loaded(
        conn,
        partition(second),
        accepted(
            dossiers(
                [
                    {
                        "code": "B",
                        "received": first,
                        "due": first + 10 * D,
                        "channel": 1,
                        "status": 9,
                        "finished": second,
                    },
                    {"code": "C", "received": second, "channel": 2, "level": 6, "unit": "H26.02"},
                ]
            )
        ),
    )
    loaded(
        conn, partition(third), accepted(dossiers([{"code": "E", "received": third, "channel": 3}]))
    )


def test_a_month_has_its_flows_and_the_stocks_at_both_ends(warehouse: Connection) -> None:
    fill(warehouse)
    (row,) = tally(warehouse, *OCTOBER, cut="agency")
    assert (row.code, told(row)) == (
        "H26",
        {
            "submitted": 1,
            "received": 1,
            "received_online": 1,
            "received_online_partial": 1,
            "carried_over": 2,
            "resolved_late": 1,
            "pending": 2,
            "pending_late": 1,
        },
    )


def test_a_period_of_the_other_calendar_is_cut_on_its_own_days(warehouse: Connection) -> None:
    fill(warehouse)
    (row,) = tally(warehouse, *QUARTER, cut="agency")
    assert told(row) == {
        "submitted": 4,
        "received": 4,
        "received_online": 2,
        "received_online_full": 1,
        "received_online_partial": 1,
        "received_direct": 1,
        "received_postal": 1,
        "resolved_late": 1,
        "pending": 3,
        "pending_late": 1,
    }


def test_days_within_a_week_are_exact(warehouse: Connection) -> None:
    fill(warehouse)
    day = date(2026, 10, 20)
    (before,) = tally(warehouse, date(2026, 10, 16), day - D, cut="agency")
    (on,) = tally(warehouse, day, day, cut="agency")
    assert (told(before)["pending"], before.counts["resolved_late"]) == (2, 0)
    assert (on.counts["carried_over"], on.counts["resolved_late"]) == (2, 1)


def test_every_cut_sums_to_the_same_counters(warehouse: Connection) -> None:
    fill(warehouse)
    whole = tally(warehouse, *QUARTER, cut="agency")[0].counts
    for cut in ("unit", "field", "procedure"):
        rows = tally(warehouse, *QUARTER, cut=cut, agency="H26")
        assert {name: sum(row.counts[name] for row in rows) for name in COUNTERS} == whole


def test_units_stand_under_their_codes(warehouse: Connection) -> None:
    fill(warehouse)
    rows = tally(warehouse, *OCTOBER, cut="unit")
    assert [(row.code, row.counts["received"], row.counts["pending"]) for row in rows] == [
        ("H26.01", 0, 1),
        ("H26.02", 1, 1),
    ]


def test_a_field_follows_the_newest_catalogue_whichever_comes_last(warehouse: Connection) -> None:
    fill(warehouse)
    entry = ROWS["service_catalogue"]
    for month, field in ((date(2026, 10, 31), "G15-HT"), (date(2026, 9, 30), "G01-CT")):
        told = [entry | {"procedure_code": "1.000001", "field_code": field}]
        given(warehouse, "H26", "service_catalogue", month, told)
    assert [row.code for row in tally(warehouse, *OCTOBER, cut="field")] == ["G15-HT"]


def test_an_agency_that_ended_stands_on_todays_map(warehouse: Connection) -> None:
    day = date(2025, 6, 20)
    loaded(
        warehouse,
        partition(day, agency="H22"),
        accepted(dossiers([{"code": "A", "received": day}])),
    )
    asked = (date(2025, 6, 1), date(2025, 6, 30))
    assert [row.code for row in tally(warehouse, *asked, cut="agency")] == ["H22"]
    assert [row.code for row in tally(warehouse, *asked, cut="agency", basis="today")] == ["H60"]
    assert tally(warehouse, *asked, cut="agency", basis="today", agency="H22") == []
