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

-- name: has_sums
-- purpose: tell whether the marts hold anything of an agency's dossiers, be it zeros
-- grain: one boolean
-- parameters: agency_ids
SELECT EXISTS (
    SELECT FROM mart.dossier_before WHERE agency_id = ANY(%(agency_ids)s) AND cut = 0
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
    overdue_ended integer,
    awaiting integer,
    awaiting_overdue integer
) ON COMMIT DELETE ROWS;

-- name: add_delta
-- purpose: add the steps to the mart
-- grain: one row per row of mart.dossier_flow
-- parameters: none
INSERT INTO mart.dossier_flow AS kept (
    agency_id, day, unit_id, procedure_id, channel_id, service_level_id,
    submitted, received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,
    overdue_started, overdue_ended, awaiting, awaiting_overdue
)
SELECT
    agency_id, day, unit_id, procedure_id, channel_id, service_level_id,
    submitted, received, resolved_early, resolved_ontime, resolved_late, withdrawn, stopped,
    overdue_started, overdue_ended, awaiting, awaiting_overdue
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
    overdue_ended = kept.overdue_ended + excluded.overdue_ended,
    awaiting = kept.awaiting + excluded.awaiting,
    awaiting_overdue = kept.awaiting_overdue + excluded.awaiting_overdue;

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

-- name: make_cut_delta
-- purpose: a session's own table of steps to add to the rollups
-- grain: one row per row of mart.dossier_cut that changes
-- parameters: none
CREATE TEMPORARY TABLE IF NOT EXISTS dossier_cut_delta (
    agency_id integer,
    day date,
    member_id integer,
    cut smallint,
    submitted integer,
    received integer,
    received_online integer,
    received_online_full integer,
    received_online_partial integer,
    received_direct integer,
    received_postal integer,
    resolved_early integer,
    resolved_ontime integer,
    resolved_late integer,
    withdrawn integer,
    stopped integer,
    overdue_started integer,
    overdue_ended integer,
    awaiting integer,
    awaiting_overdue integer
) ON COMMIT DELETE ROWS;

-- name: add_cut_delta
-- purpose: add the steps to the rollup by day
-- grain: one row per row of mart.dossier_cut
-- parameters: none
INSERT INTO mart.dossier_cut AS kept (
    agency_id, day, member_id, cut, submitted, received, received_online, received_online_full,
    received_online_partial, received_direct, received_postal, resolved_early, resolved_ontime,
    resolved_late, withdrawn, stopped, overdue_started, overdue_ended, awaiting, awaiting_overdue
)
SELECT
    agency_id, day, member_id, cut, submitted, received, received_online, received_online_full,
    received_online_partial, received_direct, received_postal, resolved_early, resolved_ontime,
    resolved_late, withdrawn, stopped, overdue_started, overdue_ended, awaiting, awaiting_overdue
FROM dossier_cut_delta
ON CONFLICT (agency_id, cut, day, member_id) DO UPDATE
SET
    submitted = kept.submitted + excluded.submitted,
    received = kept.received + excluded.received,
    received_online = kept.received_online + excluded.received_online,
    received_online_full = kept.received_online_full + excluded.received_online_full,
    received_online_partial = kept.received_online_partial + excluded.received_online_partial,
    received_direct = kept.received_direct + excluded.received_direct,
    received_postal = kept.received_postal + excluded.received_postal,
    resolved_early = kept.resolved_early + excluded.resolved_early,
    resolved_ontime = kept.resolved_ontime + excluded.resolved_ontime,
    resolved_late = kept.resolved_late + excluded.resolved_late,
    withdrawn = kept.withdrawn + excluded.withdrawn,
    stopped = kept.stopped + excluded.stopped,
    overdue_started = kept.overdue_started + excluded.overdue_started,
    overdue_ended = kept.overdue_ended + excluded.overdue_ended,
    awaiting = kept.awaiting + excluded.awaiting,
    awaiting_overdue = kept.awaiting_overdue + excluded.awaiting_overdue;

