"""What each stage of a day costs: ``python -m benchmarks.stage AGENCY DAY``, one JSON line.

Every stage runs alone over the same pages, so that it is a loop of its own or a difference:

    fetch    HTTP alone: every page read and let go
    decode   pull (fetch, sha256, decode, allow-list; nothing runs ahead) - fetch
    landing  pull into the archive - pull
    read     archive read, digests verified: replay with the judge off
    judge    archive read and judged - read: the cost of judging, verdict and sorting included
    load     the load transaction with its preparation, flow marts included
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import requests

from connectors.drive import pull
from connectors.protocol import request_json
from connectors.source import Source
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import load_contract
from contracts.partition import Partition
from contracts.verdict import Judged
from hub.desk import Desk, open_desk
from hub.settings import read_settings
from warehouse import ledger
from warehouse.archive import Landing
from warehouse.load import load

T = TypeVar("T")


def main() -> None:
    """Measure the stages of one day in this process."""
    partition = Partition(sys.argv[1], "dossiers", date.fromisoformat(sys.argv[2]))
    gc.disable()  # as the hub does within its page loop
    with open_desk(read_settings(os.environ)) as desk:
        print(json.dumps(measure(desk, partition)))


def measure(desk: Desk, partition: Partition) -> dict[str, float]:
    """Return seconds per stage, and ``rows``."""
    source, contract = desk.source(partition), load_contract(partition.feed)
    token = ledger.claim(desk.conn(), partition, contract=contract.id, reason="benchmark")
    pulled, _ = _clocked(lambda: _pull(source, partition))
    landed, landing = _clocked(lambda: _land(desk, source, partition, token))
    asked = [request for request, _, _ in desk.archive.read(landing)]
    fetched, _ = _clocked(lambda: _fetch(source, asked))
    read, _ = _clocked(lambda: sum(page.rows for _, page, _ in desk.archive.read(landing)))
    judged, verdict = _clocked(lambda: _judge(desk, source, landing))
    ledger.landed(desk.conn(), token, landing)
    loaded, _ = _clocked(lambda: load(desk.conn(), token, partition, verdict, landing))
    return {
        "rows": landing.rows,
        "fetch": fetched,
        "decode": pulled - fetched,
        "landing": landed - pulled,
        "read": read,
        "judge": judged - read,
        "load": loaded,
    }


def _clocked(action: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    made = action()
    return time.perf_counter() - started, made


def _pull(source: Source, partition: Partition) -> int:
    return sum(exchange.page.rows for exchange in pull(source, partition, ahead=False))


def _land(desk: Desk, source: Source, partition: Partition, token: int) -> Landing:
    writer = desk.archive.writer(partition, token)
    rows = 0
    for exchange in pull(source, partition, ahead=False):
        rows += exchange.page.rows
        writer.add(request_json(exchange.request), exchange.page, exchange.last)
    return writer.close({"rows": rows})


def _fetch(source: Source, asked: list[dict[str, Any]]) -> int:
    """Ask once more for every page that was landed, reading bytes only."""
    connection = source.connection
    assert connection.secret
    secret = Path(connection.secret.removeprefix("file/")).read_text(encoding="utf-8").strip()
    form = {"grant_type": "client_credentials", "client_id": connection.client_id}
    size = 0
    with requests.Session() as session:
        session.trust_env = False
        login = session.post(
            f"{connection.url}/oauth/token", form | {"client_secret": secret}, timeout=60
        )
        session.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        for request in asked:
            url = f"{connection.url}{request['path']}"
            with session.get(url, params=request["query"], stream=True, timeout=60) as answer:
                size += len(answer.raw.read())
    return size


def _judge(desk: Desk, source: Source, landing: Landing) -> Judged:
    partition = landing.partition
    judge = Judge(
        load_contract(partition.feed),
        source.source_map,
        partition,
        CodeLists.load(partition.day),
    )
    for _, page, _ in desk.archive.read(landing):
        judge.page(page)
    return judge.close(landing.declared)


if __name__ == "__main__":
    main()
