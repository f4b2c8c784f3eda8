-- What the audit of one feed and day reads and writes.

-- name: partitions
-- purpose: read what the day's partitions show
-- grain: one partition
-- parameters: feed, day
SELECT
    agency_code, contract, facts_run, applied,
    received_count, loaded_count, quarantined_count, duplicate_count
FROM ledger.head
WHERE feed = %(feed)s AND day = %(day)s AND applied > 0
ORDER BY contract, agency_code;

-- name: rules
-- purpose: read how often every rule failed in the runs whose rows are shown
-- grain: one row per agency and rule
-- parameters: feed, day
SELECT h.agency_code, r.rule, r.code, r.checked, r.failed
FROM ledger.head AS h
JOIN ledger.rule_count AS r ON r.run_id = h.facts_run
WHERE h.feed = %(feed)s AND h.day = %(day)s AND h.applied > 0
ORDER BY h.agency_code, r.rule, r.code;

-- name: facts
-- purpose: the loaded rows of some agencies on one day, as a set for the second judge
-- grain: one row of a fact table
-- parameters: day, agencies; table is filled in as an identifier
SELECT f.*
FROM {table} AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
WHERE f.day = %(day)s AND a.agency_code = ANY(%(agencies)s);

-- name: record
-- purpose: keep the word of the second judge
-- grain: one audit
-- parameters: feed, day, newest_run, is_passed, evaluated, failed, failures
INSERT INTO ledger.audit (
    feed, day, newest_run, is_passed, evaluated_count, failed_count, failures
)
VALUES (
    %(feed)s, %(day)s, %(newest_run)s, %(is_passed)s, %(evaluated)s, %(failed)s, %(failures)s
);
