"""What tests of publication begin with: signed forms, audited days, a line to the receiver."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from psycopg2.extras import Json

from connectors.connection import load_connections
from connectors.patience import Patience
from connectors.push import Push
from connectors.receiver import load_receiver
from hub.publish import send_packet
from serving.publication.definition import definitions
from serving.publication.form import form_outlines
from serving.publication.outbox import Office, Report, report_of, send_report
from tests.acceptance.nation import Sandbox
from warehouse.database import Connection, run, translated
from warehouse.figures import FormRow, form_06a
from warehouse.packet import Packet
from warehouse.signed import SignedForm, Signing, runs_behind, sign, signed_form

FIRST, LAST = date(2026, 10, 15), date(2026, 11, 8)
"""Days of the test nation on which every agency's dossiers are there."""
NAMES = {"SoLieuBaoCao", "GuiDeCuong", "TrangThaiBaoCao"}
PATIENT = Patience(attempts=4, first=0.0, budget=10.0, read=0.4, sleep=lambda seconds: None)


def printed(rows: Sequence[FormRow]) -> list[dict[str, Any]]:
    """Return rows of form II.06a as a signed form keeps them, the total last."""
    return [
        {
            "code": row.agency,
            "name": row.name,
            "mark": row.mark,
            "columns": {str(number): figure for number, figure in row.columns.items()},
        }
        for row in [*rows, FormRow.total(rows)]
    ]


def signing(figures: Sequence[Mapping[str, Any]], **more: Any) -> Signing:
    """Return a signing of II.06a; ``more`` replaces what is usual."""
    text = json.dumps(figures, ensure_ascii=False, sort_keys=True)
    usual = Signing(
        form="II.06a",
        form_version="ii06a",
        cut="agency",
        agency="",
        period="2026-10-15..2026-11-08",
        calendar="report",
        first_day=FIRST,
        last_day=LAST,
        basis="reported",
        figures=figures,
        fingerprint=sha256(text.encode()).hexdigest(),
        identities=4 * len(figures),
        expected=1,
        covered=1,
        runs=(),
        file=b"workbook",
        signer="Nguyen Thi Lan",
    )
    return replace(usual, **more)


def signed(conn: Connection, made: Signing) -> SignedForm:
    """Sign a form and return it as kept."""
    number, _ = sign(conn, made)
    found = signed_form(conn, number)
    assert found is not None
    return found


def sign_nation(
    conn: Connection, first: date = FIRST, last: date = LAST, **more: Any
) -> SignedForm:
    """Sign II.06a of the test nation's days, with the coverage and the runs behind it."""
    rows = form_06a(conn, first, last)
    total = FormRow.total(rows)
    told = {
        "period": f"{first}..{last}",
        "first_day": first,
        "last_day": last,
        "expected": total.expected,
        "covered": total.covered,
        "runs": runs_behind(conn, "dossiers", first, last),
    }
    return signed(conn, replace(signing(printed(rows), **told), **more))


def audit_days(
    conn: Connection, first: date = FIRST, last: date = LAST, *, is_passed: bool = True
) -> None:
    """Write the second judge's word down for days of dossiers, as ``hub audit`` does."""
    for number in range((last - first).days + 1):
        day = first + timedelta(number)
        with translated(), conn, conn.cursor() as cursor:
            cursor.execute(
                "SELECT max(applied) FROM ledger.head WHERE feed = 'dossiers' AND day = %s", (day,)
            )
            newest = cursor.fetchall()[0][0] or 0
            told = {"newest_run": newest, "is_passed": is_passed, "evaluated": 9}
            more = {"failed": 0 if is_passed else 1, "failures": Json([])}
            run(cursor, "audit.record", feed="dossiers", day=day, **told, **more)


@dataclass
class Receiver:
    """The running receiver, its control address, and the connection that leads there."""

    nation: Sandbox
    folder: Path
    connections: Path = field(init=False)

    def __post_init__(self) -> None:
        self.connections = self.folder / "connections.yaml"
        self.connections.write_text(yaml.safe_dump({"publication": self.entry()}))
        self.forget()

    def entry(self) -> dict[str, Any]:
        return {
            "url": f"{self.nation.url}/r",
            "client_id": "reporting",
            "secret": f"file/{self.nation.secrets / 'reporting'}",
            "networks": ["loopback"],
        }

    @property
    def secret(self) -> str:
        return (self.nation.secrets / "reporting").read_text()

    def fault(
        self,
        name: str,
        detail: Mapping[str, str] | None = None,
        *,
        times: int = 1,
        page: int | None = 0,
    ) -> None:
        order = {"fault": name, "agency": "reporting", "feed": "packets", "detail": detail or {}}
        self.nation.control("faults", {**order, "times": times, "page": page})

    def received(self, *kinds: str) -> list[dict[str, Any]]:
        told = self.nation.control("received", method="GET")["packets"]
        return [packet for packet in told if not kinds or packet["kind"] in kinds]

    def forget(self) -> None:
        self.nation.control("received", method="DELETE")
        self.nation.control("faults?agency=reporting&feed=packets", method="DELETE")

    @contextmanager
    def push(self, patience: Patience = PATIENT) -> Iterator[Push]:
        address = load_connections(self.connections)["publication"]
        push = Push(load_receiver(), address, patience)
        try:
            yield push
        finally:
            push.close()


def office(*, needs_audit: bool = True) -> Office:
    return Office(form_outlines(), definitions(), needs_audit)


def sent(
    conn: Connection,
    receiver: Receiver,
    form: SignedForm,
    *,
    at: Office | None = None,
    with_refused: bool = False,
) -> list[Packet]:
    """Send a signed form once; return its packets as they stand then."""
    held = at or office()
    with receiver.push() as push:

        def send(packet_id: int) -> Packet:
            return send_packet(conn, packet_id, push, PATIENT, with_refused=with_refused)

        return list(send_report(conn, held, report(conn, form, held), send, "lan"))


def report(conn: Connection, form: SignedForm, at: Office | None = None) -> Report:
    return report_of(conn, at or office(), form)


def figures_of(packet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows that the receiver holds, in the shape of a signed form's figures."""
    rows = packet["packet"]["DuLieu"]["DanhSachDong"]
    return [
        {
            "code": row.get("MaDong", ""),
            "name": row.get("TenDong", ""),
            "mark": row.get("GhiChu", ""),
            "columns": {cell["SoCot"]: cell["GiaTri"] for cell in row["DanhSachO"]},
        }
        for row in rows
    ]
