"""The load test: ``hub serve`` as a real process, readers in another, loads in a third."""

import asyncio
import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import TreeMemory, cpu_seconds
from benchmarks.size_address import FORMS, KINDS, Deck, Kind
from benchmarks.size_morning import Morning, arrivals, arrive
from benchmarks.size_reader import NAME_HEADER, Answer, Connection
from warehouse.database import connect

Tell = Callable[[str], None]
UNLIMITED = "1000000"
ASSET = re.compile(rb'<(?:link|script|img)[^>]*?(?:href|src)="([^"]+)"')
"""What a page asks for by itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read, and how hard.

    Attributes:
        readers: people at once.
        think: seconds between an answer and a reader's next question, on average; 0 = none.
        seconds: how long they read.
        warm: seconds before that, in which what they see is not counted: the first minutes of
            a server's life.
        workers: processes of ``hub serve``.
        cold: addresses of every kind that are asked for once after a change.
        draws: addresses per unit of a kind's weight that readers choose from.
        seed: of everything drawn.
    """

    readers: int = 50
    think: float = 1.0
    seconds: float = 60.0
    warm: float = 120.0
    workers: int = 1
    cold: int = 10
    draws: int = 25
    seed: int = 1


def measure(url: str, folder: Path, reading: Reading, last: date, tell: Tell) -> dict[str, Any]:
    """Serve a warehouse to readers; return everything that was seen, as JSON values."""
    agencies = _agencies(url)
    with serving(url, folder, reading.workers) as (base, pid):
        deck = Deck(Random(reading.seed), agencies, tuple(FORMS), _days(last))
        known, missing = asyncio.run(_existing(base, deck))
        for kind in missing:
            tell(f"BỎ QUA / SKIPPED, no such page: {kind.name}")
        deck = replace(deck, forms=asyncio.run(_forms(base, deck)))
        cold, weights = asyncio.run(_cold(base, url, known, deck, reading))
        tell("nguội xong / cold done")
        found: dict[str, Any] = {
            "cold": cold,
            "weights": weights,
            "skipped": [k.name for k in missing],
        }
        addresses = [
            (kind.name, kind.draw(deck))
            for kind in known
            for _ in range(int(kind.weight * reading.draws))
        ]
        _read(base, addresses, replace(reading, seconds=reading.warm), reading.think)
        for name, think in (("readers", reading.think), ("flood", 0.0)):
            before = cpu_seconds(pid)
            with (
                Morning(url, agencies, last + timedelta(1)) as morning,
                TreeMemory([pid]) as memory,
            ):
                rows = _read(base, addresses, reading, think)
            found[name] = _told(rows, reading.seconds) | {
                "loads": spread(morning.milliseconds),
                "serving_peak_mib": round(memory.peak_mib, 1),
                "serving_cpu_seconds": round(cpu_seconds(pid) - before, 2),
                "think_seconds": think,
            }
            tell(f"{name}: {found[name]['all']}")
    return found


