"""``hub publish``: sends packets of signed forms, of catalogues and KPIs; or shows them only."""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass

import click

from hub.cli import option, paper, shell
from hub.desk import Desk
from hub.period import Calendar, parse_period
from serving.publication.definition import KINDS, Kind
from serving.publication.dispatch import Work, carry_out, parcels_work, report_work
from serving.publication.gate import Lack
from serving.publication.outbox import (
    Item,
    Office,
    Report,
    catalogue_items,
    kpi_item,
    office_of,
    reports,
)
from warehouse.database import Connection
from warehouse.packet import Packet
from warehouse.signed import Place

MARKS = {
    "acknowledged": ("✓", "green"),
    "refused": ("⊘", "magenta"),
    "failed": ("✕", "red"),
    "ready": ("…", "cyan"),
}
DATA: tuple[Kind, ...] = ("report_data", "list_data", "outline", "status")
"""Packets of signed forms; they leave together."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one command is about to send: one action of the ledger.

    Attributes:
        subject: as the ledger of actions names it.
        items: its packets as far as they can be told beforehand.
        lacks: what keeps it here.
        work: sends it.
    """

    subject: str
    items: Sequence[Item]
    lacks: Sequence[Lack]
    work: Work

    @property
    def is_free(self) -> bool:
        """Tell whether anything of it may leave."""
        return bool(self.items) and not self.lacks


