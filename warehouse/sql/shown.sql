-- What partitions show, read from the ledger alone.

-- name: days
-- purpose: what every tried partition of some days shows, and since when it is whole. A version
--   pulled before its source served all of the period is provisional, not whole.
-- grain: one row per partition that was ever tried
-- parameters: first, last, agency (NULL = all)
SELECT
    r.agency_code, r.feed, r.day,
    CASE
        WHEN coalesce(h.applied, 0) = 0 THEN (array_agg(r.state ORDER BY r.run_id DESC))[1]
        WHEN bool_or(r.run_id = h.applied AND r.code = 'PROVISIONAL') THEN 'provisional'
        WHEN h.quarantined_count > 0 THEN 'quarantine'
        ELSE 'loaded'
    END AS state,
    min(r.ended_at) FILTER (
        WHERE r.state IN ('loaded', 'unchanged') AND r.code <> 'PROVISIONAL'
    ) AS whole_at,
    coalesce(h.loaded_count, 0) AS loaded_count,
    coalesce(h.quarantined_count, 0) AS quarantined_count
FROM ledger.run AS r
LEFT JOIN ledger.head AS h
    ON h.agency_code = r.agency_code AND h.feed = r.feed AND h.day = r.day
    AND h.day BETWEEN %(first)s AND %(last)s
WHERE r.day BETWEEN %(first)s AND %(last)s
    AND (%(agency)s::text IS NULL OR r.agency_code = %(agency)s)
GROUP BY r.agency_code, r.feed, r.day, h.applied, h.quarantined_count, h.loaded_count;
