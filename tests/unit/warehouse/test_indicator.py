"""Indicator files: every one is as agreed, and what is not is told with file, line and key."""

from datetime import date
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from contracts.yaml_file import read_model
from warehouse.indicator import FOLDER, Indicator, indicators
from warehouse.measure import MEASURES, measure_of
from warehouse.schema_file import FILE, schema
from warehouse.statement import statement

GOOD = """name_vi: Tỷ lệ hồ sơ đúng hạn
name_en: In time
unit: percent
direction: higher
formula: {numerator: dossiers_resolved_in_time, denominator: dossiers_resolved}
levels: [all, ministry]
source: biểu II.06a
targets:
  - {level: ministry, value: 90, valid_from: 2020-01-01, source: tài liệu}
"""


def test_the_shipped_indicators_carry_the_founding_targets() -> None:
    day = date(2020, 12, 31)
    targets = {
        (code, level): int(target.value)
        for code, one in indicators().items()
        for level in one.levels
        if (target := one.target(level, day))
    }
    assert targets == {
        ("platform_connection_share", "all"): 100,
        ("portal_services_share", "all"): 30,
        ("work_files_online_share", "ministry"): 80,
        ("work_files_online_share", "province"): 60,
        ("work_files_online_share", "district"): 30,
    }


def test_a_target_is_held_against_its_days_alone() -> None:
    share = indicators()["portal_services_share"]
    assert share.target("all", date(2019, 12, 31)) is None
    assert share.target("all", date(2021, 1, 1)) is None


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_an_indicator_file_is_one_page(path: Path) -> None:
    assert path.suffix == ".yaml"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 25
    read_model(path, Indicator)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_one_named_query(name: str) -> None:
    text = statement(f"statistics.{name}")
    assert text.startswith("SELECT")
    assert ";" not in text


def test_the_committed_schema_is_that_of_the_model() -> None:
    assert FILE.read_text(encoding="utf-8") == schema()


def test_an_unknown_measure_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="services_online"):
        measure_of("SELECT 1")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("dossiers_resolved}", "dossiers_resolvd}", ["x.yaml:5", "no measure", "work_files_total"]),
        ("dossiers_resolved}", '"count(*) FROM x"}', ["x.yaml:5", "pattern"]),
        ("[all, ministry]", "[all, planet]", ["x.yaml:6", "'planet'", "'ministry'"]),
        ("[all, ministry]", "[all]", ["targets for levels that are not computed", "ministry"]),
        ("value: 90", "value: 900", ["x.yaml:9", "100"]),
        ("source: biểu II.06a", "", ["source", "required"]),
        ("unit: percent", "unit: percent\nunit: mean", ["x.yaml:4", "written twice"]),
        ("unit: percent", "unit: percent\nsql: SELECT 1", ["x.yaml:4", "sql", "not permitted"]),
    ],
)
def test_a_file_that_is_not_as_agreed_is_told_by_file_line_and_key(
    tmp_path: Path, old: str, new: str, told: list[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_model(path, Indicator)
    assert [word for word in told if word not in str(caught.value)] == []
