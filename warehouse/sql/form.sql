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

-- name: steps
-- purpose: the steps behind one row of a form, all up to the period's end; what lies before it as
--   what it left open. Steps that no channel or level tells apart stand under 0
-- grain: one row per reporting agency, channel, level and side of the period's first day
-- parameters: first_day, last_day, on_day, cut, cut_number (of mart.dossier_cut), agency (as in
--   tally.sql), code (of the row; NULL = every row), mark
WITH s AS ( -- an agency at a time, then its channels: a country has forty thousand members
    SELECT
        s.agency_id,
        sum(s.carried_over) AS carried_over,
        sum(s.received) AS received,
        sum(s.received_online) AS received_online,
        sum(s.received_online_full) AS received_online_full,
        sum(s.received_online_partial) AS received_online_partial,
        sum(s.received_direct) AS received_direct,
        sum(s.received_postal) AS received_postal,
        sum(s.resolved_early) AS resolved_early,
        sum(s.resolved_ontime) AS resolved_ontime,
        sum(s.resolved_late) AS resolved_late,
        sum(s.withdrawn) AS withdrawn,
        sum(s.stopped) AS stopped,
        sum(s.pending_late) AS pending_late
    FROM mart.dossier_sums(
        %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, %(cut_number)s, %(agency)s::text
    ) AS s
    LEFT JOIN core.dim_unit AS u ON %(cut)s = 'unit' AND u.unit_id = s.member_id
    LEFT JOIN core.dim_procedure AS p
        ON %(cut)s IN ('field', 'procedure') AND p.procedure_id = s.member_id
    LEFT JOIN mart.field_of_procedure AS l
        ON %(cut)s = 'field' AND l.procedure_code = left(p.procedure_code, 8)
    WHERE (
        %(code)s::text IS NULL
        OR CASE %(cut)s
            WHEN 'agency' THEN s.map_code = %(code)s AND s.mark = %(mark)s
            WHEN 'unit' THEN coalesce(u.unit_code, '') = %(code)s
            WHEN 'procedure' THEN coalesce(left(p.procedure_code, 8), '') = %(code)s
            ELSE coalesce(l.field_code, '') = %(code)s
        END
    )
    GROUP BY s.agency_id
)
SELECT
    a.agency_code,
    max(a.agency_name),
    NULL::date,
    k.is_before,
    k.channel_id,
    k.level_id,
    sum(k.received)::bigint,
    sum(k.resolved_early)::bigint,
    sum(k.resolved_ontime)::bigint,
    sum(k.resolved_late)::bigint,
    sum(k.withdrawn)::bigint,
    sum(k.stopped)::bigint,
    sum(k.overdue_started)::bigint,
    sum(k.overdue_ended)::bigint
FROM s
JOIN core.dim_agency AS a ON a.agency_id = s.agency_id
CROSS JOIN LATERAL (
    VALUES
    (true, 0, 0, s.carried_over, 0, 0, 0, 0, 0, 0, 0),
    (false, 2, 5, s.received_online_full, 0, 0, 0, 0, 0, 0, 0),
    (false, 2, 6, s.received_online_partial, 0, 0, 0, 0, 0, 0, 0),
    (
        false, 2, 0, s.received_online - s.received_online_full - s.received_online_partial,
        0, 0, 0, 0, 0, 0, 0
    ),
    (false, 1, 0, s.received_direct, 0, 0, 0, 0, 0, 0, 0),
    (false, 3, 0, s.received_postal, 0, 0, 0, 0, 0, 0, 0),
    (
        false, 0, 0, s.received - s.received_online - s.received_direct - s.received_postal,
        s.resolved_early, s.resolved_ontime, s.resolved_late, s.withdrawn, s.stopped,
        s.pending_late, 0
    )
) AS k (
    is_before, channel_id, level_id, received, resolved_early, resolved_ontime, resolved_late,
    withdrawn, stopped, overdue_started, overdue_ended
)
GROUP BY a.agency_code, k.is_before, k.channel_id, k.level_id;

-- name: steps_by_day
-- purpose: the steps behind one row of a form, of one reporting agency, all up to the period's end
-- grain: one row per day, channel and level, as in steps
-- parameters: reporter (code of the agency that reported), and as in steps
SELECT
    a.agency_code,
    max(a.agency_name),
    f.day,
    f.day < %(first_day)s AS is_before,
    k.channel_id,
    k.level_id,
    sum(k.received)::bigint,
    sum(k.resolved_early)::bigint,
    sum(k.resolved_ontime)::bigint,
    sum(k.resolved_late)::bigint,
    sum(k.withdrawn)::bigint,
    sum(k.stopped)::bigint,
    sum(k.overdue_started)::bigint,
    sum(k.overdue_ended)::bigint
FROM core.dim_agency AS a
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = a.agency_id
CROSS JOIN LATERAL (
    SELECT * FROM mart.dossier_cut AS d
    WHERE d.agency_id = a.agency_id AND d.cut = %(cut_number)s AND d.day <= %(last_day)s
    OFFSET 0 -- as in mart.dossier_sums
) AS f
LEFT JOIN core.dim_unit AS u ON %(cut)s = 'unit' AND u.unit_id = f.member_id
LEFT JOIN core.dim_procedure AS p
    ON %(cut)s IN ('field', 'procedure') AND p.procedure_id = f.member_id
