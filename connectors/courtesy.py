"""Courtesy: how much of a source's time all workers of one machine take together."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import SourceUnavailable

_POLL = 0.1


class Courtesy:
    """Slots and least intervals per connection, kept by file locks.

    It holds for workers that share the folder, in practice those of one machine; workers on
    several machines need Airflow's pool per source beside it. Slots are not handed out in the
    order of asking. A lock dies with its process, so nothing is left behind by a kill.

    Args:
        folder: where the lock files are.
        longest: seconds to wait for a slot.
        sleep: waits; replaced in tests.
    """

    def __init__(
        self,
        folder: Path,
        *,
        longest: float = 900.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder, self._longest, self._sleep = folder, longest, sleep
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def slot(self, name: str, count: int) -> Iterator[None]:
        """Hold one of a connection's slots.

        Raises:
            SourceUnavailable: COURTESY, none came free in time.
        """
        waited = 0.0
        while (held := self._take(name, count)) is None:
            if waited >= self._longest:
                raise SourceUnavailable(
                    "Other pulls occupy the source", code="COURTESY", seen=f"{count} at {name}"
                )
            self._sleep(_POLL)
            waited += _POLL
        try:
            yield
        finally:
            os.close(held)

    def pace(self, name: str, seconds: float) -> None:
        """Wait until ``seconds`` have passed since anybody's last request to a connection."""
        if seconds <= 0:
            return
        path = self._folder / f"{name}.pace"
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last = path.stat()
            wait = last.st_mtime + seconds - time.time()
            if last.st_size and 0 < wait <= seconds:
                self._sleep(wait)
            file.write("" if last.st_size else "asked\n")
            file.flush()
            os.utime(path)

    def _take(self, name: str, count: int) -> int | None:
        for number in range(count):
            file = os.open(self._folder / f"{name}.{number}.lock", os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                return file
        return None