-- name: add_before_delta
-- purpose: add the steps to the sums before every later cut-off day that the agency has
-- grain: one row per row of mart.dossier_before
-- parameters: none
INSERT INTO mart.dossier_before AS kept (
    agency_id, day, member_id, cut, submitted, received, received_online, received_online_full,
    received_online_partial, received_direct, received_postal, resolved_early, resolved_ontime,
    resolved_late, withdrawn, stopped, overdue_started, overdue_ended, awaiting, awaiting_overdue
)
SELECT
    d.agency_id, h.day, d.member_id, d.cut,
    sum(d.submitted)::integer,
    sum(d.received)::integer,
    sum(d.received_online)::integer,
    sum(d.received_online_full)::integer,
    sum(d.received_online_partial)::integer,
    sum(d.received_direct)::integer,
    sum(d.received_postal)::integer,
    sum(d.resolved_early)::integer,
    sum(d.resolved_ontime)::integer,
    sum(d.resolved_late)::integer,
    sum(d.withdrawn)::integer,
    sum(d.stopped)::integer,
    sum(d.overdue_started)::integer,
    sum(d.overdue_ended)::integer,
    sum(d.awaiting)::integer,
    sum(d.awaiting_overdue)::integer
FROM dossier_cut_delta AS d
JOIN mart.dossier_before AS h
    ON h.agency_id = d.agency_id AND h.cut = 0 AND h.day > d.day
GROUP BY d.agency_id, h.day, d.member_id, d.cut
ON CONFLICT (agency_id, cut, day, member_id) DO UPDATE
SET
    submitted = kept.submitted + excluded.submitted,
    received = kept.received + excluded.received,
    received_online = kept.received_online + excluded.received_online,
    received_online_full = kept.received_online_full + excluded.received_online_full,
    received_online_partial = kept.received_online_partial + excluded.received_online_partial,
    received_direct = kept.received_direct + excluded.received_direct,
    received_postal = kept.received_postal + excluded.received_postal,
    resolved_early = kept.resolved_early + excluded.resolved_early,
    resolved_ontime = kept.resolved_ontime + excluded.resolved_ontime,
    resolved_late = kept.resolved_late + excluded.resolved_late,
    withdrawn = kept.withdrawn + excluded.withdrawn,
    stopped = kept.stopped + excluded.stopped,
    overdue_started = kept.overdue_started + excluded.overdue_started,
    overdue_ended = kept.overdue_ended + excluded.overdue_ended,
    awaiting = kept.awaiting + excluded.awaiting,
    awaiting_overdue = kept.awaiting_overdue + excluded.awaiting_overdue;

-- name: drop_zero_cuts
-- purpose: remove rows of the rollup by day that hold no step any more
-- grain: one row per row of the delta
-- parameters: none
DELETE FROM mart.dossier_cut AS c
USING dossier_cut_delta AS d
WHERE c.agency_id = d.agency_id AND c.cut = d.cut AND c.day = d.day
    AND c.member_id = d.member_id
    AND (c.submitted, c.received, c.resolved_early, c.resolved_ontime, c.resolved_late,
        c.withdrawn, c.stopped, c.overdue_started, c.overdue_ended)
    = (0, 0, 0, 0, 0, 0, 0, 0, 0);

-- name: drop_zero_befores
-- purpose: remove sums of units and procedures that hold no step any more
-- grain: one row per member of the delta and later cut-off day
-- parameters: none
DELETE FROM mart.dossier_before AS b
USING dossier_cut_delta AS d
WHERE b.agency_id = d.agency_id AND b.cut = d.cut AND b.cut > 0 AND b.day > d.day
    AND b.member_id = d.member_id
    AND (b.submitted, b.received, b.resolved_early, b.resolved_ontime, b.resolved_late,
        b.withdrawn, b.stopped, b.overdue_started, b.overdue_ended)
    = (0, 0, 0, 0, 0, 0, 0, 0, 0);

