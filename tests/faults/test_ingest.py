"""Killed, cut off or out of disk, an ingest leaves the old day or the new one, and heals."""

from collections.abc import Iterator

import pytest

from tests.faults.bench import Bench
from tests.faults.ingest import ROUNDS, Floor, open_floor


@pytest.fixture(scope="module")
def floor(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    with open_floor(bench, tmp_path_factory.mktemp("floor")) as opened:
        yield opened


@pytest.mark.parametrize("name", ROUNDS)
def test_an_ingest_leaves_a_whole_day_and_heals(floor: Floor, name: str) -> None:
    assert ROUNDS[name](floor, list(ROUNDS).index(name)) == []
