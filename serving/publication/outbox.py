"""The outbox: what is ready to leave, what keeps it here, and the sending of it, written down."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from json import dumps, loads

from hub.period import Period
from hub.settings import Settings
from serving.numeral import moment
from serving.publication.catalogue import CATALOGUES, catalogue, kpi_values
from serving.publication.definition import Definitions, Kind, definitions
from serving.publication.form import FormOutline, form_outlines, kpi_feeds, outline_of
from serving.publication.gate import Audits, Lack, lacks
from serving.publication.parcel import (
    Parcel,
    draft_of,
    fingerprint_of,
    is_sent,
    place_of,
    subject_of,
)
from serving.publication.report import list_data, outline, report_data, status
from warehouse.database import Connection
from warehouse.indicator import IndicatorRow, compute
from warehouse.packet import (
    Draft,
    Packet,
    Standing,
    keep,
    latest_forms,
    packet_body,
    standings,
)
from warehouse.signed import ANYWHERE, Place, SignedForm, runs_behind, signed_forms

Send = Callable[[int], Packet]
"""Sends a kept packet until it ends or patience does."""


@dataclass(frozen=True, slots=True)
class Office:
    """What building packets rests on.

    Attributes:
        forms: what packets need to know of every form.
        definitions: names on the wire.
        needs_audit: whether every day behind a figure must have passed the audit.
    """

    forms: Sequence[FormOutline]
    definitions: Definitions
    needs_audit: bool = True


def office_of(settings: Settings) -> Office:
    """Return the office that the settings name.

    Raises:
        ConfigError: a file of forms or packets is not as agreed.
    """
    return Office(form_outlines(), definitions(settings.packets), settings.publish_audit)


@dataclass(frozen=True, slots=True)
class Item:
    """One parcel and what its place shows."""

    parcel: Parcel
    standing: Standing

    @property
    def packet(self) -> Packet | None:
        """Return the packet that says just this, None where none was made yet."""
        return self.standing.newest if is_sent(self.parcel, self.standing) else None

    @property
    def state(self) -> str:
        """Return ``new``, ``changed`` (the receiver holds an older one), or a packet's state."""
        if self.packet:
            return self.packet.state
        return "changed" if self.standing.current else "new"

    @property
    def is_due(self) -> bool:
        """Tell whether sending it would do anything."""
        return self.state not in {"acknowledged", "refused"}


@dataclass(frozen=True, slots=True)
class Report:
    """A signed form on its way.

    Attributes:
        signed: as signed; the newest of its place.
        form: its definition, None where nobody knows it.
        lacks: what keeps it here.
        items: its packets, in the order of sending.
    """

    signed: SignedForm
    form: FormOutline | None
    lacks: Sequence[Lack]
    items: Sequence[Item]

    @property
    def subject(self) -> str:
        """Return form, unit and period as the ledger of actions names them."""
        signed = self.signed
        return "/".join(filter(None, (signed.form, signed.agency, signed.period, signed.calendar)))

    @property
    def state(self) -> str:
        """Return the gravest state of its packets; ``blocked`` while anything is lacking."""
        states = [item.state for item in self.items]
        for state in ("refused", "failed", "ready", "changed", "new"):
            if state in states:
                is_held = self.lacks and state in {"changed", "new"}
                return "blocked" if is_held else state
        return "acknowledged" if states else "blocked"


def reports(
    conn: Connection, office: Office, place: Place = ANYWHERE, count: int = 50
) -> list[Report]:
    """Return the newest signed form of every place with its packets, newest first."""
    return _reports(conn, office, latest_forms(conn, place, count))


def report_of(conn: Connection, office: Office, signed: SignedForm) -> Report:
    """Return one signed form with its packets; one that was signed anew since is held back."""
    found = _reports(conn, office, [signed])[0]
    newest = signed_forms(conn, place_of(signed), count=1)[0]
    if newest.signed_form_id == signed.signed_form_id:
        return found
    told = {"signer": newest.signer, "at": moment(newest.signed_at)}
    return replace(found, lacks=[Lack("SUPERSEDED", f"hub publish --form {signed.form}", told)])


def catalogue_items(conn: Connection, office: Office, day: date) -> list[Item]:
    """Return the catalogue packets as of a day, in the order in which a receiver needs them."""
    parcels = [catalogue_parcel(conn, office, kind, day) for kind in CATALOGUES]
    return _with_standings(conn, parcels)


