"""The embedded PostgreSQL, crashed on purpose and started again on what is left."""

import os
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import psycopg2

from contracts.errors import HubError
from warehouse import embedded

SETTINGS = {
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    # A deadlock is an answer in these rounds; nobody should wait a second for it.
    "deadlock_timeout": "100ms",
    # What is not flushed by its own COMMIT stays unflushed: a design that acknowledges early is
    # then caught by the crash, not by the luck of the background writer's 200 ms.
    "wal_writer_delay": "10s",
    "autovacuum": "off",
    # The load must ask for durability itself, wherever the server's default is weaker.
    "synchronous_commit": "off",
    "fsync": "off",
}
"""fsync is off: processes die in this campaign, the kernel does not; power loss is not tested."""

UP_SECONDS = 60.0


class Crash(StrEnum):
    """How the database dies."""

    IMMEDIATE = "immediate stop"
    POSTMASTER = "SIGKILL of the postmaster"
    BACKEND = "SIGKILL of a backend"


class Server:
    """One cluster in a temporary folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faults-", dir="/tmp"))
        self.folder.chmod(0o755)  # root's server runs as another user
        self._server = embedded.start(self.folder, settings=SETTINGS)

    def url(self, database: str = "postgres") -> str:
        """Return the address of one database for its superuser."""
        return self._server.database_url(database)

    def create(self, database: str) -> str:
        """Create an empty database and return its address."""
        return self._server.create_database(database)

    def crash(self, how: Crash, backend: int = 0) -> None:
        """Let the database die without a checkpoint, then recover it.

        Args:
            how: manner of death.
            backend: process id of the backend to kill, for ``Crash.BACKEND`` alone; the
                postmaster then ends all others and recovers by itself.
        """
        match how:
            case Crash.IMMEDIATE:
                self._server.stop("immediate")
            case Crash.POSTMASTER:
                os.kill(self._server.pid, signal.SIGKILL)
                assert self._server.process is not None
                self._server.process.wait()
            case Crash.BACKEND:
                self._kill_backend(backend)
                return
        self._restart()

    def _restart(self) -> None:
        limit = time.monotonic() + UP_SECONDS
        while True:
            try:
                self._server = embedded.start(
                    self.folder, port=self._server.port, settings=SETTINGS
                )
            except HubError as error:
                # Orphans of a killed postmaster hold the shared memory until they notice.
                if error.code != "PG-START" or time.monotonic() > limit:
                    raise
                time.sleep(0.05)
            else:
                return

    def _kill_backend(self, pid: int) -> None:
        witness = psycopg2.connect(self.url())
        os.kill(pid, signal.SIGKILL)
        with suppress(psycopg2.Error), witness.cursor() as cur:
            while True:  # until the postmaster has noticed and thrown everybody out
                cur.execute("SELECT pg_sleep(0.005)")
        witness.close()
        limit = time.monotonic() + UP_SECONDS
        while time.monotonic() < limit:
            with suppress(psycopg2.OperationalError):
                psycopg2.connect(self.url()).close()
                return
            time.sleep(0.02)
        raise TimeoutError((self.folder / "postgres.log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop for good and remove every file."""
        self._server.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)
