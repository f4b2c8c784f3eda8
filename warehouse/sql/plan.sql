-- What a plan must know of partitions that somebody tried already.

-- name: known
-- purpose: read which partitions show a whole version (a provisional one is not), how their last
--   run ended and how often they failed
-- grain: one row per partition that was ever tried
-- parameters: first, last
SELECT
    r.agency_code, r.feed, r.day,
    coalesce(h.applied, 0) > 0
    AND NOT bool_or(r.run_id = coalesce(h.applied, 0) AND r.code = 'PROVISIONAL') AS is_shown,
    (array_agg(r.state ORDER BY r.run_id DESC))[1] AS last_state,
    count(*) FILTER (
        WHERE r.state IN ('failed', 'rejected') AND r.run_id > coalesce(h.applied, 0)
    ) AS failure_count
FROM ledger.run AS r
LEFT JOIN ledger.head AS h USING (agency_code, feed, day)
WHERE r.day BETWEEN %(first)s AND %(last)s
GROUP BY r.agency_code, r.feed, r.day, h.applied;
