"""The simulated nation: what every agency has to say about every day.

Everything is a pure function of (seed, scale, dirt, agency list, agency, feed, day), of the
volumes and versions set by hand, and of nothing else; the order of requests does not matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, partial

import numpy as np

from sandbox.agency import Agency, load_agencies, on
from sandbox.catalogue import Catalogue, catalogue
from sandbox.diary import Diary
from sandbox.dirt import Plan, Tally, is_copied, plan, soil, tally
from sandbox.document import documents
from sandbox.dossier import live, snapshot
from sandbox.draw import I64, Draw, address
from sandbox.frame import DAY, Frame
from sandbox.payment import payments, pays
from sandbox.volume import DOSSIERS, EPOCH, RECEIVED, SENT, Volumes, day_number

FEEDS = ("dossiers", "payments", "documents")
_SENT_SHARE = SENT.total / (SENT.total + RECEIVED.total)
_REFUSED = 3


@dataclass(frozen=True, slots=True)
class Day:
    """One agency, feed and day: its rows and where they should end.

    Attributes:
        agency: the agency span that lives on the day.
        frame: rows as served, dirt and duplicates included.
        clean: rows before dirt.
        plan: which of the clean rows were made dirty, and how.
        tally: expected balance of the hub.
        senders: organisations that documents come from, reversed dotted spelling.
    """

    agency: Agency
    catalogue: Catalogue
    feed: str
    day: date
    frame: Frame
    clean: Frame
    plan: Plan
    tally: Tally
    senders: tuple[str, ...]


SCALE = 0.05
"""About 8,000 dossiers on a working day of 2026, 430 of them in the largest city."""

Place = tuple[str, str, date]
"""(agency, feed, day)."""


@dataclass(slots=True)
class Nation:
    """The nation of one seed.

    Attributes:
        seed: any integer.
        scale: 1 = the nation of the founding documents.
        dirt: share of dirty rows, 0..1.
        agencies: agency spans; default the national list.
        volumes: rows set by hand per place.
        versions: restated version per place.
        extra: dirt ordered by hand per place: (kind, rows).
    """

    seed: int = 1
    scale: float = SCALE
    dirt: float = 0.004
    agencies: tuple[Agency, ...] = field(default_factory=load_agencies)
    volumes: dict[Place, int] = field(default_factory=dict)
    versions: dict[Place, int] = field(default_factory=dict)
    extra: dict[Place, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    _counts: Volumes = field(init=False)
    _received: Callable[[str, int], int] = field(init=False)
    _diaries: dict[Agency, Diary] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._counts = Volumes(self.agencies, self.seed, self.scale)
        self.forget()

    def forget(self) -> None:
        """Drop what was remembered; to be called after a volume was set by hand."""
        self._received = lru_cache(maxsize=65536)(self._count_received)

    def agency(self, code: str, day: date) -> Agency | None:
        """Return the agency span that lives on the day."""
        return next((a for a in self.agencies if a.code == code and a.lives(day)), None)

    def knows(self, code: str) -> bool:
        """Return whether an agency of this code ever lives."""
        return any(agency.code == code for agency in self.agencies)

    def day(self, code: str, feed: str, day: date) -> Day | None:
        """Return a day's rows; None where the agency does not exist on it."""
        agency = self.agency(code, day)
        if agency is None:
            return None
        lists, place = catalogue(agency), (code, feed, day)
        clean = self._restate(self._clean(agency, feed, day), feed, place)
        spots = self._plan(place, clean.rows)
        frame = soil(clean, feed, spots, lists, day)
        senders = self._senders(agency, day) if feed == "documents" else ()
        balance = tally(feed, clean.rows, spots)
        return Day(agency, lists, feed, day, frame, clean, spots, balance, senders)

    def received(self, code: str, day: date) -> int:
        """Return dossiers that begin their life at the agency on the day."""
        return self._received(code, day_number(day))

    def moved(self, code: str, day: date) -> tuple[int, int]:
        """Return documents (sent, received) on the day before dirt and restatement."""
        rows = self.volumes.get((code, "documents", day))
        if rows is None:
            return self._counts.count(SENT, code, day), self._counts.count(RECEIVED, code, day)
        sent = round(rows * _SENT_SHARE)
        return sent, rows - sent

    def _base(self, code: str, stream: str) -> np.uint64:
        return address(self.seed, code, stream)

    def _clean(self, agency: Agency, feed: str, day: date) -> Frame:
        lists, number = catalogue(agency), day_number(day)
        if feed == "documents":
            sent, received = self.moved(agency.code, day)
            return documents(self._base(agency.code, feed), number, sent, received, lists)
        if feed == "payments":
            return self._payments(agency, day)
        return self._dossiers(agency, day)

    def _dossiers(self, agency: Agency, day: date) -> Frame:
        number, lists = day_number(day), catalogue(agency)
        born, index = self._diary(agency).rows(number)
        lives = live(self._base(agency.code, "dossiers"), born, index, lists)
        rows = self.volumes.get((agency.code, "dossiers", day))
        frame = snapshot(lives, number, lists)
        return frame if rows is None else frame.take(np.arange(min(rows, frame.rows)))

    def _payments(self, agency: Agency, day: date) -> Frame:
        number, lists = day_number(day), catalogue(agency)
        rows = self.volumes.get((agency.code, "payments", day))
        count = self.received(agency.code, day) if rows is None else rows
        index = np.arange(count, dtype=np.int64)
        born = np.full(count, number, dtype=np.int64)
        draw = Draw.at(self._base(agency.code, "dossiers"), born, index)
        if rows is None:
            lives = live(self._base(agency.code, "dossiers"), born, index, lists)
            keep = pays(draw, lives.ending == _REFUSED)
            draw, born, index = draw.take(keep), born[keep], index[keep]
        return payments(draw, born, index, lists)

    def _count_received(self, code: str, number: int) -> int:
        """Return a day's new dossiers; a volume set by hand counts all rows of the day."""
        day = EPOCH + timedelta(number)
        rows = self.volumes.get((code, "dossiers", day))
        if rows is None:
            return self._counts.count(DOSSIERS, code, day)
        return max(0, rows - self._carried(code, number))

    def _cohort(self, code: str, today: int, born: int) -> int:
        """Return a cohort's size as a day sees it.

        Those registered today for tomorrow are counted without tomorrow's hand-set volume, so
        that a volume depends on earlier days alone.
        """
        if born > today:
            return self._counts.count(DOSSIERS, code, EPOCH + timedelta(born))
        return self._received(code, born)

    def _carried(self, code: str, number: int) -> int:
        """Return rows of the day that belong to dossiers of other days of receipt."""
        agency = self.agency(code, EPOCH + timedelta(number))
        if agency is None:
            return 0

        born, _ = self._diary(agency).rows(number, others=True)
        return len(born)

    def _diary(self, agency: Agency) -> Diary:
        if agency not in self._diaries:
            base = self._base(agency.code, "dossiers")
            count = partial(self._cohort, agency.code)
            self._diaries[agency] = Diary(base, catalogue(agency), count)
        return self._diaries[agency]

    def _senders(self, agency: Agency, day: date) -> tuple[str, ...]:
        others = (a.code for a in on(self.agencies, day) if a.code != agency.code)
        return tuple(f"000.00.00.{code}" for code in sorted(others))

    def _plan(self, place: Place, rows: int) -> Plan:
        code, feed, day = place
        number = day_number(day)
        is_exact = place in self.volumes
        spots = plan(self._base(code, feed), feed, number, rows, self.dirt).spots
        if is_exact:
            spots = tuple(s for s in spots if not is_copied(feed, s[1]))
        taken = {row for row, _ in spots}
        free = (row for row in range(rows) if row not in taken)
        more = [(row, kind) for kind, n in self.extra.get(place, ()) for row, _ in _first(free, n)]
        return Plan(spots + tuple(more))

    def _restate(self, frame: Frame, feed: str, place: Place) -> Frame:
        """Return a corrected version: some rows gone, some changed; version 0 is the first."""
        version = self.versions.get(place, 0)
        if not version or frame.rows < 3:
            return frame
        order = np.argsort(frame.draw.bits(f"version {version}"), kind="stable")
        gone, changed = -(-frame.rows // 50), -(-frame.rows // 20)
        keep = np.sort(order[gone:])
        kept = frame.take(keep)
        places = np.searchsorted(keep, order[gone : gone + changed])
        _correct(kept, feed, places, version)
        return kept


def _first(rows: Iterator[int], count: int) -> Iterator[tuple[int, int]]:
    """Yield (row, number) for the first ``count`` rows."""
    return zip(rows, range(count), strict=False)


def _correct(frame: Frame, feed: str, places: I64, version: int) -> None:
    columns: Mapping[str, I64] = frame.columns
    match feed:
        case "dossiers":
            columns["due"][places] = columns["updated"][places] + (10 + version) * DAY
        case "payments":
            columns["amount"][places] += 1_000 * version
        case _:
            columns["status"][places] = (columns["status"][places] + version) % 9
