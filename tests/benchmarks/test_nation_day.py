"""The split of a nation-day into scheduling and work, on a day written out by hand."""

from datetime import UTC, datetime

import pytest

from benchmarks.nation_day import Run, Split, Task, split


def _at(second: int) -> datetime:
    return datetime(2026, 11, 21, 0, second // 60, second % 60, tzinfo=UTC)


LAND = Task("H26", "dossiers", "land", _at(0), _at(2), _at(8))
LOAD = Task("H26", "dossiers", "load", _at(8), _at(9), _at(14))
RUN = Run("H26", "dossiers", _at(3), _at(7), _at(13), 500)


def test_seconds_of_a_day_are_waiting_starting_work_and_closing() -> None:
    assert split([LAND, LOAD], [RUN]) == Split(
        tasks=2,
        partitions=1,
        rows=500,
        wall=14.0,
        waiting=3.0,
        starting=2.0,  # 1 s of land was seen, the same is taken for load
        work=7.0,  # 4 s to land, 3 s from the end of load's start to its commit
        closing=2.0,
    )


def test_the_share_of_work_leaves_waiting_out() -> None:
    assert split([LAND, LOAD], [RUN]).work_ratio == pytest.approx(7 / 11)


def test_only_the_last_run_of_a_partition_counts() -> None:
    failed = Run("H26", "dossiers", _at(1), None, _at(2), 0)
    assert split([LAND, LOAD], [failed, RUN]).rows == 500


def test_a_day_without_loaded_partitions_has_no_split() -> None:
    with pytest.raises(ValueError, match="no partition"):
        split([LAND], [RUN])
