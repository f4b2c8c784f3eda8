-- Statements over the administrative map (mart.map_on).

-- name: agencies
-- purpose: the figures of the national table per agency, with coverage over all feeds. A dossier
--   that both versions of a code told of stands with the later one, so it counts once; one whose
--   last change of the period says that its source deleted it does not count
-- grain: one row per agency (on a map: per unit and mark) that is expected or has figures
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
),
counted AS (
    SELECT
        a.agency_id, a.agency_code, count(*) AS dossiers, 0 AS sent, 0 AS received, 0 AS paid,
        0 AS expected, 0 AS covered
    FROM (
        SELECT v.agency_code, c.key, max(v.valid_from) AS valid_from
        FROM core.dossier_change AS c
        JOIN core.dim_agency AS v ON v.agency_id = c.agency_id
        WHERE c.day BETWEEN %(first_day)s AND %(last_day)s
        GROUP BY v.agency_code, c.key
        HAVING max(c.day) FILTER (WHERE c.status_id = 11) IS DISTINCT FROM max(c.day)
    ) AS touched
    JOIN core.dim_agency AS a USING (agency_code, valid_from)
    GROUP BY a.agency_id, a.agency_code
    UNION ALL
    SELECT
        f.agency_id, a.agency_code, 0,
        CASE f.direction_id WHEN 1 THEN f.movement_count ELSE 0 END,
        CASE f.direction_id WHEN 2 THEN f.movement_count ELSE 0 END,
        0, 0, 0
    FROM mart.document_flow AS f
    JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
    WHERE f.day BETWEEN %(first_day)s AND %(last_day)s
    UNION ALL
    SELECT f.agency_id, a.agency_code, 0, 0, 0, f.payment_count, 0, 0
    FROM mart.payment_flow AS f
    JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
    JOIN core.code AS s ON s.list = 'payment_status' AND s.id = f.status_id
    WHERE f.day BETWEEN %(first_day)s AND %(last_day)s AND s.code = 'succeeded'
    UNION ALL
    SELECT a.agency_id, c.agency_code, 0, 0, 0, 0, c.expected_count, c.covered_count
    FROM mart.coverage_day AS c
    LEFT JOIN core.dim_agency AS a
        ON a.agency_code = c.agency_code
        AND c.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    WHERE c.day BETWEEN %(first_day)s AND %(last_day)s
),
placed AS (
    SELECT
        coalesce(m.map_code, c.agency_code) AS agency_code,
        coalesce(m.mark, '') AS mark,
        max(m.map_name) AS map_name,
        sum(c.dossiers)::bigint AS dossiers,
        sum(c.sent)::bigint AS sent,
        sum(c.received)::bigint AS received,
        sum(c.paid)::bigint AS paid,
        sum(c.expected)::bigint AS expected,
        sum(c.covered)::bigint AS covered
    FROM counted AS c
    LEFT JOIN map AS m ON m.agency_id = c.agency_id
    GROUP BY coalesce(m.map_code, c.agency_code), coalesce(m.mark, '')
)
SELECT
    p.agency_code,
    coalesce(CASE WHEN %(on_day)s::date IS NULL THEN (
        SELECT n.agency_name FROM core.dim_agency AS n
        WHERE n.agency_code = p.agency_code AND n.valid_from <= %(last_day)s
        ORDER BY n.valid_from DESC
        LIMIT 1
    ) END, p.map_name, p.agency_code),
    p.mark, p.dossiers, p.sent, p.received, p.paid, p.expected, p.covered
FROM placed AS p
ORDER BY p.agency_code, p.mark;
