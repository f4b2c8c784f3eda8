"""What processes cost, read from /proc, and the machine they ran on."""

import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """Return CPU seconds of a process, of its living descendants and of those it has reaped.

    A PostgreSQL backend that ended is counted through its postmaster, which reaps it.
    """
    return sum(_ticks(one) for one in (pid, *descendants(pid))) / TICKS


def descendants(pid: int) -> Iterator[int]:
    """Yield the living children of a process, and theirs."""
    for task in (PROC / str(pid) / "task").glob("*/children"):
        for child in _text(task).split():
            yield int(child)
            yield from descendants(int(child))


def peak_mib(pid: int | str = "self") -> float:
    """Return the highest resident memory a process ever had (VmHWM), in MiB."""
    for line in _text(PROC / str(pid) / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


class TreeMemory:
    """Watches the resident memory of processes with their descendants while a block runs.

    Pages that parent and forked child share are counted for each, so the figure is an upper
    bound. Taken ten times a second; a process's own ``VmHWM`` sees what lies between.

    Attributes:
        peak_mib: highest sum over one process and its descendants seen so far, in MiB.
    """

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids, self._over = tuple(pids), Event()
        self._thread = Thread(target=self._watch, name="memory", daemon=True)
        self.peak_mib = 0.0

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            trees = (sum(map(_resident, (pid, *descendants(pid)))) for pid in self._pids)
            self.peak_mib = max(self.peak_mib, *trees)


def _resident(pid: int) -> float:
    pages = _text(PROC / str(pid) / "statm").split()[1:2]
    return int(pages[0]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if pages else 0.0


def _ticks(pid: int) -> int:
    # user, system, and the same of reaped children: fields 14 to 17; the name may hold spaces
    fields = _text(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return sum(int(value) for value in fields[11:15])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:  # the process ended between the listing and the reading
        return ""


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, middle and largest of the repeated values of one figure."""

    min: float
    median: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Return the spread of at least one value, rounded to four decimals."""
        known = sorted(values)
        return cls(round(known[0], 4), round(median(known), 4), round(known[-1], 4))


def machine() -> dict[str, str | int | float]:
    """Return processor, cores, memory and versions; no names of hosts or users."""
    processor = ""
    for line in _text(PROC / "cpuinfo").splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages * size / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_average_at_start": round(os.getloadavg()[0], 2),
    }
