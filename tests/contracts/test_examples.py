"""Examples beside the contracts: what is accepted, what is rejected and why."""

from collections.abc import Mapping
from typing import Any

import pytest

from contracts.model import Contract
from contracts.rule import Day, UnitScale, Volume
from contracts.verdict import Outcome
from tests.contracts.example import Example, contracts, examples


def _reasons(example: Example) -> dict[int, list[str]]:
    judged = example.judge()
    return {
        row.row_number: [f"{v.field} {v.code}" for v in row.violations] for row in judged.quarantine
    }


@pytest.mark.parametrize("example", [*examples("accept")], ids=str)
def test_an_accepted_example_loads_whole(example: Example) -> None:
    judged = example.judge()
    assert judged.reasons == ()
    assert judged.outcome is Outcome.ACCEPT
    assert judged.frame.rows == judged.counts.loaded == len(example.rows)


@pytest.mark.parametrize("example", [*examples("reject")], ids=str)
def test_a_rejected_example_gives_exactly_its_reasons(example: Example) -> None:
    rows: list[Mapping[str, Any]] = example.content["rows"]
    expected = {n: sorted(r["violations"]) for n, r in enumerate(rows) if r["violations"]}
    assert {n: sorted(found) for n, found in _reasons(example).items()} == expected


@pytest.mark.parametrize("example", [*examples("reject")], ids=str)
def test_a_rejected_day_gives_its_reasons(example: Example) -> None:
    judged = example.judge()
    expected = example.content.get("reasons")
    if expected is not None:
        assert [v.code for v in judged.reasons] == expected
    assert judged.outcome is Outcome.REJECT
    assert judged.frame.rows == judged.counts.loaded == 0


@pytest.mark.parametrize("contract", [c for c in contracts() if not c.name], ids=lambda c: c.id)
def test_every_rule_of_a_national_contract_has_an_example_that_breaks_it(
    contract: Contract,
) -> None:
    broken = {
        rule.rule
        for example in examples("reject")
        if example.contract == contract
        for rule in example.judge().rules
        if rule.failed
    }
    # an example has no history to be held against; the day is a rule of its field
    asked = {n.name for n in contract.rules if not isinstance(n.rule, Day | Volume | UnitScale)}
    assert asked - broken == set()