-- name: begin_cutoff
-- purpose: make the sums before the cut-off day of a loaded day, where they are not there yet:
--   those before the cut-off day known before it, and the days between
-- grain: one row per cut and member
-- parameters: agency_ids, day
WITH cutoff AS (
    SELECT
        a.agency_id,
        n.day,
        (
            SELECT max(b.day) FROM mart.dossier_before AS b
            WHERE b.agency_id = a.agency_id AND b.cut = 0 AND b.day < n.day
        ) AS known_day
    FROM core.dim_agency AS a
    CROSS JOIN LATERAL mart.cutoffs(%(day)s, a.valid_to) AS n (day)
    WHERE a.agency_id = ANY(%(agency_ids)s)
        AND %(day)s BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
        AND NOT EXISTS (
            SELECT FROM mart.dossier_before AS b
            WHERE b.agency_id = a.agency_id AND b.cut = 0 AND b.day = n.day
        )
),
part AS (
    SELECT
        h.agency_id, h.day, b.member_id, b.cut,
        b.submitted, b.received, b.received_online, b.received_online_full,
        b.received_online_partial, b.received_direct, b.received_postal, b.resolved_early,
        b.resolved_ontime, b.resolved_late, b.withdrawn, b.stopped, b.overdue_started,
        b.overdue_ended, b.awaiting, b.awaiting_overdue
    FROM cutoff AS h
    JOIN mart.dossier_before AS b ON b.agency_id = h.agency_id AND b.day = h.known_day
    UNION ALL
    SELECT
        h.agency_id, h.day, c.member_id, c.cut,
        c.submitted, c.received, c.received_online, c.received_online_full,
        c.received_online_partial, c.received_direct, c.received_postal, c.resolved_early,
        c.resolved_ontime, c.resolved_late, c.withdrawn, c.stopped, c.overdue_started,
        c.overdue_ended, c.awaiting, c.awaiting_overdue
    FROM cutoff AS h
    JOIN mart.dossier_cut AS c
        ON c.agency_id = h.agency_id AND c.day < h.day
        AND c.day >= coalesce(h.known_day, '-infinity')
    UNION ALL
    SELECT h.agency_id, h.day, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM cutoff AS h
)
INSERT INTO mart.dossier_before (
    agency_id, day, member_id, cut, submitted, received, received_online, received_online_full,
    received_online_partial, received_direct, received_postal, resolved_early, resolved_ontime,
    resolved_late, withdrawn, stopped, overdue_started, overdue_ended, awaiting, awaiting_overdue
)
SELECT
    agency_id, day, member_id, cut,
    sum(submitted)::integer,
    sum(received)::integer,
    sum(received_online)::integer,
    sum(received_online_full)::integer,
    sum(received_online_partial)::integer,
    sum(received_direct)::integer,
    sum(received_postal)::integer,
    sum(resolved_early)::integer,
    sum(resolved_ontime)::integer,
    sum(resolved_late)::integer,
    sum(withdrawn)::integer,
    sum(stopped)::integer,
    sum(overdue_started)::integer,
    sum(overdue_ended)::integer,
    sum(awaiting)::integer,
    sum(awaiting_overdue)::integer
FROM part
GROUP BY agency_id, day, member_id, cut
ORDER BY agency_id, day, cut, member_id; -- rows that are read together lie together

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

-- name: clear_fields
-- purpose: take an agency's fields out, unless the day is older than the catalogue they come from
-- grain: one row per procedure of the agency
-- parameters: agency, feed, day
DELETE FROM mart.procedure_field
WHERE agency_code = %(agency)s
    AND NOT EXISTS (
        SELECT FROM ledger.head
        WHERE agency_code = %(agency)s AND feed = %(feed)s AND day > %(day)s AND applied > 0
    );

-- name: add_fields
-- purpose: put the fields of an agency's catalogue in, unless a newer catalogue is shown
-- grain: one row per procedure of the agency
-- parameters: agency, feed, day, agency_ids
INSERT INTO mart.procedure_field (procedure_code, agency_code, field_code)
SELECT p.procedure_code, %(agency)s, min(l.field_code)
FROM core.catalogued_service AS s
JOIN core.dim_procedure AS p ON p.procedure_id = s.procedure_id
JOIN core.dim_field AS l ON l.field_id = s.field_id
WHERE s.agency_id = ANY(%(agency_ids)s) AND s.day = %(day)s
    AND NOT EXISTS (
        SELECT FROM ledger.head
        WHERE agency_code = %(agency)s AND feed = %(feed)s AND day > %(day)s AND applied > 0
    )
GROUP BY p.procedure_code;

