"""One crashable server for all rounds of a test session."""

from collections.abc import Iterator

import pytest

from tests.faults.bench import Bench
from tests.faults.stage import Tally


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    made = Bench(Tally())
    yield made
    made.stop()
