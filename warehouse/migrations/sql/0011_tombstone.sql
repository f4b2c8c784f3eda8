-- name: tombstone
-- purpose: a dossier that its source deleted (status 11) contributes no step at all
--   (docs/adr/0007-a-tombstone-is-a-last-change.md)
SET LOCAL ROLE hub_owner;

-- As in 0004, but for status 11.
CREATE OR REPLACE VIEW mart.dossier_flow_rebuilt WITH (security_invoker = true) AS
WITH stated AS (
    SELECT
        s.*,
        s.status_id IN (1, 3, 11) AS is_outside,
        coalesce(s.received_on, s.submitted_on, s.day) AS opened_on
    FROM mart.dossier_state AS s
),
dated AS (
    SELECT
        t.*,
        CASE
            WHEN t.status_id IN (9, 10)
                THEN greatest(coalesce(t.finished_on, t.returned_on, t.day), t.opened_on)
            WHEN t.status_id IN (7, 8)
                THEN greatest(coalesce(t.finished_on, t.day), t.opened_on)
        END AS closed_on
    FROM stated AS t
),
steps AS (
    SELECT
        d.*,
        step.on_day,
        step.measure
    FROM dated AS d
    CROSS JOIN LATERAL (
        SELECT coalesce(d.submitted_on, d.received_on, d.day), 'submitted'
        WHERE d.status_id <> 11
        UNION ALL
        SELECT d.opened_on, 'received' WHERE NOT d.is_outside
        UNION ALL
        SELECT
            d.closed_on,
            CASE
                WHEN d.status_id = 7 THEN 'withdrawn'
                WHEN d.status_id = 8 THEN 'stopped'
                WHEN d.closed_on < d.due_on THEN 'early'
                WHEN d.closed_on > d.due_on THEN 'late'
                ELSE 'ontime'
            END
        WHERE d.closed_on IS NOT NULL
        UNION ALL
        SELECT greatest(d.due_on + 1, d.opened_on), 'overdue_started'
        WHERE NOT d.is_outside AND d.due_on IS NOT NULL
            AND (d.closed_on IS NULL OR d.closed_on > d.due_on)
        UNION ALL
        SELECT d.closed_on, 'overdue_ended'
        WHERE d.closed_on > d.due_on
    ) AS step (on_day, measure)
)
SELECT
    agency_id,
    on_day AS day,
    coalesce(unit_id, 0) AS unit_id,
    coalesce(procedure_id, 0) AS procedure_id,
    coalesce(channel_id, 0::smallint) AS channel_id,
    coalesce(service_level_id, 0::smallint) AS service_level_id,
    count(*) FILTER (WHERE measure = 'submitted')::integer AS submitted,
    count(*) FILTER (WHERE measure = 'received')::integer AS received,
    count(*) FILTER (WHERE measure = 'early')::integer AS resolved_early,
    count(*) FILTER (WHERE measure = 'ontime')::integer AS resolved_ontime,
    count(*) FILTER (WHERE measure = 'late')::integer AS resolved_late,
    count(*) FILTER (WHERE measure = 'withdrawn')::integer AS withdrawn,
    count(*) FILTER (WHERE measure = 'stopped')::integer AS stopped,
    count(*) FILTER (WHERE measure = 'overdue_started')::integer AS overdue_started,
    count(*) FILTER (WHERE measure = 'overdue_ended')::integer AS overdue_ended
FROM steps
GROUP BY 1, 2, 3, 4, 5, 6;
RESET ROLE;
