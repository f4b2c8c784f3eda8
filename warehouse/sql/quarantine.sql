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

-- name: partitions
-- purpose: which partitions show quarantined rows, of one cause or of any
-- grain: one row per partition
-- parameters: first, last, agencies, feeds, rule, code (NULL = all each)
SELECT h.agency_code, h.feed, h.day, h.quarantined_count
FROM ledger.head AS h
WHERE h.day BETWEEN %(first)s AND %(last)s
    AND h.quarantined_count > 0
    AND (%(agencies)s::text[] IS NULL OR h.agency_code = any(%(agencies)s))
    AND (%(feeds)s::text[] IS NULL OR h.feed = any(%(feeds)s))
    AND (
        (%(rule)s::text IS NULL AND %(code)s::text IS NULL)
        OR EXISTS (
            SELECT FROM ledger.rule_count AS c
            WHERE c.run_id = h.facts_run
                AND c.failed > 0
                AND (%(rule)s::text IS NULL OR c.rule = %(rule)s)
                AND (%(code)s::text IS NULL OR c.code = %(code)s)
        )
    );

-- name: landed
-- purpose: which partitions have a landing in the archive, so that they can be judged again
-- grain: one row per partition
-- parameters: first, last, agencies, feeds (NULL = all each)
SELECT DISTINCT r.agency_code, r.feed, r.day
FROM ledger.run AS r
WHERE r.day BETWEEN %(first)s AND %(last)s
    AND r.manifest <> ''
    AND (%(agencies)s::text[] IS NULL OR r.agency_code = any(%(agencies)s))
    AND (%(feeds)s::text[] IS NULL OR r.feed = any(%(feeds)s));

-- name: causes
-- purpose: count quarantined rows by agency, feed and broken rule from the counts that every run
--   keeps, without reading the rows; OFFSET 0 keeps the look-ups by run
-- grain: one row per agency, feed, rule and code, the most rows first; a row that breaks two rules
--   counts under both
-- parameters: first, last, agencies, feeds (NULL = all each)
SELECT
    h.agency_code, h.feed, c.rule, c.code,
    sum(c.failed)::bigint AS row_count,
    count(*) AS partition_count,
    min(h.day) AS first_day,
    max(h.day) AS last_day
FROM ledger.head AS h
CROSS JOIN LATERAL (
    SELECT r.rule, r.code, r.failed
    FROM ledger.rule_count AS r
    WHERE r.run_id = h.facts_run AND r.failed > 0
    OFFSET 0
) AS c
WHERE h.day BETWEEN %(first)s AND %(last)s
    AND h.quarantined_count > 0
    AND (%(agencies)s::text[] IS NULL OR h.agency_code = any(%(agencies)s))
    AND (%(feeds)s::text[] IS NULL OR h.feed = any(%(feeds)s))
GROUP BY h.agency_code, h.feed, c.rule, c.code
ORDER BY row_count DESC, h.agency_code, h.feed, c.rule, c.code;

-- name: count
-- purpose: count quarantined rows, each once
-- grain: one number
-- parameters: first, last, agencies, feeds (NULL = all each)
SELECT coalesce(sum(quarantined_count), 0)::bigint
FROM ledger.head
WHERE day BETWEEN %(first)s AND %(last)s
    AND quarantined_count > 0
    AND (%(agencies)s::text[] IS NULL OR agency_code = any(%(agencies)s))
    AND (%(feeds)s::text[] IS NULL OR feed = any(%(feeds)s));

-- name: examples
-- purpose: one broken value of each of some causes
-- grain: one row per cause asked for, in that order
-- parameters: agencies, feeds, days, rules, codes (arrays of one length)
SELECT v.reason ->> 'field', v.reason ->> 'seen', v.reason ->> 'allowed'
FROM unnest(
    %(agencies)s::text[], %(feeds)s::text[], %(days)s::date[], %(rules)s::text[], %(codes)s::text[]
) WITH ORDINALITY AS w (agency_code, feed, day, rule, code, place)
LEFT JOIN LATERAL (
    SELECT e.reason
    FROM ledger.quarantine AS q
    CROSS JOIN LATERAL jsonb_array_elements(q.violations) AS e (reason)
    WHERE q.agency_code = w.agency_code AND q.feed = w.feed AND q.day = w.day
        AND e.reason ->> 'rule' = w.rule AND e.reason ->> 'code' = w.code
    ORDER BY q.row_number
    LIMIT 1
) AS v ON true
ORDER BY w.place;

-- name: reasons
-- purpose: every reason of every quarantined row, for files
-- grain: one row per quarantined row and reason, by agency, feed, day and place in the day
-- parameters: first, last, agencies, feeds, rule, code (NULL = all each)
SELECT
    q.agency_code, q.feed, q.day, q.row_number, q.row_values, v.rule, v.code, v.field, v.seen,
    v.allowed
FROM ledger.quarantine AS q
CROSS JOIN LATERAL jsonb_to_recordset(q.violations)
    AS v (rule text, code text, field text, seen text, allowed text)
WHERE q.day BETWEEN %(first)s AND %(last)s
    AND (%(agencies)s::text[] IS NULL OR q.agency_code = any(%(agencies)s))
    AND (%(feeds)s::text[] IS NULL OR q.feed = any(%(feeds)s))
    AND (%(rule)s::text IS NULL OR v.rule = %(rule)s)
    AND (%(code)s::text IS NULL OR v.code = %(code)s)
ORDER BY q.agency_code, q.feed, q.day, q.row_number;
