-- Statements that sum the steps of dossiers over a period: what forms, ranks and pages read.

-- name: agency
-- purpose: the counters of dossiers of a period by agency
-- grain: one row per agency (on a map: per unit and mark) that has dossiers up to the last day
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported), agency (code on that
--   map; NULL = all)
SELECT
    s.map_code,
    '',
    s.mark,
    sum(s.submitted)::bigint,
    sum(s.received_online)::bigint,
    sum(s.received_online_full)::bigint,
    sum(s.received_online_partial)::bigint,
    sum(s.received_direct)::bigint,
    sum(s.received_postal)::bigint,
    sum(s.received)::bigint,
    sum(s.carried_over)::bigint,
    sum(s.resolved_early)::bigint,
    sum(s.resolved_ontime)::bigint,
    sum(s.resolved_late)::bigint,
    sum(s.withdrawn)::bigint,
    sum(s.stopped)::bigint,
    sum(s.pending)::bigint,
    sum(s.pending_late)::bigint,
    sum(s.awaiting)::bigint,
    sum(s.awaiting_late)::bigint
FROM mart.dossier_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 0, %(agency)s::text
) AS s
GROUP BY 1, 3
ORDER BY 1, 3;

-- name: unit
-- purpose: the counters of dossiers of a period by unit below the agencies
-- grain: one row per unit that has dossiers up to the last day
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported), agency (code on that
--   map; NULL = all)
SELECT
    coalesce(u.unit_code, ''),
    coalesce(max(u.unit_name), ''),
    '',
    sum(s.submitted)::bigint,
    sum(s.received_online)::bigint,
    sum(s.received_online_full)::bigint,
    sum(s.received_online_partial)::bigint,
    sum(s.received_direct)::bigint,
    sum(s.received_postal)::bigint,
    sum(s.received)::bigint,
    sum(s.carried_over)::bigint,
    sum(s.resolved_early)::bigint,
    sum(s.resolved_ontime)::bigint,
    sum(s.resolved_late)::bigint,
    sum(s.withdrawn)::bigint,
    sum(s.stopped)::bigint,
    sum(s.pending)::bigint,
    sum(s.pending_late)::bigint,
    sum(s.awaiting)::bigint,
    sum(s.awaiting_late)::bigint
FROM mart.dossier_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 1, %(agency)s::text
) AS s
LEFT JOIN core.dim_unit AS u ON u.unit_id = s.member_id
GROUP BY 1
ORDER BY 1;

-- name: procedure
-- purpose: the counters of dossiers of a period by national procedure
-- grain: one row per procedure, whoever handles it, that has dossiers up to the last day
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported), agency (code on that
--   map; NULL = all)
SELECT
    coalesce(left(p.procedure_code, 8), ''),
    coalesce(max(p.procedure_name), ''),
    '',
    sum(s.submitted)::bigint,
    sum(s.received_online)::bigint,
    sum(s.received_online_full)::bigint,
    sum(s.received_online_partial)::bigint,
    sum(s.received_direct)::bigint,
    sum(s.received_postal)::bigint,
    sum(s.received)::bigint,
    sum(s.carried_over)::bigint,
    sum(s.resolved_early)::bigint,
    sum(s.resolved_ontime)::bigint,
    sum(s.resolved_late)::bigint,
    sum(s.withdrawn)::bigint,
    sum(s.stopped)::bigint,
    sum(s.pending)::bigint,
    sum(s.pending_late)::bigint,
    sum(s.awaiting)::bigint,
    sum(s.awaiting_late)::bigint
FROM mart.dossier_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 2, %(agency)s::text
) AS s
LEFT JOIN core.dim_procedure AS p ON p.procedure_id = s.member_id
GROUP BY 1
ORDER BY 1;

