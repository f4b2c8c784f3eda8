"""Signing a form, and what was signed: kept as it was, compared with what is known today."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from hub.period import Calendar, parse_period, span_of_days
from hub.spreadsheet import XLSX
from serving.access import Person, Reader, Signer
from serving.answer import KEEP
from serving.form.asked import Asked
from serving.form.cell import ranges, scope_name
from serving.form.definition import form_names
from serving.form.filling import Filled, fill
from serving.form.paper import paper_values
from serving.form.question import asked_of, place_in_address
from serving.form.signing import (
    Reason,
    changes,
    owed,
    place_of,
    reasons,
    reporters,
    runs_of,
    signing_of,
)
from serving.problem import Problem
from serving.service import Served, Service
from serving.template import page
from serving.view import View, Viewed
from warehouse import action
from warehouse.database import Connection
from warehouse.map import basis_of
from warehouse.signed import SignedForm, sign, signed_file, signed_form, signed_forms

router = APIRouter(include_in_schema=False)
TAB = "/forms"
LISTED = 200
CHANGED = 100
"""Cells that differ and are listed; how many there are is told."""


@router.get("/forms/signed")
def list_signed(view: Viewed, person: Reader, service: Served) -> Response:
    """List what was signed, by whom and when."""
    with service.snapshot() as conn:
        signed = signed_forms(conn, count=LISTED)
    return page("forms_signed.html", view, person, tab=TAB, signed=signed)


@router.get("/forms/signed/{number}.xlsx")
def give_signed_file(number: int, _: Reader, service: Served) -> Response:
    """Give a signed workbook byte for byte."""
    with service.snapshot() as conn:
        kept = _kept(conn, number)
        file = signed_file(conn, kept)
    name = f"{kept.form}_{kept.period}_{kept.signed_form_id}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', KEEP.decode(): "1"}
    return Response(file, media_type=XLSX, headers=headers)


@router.get("/forms/signed/{number}")
def show_signed(number: int, view: Viewed, person: Reader, service: Served) -> Response:
    """Show what was signed, and whether today's figures are still those."""
    with service.snapshot() as conn:
        kept = _kept(conn, number)
        now = fill(conn, _asked_again(kept)) if kept.form in form_names() else None
    differ = changes(kept, now) if now else []
    values = {"differ": differ[:CHANGED], "count": len(differ), "ranges": ranges(list(kept.runs))}
    address = _address(view, kept)
    return page(
        "form_signed.html", view, person, tab=TAB, kept=kept, now=now, address=address, **values
    )


@router.get("/forms/{form}/sign")
def look_before(form: str, view: Viewed, person: Reader, service: Served) -> Response:
    """Show what will be signed, or what speaks against it."""
    with service.snapshot() as conn:
        filled = fill(conn, asked_of(form, view))
        return _sign_page(conn, service, view, person, filled)


@router.post("/forms/{form}/sign")
def sign_form(
    form: str,
    view: Viewed,
    person: Signer,
    service: Served,
    fingerprint: Annotated[str, Form(max_length=64)],
) -> Response:
    """Sign a form: keep its figures, file and runs; refused where anything speaks against it."""
    asked = asked_of(form, view)
    with _written_down(service, person, asked, fingerprint) as done:
        with service.snapshot() as conn:
            filled = fill(conn, asked)
            codes = reporters(conn, asked)
            runs = runs_of(conn, filled, codes)
        against = reasons(filled, owed(service.registry, filled, codes), service.clock().date())
        if against or filled.fingerprint != fingerprint:
            done.append(("refused", {"reasons": [r.word for r in against] or ["sign_moved"]}))
            with service.snapshot() as conn:
                how: Literal["against", "moved"] = "against" if against else "moved"
                return _sign_page(conn, service, view, person, filled, how)
        signing = signing_of(filled, scope_name(filled, "vi"), runs, person.name)
        with service.connection() as conn:
            kept, _ = sign(conn, signing)
        done.append(("done", {"signed_form": kept}))
    return RedirectResponse(view.href(f"/forms/signed/{kept}"), 303)


@contextmanager
def _written_down(
    service: Service, person: Person, asked: Asked, fingerprint: str
) -> Iterator[list[tuple[action.End, dict[str, Any]]]]:
    """Write down that somebody signs, before it is done, and how it ended.

    No connection is held meanwhile: signers at once would wait for each other's second one.
    """
    place = (asked.form, asked.cut, asked.agency or "-", asked.period.name, asked.calendar)
    detail = {"map": asked.basis_name, "fingerprint": fingerprint}
    with service.connection() as conn:
        number = action.begin(conn, person.name, "sign", "/".join(place), detail)
    done: list[tuple[action.End, dict[str, Any]]] = []
    try:
        yield done
    finally:
        state, outcome = done[-1] if done else ("failed", {})
        with service.connection() as conn:
            action.end(conn, number, state, outcome)


def _sign_page(
    conn: Connection,
    service: Service,
    view: View,
    person: Person,
    filled: Filled,
    refused: Literal["", "against", "moved"] = "",
) -> Response:
    codes = reporters(conn, filled.asked)
    against = reasons(filled, owed(service.registry, filled, codes), service.clock().date())
    before = signed_forms(conn, place_of(filled.asked), count=1)
    same = next((one for one in before if one.fingerprint == filled.fingerprint), None)
    return page(
        "form_sign.html",
        view,
        person,
        tab=TAB,
        against=_sentences(view, against),
        moved=refused == "moved",
        same=same,
        status=409 if refused else 200,
        is_kept=not refused,
        **paper_values(filled, view),
    )


def _sentences(view: View, against: Sequence[Reason]) -> list[str]:
    return [
        view.say(f"form.{reason.word}", **{key: _told(view, v) for key, v in reason.values.items()})
        for reason in against
    ]


def _told(view: View, value: object) -> object:
    return view.number(value) if isinstance(value, int) else value


def _kept(conn: Connection, number: int) -> SignedForm:
    kept = signed_form(conn, number)
    if kept is None:
        raise Problem(404, "SIGNED-FORM", "no signed form has this number", seen=str(number))
    return kept


def _asked_again(kept: SignedForm) -> Asked:
    """Return the question whose answer was signed."""
    span = span_of_days(kept.first_day, kept.last_day)
    if ".." not in kept.period:
        span = parse_period(kept.period, Calendar(kept.calendar))
    return Asked(
        form=kept.form,
        cut=kept.cut,  # type: ignore[arg-type]
        agency=kept.agency,
        period=span,
        calendar=kept.calendar,
        basis=basis_of(kept.basis),
        basis_name=kept.basis,
    )


def _address(view: View, kept: SignedForm) -> str:
    """Return where today's figures of a signed form are shown."""
    place = place_in_address(_asked_again(kept))
    return view.href(
        f"/forms/{kept.form}", period=kept.period, calendar=kept.calendar, map=kept.basis, **place
    )
