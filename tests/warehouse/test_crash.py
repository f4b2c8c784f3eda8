"""A worker killed at each named step: the old version or the new one, whole; a retry heals."""

import os
import subprocess
import sys
from contextlib import closing

import pytest

from tests.warehouse.given import accepted, dossiers, landing_of, loaded, one, partition
from warehouse import ledger
from warehouse.database import connect
from warehouse.load import LoadOutcome, load
from warehouse.step import STEPS

OLD, NEW = 3, 20_000
"""Rows of the versions; the new one has more than one COPY block."""

OURS = STEPS[STEPS.index("after_prepare") :]


def main(url: str, token: int) -> None:
    """Load the new version in a process of its own; run by the test below."""
    judged = accepted(dossiers([{"code": str(i)} for i in range(NEW)]))
    with closing(connect(url)) as conn:
        load(conn, token, partition(), judged, landing_of(partition(), token, judged))


@pytest.mark.parametrize("step", OURS)
def test_a_worker_killed_at_a_step_loses_and_doubles_nothing(database_url: str, step: str) -> None:
    count = "SELECT count(*) FROM core.dossier_change"
    with closing(connect(database_url)) as conn:
        loaded(conn, partition(), accepted(dossiers([{"code": str(i)} for i in range(OLD)])))
        judged = accepted(dossiers([{"code": str(i)} for i in range(NEW)]))
        token = ledger.claim(conn, partition(), contract="dossiers@1.0.0")
        landing = landing_of(partition(), token, judged)
        ledger.landed(conn, token, landing)
        done = subprocess.run(
            [sys.executable, "-m", __name__, database_url, str(token)],
            env=os.environ | {"HUB_FAULT_STEP": f"{step}:kill"},
            check=False,
        )
        assert done.returncode == -9
        # The killed worker's session may still be rolling back; the head's lock waits for it.
        outcome = load(conn, token, partition(), judged, landing)
        was_committed = step == "after_commit"
        assert outcome is (LoadOutcome.ALREADY if was_committed else LoadOutcome.LOADED)
        assert one(conn, count) == NEW
        assert one(conn, "SELECT sum(received) FROM mart.dossier_flow") == NEW


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
