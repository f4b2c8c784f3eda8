"""docs/warehouse.md and the migrations name the same tables, measures and roles."""

import re

from tests.docs.page import ROOT, first_cells, page, sections
from warehouse.flow import MEASURES
from warehouse.indicator import Indicator, indicators
from warehouse.measure import MEASURES as COUNTED

SQL = "\n".join(p.read_text() for p in sorted((ROOT / "warehouse/migrations/sql").glob("*.sql")))
PAGE = sections(page("warehouse.md"))


def test_every_table_and_view_stands_on_the_page() -> None:
    made = re.findall(r"^CREATE (?:TABLE|VIEW) ([a-z]+\.\w+)", SQL, re.MULTILINE)
    told = [name for part in ("ledger", "core", "mart") for name in first_cells(PAGE[part])]
    assert sorted(name for name in told if "." in name) == sorted(made)


def test_every_measure_of_the_dossier_mart_stands_on_the_page() -> None:
    told = sections(PAGE["mart"], "###")["Các bước của hồ sơ · Measures of dossier_flow"]
    assert tuple(first_cells(told)) == MEASURES


def test_every_role_stands_on_the_page() -> None:
    made = re.findall(r"'(hub_\w+)'", SQL)
    assert sorted(first_cells(PAGE["Vai trò · Roles"])) == sorted(set(made))


def test_every_measure_of_indicators_stands_on_the_page_with_its_feed() -> None:
    told = re.findall(
        r"^\| `(\w+)` \| .+ \| `(\w+)` \| (\w+) \|$", PAGE["Thước đo · Measures"], re.MULTILINE
    )
    assert told == [(name, m.feed, m.unit) for name, m in COUNTED.items()]


def test_every_indicator_stands_on_the_page_with_its_formula_and_targets() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.+) \| `(\w+)` / `(\w+)` \| (.+) \| (.+) \|$",
        PAGE["Chỉ tiêu · Indicators"],
        re.MULTILINE,
    )
    assert rows == [
        (
            code,
            one.name_vi,
            one.formula.numerator,
            one.formula.denominator,
            ", ".join(f"{t.level} {t.value}" for t in one.targets) or "–",
            one.source,
        )
        for code, one in indicators().items()
    ]


def test_every_key_of_an_indicator_stands_on_the_page() -> None:
    keys = PAGE["Chỉ tiêu · Indicators"].split("| chỉ tiêu |")[0]
    assert sorted(first_cells(keys)) == sorted(Indicator.model_fields)
