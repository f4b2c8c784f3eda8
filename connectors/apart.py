"""A reader of foreign files runs in a process of its own, so that what breaks it breaks only it.

A damaged workbook made its reader ask for 800 GB and so end its process; here that ends one file.
"""

import faulthandler
import os
import resource
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import NoReturn, TypeVar

import psutil

from contracts.errors import ContractBroken, HubError

T = TypeVar("T")

_SECONDS = 300
"""Processor time for one file; a million cells take about two seconds."""


@dataclass(frozen=True, slots=True)
class _End:
    """The reader is done."""


def read_apart(reader: Callable[[], Iterator[T]], room: int) -> Generator[T, None, None]:
    """Yield what a reader yields in a process with ``room`` bytes of memory beyond ours.

    Raises:
        ContractBroken: what the reader raises; FORMAT where the file breaks its process.
    """
    ours, theirs = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        ours.close()
        _serve(reader, theirs, room)
    theirs.close()
    try:
        yield from _receive(ours)
    finally:
        ours.close()
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _receive(ours: "Connection[object, object]") -> Iterator[T]:
    while True:
        try:
            made = ours.recv()
        except EOFError:
            raise ContractBroken(
                "The file breaks its reader", code="FORMAT", allowed="a file that is whole"
            ) from None
        match made:
            case _End():
                return
            case HubError():
                raise made
        yield made  # type: ignore[misc]


def _serve(
    reader: Callable[[], Iterator[object]], theirs: "Connection[object, object]", room: int
) -> NoReturn:
    """Read, then end without the parent's exit handlers; a reader that breaks ends silently."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
        faulthandler.disable()
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 2)  # what a broken reader says may hold what it read
        _limit(resource.RLIMIT_AS, psutil.Process().memory_info().vms + room)
        _limit(resource.RLIMIT_CPU, _SECONDS)
        _limit(resource.RLIMIT_CORE, 0)
        with closing(theirs), suppress(BrokenPipeError):
            try:
                for made in reader():
                    theirs.send(made)
                theirs.send(_End())
            except HubError as error:
                theirs.send(error)
    finally:
        os._exit(0)


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    within = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (within, hard))
