"""The source's clock, as its Date headers tell it, held against ours.

A partition's day comes from what was asked for, never from a clock; but a source whose clock is
wrong closes its day at the wrong moment and dates its rows wrongly, so it is told.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SKEW = "clock_skew_seconds"
"""Name under which a pull declares how far the source's clock is ahead of ours."""
ALLOWED_SECONDS = 300

log = logging.getLogger(__name__)


class SourceClock:
    """The clock of one source during one pull."""

    def __init__(self, name: str) -> None:
        self._name, self._worst = name, 0

    def read(self, headers: Mapping[str, str]) -> None:
        """Take note of an answer's Date; one that is missing or cannot be read says nothing."""
        try:
            said = parsedate_to_datetime(headers["date"])
        except (KeyError, ValueError):
            return
        skew = round((said.replace(tzinfo=said.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
        if abs(skew) > max(ALLOWED_SECONDS, abs(self._worst)):
            if not self._worst:
                log.warning("[CLOCK] %s: its clock is %+d s from ours", self._name, skew)
            self._worst = skew

    @property
    def declared(self) -> dict[str, int]:
        """Return the worst skew past five minutes, positive where the source is ahead; or none."""
        return {SKEW: self._worst} if self._worst else {}
