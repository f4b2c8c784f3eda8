"""Packets of catalogues: regimes, forms, periods, indicators, KPIs; and the KPIs' values."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from hub.period import Calendar, Period, parse_period
from serving.publication.definition import Kind
from serving.publication.form import FormOutline
from serving.word import say
from warehouse.database import Connection
from warehouse.indicator import IndicatorRow, indicators
from warehouse.measure import MEASURES, Level
from warehouse.packet import agencies_on

Values = dict[str, Any]
CATALOGUES: tuple[Kind, ...] = (
    "regime",
    "form",
    "form_outline",
    "period",
    "indicator",
    "kpi_set",
    "kpi_group",
    "kpi_disaggregation",
)
"""Packets that hold no figure, in the order in which a receiver needs them."""
FREQUENCIES = ("month", "quarter", "half", "year")
"""Periods that forms are reported for (NĐ 09/2019/NĐ-CP art. 12)."""
LEVELS: tuple[Level, ...] = get_args(Level)
_PLACES = Decimal("0.000001")
"""Values of KPIs travel with six places; thirds have no end."""


def catalogue(conn: Connection, kind: Kind, forms: Sequence[FormOutline], day: date) -> Values:
    """Return the values of a catalogue packet as of a day.

    Raises:
        KeyError: the kind is no catalogue.
    """
    makers: Mapping[Kind, Callable[[], Values]] = {
        "regime": lambda: {"regimes": list(_regimes(forms))},
        "form": lambda: {"forms": [_form(form) for form in forms]},
        "form_outline": lambda: {"outlines": [_outline(form) for form in forms if form.sections]},
        "period": lambda: {"periods": [_period(*found) for found in periods(day.year)]},
        "indicator": lambda: {"indicators": [entry for form in forms for entry in _columns(form)]},
        "kpi_set": lambda: {"kpis": list(_kpis())},
        "kpi_group": lambda: {"groups": list(_groups())},
        "kpi_disaggregation": lambda: _disaggregations(conn, day),
    }
    return makers[kind]()


def periods(year: int) -> list[tuple[Calendar, Period]]:
    """Return the year's months, quarters, halves and the year itself, in both calendars."""
    names = [f"{year}-{month:02}" for month in range(1, 13)]
    names += [f"{year}-Q{quarter}" for quarter in range(1, 5)]
    names += [f"{year}-H1", f"{year}-H2", f"{year}"]
    return [(calendar, parse_period(name, calendar)) for calendar in Calendar for name in names]


def kpi_values(rows: Iterable[IndicatorRow], period: Period, calendar: str) -> Values:
    """Return the KPIs' values of a period; a row without a value has no place in a packet."""
    return {
        "period": period.name,
        "calendar": calendar,
        "first_day": period.first,
        "last_day": period.last,
        "values": [_kpi_value(row) for row in rows if row.value is not None],
    }


def _regimes(forms: Sequence[FormOutline]) -> Iterable[Values]:
    """Yield one regime per first document and authority that forms come from."""
    named: dict[tuple[str, str], list[FormOutline]] = {}
    for form in forms:
        named.setdefault((_document(form.source), form.authority), []).append(form)
    for (code, authority), own in named.items():
        yield {
            "code": code,
            "name": say("publication.regime_name", "vi", source=code),
            "authority": authority,
            "source": own[0].source,
            "frequencies": list(FREQUENCIES),
            "valid_from": min(form.valid_from for form in own),
            "forms": list(dict.fromkeys(form.code for form in own)),
        }


def _document(source: str) -> str:
    """Return the number of the first document that a source names.

    >>> _document("Thông tư 02/2017/TT-VPCP (biểu 06a), 01/2020/TT-VPCP")
    '02/2017/TT-VPCP'
    """
    found = re.search(r"\d+/[^\s,;()]+", source)
    return found[0] if found else source


def _form(form: FormOutline) -> Values:
    return {
        "code": form.code,
        "version": form.version,
        "title": form.title,
        "authority": form.authority,
        "valid_from": form.valid_from,
        "is_list": form.is_list,
        "columns": [
            {"number": number, "title": column.title, "unit": column.unit}
            for number, column in form.columns.items()
        ],
        "identities": [{"total": one.total, "parts": list(one.parts)} for one in form.identities],
    }


def _outline(form: FormOutline) -> Values:
    sections = [{"code": section.code, "title": section.title} for section in form.sections]
    title = say("publication.outline_name", "vi", title=form.title)
    return {"form": form.code, "version": form.version, "title": title, "sections": sections}


def _period(calendar: Calendar, period: Period) -> Values:
    return {
        "code": period.name,
        "name": period.label,
        "calendar": calendar.value,
        "first_day": period.first,
        "last_day": period.last,
    }


def _columns(form: FormOutline) -> Iterable[Values]:
    for number, column in form.columns.items():
        yield {
            "code": f"{form.code}.{number}",
            "name": column.title,
            "unit": column.unit,
            "form": form.code,
            "column": number,
        }


def _kpis() -> Iterable[Values]:
    for code, one in indicators().items():
        yield {
            "code": code,
            "name_vi": one.name_vi,
            "name_en": one.name_en,
            "unit": one.unit,
            "direction": one.direction,
            "group": MEASURES[one.formula.numerator].feed,
            "source": one.source,
            "levels": list(one.levels),
            "targets": [target.model_dump() for target in one.targets],
        }


def _groups() -> Iterable[Values]:
    for feed in dict.fromkeys(str(entry["group"]) for entry in _kpis()):
        names = {f"name_{lang}": say(f"feed.{feed}", lang) for lang in ("vi", "en")}
        yield {"code": feed, **names}


def _disaggregations(conn: Connection, day: date) -> Values:
    """Return levels and agencies; ``day`` is that of the newest change, not of the asking."""
    agencies = agencies_on(conn, day)
    members = {
        "level": [{"code": level, "name": _level(level)} for level in LEVELS],
        "agency": [{"code": a.code, "name": a.name, "parent": a.level} for a in agencies],
    }
    told = [
        {"code": code, "name": say(f"publication.by_{code}", "vi"), "members": listed}
        for code, listed in members.items()
    ]
    return {"day": max(a.valid_from for a in agencies), "disaggregations": told}


def _level(level: str) -> str:
    return say(f"publication.level_{level}", "vi")


def _kpi_value(row: IndicatorRow) -> Mapping[str, Any]:
    assert row.value is not None
    return {
        "kpi": row.indicator,
        "level": row.level,
        "value": row.value.quantize(_PLACES),
        "numerator": row.numerator,
        "denominator": row.denominator,
        "target": row.target,
        "is_met": row.is_met,
        "expected": row.coverage.expected,
        "covered": row.coverage.covered,
    }
