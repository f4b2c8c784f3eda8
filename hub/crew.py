"""Worker processes of a backfill: each opens its connections once and keeps them."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import cast

from contracts.errors import HubBug
from contracts.partition import Partition
from hub.result import RunResult

Work = Callable[[Partition], RunResult]
Workshop = Callable[[], AbstractContextManager[Work]]
"""Opens what a worker keeps (database connection, sessions, contracts); must pickle."""

AHEAD = 2
"""Partitions a worker holds at once: one at work, one waiting, so that it never idles."""


@dataclass(slots=True)
class Hand:
    """One worker process and what it was given."""

    process: SpawnProcess
    pipe: "Connection[Partition, RunResult]"
    holds: list[Partition] = field(default_factory=list)


@contextmanager
def crew(workshop: Workshop, size: int) -> Iterator[list[Hand]]:
    """Start workers; on leaving, each finishes the partition it is at and goes."""
    context = get_context("spawn")
    with ExitStack() as stack:
        hands = []
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(workshop, theirs), daemon=True)
            process.start()
            theirs.close()
            stack.callback(_dismiss, process, ours)
            hands.append(Hand(process, cast("Connection[Partition, RunResult]", ours)))
        yield hands


def give(hand: Hand, partition: Partition) -> None:
    """Hand a partition to a worker; a worker that is gone is found out by ``collect``."""
    hand.holds.append(partition)
    try:
        hand.pipe.send(partition)
    except (BrokenPipeError, ConnectionResetError):
        return


def collect(hands: list[Hand]) -> Iterator[tuple[Hand, RunResult]]:
    """Yield results that are ready, waiting for at least one; a dead worker's are failures."""
    busy = {id(hand.pipe): hand for hand in hands if hand.holds}
    for pipe in wait([hand.pipe for hand in busy.values()]):
        hand = busy[id(pipe)]
        try:
            result = hand.pipe.recv()
        except (EOFError, ConnectionResetError):
            hands.remove(hand)
            yield from [(hand, _lost(hand, partition)) for partition in list(hand.holds)]
            continue
        hand.holds.remove(result.partition)
        yield hand, result


def _lost(hand: Hand, partition: Partition) -> RunResult:
    hand.holds.remove(partition)
    hand.process.join(timeout=5)
    error = HubBug(
        "Tiến trình nạp bị dừng giữa chừng / a worker process ended in the middle",
        code="WORKER-LOST",
        seen=f"exit code {hand.process.exitcode}",
    )
    return RunResult.failed(partition, error)


def _serve(workshop: Workshop, pipe: "Connection[RunResult, Partition]") -> None:
    # Ctrl-C reaches the whole process group; the parent alone decides when workers stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with workshop() as work:
        while True:
            try:
                partition = pipe.recv()
                pipe.send(work(partition))
            except (EOFError, BrokenPipeError, ConnectionResetError):
                return


def _dismiss(process: SpawnProcess, pipe: "Connection[Partition, RunResult]") -> None:
    pipe.close()
    process.join(timeout=30)
    if process.is_alive():
        process.terminate()
        process.join()
