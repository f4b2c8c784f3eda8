"""How long we wait for a source, and how often we try again."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from contracts.errors import SourceUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of one pull; seconds and bytes per second.

    Attributes:
        connect: to open a connection.
        read: longest silence while an answer is awaited or read; a system's ``read_seconds``
            where this is None.
        answer: for one whole answer, headers to last byte; a file of gigabytes has to fit.
        slowest: least bytes per second after ``grace``.
        grace: from when the least rate is asked for.
        attempts: tries of one request.
        budget: all waiting between tries of one pull.
        first: upper end of the first wait; doubles with every try (full jitter).
        longest: upper end of a wait that the source did not ask for.
        sleep: waits; replaced in tests.
        jitter: draws a wait between two bounds.
    """

    connect: float = 10.0
    read: float | None = None
    answer: float = 1800.0
    slowest: float = 1024.0
    grace: float = 30.0
    attempts: int = 5
    budget: float = 600.0
    first: float = 1.0
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform


class Busy(SourceUnavailable):
    """The source asks for a pause (429, 503) or broke off; waiting helps.

    Attributes:
        after: seconds it asked for; None where it named none that can be read.
    """

    after: float | None = None


class Waits:
    """The waiting of one pull, held against its budget."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._left = patience.budget

    def pause(self, error: SourceUnavailable, attempt: int) -> None:
        """Wait before the next try, or raise the error when tries or budget are spent.

        Args:
            error: what went wrong.
            attempt: tries so far, from 1.

        Raises:
            SourceUnavailable: the error itself, when no try is left.
        """
        patience = self._patience
        if attempt >= patience.attempts or self._left <= 0:
            raise error
        asked = error.after if isinstance(error, Busy) else None
        highest = min(patience.longest, patience.first * 2 ** (attempt - 1))
        wait = min(patience.jitter(0.0, highest) if asked is None else asked, self._left)
        self._left -= wait
        log.warning("%s; try %d of %d in %.1f s", error.code, attempt, patience.attempts, wait)
        patience.sleep(wait)


def retry_after(text: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds of a Retry-After header, None where it is absent or makes no sense.

    >>> retry_after("120"), retry_after("-1"), retry_after("soon")
    (120.0, None, None)
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())