LEFT JOIN mart.field_of_procedure AS l
    ON %(cut)s = 'field' AND l.procedure_code = left(p.procedure_code, 8)
CROSS JOIN LATERAL (
    VALUES
    (2, 5, f.received_online_full, 0, 0, 0, 0, 0, 0, 0),
    (2, 6, f.received_online_partial, 0, 0, 0, 0, 0, 0, 0),
    (
        2, 0, f.received_online - f.received_online_full - f.received_online_partial,
        0, 0, 0, 0, 0, 0, 0
    ),
    (1, 0, f.received_direct, 0, 0, 0, 0, 0, 0, 0),
    (3, 0, f.received_postal, 0, 0, 0, 0, 0, 0, 0),
    (
        0, 0, f.received - f.received_online - f.received_direct - f.received_postal,
        f.resolved_early, f.resolved_ontime, f.resolved_late, f.withdrawn, f.stopped,
        f.overdue_started, f.overdue_ended
    )
) AS k (
    channel_id, level_id, received, resolved_early, resolved_ontime, resolved_late, withdrawn,
    stopped, overdue_started, overdue_ended
)
WHERE a.agency_code = %(reporter)s
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
GROUP BY a.agency_code, f.day, k.channel_id, k.level_id;

-- name: records
-- purpose: the last changes of dossiers that have a step on one day, with the run that told them
-- grain: one row per dossier and step of that day
-- parameters: reporter (code that reported), day, since_day and until_day (days received in which a
--   change must say so), and on_day, cut, agency, code, mark as in steps
WITH ids AS (
    SELECT agency_id FROM core.dim_agency WHERE agency_code = %(reporter)s
),
touched AS (
    SELECT DISTINCT c.key
    FROM core.dossier_change AS c
    WHERE c.agency_id IN (SELECT agency_id FROM ids)
        AND c.day BETWEEN %(since_day)s AND %(until_day)s
        AND (
            c.day = %(day)s OR c.submitted_on = %(day)s OR c.received_on = %(day)s
            OR c.finished_on = %(day)s OR c.returned_on = %(day)s OR c.due_on = %(day)s::date - 1
        )
),
last_change AS (
    SELECT DISTINCT ON (c.key) c.*
    FROM touched AS t
    CROSS JOIN ids AS i
    CROSS JOIN LATERAL ( -- by its key, newest month first: never a second scan of all changes
        SELECT * FROM core.dossier_change AS d
        WHERE d.agency_id = i.agency_id AND d.key = t.key
        ORDER BY d.day DESC
        LIMIT 1
    ) AS c
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
LEFT JOIN mart.field_of_procedure AS l
    ON %(cut)s = 'field' AND l.procedure_code = left(p.procedure_code, 8)
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
-- grain: one row per reporting agency: all, those made online
-- parameters: as in steps
SELECT
    a.agency_code,
    max(a.agency_name),
    NULL::date,
    sum(s.succeeded_count)::bigint,
    sum(s.online_count)::bigint
FROM mart.payment_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, %(cut_number)s, %(agency)s::text
) AS s
JOIN core.dim_agency AS a ON a.agency_id = s.agency_id
LEFT JOIN core.dim_unit AS u ON %(cut)s = 'unit' AND u.unit_id = s.member_id
LEFT JOIN core.dim_procedure AS p
    ON %(cut)s IN ('field', 'procedure') AND p.procedure_id = s.member_id
LEFT JOIN mart.field_of_procedure AS l
    ON %(cut)s = 'field' AND l.procedure_code = left(p.procedure_code, 8)
WHERE (
        %(code)s::text IS NULL
        OR CASE %(cut)s
            WHEN 'agency' THEN s.map_code = %(code)s AND s.mark = %(mark)s
            WHEN 'unit' THEN coalesce(u.unit_code, '') = %(code)s
            WHEN 'procedure' THEN coalesce(left(p.procedure_code, 8), '') = %(code)s
            ELSE coalesce(l.field_code, '') = %(code)s
        END
    )
GROUP BY a.agency_code;

-- name: payment_parts_by_day
-- purpose: the succeeded payments behind one row of a form, of one reporting agency
-- grain: one row per day: all, those made online
-- parameters: reporter (code of the agency that reported), and as in steps
SELECT
    a.agency_code,
    max(a.agency_name),
    f.day,
    sum(f.succeeded_count)::bigint,
    sum(f.online_count)::bigint
FROM core.dim_agency AS a
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = a.agency_id
JOIN mart.payment_cut AS f
    ON f.agency_id = a.agency_id AND f.cut = %(cut_number)s
    AND f.day BETWEEN %(first_day)s AND %(last_day)s
LEFT JOIN core.dim_unit AS u ON %(cut)s = 'unit' AND u.unit_id = f.member_id
LEFT JOIN core.dim_procedure AS p
    ON %(cut)s IN ('field', 'procedure') AND p.procedure_id = f.member_id
LEFT JOIN mart.field_of_procedure AS l
    ON %(cut)s = 'field' AND l.procedure_code = left(p.procedure_code, 8)
WHERE a.agency_code = %(reporter)s
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
GROUP BY a.agency_code, f.day;

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
