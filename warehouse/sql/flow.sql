-- Statements that maintain the flow marts inside the load transaction.

-- name: day_changes
-- purpose: what a day says now about its dossiers, as integers without NULLs (for COPY)
-- grain: one row per dossier of the day
-- parameters: agency_ids, day
SELECT
    key, agency_id, coalesce(unit_id, 0), coalesce(procedure_id, 0),
    coalesce(channel_id, 0::smallint), coalesce(service_level_id, 0::smallint), day - DATE '1970-01-01', status_id,
    coalesce(submitted_on - DATE '1970-01-01', -2147483648),
    coalesce(received_on - DATE '1970-01-01', -2147483648),
    coalesce(due_on - DATE '1970-01-01', -2147483648),
    coalesce(finished_on - DATE '1970-01-01', -2147483648),
    coalesce(returned_on - DATE '1970-01-01', -2147483648)
FROM core.dossier_change
WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s
ORDER BY key;

-- name: other_changes
-- purpose: the last change on any other day of the dossiers that a load touches
-- grain: one row per touched dossier that has rows on other days
-- parameters: agency_ids, day, keys
SELECT DISTINCT ON (c.key)
    c.key, c.agency_id, coalesce(c.unit_id, 0), coalesce(c.procedure_id, 0),
    coalesce(c.channel_id, 0::smallint), coalesce(c.service_level_id, 0::smallint),
    c.day - DATE '1970-01-01', c.status_id,
    coalesce(c.submitted_on - DATE '1970-01-01', -2147483648),
    coalesce(c.received_on - DATE '1970-01-01', -2147483648),
    coalesce(c.due_on - DATE '1970-01-01', -2147483648),
    coalesce(c.finished_on - DATE '1970-01-01', -2147483648),
    coalesce(c.returned_on - DATE '1970-01-01', -2147483648)
FROM unnest(%(keys)s::bigint[]) AS touched (key)
JOIN core.dossier_change AS c
    ON c.key = touched.key AND c.agency_id = ANY(%(agency_ids)s) AND c.day <> %(day)s
ORDER BY c.key ASC, c.day DESC;

-- name: lock_series
-- purpose: one load at a time maintains the marts of an agency's feed that look across days
-- grain: one row
-- parameters: agency, feed
SELECT 1 FROM ledger.series
WHERE agency_code = %(agency)s AND feed = %(feed)s
FOR UPDATE;

-- name: make_series
-- purpose: make the row that lock_series locks
-- grain: one row
-- parameters: agency, feed
INSERT INTO ledger.series (agency_code, feed)
VALUES (%(agency)s, %(feed)s)
ON CONFLICT (agency_code, feed) DO NOTHING;

-- name: has_other_days
-- purpose: tell whether an agency's feed holds rows of any other day
-- grain: one boolean
-- parameters: agency, feed, day
SELECT EXISTS (
    SELECT FROM ledger.head
    WHERE agency_code = %(agency)s AND feed = %(feed)s AND day <> %(day)s AND loaded_count > 0
);

-- name: make_delta
-- purpose: a session's own table of steps to add
-- grain: one row per row of mart.dossier_flow that changes
-- parameters: none
CREATE TEMPORARY TABLE IF NOT EXISTS dossier_flow_delta (
    agency_id integer,
    day date,
    unit_id integer,
    procedure_id integer,
    channel_id smallint,
    service_level_id smallint,
    submitted integer,
    received integer,
    resolved_early integer,
    resolved_ontime integer,
    resolved_late integer,
    withdrawn integer,
    stopped integer,
    overdue_started integer,
    overdue_ended integer
) ON COMMIT DELETE ROWS;

-- name: add_delta
-- purpose: add the steps to the mart
-- grain: one row per row of mart.dossier_flow
-- parameters: none
INSERT INTO mart.dossier_flow AS kept (
    agency_id, day, unit_id, procedure_id, channel_id, service_level_id,
    submitted, received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,
    overdue_started, overdue_ended
)
SELECT
    agency_id, day, unit_id, procedure_id, channel_id, service_level_id,
    submitted, received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,
    overdue_started, overdue_ended
FROM dossier_flow_delta
ON CONFLICT (agency_id, day, unit_id, procedure_id, channel_id, service_level_id) DO UPDATE
SET
    submitted = kept.submitted + excluded.submitted,
    received = kept.received + excluded.received,
    resolved_early = kept.resolved_early + excluded.resolved_early,
    resolved_ontime = kept.resolved_ontime + excluded.resolved_ontime,
    resolved_late = kept.resolved_late + excluded.resolved_late,
    withdrawn = kept.withdrawn + excluded.withdrawn,
    stopped = kept.stopped + excluded.stopped,
    overdue_started = kept.overdue_started + excluded.overdue_started,
    overdue_ended = kept.overdue_ended + excluded.overdue_ended;

-- name: drop_zeros
-- purpose: remove rows of the mart that hold no step any more
-- grain: one row per row of the delta
-- parameters: none
DELETE FROM mart.dossier_flow AS f
USING dossier_flow_delta AS d
WHERE f.agency_id = d.agency_id AND f.day = d.day AND f.unit_id = d.unit_id
    AND f.procedure_id = d.procedure_id AND f.channel_id = d.channel_id
    AND f.service_level_id = d.service_level_id
    AND (f.submitted, f.received, f.resolved_early, f.resolved_ontime, f.resolved_late,
        f.withdrawn, f.stopped, f.overdue_started, f.overdue_ended)
    = (0, 0, 0, 0, 0, 0, 0, 0, 0);

-- name: clear_payments
-- purpose: take a day out of the payment mart
-- grain: one partition
-- parameters: agency_ids, day
DELETE FROM mart.payment_flow
WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s;

-- name: add_payments
-- purpose: put a day into the payment mart
-- grain: one partition
-- parameters: agency_ids, day
INSERT INTO mart.payment_flow
SELECT * FROM mart.payment_flow_rebuilt
WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s;

-- name: clear_documents
-- purpose: take a day out of the document mart
-- grain: one partition
-- parameters: agency_ids, day
DELETE FROM mart.document_flow
WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s;

-- name: add_documents
-- purpose: put a day into the document mart
-- grain: one partition
-- parameters: agency_ids, day
INSERT INTO mart.document_flow
SELECT * FROM mart.document_flow_rebuilt
WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s;
