"""The real yearbook of 2020 through kind ``file_drop``, its format and its contract."""

from datetime import date
from pathlib import Path

import pytest

from connectors.system import load_system
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Outcome
from tests.connectors.world import source, take

REAL = Path(__file__).parents[3] / "shared" / "real"
BOOK = Partition("G05", "population", date(2020, 12, 31))

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real files are not beside the project"
)


def test_63_provinces_are_rows_and_7_subtotals_are_control_totals(tmp_path: Path) -> None:
    found = source(
        load_system("population_book"),
        f"file://{REAL.resolve()}",
        tmp_path,
        options={"path": "population_2020.csv"},
    )
    pages, declared = take(found)
    assert [(e.page.rows, e.page.broken, e.page.unknown) for e in pages] == [(63, (), frozenset())]
    assert declared == {
        "average_population": 975_827,
        "red_river_delta": 229_202,
        "northern_midlands": 127_258,
        "central_coast": 203_432,
        "central_highlands": 59_321,
        "south_east": 183_429,
        "mekong_river_delta": 173_186,
    }
    judge = Judge(
        load_contract("population"), found.source_map, BOOK, CodeLists.load(BOOK.day), None
    )
    for exchange in pages:
        judge.page(exchange.page)
    judged = judge.close(declared)
    assert (judged.outcome, judged.counts.received, judged.counts.loaded) == (
        Outcome.ACCEPT,
        63,
        63,
    )
    kinds = ("", "declared_", "difference_")
    totals = {f"{kind}average_population" for kind in kinds}
    # thousand persons to a tenth: 97,582.6 received beside the stated 97,582.7
    assert {name: judged.totals[name] for name in totals} == {
        "average_population": 975_826,
        "declared_average_population": 975_827,
        "difference_average_population": -1,
    }
