"""Lanes: the order in which the partitions of a plan may run side by side."""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from datetime import date

from contracts.partition import Partition

Lane = tuple[str, str]
"""(agency, feed): one source, one history of volumes, one chain of dossier changes."""


class Lanes:
    """Hands out partitions, earliest day first; of a lane one at a time, its days in order.

    Days of one lane depend on each other (volume history, a dossier's last change), days of
    different lanes do not: this order gives the result of a run without any parallelism.
    """

    def __init__(self, partitions: Iterable[Partition], *, park_after: int) -> None:
        self._waiting: dict[Lane, deque[Partition]] = defaultdict(deque)
        for partition in sorted(partitions, key=lambda p: p.day):
            self._waiting[_lane(partition)].append(partition)
        self._ready: list[tuple[date, Lane]] = [(q[0].day, n) for n, q in self._waiting.items()]
        heapq.heapify(self._ready)
        self._failures: Counter[Lane] = Counter()
        self._park_after = park_after

    def take(self) -> Partition | None:
        """Return the next partition that may start now, or None while all lanes are busy."""
        if not self._ready:
            return None
        _, lane = heapq.heappop(self._ready)
        return self._waiting[lane].popleft()

    def done(self, partition: Partition, *, failed: bool, stopped: bool = False) -> list[Partition]:
        """Free the partition's lane; return the days left out because the lane is parked.

        A lane is parked after too many failures in a row, or at once by a security stop.
        """
        lane = _lane(partition)
        self._failures[lane] = self._failures[lane] + 1 if failed else 0
        waiting = self._waiting[lane]
        if stopped or self._failures[lane] >= self._park_after:
            left = list(waiting)
            waiting.clear()
            return left
        if waiting:
            heapq.heappush(self._ready, (waiting[0].day, lane))
        return []


def _lane(partition: Partition) -> Lane:
    return partition.agency, partition.feed
