-- Everything that the ledger knows of one partition.

-- name: runs
-- purpose: read every attempt at a partition
-- grain: one run, newest first
-- parameters: agency, feed, day
SELECT
    run_id, state, reason, contract, code, message, violations, manifest, content_digest,
    received_count, loaded_count, quarantined_count, duplicate_count, normalised_count,
    started_at, ended_at
FROM ledger.run
WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s
ORDER BY run_id DESC;

-- name: totals
-- purpose: read the control totals of a run
-- grain: one total
-- parameters: token
SELECT name, value
FROM ledger.control_total
WHERE run_id = %(token)s
ORDER BY name;

-- name: broken
-- purpose: read the rules that a run's rows or day broke
-- grain: one rule
-- parameters: token
SELECT rule, code, checked, failed
FROM ledger.rule_count
WHERE run_id = %(token)s AND failed > 0
ORDER BY failed DESC, rule, code;

-- name: recent
-- purpose: the newest attempts at any partition of an agency
-- grain: one run, newest first
-- parameters: agency, count
SELECT
    run_id, feed, day, state, reason, contract, code, message, loaded_count, quarantined_count,
    started_at, ended_at
FROM ledger.run
WHERE agency_code = %(agency)s
ORDER BY run_id DESC
LIMIT %(count)s;

-- name: tasks
-- purpose: what an agency must mend: partitions that show nothing and whose last run was refused
--   or ended in failure, by feed and code
-- grain: one row per feed and code, the most days first
-- parameters: first, last, agency
SELECT
    t.feed, t.code, array_agg(t.day ORDER BY t.day) AS days, min(t.message) AS message
FROM (
    SELECT DISTINCT ON (r.feed, r.day) r.feed, r.day, r.state, r.code, r.message
    FROM ledger.run AS r
    WHERE r.agency_code = %(agency)s AND r.day BETWEEN %(first)s AND %(last)s
    ORDER BY r.feed, r.day, r.run_id DESC
) AS t
WHERE t.state IN ('rejected', 'failed')
GROUP BY t.feed, t.code
ORDER BY count(*) DESC, t.feed, t.code;