@click.command()
@click.option("--form", help="Chỉ biểu này / only this form: II.06a.")
@option.PERIOD
@click.option(
    "--calendar", type=click.Choice([c.value for c in Calendar]), help="Chỉ lịch này / only this."
)
@click.option("--agency", help="Chỉ đơn vị này / only this agency.")
@click.option("--map", "basis", help="Chỉ bản đồ này / only this map: reported, today, a day.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([k for k in KINDS if k not in DATA]),
    multiple=True,
    help="Danh mục hoặc chỉ số thay cho biểu / catalogues or KPIs instead of forms.",
)
@click.option("--refused", is_flag=True, help="Gửi lại cả gói bị từ chối / refused ones, too.")
@click.option("--dry-run", is_flag=True, help="Chỉ in những gì sẽ gửi / only print what would go.")
@option.AS_JSON
def publish(  # noqa: PLR0913 - one parameter per option
    *,
    form: str | None,
    period: str | None,
    calendar: str | None,
    agency: str | None,
    basis: str | None,
    kinds: tuple[Kind, ...],
    refused: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Gửi biểu đã ký đến Hệ thống thông tin báo cáo quốc gia / send packets of signed forms."""
    wanted = Place(form=form, agency=agency, period=period, calendar=calendar, basis=basis)
    with shell.desk() as desk:
        office, person = office_of(desk.settings), whoever()
        if kinds:
            batches = _of_kinds(desk.conn(), office, kinds, period, calendar, person)
        else:
            found = reports(desk.conn(), office, wanted, count=500)
            batches = [_of_report(desk.conn(), office, one, person) for one in found]
        if not batches:
            return _tell_nothing(wanted)
        if dry_run:
            return _show(batches, as_json=as_json)
        return _send(desk, batches, refused=refused, as_json=as_json)


def whoever() -> str:
    """Return who sits at the terminal, as far as the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "local"


def _of_report(conn: Connection, office: Office, report: Report, person: str) -> Batch:
    work = report_work(conn, office, report, person)
    return Batch(report.subject, report.items, report.lacks, work)


def _of_kinds(
    conn: Connection,
    office: Office,
    kinds: Sequence[Kind],
    period: str | None,
    calendar: str | None,
    person: str,
) -> list[Batch]:
    catalogues = catalogue_items(conn, office, shell.now().date())
    batches = [
        Batch(i.parcel.place, [i], (), parcels_work(conn, office, [i.parcel], person))
        for i in catalogues
        if i.parcel.kind in kinds
    ]
    if "kpi_data" in kinds:
        if period is None:
            raise click.UsageError("kpi_data cần --period / needs a period")
        cut = Calendar(calendar or Calendar.REPORT)
        item, lacks = kpi_item(conn, office, parse_period(period, cut), cut.value)
        parcels = [item.parcel] if item else []
        work = parcels_work(conn, office, parcels, person)
        subject = f"kpi_data/{period}/{cut.value}"
        batches.append(Batch(subject, [item] if item else [], () if item else lacks, work))
    return batches


def _tell_nothing(wanted: Place) -> int:
    """Say that nobody signed what was asked for; nothing at all is no failure."""
    is_named = any(getattr(wanted, name) for name in Place.__slots__)
    click.echo("Chưa có biểu nào được ký / nothing of this kind is signed", err=True)
    if is_named:
        click.echo("Bước tiếp / next: hub serve, /forms", err=True)
    return 1 if is_named else 0


def _show(batches: Sequence[Batch], *, as_json: bool) -> int:
    if as_json:
        paper.print_json([_plain(batch) for batch in batches])
    for batch in [] if as_json else batches:
        click.echo(click.style(batch.subject, bold=True))
        for item in batch.items:
            click.echo(f"  {item.parcel.kind}: {item.state} {item.parcel.fingerprint[:12]}")
        _tell_lacks(batch)
    return 0 if all(batch.is_free for batch in batches) else 1


def _tell_lacks(batch: Batch) -> None:
    for lack in batch.lacks:
        click.echo(f"  ⊘ [{lack.code}] {lack.sentence('vi')} / {lack.sentence('en')}", err=True)
        click.echo(f"  Bước tiếp / next: {lack.action}", err=True)


def _send(desk: Desk, batches: Sequence[Batch], *, refused: bool, as_json: bool) -> int:
    done: list[Packet] = []
    gravest = 0
    for batch in batches:
        if not batch.is_free:
            click.echo(click.style(batch.subject, bold=True), err=True)
            _tell_lacks(batch)
            gravest = gravest or 1
            continue
        if not any(_is_due(item, refused=refused) for item in batch.items):
            continue
        _, packets = carry_out(
            desk.conn(),
            desk.settings,
            batch.work,
            person=whoever(),
            subject=batch.subject,
            with_refused=refused,
        )
        done += packets
        if not as_json:
            _tell(batch.subject, packets)
        gravest = max(gravest, *(_exit_code(packet) for packet in packets), 0)
    if as_json:
        paper.print_json([_plain_packet(packet) for packet in done])
    elif not done and not gravest:
        click.echo("Không có gì để gửi / nothing is due")
    return gravest


def _is_due(item: Item, *, refused: bool) -> bool:
    return item.is_due or (refused and item.state == "refused")


def _tell(subject: str, packets: Sequence[Packet]) -> None:
    click.echo(click.style(subject, bold=True))
    for packet in packets:
        mark, colour = MARKS[packet.state]
        told = packet.number or f"[{packet.code}] {packet.message}"
        mark = click.style(mark, fg=colour)
        click.echo(f"  {mark} {packet.kind} #{packet.packet_id}: {packet.state} {told}")
    if packets and packets[-1].is_open:
        click.echo("Bước tiếp / next: hub publish", err=True)


def _exit_code(packet: Packet) -> int:
    match packet.state:
        case "acknowledged":
            return 0
        case "ready":
            return 5
        case "failed" if not packet.code.startswith("RECEIPT"):
            return 3
    return 1


def _plain(batch: Batch) -> dict[str, object]:
    return {
        "subject": batch.subject,
        "packets": [
            {"kind": i.parcel.kind, "state": i.state, "fingerprint": i.parcel.fingerprint}
            for i in batch.items
        ],
        "lacks": [{"code": lack.code, "next": lack.action} for lack in batch.lacks],
    }


def _plain_packet(packet: Packet) -> dict[str, object]:
    return {
        "packet": packet.packet_id,
        "kind": packet.kind,
        "state": packet.state,
        "code": packet.code,
        "message": packet.message,
        "receipt": packet.number,
        "digest": packet.body_sha256,
    }
