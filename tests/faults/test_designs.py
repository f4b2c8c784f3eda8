"""The checker has teeth: every failed design is caught, and nothing sound is accused."""

from collections.abc import Callable

import pytest

from tests.faults import rounds
from tests.faults.bench import Bench, Kind
from tests.faults.catalogue import ALL, PLACES, ROUNDS_AT_MOST, WEAK_SPOTS
from tests.faults.design import Fenced
from tests.faults.real import Warehouse
from tests.faults.rounds import Round

SEED = "1"

KINDS = {**ALL, "crashed": rounds.crashed}
SHORT = {"interleaved": 6, "overtaken": 4, "neighbours": 4, "terminated": 5, "killed_anytime": 5}
"""Rounds of the short campaign beyond two of each kind."""


def caught_in(play: Callable[[int], list[str]]) -> int:
    """Return the number of the first round with a finding, from 1; 0 when there is none."""
    for i in range(ROUNDS_AT_MOST):
        if play(i):
            return i + 1
    return 0


@pytest.mark.parametrize("mutant", WEAK_SPOTS, ids=lambda m: m.__name__)
def test_a_failed_design_is_caught_and_the_load_passes_the_same_rounds(
    bench: Bench, mutant: type[Fenced]
) -> None:
    played = WEAK_SPOTS[mutant]
    caught = caught_in(bench.rounds(mutant, played, SEED))
    assert 1 <= caught <= ROUNDS_AT_MOST
    again = bench.rounds(Warehouse, played, SEED)
    assert [again(i) for i in range(caught)] == [[]] * caught


@pytest.mark.parametrize(
    "name", ["interleaved", "overtaken", "outrun", "terminated", "redelivered"]
)
def test_a_sound_design_is_not_accused(bench: Bench, name: str) -> None:
    play = bench.rounds(Fenced, ALL[name], SEED)
    assert [play(i) for i in range(3)] == [[]] * 3


@pytest.mark.parametrize("name", ALL)
def test_the_load_keeps_every_partition_whole(bench: Bench, name: str) -> None:
    n = SHORT.get(name, 1 if name.startswith("killed_at") else 2)
    play = bench.rounds(Warehouse, ALL[name], SEED)
    assert [play(i) for i in range(n)] == [[]] * n


def test_the_campaign_kills_at_every_step_that_a_load_passes(bench: Bench) -> None:
    assert bench.stage(Warehouse).places == PLACES


def test_rounds_repeat(bench: Bench) -> None:
    def findings(kind: Kind, played: Round) -> list[list[str]]:
        play = bench.rounds(kind, played, SEED)
        return [play(i) for i in range(5)]

    mutant, played = next(iter(WEAK_SPOTS.items()))
    bench.stage(mutant)  # its steps are learnt by a run, which would shift the first tokens
    assert findings(mutant, played) == findings(mutant, played)
