"""A new province on each kind is one YAML file of at most 25 lines and no Python.

Every server here is one that the hub has never seen: other names of fields and parameters, other
dates, other nesting, another login. A further kind is put to the test by a file in
``provinces`` and a server in ``strangers``.
"""

from pathlib import Path
from typing import Any

import pytest

from connectors.agency import Agency
from connectors.connection import load_connections
from connectors.drive import pull, replay
from connectors.kind import _SHIPPED
from connectors.protocol import Exchange
from connectors.source import Source, source_for, system_for
from connectors.yaml_file import read_model
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged, Outcome
from tests.connectors.fault_server import FaultServer
from tests.connectors.strangers import ROWS, SERVERS
from tests.connectors.world import DAY, SECRET, patience

FOLDER = Path(__file__).parent / "provinces"
PLACES = Path(__file__).parent / "places"
"""Databases and places of files: ``test_new_place``."""


def test_every_file_has_its_server_and_every_kind_its_file() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(SERVERS)
    tried = [*SERVERS, *(path.stem for path in PLACES.glob("*.yaml"))]
    assert [kind for kind in _SHIPPED if not any(name.startswith(kind) for name in tried)] == []


@pytest.mark.parametrize("name", SERVERS)
def test_a_province_is_one_file_of_at_most_25_lines(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    agency = read_model(FOLDER / f"{name}.yaml", Agency)
    kinds = {system_for(agency, feed).kind for feed in agency.feeds}
    assert len(text.splitlines()) <= 25
    assert all(name.startswith(kind) for kind in kinds)


@pytest.mark.parametrize("name", SERVERS)
def test_a_new_province_is_pulled_and_accepted_live_and_in_replay(
    name: str, tmp_path: Path
) -> None:
    with FaultServer(SERVERS[name]) as server:
        found = province(name, server.url, tmp_path)
        partition = Partition("H26", found.feed, DAY)
        pages, declared = drained(pull(found, partition, patience=patience()))
    for kept, told in (pages, declared), drained(replay(found, partition, iter(pages))):
        judged = verdict(found, partition, kept, told)
        assert judged.quarantine == ()
        assert (judged.outcome, judged.reasons) == (Outcome.ACCEPT, ())
        assert (judged.counts.received, judged.counts.loaded) == (ROWS, ROWS)


def province(name: str, url: str, folder: Path) -> Source:
    """The source that a file and an address make."""
    agency = read_model(FOLDER / f"{name}.yaml", Agency)
    (folder / "secret").write_text(SECRET)
    (folder / "connections.yaml").write_text(
        f"""H26:
  url: {url}
  username: H26
  client_id: H26
  system_id: VN/GOV/VPCP/lien-thong
  secret: file/secret
  networks: [loopback]
"""
    )
    (feed,) = agency.feeds
    return source_for(agency, feed, load_connections(folder / "connections.yaml"))


def drained(walk: Any) -> tuple[list[Exchange], dict[str, int]]:
    pages = []
    while True:
        try:
            pages.append(next(walk))
        except StopIteration as end:
            return pages, dict(end.value)


def verdict(
    found: Source, partition: Partition, pages: list[Exchange], declared: dict[str, int]
) -> Judged:
    contract = load_contract(found.feed)
    judge = Judge(contract, found.source_map, partition, CodeLists.load(DAY))
    for exchange in pages:
        if exchange.request.data:
            judge.page(exchange.page)
            assert exchange.page.unknown == frozenset()
    return judge.close(declared)
