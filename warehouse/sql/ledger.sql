-- Statements of the run ledger. One row of ledger.run per attempt at a partition.

-- name: claim
-- purpose: open a run before the pull; its identity value is the fencing token
-- grain: one new row
-- parameters: agency, feed, day, contract, reason
WITH version AS (
    INSERT INTO ledger.contract_version (feed, contract)
    SELECT %(feed)s, %(contract)s
    WHERE NOT EXISTS (
        SELECT FROM ledger.contract_version WHERE feed = %(feed)s AND contract = %(contract)s
    )
    ON CONFLICT (feed, contract) DO NOTHING
)
INSERT INTO ledger.run (agency_code, feed, day, contract, reason)
VALUES (%(agency)s, %(feed)s, %(day)s, %(contract)s, %(reason)s)
RETURNING run_id;

-- name: lazy
-- purpose: let this transaction's COMMIT not wait for the disk; a later waiting COMMIT flushes it
--   too, and a database crash before that costs only a repetition
-- grain: this transaction
-- parameters: none
SET LOCAL synchronous_commit = off;

-- name: landed
-- purpose: note where the received rows of a run lie
-- grain: one run
-- parameters: token, manifest, content_digest, pages, size, rows
UPDATE ledger.run
SET
    manifest = %(manifest)s,
    content_digest = %(content_digest)s,
    page_count = %(pages)s,
    received_bytes = %(size)s,
    received_count = %(rows)s,
    landed_at = clock_timestamp()
WHERE run_id = %(token)s AND state = 'running';

-- name: drift
-- purpose: note names of unknown fields
-- grain: one row per agency, feed and name
-- parameters: agency, feed, day, token, names
INSERT INTO ledger.drift AS known
(agency_code, feed, field, first_run, last_run, first_day, last_day)
SELECT %(agency)s, %(feed)s, name, %(token)s, %(token)s, %(day)s, %(day)s
FROM unnest(%(names)s::text[]) AS name
ON CONFLICT (agency_code, feed, field) DO UPDATE
SET
    last_run = greatest(known.last_run, excluded.last_run),
    first_day = least(known.first_day, excluded.first_day),
    last_day = greatest(known.last_day, excluded.last_day);

-- name: close
-- purpose: end a run that did not load
-- grain: one run
-- parameters: token, state, code, message
UPDATE ledger.run
SET
    state = %(state)s,
    code = %(code)s,
    message = %(message)s,
    ended_at = clock_timestamp()
WHERE run_id = %(token)s AND state = 'running';

-- name: judged
-- purpose: end a run with the judge's balance (loaded, unchanged or rejected)
-- grain: one run
-- parameters: token, manifest, content_digest, state, code, message, violations, received, loaded,
--   quarantined, duplicates, normalised
UPDATE ledger.run
SET
    manifest = %(manifest)s,
    content_digest = %(content_digest)s,
    state = %(state)s,
    code = %(code)s,
    message = %(message)s,
    violations = %(violations)s,
    received_count = %(received)s,
    loaded_count = %(loaded)s,
    quarantined_count = %(quarantined)s,
    duplicate_count = %(duplicates)s,
    normalised_count = %(normalised)s,
    ended_at = clock_timestamp()
WHERE run_id = %(token)s AND state = 'running';

-- name: totals
-- purpose: keep control totals and rule counts of a run
-- grain: one row per total, one row per rule
-- parameters: token, names, values, rules, codes, checked, failed
WITH total AS (
    INSERT INTO ledger.control_total (run_id, name, value)
    SELECT %(token)s, t.name, t.value
    FROM unnest(%(names)s::text[], %(values)s::numeric[]) AS t (name, value)
)
INSERT INTO ledger.rule_count (run_id, rule, code, checked, failed)
SELECT %(token)s, r.rule, r.code, r.checked, r.failed
FROM unnest(%(rules)s::text[], %(codes)s::text[], %(checked)s::bigint[], %(failed)s::bigint[])
    AS r (rule, code, checked, failed);

-- name: run
-- purpose: read one run
-- grain: one run
-- parameters: token
SELECT
    run_id, agency_code, feed, day, state, contract, reason, code, message, manifest,
    content_digest, received_count, loaded_count, quarantined_count, duplicate_count,
    started_at, landed_at, ended_at
FROM ledger.run
WHERE run_id = %(token)s;

