-- How sources changed their shape: names of fields that came, names of fields that went.

-- name: fields
-- purpose: read which unknown fields came and which required ones were missing, and when
-- grain: one row per agency, feed, change and field, newest first; a missing field bears the
--   contract's name, a new one the source's
-- parameters: agencies, feeds (NULL = all each)
WITH changed AS (
    SELECT agency_code, feed, 'new' AS change, field, first_run, last_run, first_day, last_day
    FROM ledger.drift
    UNION ALL
    SELECT
        r.agency_code, r.feed, 'missing', v.reason ->> 'field',
        min(r.run_id), max(r.run_id), min(r.day), max(r.day)
    FROM ledger.run AS r
    CROSS JOIN LATERAL jsonb_array_elements(r.violations) AS v (reason)
    WHERE r.state = 'rejected' AND v.reason ->> 'code' = 'DRIFT-MISSING'
    GROUP BY r.agency_code, r.feed, v.reason ->> 'field'
)
SELECT
    c.agency_code, c.feed, c.change, c.field, c.first_day, c.last_day,
    f.started_at AS first_at, l.started_at AS last_at
FROM changed AS c
LEFT JOIN ledger.run AS f ON f.run_id = c.first_run
LEFT JOIN ledger.run AS l ON l.run_id = c.last_run
WHERE (%(agencies)s::text[] IS NULL OR c.agency_code = any(%(agencies)s::text[]))
    AND (%(feeds)s::text[] IS NULL OR c.feed = any(%(feeds)s::text[]))
ORDER BY c.last_run DESC, c.agency_code, c.feed, c.change, c.field;
