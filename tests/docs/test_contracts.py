"""docs/contracts.md and the engine name the same rules and outcomes."""

import re
from typing import get_args

from contracts import rule as terms
from contracts.verdict import Outcome
from tests.docs.page import first_cells, page, sections

PAGE = sections(page("contracts.md"))


def rules(union: object) -> list[str]:
    return sorted(get_args(kind.model_fields["rule"].annotation)[0] for kind in get_args(union))


def test_every_rule_of_a_field_stands_on_the_page() -> None:
    told = first_cells(PAGE["Quy tắc của trường · Rules of a field"])
    assert sorted(told) == rules(terms.FieldRule)


def test_every_rule_over_a_row_stands_on_the_page() -> None:
    told = first_cells(PAGE["Quy tắc trên bản ghi · Rules over a row"])
    assert sorted(told) == rules(terms.RowRule)


def test_every_rule_over_the_day_stands_on_the_page() -> None:
    told = first_cells(PAGE["Quy tắc trên cả ngày · Rules over the day"])
    assert sorted(told) == rules(terms.BatchRule)


def test_every_outcome_stands_on_the_page() -> None:
    text = PAGE["Kết luận · Outcomes"]
    assert [outcome for outcome in Outcome if f"\n| {outcome} |" not in text] == []


def test_every_reason_code_of_the_page_is_explained() -> None:
    told = set(re.findall(r"\b[A-Z]{3,}(?:-[A-Z]+)+\b", page("contracts.md")))
    explained = set(re.findall(r"^\| ([A-Z][A-Z0-9-]+) \|", page("errors.md"), re.MULTILINE))
    assert told - explained == set()