def catalogue_parcel(conn: Connection, office: Office, kind: Kind, day: date) -> Parcel:
    """Return one catalogue as of a day."""
    values = catalogue(conn, kind, office.forms, day)
    subject = (str(day.year),) if kind == "period" else ()
    return Parcel(kind, subject, "", fingerprint_of(kind, values, office.definitions), values)


def kpi_item(
    conn: Connection, office: Office, period: Period, calendar: str
) -> tuple[Item | None, list[Lack]]:
    """Return the packet of the KPIs that may leave, and what keeps the others here.

    Only values with full coverage and audited days are in it; None where there are none.
    """
    audits = Audits(conn, office.needs_audit)
    free, found = [], []
    for row in compute(conn, period.first, period.last):
        kept_back = _kpi_lacks(row, audits) if row.value is not None else []
        found += [lack for lack in kept_back if lack not in found]
        free += [] if row.value is None or kept_back else [row]
    if not free:
        return None, found
    values = kpi_values(free, period, calendar)
    fingerprint = fingerprint_of("kpi_data", values, office.definitions)
    parcel = Parcel("kpi_data", (period.name, calendar), "", fingerprint, values)
    return _with_standings(conn, [parcel])[0], found


def _kpi_lacks(row: IndicatorRow, audits: Audits) -> list[Lack]:
    cover = row.coverage
    if not cover.expected or cover.covered < cover.expected:
        step = f"hub backfill --from {row.first_day} --to {row.last_day} --missing-only"
        told = {"covered": cover.covered, "expected": cover.expected, "kpi": row.indicator}
        return [Lack("KPI-UNCOVERED", step, told)]
    return [
        lack
        for feed in kpi_feeds(row.indicator)
        for lack in audits(feed, row.first_day, row.last_day)
    ]


@dataclass(frozen=True, slots=True)
class Preview:
    """A packet as it would leave.

    Attributes:
        item: what it is made of.
        draft: the packet; that of a kept one is what is kept.
    """

    item: Item
    draft: Draft

    @property
    def digest(self) -> str:
        """Return the sha256 of what would leave."""
        return sha256(self.draft.body).hexdigest()

    @property
    def text(self) -> str:
        """Return what would leave, laid out for people."""
        return laid_out(self.draft.body)


def laid_out(body: bytes) -> str:
    """Return a packet's body with a line per field, cells of a row side by side."""
    return _CELL.sub(r"{\1 \2}", dumps(loads(body), ensure_ascii=False, indent=2))


_CELL = re.compile(r"\{\n\s+([^{}\[\]\n]+,)\n\s+([^{}\[\]\n]+)\n\s+\}")
"""An object of two plain fields over four lines."""


def previews(conn: Connection, office: Office, items: Iterable[Item]) -> list[Preview]:
    """Return the packets of items as they would leave, without those that are held already."""
    return [
        Preview(item, _preview(conn, office, item))
        for item in items
        if item.state != "acknowledged"
    ]


def report_items(conn: Connection, office: Office, report: Report) -> list[Item]:
    """Return everything that leaves with a signed form, in order: definitions, data, outline."""
    if report.form is None:
        return []
    kinds: tuple[Kind, ...] = ("form", "form_outline") if report.form.sections else ("form",)
    day = report.signed.last_day
    before = [catalogue_parcel(conn, office, kind, day) for kind in kinds]
    return [*_with_standings(conn, before), *report.items]


def _preview(conn: Connection, office: Office, item: Item) -> Draft:
    draft = draft_of(item.parcel, item.standing, office.definitions, "")
    kept = item.packet
    if kept is None:
        return draft
    body = packet_body(conn, kept)
    return replace(draft, key=kept.key, replaces=kept.replaces, body=body)


def send_parcel(
    conn: Connection, office: Office, parcel: Parcel, send: Send, person: str
) -> Packet:
    """Make the packet of a parcel where it is not made yet, and send it; return it.

    An earlier packet of the place that has not ended goes first; while it does not end, it is
    what is returned. What was acknowledged or refused already is not sent again.

    Raises:
        LoadConflict: PACKET-OPEN, somebody else made another packet of this place just now.
        ConfigError: PACKET-FIELD.
    """
    standing = standings(conn, [parcel.place])[parcel.place]
    newest = standing.newest
    if newest is not None and newest.is_open and not is_sent(parcel, standing):
        earlier = send(newest.packet_id)
        if earlier.is_open:
            return earlier
        standing = standings(conn, [parcel.place])[parcel.place]
        newest = standing.newest
    if newest is not None and is_sent(parcel, standing):
        return send(newest.packet_id)
    kept = keep(conn, draft_of(parcel, standing, office.definitions, person))
    return send(kept.packet_id)


