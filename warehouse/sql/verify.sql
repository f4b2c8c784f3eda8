-- Promises that must hold at any time; every statement returns offences, none when all is well.

-- name: dossier_flow
-- purpose: find groups where the maintained mart differs from the one rebuilt from core
-- grain: one row per agency
-- parameters: none
SELECT a.agency_code, count(*) AS offences
FROM (
    (TABLE mart.dossier_flow_rebuilt EXCEPT ALL
        SELECT
            agency_id, day, unit_id, procedure_id, channel_id, service_level_id, submitted,
            received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,
            overdue_started, overdue_ended, awaiting, awaiting_overdue
        FROM mart.dossier_flow)
    UNION ALL
    (SELECT
        agency_id, day, unit_id, procedure_id, channel_id, service_level_id, submitted,
        received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,
        overdue_started, overdue_ended, awaiting, awaiting_overdue
    FROM mart.dossier_flow EXCEPT ALL TABLE mart.dossier_flow_rebuilt)
) AS d
LEFT JOIN core.dim_agency AS a USING (agency_id)
GROUP BY a.agency_code
ORDER BY a.agency_code;

-- name: dossier_cut
-- purpose: find rows where the maintained rollup by day differs from the one rebuilt from the flow mart
-- grain: one row per agency
-- parameters: none
WITH kept AS (
    SELECT
        agency_id, day, member_id, cut, submitted, received, received_online,
        received_online_full, received_online_partial, received_direct, received_postal,
        resolved_early, resolved_ontime, resolved_late, withdrawn, stopped, overdue_started,
        overdue_ended, awaiting, awaiting_overdue
    FROM mart.dossier_cut
)
SELECT a.agency_code, count(*) AS offences
FROM (
    (TABLE mart.dossier_cut_rebuilt EXCEPT ALL TABLE kept)
    UNION ALL
    (TABLE kept EXCEPT ALL TABLE mart.dossier_cut_rebuilt)
) AS d
LEFT JOIN core.dim_agency AS a USING (agency_id)
GROUP BY a.agency_code
ORDER BY a.agency_code;

-- name: dossier_before
-- purpose: find rows where the maintained sums before cut-off days differ from those rebuilt from the rollup by day
-- grain: one row per agency
-- parameters: none
WITH kept AS (
    SELECT
        agency_id, day, member_id, cut, submitted, received, received_online,
        received_online_full, received_online_partial, received_direct, received_postal,
        resolved_early, resolved_ontime, resolved_late, withdrawn, stopped, overdue_started,
        overdue_ended, awaiting, awaiting_overdue
    FROM mart.dossier_before
)
SELECT a.agency_code, count(*) AS offences
FROM (
    (TABLE mart.dossier_before_rebuilt EXCEPT ALL TABLE kept)
    UNION ALL
    (TABLE kept EXCEPT ALL TABLE mart.dossier_before_rebuilt)
) AS d
LEFT JOIN core.dim_agency AS a USING (agency_id)
GROUP BY a.agency_code
ORDER BY a.agency_code;

-- name: procedure_field
-- purpose: find procedures whose kept field differs from the one rebuilt from core
-- grain: one row per agency
-- parameters: none
SELECT d.agency_code, count(*) AS offences
FROM (
    (TABLE mart.procedure_field_rebuilt EXCEPT ALL TABLE mart.procedure_field)
    UNION ALL
    (TABLE mart.procedure_field EXCEPT ALL TABLE mart.procedure_field_rebuilt)
) AS d
GROUP BY d.agency_code
ORDER BY d.agency_code;

-- name: payment_flow
-- purpose: find groups where the maintained mart differs from the one rebuilt from core
-- grain: one row per agency
-- parameters: none
SELECT a.agency_code, count(*) AS offences
FROM (
    (TABLE mart.payment_flow_rebuilt EXCEPT ALL TABLE mart.payment_flow)
    UNION ALL
    (TABLE mart.payment_flow EXCEPT ALL TABLE mart.payment_flow_rebuilt)
) AS d
LEFT JOIN core.dim_agency AS a USING (agency_id)
GROUP BY a.agency_code
ORDER BY a.agency_code;

-- name: payment_cut
-- purpose: find rows where the maintained rollup of payments differs from the one rebuilt from their flow mart
-- grain: one row per agency
-- parameters: none
SELECT a.agency_code, count(*) AS offences
FROM (
    (TABLE mart.payment_cut_rebuilt EXCEPT ALL TABLE mart.payment_cut)
    UNION ALL
    (TABLE mart.payment_cut EXCEPT ALL TABLE mart.payment_cut_rebuilt)
) AS d
LEFT JOIN core.dim_agency AS a USING (agency_id)
GROUP BY a.agency_code
ORDER BY a.agency_code;

