"""Days as people read them: unbroken spans instead of lists."""

from collections.abc import Iterable
from datetime import date, timedelta


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Return days as unbroken spans, in order.

    >>> [(a.day, b.day) for a, b in spans([date(2026, 11, d) for d in (3, 4, 5, 9)])]
    [(3, 5), (9, 9)]
    """
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and found[-1][1] == day - timedelta(1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def spans_text(days: Iterable[date], most: int = 3) -> str:
    """Return days as people read them, at most so many spans.

    >>> spans_text([date(2026, 11, d) for d in (3, 4, 5, 9, 11, 13)])
    '03/11 – 05/11, 09/11, 11/11 …'
    """
    found = spans(days)
    told = [f"{a:%d/%m}" if a == b else f"{a:%d/%m} – {b:%d/%m}" for a, b in found[:most]]
    return ", ".join(told) + (" …" if len(found) > most else "")
