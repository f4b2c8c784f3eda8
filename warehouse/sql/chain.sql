-- Statements of the chain of cursors (docs/adr/0006-cursor-moves-with-the-commit.md).

-- name: around
-- purpose: where the chain of an incremental feed stands around a day: the end of the last
--   partition before it, the beginning of the first one after it
-- grain: one row; NULL where there is none
-- parameters: agency, feed, day
SELECT
    (
        SELECT c.value FROM ledger.cursor AS c
        WHERE c.agency_code = %(agency)s AND c.feed = %(feed)s AND c.day < %(day)s
        ORDER BY c.day DESC
        LIMIT 1
    ),
    (
        SELECT c.since FROM ledger.cursor AS c
        WHERE c.agency_code = %(agency)s AND c.feed = %(feed)s AND c.day > %(day)s
        ORDER BY c.day
        LIMIT 1
    );

-- name: link
-- purpose: how far the version that a partition now shows was read
-- grain: one partition
-- parameters: agency, feed, day, token, since, value
INSERT INTO ledger.cursor AS known (agency_code, feed, day, since, value, run_id)
VALUES (%(agency)s, %(feed)s, %(day)s, %(since)s, %(value)s, %(token)s)
ON CONFLICT (agency_code, feed, day) DO UPDATE
SET
    since = excluded.since,
    value = excluded.value,
    run_id = excluded.run_id,
    moved_at = excluded.moved_at
WHERE (known.since, known.value) IS DISTINCT FROM (excluded.since, excluded.value);
