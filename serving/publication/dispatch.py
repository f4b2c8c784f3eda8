"""The dispatch: sends what was asked for over one line, with an action in the ledger around it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from contracts.errors import HubError
from hub.publish import line_to_receiver
from hub.settings import Settings
from serving.publication.outbox import Office, Report, Send, send_parcel, send_report
from serving.publication.parcel import Parcel
from warehouse.action import End, begin, end
from warehouse.database import Connection
from warehouse.packet import Packet

Work = Callable[[Send], Iterator[Packet]]
"""Sends packets one after the other and yields each as it stands then."""


def report_work(conn: Connection, office: Office, report: Report, person: str) -> Work:
    """Return the work of sending a signed form."""
    return lambda send: send_report(conn, office, report, send, person)


def parcels_work(conn: Connection, office: Office, parcels: Sequence[Parcel], person: str) -> Work:
    """Return the work of sending parcels one after the other, whatever becomes of each."""

    def work(send: Send) -> Iterator[Packet]:
        for parcel in parcels:
            yield send_parcel(conn, office, parcel, send, person)

    return work


def carry_out(
    conn: Connection,
    settings: Settings,
    work: Work,
    *,
    person: str,
    subject: str,
    with_refused: bool = False,
) -> tuple[int, list[Packet]]:
    """Do the work, and write down who asked for it and what came of it.

    Returns:
        The action's number, and the packets as they stand then.

    Raises:
        ConfigError: the receiver's file, connection or secret cannot be read.
        SourceError: its name or address is not as agreed.
        LoadConflict: the database asked to try again.
    """
    number = begin(conn, person, "publish", subject, {"with_refused": with_refused})
    done: list[Packet] = []
    try:
        with line_to_receiver(conn, settings, with_refused=with_refused) as send:
            done.extend(work(send))
    except HubError as error:
        end(conn, number, "failed", {"code": error.code, **_outcome(done)})
        raise
    end(conn, number, _end(done), _outcome(done))
    return number, done


def _end(done: Sequence[Packet]) -> End:
    states = {packet.state for packet in done}
    if states <= {"acknowledged"}:
        return "done"
    return "refused" if "refused" in states else "failed"


def _outcome(done: Sequence[Packet]) -> Mapping[str, Any]:
    told = [
        {"packet": p.packet_id, "kind": p.kind, "state": p.state, "receipt": p.number} for p in done
    ]
    return {"packets": told}
