-- name: mart
-- purpose: additive steps per day, maintained in the load transaction, and views with coverage
SET LOCAL ROLE hub_owner;
CREATE SCHEMA mart;

-- One row per (agency, unit, procedure, channel, level, day) with a step; 0 = not stated.
-- Every dossier contributes its steps by its last change alone (docs/warehouse.md):
--   submitted on the day of submission; all else only past statuses registered and refused;
--   received; resolved early / on time / late (against the due day; no due day = on time);
--   withdrawn, stopped; overdue_started the day after the due day while open; overdue_ended.
-- Pending at the end of D = sum(opened - closed), overdue = sum(overdue_started - overdue_ended)
-- over all days up to D.
CREATE TABLE mart.dossier_flow (
    agency_id integer NOT NULL,
    day date NOT NULL,
    unit_id integer NOT NULL,
    procedure_id integer NOT NULL,
    channel_id smallint NOT NULL,
    service_level_id smallint NOT NULL,
    submitted integer NOT NULL,
    received integer NOT NULL,
    resolved_early integer NOT NULL,
    resolved_ontime integer NOT NULL,
    resolved_late integer NOT NULL,
    withdrawn integer NOT NULL,
    stopped integer NOT NULL,
    overdue_started integer NOT NULL,
    overdue_ended integer NOT NULL,
    opened integer GENERATED ALWAYS AS (received) VIRTUAL,
    closed integer GENERATED ALWAYS AS (
        resolved_early + resolved_ontime + resolved_late + withdrawn + stopped
    ) VIRTUAL,
    PRIMARY KEY (agency_id, day, unit_id, procedure_id, channel_id, service_level_id)
) WITH (fillfactor = 90);

-- One row per (agency, day, unit, procedure, obligation, status, method, currency); 0 = not
-- stated. Steps of a day come from that day's partition alone, so a load replaces them whole.
CREATE TABLE mart.payment_flow (
    agency_id integer NOT NULL,
    day date NOT NULL,
    unit_id integer NOT NULL,
    procedure_id integer NOT NULL,
    obligation_kind_id smallint NOT NULL,
    status_id smallint NOT NULL,
    method_id smallint NOT NULL,
    currency_id smallint NOT NULL,
    payment_count integer NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    charge_minor bigint NOT NULL,
    PRIMARY KEY (
        agency_id, day, unit_id, procedure_id, obligation_kind_id, status_id, method_id, currency_id
    )
);

-- One row per (agency, day, own unit, direction, kind …); the own unit is the sender of what was
-- sent and the receiver of what was received; 0 = not stated.
CREATE TABLE mart.document_flow (
    agency_id integer NOT NULL,
    day date NOT NULL,
    unit_id integer NOT NULL,
    direction_id smallint NOT NULL,
    document_type_id smallint NOT NULL,
    business_type_id smallint NOT NULL,
    status_id smallint NOT NULL,
    priority_id smallint NOT NULL,
    movement_count integer NOT NULL,
    PRIMARY KEY (
        agency_id, day, unit_id, direction_id,
        document_type_id, business_type_id, status_id, priority_id
    )
);

-- One row per (agency, dossier): its last change.
CREATE VIEW mart.dossier_state WITH (security_invoker = true) AS
SELECT DISTINCT ON (a.agency_code, c.key)
    a.agency_code,
    c.*
FROM core.dossier_change AS c
JOIN core.dim_agency AS a ON a.agency_id = c.agency_id
ORDER BY a.agency_code ASC, c.key ASC, c.day DESC;

