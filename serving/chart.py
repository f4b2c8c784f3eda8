"""Charts as server-written SVG: lines, targets, bars. Colours are classes of ``chart.css``.

Widths in percent follow their place, so nothing here knows a screen. A chart repeats what stands
beside it in words; those that do not are hidden from screen readers.
"""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup, escape

LINE_WIDTH, LINE_HEIGHT, LINE_MARGIN = 96, 28, 3
BAR_HEIGHT = 14

NOTHING = Decimal(0)

Value = Decimal | None
Point = tuple[Decimal, Decimal]


def sparkline(values: Sequence[Value], label: str, least: Decimal = NOTHING) -> Markup:
    """Return a line through values from left to right, a dot on the newest; gaps stay gaps.

    Args:
        values: oldest first; None = nothing was told.
        label: what the line says, for who cannot see it.
        least: the height stands for at least this much, so that noise stays small.

    Returns:
        An empty text where fewer than two values are known.
    """
    if sum(value is not None for value in values) < 2:
        return Markup()
    runs = _runs(_points(values, least))
    lines = "".join(f'<polyline points="{" ".join(map(_at, run))}"/>' for run in runs)
    x, y = runs[-1][-1]
    return Markup(  # noqa: S704 - numbers of ours; the label is escaped
        f'<svg class="spark" viewBox="0 0 {LINE_WIDTH} {LINE_HEIGHT}" width="{LINE_WIDTH}"'
        f' height="{LINE_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'{lines}<circle cx="{_short(x)}" cy="{_short(y)}" r="2.5"/></svg>'
    )


def bullet(value: Decimal, target: Value, state: str) -> Markup:
    """Return a bar of a percentage on a track of 0..100, with a mark where the target stands.

    Args:
        value: percent; what is under 0 or over 100 ends at the track's end.
        target: percent; None = no mark.
        state: ``met``, ``missed`` or ``open``, a class of the bar.
    """
    mark = ""
    if target is not None:
        mark = f'<rect class="mark" x="{_percent(target)}" y="0" width="3" height="14"/>'
    return _bar(
        f'<rect class="track" y="3" width="100%" height="8" rx="4"/>'
        f'<rect class="{state}" y="3" width="{_percent(value)}" height="8" rx="4"/>{mark}'
    )


def ranked_bar(value: Decimal, band: str, mean: Value = None, *, is_whole: bool = True) -> Markup:
    """Return a bar of a score on 0..100, with a dotted line at the mean.

    Args:
        value: score.
        band: its band, a class of the bar.
        mean: of all that are ranked.
        is_whole: False = drawn dashed and without its band's colour, as it is not ranked.
    """
    kind = band if is_whole else "dashed"
    line = ""
    if mean is not None:
        line = f'<line class="mean" x1="{_percent(mean)}" x2="{_percent(mean)}" y1="0" y2="14"/>'
    bar = f'<rect class="{kind}" x="0" y="1" width="{_percent(value)}" height="12" rx="2"/>'
    return _bar(f"{bar}{line}")


def _bar(inner: str) -> Markup:
    return Markup(  # noqa: S704 - numbers and classes of ours
        f'<svg class="bar" width="100%" height="{BAR_HEIGHT}" aria-hidden="true">{inner}</svg>'
    )


def _points(values: Sequence[Value], least: Decimal) -> list[Point | None]:
    known = [value for value in values if value is not None]
    # A line that never changes runs through the middle.
    middle = (min(known) + max(known)) / 2
    height = max(max(known) - min(known), least) or Decimal(1)
    step = Decimal(LINE_WIDTH - 2 * LINE_MARGIN) / (len(values) - 1)
    tall = Decimal(LINE_HEIGHT - 2 * LINE_MARGIN)
    return [
        None
        if value is None
        else (
            LINE_MARGIN + step * n,
            LINE_MARGIN + tall * (Decimal("0.5") - (value - middle) / height),
        )
        for n, value in enumerate(values)
    ]


def _runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """Return the points in runs without a gap."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _at(point: Point) -> str:
    return f"{_short(point[0])},{_short(point[1])}"


def _short(value: Decimal) -> str:
    """Return a coordinate to a tenth, without a zero at its end.

    >>> _short(Decimal("12.04")), _short(Decimal("12.06"))
    ('12', '12.1')
    """
    return f"{value:.1f}".removesuffix(".0")


def _percent(value: Decimal) -> str:
    return f"{_short(max(NOTHING, min(Decimal(100), value)))}%"
