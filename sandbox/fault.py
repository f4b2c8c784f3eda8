"""Faults on demand: which there are, which are set, and when one is due."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sandbox.dirt import KINDS_OF
from sandbox.fault_body import BODY
from sandbox.fault_page import PAGING
from sandbox.fault_wire import WIRE

ANY = "*"

DONE: Mapping[str, str] = {
    "done_missing": "The .done file is not there yet (404): the drop is still being written.",
    "done_rows": "The .done file declares three rows more than the CSV has.",
    "done_digest": "The .done file names another sha256 than the CSV has.",
}
AUTH: Mapping[str, str] = {
    "token_expired": "Every token and session of the agency ends just before this request.",
}
RECEIVER: Mapping[str, str] = {
    "refuse_packet": "The receiver refuses a packet (422, `reason`).",
    "receipt_digest": "The receipt names another digest than what was received has.",
    "receipt_repeated": "The receipt bears the number of the first packet that was received.",
}
"""Of agency ``reporting`` and feed ``packets`` (``sandbox.receiver``)."""
VALUE: Mapping[str, str] = {
    f"value_{kind}": f"Bad value in {', '.join(feeds)}: {kind.replace('_', ' ')}; lasts until "
    "cleared, on as many rows as `rows` says."
    for kind, feeds in (
        (kind, [feed for feed, kinds in KINDS_OF.items() if kind in kinds])
        for kind in sorted({kind for kinds in KINDS_OF.values() for kind in kinds})
    )
}


def names() -> dict[str, str]:
    """Return every fault with a sentence each."""
    told = {name: fault.sentence for name, fault in WIRE.items()}
    told |= {name: fault.sentence for name, fault in PAGING.items()}
    told |= {name: fault.sentence for name, fault in BODY.items()}
    return {**told, **DONE, **AUTH, **RECEIVER, **VALUE}


@dataclass(slots=True)
class Fault:
    """A fault that is set.

    Attributes:
        agency: agency code or ``*``.
        feed: feed or ``*``.
        day: day or None for every day.
        name: one of ``names()``.
        times: how often it still happens; -1 = until cleared. A paging fault counts walks
            (requests of a first page), every other one counts requests.
        page: happens only at this page of the walk, from 0; None = at any.
        detail: parameters, e.g. ``retry_after``, ``bytes``, ``seconds``, ``target``, ``rows``.
        is_walking: a paging fault whose walk is under way.
    """

    agency: str
    feed: str
    day: date | None
    name: str
    times: int = 1
    page: int | None = None
    detail: Mapping[str, str] = field(default_factory=dict)
    is_walking: bool = False

    def meets(self, agency: str, feed: str, days: tuple[date, ...]) -> bool:
        """Return whether the fault is about this place."""
        is_here = self.agency in {ANY, agency} and self.feed in {ANY, feed}
        return is_here and (self.day is None or self.day in days)

    def spend(self) -> bool:
        """Return whether the fault happens now, and count it."""
        if self.times == 0:
            return False
        if self.times > 0:
            self.times -= 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults that are set, in the order they were set."""

    _set: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Set a fault."""
        self._set.append(fault)

    def clear(self, agency: str = ANY, feed: str = ANY) -> None:
        """Clear the faults of an agency and feed, or all."""
        self._set = [
            f for f in self._set if (agency not in {ANY, f.agency}) or (feed not in {ANY, f.feed})
        ]

    def listed(self) -> tuple[Fault, ...]:
        """Return the faults that are set."""
        return tuple(self._set)

    def due(
        self, agency: str, feed: str, days: tuple[date, ...], page: int, group: Mapping[str, object]
    ) -> Iterator[Fault]:
        """Yield the faults of a group that happen at this request, and count them."""
        for fault in self._set:
            is_meant = fault.name in group and fault.meets(agency, feed, days)
            if is_meant and fault.page in {None, page} and fault.spend():
                yield fault

    def walking(self, agency: str, feed: str, days: tuple[date, ...], page: int) -> Iterator[Fault]:
        """Yield the paging faults of the walk that this request belongs to."""
        for fault in self._set:
            if fault.name not in PAGING or not fault.meets(agency, feed, days):
                continue
            if page == 0:
                fault.is_walking = fault.spend()
            if fault.is_walking:
                yield fault

    def peek(
        self, agency: str, feed: str, days: tuple[date, ...], group: Mapping[str, object]
    ) -> Iterator[Fault]:
        """Yield the faults of a group that would happen, without counting them."""
        for fault in self._set:
            if fault.name in group and fault.times and fault.meets(agency, feed, days):
                yield fault
