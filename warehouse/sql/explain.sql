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
