"""The benchmark's plan, its arithmetic and its verdict; nothing is measured here."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.measure import Spread, cpu_seconds, peak_mib
from benchmarks.plan import DAY, FIGURES, PEAK_MIB, RATIOS, Plan
from benchmarks.result import Sample, bound, cpu_ratios, ratios, verdict
from connectors.agency import load_agencies
from connectors.system import shipped_systems

ROOT = Path(__file__).parents[2]
ROUND = {
    "floor_arrival": Sample(1_000_000, 4.0, {"worker": 0.4, "postgresql": 3.6}, cores=2),
    "floor_sorted": Sample(1_000_000, 2.0, {"worker": 0.4, "postgresql": 1.6}, cores=2),
    "ours": Sample(1_000_000, 8.0, {"worker": 7.8, "postgresql": 2.0}, 400.0, cores=2),
    "ours_two": Sample(2_000_000, 10.0, {"worker": 15.0, "postgresql": 4.0}, 400.0, 2, 2),
    "dlt_default": Sample(50_000, 10.0, {"worker": 9.0}),
    "dlt_csv": Sample(50_000, 5.0, {"worker": 9.0}),
    "dlt_contract": Sample(50_000, 6.25, {"worker": 9.0}),
}


def test_every_ratio_divides_figures_that_every_round_takes() -> None:
    assert {name for ratio in RATIOS for name in (ratio.above, ratio.below)} == set(FIGURES)


def test_requirements_are_those_of_the_issue() -> None:
    required = {ratio.name: ratio.least for ratio in RATIOS if ratio.least is not None}
    assert required == {
        "ours_to_floor": 0.5,
        "ours_to_dlt_with_contract": 10.0,
        "two_workers_to_one": 1.0,
    }
    assert PEAK_MIB == 512


@pytest.mark.parametrize("plan", [Plan(), Plan.quick()])
def test_a_plan_repeats_every_figure_and_fills_whole_pages(plan: Plan) -> None:
    assert plan.rounds >= 3
    assert plan.rows % plan.page_size == plan.dlt_rows % plan.page_size == 0


def test_the_default_plan_loads_a_million_dossiers() -> None:
    assert Plan().rows == 1_000_000


def test_ratios_are_quotients_of_throughput_within_a_round() -> None:
    slower = ROUND | {"ours": replace(ROUND["ours"], seconds=16.0)}
    assert ratios([ROUND, slower])["ours_to_floor"] == Spread(0.25, 0.375, 0.5)
    assert ratios([ROUND])["ours_to_dlt_with_contract"] == Spread(15.625, 15.625, 15.625)
    assert ratios([ROUND])["two_workers_to_one"] == Spread(1.6, 1.6, 1.6)


def test_cpu_ratios_leave_the_sandbox_out_and_compare_per_row() -> None:
    served = ROUND | {"ours": replace(ROUND["ours"], cpu={"worker": 6.0, "sandbox": 9.0})}
    assert cpu_ratios([served])["ours_to_dlt_with_contract"] == Spread(30.0, 30.0, 30.0)


def test_a_missed_requirement_is_named() -> None:
    heavy = ROUND | {"ours": replace(ROUND["ours"], seconds=8.1, peak_mib=513.0)}
    assert [line.name for line in verdict([heavy]) if not line.met] == ["ours_to_floor", "peak_mib"]
    assert all(line.met for line in verdict([ROUND]))


def test_what_bounds_a_figure_is_said_from_cpu_time() -> None:
    assert bound(ROUND["ours_two"]) == "all 2 cores busy (95%); most by worker"
    assert bound(ROUND["ours"]) == "worker busy for 98% of the time on one core"


def test_costs_of_this_very_process_can_be_read() -> None:
    assert cpu_seconds(1) >= 0
    assert 1 < peak_mib() < 100_000


def test_the_comparator_lock_has_hashes_and_names_no_index() -> None:
    lock = (ROOT / "benchmarks" / "requirements.lock").read_text(encoding="utf-8")
    assert "dlt==" in lock
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "apache-airflow" not in lock


def test_the_benchmarked_agencies_publish_as_one_stop_systems() -> None:
    found = load_agencies()
    systems = {found[code].feeds["dossiers"].system for code in Plan().agencies}
    assert systems == {"one_stop_rest"}
    assert shipped_systems()["one_stop_rest"].options["size"] == Plan().page_size
    assert all(found[code].active(DAY) for code in Plan().agencies)
