from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.agency import load_agencies, on
from sandbox.volume import DOSSIERS, RECEIVED, SENT, Stream, Volumes, apportion, spread

AGENCIES = load_agencies()


def total(volumes: Volumes, stream: Stream) -> int:
    days = [stream.first + timedelta(i) for i in range(stream.days)]
    codes = {agency.code for agency in AGENCIES}
    return sum(volumes.count(stream, code, day) for day in days for code in codes)


@pytest.mark.parametrize(
    ("scale", "dossiers", "sent", "received"),
    [
        (1.0, 4_300_000, 387_377, 1_281_574),
        (0.001, 4_300, 387, 1_282),
        (0.37, 1_591_000, 143_329, 474_182),
    ],
)
def test_founding_windows_sum_to_the_published_figures(
    scale: float, dossiers: int, sent: int, received: int
) -> None:
    volumes = Volumes(AGENCIES, seed=1, scale=scale)
    assert total(volumes, DOSSIERS) == dossiers
    assert total(volumes, SENT) == sent
    assert total(volumes, RECEIVED) == received


@settings(max_examples=5, deadline=None)
@given(st.floats(0, 2), st.integers(0, 2**40))
def test_any_scale_and_seed_gives_the_rounded_total(scale: float, seed: int) -> None:
    volumes = Volumes(AGENCIES, seed=seed, scale=scale)
    assert total(volumes, SENT) == round(387_377 * scale)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=50), st.integers(0, 10**7))
def test_apportioned_parts_sum_to_the_total_and_stray_less_than_one(
    weights: list[float], whole: int
) -> None:
    shares = np.array(weights)
    parts = apportion(shares, whole)
    assert parts.sum() == whole
    assert (np.abs(parts - shares / shares.sum() * whole) < 1 + 1e-6).all()


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=50),
    st.integers(0, 10**7),
    st.floats(0, 1, exclude_max=True),
)
def test_spread_parts_sum_to_the_total_and_stray_at_most_one(
    weights: list[float], whole: int, luck: float
) -> None:
    shares = np.array(weights)
    parts = spread(shares, whole, luck)
    assert parts.sum() == whole
    assert (np.abs(parts - shares / shares.sum() * whole) < 1 + 1e-6).all()


def test_at_a_small_scale_every_agency_and_weekday_still_has_its_part() -> None:
    volumes = Volumes(AGENCIES, seed=1, scale=0.01)
    days = [DOSSIERS.first + timedelta(i) for i in range(DOSSIERS.days)]
    count = volumes.count
    saturdays = sum(count(DOSSIERS, "H29", day) for day in days if day.weekday() == 5)
    assert saturdays > 0
    assert sum(count(DOSSIERS, "H03", day) for day in days) == 119


def test_nothing_happens_before_the_windows() -> None:
    volumes = Volumes(AGENCIES, seed=1, scale=1.0)
    assert volumes.count(DOSSIERS, "H26", date(2019, 12, 8)) == 0
    assert volumes.count(SENT, "H26", date(2019, 3, 11)) == 0


def test_the_average_rate_goes_on_after_the_window() -> None:
    volumes = Volumes(AGENCIES, seed=1, scale=1.0)
    week = [date(2026, 11, 16) + timedelta(i) for i in range(7)]
    codes = {agency.code for agency in on(AGENCIES, week[0])}
    mean = sum(volumes.count(DOSSIERS, code, day) for code in codes for day in week) / 7
    assert mean == pytest.approx(4_300_000 / 134, rel=0.03)


def test_a_day_of_2020_has_63_provinces_and_a_day_of_2026_has_34() -> None:
    before = [a for a in on(AGENCIES, date(2020, 4, 15)) if a.is_province]
    after = [a for a in on(AGENCIES, date(2026, 11, 20)) if a.is_province]
    assert len(before) == 63
    assert len(after) == 34
    people = sum(a.dossier_weight for a in before)
    assert people == pytest.approx(sum(a.dossier_weight for a in after))
