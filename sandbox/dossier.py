"""The life of dossiers: received, perhaps awaiting papers, finished, returned.

A dossier is addressed by (agency, day of receipt, index) and its whole life is drawn from that
address. A day's rows are the dossiers to which something happened on that day, each once, as a
snapshot of the whole dossier at the end of the day.

Rules of the simulated life:
- 0..30 days from receipt to the end, about 9 % of the ended ones after their due date;
- 1.5 % withdrawn, 1 % stopped; others finished; 20 % of those are returned 1-3 days later;
- a tenth await papers or payment at half time;
- 15 % of the online ones were registered on the day before receipt. Not so for those that
  would be registered on the founding window's last day, or before its first: the window then
  holds exactly the dossiers received in it;
- 0.6 % are refused, but none of the founding window: the published figure counts dossiers with
  a synced status, the forms count received ones, and both must be 4,300,000 x scale.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.catalogue import Catalogue
from sandbox.draw import I64, Draw
from sandbox.frame import DAY, NULL, Frame
from sandbox.volume import DOSSIERS, day_number

LONGEST = 33
"""Days from receipt to the last row: 30 to finish, 3 to return."""

_FIRST, _LAST = day_number(DOSSIERS.first), day_number(DOSSIERS.last)
_FINISHED, _WITHDRAWN, _STOPPED, _REFUSED = range(4)
_END_STATUS = np.array([9, 7, 8, 3])


@dataclass(frozen=True, slots=True)
class Lives:
    """Drawn lives of many dossiers; offsets are days after receipt, NULL = never."""

    draw: Draw
    born: I64
    index: I64
    procedure: I64
    due_days: I64
    ending: I64
    end: I64
    wait: I64
    back: I64
    registered: NDArray[np.bool_]


def live(base: np.uint64, born: I64, index: I64, catalogue: Catalogue) -> Lives:
    """Return the lives of the dossiers at these addresses."""
    draw = Draw.at(base, born, index)
    procedure = draw.pick("procedure", catalogue.weights)
    due = catalogue.due_days[procedure]
    fate = draw.unit("fate")
    founding = born <= _LAST
    ending = np.select(
        [fate < 0.015, fate < 0.025, (fate < 0.031) & ~founding],
        [_WITHDRAWN, _STOPPED, _REFUSED],
        _FINISHED,
    )
    late = draw.chance("late", 0.1)
    end = np.where(
        late, np.minimum(due + 1 + draw.below("delay", 5), 30), draw.below("pace", due + 1)
    )
    end = np.where(ending == _REFUSED, 0, _off_sunday(born, end))
    wait = np.where(draw.chance("wait", 0.1) & (end > 1), end // 2, NULL)
    is_back = draw.chance("back", 0.2) & (ending == _FINISHED)
    back = np.where(is_back, end + 1 + draw.below("back_days", 3), NULL)
    online = draw.unit("channel") < catalogue.online_share
    registered = online & draw.chance("registered", 0.15) & (born != _FIRST) & (born != _LAST + 1)
    return Lives(draw, born, index, procedure, due, ending, end, wait, back, registered)


def _off_sunday(born: I64, end: I64) -> I64:
    """Move an end on a Sunday to the day before, where the dossier was there already."""
    sunday = (born + end + 3) % 7 == 6
    return np.where(sunday & (end > 0), end - 1, end)


def snapshot(lives: Lives, day: int, catalogue: Catalogue) -> Frame:
    """Return the rows of dossiers that have one on the day, sorted by the time of the step."""
    draw, midnight = lives.draw, lives.born * DAY
    at = day - lives.born
    instants = _instants(lives, at)
    status = _status(lives, at)
    online = draw.unit("channel") < catalogue.online_share
    postal = ~online & draw.chance("postal", 0.06)
    due = np.where(draw.chance("undue", 0.015), NULL, midnight + lives.due_days * DAY + 17 * 3600)
    columns = {
        "born": lives.born,
        "index": lives.index,
        "procedure": lives.procedure,
        "level": catalogue.levels[lives.procedure],
        "unit": (lives.index + lives.born) % len(catalogue.units),
        "home": (lives.index + lives.born) % len(catalogue.units),
        "sequence": lives.index // len(catalogue.units) + 1,
        "status": status,
        "channel": np.where(online, 2, np.where(postal, 3, 1)),
        "applicant": draw.pick("applicant", np.array([0.86, 0.11, 0.01, 0.02])) + 1,
        "due": np.where((status == 1) | (status == 3), NULL, due),
        "paid": np.where(online & draw.chance("paid", 0.4), 1, 3),
        "commune": draw.below("commune", len(catalogue.communes)),
        "person": draw.below("person", catalogue.person_count),
        **instants,
    }
    frame = Frame(columns, draw)
    return frame.take(np.lexsort((lives.index, lives.born, columns["at"])))


def _status(lives: Lives, at: I64) -> I64:
    draw = lives.draw
    waiting = np.where(draw.chance("wait_money", 0.3), 6, 5)
    together = draw.chance("returned_at_once", 0.75) & (lives.back == NULL)
    ended = _END_STATUS[lives.ending]
    ended = np.where((ended == 9) & together, 10, ended)
    return np.select(
        [at == lives.back, at == lives.end, at == lives.wait, at == 0],
        [np.full_like(at, 10), ended, waiting, np.where(draw.chance("quick", 0.4), 2, 4)],
        1,
    )


def _instants(lives: Lives, at: I64) -> dict[str, I64]:
    """Return submitted, received, finished, returned, updated and at, as known on the day."""
    draw, midnight = lives.draw, lives.born * DAY
    received = midnight + 27_000 + draw.below("received", 29_000)
    night = midnight - DAY + draw.below("submitted", DAY)
    submitted = np.where(lives.registered, night, received - 60 - draw.below("queue", 1_800))
    same_day = received + 600 + draw.below("work", 4_000)
    later = (lives.born + lives.end) * DAY + 27_000 + draw.below("finished", 30_000)
    finish = np.where(lives.end == 0, same_day, later)
    hand_over = finish + draw.below("hand_over", 900)
    give_back = (lives.born + lives.back) * DAY + 27_000 + draw.below("returned", 30_000)
    wait = (lives.born + lives.wait) * DAY + 27_000 + draw.below("waiting", 30_000)
    status = _status(lives, at)
    is_finished = (at >= lives.end) & (lives.ending == _FINISHED)
    returned = np.where(lives.back == NULL, hand_over, give_back)
    updated = np.select(
        [at == lives.back, at == lives.end, at == lives.wait, at == 0],
        [give_back, hand_over, wait, received],
        submitted,
    )
    return {
        "submitted": submitted,
        "received": np.where((at < 0) | (lives.ending == _REFUSED), NULL, received),
        "finished": np.where(is_finished, finish, NULL),
        "returned": np.where(status == 10, returned, NULL),
        "updated": updated,
        "at": updated,
    }
