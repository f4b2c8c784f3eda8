"""Actions: what people and systems did on pages and addresses, written down before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg2.extras import Json

from contracts.partition import Partition
from warehouse.database import Connection, read_snapshot, run, translated

Verb = Literal["backfill", "run", "replay", "redrive", "sign", "publish", "key"]
End = Literal["done", "failed", "refused"]


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Attributes:
        person: who.
        subject: what it is about: ``agency/feed/day``, a form and period, a key.
        detail: what was asked for (a plan's wish, a contract version …); no personal value.
        state: ``running``, ``done``, ``failed``, ``refused``.
        outcome: what came of it.
    """

    action_id: int
    person: str
    verb: Verb
    subject: str
    detail: Mapping[str, Any]
    state: str
    outcome: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None


def begin(
    conn: Connection, person: str, verb: Verb, subject: str, detail: Mapping[str, Any]
) -> int:
    """Write down that somebody begins something; return its number. Commits."""
    asked = {"person": person, "verb": verb, "subject": subject, "detail": Json(detail)}
    with translated(), conn, conn.cursor() as cursor:
        row = run(cursor, "action.begin", **asked).fetchone()
        assert row is not None
        return int(row[0])


def end(conn: Connection, action_id: int, state: End, outcome: Mapping[str, Any]) -> None:
    """Write down how an action ended; the first end stands. Commits."""
    with translated(), conn, conn.cursor() as cursor:
        run(cursor, "action.end", action_id=action_id, state=state, outcome=Json(outcome))


def recent(
    conn: Connection, *, verb: Verb | None = None, subject: str | None = None, count: int = 20
) -> list[Action]:
    """Return the newest actions, newest first."""
    with read_snapshot(conn) as cursor:
        return [
            Action(*row)
            for row in run(cursor, "action.recent", verb=verb, subject=subject, count=count)
        ]


def read_action(conn: Connection, action_id: int) -> Action | None:
    """Return one action, None where there is none."""
    with read_snapshot(conn) as cursor:
        row = run(cursor, "action.one", action_id=action_id).fetchone()
        return Action(*row) if row else None


def running(conn: Connection) -> list[Action]:
    """Return the actions that nobody ended yet, oldest first."""
    with read_snapshot(conn) as cursor:
        return [Action(*row) for row in run(cursor, "action.running")]


@dataclass(frozen=True, slots=True)
class Step:
    """One partition of an action and its newest run since the action began.

    Attributes:
        run_id: None where it has not begun; ``state`` and the rest tell of that run.
        moved_at: when that run ended, or began where it goes on.
    """

    partition: Partition
    run_id: int | None
    state: str | None
    code: str | None
    message: str | None
    loaded: int | None
    quarantined: int | None
    moved_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Tell whether its run has ended."""
        return self.state is not None and self.state != "running"


def progress(conn: Connection, partitions: Sequence[Partition], since: datetime) -> list[Step]:
    """Return how far the partitions of an action are, in the order given."""
    asked = {
        "agencies": [p.agency for p in partitions],
        "feeds": [p.feed for p in partitions],
        "days": [p.day for p in partitions],
        "since": since,
    }
    with read_snapshot(conn) as cursor:
        rows = run(cursor, "action.progress", **asked)
        return [Step(Partition(*row[:3]), *row[3:]) for row in rows]
