"""Rate limits: a bucket of questions per key, person or address, filled anew all the time.

Every serving process keeps its own buckets.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

BUCKETS = 10_000
"""Buckets kept; the one used longest ago goes first, and would be full again soon."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a bucket.

    Attributes:
        is_allowed: there was something to take.
        remaining: questions left.
        wait_seconds: until there is something to take again.
    """

    is_allowed: bool
    remaining: int
    wait_seconds: int


@dataclass(slots=True)
class Limits:
    """Buckets by name.

    Attributes:
        per_minute: how fast a bucket fills.
        burst: how much it holds.
        tick: seconds that only grow.
    """

    per_minute: int
    burst: int
    tick: Callable[[], float] = field(default=time.monotonic, repr=False)
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, repr=False)

    def take(self, name: str, factor: int = 1) -> Left:
        """Take one question from a bucket.

        Args:
            name: whose bucket.
            factor: how many times larger and faster it is than others.
        """
        now, rate, burst = self.tick(), self.per_minute * factor / 60, self.burst * factor
        level, since = self._buckets.pop(name, (float(burst), now))
        level = min(burst, level + (now - since) * rate)
        is_allowed = level >= 1
        level -= is_allowed
        self._buckets[name] = (level, now)
        if len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
        wait = 0 if level >= 1 else math.ceil((1 - level) / rate)
        return Left(is_allowed, int(level), wait)


def address_bucket(host: str) -> str:
    """Return the bucket of an address; one of IPv6 shares that of its network of 64 bits."""
    try:
        address = ip_address(host)
    except ValueError:
        return "address unknown"
    if address.version == 4:
        return f"address {address}"
    return f"address {ip_network((address, 64), strict=False).network_address}"
