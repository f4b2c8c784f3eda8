-- Statements of the load transaction (docs/adr/0001-one-transaction-per-partition.md).

-- name: make_head
-- purpose: make the row that the next statement locks
-- grain: one partition
-- parameters: agency, feed, day
INSERT INTO ledger.head (agency_code, feed, day)
VALUES (%(agency)s, %(feed)s, %(day)s)
ON CONFLICT (agency_code, feed, day) DO NOTHING;

-- name: lock_head
-- purpose: put the loads of a partition in a row; read what it shows
-- grain: one partition
-- parameters: agency, feed, day
SELECT
    applied, facts_run, contract, content_digest, received_count, loaded_count,
    quarantined_count, duplicate_count, applied_at
FROM ledger.head
WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s
FOR UPDATE;

-- name: newer_under_way
-- purpose: whether a run that was claimed later is still at work; pulls overlap, so what it
--   pulled may be older than what this run holds, and loading both would show the older last
-- grain: one row
-- parameters: agency, feed, day, token
SELECT EXISTS (
    SELECT FROM ledger.run
    WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s
        AND run_id > %(token)s AND state = 'running'
);

-- name: delete_facts
-- purpose: take a day's rows out; {table} is filled in from warehouse.facts
-- grain: one partition
-- parameters: agency_ids, day
DELETE FROM {table}
WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s;

-- name: delete_quarantine
-- purpose: take the quarantined rows of the version that goes out
-- grain: one partition
-- parameters: agency, feed, day
DELETE FROM ledger.quarantine
WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s;

-- name: move_head
-- purpose: show the new version
-- grain: one partition
-- parameters: agency, feed, day, token, content_digest, received, loaded, quarantined, duplicates
UPDATE ledger.head AS h
SET
    applied = r.run_id,
    facts_run = r.run_id,
    contract = r.contract,
    content_digest = %(content_digest)s,
    received_count = %(received)s,
    loaded_count = %(loaded)s,
    quarantined_count = %(quarantined)s,
    duplicate_count = %(duplicates)s,
    applied_at = clock_timestamp()
FROM ledger.run AS r
WHERE r.run_id = %(token)s
    AND h.agency_code = %(agency)s AND h.feed = %(feed)s AND h.day = %(day)s;

-- name: touch_head
-- purpose: an unchanged run fences older ones, the facts stay
-- grain: one partition
-- parameters: agency, feed, day, token
UPDATE ledger.head
SET applied = %(token)s, applied_at = clock_timestamp()
WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s;

-- name: contract_of
-- purpose: the contract version that a run is pinned to
-- grain: one run
-- parameters: token
SELECT contract FROM ledger.run WHERE run_id = %(token)s;

-- name: ensure_month
-- purpose: make the leaf of a fact table for a day; short, committed, before the load
-- grain: one leaf
-- parameters: table, day
SELECT core.ensure_month(%(table)s, %(day)s);

-- name: blockers
-- purpose: which sessions hold the head when a lock timed out
-- grain: one row per session
-- parameters: none
SELECT l.pid
FROM pg_locks AS l
WHERE l.relation = 'ledger.head'::regclass AND l.mode = 'RowShareLock'
    AND l.granted AND l.pid <> pg_backend_pid()
ORDER BY l.pid;
