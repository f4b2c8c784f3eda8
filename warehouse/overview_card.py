"""Cards of the overview: one indicator of one level, with its line and the period before."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.frequency import first_day, frequency_of, last_day
from warehouse.database import Connection, Cursor, read_snapshot, run
from warehouse.indicator import IndicatorRow, compute, indicators
from warehouse.kept import Kept
from warehouse.measure import MEASURES, Level, Measured, read_reporters
from warehouse.overview_day import Day, Line, Span, line_span, total, within
from warehouse.service_index import feed_spans

CARDS: tuple[tuple[str, Level], ...] = (
    ("ontime_counted_share", "all"),
    ("portal_services_share", "all"),
    ("level4_share", "all"),
    ("online_payment_share", "all"),
    ("work_files_online_share", "ministry"),
    ("work_files_online_share", "province"),
    ("electronic_results_share", "all"),
)
"""Indicators and levels that have a card; further ones get one where a target binds them."""

LINE_MONTHS = 6
MONTHLY = (
    "services_online",
    "services_integrated",
    "organisations_evaluated",
    "level4_share_sum",
    "work_files_total",
    "work_files_online",
    "results_issued",
    "results_electronic",
)
"""Measures that the statement ``overview.months`` gives month by month."""

Key = tuple[str, Level]
Months = Mapping[tuple[str, str], Mapping[date, Decimal]]
"""(measure, level) -> month's last day -> value."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the page counted already.

    Attributes:
        days: of the period, of the one before, and of lines.
        measures: of the period's days.
        told_before: feeds of which any partition of the days before is there.
    """

    days: Mapping[date, Day]
    measures: Mapping[str, Measured]
    told_before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator of one level.

    Attributes:
        row: value, target and coverage, over the days that stand for the period: of a monthly
            feed whole months, the newest before the period where none of its own is owed yet.
        before: value over as many days before, percent; None where nothing was told.
        line: its days or months up to the period's end.
        is_monthly: whether the line's points are months.
    """

    row: IndicatorRow
    before: Decimal | None
    line: Line
    is_monthly: bool


def make_cards(
    conn: Connection,
    asked: Span,
    before: Span,
    counted: Counted,
    kept: Kept,
) -> tuple[Card, ...]:
    """Return the cards of a period, those with a value first, else in order.

    Args:
        conn: within a snapshot.
        asked: the period's days.
        before: the days to compare with.
        counted: what the page counted already.
        kept: what was worked out before.
    """
    chosen = _chosen(asked[1])
    with read_snapshot(conn) as cursor:
        now, past = _spans(cursor, {code for code, _ in chosen}, asked, before)
        months = _months(cursor, asked[1], kept)
        known = {span: _of_month(cursor, months, span) for span in _whole_months(now, past)}
    known[asked] = {**known.get(asked, {}), **counted.measures}
    rows = _rows(conn, now, known)
    earlier = _rows(conn, {c: span for c, span in past.items() if c not in _DAILY}, known)
    cards = []
    for key in chosen:
        if key[0] in _DAILY:
            value, line = _from_days(key[0], asked[1], before, counted)
        else:
            value, line = earlier[key].value, _line(key, months)
        cards.append(Card(rows[key], value, line, _frequency(key[0]) != "day"))
    return tuple(sorted(cards, key=lambda card: card.row.value is None))


_DAILY: Mapping[str, Callable[[Day], Decimal | None]] = {
    "ontime_counted_share": lambda day: day.ontime_share,
    "online_payment_share": lambda day: day.payment_share,
}
"""Indicators of daily feeds -> how a day or a sum of days tells them."""


def _from_days(
    code: str, last: date, before: Span, counted: Counted
) -> tuple[Decimal | None, Line]:
    share = _DAILY[code]
    line = tuple(share(day) for day in within(counted.days, line_span(last)))
    if _feed(code) not in counted.told_before:
        return None, line
    return share(total(within(counted.days, before))), line


