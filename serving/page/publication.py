"""Gửi báo cáo: what may leave for the national reporting system, what left, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query
from starlette.responses import RedirectResponse, Response

from hub.publish import receiver_title
from hub.settings import Settings
from serving.access import Publisher, Reader
from serving.problem import Problem
from serving.publication.definition import Kind, definitions
from serving.publication.dispatch import Work, carry_out, parcels_work, report_work
from serving.publication.gate import Lack
from serving.publication.outbox import (
    Office,
    Preview,
    Report,
    catalogue_items,
    is_moved,
    kpi_item,
    laid_out,
    office_of,
    previews,
    report_items,
    report_of,
    reports,
)
from serving.service import Served, Service
from serving.template import page
from serving.view import View, Viewed
from warehouse.action import Action, read_action
from warehouse.database import Connection
from warehouse.packet import Packet, packet_body, packet_counts, packet_of, packets
from warehouse.signed import signed_form

TAB = "/publication"
PAGE_SECONDS = 10.0
"""How long a person's browser waits between tries; what has not ended by then goes on later."""

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=2**62)]


@dataclass(frozen=True, slots=True)
class Errand:
    """Something that a person is about to send.

    Attributes:
        subject: as the ledger of actions names it.
        previews: the packets as they would leave, in order.
        lacks: what keeps it here.
        work: sends it.
        left_out: what keeps other KPIs out of the packet.
        report: the signed form, None for catalogues and KPIs.
        is_moved: whether the warehouse shows newer runs than were signed for.
    """

    subject: str
    previews: Sequence[Preview]
    lacks: Sequence[Lack]
    work: Work
    report: Report | None = None
    is_moved: bool = False
    left_out: Sequence[Lack] = ()

    @property
    def confirmed(self) -> str:
        """Return the digest of what would leave: what is sent is what was looked at."""
        told = "".join(preview.digest for preview in self.previews)
        return sha256(told.encode()).hexdigest()

    @property
    def with_refused(self) -> bool:
        """Tell whether a packet that was refused goes again, as it is."""
        return any(preview.item.state == "refused" for preview in self.previews)

    @property
    def is_free(self) -> bool:
        """Tell whether it may be sent."""
        return bool(self.previews) and not self.lacks


