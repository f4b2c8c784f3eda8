"""Document movements: sent and received are counted apart, as the axis publishes them.

A simplification: a received document is not followed back to a sent row of its sender, since
the published totals (387,377 sent, 1,281,574 received) are apportioned independently.
"""

import numpy as np

from sandbox.catalogue import Catalogue
from sandbox.draw import F64, Draw
from sandbox.frame import DAY, NULL, Frame

TYPES = (
    ("Công văn", "CV"),
    ("Quyết định", "QĐ"),
    ("Thông báo", "TB"),
    ("Báo cáo", "BC"),
    ("Giấy mời", "GM"),
    ("Kế hoạch", "KH"),
    ("Tờ trình", "TTr"),
    ("Công điện", "CĐ"),
    ("Hướng dẫn", "HD"),
    ("Chỉ thị", "CT"),
    ("Nghị quyết", "NQ"),
    ("Đề án", "ĐA"),
    ("Biên bản", "BB"),
    ("Thư công", "TC"),
)
_TYPE_WEIGHTS = np.array([48, 14, 8, 8, 7, 5, 3, 1, 1, 1, 1, 1, 1, 1], dtype=np.float64)
STATUSES = ("01", "02", "03", "04", "05", "06", "13", "15", "16")
_STATUS_WEIGHTS = np.array([8, 1, 40, 10, 15, 24, 0.7, 0.7, 0.6])


def documents(base: np.uint64, day: int, sent: int, received: int, catalogue: Catalogue) -> Frame:
    """Return the movements of one agency and day, sorted by the time of the movement.

    Columns ``direction`` 0 sent, 1 received; ``partner`` and ``unit`` as positions in the lists
    of senders and of the agency's own units; ``number`` is unique within agency and day.
    """
    rows = sent + received
    index = np.arange(rows, dtype=np.int64)
    born = np.full(rows, day, dtype=np.int64)
    draw = Draw.at(base, born, index)
    direction = (index >= sent).astype(np.int64)
    moved = day * DAY + 25_200 + draw.below("moved", 39_600)
    columns = {
        "index": index,
        "direction": direction,
        "number": index + 1 + int(draw.rows[0] % np.uint64(400)) if rows else index,
        "unit": draw.below("unit", len(catalogue.units)),
        "partner": draw.below("partner", 1 << 30),
        "type": draw.pick("type", _TYPE_WEIGHTS),
        "business": draw.pick("business", _share(96, 1.5, 1.5, 1)),
        "status": draw.pick("status", _STATUS_WEIGHTS),
        "priority": draw.pick("priority", _share(88, 8, 3, 1)),
        "issued": day - draw.below("age", 4) * direction,
        "person": draw.below("person", catalogue.person_count),
        "moved": moved,
        "at": moved,
        "receiver": np.where(direction == 1, 0, NULL),
    }
    return Frame(columns, draw).take(np.lexsort((index, moved)))


def _share(*parts: float) -> F64:
    return np.array(parts, dtype=np.float64)
