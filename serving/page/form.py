"""Biểu báo cáo: the official forms, their list, and their files."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from hub.period import Calendar, Period, parse_period
from hub.spreadsheet import XLSX
from serving.access import Reader
from serving.answer import KEEP
from serving.form.cell import scope_name
from serving.form.csv_file import csv_of
from serving.form.definition import Definition, definitions
from serving.form.filling import Filled, fill
from serving.form.paper import paper_values
from serving.form.question import asked_of
from serving.form.signing import place_of, reporters, runs_of
from serving.form.workbook import Origin, write_workbook
from serving.page import form_cell, form_sign
from serving.service import Served
from serving.template import page
from serving.view import View, Viewed
from warehouse.signed import signed_forms

router = APIRouter(include_in_schema=False)
router.include_router(form_sign.router)
router.include_router(form_cell.router)

TAB = "/forms"


@router.get("/forms")
def list_forms(view: Viewed, person: Reader, service: Served) -> Response:
    """Show which forms there are, and what was signed lately."""
    today = service.clock().date()
    with service.snapshot() as conn:
        signed = signed_forms(conn, count=20)
    shown = [(one, list(_ways(view, one, today))) for one in definitions().values()]
    return page("forms.html", view, person, tab=TAB, forms=shown, signed=signed)


@router.get("/forms/{form}.xlsx")
def form_xlsx(form: str, view: Viewed, _: Reader, service: Served) -> Response:
    """Give a form as a workbook."""
    with service.snapshot() as conn:
        filled = fill(conn, asked_of(form, view))
        runs = runs_of(conn, filled, reporters(conn, filled.asked))
    file = write_workbook(filled, Origin(scope_name(filled, view.lang), runs), view.lang)
    return download(file, XLSX, f"{file_name(filled)}.xlsx")


@router.get("/forms/{form}.csv")
def form_csv(form: str, view: Viewed, _: Reader, service: Served) -> Response:
    """Give a form as CSV, UTF-8 with a mark so that spreadsheets read it as such."""
    with service.snapshot() as conn:
        filled = fill(conn, asked_of(form, view))
    return download(
        csv_of(filled, view.lang).encode(), "text/csv; charset=utf-8", f"{file_name(filled)}.csv"
    )


@router.get("/forms/{form}")
def show_form(form: str, view: Viewed, person: Reader, service: Served) -> Response:
    """Show a form: the table, its checked sums, its coverage, its signature."""
    with service.snapshot() as conn:
        filled = fill(conn, asked_of(form, view))
        signed = signed_forms(conn, place_of(filled.asked), count=1)
    today = service.clock().date()
    values = paper_values(filled, view) | choices(filled, today)
    is_running = view.period.last >= today
    return page(
        "form.html",
        view,
        person,
        tab=TAB,
        signed=signed[0] if signed else None,
        is_running=is_running,
        **values,
    )


def choices(filled: Filled, today: date) -> dict[str, Any]:
    """Return what a reader may choose: periods and agencies."""
    agencies = {one.code: one.name for one in filled.owing}
    if filled.asked.agency:
        agencies.setdefault(filled.asked.agency, filled.asked.agency)
    return {"periods": period_names(today), "agencies": sorted(agencies.items())}


def period_names(today: date) -> list[str]:
    """Return names of periods that a reader may want, newest first: months, quarters, years."""
    months = [today.year * 12 + today.month - 1 - back for back in range(14)]
    named = [f"{month // 12}-{month % 12 + 1:02}" for month in months]
    quarters = [f"{q // 4}-Q{q % 4 + 1}" for q in range(months[0] // 3, months[0] // 3 - 5, -1)]
    halves = [f"{h // 2}-H{h % 2 + 1}" for h in range(months[0] // 6, months[0] // 6 - 3, -1)]
    return [*named, *quarters, *halves, str(today.year), str(today.year - 1)]


def file_name(filled: Filled) -> str:
    """Return what a file of a form is called, without its ending; ASCII."""
    asked = filled.asked
    parts = (asked.form, asked.cut, asked.agency, asked.period.name, asked.calendar)
    return "_".join(filter(None, (*parts, "" if asked.basis == "reported" else asked.basis_name)))


def download(body: bytes, media_type: str, name: str) -> Response:
    """Return a file to save; kept as pages are."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', KEEP.decode(): "1"}
    return Response(body, media_type=media_type, headers=headers)


def _ways(view: View, one: Definition, today: date) -> Iterator[tuple[str, str]]:
    """Yield (text, address) of the periods that have just ended, in both calendars."""
    for calendar in (Calendar.REPORT, Calendar.CIVIL):
        period = last_ended(today, calendar)
        if one.valid(period.last):
            text = view.say(f"form.open_{calendar.value}", period=_named(period, view))
            address = view.href(f"/forms/{one.form}", calendar=calendar.value, period=period.name)
            yield text, address


def last_ended(today: date, calendar: Calendar) -> Period:
    """Return the newest month that has ended."""
    months: Sequence[date] = [
        today,
        today - timedelta(today.day),
        today - timedelta(today.day + 31),
    ]
    periods = (parse_period(f"{month:%Y-%m}", calendar) for month in months)
    return next(period for period in periods if period.last < today)


def _named(period: Period, view: View) -> str:
    return period.label if view.lang == "vi" else period.name