def send_report(
    conn: Connection, office: Office, report: Report, send: Send, person: str
) -> Iterator[Packet]:
    """Send a signed form: its form's definition first, then data, outline, status.

    Stops at the first packet that is not acknowledged. Nothing leaves while anything is lacking.
    """
    if report.lacks or report.form is None:
        return
    for parcel in _sequence(conn, office, report.signed, report.form):
        packet = send_parcel(conn, office, parcel, send, person)
        yield packet
        if packet.state != "acknowledged":
            return


def _sequence(
    conn: Connection, office: Office, signed: SignedForm, form: FormOutline
) -> Iterator[Parcel]:
    """Yield what is to be sent, one after the other: the last speaks of the ones before."""
    yield catalogue_parcel(conn, office, "form", signed.last_day)
    if form.sections:
        yield catalogue_parcel(conn, office, "form_outline", signed.last_day)
    data = _data(signed, form)
    yield data
    if form.sections:
        yield _outline(signed, form)
    sent = standings(conn, [data.place])[data.place].current
    if sent is not None:
        yield _status(office, signed, sent)


def _reports(conn: Connection, office: Office, forms: Sequence[SignedForm]) -> list[Report]:
    """Return signed forms with their packets; what places show is asked once for all of them."""
    audits = Audits(conn, office.needs_audit)
    known = [outline_of(office.forms, one.form, one.form_version) for one in forms]
    items = _each(conn, list(map(_parcels, forms, known)))
    statuses = [_statuses(office, one, own) for one, own in zip(forms, items, strict=True)]
    items = [a + b for a, b in zip(items, _each(conn, statuses), strict=True)]
    return [
        Report(one, form, [] if _is_done(own) else lacks(one, form, audits), own)
        for one, form, own in zip(forms, known, items, strict=True)
    ]


def _parcels(signed: SignedForm, form: FormOutline | None) -> list[Parcel]:
    if form is None:
        return []
    return [_data(signed, form), *([_outline(signed, form)] if form.sections else [])]


def _statuses(office: Office, signed: SignedForm, items: Sequence[Item]) -> list[Parcel]:
    """Return the status of a form whose data was acknowledged; none before."""
    sent = items[0].packet if items else None
    if sent is None or sent.state != "acknowledged":
        return []
    return [_status(office, signed, sent)]


def _is_done(items: Sequence[Item]) -> bool:
    return bool(items) and not any(item.is_due for item in items)


def _each(conn: Connection, groups: Sequence[Sequence[Parcel]]) -> list[list[Item]]:
    """Return groups of parcels with what their places show."""
    found = standings(conn, [parcel.place for group in groups for parcel in group])
    return [[Item(parcel, found[parcel.place]) for parcel in group] for group in groups]


def _data(signed: SignedForm, form: FormOutline) -> Parcel:
    kind: Kind = "list_data" if form.is_list else "report_data"
    values = list_data(signed) if form.is_list else report_data(signed)
    return _of_form(kind, signed, signed.fingerprint, values)


def _outline(signed: SignedForm, form: FormOutline) -> Parcel:
    return _of_form("outline", signed, signed.fingerprint, outline(signed, form))


def _status(office: Office, signed: SignedForm, sent: Packet) -> Parcel:
    values = status(signed, sent)
    return _of_form("status", signed, fingerprint_of("status", values, office.definitions), values)


def _of_form(kind: Kind, signed: SignedForm, fingerprint: str, values: dict[str, object]) -> Parcel:
    subject, version = subject_of(signed), signed.form_version
    return Parcel(kind, subject, version, fingerprint, values, signed.signed_form_id)


def _with_standings(conn: Connection, parcels: Iterable[Parcel]) -> list[Item]:
    return _each(conn, [list(parcels)])[0]


def is_moved(conn: Connection, report: Report) -> bool:
    """Tell whether the warehouse shows other runs by now than those that were signed for.

    What was signed stays what is sent; people are told before they send it.
    """
    signed = report.signed
    if report.form is None or not signed.runs or (signed.agency and signed.basis != "reported"):
        return False
    agencies = [signed.agency] if signed.agency else None
    now = {
        run
        for feed in report.form.feeds
        for run in runs_behind(conn, feed, signed.first_day, signed.last_day, agencies)
    }
    return now != set(signed.runs)