@contextmanager
def serving(url: str, folder: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Run ``hub serve``; give its address and process id."""
    command = [
        sys.executable,
        "-m",
        "hub.cli.main",
        "serve",
        "--port",
        "0",
        "--workers",
        str(workers),
    ]
    environment = os.environ | {
        "HUB_DATABASE_URL": url,
        "HUB_STATE": str(folder),
        "HUB_PROXY_NAME_HEADER": NAME_HEADER,
        "HUB_RATE_PER_MINUTE": UNLIMITED,  # pages are measured, not the limit of questions
        "HUB_RATE_BURST": UNLIMITED,
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        base = process.stdout.readline().strip().rstrip("/")
        for _ in range(200):
            try:
                asyncio.run(_get(base, "/health"))
                break
            except OSError:
                time.sleep(0.1)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return count, median, 95th and 99th percentile and maximum (nearest rank)."""
    if not values:
        return {"count": 0}
    known = sorted(values)

    def at(share: float) -> float:
        return round(known[min(int(len(known) * share), len(known) - 1)], 1)

    return {
        "count": len(known),
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "max": round(known[-1], 1),
    }


async def _existing(base: str, deck: Deck) -> tuple[list[Kind], list[Kind]]:
    known: list[Kind] = []
    missing: list[Kind] = []
    for kind in KINDS:
        statuses = {(await _get(base, kind.draw(deck))).status for _ in range(3)}
        (known if statuses == {200} else missing).append(kind)
    return known, missing


async def _forms(base: str, deck: Deck) -> tuple[str, ...]:
    found = [form for form in deck.forms if (await _get(base, f"/forms/{form}")).status == 200]
    return tuple(found or deck.forms)


async def _cold(
    base: str, url: str, kinds: Sequence[Kind], deck: Deck, reading: Reading
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask for addresses alone, each the first time after a day arrived; weigh the pages."""
    times: dict[str, Any] = {}
    weights: dict[str, Any] = {}
    # an operator is never told what was kept before a commit
    connection = Connection(*_place(base), name="operator", groups="hub-operator")
    tomorrow = date.fromisoformat(max(deck.days)) + timedelta(1)
    arriving = enumerate(arrivals(deck.agencies, tomorrow))
    with closing(connect(url, name="morning")) as conn:
        for kind in kinds:
            answers = []
            for _ in range(reading.cold):
                number, where = next(arriving)
                arrive(conn, where, number)
                await asyncio.sleep(1.05)  # until the server looks at the version again
                answers.append(await connection.get(kind.draw(deck)))
            wrong = sum(answer.status != 200 for answer in answers)
            times[kind.name] = spread([a.milliseconds for a in answers]) | {"wrong": wrong}
            weights[kind.name] = await _weight(base, max(answers, key=lambda a: a.size))
    connection.close()
    return times, weights


async def _weight(base: str, answer: Answer) -> dict[str, int]:
    """Return bytes on the wire of a page with all it asks for, and how many requests it makes."""
    is_packed = answer.headers.get("content-encoding") == "gzip"
    body = gzip.decompress(answer.body) if is_packed else answer.body
    assets = sorted({found.decode() for found in ASSET.findall(body)})
    sizes = [(await _get(base, asset)).size for asset in assets]
    return {
        "page_bytes": answer.size,
        "all_bytes": answer.size + sum(sizes),
        "requests": 1 + len(assets),
    }


async def _get(base: str, address: str) -> Answer:
    connection = Connection(*_place(base), name="reader")
    try:
        return await connection.get(address)
    finally:
        connection.close()


def _place(base: str) -> tuple[str, int]:
    parts = urlsplit(base)
    return str(parts.hostname), int(parts.port or 80)


def _read(
    base: str, addresses: Sequence[tuple[str, str]], reading: Reading, think: float
) -> list[tuple[str, float, int, int, float]]:
    host, port = _place(base)
    job = {
        "host": host,
        "port": port,
        "addresses": list(addresses),
        "readers": reading.readers,
        "think": think,
        "seconds": reading.seconds,
    }
    command = [sys.executable, "-m", "benchmarks.size_reader"]
    done = subprocess.run(
        command, input=json.dumps(job), stdout=subprocess.PIPE, text=True, check=True
    )
    rows: list[tuple[str, float, int, int, float]] = json.loads(done.stdout)
    return rows


def _told(rows: Sequence[tuple[str, float, int, int, float]], seconds: float) -> dict[str, Any]:
    kinds = sorted({row[0] for row in rows})
    per_kind = {kind: spread([row[1] for row in rows if row[0] == kind]) for kind in kinds}
    return {
        "all": spread([row[1] for row in rows]),
        "kinds": per_kind,
        "answers_per_second": round(len(rows) / seconds, 1),
        "wrong": sum(row[2] != 200 for row in rows),
        "statuses": sorted({row[2] for row in rows}),
    }


def _agencies(url: str) -> tuple[str, ...]:
    text = (
        "SELECT DISTINCT h.agency_code FROM ledger.head AS h JOIN core.dim_agency AS a"
        " ON a.agency_code = h.agency_code AND a.valid_to IS NULL WHERE h.feed = 'dossiers'"
        " ORDER BY 1"
    )
    with closing(connect(url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute(text)
        return tuple(row[0] for row in cursor.fetchall())


def _days(last: date) -> tuple[str, ...]:
    return tuple((last - timedelta(n)).isoformat() for n in range(20))


def summary(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the lines that a reader of the results wants first."""
    return [
        (name, f"p50 {found[name]['all']['p50']} · p95 {found[name]['all']['p95']} ms")
        for name in ("readers", "flood")
    ]
