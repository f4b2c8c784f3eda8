"""The figures of the founding documents, counted from loaded facts of every system's feed.

Dossiers and documents need the nation at full size (``hub demo --scale 1``); the other systems
give the same tables at any size.
"""

import json
from decimal import Decimal
from typing import Any

import pytest

from contracts.partition import Partition
from hub import ingest
from hub.cli.main import invoke
from hub.desk import Desk, open_desk
from hub.published import founding_spans
from hub.settings import Settings

STATED = (
    "cabinet_sessions",
    "platform_traffic",
    "population",
    "portal_usage",
    "published_figures",
    "security_incidents",
    "service_catalogue",
    "usage_evaluation",
)
"""Feeds whose figures documents state, or that are small enough to load whole."""


def founding_partitions(desk: Desk) -> list[Partition]:
    """Return the partitions behind the stated figures."""
    return [
        partition
        for feed in STATED
        for partition in desk.registry.expected_between(*founding_spans()[feed])
        if partition.feed == feed
    ]


@pytest.fixture
def compared(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    """What ``hub figures`` says once the feeds are loaded: (figure, documents) -> row."""
    with open_desk(settings) as desk:
        for partition in founding_partitions(desk):
            result = ingest.run(desk, partition, reason="test")
            assert (result.outcome, result.counts.quarantined) == ("loaded", 0), partition
    monkeypatch.setenv("HUB_STATE", str(settings.state))
    monkeypatch.setenv("HUB_DATABASE_URL", settings.database_url)
    assert invoke(["figures", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    return {
        (row["published"]["code"], row["published"]["document"]): row for row in told["published"]
    }


def test_every_system_gives_the_figures_that_the_founding_documents_state(
    compared: dict[tuple[str, str], dict[str, Any]],
) -> None:
    expected = {
        ("services_integrated", "003"): 226,
        ("accounts", "001 003"): 103126,
        ("accounts", "000"): 103126,
        ("visits", "000 001 003"): 27500000,
        ("cabinet_sessions", "004"): 14,
        ("cabinet_papers", "004"): 47216,
        ("cabinet_ballots", "004"): 305,
        ("cabinet_ballot_papers", "004"): 48490,
        ("level4_share_mean", "002"): 17.97,
        ("ministries_under_10", "002"): 5,
        ("provinces_under_10", "002"): 22,
        ("agencies_at_100", "002"): 2,
        ("incidents_change", "004"): -51.4,
    }
    counted = {key: compared[key]["counted"] for key in expected}
    assert {k: round(Decimal(str(v)), 2) for k, v in counted.items()} == {
        k: round(Decimal(str(v)), 2) for k, v in expected.items()
    }
    assert [key for key in expected if not compared[key]["fits"]] == [("accounts", "000")]
    assert compared["accounts", "000"]["published"]["precision"] == "over"
