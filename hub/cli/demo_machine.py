"""What the demo runs on: PostgreSQL, the sandbox, Airflow, and the file of connections."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

from contracts.errors import HubError
from hub import airflow, stack
from hub.registry import Registry, read_registry
from hub.settings import Settings
from warehouse import embedded
from warehouse.database import connect, migrate
from warehouse.dimension import sync_dimensions

UI_PORT = 8080
PAGES_PORT = 8088
ANSWER_SECONDS = 30.0
READY = "sandbox.json"
RECEIVER = "reporting"
"""Account at the sandbox's receiver of packets."""


@dataclass(slots=True)
class Machine:
    """Everything that the demo has started on this machine.

    Attributes:
        settings: of the hub, the database's address filled in.
        registry: agencies and what they owe.
        server: PostgreSQL.
        services: the other processes.
        sandbox_url: address of the simulated nation.
        pages_url: address of the hub's pages; empty where they are not started.
        place: where Airflow lives; None where it is not started.
    """

    settings: Settings
    registry: Registry
    server: embedded.Server
    services: stack.Stack
    sandbox_url: str = ""
    pages_url: str = ""
    place: airflow.Place | None = None
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    @property
    def state(self) -> Path:
        """Return the state folder."""
        return self.settings.state_folder

    def prepare_warehouse(self) -> None:
        """Make or upgrade the tables and read the dimensions in."""
        migrate(self.server.url)
        with closing(connect(self.server.url)) as conn:
            sync_dimensions(conn)

    def start_sandbox(self, scale: float, *, is_clean: bool = False) -> None:
        """Start the simulated nation and write the file of connections that leads there.

        Args:
            scale: size of the nation; 1 = the founding documents' figures.
            is_clean: whether its systems make no mistakes, so that every row loads.
        """
        ready = self.state / "run" / READY
        ready.unlink(missing_ok=True)
        port = stack.free_port()
        words = ["--port", str(port), "--scale", str(scale), "--seed", "1"]
        words += ["--dirt", "0"] if is_clean else []
        self.services.start(
            stack.Service(
                name="sandbox",
                command=[
                    *(sys.executable, "-P", "-m", "sandbox", "--host", "127.0.0.1", *words),
                    *("--secrets", str(self._secrets), "--ready", str(ready)),
                ],
                env=_plain_environment(),
                ready=ready.exists,
            )
        )
        self.sandbox_url = f"http://127.0.0.1:{port}"
        self._write_connections()

    @property
    def _secrets(self) -> Path:
        return self.state / "sandbox"

    def _write_connections(self) -> None:
        entries = {
            feed.connection: {
                "url": f"{self.sandbox_url}/a/{code}",
                "username": code,
                "client_id": code,
                "system_id": code,
                "secret": f"file/{self._secrets / code}",
                "networks": ["loopback"],
            }
            for code, agency in self.registry.agencies.items()
            for feed in agency.feeds.values()
        }
        entries["publication"] = {
            "url": f"{self.sandbox_url}/r",
            "client_id": RECEIVER,
            "secret": f"file/{self._secrets / RECEIVER}",
            "networks": ["loopback"],
        }
        path = self.settings.connections_file
        head = "# Written by `hub demo`: every source is the sandbox.\n"
        path.write_text(head + yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")

    def start_pages(self) -> None:
        """Start the hub's pages, for whoever sits at this machine."""
        port = stack.free_port(PAGES_PORT)
        self.pages_url = f"http://127.0.0.1:{port}"
        words = ["serve", "--host", "127.0.0.1", "--port", str(port)]
        self.services.start(
            stack.Service(
                name="pages",
                command=[sys.executable, "-P", "-m", "hub.cli.main", *words],
                env=_plain_environment() | self._hub_environment(),
                ready=self._pages_serve,
            )
        )

    def _pages_serve(self) -> bool:
        try:
            return self._session.get(f"{self.pages_url}/health", timeout=5).ok
        except requests.RequestException:
            return False

    def start_airflow(self) -> airflow.Rest:
        """Start Airflow, make its tables and pools; return its REST interface, nothing unpaused."""
        url = self.server.create_database("airflow")
        place = airflow.Place(self.state, stack.free_port(UI_PORT), url)
        self.place = place
        env = airflow.environment(place, self._hub_environment())
        self._migrate_airflow(env)
        rest = airflow.Rest(place)
        services = airflow.services(place, env)
        self.services.start(services[0])
        self.services.wait(services[0].name)
        rest.lost_tasks()  # the scheduler is not running yet, so nothing else is
        for service in services[1:]:
            self.services.start(service)
        self.services.wait()
        rest.set_pools(airflow.pools(self.registry.agencies.values()))
        return rest

    def _migrate_airflow(self, env: dict[str, str]) -> None:
        """Bring Airflow's tables up to date; skipped where this version has done so here."""
        assert self.place is not None
        stamp = self.place.home / "migrated"
        now = f"{airflow.version()} {self.server.data}"
        if stamp.exists() and stamp.read_text() == now:
            return
        log = self.state / "log" / "airflow-migrate.log"
        with log.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - a command of ours
                airflow.command("db", "migrate"),
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise HubError("airflow db migrate failed", code="AIRFLOW", where=str(log))
        stamp.write_text(now)

    def _hub_environment(self) -> dict[str, str]:
        """Return the settings that tasks get; no daily run starts by itself in a demo."""
        asked = self.settings.model_dump(mode="json", exclude_none=True)
        return {
            **{f"HUB_{name.upper()}": str(value) for name, value in asked.items() if value != ""},
            "HUB_CONNECTIONS": str(self.settings.connections_file.absolute()),
            "DAGS_DAILY_FROM": "9999-01-01",
            "DAGS_RETRY_SECONDS": "5",
        }

    def set_fault(self, fault: str, **place: Any) -> None:
        """Let the sandbox fail in some place until it is told otherwise."""
        self._control("POST", {"fault": fault, "times": -1, **place})

    def clear_faults(self) -> None:
        """Let the sandbox serve everywhere again."""
        self._control("DELETE", None)

    def _control(self, method: str, body: object) -> None:
        address = f"{self.sandbox_url}/_control/faults"
        answer = self._session.request(method, address, json=body, timeout=ANSWER_SECONDS)
        if not answer.ok:
            raise HubError("the sandbox refused", code="SANDBOX", seen=answer.text[:200])


@contextmanager
def machine(settings: Settings) -> Iterator[Machine]:
    """Start PostgreSQL; on leaving, end it and everything that was started on it.

    A server that ran before and is not the demo's own is left running.
    """
    state = settings.state_folder
    with stack.Stack(state) as services:
        ours = state / "run" / "postgres.ours"
        server = embedded.start(state)
        if server.process is not None:
            ours.touch()
        try:
            own = settings.model_copy(update={"database_url": server.url, "state": state})
            yield Machine(own, read_registry(settings.agencies), server, services)
        finally:
            with stack.ignoring_interrupts():
                services.stop()
                if ours.exists():
                    server.stop()
                    with suppress(FileNotFoundError):
                        ours.unlink()


def _plain_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in airflow.INHERITED if name in os.environ}