-- name: field
-- purpose: the counters of dossiers of a period by field of their procedure, as the first agency
--   by code that exists today has it in its newest catalogue
-- grain: one row per field that has dossiers up to the last day; empty = in no catalogue
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported), agency (code on that
--   map; NULL = all)
WITH flow AS (
    SELECT
        left(p.procedure_code, 8) AS procedure_code,
        sum(s.submitted) AS submitted,
        sum(s.received_online) AS received_online,
        sum(s.received_online_full) AS received_online_full,
        sum(s.received_online_partial) AS received_online_partial,
        sum(s.received_direct) AS received_direct,
        sum(s.received_postal) AS received_postal,
        sum(s.received) AS received,
        sum(s.carried_over) AS carried_over,
        sum(s.resolved_early) AS resolved_early,
        sum(s.resolved_ontime) AS resolved_ontime,
        sum(s.resolved_late) AS resolved_late,
        sum(s.withdrawn) AS withdrawn,
        sum(s.stopped) AS stopped,
        sum(s.pending) AS pending,
        sum(s.pending_late) AS pending_late,
        sum(s.awaiting) AS awaiting,
        sum(s.awaiting_late) AS awaiting_late
    FROM mart.dossier_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 2, %(agency)s::text
) AS s
    LEFT JOIN core.dim_procedure AS p ON p.procedure_id = s.member_id
    GROUP BY 1
)
SELECT
    coalesce(l.field_code, ''),
    coalesce(max(d.field_name), ''),
    '',
    sum(s.submitted)::bigint,
    sum(s.received_online)::bigint,
    sum(s.received_online_full)::bigint,
    sum(s.received_online_partial)::bigint,
    sum(s.received_direct)::bigint,
    sum(s.received_postal)::bigint,
    sum(s.received)::bigint,
    sum(s.carried_over)::bigint,
    sum(s.resolved_early)::bigint,
    sum(s.resolved_ontime)::bigint,
    sum(s.resolved_late)::bigint,
    sum(s.withdrawn)::bigint,
    sum(s.stopped)::bigint,
    sum(s.pending)::bigint,
    sum(s.pending_late)::bigint,
    sum(s.awaiting)::bigint,
    sum(s.awaiting_late)::bigint
FROM flow AS s
LEFT JOIN mart.field_of_procedure AS l ON l.procedure_code = s.procedure_code
LEFT JOIN core.dim_field AS d ON d.field_code = l.field_code
GROUP BY 1
ORDER BY 1;

-- name: payments_agency
-- purpose: succeeded payments of a period by agency
-- grain: one row per agency (on a map: per unit and mark) with any: all, those made online
-- parameters: as agency
SELECT p.map_code, p.mark, sum(p.succeeded_count)::bigint, sum(p.online_count)::bigint
FROM mart.payment_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 0, %(agency)s::text
) AS p
GROUP BY 1, 2;

-- name: payments_unit
-- purpose: succeeded payments of a period by unit below the agencies
-- grain: one row per unit with any: all, those made online
-- parameters: as agency
SELECT coalesce(u.unit_code, ''), '', sum(p.succeeded_count)::bigint, sum(p.online_count)::bigint
FROM mart.payment_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 1, %(agency)s::text
) AS p
LEFT JOIN core.dim_unit AS u ON u.unit_id = p.member_id
GROUP BY 1;

-- name: payments_procedure
-- purpose: succeeded payments of a period by national procedure
-- grain: one row per procedure with any: all, those made online
-- parameters: as agency
SELECT
    coalesce(left(d.procedure_code, 8), ''),
    '',
    sum(p.succeeded_count)::bigint,
    sum(p.online_count)::bigint
FROM mart.payment_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 2, %(agency)s::text
) AS p
LEFT JOIN core.dim_procedure AS d ON d.procedure_id = p.member_id
GROUP BY 1;

-- name: payments_field
-- purpose: succeeded payments of a period by field, as dossiers by field
-- grain: one row per field with any: all, those made online
-- parameters: as agency
WITH flow AS (
    SELECT
        left(d.procedure_code, 8) AS procedure_code,
        sum(p.succeeded_count) AS succeeded_count,
        sum(p.online_count) AS online_count
    FROM mart.payment_sums(
        %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 2, %(agency)s::text
    ) AS p
    LEFT JOIN core.dim_procedure AS d ON d.procedure_id = p.member_id
    GROUP BY 1
)
SELECT
    coalesce(l.field_code, ''),
    '',
    sum(p.succeeded_count)::bigint,
    sum(p.online_count)::bigint
FROM flow AS p
LEFT JOIN mart.field_of_procedure AS l ON l.procedure_code = p.procedure_code
GROUP BY 1;

-- name: agencies
-- purpose: who stands on a map in a period, under which name, with the coverage of a feed
-- grain: one row per agency (on a map: per unit and mark) of which the feed is expected
-- parameters: feed, first_day, last_day, on_day (the map's; NULL = as reported), agency (code on
--   that map; NULL = all)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
),
asked AS ( -- who may report what stands under the code: of one agency few days are read
    SELECT a.agency_code
    FROM map AS m
    JOIN core.dim_agency AS a ON a.agency_id = m.agency_id
    WHERE m.map_code = %(agency)s
    UNION ALL
    SELECT %(agency)s
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
        AND (%(agency)s::text IS NULL OR c.agency_code = ANY(ARRAY(SELECT agency_code FROM asked)))
        AND (%(agency)s::text IS NULL OR coalesce(m.map_code, c.agency_code) = %(agency)s)
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