@router.get(TAB, include_in_schema=False)
def overview(
    view: Viewed, person: Reader, service: Served, done: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show what is ready, sent, acknowledged and refused."""
    with service.snapshot() as conn:
        office = office_of(service.settings)
        found = reports(conn, office)
        return page(
            "publication.html",
            view,
            person,
            tab=TAB,
            headline=_headline(view, found, conn),
            alarm=_alarm(view, conn),
            done=_done(view, read_action(conn, done) if done else None),
            reports=found,
            catalogues=catalogue_items(conn, office, service.clock().date()),
            packets=packets(conn),
            definitions=office.definitions,
        )


@router.get(f"{TAB}/send", include_in_schema=False)
def confirm(
    view: Viewed,
    person: Publisher,
    service: Served,
    form: Annotated[int, Query(ge=0, le=2**62)] = 0,
    kind: Kind | None = None,
) -> Response:
    """Show exactly what would be sent, before it is."""
    with service.snapshot() as conn:
        errand = _errand(conn, service, view, person.name, form or kind)
        return page(
            "publication_confirm.html",
            view,
            person,
            tab=TAB,
            errand=errand,
            fields={"form": form, "kind": kind},
            title=receiver_title(service.settings),
            definitions=definitions(service.settings.packets),
        )


@router.post(f"{TAB}/send", include_in_schema=False)
def send(
    view: Viewed,
    person: Publisher,
    service: Served,
    confirmed: Annotated[str, Form()],
    form: Annotated[int, Form(ge=0, le=2**62)] = 0,
    kind: Annotated[Kind | None, Form()] = None,
) -> Response:
    """Send what was confirmed, and go back to the overview."""
    with service.connection() as conn:
        errand = _errand(conn, service, view, person.name, form or kind)
        if not errand.is_free:
            raise _held(view, errand)
        if errand.confirmed != confirmed:
            raise Problem(409, "CHANGED", view.say("publication.changed_meanwhile"))
        action, _ = carry_out(
            conn,
            _in_a_hurry(service.settings),
            errand.work,
            person=person.name,
            subject=errand.subject,
            with_refused=errand.with_refused,
        )
    return RedirectResponse(view.href(TAB, done=action), 303)


@router.get(f"{TAB}/packet/{{number}}", include_in_schema=False)
def show(view: Viewed, person: Reader, service: Served, number: Number) -> Response:
    """Show a kept packet with its body, digest and receipt."""
    with service.snapshot() as conn:
        packet = _packet(conn, number)
        return page(
            "publication_packet.html",
            view,
            person,
            tab=TAB,
            packet=packet,
            text=laid_out(packet_body(conn, packet)),
            signed=signed_form(conn, packet.signed_form_id) if packet.signed_form_id else None,
            definitions=definitions(service.settings.packets),
        )


@router.get(f"{TAB}/packet/{{number}}/body", include_in_schema=False)
def body(person: Reader, service: Served, number: Number) -> Response:
    """Give a packet's bytes as they were sent."""
    del person
    with service.snapshot() as conn:
        packet = _packet(conn, number)
        name = f"{packet.kind}-{packet.packet_id}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(packet_body(conn, packet), 200, headers, "application/json")


def _packet(conn: Connection, number: int) -> Packet:
    packet = packet_of(conn, number)
    if packet is None:
        raise Problem(404, "NOT-FOUND", "no packet has this number", seen=str(number))
    return packet


def _errand(
    conn: Connection, service: Service, view: View, person: str, asked: int | Kind | None
) -> Errand:
    """Return what sending a signed form (by number) or a kind of packet comes to."""
    office = office_of(service.settings)
    match asked:
        case int() as number if number:
            return _report_errand(conn, office, number, person)
        case str() as kind:
            return _kind_errand(conn, office, view, kind, service.clock().date(), person)
    raise Problem(400, "PARAMETER", "name a signed form or a kind", allowed="form, kind")


def _report_errand(conn: Connection, office: Office, number: int, person: str) -> Errand:
    signed = signed_form(conn, number)
    if signed is None:
        raise Problem(404, "NOT-FOUND", "no signed form has this number", seen=str(number))
    found = report_of(conn, office, signed)
    items = report_items(conn, office, found)
    return Errand(
        found.subject,
        previews(conn, office, items),
        found.lacks,
        report_work(conn, office, found, person),
        report=found,
        is_moved=is_moved(conn, found),
    )


def _kind_errand(
    conn: Connection, office: Office, view: View, kind: Kind, today: date, person: str
) -> Errand:
    found: list[Lack] = []
    if kind == "kpi_data":
        item, found = kpi_item(conn, office, view.period, view.calendar.value)
        items, subject = [item] if item else [], f"kpi_data/{view.period.name}/{view.calendar}"
    else:
        every = catalogue_items(conn, office, today)
        items, subject = [item for item in every if item.parcel.kind == kind], kind
    work = parcels_work(conn, office, [item.parcel for item in items], person)
    shown = previews(conn, office, items)
    return Errand(subject, shown, [] if items else found, work, left_out=found if items else [])


def _held(view: View, errand: Errand) -> Problem:
    """Return why an errand is not run, with the next step."""
    if not errand.lacks:
        return Problem(409, "NOTHING", view.say("publication.nothing"))
    told = "; ".join(lack.sentence(view.lang) for lack in errand.lacks)
    return Problem(409, errand.lacks[0].code, told, next=errand.lacks[0].action)


def _in_a_hurry(settings: Settings) -> Settings:
    budget = min(settings.budget_seconds, PAGE_SECONDS)
    return settings.model_copy(update={"budget_seconds": budget})


def _headline(view: View, found: Sequence[Report], conn: Connection) -> str:
    states = [report.state for report in found]
    blocked = states.count("blocked")
    due = len(states) - blocked - states.count("acknowledged")
    if not states:
        return view.say("publication.headline_none")
    if not due and not blocked:
        done = view.number(packet_counts(conn)["acknowledged"])
        return view.say("publication.headline_done", acknowledged=done)
    told = {"due": view.number(due), "blocked": view.number(blocked)}
    return view.say("publication.headline_due", **told)


def _alarm(view: View, conn: Connection) -> str:
    counts = packet_counts(conn)
    if not counts["failed"] and not counts["refused"]:
        return ""
    told = {state: view.number(counts[state]) for state in ("failed", "refused")}
    return view.say("publication.alarm", **told)


def _done(view: View, action: Action | None) -> tuple[bool, str] | None:
    """Return whether an action ended well, and its sentence; None for none of ours."""
    if action is None or action.verb != "publish":
        return None
    told = action.outcome.get("packets", [])
    if action.state == "done":
        return True, view.say("publication.done_acknowledged", count=view.number(len(told)))
    if not told:
        return False, view.say("publication.done_running")
    last = told[-1]
    state = view.say(f"publication.state_{last['state']}")
    return False, view.say("publication.done_else", kind=last["kind"], state=state)
