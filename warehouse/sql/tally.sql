-- Statements that sum the steps of dossiers over a period: what forms, ranks and pages read.

-- name: dossiers
-- purpose: the counters of dossiers of a period, cut one way. Carried over and pending are running
--   sums from the first day on
-- grain: one row per member of the cut (and mark of the map) that has dossiers up to the last day
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported), cut (agency, unit,
--   field, procedure), agency (code on that map; NULL = all)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
),
flow AS (
    SELECT
        m.map_code,
        m.mark,
        CASE WHEN %(cut)s = 'unit' THEN f.unit_id ELSE 0 END AS unit_id,
        CASE WHEN %(cut)s IN ('field', 'procedure') THEN f.procedure_id ELSE 0 END AS procedure_id,
        sum(f.submitted) FILTER (WHERE f.day >= %(first_day)s) AS submitted,
        sum(f.received) FILTER (WHERE f.day >= %(first_day)s AND f.channel_id = 2) AS online,
        sum(f.received) FILTER (
            WHERE f.day >= %(first_day)s AND f.channel_id = 2 AND f.service_level_id IN (4, 5)
        ) AS online_full,
        sum(f.received) FILTER (
            WHERE f.day >= %(first_day)s AND f.channel_id = 2 AND f.service_level_id IN (3, 6)
        ) AS online_partial,
        sum(f.received) FILTER (WHERE f.day >= %(first_day)s AND f.channel_id = 1) AS direct,
        sum(f.received) FILTER (WHERE f.day >= %(first_day)s AND f.channel_id = 3) AS postal,
        sum(f.received) FILTER (WHERE f.day >= %(first_day)s) AS received,
        sum(f.opened - f.closed) FILTER (WHERE f.day < %(first_day)s) AS carried_over,
        sum(f.resolved_early) FILTER (WHERE f.day >= %(first_day)s) AS resolved_early,
        sum(f.resolved_ontime) FILTER (WHERE f.day >= %(first_day)s) AS resolved_ontime,
        sum(f.resolved_late) FILTER (WHERE f.day >= %(first_day)s) AS resolved_late,
        sum(f.withdrawn) FILTER (WHERE f.day >= %(first_day)s) AS withdrawn,
        sum(f.stopped) FILTER (WHERE f.day >= %(first_day)s) AS stopped,
        sum(f.opened - f.closed) AS pending,
        sum(f.overdue_started - f.overdue_ended) AS pending_late
    FROM mart.dossier_flow AS f
    JOIN map AS m ON m.agency_id = f.agency_id
    WHERE f.day <= %(last_day)s AND (%(agency)s::text IS NULL OR m.map_code = %(agency)s)
    GROUP BY 1, 2, 3, 4
),
fields AS (
    SELECT DISTINCT ON (procedure_code)
        procedure_code, field_code
    FROM mart.service_catalogue_latest
    WHERE %(cut)s = 'field'
    ORDER BY procedure_code, agency_code
),
named AS (
    SELECT
        CASE %(cut)s
            WHEN 'agency' THEN f.map_code
            WHEN 'unit' THEN coalesce(u.unit_code, '')
            WHEN 'procedure' THEN coalesce(left(p.procedure_code, 8), '')
            ELSE coalesce(l.field_code, '')
        END AS code,
        CASE %(cut)s
            WHEN 'unit' THEN coalesce(u.unit_name, '')
            WHEN 'procedure' THEN coalesce(p.procedure_name, '')
            WHEN 'field' THEN coalesce(d.field_name, '')
            ELSE ''
        END AS name,
        f.*
    FROM flow AS f
    LEFT JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
    LEFT JOIN core.dim_procedure AS p ON p.procedure_id = f.procedure_id
    LEFT JOIN fields AS l ON l.procedure_code = left(p.procedure_code, 8)
    LEFT JOIN core.dim_field AS d ON d.field_code = l.field_code
)
SELECT
    code,
    max(name),
    CASE WHEN %(cut)s = 'agency' THEN mark ELSE '' END AS mark,
    coalesce(sum(submitted), 0)::bigint,
    coalesce(sum(online), 0)::bigint,
    coalesce(sum(online_full), 0)::bigint,
    coalesce(sum(online_partial), 0)::bigint,
    coalesce(sum(direct), 0)::bigint,
    coalesce(sum(postal), 0)::bigint,
    coalesce(sum(received), 0)::bigint,
    coalesce(sum(carried_over), 0)::bigint,
    coalesce(sum(resolved_early), 0)::bigint,
    coalesce(sum(resolved_ontime), 0)::bigint,
    coalesce(sum(resolved_late), 0)::bigint,
    coalesce(sum(withdrawn), 0)::bigint,
    coalesce(sum(stopped), 0)::bigint,
    coalesce(sum(pending), 0)::bigint,
    coalesce(sum(pending_late), 0)::bigint
FROM named
GROUP BY 1, 3
ORDER BY 1, 3;

-- name: agencies
-- purpose: who stands on a map in a period, under which name, with the coverage of a feed
-- grain: one row per agency (on a map: per unit and mark) of which the feed is expected
-- parameters: feed, first_day, last_day, on_day (the map's; NULL = as reported)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
),
cover AS (
    SELECT
        coalesce(m.map_code, c.agency_code) AS code,
        coalesce(m.mark, '') AS mark,
        max(m.map_name) AS map_name,
        count(*) AS expected_count,
        sum(c.covered_count) AS covered_count
    FROM mart.coverage_day AS c
    LEFT JOIN core.dim_agency AS a
        ON a.agency_code = c.agency_code
        AND c.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    LEFT JOIN map AS m ON m.agency_id = a.agency_id
    WHERE c.feed = %(feed)s AND c.day BETWEEN %(first_day)s AND %(last_day)s
    GROUP BY 1, 2
)
SELECT
    code,
    coalesce(CASE WHEN %(on_day)s::date IS NULL THEN n.agency_name END, map_name, code),
    coalesce(n.level, ''),
    mark,
    expected_count::bigint,
    covered_count::bigint
FROM cover
LEFT JOIN LATERAL (
    SELECT d.agency_name, d.level FROM core.dim_agency AS d
    WHERE d.agency_code = cover.code AND d.valid_from <= %(last_day)s
    ORDER BY d.valid_from DESC
    LIMIT 1
) AS n ON true
ORDER BY code, mark;
