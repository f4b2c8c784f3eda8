"""Notes: what must be known of a day that loads all the same."""

from collections.abc import Iterator
from datetime import datetime

from connectors.clock import ALLOWED_SECONDS, SKEW
from contracts.partition import ZONE
from contracts.verdict import Violation
from hub.registry import Registry, ready_at
from warehouse.archive import Landing
from warehouse.ledger import PROVISIONAL


def notes(registry: Registry, landing: Landing, pulled_at: datetime) -> Iterator[Violation]:
    """Yield notes on a landing, the gravest first.

    A day is provisional when its pull began before its source serves the whole of it; it is
    planned again once it does.

    Raises:
        ConfigError: no file describes the agency.
    """
    partition = landing.partition
    ready = ready_at(registry.agency(partition.agency), partition.day)
    if pulled_at < ready:
        seen = f"pulled {pulled_at.astimezone(ZONE):%Y-%m-%d %H:%M}"
        yield Violation("day_is_over", PROVISIONAL, "", seen, f"from {ready:%Y-%m-%d %H:%M}")
    if skew := landing.declared.get(SKEW):
        yield Violation(
            "source_clock", "CLOCK", "", f"{skew:+d} s from ours", f"at most {ALLOWED_SECONDS} s"
        )
