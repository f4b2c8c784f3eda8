"""The hub's own judge must find in every shape what the sandbox says it served."""

from collections.abc import Mapping
from datetime import date

import pytest

from connectors.connection import Connection
from connectors.drive import pull
from connectors.kind import find_kind
from connectors.source import Source
from connectors.system import shipped_systems
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged, Outcome
from sandbox.dirt import KINDS_OF
from sandbox.press import SHAPES
from tests.sandbox.conftest import Client

DAY = date(2026, 11, 20)
SYSTEMS = shipped_systems()
CASES = [(shape.name, kind) for shape in SHAPES.values() for kind in KINDS_OF[shape.feed]]


def judged(client: Client, agency: str, name: str, day: date) -> Judged:
    system = SYSTEMS[name]
    connection = Connection(
        url=f"http://127.0.0.1:{client.port}/a/{agency}",
        username=agency,
        client_id=agency,
        system_id=agency,
        secret=f"file/{client.secrets / agency}",
        networks=frozenset({"loopback"}),
    )
    source = Source(
        agency=agency,
        feed=system.feed,
        system=system,
        connection=connection,
        connection_name="sandbox",
        source_map=system.source_map,
        options=find_kind(system.kind).Options.model_validate(system.options),
    )
    partition = Partition(agency, system.feed, day)
    judge = Judge(load_contract(system.feed), source.source_map, partition, CodeLists.load(day))
    pages = pull(source, partition)
    declared: Mapping[str, int] = {}
    while True:
        try:
            exchange = next(pages)
        except StopIteration as end:
            declared = end.value
            break
        judge.page(exchange.page)
        assert exchange.page.unknown == frozenset()
    return judge.close(declared)


def balance(found: Judged) -> tuple[int, int, int, int]:
    counts = found.counts
    return counts.received, counts.loaded, counts.quarantined, counts.duplicates


def expected(client: Client, agency: str, feed: str, day: date) -> tuple[int, int, int, int]:
    told = client.truth(feed, day.isoformat(), agency=agency)["days"][0]
    return told["rows"], told["good"], told["quarantined"], told["duplicates"]


@pytest.mark.parametrize(("shape", "kind"), CASES)
def test_the_judge_finds_every_kind_of_dirt_in_every_shape(
    client: Client, shape: str, kind: str
) -> None:
    feed = SHAPES[shape].feed
    place = {"agency": "H29", "feed": feed, "day": DAY.isoformat()}
    client.order("volume", **place, rows=200)
    before = expected(client, "H29", feed, DAY)
    client.fault(f"value_{kind}", **place, detail={"rows": 3})
    told = expected(client, "H29", feed, DAY)
    found = judged(client, "H29", shape, DAY)
    assert found.outcome is Outcome.ACCEPT
    assert balance(found) == told
    assert told[0] >= before[0]


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("day", [date(2020, 4, 15), DAY])
@pytest.mark.parametrize("agency", ["H26", "G12"])
def test_the_judge_finds_the_balance_of_ordinary_days(
    client: Client, shape: str, day: date, agency: str
) -> None:
    found = judged(client, agency, shape, day)
    assert found.outcome is Outcome.ACCEPT
    assert balance(found) == expected(client, agency, SHAPES[shape].feed, day)