def _chosen(day: date) -> tuple[Key, ...]:
    bound = (
        (code, target.level)
        for code, one in indicators().items()
        for target in one.targets
        if target.valid(day)
    )
    keys = dict.fromkeys((*CARDS, *bound))
    return tuple(key for key in keys if indicators()[key[0]].valid(day))


def _frequency(code: str) -> str:
    return frequency_of(_feed(code))


def _feed(code: str) -> str:
    return MEASURES[indicators()[code].formula.numerator].feed


def _spans(
    cursor: Cursor, codes: Iterable[str], asked: Span, before: Span
) -> tuple[dict[str, Span], dict[str, Span]]:
    """Return code -> days that stand for the period, and for the one before."""
    feeds = {code: _feed(code) for code in codes}
    now = feed_spans(cursor, sorted(set(feeds.values())), *asked)
    past = feed_spans(cursor, sorted(set(feeds.values())), *before)
    for feed, (first, _) in now.items():
        # The newest month may stand for both periods; then the month before it is the other one.
        if past[feed][1] >= first:
            last = first - timedelta(1)
            past[feed] = first_day(last, frequency_of(feed)), last
    return {c: now[f] for c, f in feeds.items()}, {c: past[f] for c, f in feeds.items()}


def _rows(
    conn: Connection,
    spans: Mapping[str, Span],
    known: Mapping[Span, Mapping[str, Measured]],
) -> dict[Key, IndicatorRow]:
    codes = defaultdict(list)
    for code, span in sorted(spans.items()):
        codes[span].append(code)
    return {
        (row.indicator, row.level): row
        for span, together in codes.items()
        for row in compute(conn, *span, codes=together, known=known.get(span))
    }


def _months(cursor: Cursor, last: date, kept: Kept) -> Months:
    """Return the measures of the months up to a day; what few loads change is read once."""
    since = first_day(last - timedelta(31 * LINE_MONTHS), "month")
    span = {"first_day": since, "last_day": last}

    def read(_: Sequence[Span]) -> dict[Span, Months]:
        months: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
        for measure, level, day, value in run(cursor, "overview.months", **span):
            for at in {"all", level} - {None}:
                series = months[measure, at]
                series[day] = series.get(day, Decimal(0)) + value
        return {(since, last): months}

    feeds = sorted({MEASURES[name].feed for name in MONTHLY})
    ((version,),) = run(cursor, "overview.months_version", feeds=feeds, **span).fetchall()
    return kept.of("months", {(since, last): version}, read)[since, last]


def _whole_months(*spans: Mapping[str, Span]) -> set[Span]:
    """Return those of some spans that are one calendar month."""
    found = {span for by_code in spans for span in by_code.values()}
    return {
        (first, last)
        for first, last in found
        if first == first_day(last, "month") and last == last_day(last, "month")
    }


def _of_month(cursor: Cursor, months: Months, month: Span) -> dict[str, Measured]:
    """Return the measures of one month of which the lines already hold the values."""
    feeds = {MEASURES[name].feed for name in MONTHLY}
    reporters = {feed: read_reporters(cursor, feed, *month) for feed in sorted(feeds)}
    values: dict[str, dict[str, Decimal]] = {name: {} for name in MONTHLY}
    for (name, level), series in months.items():
        if month[1] in series:
            values[name][level] = series[month[1]]
    return {
        name: Measured(MEASURES[name], levels, reporters[MEASURES[name].feed])
        for name, levels in values.items()
    }


def _line(key: Key, months: Months) -> Line:
    code, level = key
    one = indicators()[code]
    above = months.get((one.formula.numerator, level), {})
    below = months.get((one.formula.denominator, level), {})
    newest = sorted(set(above) | set(below))[-LINE_MONTHS:]
    return tuple(one.ratio(above.get(day, Decimal(0)), below.get(day)) for day in newest)
