from datetime import date, timedelta

import numpy as np
import pytest

from sandbox.frame import DAY, NULL
from sandbox.nation import FEEDS, Nation
from sandbox.press import SHAPES, Press
from sandbox.truth import truth
from sandbox.volume import DOSSIERS, day_number

DAY_2020 = date(2020, 4, 15)
DAY_2026 = date(2026, 11, 20)


def text(nation: Nation, shape: str, agency: str, day: date) -> bytes:
    return bytes(Press(nation).day(agency, SHAPES[shape], day).text)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_same_seed_gives_the_same_bytes_in_any_order_of_requests(shape: str) -> None:
    one, two = Nation(scale=0.05), Nation(scale=0.05)
    days = [DAY_2020 - timedelta(i) for i in range(3)]
    forward = [text(one, shape, "H26", day) for day in days]
    backward = [text(two, shape, "H26", day) for day in reversed(days)]
    assert forward == backward[::-1]
    assert len(set(forward)) == 3


def test_another_seed_gives_other_bytes() -> None:
    one = text(Nation(seed=1, scale=0.05), "one_stop_rest", "H26", DAY_2020)
    two = text(Nation(seed=2, scale=0.05), "one_stop_rest", "H26", DAY_2020)
    assert one != two


def test_every_dossier_of_the_window_is_received_in_it_exactly_once() -> None:
    nation = Nation(scale=0.02, dirt=0)
    seen: set[tuple[int, int]] = set()
    received = 0
    for i in range(DOSSIERS.days):
        day = nation.day("H29", "dossiers", DOSSIERS.first + timedelta(i))
        assert day is not None
        seen.update(zip(day.frame["born"].tolist(), day.frame["index"].tolist(), strict=True))
        is_new = (day.frame["received"] != NULL) & (
            day.frame["received"] // DAY == day_number(day.day)
        )
        received += int(is_new.sum())
    days = [DOSSIERS.first + timedelta(i) for i in range(DOSSIERS.days)]
    expected = sum(nation.received("H29", day) for day in days)
    assert expected == 6912
    assert len(seen) == expected
    assert received == expected


def test_a_day_tells_each_dossier_once() -> None:
    day = Nation(scale=0.2, dirt=0).day("H29", "dossiers", DAY_2026)
    assert day is not None
    keys = set(zip(day.frame["born"].tolist(), day.frame["index"].tolist(), strict=True))
    assert len(keys) == day.frame.rows > 500


def test_dates_of_a_life_stand_in_order() -> None:
    day = Nation(scale=1.0, dirt=0).day("H29", "dossiers", DAY_2026)
    assert day is not None
    frame = day.frame
    for earlier, later in [
        ("submitted", "received"),
        ("received", "finished"),
        ("finished", "returned"),
    ]:
        both = (frame[earlier] != NULL) & (frame[later] != NULL)
        assert both.any()
        assert (frame[earlier][both] <= frame[later][both]).all()
    assert (frame["updated"] // DAY == day_number(DAY_2026)).all()
    done = np.isin(frame["status"], [9, 10])
    assert (frame["finished"][done] != NULL).all()
    assert set(frame["status"].tolist()) == set(range(1, 11))


def test_about_nine_percent_are_finished_late() -> None:
    nation = Nation(scale=1.0, dirt=0)
    late = finished = 0
    for i in range(7):
        day = nation.day("H29", "dossiers", date(2020, 3, 2) + timedelta(i))
        assert day is not None
        today = day.frame["finished"] // DAY == day_number(day.day)
        is_late = (
            today
            & (day.frame["due"] != NULL)
            & (day.frame["finished"] // DAY > day.frame["due"] // DAY)
        )
        finished += int(today.sum())
        late += int(is_late.sum())
    assert 0.08 <= late / finished <= 0.10


def test_about_thirty_percent_of_the_dossiers_pay_on_their_day_of_receipt() -> None:
    nation = Nation(scale=1.0, dirt=0)
    day = nation.day("H29", "payments", DAY_2020)
    assert day is not None
    assert day.frame.rows / nation.received("H29", DAY_2020) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("feed", FEEDS)
def test_without_dirt_nothing_is_quarantined(feed: str) -> None:
    entries = list(truth(Nation(scale=0.05, dirt=0), feed, DAY_2026, DAY_2026))
    assert len(entries) > 50
    assert all(entry["rows"] == entry["good"] == entry["keys"] for entry in entries)


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("share", [0.004, 0.5])
def test_no_day_is_quarantined_by_a_tenth(feed: str, share: float) -> None:
    entries = list(truth(Nation(scale=0.05, dirt=share), feed, DAY_2026, DAY_2026))
    for entry in entries:
        assert entry["rows"] == entry["good"] + entry["quarantined"] + entry["duplicates"]
        assert entry["quarantined"] * 10 < max(entry["rows"], 1)
    if share == 0.5:
        assert sum(entry["quarantined"] for entry in entries) > 0


def test_a_volume_set_by_hand_is_the_number_of_rows_served() -> None:
    nation = Nation(scale=0.01)
    for i, feed in enumerate([*FEEDS, "dossiers", "dossiers"]):
        nation.volumes["H34", feed, DAY_2026 + timedelta(i)] = 5_000 + i
    nation.forget()
    for (code, feed, place), rows in nation.volumes.items():
        day = nation.day(code, feed, place)
        assert day is None or day.frame.rows == rows
    assert nation.day("H34", "dossiers", DAY_2026) is None, "H34 ended with 2025-06-30"


def test_volumes_on_following_days_are_each_exact() -> None:
    nation = Nation(scale=0.01)
    for i in range(3):
        nation.volumes["H26", "dossiers", DAY_2026 + timedelta(i)] = 3_000 - i
    nation.forget()
    seen = [nation.day("H26", "dossiers", DAY_2026 + timedelta(i)) for i in range(3)]
    assert [day.frame.rows for day in seen if day] == [3_000, 2_999, 2_998]


@pytest.mark.parametrize("feed", FEEDS)
def test_a_restated_day_has_fewer_rows_and_some_other_values(feed: str) -> None:
    nation = Nation(scale=1.0, dirt=0)
    first = nation.day("H26", feed, DAY_2026)
    nation.versions["H26", feed, DAY_2026] = 1
    second = nation.day("H26", feed, DAY_2026)
    again = nation.day("H26", feed, DAY_2026)
    assert first is not None
    assert second is not None
    assert again is not None
    gone = first.frame.rows - second.frame.rows
    assert gone == -(-first.frame.rows // 50)
    assert (second.frame["at"] == again.frame["at"]).all()
    name = {"dossiers": "due", "payments": "amount", "documents": "status"}[feed]
    kept = np.isin(first.frame.draw.rows, second.frame.draw.rows)
    assert (first.frame[name][kept] != second.frame[name]).sum() > 0