-- name: begin_payment_cutoff
-- purpose: as begin_cutoff, of payments
-- grain: one row per cut and member
-- parameters: agency_ids, day
WITH cutoff AS (
    SELECT
        a.agency_id,
        n.day,
        (
            SELECT max(b.day) FROM mart.payment_before AS b
            WHERE b.agency_id = a.agency_id AND b.cut = 0 AND b.day < n.day
        ) AS known_day
    FROM core.dim_agency AS a
    CROSS JOIN LATERAL mart.cutoffs(%(day)s, a.valid_to) AS n (day)
    WHERE a.agency_id = ANY(%(agency_ids)s)
        AND %(day)s BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
        AND NOT EXISTS (
            SELECT FROM mart.payment_before AS b
            WHERE b.agency_id = a.agency_id AND b.cut = 0 AND b.day = n.day
        )
),
part AS (
    SELECT h.agency_id, h.day, b.member_id, b.cut, b.succeeded_count, b.online_count
    FROM cutoff AS h
    JOIN mart.payment_before AS b ON b.agency_id = h.agency_id AND b.day = h.known_day
    UNION ALL
    SELECT h.agency_id, h.day, c.member_id, c.cut, c.succeeded_count, c.online_count
    FROM cutoff AS h
    JOIN mart.payment_cut AS c
        ON c.agency_id = h.agency_id AND c.day < h.day
        AND c.day >= coalesce(h.known_day, '-infinity')
    UNION ALL
    SELECT h.agency_id, h.day, 0, 0, 0, 0
    FROM cutoff AS h
)
INSERT INTO mart.payment_before (
    agency_id, day, member_id, cut, succeeded_count, online_count
)
SELECT
    agency_id, day, member_id, cut, sum(succeeded_count)::integer, sum(online_count)::integer
FROM part
GROUP BY agency_id, day, member_id, cut
ORDER BY agency_id, day, cut, member_id; -- rows that are read together lie together

-- name: drop_payment_befores
-- purpose: remove sums of units and procedures that hold nothing but the day that is taken out
-- grain: one row per member of the day and later cut-off day
-- parameters: agency_ids, day
DELETE FROM mart.payment_before AS b
USING mart.payment_cut AS c
WHERE c.agency_id = ANY(%(agency_ids)s) AND c.day = %(day)s AND c.cut > 0
    AND b.agency_id = c.agency_id AND b.cut = c.cut AND b.member_id = c.member_id
    AND b.day > c.day AND b.succeeded_count = c.succeeded_count;

-- name: take_payment_befores
-- purpose: take a day's payments out of the sums before every later cut-off day
-- grain: one row per member of the day and later cut-off day
-- parameters: agency_ids, day
UPDATE mart.payment_before AS b
SET
    succeeded_count = b.succeeded_count - c.succeeded_count,
    online_count = b.online_count - c.online_count
FROM mart.payment_cut AS c
WHERE c.agency_id = ANY(%(agency_ids)s) AND c.day = %(day)s
    AND b.agency_id = c.agency_id AND b.cut = c.cut AND b.member_id = c.member_id
    AND b.day > c.day;

-- name: clear_payment_cut
-- purpose: take a day out of the rollup of payments
-- grain: one partition
-- parameters: agency_ids, day
DELETE FROM mart.payment_cut
WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s;

-- name: add_payment_cut
-- purpose: put a day into the rollup of payments and into the sums before later cut-off days
-- grain: one partition
-- parameters: agency_ids, day
WITH put AS (
    INSERT INTO mart.payment_cut (
        agency_id, day, member_id, cut, succeeded_count, online_count
    )
    SELECT agency_id, day, member_id, cut, succeeded_count, online_count
    FROM mart.payment_cut_rebuilt
    WHERE agency_id = ANY(%(agency_ids)s) AND day = %(day)s
    RETURNING *
)
INSERT INTO mart.payment_before AS kept (
    agency_id, day, member_id, cut, succeeded_count, online_count
)
SELECT p.agency_id, h.day, p.member_id, p.cut, p.succeeded_count, p.online_count
FROM put AS p
JOIN mart.payment_before AS h ON h.agency_id = p.agency_id AND h.cut = 0 AND h.day > p.day
ON CONFLICT (agency_id, cut, day, member_id) DO UPDATE
SET
    succeeded_count = kept.succeeded_count + excluded.succeeded_count,
    online_count = kept.online_count + excluded.online_count;
