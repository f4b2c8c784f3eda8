"""Where a benchmark runs: an embedded PostgreSQL, the sandbox nation, folders of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg2
import requests
import yaml
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from benchmarks.environment import comparator_python
from benchmarks.measure import cpu_seconds
from benchmarks.plan import Plan
from connectors.agency import load_agencies
from contracts.partition import Partition
from hub.settings import read_settings
from warehouse import embedded
from warehouse.database import connect, migrate
from warehouse.dimension import sync_dimensions

BLOCK = 1 << 20
"""Bytes per write of a COPY."""
TEMPLATE = "benchmark_template"
_SHAPE = {"warm": {"shape": "one_stop_rest"}}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A process that serves one agency's systems.

    Attributes:
        process: the process.
        base: address of the agency's systems.
        rows: dossiers that it serves for the benchmarked day, deliberate duplicates included.
    """

    process: "subprocess.Popen[bytes]"
    base: str
    rows: int


@dataclass(frozen=True, slots=True)
class Site:
    """What every figure needs.

    Attributes:
        plan: what is measured.
        folder: var/benchmark; everything below it may be removed between runs.
        server: the embedded PostgreSQL.
        sandboxes: agency -> the process that serves it; each province has a system of its own.
        comparator: interpreter that has dlt.
    """

    plan: Plan
    folder: Path
    server: embedded.Server
    sandboxes: Mapping[str, Sandbox]
    comparator: Path

    @property
    def cores(self) -> int:
        """Return how many cores the processes share."""
        return len(os.sched_getaffinity(0))

    @property
    def job(self) -> dict[str, object]:
        """Return what dlt is told beside its variant: the very requests that the hub makes."""
        agency = self.plan.agencies[0]
        first, last = Partition(agency, "dossiers", self.plan.day).bounds
        instants = [f"{at:%Y-%m-%dT%H:%M:%S}.000Z" for at in (first, last)]
        return {
            "base": self.sandboxes[agency].base,
            "agency": agency,
            "secret": (self.folder / "secrets" / agency).read_text(encoding="utf-8").strip(),
            "rows": self.plan.dlt_rows,
            "size": self.plan.page_size,
            "query": {
                "spec": "page",
                "sort": "updatedDate,asc",
                "updated-from": instants[0],
                "updated-to": instants[1],
            },
        }

    def settings(self, url: str, archive: Path) -> dict[str, str]:
        """Return the environment under which our workers run."""
        return {
            "HUB_STATE": str(self.folder),
            "HUB_DATABASE_URL": url,
            "HUB_ARCHIVE_URL": str(archive),
            "HUB_CONNECTIONS": str(self.folder / "connections.yaml"),
        }

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """Yield the URL of a migrated, empty warehouse of that name; drop it afterwards."""
        drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        self.administer(drop, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY wal_log")
        try:
            yield self.server.database_url(name)
        finally:
            self.administer(drop)

    def settle(self) -> None:
        """Write out what earlier figures left dirty, so that none pays for another."""
        self.administer("CHECKPOINT")
        os.sync()

    def metered(self, action: Callable[[], T]) -> tuple[T, dict[str, float]]:
        """Return what an action returns and the CPU seconds that the servers spent meanwhile."""
        before = self._cpu()
        made = action()
        return made, {part: spent - before[part] for part, spent in self._cpu().items()}

    def _cpu(self) -> dict[str, float]:
        served = sum(cpu_seconds(one.process.pid) for one in self.sandboxes.values())
        return {"postgresql": cpu_seconds(self.server.pid), "sandbox": served}

    def administer(self, *statements: str) -> None:
        """Run statements that stand outside of transactions."""
        with closing(psycopg2.connect(self.server.database_url("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)


@contextmanager
def open_site(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Iterator[Site]:
    """Install the comparator, start PostgreSQL and the sandbox, print the days to be served."""
    folder.mkdir(parents=True, exist_ok=True)
    tell("môi trường của dlt / environment of dlt")
    comparator = comparator_python(folder / "venv")
    with ExitStack() as stack:
        server = embedded.start(folder)
        stack.callback(server.stop)
        sandboxes = {}
        for agency in plan.agencies:
            tell(f"in {plan.rows:,} hồ sơ của {agency} / printing the dossiers of {agency}")
            sandboxes[agency] = stack.enter_context(_sandbox(plan, folder, agency))
        site = Site(plan, folder, server, sandboxes, comparator)
        tell("khuôn kho / template of the warehouse")
        _template(site)
        _connections(site)
        yield site


def _template(site: Site) -> None:
    drop = f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)"
    site.administer(drop, f"CREATE DATABASE {TEMPLATE}")
    url = site.server.database_url(TEMPLATE)
    migrate(url)
    with closing(connect(url)) as connection:
        sync_dimensions(connection)


@contextmanager
def _sandbox(plan: Plan, folder: Path, agency: str) -> Iterator[Sandbox]:
    """Start a sandbox, order the day, and have it printed before anybody asks for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sandbox", "--port", str(port)]
    command += ["--secrets", str(folder / "secrets")]
    with (folder / f"sandbox-{agency}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"
        yield Sandbox(process, f"{base}/a/{agency}", _print(base, plan, agency))
    finally:
        process.terminate()
        process.wait(timeout=30)


def _print(base: str, plan: Plan, agency: str) -> int:
    order = {"agency": agency, "feed": "dossiers", "day": plan.day.isoformat(), "rows": plan.rows}
    patience = Retry(total=10, backoff_factor=0.1, allowed_methods=None)
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=patience))  # until it listens
        for step in ("volume", "warm"):
            answer = session.post(
                f"{base}/_control/{step}", json=order | _SHAPE.get(step, {}), timeout=900
            )
            answer.raise_for_status()
    return int(answer.json()["one_stop_rest"]["rows"])


def _connections(site: Site) -> None:
    """Write one connection per agency, under the name that its file gives."""
    entries = {}
    agencies = load_agencies(read_settings(os.environ).agencies)
    for code, sandbox in site.sandboxes.items():
        name = agencies[code].feeds["dossiers"].connection
        secret = f"file/{site.folder / 'secrets' / code}"
        entries[name] = {
            "url": sandbox.base,
            "client_id": code,
            "secret": secret,
            "networks": ["loopback"],
        }
    target = site.folder / "connections.yaml"
    target.write_text(yaml.safe_dump(entries), encoding="utf-8")
