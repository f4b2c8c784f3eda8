"""A small nation to test against: the sandbox as a process, and connections that lead to it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import yaml

from connectors.agency import load_agencies


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox process."""

    url: str
    secrets: Path
    process: subprocess.Popen[bytes]

    def control(
        self, name: str, order: Mapping[str, object] | None = None, *, method: str = "POST"
    ) -> Any:
        """Send an order to the control address and return its answer."""
        body = json.dumps(order).encode() if order is not None else None
        request = Request(f"{self.url}/_control/{name}", data=body, method=method)
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def truth(self, feed: str, day: date, agency: str) -> dict[str, Any]:
        """Return the expected balance of one partition."""
        told = self.control(f"truth?feed={feed}&from={day}&to={day}&agency={agency}", method="GET")
        found: dict[str, Any] = told["days"][0]
        return found

    def stop(self) -> None:
        """End the process; every source is then unreachable."""
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def sandbox(folder: Path, *, scale: float, dirt: float = 0.0) -> Iterator[Sandbox]:
    """Run a sandbox until the end of the block; rows are dirty where a test orders it."""
    secrets, ready = folder / "secrets", folder / "sandbox.ready"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "sandbox", "--scale", str(scale), "--dirt", str(dirt)]
    process = subprocess.Popen(
        [*command, "--secrets", str(secrets), "--ready", str(ready)], stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None, "the sandbox ended while starting"
            assert time.monotonic() < deadline, "the sandbox is not ready"
            time.sleep(0.02)
        yield Sandbox(json.loads(ready.read_text())["url"], secrets, process)
    finally:
        process.terminate()
        process.wait(20)


def write_connections(path: Path, nation: Sandbox, agencies: Path | None = None) -> None:
    """Write a connections file that leads every feed of every agency to the sandbox."""
    entries = {
        source.connection: {
            "url": f"{nation.url}/a/{agency.code}",
            "username": agency.code,
            "client_id": agency.code,
            "system_id": agency.code,
            "secret": f"file/{nation.secrets / agency.code}",
            "networks": ["loopback"],
        }
        for agency in load_agencies(agencies).values()
        for source in agency.feeds.values()
    }
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
