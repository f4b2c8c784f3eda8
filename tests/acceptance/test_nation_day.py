"""One day of a few agencies over all six systems, through the command line and the sandbox."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.partition import Partition
from hub import ingest
from hub.cli.main import invoke
from hub.desk import Desk, open_desk
from hub.settings import Settings
from tests.acceptance.nation import Sandbox, sandbox, write_connections
from warehouse.database import connect

DAY = date(2020, 3, 10)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings) as opened:
        yield opened


def test_loaded_quarantined_and_duplicates_are_the_sandbox_s_truth() -> None:
    pass
