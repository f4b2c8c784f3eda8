"""Processes that belong together: started in order, watched, ended, and cleaned up after a crash.

Every service runs in a session of its own with its output in a file. It writes its session
number to disk itself, before it becomes the program, so that the next start finds what a killed
one left behind, also children whose parent is gone.
"""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from contracts.errors import ConfigError, HubError

SIGN_AND_RUN = 'echo $$ >"$0.part" && mv "$0.part" "$0" && exec "$@"'
"""A killed starter cannot leave a service without its record: the service writes it."""

POLL_SECONDS = 0.05
KILL_SECONDS = 10.0
RESTARTS = 3
"""How often a killed service is started anew."""

CLOCK_SLACK_SECONDS = 2.0
"""A process that is younger than its record by more is a stranger with a reused number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process to keep running.

    Attributes:
        name: word for logs and messages; names the log file.
        command: program and arguments.
        env: its whole environment.
        ready: tells whether it serves; asked again and again until it says so.
        patience: seconds it may take to become ready.
        grace: seconds between TERM and KILL.
        wave: those of a higher wave are ended first.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    ready: Callable[[], bool] = lambda: True
    patience: float = 90.0
    grace: float = 10.0
    wave: int = 0


@dataclass(slots=True)
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    restarts: int = 0


@dataclass(slots=True)
class Stack:
    """Services of one state folder; use as a context, leaving it ends them all.

    Attributes:
        state: state folder; logs go to ``log``, records to ``run`` below it.
    """

    state: Path
    _running: list[_Running] = field(default_factory=list)
    _lock: int = -1

    def __enter__(self) -> Self:
        """Take the state folder and end what an unclean stop left in it.

        Raises:
            ConfigError: another process holds the state folder.
        """
        self._run_folder.mkdir(parents=True, exist_ok=True)
        (self.state / "log").mkdir(exist_ok=True)
        self._lock = os.open(self._run_folder / "stack.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise ConfigError(
                "Một lượt chạy khác đang dùng thư mục này / another run holds this state folder",
                code="STACK-BUSY",
                where=str(self.state),
                action="stop it with Ctrl-C, or set HUB_STATE to another folder",
            ) from None
        clean(self.state)
        return self

    def __exit__(self, *_: object) -> None:
        """End every service, whatever happened."""
        with ignoring_interrupts():
            self.stop()
            os.close(self._lock)

    @property
    def _run_folder(self) -> Path:
        return self.state / "run"

    def start(self, service: Service) -> None:
        """Start a service; ``wait`` tells when it serves."""
        self._running.append(_Running(service, self._launch(service)))

    def _launch(self, service: Service) -> subprocess.Popen[bytes]:
        record = str(self._run_folder / f"{service.name}.session")
        with (self.state / "log" / f"{service.name}.log").open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - commands are ours
                ["/bin/sh", "-c", SIGN_AND_RUN, record, *service.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(service.env),
                start_new_session=True,  # Ctrl-C at the terminal is ours to handle, in order
            )

    def wait(self, *names: str) -> None:
        """Wait until the named services are ready, all by default.

        Raises:
            HubError: one ended, or was not ready in time; names its log and its last line.
        """
        began = time.monotonic()
        waiting = [r for r in self._running if not names or r.service.name in names]
        while waiting:
            waiting = [r for r in waiting if not r.service.ready()]
            for running in waiting:
                late = time.monotonic() - began > running.service.patience
                if running.process.poll() is not None or late:
                    raise self._died(running, "late" if late else "ended")
            time.sleep(POLL_SECONDS if waiting else 0)

    def check(self) -> None:
        """Start anew what somebody has killed; what ended by itself is a failure.

        What is left of a killed service is ended first: its work is taken up from the ledger.

        Raises:
            HubError: a service ended by itself, or was killed too often; names its log.
        """
        for running in self._running:
            code = running.process.poll()
            if code is None:
                continue
            running.restarts += 1
            if code > 0 or running.restarts > RESTARTS:
                raise self._died(running, f"ended with {code}")
            end_sessions({running.process.pid})
            running.process = self._launch(running.service)

    def stop(self) -> None:
        """End all services, last wave first: TERM to the group, KILL to the session after it."""
        for wave in sorted({r.service.wave for r in self._running}, reverse=True):
            ending = [r for r in self._running if r.service.wave == wave]
            for running in ending:
                with suppress(ProcessLookupError):
                    os.killpg(running.process.pid, signal.SIGTERM)
            _await_end(ending)
            end_sessions({r.process.pid for r in ending})
            for running in ending:
                running.process.wait()
                (self._run_folder / f"{running.service.name}.session").unlink(missing_ok=True)
        self._running.clear()

    def _died(self, running: _Running, how: str) -> HubError:
        log = self.state / "log" / f"{running.service.name}.log"
        lines = log.read_text(errors="replace").splitlines()
        return HubError(
            f"{running.service.name}: {how}",
            code="STACK-DOWN",
            where=str(log),
            seen=lines[-1][-200:] if lines else "",
            action="hub doctor",
        )


def clean(state: Path) -> int:
    """End whatever an unclean stop left running; return how many sessions that were."""
    records = list((state / "run").glob("*.session"))
    sessions = {session for record in records if (session := _left_behind(record))}
    end_sessions(sessions, grace=KILL_SECONDS)
    for record in records:
        record.unlink()
    return len(sessions)


def _left_behind(record: Path) -> int | None:
    """Return the session of a record that still has members and is not somebody else's by now."""
    written = record.stat().st_mtime
    text = record.read_text().strip()
    if written < psutil.boot_time() or not text.isdigit():
        return None
    session = int(text)
    try:
        if psutil.Process(session).create_time() > written + CLOCK_SLACK_SECONDS:
            return None
    except psutil.NoSuchProcess:
        pass  # the leader is gone; its children may not be
    return session if members({session}) else None


def members(sessions: Iterable[int]) -> list[int]:
    """Return the live processes of sessions; zombies are not alive."""
    wanted, found = set(sessions), []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            ours = os.getsid(process.pid) in wanted
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def end_sessions(sessions: set[int], *, grace: float = 0.0) -> None:
    """End all processes of sessions: TERM, then KILL after the grace; wait until gone."""
    if grace:
        _signal(members(sessions), signal.SIGTERM)
        _until(lambda: not members(sessions), grace)
    deadline = time.monotonic() + KILL_SECONDS
    while (left := members(sessions)) and time.monotonic() < deadline:
        _signal(left, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _await_end(ending: Sequence[_Running]) -> None:
    grace = max(r.service.grace for r in ending)
    _until(lambda: all(r.process.poll() is not None for r in ending), grace)


def _until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def ignoring_interrupts() -> Iterator[None]:
    """Let nothing interrupt the cleaning up: a second Ctrl-C is not heard within."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def free_port(wanted: int = 0) -> int:
    """Return a free TCP port of 127.0.0.1, the wanted one where nobody has it."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise ConfigError("no free port on 127.0.0.1", code="PORT")