-- name: payment_before
-- purpose: find rows where the maintained sums of payments before cut-off days differ from those rebuilt from the rollup
-- grain: one row per agency
-- parameters: none
SELECT a.agency_code, count(*) AS offences
FROM (
    (TABLE mart.payment_before_rebuilt EXCEPT ALL TABLE mart.payment_before)
    UNION ALL
    (TABLE mart.payment_before EXCEPT ALL TABLE mart.payment_before_rebuilt)
) AS d
LEFT JOIN core.dim_agency AS a USING (agency_id)
GROUP BY a.agency_code
ORDER BY a.agency_code;

-- name: document_flow
-- purpose: find groups where the maintained mart differs from the one rebuilt from core
-- grain: one row per agency
-- parameters: none
SELECT a.agency_code, count(*) AS offences
FROM (
    (TABLE mart.document_flow_rebuilt EXCEPT ALL TABLE mart.document_flow)
    UNION ALL
    (TABLE mart.document_flow EXCEPT ALL TABLE mart.document_flow_rebuilt)
) AS d
LEFT JOIN core.dim_agency AS a USING (agency_id)
GROUP BY a.agency_code
ORDER BY a.agency_code;

-- name: balance
-- purpose: find partitions whose head, facts and quarantine do not add up
-- grain: one row per partition
-- parameters: none
WITH fact AS (
    SELECT 'dossiers' AS feed, agency_id, day, count(*) AS row_count
    FROM core.dossier_change GROUP BY agency_id, day
    UNION ALL
    SELECT 'payments', agency_id, day, count(*) FROM core.payment GROUP BY agency_id, day
    UNION ALL
    SELECT 'documents', agency_id, day, count(*)
    FROM core.document_movement GROUP BY agency_id, day
    UNION ALL
    SELECT 'dossier_statistics', agency_id, day, count(*)
    FROM core.dossier_statistic GROUP BY agency_id, day
    UNION ALL
    SELECT 'service_catalogue', agency_id, day, count(*)
    FROM core.catalogued_service GROUP BY agency_id, day
    UNION ALL
    SELECT 'portal_usage', agency_id, day, count(*)
    FROM core.portal_usage GROUP BY agency_id, day
    UNION ALL
    SELECT 'work_files', agency_id, day, count(*)
    FROM core.work_file_count GROUP BY agency_id, day
    UNION ALL
    SELECT 'cabinet_sessions', agency_id, day, count(*)
    FROM core.cabinet_meeting GROUP BY agency_id, day
    UNION ALL
    SELECT 'usage_evaluation', agency_id, day, count(*)
    FROM core.usage_evaluation GROUP BY agency_id, day
    UNION ALL
    SELECT 'platform_traffic', agency_id, day, count(*)
    FROM core.platform_traffic GROUP BY agency_id, day
    UNION ALL
    SELECT 'socioeconomic_indicators', agency_id, day, count(*)
    FROM core.indicator_value GROUP BY agency_id, day
    UNION ALL
    SELECT 'population', agency_id, day, count(*)
    FROM core.population GROUP BY agency_id, day
    UNION ALL
    SELECT 'electronic_results', agency_id, day, count(*)
    FROM core.electronic_result GROUP BY agency_id, day
    UNION ALL
    SELECT 'security_incidents', agency_id, day, count(*)
    FROM core.security_incident GROUP BY agency_id, day
    UNION ALL
    SELECT 'published_figures', agency_id, day, count(*)
    FROM core.published_figure GROUP BY agency_id, day
),
core_rows AS (
    SELECT a.agency_code, f.feed, f.day, sum(f.row_count) AS row_count
    FROM fact AS f
    JOIN core.dim_agency AS a USING (agency_id)
    GROUP BY a.agency_code, f.feed, f.day
),
aside AS (
    SELECT agency_code, feed, day, count(*) AS row_count
    FROM ledger.quarantine GROUP BY agency_code, feed, day
),
shown AS (
    SELECT * FROM ledger.head WHERE applied > 0
)
SELECT
    concat_ws('/', agency_code, feed, day) AS partition,
    h.received_count,
    coalesce(h.loaded_count, 0) AS loaded_count,
    coalesce(c.row_count, 0) AS core_count,
    coalesce(h.quarantined_count, 0) AS quarantined_count,
    coalesce(q.row_count, 0) AS aside_count
FROM shown AS h
FULL JOIN core_rows AS c USING (agency_code, feed, day)
FULL JOIN aside AS q USING (agency_code, feed, day)
WHERE coalesce(h.loaded_count, 0) <> coalesce(c.row_count, 0)
    OR coalesce(h.quarantined_count, 0) <> coalesce(q.row_count, 0)
    OR h.received_count
    <> h.loaded_count + h.quarantined_count + h.duplicate_count
ORDER BY 1;

-- name: landings
-- purpose: list the landings behind what partitions show
-- grain: one manifest
-- parameters: none
SELECT DISTINCT r.manifest
FROM ledger.head AS h
JOIN ledger.run AS r ON r.run_id IN (h.applied, h.facts_run)
WHERE h.applied > 0
ORDER BY r.manifest;
