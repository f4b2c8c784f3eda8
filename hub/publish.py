"""Sending a kept packet: claim it, hand it over, believe only a receipt that agrees.

A packet whose try ended in doubt (no answer, half an answer, "come again", a dead sender) is asked
about by its key before it is sent again, and is sent again under the same key, so that the
receiver counts it once whatever was lost on the way.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from connectors.connection import Connection as Address
from connectors.connection import load_connections
from connectors.patience import Patience, Waits
from connectors.push import Push, Receipt, Refusal
from connectors.receiver import load_receiver
from contracts.errors import ConfigError, HubBug, HubError, SourceUnavailable
from hub.settings import Settings
from warehouse import packet as packets
from warehouse.database import Connection
from warehouse.packet import Claim, End, Packet

log = logging.getLogger(__name__)


@contextmanager
def open_push(settings: Settings) -> Iterator[Push]:
    """Open the line to the receiver that the settings name.

    Raises:
        ConfigError: its file, its connection or its secret cannot be read.
        SourceUnavailable: NET-DNS.
        SourceUnsafe: EGRESS.
    """
    receiver = load_receiver(settings.receiver)
    addresses = load_connections(settings.connections_file)
    push = Push(receiver, _named(addresses, receiver.connection, settings), patience_of(settings))
    try:
        yield push
    finally:
        push.close()


@contextmanager
def line_to_receiver(
    conn: Connection, settings: Settings, *, with_refused: bool = False
) -> Iterator[Callable[[int], Packet]]:
    """Give a function that sends a kept packet; the line is opened once for all of them.

    Raises:
        ConfigError: as in ``open_push``.
        SourceError: as in ``open_push``.
    """
    patience = patience_of(settings)
    with open_push(settings) as push:
        yield lambda packet_id: send_packet(
            conn, packet_id, push, patience, with_refused=with_refused
        )


def receiver_title(settings: Settings) -> str:
    """Return what the receiver is called."""
    return load_receiver(settings.receiver).title


def patience_of(settings: Settings) -> Patience:
    """Return how often a packet is tried and how long that may take."""
    return Patience(
        attempts=settings.attempts, first=settings.wait_seconds, budget=settings.budget_seconds
    )


def _named(addresses: Mapping[str, Address], name: str, settings: Settings) -> Address:
    if name in addresses:
        return addresses[name]
    raise ConfigError(
        "Chưa có kết nối để gửi gói tin / no connection leads to the receiver",
        code="CONNECTION",
        where=str(settings.connections_file),
        seen=", ".join(list(addresses)[:5]),
        allowed=name,
        action=f"add an entry named {name} (docs/publication.md)",
    )


def send_packet(
    conn: Connection,
    packet_id: int,
    push: Push,
    patience: Patience,
    *,
    with_refused: bool = False,
) -> Packet:
    """Send a packet until it ends or patience does; return it as it stands then.

    A packet that has ended, or that somebody else is sending, is left alone.

    Args:
        conn: an idle connection; every step commits.
        packet_id: which packet.
        push: line to the receiver.
        patience: tries and waits; waits are drawn between 0 and a bound that doubles.
        with_refused: send a refused packet again, as it is.

    Raises:
        LoadConflict: the database asked to try again; the packet may be sent again.
    """
    held = packets.claim(conn, packet_id, with_refused=with_refused)
    waits, attempt = Waits(patience), 1
    while held is not None:
        ended: End | None
        try:
            ended = _try(conn, held, push)
        except SourceUnavailable as error:
            ended = _pause(waits, error, attempt)
        except HubError as error:
            ended = _failed(error)
        if ended is not None:
            packets.end(conn, held, ended)
            _tell(packet_id, ended)
            break
        held, attempt = packets.again(conn, held), attempt + 1
    found = packets.packet_of(conn, packet_id)
    if found is None:
        raise HubBug("no packet has this number", where=f"ledger.packet {packet_id}")
    return found


def _try(conn: Connection, held: Claim, push: Push) -> End:
    """Ask about the packet where it may be held already, else hand it over."""
    known = push.status(held.key) if held.is_doubtful else None
    told = known or push.send(held.key, held.body, held.body_sha256)
    if isinstance(told, Refusal):
        return End("refused", told.code, told.message)
    return _checked(conn, held, told)


def _checked(conn: Connection, held: Claim, receipt: Receipt) -> End:
    """Hold a receipt against what was sent; what differs is an alarm, never a success."""
    wrong = _difference(conn, held, receipt)
    if wrong:
        code, message = wrong
        log.error("[%s] packet %d: %s", code, held.packet_id, message)
        return End("failed", code, message)
    return End("acknowledged", receipt=asdict(receipt))


def _difference(conn: Connection, held: Claim, receipt: Receipt) -> tuple[str, str] | None:
    if receipt.digest.lower() != held.body_sha256:
        return "RECEIPT-DIGEST", f"sent {held.body_sha256}, received {receipt.digest}"
    if receipt.key != held.key:
        return "RECEIPT-KEY", f"sent {held.key}, received {receipt.key}"
    if not _is_moment(receipt.received_at):
        return "RECEIPT", f"no moment with an offset: {receipt.received_at[:40]}"
    holder = packets.holder_of(conn, receipt.number)
    if holder not in {None, held.packet_id}:
        return "RECEIPT-REPEAT", f"receipt {receipt.number} is that of packet {holder}"
    return None


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _pause(waits: Waits, error: SourceUnavailable, attempt: int) -> End | None:
    """Wait before the next try; return the end where none is left."""
    try:
        waits.pause(error, attempt)
    except SourceUnavailable as last:
        return _failed(last)
    return None


def _failed(error: HubError) -> End:
    message = f"{error.what} ({error.seen})" if error.seen else error.what
    return End("failed", error.code, message[:300])


def _tell(packet_id: int, ended: End) -> None:
    level = logging.INFO if ended.state == "acknowledged" else logging.WARNING
    log.log(level, "packet %d: %s %s", packet_id, ended.state, ended.code)
