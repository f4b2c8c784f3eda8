"""A load design on the small schema, and the one that holds: lock the head, compare the token."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Protocol

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class
from psycopg2.extras import execute_values

from tests.faults.truth import Row
from warehouse import step

DONE = frozenset({"loaded", "unchanged", "already"})
"""Outcomes that tell the caller: your version, or the same content, is in the warehouse."""


class Design(Protocol):
    """What the harness needs of a way to load; one object per worker process."""

    @property
    def connections(self) -> list[Connection]:
        """Return the open connections, the one that commits last."""

    def open(self) -> None:
        """Connect anew; what was open before is closed."""

    def claim(self, part: int) -> int:
        """Announce an attempt and return its token, before anything is pulled."""

    def land(self, token: int, part: int, rows: list[Row]) -> None:
        """Note that the rows are in the archive."""

    def load(self, token: int, part: int, rows: list[Row]) -> str:
        """Replace the partition by these rows; return the outcome."""


class Desk(Protocol):
    """What the checker and the readers need of a way to load; lives in the controller."""

    reader: ClassVar[str]
    """Transaction mode of whoever reads more than one statement."""

    def prepare(self) -> None:
        """Create the tables."""

    def connect(self) -> Connection:
        """Open a connection that finds them."""

    def facts(self, cur: Cursor, part: int) -> list[Row]:
        """Return what the partition shows, in one statement."""

    def figures(self, cur: Cursor, part: int) -> tuple[int, int]:
        """Return (rows, amount) of the partition as its mart says, in one statement."""

    def ledger(self, cur: Cursor, part: int) -> Iterable[str]:
        """Yield what is wrong between head, runs and facts."""

    def applied(self, cur: Cursor, part: int, token: int) -> bool:
        """Tell whether the ledger knows this run as loaded."""


class Fenced:
    """Lock the partition's head row, refuse a token that is not newer, replace, commit.

    The designs of ``mutants`` differ from it in one idea each.
    """

    isolation: ClassVar[int] = ISOLATION_LEVEL_READ_COMMITTED
    reader: ClassVar[str] = "REPEATABLE READ READ ONLY"
    extra: ClassVar[str] = ""
    visible: ClassVar[str] = "SELECT key, amount FROM fact WHERE part = %(part)s"
    session: ClassVar[dict[str, str]] = {"synchronous_commit": "on", "lock_timeout": "20s"}

    def __init__(self, url: str, name: str = "controller") -> None:
        self.url = url
        self.name = name
        self.connections: list[Connection] = []

    @classmethod
    def schema(cls) -> str:
        return cls.__name__.lower()

    def connect(self) -> Connection:
        settings = {**self.session, "search_path": self.schema()}
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        conn = psycopg2.connect(self.url, options=options, application_name=self.name)
        conn.set_session(isolation_level=self.isolation)
        return conn

    def open(self) -> None:
        for conn in self.connections:
            conn.close()
        self.connections = [self.connect()]

    @property
    def work(self) -> Connection:
        return self.connections[-1]

    def prepare(self) -> None:
        text = (Path(__file__).parent / "schema.sql").read_text()
        conn = self.connect()
        with conn, conn.cursor() as cur:
            cur.execute("SET LOCAL synchronous_commit = on")
            cur.execute(f"CREATE SCHEMA {self.schema()}")
            cur.execute(text)
            cur.execute(self.extra or "SELECT")
        conn.close()

    def claim(self, part: int) -> int:
        with self.work, self.work.cursor() as cur:
            cur.execute("INSERT INTO run (part) VALUES (%s) RETURNING token", (part,))
            token = _number(cur)
        step.at("after_claim")
        return token

    def land(self, token: int, part: int, rows: list[Row]) -> None:
        step.at("after_land")

    def load(self, token: int, part: int, rows: list[Row]) -> str:
        with self.work, self.work.cursor() as cur:
            refused = self.enter(cur, token, part)
            if refused:
                self.work.rollback()
                return refused
            step.at("after_lock")
            self.replace(cur, token, part, rows)
            refused = self.leave(cur, token, part, rows)
            if refused:
                self.work.rollback()
                return refused
            step.at("before_commit")
        step.at("after_commit")
        return "loaded"

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        cur.execute("INSERT INTO head (part) VALUES (%s) ON CONFLICT DO NOTHING", (part,))
        cur.execute("SELECT applied FROM head WHERE part = %s FOR UPDATE", (part,))
        return compare(_number(cur), token) or self.outdated(cur, token, part)

    def outdated(self, cur: Cursor, token: int, part: int) -> str:
        """Refuse as soon as a newer run exists: it may have pulled before this one did."""
        cur.execute("SELECT count(*) FROM run WHERE part = %s AND token > %s", (part, token))
        return "superseded" if _number(cur) else ""

    def replace(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> None:
        self.forget(cur, part)
        step.at("after_delete")
        self.copy(cur, token, part, rows)
        step.at("after_copy")

    def forget(self, cur: Cursor, part: int) -> None:
        cur.execute("DELETE FROM fact WHERE part = %s RETURNING amount", (part,))
        gone = [amount for (amount,) in cur.fetchall()]
        self.shift(cur, part, -len(gone), -sum(gone))

    def copy(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> None:
        values = [(part, key, amount) for key, amount in rows]
        half = len(values) // 2
        execute_values(cur, "INSERT INTO fact VALUES %s", values[:half], page_size=1000)
        step.at("during_copy")
        execute_values(cur, "INSERT INTO fact VALUES %s", values[half:], page_size=1000)
        self.shift(cur, part, len(rows), sum(amount for _, amount in rows))

    def shift(self, cur: Cursor, part: int, count: int, amount: int) -> None:
        """Move the mart by a difference, as flow marts do."""
        cur.execute(
            "INSERT INTO mart VALUES (%s, %s, %s) ON CONFLICT (part) DO UPDATE SET row_count"
            " = mart.row_count + excluded.row_count, amount = mart.amount + excluded.amount",
            (part, count, amount),
        )

    def leave(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> str:
        self.record(cur, token, rows)
        cur.execute("UPDATE head SET applied = %s WHERE part = %s", (token, part))
        return ""

    def record(self, cur: Cursor, token: int, rows: list[Row]) -> None:
        cur.execute(
            "UPDATE run SET state = 'loaded', received = %s, loaded = %s WHERE token = %s",
            (len(rows), len(rows), token),
        )

    def facts(self, cur: Cursor, part: int) -> list[Row]:
        cur.execute(self.visible, {"part": part})
        return [(int(key), int(amount)) for key, amount in cur.fetchall()]

    def figures(self, cur: Cursor, part: int) -> tuple[int, int]:
        cur.execute("SELECT row_count, amount FROM mart WHERE part = %s", (part,))
        found = cur.fetchone()
        return (int(found[0]), int(found[1])) if found else (0, 0)

    def ledger(self, cur: Cursor, part: int) -> Iterable[str]:
        cur.execute(
            "SELECT h.applied, r.state, r.loaded FROM head h LEFT JOIN run r ON r.token = h.applied"
            " WHERE h.part = %s AND h.applied > 0",
            (part,),
        )
        found = cur.fetchone()
        if found is None:
            return
        applied, state, loaded = found
        if state != "loaded":
            yield f"head shows run {applied}, whose state is {state}"
        cur.execute("SELECT count(*) FROM fact WHERE part = %s", (part,))
        if _number(cur) != loaded:
            yield f"run {applied} says {loaded} rows loaded, the facts disagree"

    def applied(self, cur: Cursor, part: int, token: int) -> bool:
        cur.execute("SELECT state FROM run WHERE token = %s", (token,))
        return cur.fetchone() == ("loaded",)


def compare(applied: int, token: int) -> str:
    """Return why a token may not load, empty when it may."""
    if applied == token:
        return "already"
    return "superseded" if applied > token else ""


def _number(cur: Cursor) -> int:
    found = cur.fetchone()
    assert found is not None
    return int(found[0])
