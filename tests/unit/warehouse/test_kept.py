"""Kept results: worked out once per version, and never told of another one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from warehouse.kept import Kept

KEYS = "abcd"
VERSIONS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from("123"), max_size=4)


@dataclass
class World:
    """Versions of keys, and what was worked out of them."""

    versions: dict[str, str]
    made: list[str] = field(default_factory=list)

    def make(self, keys: Sequence[str]) -> dict[str, str]:
        self.made += keys
        return {key: f"{key}{self.versions[key]}" for key in keys}


def test_only_what_changed_is_worked_out_again() -> None:
    kept, world = Kept(), World({"a": "1", "b": "1"})
    kept.of("q", world.versions, world.make)
    world.versions["b"] = "2"
    assert kept.of("q", world.versions, world.make) == {"a": "a1", "b": "b2"}
    assert world.made == ["a", "b", "b"]


def test_questions_do_not_share_results() -> None:
    kept, world = Kept(), World({"a": "1"})
    for asked in ("q", "r", "q"):
        kept.of(asked, world.versions, world.make)
    assert world.made == ["a", "a"]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept, world = Kept(most=2), World({"a": "1", "b": "1", "c": "1"})
    for key in "abac":
        kept.of("q", {key: "1"}, world.make)
    world.made.clear()
    for key in "ab":
        kept.of("q", {key: "1"}, world.make)
    assert world.made == ["b"]


@given(st.lists(VERSIONS, max_size=12), st.integers(1, 4))
def test_a_result_is_always_that_of_the_version_given(
    asked: list[dict[str, str]], most: int
) -> None:
    kept = Kept(most=most)
    for versions in asked:
        told = kept.of("q", versions, World(versions).make)
        assert told == {key: f"{key}{version}" for key, version in versions.items()}