-- name: head
-- purpose: read which run a partition shows
-- grain: one partition
-- parameters: agency, feed, day
SELECT
    applied, facts_run, contract, content_digest, received_count, loaded_count,
    quarantined_count, duplicate_count, applied_at
FROM ledger.head
WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s AND applied > 0;

-- name: last_landed
-- purpose: read the newest run of a partition whose landing is in the archive
-- grain: one run or none
-- parameters: agency, feed, day
SELECT run_id
FROM ledger.run
WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s AND manifest <> ''
ORDER BY run_id DESC
LIMIT 1;

-- name: failures
-- purpose: count the newest attempts of a partition that failed or were rejected in a row
-- grain: one number
-- parameters: agency, feed, day
SELECT count(*)
FROM ledger.run AS r
WHERE r.agency_code = %(agency)s AND r.feed = %(feed)s AND r.day = %(day)s
    AND r.state IN ('failed', 'rejected')
    AND r.run_id > coalesce((
        SELECT max(g.run_id) FROM ledger.run AS g
        WHERE g.agency_code = r.agency_code AND g.feed = r.feed AND g.day = r.day
            AND g.state IN ('loaded', 'unchanged')
    ), 0);

-- name: history
-- purpose: the median of received rows (without exact duplicates) before a partition, of daily
--   feeds over the same weekdays, since Sundays are no measure for Mondays; and how many
--   partitions of any kind are known
-- grain: one row
-- parameters: agency, feed, day, days, is_daily
SELECT
    coalesce(
        percentile_disc(0.5) WITHIN GROUP (ORDER BY received_count - duplicate_count) FILTER (
            WHERE
                NOT %(is_daily)s
                OR extract(ISODOW FROM day) = extract(ISODOW FROM %(day)s::date)
        ),
        0
    ),
    count(*)
FROM ledger.head
WHERE agency_code = %(agency)s AND feed = %(feed)s AND applied > 0
    AND day BETWEEN %(day)s::date - %(days)s::integer AND %(day)s::date - 1;

-- name: medians
-- purpose: the median of a number's medians over the partitions before one, as they are shown
-- grain: one row per field that is held against its history
-- parameters: agency, feed, day, days
SELECT
    substr(t.name, length('median_') + 1) AS field,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY t.value) AS value
FROM ledger.head AS h
JOIN ledger.control_total AS t ON t.run_id = h.facts_run
WHERE h.agency_code = %(agency)s AND h.feed = %(feed)s AND h.applied > 0
    AND h.day BETWEEN %(day)s::date - %(days)s::integer AND %(day)s::date - 1
    AND starts_with(t.name, 'median_')
GROUP BY t.name;

-- name: newest_expected
-- purpose: how far the expected set reaches
-- grain: one day, NULL where nothing was ever expected
-- parameters: none
SELECT max(day) FROM ledger.expected;

-- name: expect
-- purpose: add partitions to the expected set
-- grain: one row per partition
-- parameters: agencies, feeds, days, due_at
INSERT INTO ledger.expected AS known (agency_code, feed, day, due_at)
SELECT *
FROM unnest(
    %(agencies)s::text[], %(feeds)s::text[], %(days)s::date[], %(due_at)s::timestamptz[]
)
ON CONFLICT (agency_code, feed, day) DO UPDATE SET due_at = excluded.due_at
WHERE known.due_at <> excluded.due_at;

-- name: unexpect
-- purpose: take partitions of some days out of the expected set that the registry no longer names
-- grain: one row per partition
-- parameters: first_day, last_day, agencies, feeds, days
DELETE FROM ledger.expected AS e
WHERE e.day BETWEEN %(first_day)s AND %(last_day)s
    AND NOT EXISTS (
        SELECT FROM unnest(%(agencies)s::text[], %(feeds)s::text[], %(days)s::date[])
            AS w (agency_code, feed, day)
        WHERE w.agency_code = e.agency_code AND w.feed = e.feed AND w.day = e.day
    );

-- name: reap
-- purpose: close runs whose worker died; a worker that lives after all finds its run closed
-- grain: one row per run
-- parameters: before
UPDATE ledger.run
SET
    state = 'failed',
    code = 'ABANDONED',
    message = 'the worker died or lost its connection',
    ended_at = clock_timestamp()
WHERE state = 'running' AND started_at < %(before)s
RETURNING run_id;
