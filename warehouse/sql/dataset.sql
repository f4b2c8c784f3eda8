-- Statements behind datasets. Words in braces are names of the catalogue (mart views, columns),
-- put in by warehouse/dataset.py; values are parameters as everywhere.

-- name: reported
-- purpose: rows of a mart on the map as reported
-- grain: as the mart
-- parameters: first_day, last_day, agency (NULL = all); those of {after}
SELECT {columns}, r.agency_code AS map_code, '' AS map_mark
FROM mart.{relation} AS r
WHERE r.day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(agency)s::text IS NULL OR r.agency_code = %(agency)s)
    AND {after}
ORDER BY {key};

-- name: placed
-- purpose: rows of a mart, each with the unit it stands under on the map of a day
-- grain: as the mart
-- parameters: first_day, last_day, on_day, agency (code on that map; NULL = all); those of {after}
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
)
SELECT {columns}, coalesce(m.map_code, r.agency_code) AS map_code, coalesce(m.mark, '') AS map_mark
FROM mart.{relation} AS r
LEFT JOIN core.dim_agency AS v
    ON v.agency_code = r.agency_code
    AND r.day BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
LEFT JOIN map AS m ON m.agency_id = {version}
WHERE r.day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(agency)s::text IS NULL OR coalesce(m.map_code, r.agency_code) = %(agency)s)
    AND {after}
ORDER BY {key};

-- name: national
-- purpose: rows of a mart that knows no agency
-- grain: as the mart
-- parameters: first_day, last_day; those of {after}
SELECT {columns}
FROM mart.{relation} AS r
WHERE r.day BETWEEN %(first_day)s AND %(last_day)s
    AND {after}
ORDER BY {key};

-- name: reference
-- purpose: rows of a mart that knows no day: names and codes
-- grain: as the mart
-- parameters: those of {after}
SELECT {columns}
FROM mart.{relation} AS r
WHERE {after}
ORDER BY {key};

-- name: behind
-- purpose: what stands behind the figures of some days: coverage and the newest load
-- grain: one row: partitions owed, partitions there, instant of the newest load
-- parameters: feed (NULL = all), first_day, last_day, on_day (the map's; NULL = as reported),
--   agency (code on that map; NULL = all)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
)
SELECT
    count(*)::bigint,
    count(*) FILTER (WHERE h.applied > 0)::bigint,
    max(h.applied_at)
FROM ledger.expected AS e
LEFT JOIN ledger.head AS h
    ON h.agency_code = e.agency_code AND h.feed = e.feed AND h.day = e.day
    AND h.day BETWEEN %(first_day)s AND %(last_day)s -- known to the planner, too
LEFT JOIN core.dim_agency AS v
    ON %(agency)s::text IS NOT NULL
    AND v.agency_code = e.agency_code
    AND e.day BETWEEN v.valid_from AND coalesce(v.valid_to, 'infinity')
LEFT JOIN map AS m ON m.agency_id = v.agency_id
WHERE e.day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(feed)s::text IS NULL OR e.feed = %(feed)s)
    AND (%(agency)s::text IS NULL OR coalesce(m.map_code, e.agency_code) = %(agency)s);
