"""Sentences of the overview: each is computed, none is written beforehand."""

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from hub.period import Calendar, parse_period
from serving import numeral
from serving.view import View
from serving.word import words
from warehouse.figures import Coverage
from warehouse.index_definition import Band, Definition, Group
from warehouse.indicator import IndicatorRow
from warehouse.overview import Overview, furthest, target_gap
from warehouse.overview_day import Span
from warehouse.service_index import AgencyIndex

NAMED = 4
"""Agencies that the banner names; the others are counted."""
LEADERS = 2
FAIR = "fair"
"""Band that the ranking's heading counts from."""


def headline(view: View, rows: Sequence[IndicatorRow]) -> str:
    """Say how many targets are met, and which indicator is furthest from its own."""
    judged = [row for row in rows if row.is_met is not None]
    if not judged:
        return view.say("home.headline_none")
    met, worst = sum(bool(row.is_met) for row in judged), furthest(judged)
    told = worst or min(judged, key=target_gap)
    key = "home.headline_all"
    if worst is not None:
        is_short = (worst.value or 0) < (worst.target or 0)
        key = "home.headline_missed" if is_short else "home.headline_exceeded"
    return view.say(
        key,
        met=met,
        count=len(judged),
        name=_inner(indicator_name(view, told)),
        value=numeral.percent(told.value, view.lang),
        target=numeral.percent(told.target, view.lang),
    )


def indicator_name(view: View, row: IndicatorRow) -> str:
    """Return an indicator's short name with its level."""
    key = f"home.name_{row.indicator}"
    known = row.name_vi if view.lang == "vi" else row.name_en
    name = view.say(key) if key in words() else known
    if row.level == "all":
        return name
    return view.say("home.of_level", name=name, level=view.say(f"home.level_{row.level}"))


def lead(view: View, country: Overview) -> str:
    """Return the period with the days that are owed by now."""
    last = country.asked[1]
    if not country.coverage.expected or last >= view.period.last:
        return view.title
    return f"{view.title} · {view.say('home.running', day=numeral.day(last))}"


def coverage_share(view: View, coverage: Coverage) -> str:
    """Return a share in percent, cut off: 100% is said of nothing that lacks anything."""
    share = Decimal(coverage.covered) * 100 / coverage.expected
    return numeral.percent(share.quantize(Decimal("0.1"), ROUND_DOWN), view.lang, 1)


def missing(view: View, country: Overview) -> str:
    """Name the agencies with the fewest days; count the others."""
    names = ", ".join(
        view.say("home.missing_one", name=m.name, there=m.days.covered, owed=m.days.expected)
        for m in country.missing[:NAMED]
    )
    if (more := len(country.missing) - NAMED) > 0:
        names = view.say("home.missing_more", names=names, count=more)
    return view.say("home.missing", names=names)


def ranking_heading(view: View, known: Definition, rows: Sequence[AgencyIndex]) -> str:
    """Say who leads, and how many are below the middle band."""
    whole = [row for row in rows if row.rank]
    if not whole:
        return view.say("home.rank_none")
    first = [row.name for row in whole if row.rank == 1]
    if len(first) > LEADERS:
        leading = view.say("home.rank_lead_count", count=len(first))
    else:
        key = "home.rank_lead" if len(first) == 1 else "home.rank_lead_many"
        leading = view.say(key, names=", ".join(first))
    fair = next((band for band in known.bands if band.code == FAIR), known.bands[0])
    below = sum(known.band(row.score or Decimal(0)).least < fair.least for row in whole)
    key = "home.rank_below" if below else "home.rank_none_below"
    return view.say(key, lead=leading, count=below, band=band_name(view, fair))


def map_heading(view: View, known: Definition, rows: Sequence[AgencyIndex]) -> str:
    """Say which band most provinces are in, and which province is lowest."""
    whole = [row for row in rows if row.rank]
    counts = band_counts(known, whole)
    if not whole:
        return view.say("home.map_none")
    most = max(known.bands, key=lambda band: counts[band.code])
    text = view.say(
        "home.map_sentence",
        count=counts[most.code],
        all=len(whole),
        band=band_name(view, most),
    )
    last = max(row.rank or 0 for row in whole)
    lowest = [row.name for row in whole if row.rank == last]
    if len(lowest) > 1 or last == 1:
        return text
    return view.say("home.map_lowest", sentence=text, name=lowest[0])


def band_counts(known: Definition, rows: Sequence[AgencyIndex]) -> Counter[str]:
    """Return band -> how many ranked agencies are in it."""
    return Counter(known.band(row.score).code for row in rows if row.rank and row.score is not None)


def band_name(view: View, band: Band) -> str:
    """Return a band's name."""
    return band.name_vi if view.lang == "vi" else band.name_en


def group_name(view: View, group: Group) -> str:
    """Return the name of a group of components."""
    return group.name_vi if view.lang == "vi" else group.name_en


def band_span(view: View, known: Definition, band: Band) -> str:
    """Return the scores of a band in words."""
    place = known.bands.index(band)
    if place == 0:
        return view.say("home.least", least=f"{band.least:f}")
    above = f"{known.bands[place - 1].least:f}"
    if not band.least:
        return view.say("home.under", least=above)
    return view.say("home.between", least=f"{band.least:f}", next=above)


def months(view: View, span: Span) -> str:
    """Return whole months as people write them."""
    names = []
    for day in dict.fromkeys((span[0].replace(day=1), span[1].replace(day=1))):
        period = parse_period(f"{day:%Y-%m}", Calendar.CIVIL)
        names.append(period.label if view.lang == "vi" else period.name)
    return " – ".join(names)


def change(value: Decimal, view: View, *, unit: str = "") -> str:
    """Return a change with its sign, to one place; empty where it rounds to nothing."""
    text = numeral.number(abs(value), view.lang, 1).removesuffix(",0").removesuffix(".0")
    if text == "0":
        return ""
    return f"{'+' if value > 0 else '−'}{text}{unit}"


def _inner(name: str) -> str:
    """Return a name as it stands within a sentence."""
    return name[:1].lower() + name[1:]
