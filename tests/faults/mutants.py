"""Designs that lose, double or age a day: each was tried, each must be caught by the checker.

Source: GUARANTEES section 3. The last three are ours: two found while writing this campaign, one
about readers.
"""

from collections.abc import Iterable
from typing import ClassVar

from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class
from psycopg2.extras import execute_values

from tests.faults.design import Fenced, compare
from tests.faults.truth import Row
from warehouse import step


class NoLock(Fenced):
    """Delete and copy; nobody waits for anybody."""

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        return ""

    def leave(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> str:
        self.record(cur, token, rows)
        _move_head(cur, token, part)
        return ""


class LocksMissingRow(Fenced):
    """FOR UPDATE on a head row that may not exist yet: it locks nothing the first time."""

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        cur.execute("SELECT applied FROM head WHERE part = %s FOR UPDATE", (part,))
        found = cur.fetchone()
        return compare(int(found[0]), token) if found else ""

    def leave(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> str:
        self.record(cur, token, rows)
        _move_head(cur, token, part)
        return ""


class OldSnapshot(Fenced):
    """Advisory lock in REPEATABLE READ: the snapshot is older than the lock it waited for."""

    isolation = ISOLATION_LEVEL_REPEATABLE_READ
    extra = (
        "CREATE TABLE loaded (part integer NOT NULL, token bigint NOT NULL);"
        "ALTER TABLE mart DROP CONSTRAINT mart_pkey"
    )

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        cur.execute("SELECT pg_advisory_xact_lock(7, %s)", (part,))
        cur.execute("SELECT coalesce(max(token), 0) FROM loaded WHERE part = %s", (part,))
        (applied,) = cur.fetchone() or (0,)
        return compare(applied, token)

    def leave(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> str:
        self.record(cur, token, rows)
        cur.execute("INSERT INTO loaded VALUES (%s, %s)", (part, token))
        return ""

    def shift(self, cur: Cursor, part: int, count: int, amount: int) -> None:
        cur.execute("INSERT INTO mart VALUES (%s, %s, %s)", (part, count, amount))

    def figures(self, cur: Cursor, part: int) -> tuple[int, int]:
        cur.execute(
            "SELECT coalesce(sum(row_count), 0), coalesce(sum(amount), 0) FROM mart"
            " WHERE part = %s",
            (part,),
        )
        count, amount = cur.fetchone() or (0, 0)
        return int(count), int(amount)


class ReadsFenceUnlocked(Fenced):
    """Read the applied token without locking its row."""

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        cur.execute("INSERT INTO head (part) VALUES (%s) ON CONFLICT DO NOTHING", (part,))
        self.work.commit()
        cur.execute("SELECT applied FROM head WHERE part = %s", (part,))
        (applied,) = cur.fetchone() or (0,)
        return compare(applied, token)


class FencesLast(Fenced):
    """Compare and set the token as the last statement, after the rows are replaced."""

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        cur.execute("INSERT INTO head (part) VALUES (%s) ON CONFLICT DO NOTHING", (part,))
        self.work.commit()
        return ""

    def leave(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> str:
        self.record(cur, token, rows)
        cur.execute(
            "UPDATE head SET applied = %s WHERE part = %s AND applied < %s", (token, part, token)
        )
        return "" if cur.rowcount else "superseded"


class KeyPerVersion(Fenced):
    """An idempotency key per content: the same content is skipped, any other is written."""

    extra = "CREATE TABLE done (part integer, content text, PRIMARY KEY (part, content))"

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        return ""

    def leave(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> str:
        cur.execute(
            "INSERT INTO done VALUES (%s, md5(%s)) ON CONFLICT DO NOTHING", (part, repr(rows))
        )
        if not cur.rowcount:
            self.work.rollback()
            self.record(cur, token, rows)
            self.work.commit()
            return "already"
        self.record(cur, token, rows)
        _move_head(cur, token, part)
        return ""


class ChecksThenLoads(Fenced):
    """Ask the ledger first, in a transaction of its own, then lock and load."""

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        cur.execute(
            "SELECT coalesce(max(token), 0) FROM run WHERE part = %s AND state = 'loaded'", (part,)
        )
        (applied,) = cur.fetchone() or (0,)
        self.work.commit()
        refused = compare(applied, token)
        step.at("after_prepare")
        if not refused:
            cur.execute("INSERT INTO head (part) VALUES (%s) ON CONFLICT DO NOTHING", (part,))
            cur.execute("SELECT FROM head WHERE part = %s FOR UPDATE", (part,))
        return refused


class Upserts(Fenced):
    """Insert or update by key: what the source took back stays for ever."""

    extra = "CREATE UNIQUE INDEX fact_key ON fact (part, key)"

    def forget(self, cur: Cursor, part: int) -> None:
        cur.execute("DELETE FROM mart WHERE part = %s", (part,))

    def copy(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> None:
        execute_values(
            cur,
            "INSERT INTO fact VALUES %s ON CONFLICT (part, key) DO UPDATE"
            " SET amount = excluded.amount",
            [(part, key, amount) for key, amount in rows],
            page_size=1000,
        )
        cur.execute(
            "INSERT INTO mart SELECT part, count(*), sum(amount) FROM fact WHERE part = %s"
            " GROUP BY part",
            (part,),
        )


class LocksWithoutToken(Fenced):
    """Lock the head row, compare nothing: who wakes up last wins."""

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        super().enter(cur, token, part)
        return ""


class FlipsWithLooseCollector(Fenced):
    """Rows carry their run, the head points to one; the collector reads heads without a lock."""

    extra = (
        "ALTER TABLE fact ADD COLUMN token bigint NOT NULL DEFAULT 0;"
        "ALTER TABLE head ADD COLUMN row_count bigint, ADD COLUMN amount bigint"
    )
    visible = (
        "SELECT f.key, f.amount FROM head h JOIN fact f ON f.part = h.part AND f.token = h.applied"
        " WHERE h.part = %(part)s"
    )

    def load(self, token: int, part: int, rows: list[Row]) -> str:
        with self.work, self.work.cursor() as cur:
            cur.execute("DELETE FROM fact WHERE token = %s", (token,))
            execute_values(
                cur,
                "INSERT INTO fact VALUES %s",
                [(part, key, amount, token) for key, amount in rows],
                page_size=1000,
            )
        step.at("after_copy")
        outcome = super().load(token, part, rows)
        self.collect(part)
        return outcome

    def replace(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> None:
        cur.execute(
            "UPDATE head SET row_count = %s, amount = %s WHERE part = %s",
            (len(rows), sum(amount for _, amount in rows), part),
        )

    def collect(self, part: int) -> None:
        with self.work, self.work.cursor() as cur:
            cur.execute("SELECT applied FROM head WHERE part = %s", (part,))
            (current,) = cur.fetchone() or (0,)
            step.at("after_flow")
            cur.execute("DELETE FROM fact WHERE part = %s AND token <> %s", (part, current))

    def figures(self, cur: Cursor, part: int) -> tuple[int, int]:
        cur.execute("SELECT row_count, amount FROM head WHERE part = %s AND applied > 0", (part,))
        count, amount = cur.fetchone() or (0, 0)
        return count, amount

    def ledger(self, cur: Cursor, part: int) -> Iterable[str]:
        return ()  # rows of other runs lie beside the current ones by design


class LocksBeside(LocksWithoutToken):
    """A session's advisory lock on a connection of its own: it may be lost without notice."""

    def open(self) -> None:
        super().open()
        self.connections.insert(0, self._lock_connection())

    def _lock_connection(self) -> Connection:
        conn = self.connect()
        conn.autocommit = True
        return conn

    def load(self, token: int, part: int, rows: list[Row]) -> str:
        with self.connections[0].cursor() as lock:
            lock.execute("SELECT pg_advisory_lock(7, %s)", (part,))
        with self.work, self.work.cursor() as cur:
            cur.execute("INSERT INTO head (part) VALUES (%s) ON CONFLICT DO NOTHING", (part,))
            cur.execute("SELECT applied FROM head WHERE part = %s", (part,))
            (applied,) = cur.fetchone() or (0,)
        outcome = compare(applied, token) or super().load(token, part, rows)
        with self.connections[0].cursor() as lock:
            lock.execute("SELECT pg_advisory_unlock(7, %s)", (part,))
        return outcome

    def enter(self, cur: Cursor, token: int, part: int) -> str:
        return ""


class StagesUnlogged(Fenced):
    """Stage in an UNLOGGED table, then move: a crash empties it and the move "succeeds"."""

    extra = "CREATE UNLOGGED TABLE staging (token bigint, key bigint, amount bigint)"

    def load(self, token: int, part: int, rows: list[Row]) -> str:
        with self.work, self.work.cursor() as cur:
            cur.execute("SELECT state FROM run WHERE token = %s", (token,))
            if cur.fetchone() == ("running",):
                execute_values(
                    cur,
                    "INSERT INTO staging VALUES %s",
                    [(token, key, amount) for key, amount in rows],
                    page_size=1000,
                )
                cur.execute("UPDATE run SET state = 'staged' WHERE token = %s", (token,))
        step.at("after_prepare")
        return super().load(token, part, rows)

    def copy(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> None:
        cur.execute(
            "WITH moved AS (INSERT INTO fact SELECT %(part)s, key, amount FROM staging"
            "  WHERE token = %(token)s RETURNING amount)"
            " INSERT INTO mart SELECT %(part)s, count(*), coalesce(sum(amount), 0) FROM moved"
            " ON CONFLICT (part) DO UPDATE SET row_count = mart.row_count + excluded.row_count,"
            " amount = mart.amount + excluded.amount",
            {"part": part, "token": token},
        )


class AcknowledgesEarly(Fenced):
    """synchronous_commit = off: the caller hears "done" before anything is on disk."""

    session: ClassVar[dict[str, str]] = {"synchronous_commit": "off", "lock_timeout": "20s"}


class Truncates(Fenced):
    """A table per partition, TRUNCATE and refill: a reader's older snapshot sees 0 rows."""

    visible = "SELECT key, amount FROM fact_of(%(part)s)"
    extra = """
        CREATE FUNCTION fact_of(part integer) RETURNS TABLE (key bigint, amount bigint)
        LANGUAGE plpgsql STABLE AS $$ BEGIN
            IF to_regclass('fact_' || part) IS NOT NULL THEN
                RETURN QUERY EXECUTE 'SELECT f.key, f.amount FROM fact_' || part || ' f';
            END IF;
        END $$
    """

    def replace(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> None:
        cur.execute(f"CREATE TABLE IF NOT EXISTS fact_{part} (key bigint, amount bigint)")
        cur.execute(f"TRUNCATE fact_{part}")
        step.at("after_delete")
        execute_values(cur, f"INSERT INTO fact_{part} VALUES %s", rows, page_size=1000)
        step.at("after_copy")
        self.note(cur, part, rows)

    def note(self, cur: Cursor, part: int, rows: list[Row]) -> None:
        cur.execute("DELETE FROM mart WHERE part = %s", (part,))
        amount = sum(amount for _, amount in rows)
        cur.execute("INSERT INTO mart VALUES (%s, %s, %s)", (part, len(rows), amount))

    def ledger(self, cur: Cursor, part: int) -> Iterable[str]:
        return ()  # facts lie elsewhere


class Swaps(Truncates):
    """Build a new table, attach it, drop the old one: a reader's older snapshot sees 0 rows."""

    visible = "SELECT key, amount FROM parted WHERE part = %(part)s"
    extra = "CREATE TABLE parted (part integer, key bigint, amount bigint) PARTITION BY LIST (part)"

    def replace(self, cur: Cursor, token: int, part: int, rows: list[Row]) -> None:
        name = f"parted_{part}_{token}"
        cur.execute(f"CREATE TABLE {name} (LIKE parted)")
        values = [(part, key, amount) for key, amount in rows]
        execute_values(cur, f"INSERT INTO {name} VALUES %s", values, page_size=1000)
        step.at("after_copy")
        cur.execute(
            "SELECT c.oid::regclass::text FROM pg_inherits i JOIN pg_class c"
            " ON c.oid = i.inhrelid WHERE i.inhparent = 'parted'::regclass"
            " AND c.relname LIKE %s",
            (f"parted\\_{part}\\_%",),
        )
        for (old,) in cur.fetchall():
            cur.execute(f"DROP TABLE {old}")
        cur.execute(f"ALTER TABLE parted ATTACH PARTITION {name} FOR VALUES IN ({part})")
        self.note(cur, part, rows)


class NumbersLate(Fenced):
    """Draw the token when the load begins, not before the pull: the last pull to end is the newest."""

    def claim(self, part: int) -> int:
        return 0

    def load(self, token: int, part: int, rows: list[Row]) -> str:
        return super().load(super().claim(part), part, rows)


class FencesAppliedOnly(Fenced):
    """Refuse only what is older than the applied run: claimed first may have pulled last."""

    def outdated(self, cur: Cursor, token: int, part: int) -> str:
        return ""


class SplitRead(Fenced):
    """The load is sound; its reader takes two statements in READ COMMITTED."""

    reader: ClassVar[str] = "READ COMMITTED"


def _move_head(cur: Cursor, token: int, part: int) -> None:
    cur.execute(
        "INSERT INTO head VALUES (%s, %s) ON CONFLICT (part) DO UPDATE SET applied = %s",
        (part, token, token),
    )
