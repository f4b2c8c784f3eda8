"""A generator run ahead of its consumer, so that the network works while pages are judged."""

import queue
import threading
from collections.abc import Generator
from typing import Any, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")


class _End(Exception):
    """The producer is done."""


class _Ahead(threading.Thread):
    """Runs a generator into a bounded queue of callables that give an item or raise."""

    def __init__(self, produce: Generator[Any, None, Any], depth: int) -> None:
        super().__init__(name="ahead", daemon=True)
        self._produce = produce
        self._stop_asked = threading.Event()
        self.made: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(maxsize=depth)

    def run(self) -> None:
        """Produce until the end, an error, or until nobody wants more."""
        try:
            while self._offer(next(self._produce), None):
                pass
        except StopIteration as end:
            self._offer(None, _End(end.value))
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            self._offer(None, error)
        finally:
            self._produce.close()

    def end(self) -> None:
        """Want no more, and wait until the producer is closed."""
        self._stop_asked.set()
        self.join()

    def _offer(self, item: Any, error: BaseException | None) -> bool:
        while not self._stop_asked.is_set():
            try:
                self.made.put((item, error), timeout=0.1)
            except queue.Full:
                continue
            return True
        return False


def run_ahead(produce: Generator[T, None, R], depth: int) -> Generator[T, None, R]:
    """Yield what a generator yields, up to ``depth`` items of it made in a thread meanwhile.

    Errors of the producer are raised at the consumer; when the consumer stops, the producer is
    closed in its own thread before this returns.
    """
    thread = _Ahead(produce, depth)
    thread.start()
    try:
        while True:
            item, error = thread.made.get()
            if isinstance(error, _End):
                return cast("R", error.args[0])
            if error:
                raise error
            yield cast("T", item)
    finally:
        thread.end()
