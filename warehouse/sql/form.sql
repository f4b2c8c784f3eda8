-- Statements that forms need beside the tally: names, payments, and what is behind one cell.

-- name: agency_names
-- purpose: the names of agencies: as reported, the newest that is known on the last day; on a map
--   as of its day
-- grain: one row per code and mark
-- parameters: last_day, on_day (the map's; NULL = as reported)
SELECT DISTINCT ON (m.map_code, m.mark)
    m.map_code,
    m.mark,
    CASE WHEN %(on_day)s::date IS NULL THEN coalesce(n.agency_name, m.map_name) ELSE m.map_name END
FROM mart.map_on(%(on_day)s::date) AS m
LEFT JOIN LATERAL (
    SELECT d.agency_name FROM core.dim_agency AS d
    WHERE d.agency_code = m.map_code AND d.valid_from <= %(last_day)s
    ORDER BY d.valid_from DESC
    LIMIT 1
) AS n ON true
ORDER BY m.map_code ASC, m.mark ASC, m.map_name DESC;

-- name: reporters
-- purpose: which codes report what stands under a code of a map
-- grain: one row per reporting code
-- parameters: on_day (the map's; NULL = as reported), agency (code on that map; NULL = all)
SELECT DISTINCT a.agency_code
FROM mart.map_on(%(on_day)s::date) AS m
JOIN core.dim_agency AS a ON a.agency_id = m.agency_id
WHERE %(agency)s::text IS NULL OR m.map_code = %(agency)s
ORDER BY a.agency_code;

-- name: payments
-- purpose: succeeded payments of a period, cut as dossiers are in tally.sql
-- grain: one row per member of the cut and mark: all, those made online
-- parameters: first_day, last_day, on_day, cut, agency (as in tally.dossiers)
WITH fields AS (
    SELECT DISTINCT ON (procedure_code)
        procedure_code, field_code
    FROM mart.service_catalogue_latest
    WHERE %(cut)s = 'field'
    ORDER BY procedure_code, agency_code
)
SELECT
    CASE %(cut)s
        WHEN 'agency' THEN m.map_code
        WHEN 'unit' THEN coalesce(u.unit_code, '')
        WHEN 'procedure' THEN coalesce(left(p.procedure_code, 8), '')
        ELSE coalesce(l.field_code, '')
    END AS code,
    CASE WHEN %(cut)s = 'agency' THEN m.mark ELSE '' END AS mark,
    sum(f.payment_count)::bigint,
    coalesce(sum(f.payment_count) FILTER (WHERE f.method_id = 1), 0)::bigint
FROM mart.payment_flow AS f
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = f.agency_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
LEFT JOIN core.dim_procedure AS p ON p.procedure_id = f.procedure_id
LEFT JOIN fields AS l ON l.procedure_code = left(p.procedure_code, 8)
WHERE f.day BETWEEN %(first_day)s AND %(last_day)s AND f.status_id = 2
    AND (%(agency)s::text IS NULL OR m.map_code = %(agency)s)
GROUP BY 1, 2;

-- name: steps
-- purpose: the steps behind one row of a form, all up to the period's end
-- grain: one row per reporting agency, channel, level and side of the period's first day; of one
--   agency, per day, too
-- parameters: first_day, last_day, on_day, cut, agency (as in tally.dossiers), code (of the row;
--   NULL = every row), mark, reporter (code of the agency whose days are told; NULL = all, without
--   days)
WITH fields AS (
    SELECT DISTINCT ON (procedure_code)
        procedure_code, field_code
    FROM mart.service_catalogue_latest
    WHERE %(cut)s = 'field'
    ORDER BY procedure_code, agency_code
)
SELECT
    a.agency_code,
    max(a.agency_name),
    CASE WHEN %(reporter)s::text IS NOT NULL THEN f.day END AS on_day,
    f.day < %(first_day)s AS is_before,
    f.channel_id,
    f.service_level_id,
    sum(f.received)::bigint,
    sum(f.resolved_early)::bigint,
    sum(f.resolved_ontime)::bigint,
    sum(f.resolved_late)::bigint,
    sum(f.withdrawn)::bigint,
    sum(f.stopped)::bigint,
    sum(f.overdue_started)::bigint,
    sum(f.overdue_ended)::bigint
FROM mart.dossier_flow AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = f.agency_id
LEFT JOIN core.dim_unit AS u ON %(cut)s = 'unit' AND u.unit_id = f.unit_id
LEFT JOIN core.dim_procedure AS p ON %(cut)s IN ('field', 'procedure') AND p.procedure_id = f.procedure_id
LEFT JOIN fields AS l ON l.procedure_code = left(p.procedure_code, 8)
WHERE f.day <= %(last_day)s
    AND (%(agency)s::text IS NULL OR m.map_code = %(agency)s)
    AND (%(reporter)s::text IS NULL OR a.agency_code = %(reporter)s)
    AND (
        %(code)s::text IS NULL
        OR CASE %(cut)s
            WHEN 'agency' THEN m.map_code = %(code)s AND m.mark = %(mark)s
            WHEN 'unit' THEN coalesce(u.unit_code, '') = %(code)s
            WHEN 'procedure' THEN coalesce(left(p.procedure_code, 8), '') = %(code)s
            ELSE coalesce(l.field_code, '') = %(code)s
        END
    )
GROUP BY 1, 3, 4, 5, 6;

-- name: records
-- purpose: the last changes of dossiers that have a step on one day, with the run that told them
-- grain: one row per dossier and step of that day
-- parameters: reporter (code that reported), day, and on_day, cut, agency, code, mark as in steps
WITH ids AS (
    SELECT agency_id FROM core.dim_agency WHERE agency_code = %(reporter)s
),
fields AS (
    SELECT DISTINCT ON (procedure_code)
        procedure_code, field_code
    FROM mart.service_catalogue_latest
    WHERE %(cut)s = 'field'
    ORDER BY procedure_code, agency_code
),
touched AS (
    SELECT DISTINCT c.key
    FROM core.dossier_change AS c
    WHERE c.agency_id IN (SELECT agency_id FROM ids)
        AND (
            c.day = %(day)s OR c.submitted_on = %(day)s OR c.received_on = %(day)s
            OR c.finished_on = %(day)s OR c.returned_on = %(day)s OR c.due_on = %(day)s::date - 1
        )
),
last_change AS (
    SELECT DISTINCT ON (c.key) c.*
    FROM core.dossier_change AS c
    WHERE c.agency_id IN (SELECT agency_id FROM ids) AND c.key IN (SELECT key FROM touched)
    ORDER BY c.key ASC, c.day DESC
),
opened AS (
    SELECT
        c.*,
        coalesce(c.received_on, c.submitted_on, c.day) AS opened_on
    FROM last_change AS c
    WHERE c.status_id NOT IN (1, 3, 11)
),
dated AS (
    SELECT
        o.*,
        CASE
            WHEN o.status_id IN (9, 10)
                THEN greatest(coalesce(o.finished_on, o.returned_on, o.day), o.opened_on)
            WHEN o.status_id IN (7, 8) THEN greatest(coalesce(o.finished_on, o.day), o.opened_on)
        END AS closed_on
    FROM opened AS o
),
steps AS (
    SELECT
        d.*,
        step.on_day,
        step.measure
    FROM dated AS d
    CROSS JOIN LATERAL (
        SELECT d.opened_on, 'received'
        UNION ALL
        SELECT
            d.closed_on,
            CASE
                WHEN d.status_id = 7 THEN 'withdrawn'
                WHEN d.status_id = 8 THEN 'stopped'
                WHEN d.closed_on < d.due_on THEN 'resolved_early'
                WHEN d.closed_on > d.due_on THEN 'resolved_late'
                ELSE 'resolved_ontime'
            END
        UNION ALL
        SELECT greatest(d.due_on + 1, d.opened_on), 'overdue_started'
        WHERE d.closed_on IS NULL OR d.closed_on > d.due_on
        UNION ALL
        SELECT d.closed_on, 'overdue_ended' WHERE d.closed_on > d.due_on
    ) AS step (on_day, measure)
)
SELECT
    s.day,
    s.row_number,
    h.facts_run,
    coalesce(r.manifest, ''),
    k.label_vi,
    k.label_en,
    s.opened_on,
    s.due_on,
    s.closed_on,
    s.measure,
    coalesce(s.channel_id, 0),
    coalesce(s.service_level_id, 0)
FROM steps AS s
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = s.agency_id
JOIN core.code AS k ON k.list = 'dossier_status' AND k.id = s.status_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = s.unit_id
LEFT JOIN core.dim_procedure AS p ON p.procedure_id = s.procedure_id
LEFT JOIN fields AS l ON l.procedure_code = left(p.procedure_code, 8)
LEFT JOIN ledger.head AS h
    ON h.agency_code = %(reporter)s AND h.feed = 'dossiers' AND h.day = s.day
LEFT JOIN ledger.run AS r ON r.run_id = h.facts_run
WHERE s.on_day = %(day)s
    AND (%(agency)s::text IS NULL OR m.map_code = %(agency)s)
    AND (
        %(code)s::text IS NULL
        OR CASE %(cut)s
            WHEN 'agency' THEN m.map_code = %(code)s AND m.mark = %(mark)s
            WHEN 'unit' THEN coalesce(u.unit_code, '') = %(code)s
            WHEN 'procedure' THEN coalesce(left(p.procedure_code, 8), '') = %(code)s
            ELSE coalesce(l.field_code, '') = %(code)s
        END
    )
ORDER BY s.day, s.row_number, s.measure;

-- name: shown
-- purpose: the run that a partition shows and the landing that its facts came from
-- grain: one row; none where the partition shows nothing
-- parameters: feed, agency, day
SELECT
    h.applied,
    h.facts_run,
    coalesce(r.manifest, '')
FROM ledger.head AS h
LEFT JOIN ledger.run AS r ON r.run_id = h.facts_run
WHERE h.feed = %(feed)s AND h.agency_code = %(agency)s AND h.day = %(day)s AND h.applied > 0;

-- name: payment_parts
-- purpose: the succeeded payments behind one row of a form
-- grain: one row per reporting agency; of one agency, per day: all, those made online
-- parameters: first_day, last_day, and on_day, cut, agency, code, mark, reporter as in steps
SELECT
    a.agency_code,
    max(a.agency_name),
    CASE WHEN %(reporter)s::text IS NOT NULL THEN f.day END AS on_day,
    sum(f.payment_count)::bigint,
    coalesce(sum(f.payment_count) FILTER (WHERE f.method_id = 1), 0)::bigint
FROM mart.payment_flow AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = f.agency_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
WHERE f.day BETWEEN %(first_day)s AND %(last_day)s AND f.status_id = 2
    AND (%(agency)s::text IS NULL OR m.map_code = %(agency)s)
    AND (%(reporter)s::text IS NULL OR a.agency_code = %(reporter)s)
    AND (
        %(code)s::text IS NULL
        OR CASE %(cut)s
            WHEN 'agency' THEN m.map_code = %(code)s AND m.mark = %(mark)s
            ELSE coalesce(u.unit_code, '') = %(code)s
        END
    )
GROUP BY 1, 3;

-- name: payment_records
-- purpose: the succeeded payments of one agency and day, as received
-- grain: one row per payment: row number, whether it was made online
-- parameters: reporter, day, and on_day, cut, agency, code, mark as in steps
SELECT
    c.row_number,
    coalesce(c.method_id = 1, false)
FROM core.payment AS c
JOIN core.dim_agency AS a ON a.agency_id = c.agency_id
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = c.agency_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = c.unit_id
WHERE a.agency_code = %(reporter)s AND c.day = %(day)s AND c.status_id = 2
    AND (%(agency)s::text IS NULL OR m.map_code = %(agency)s)
    AND (
        %(code)s::text IS NULL
        OR CASE %(cut)s
            WHEN 'agency' THEN m.map_code = %(code)s AND m.mark = %(mark)s
            ELSE coalesce(u.unit_code, '') = %(code)s
        END
    )
ORDER BY c.row_number;

-- name: applied
-- purpose: the runs that a feed's partitions of some days show
-- grain: one row per agency and day that shows something
-- parameters: feed, first_day, last_day, reporter (code; NULL = all)
SELECT
    agency_code,
    day,
    applied
FROM ledger.head
WHERE feed = %(feed)s AND applied > 0 AND day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(reporter)s::text IS NULL OR agency_code = %(reporter)s)
ORDER BY agency_code, day;
