-- Quarantined rows of what partitions show now.

-- name: groups
-- purpose: count quarantined rows by agency, feed and broken rule
-- grain: one row per agency, feed, rule and code
-- parameters: first, last, agencies, feeds (null = all)
SELECT
    q.agency_code, q.feed, v.rule, v.code,
    count(*) AS row_count,
    min(q.day) AS first_day,
    max(q.day) AS last_day,
    min(v.seen) AS example,
    min(v.allowed) AS allowed
FROM ledger.quarantine AS q
CROSS JOIN LATERAL jsonb_to_recordset(q.violations)
    AS v (rule text, code text, seen text, allowed text)
WHERE q.day BETWEEN %(first)s AND %(last)s
    AND (%(agencies)s::text[] IS NULL OR q.agency_code = ANY(%(agencies)s))
    AND (%(feeds)s::text[] IS NULL OR q.feed = ANY(%(feeds)s))
GROUP BY q.agency_code, q.feed, v.rule, v.code
ORDER BY row_count DESC, q.agency_code, q.feed, v.rule, v.code;

-- name: rows
-- purpose: the quarantined rows of a partition with their reasons
-- grain: one row per quarantined row
-- parameters: agency, feed, day, count
SELECT row_number, row_values, violations
FROM ledger.quarantine
WHERE agency_code = %(agency)s AND feed = %(feed)s AND day = %(day)s
ORDER BY row_number
LIMIT %(count)s;