-- One row as mart.dossier_flow: the same figures from core from scratch, written down a second
-- time on purpose; the tests and `hub verify` hold the two against each other.
CREATE VIEW mart.dossier_flow_rebuilt WITH (security_invoker = true) AS
WITH stated AS (
    SELECT
        s.*,
        s.status_id IN (1, 3) AS is_outside,
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

CREATE VIEW mart.payment_flow_rebuilt WITH (security_invoker = true) AS
SELECT
    agency_id,
    day,
    coalesce(unit_id, 0) AS unit_id,
    coalesce(procedure_id, 0) AS procedure_id,
    coalesce(obligation_kind_id, 0::smallint) AS obligation_kind_id,
    status_id,
    coalesce(method_id, 0::smallint) AS method_id,
    currency_id,
    count(*)::integer AS payment_count,
    sum(amount_minor)::bigint AS amount_minor,
    coalesce(sum(fee_minor), 0)::bigint AS fee_minor,
    coalesce(sum(charge_minor), 0)::bigint AS charge_minor
FROM core.payment
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

CREATE VIEW mart.document_flow_rebuilt WITH (security_invoker = true) AS
SELECT
    agency_id,
    day,
    coalesce(CASE WHEN direction_id = 1 THEN sender_id ELSE receiver_id END, 0) AS unit_id,
    direction_id,
    coalesce(document_type_id, 0::smallint) AS document_type_id,
    coalesce(business_type_id, 0::smallint) AS business_type_id,
    coalesce(status_id, 0::smallint) AS status_id,
    coalesce(priority_id, 0::smallint) AS priority_id,
    count(*)::integer AS movement_count
FROM core.document_movement
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

-- One row per expected partition and per partition that was tried without being expected.
-- state: loaded, quarantine (loaded with quarantined rows), running, rejected, failed, missing
-- (due and never tried), not_due. A partition that shows a version keeps saying so while a newer
-- attempt fails; last_state tells of that attempt.
CREATE VIEW mart.partition_state WITH (security_invoker = true) AS
SELECT
    p.agency_code,
    p.feed,
    p.day,
    e.agency_code IS NOT NULL AS is_expected,
    e.due_at,
    CASE
        WHEN h.applied > 0 AND h.quarantined_count > 0 THEN 'quarantine'
        WHEN h.applied > 0 THEN 'loaded'
        WHEN r.state IS NOT NULL THEN r.state
        WHEN e.due_at > now() THEN 'not_due'
        ELSE 'missing'
    END AS state,
    coalesce(h.applied, 0) AS applied,
    coalesce(h.received_count, 0) AS received_count,
    coalesce(h.loaded_count, 0) AS loaded_count,
    coalesce(h.quarantined_count, 0) AS quarantined_count,
    coalesce(h.duplicate_count, 0) AS duplicate_count,
    h.applied_at,
    r.run_id AS last_run,
    r.state AS last_state,
    r.code AS last_code,
    r.message AS last_message
FROM (
    -- a union, so that a condition on the day reaches the index of each part
    SELECT agency_code, feed, day FROM ledger.expected
    UNION
    SELECT agency_code, feed, day FROM ledger.head
    UNION
    SELECT agency_code, feed, day FROM ledger.run
) AS p
LEFT JOIN ledger.expected AS e
    ON e.agency_code = p.agency_code AND e.feed = p.feed AND e.day = p.day
LEFT JOIN ledger.head AS h
    ON h.agency_code = p.agency_code AND h.feed = p.feed AND h.day = p.day
LEFT JOIN LATERAL (
    SELECT t.run_id, t.state, t.code, t.message FROM ledger.run AS t
    WHERE t.agency_code = p.agency_code AND t.feed = p.feed AND t.day = p.day
    ORDER BY t.run_id DESC
    LIMIT 1
) AS r ON true;

-- One row per (feed, agency, day) expected: whether it is behind the figures (1) or not (0).
CREATE VIEW mart.coverage_day WITH (security_invoker = true) AS
SELECT
    e.feed,
    e.agency_code,
    e.day,
    1 AS expected_count,
    (coalesce(h.applied, 0) > 0)::integer AS covered_count
FROM ledger.expected AS e
LEFT JOIN ledger.head AS h
    ON h.agency_code = e.agency_code AND h.feed = e.feed AND h.day = e.day;

-- Coverage of a feed over days, all agencies: the share of expected partitions behind a figure.
CREATE FUNCTION mart.coverage(of_feed text, from_day date, to_day date)
RETURNS TABLE (expected_count bigint, covered_count bigint, coverage_ratio numeric)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        count(*),
        coalesce(sum(c.covered_count), 0)::bigint,
        round(sum(c.covered_count) / nullif(count(*), 0)::numeric, 6)
    FROM mart.coverage_day AS c
    WHERE c.feed = of_feed AND c.day BETWEEN from_day AND to_day;
END;

-- One row per agency (as of the day) and day with steps: the figures and their coverage.
CREATE VIEW mart.dossier_day WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    f.day,
    sum(f.submitted)::bigint AS submitted,
    sum(f.received)::bigint AS received,
    sum(f.resolved_early)::bigint AS resolved_early,
    sum(f.resolved_ontime)::bigint AS resolved_ontime,
    sum(f.resolved_late)::bigint AS resolved_late,
    sum(f.withdrawn)::bigint AS withdrawn,
    sum(f.stopped)::bigint AS stopped,
    sum(f.opened - f.closed)::bigint AS pending_change,
    sum(f.overdue_started - f.overdue_ended)::bigint AS overdue_change,
    coalesce(max(c.expected_count), 0) AS expected_count,
    coalesce(max(c.covered_count), 0) AS covered_count
FROM mart.dossier_flow AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'dossiers' AND c.agency_code = a.agency_code AND c.day = f.day
GROUP BY a.agency_code, f.agency_id, f.day;
RESET ROLE;
