-- name: rollup
-- purpose: sums of mart.dossier_flow cut one way, by day and from the first day on, so that any
--   page and form reads few rows (docs/adr/0010-sums-before-a-day.md)
SET LOCAL ROLE hub_owner;

-- Dossiers whose last change says that the applicant owes documents (status 5): from the day they
-- were received on, and from the day after their due day on. The hub counts them as open.
ALTER TABLE mart.dossier_flow
ADD COLUMN awaiting integer NOT NULL DEFAULT 0,
ADD COLUMN awaiting_overdue integer NOT NULL DEFAULT 0;
ALTER TABLE mart.dossier_flow ALTER COLUMN awaiting DROP DEFAULT,
ALTER COLUMN awaiting_overdue DROP DEFAULT;

-- As in 0011, with the two measures.
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
        UNION ALL
        SELECT d.opened_on, 'awaiting' WHERE d.status_id = 5
        UNION ALL
        SELECT greatest(d.due_on + 1, d.opened_on), 'awaiting_overdue'
        WHERE d.status_id = 5 AND d.due_on IS NOT NULL
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
    count(*) FILTER (WHERE measure = 'overdue_ended')::integer AS overdue_ended,
    count(*) FILTER (WHERE measure = 'awaiting')::integer AS awaiting,
    count(*) FILTER (WHERE measure = 'awaiting_overdue')::integer AS awaiting_overdue
FROM steps
GROUP BY 1, 2, 3, 4, 5, 6;

WITH told AS (
    SELECT a.agency_code, c.*, coalesce(c.received_on, c.submitted_on, c.day) AS opened_on
    FROM core.dossier_change AS c
    JOIN core.dim_agency AS a ON a.agency_id = c.agency_id
    WHERE c.status_id = 5
),
waiting AS (
    SELECT t.* FROM told AS t
    WHERE NOT EXISTS (
        SELECT FROM core.dossier_change AS later
        JOIN core.dim_agency AS a ON a.agency_id = later.agency_id
        WHERE a.agency_code = t.agency_code AND later.key = t.key AND later.day > t.day
    )
),
step AS (
    SELECT w.*, w.opened_on AS on_day, 1 AS awaiting, 0 AS awaiting_overdue FROM waiting AS w
    UNION ALL
    SELECT w.*, greatest(w.due_on + 1, w.opened_on), 0, 1 FROM waiting AS w
    WHERE w.due_on IS NOT NULL
),
summed AS (
    SELECT
        agency_id,
        on_day,
        coalesce(unit_id, 0) AS unit_id,
        coalesce(procedure_id, 0) AS procedure_id,
        coalesce(channel_id, 0) AS channel_id,
        coalesce(service_level_id, 0) AS service_level_id,
        sum(awaiting) AS awaiting,
        sum(awaiting_overdue) AS awaiting_overdue
    FROM step
    GROUP BY 1, 2, 3, 4, 5, 6
)
UPDATE mart.dossier_flow AS f
SET awaiting = s.awaiting, awaiting_overdue = s.awaiting_overdue
FROM summed AS s
WHERE f.agency_id = s.agency_id AND f.day = s.on_day AND f.unit_id = s.unit_id
    AND f.procedure_id = s.procedure_id AND f.channel_id = s.channel_id
    AND f.service_level_id = s.service_level_id;

-- One row per (agency, cut, member, day) with a step: the steps of mart.dossier_flow, cut one way
-- only, with channel and level told by measures instead of rows. cut 0: the agency, member 0;
-- 1: units (core.dim_unit); 2: procedures (core.dim_procedure); member 0 = not stated.
CREATE TABLE mart.dossier_cut (
    agency_id integer NOT NULL,
    day date NOT NULL,
    member_id integer NOT NULL,
    cut smallint NOT NULL,
    submitted integer NOT NULL,
    received integer NOT NULL,
    received_online integer NOT NULL,
    received_online_full integer NOT NULL,
    received_online_partial integer NOT NULL,
    received_direct integer NOT NULL,
    received_postal integer NOT NULL,
    resolved_early integer NOT NULL,
    resolved_ontime integer NOT NULL,
    resolved_late integer NOT NULL,
    withdrawn integer NOT NULL,
    stopped integer NOT NULL,
    overdue_started integer NOT NULL,
    overdue_ended integer NOT NULL,
    awaiting integer NOT NULL,
    awaiting_overdue integer NOT NULL,
    opened integer GENERATED ALWAYS AS (received) VIRTUAL,
    closed integer GENERATED ALWAYS AS (
        resolved_early + resolved_ontime + resolved_late + withdrawn + stopped
    ) VIRTUAL,
    PRIMARY KEY (agency_id, cut, day, member_id)
) WITH (fillfactor = 90);
CREATE INDEX dossier_cut_day ON mart.dossier_cut (day) WHERE cut = 0;

-- One row per (agency, cut, member) and cut-off day: the sums of mart.dossier_cut over all days
-- before that day. Cut-off days are the 1st, 8th, 15th and 22nd of every month: both calendars cut
-- their periods on the 1st or the 15th, and from any day it is at most ten days to the last one.
-- A cut-off day has its rows as soon as a day up to the next one was loaded; so have two after the
-- end of an agency's version. The row of cut 0 is there even where all is 0.
CREATE TABLE mart.dossier_before (
    agency_id integer NOT NULL,
    day date NOT NULL,
    member_id integer NOT NULL,
    cut smallint NOT NULL,
    submitted integer NOT NULL,
    received integer NOT NULL,
    received_online integer NOT NULL,
    received_online_full integer NOT NULL,
    received_online_partial integer NOT NULL,
    received_direct integer NOT NULL,
    received_postal integer NOT NULL,
    resolved_early integer NOT NULL,
    resolved_ontime integer NOT NULL,
    resolved_late integer NOT NULL,
    withdrawn integer NOT NULL,
    stopped integer NOT NULL,
    overdue_started integer NOT NULL,
    overdue_ended integer NOT NULL,
    awaiting integer NOT NULL,
    awaiting_overdue integer NOT NULL,
    opened integer GENERATED ALWAYS AS (received) VIRTUAL,
    closed integer GENERATED ALWAYS AS (
        resolved_early + resolved_ontime + resolved_late + withdrawn + stopped
    ) VIRTUAL,
    PRIMARY KEY (agency_id, cut, day, member_id)
) WITH (fillfactor = 90);

CREATE INDEX dossier_before_open ON mart.dossier_before (agency_id, cut, day)
WHERE received <> resolved_early + resolved_ontime + resolved_late + withdrawn + stopped;

-- The last cut-off day up to a day.
CREATE FUNCTION mart.cutoff(some_day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN some_day - CASE
    WHEN extract(DAY FROM some_day) >= 22 THEN extract(DAY FROM some_day)::integer - 22
    ELSE (extract(DAY FROM some_day)::integer - 1) % 7
END;

-- The cut-off days whose sums a loaded day asks for: the last one up to it; and when an agency's
-- version ends before the next one, that one, and one a hundred days on, when what was open then
-- is overdue, too.
CREATE FUNCTION mart.cutoffs(some_day date, valid_to date) RETURNS SETOF date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT mart.cutoff(some_day)
    UNION ALL
    SELECT mart.cutoff(later.day)
    FROM (VALUES (mart.cutoff(valid_to) + 10), (valid_to + 100)) AS later (day)
    WHERE mart.cutoff(valid_to) = mart.cutoff(some_day);
END;

-- One row as mart.dossier_cut: the same from mart.dossier_flow from scratch; `hub verify` compares.
CREATE VIEW mart.dossier_cut_rebuilt WITH (security_invoker = true) AS
SELECT
    f.agency_id,
    f.day,
    m.member_id,
    m.cut,
    sum(f.submitted)::integer AS submitted,
    sum(f.received)::integer AS received,
    coalesce(sum(f.received) FILTER (WHERE f.channel_id = 2), 0)::integer AS received_online,
    coalesce(sum(f.received) FILTER (
        WHERE f.channel_id = 2 AND f.service_level_id IN (4, 5)
    ), 0)::integer AS received_online_full,
    coalesce(sum(f.received) FILTER (
        WHERE f.channel_id = 2 AND f.service_level_id IN (3, 6)
    ), 0)::integer AS received_online_partial,
    coalesce(sum(f.received) FILTER (WHERE f.channel_id = 1), 0)::integer AS received_direct,
    coalesce(sum(f.received) FILTER (WHERE f.channel_id = 3), 0)::integer AS received_postal,
    sum(f.resolved_early)::integer AS resolved_early,
    sum(f.resolved_ontime)::integer AS resolved_ontime,
    sum(f.resolved_late)::integer AS resolved_late,
    sum(f.withdrawn)::integer AS withdrawn,
    sum(f.stopped)::integer AS stopped,
    sum(f.overdue_started)::integer AS overdue_started,
    sum(f.overdue_ended)::integer AS overdue_ended,
    sum(f.awaiting)::integer AS awaiting,
    sum(f.awaiting_overdue)::integer AS awaiting_overdue
FROM mart.dossier_flow AS f
CROSS JOIN LATERAL (
    VALUES (0::smallint, 0), (1::smallint, f.unit_id), (2::smallint, f.procedure_id)
) AS m (cut, member_id)
GROUP BY f.agency_id, f.day, m.member_id, m.cut
HAVING (sum(f.submitted), sum(f.received), sum(f.resolved_early), sum(f.resolved_ontime),
    sum(f.resolved_late), sum(f.withdrawn), sum(f.stopped), sum(f.overdue_started),
    sum(f.overdue_ended)) <> (0, 0, 0, 0, 0, 0, 0, 0, 0);

-- One row as mart.dossier_before: the same from mart.dossier_cut and the ledger from scratch.
CREATE VIEW mart.dossier_before_rebuilt WITH (security_invoker = true) AS
WITH cutoff AS (
    SELECT DISTINCT a.agency_id, n.day
    FROM ledger.head AS h
    JOIN core.dim_agency AS a
        ON a.agency_code = h.agency_code
        AND h.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    CROSS JOIN LATERAL mart.cutoffs(h.day, a.valid_to) AS n (day)
    WHERE h.feed = 'dossiers' AND h.applied > 0
),
summed AS (
    SELECT
        c.agency_id,
        c.cut,
        c.member_id,
        mart.cutoff(c.day) AS cutoff_day,
        sum(c.submitted) AS submitted,
        sum(c.received) AS received,
        sum(c.received_online) AS received_online,
        sum(c.received_online_full) AS received_online_full,
        sum(c.received_online_partial) AS received_online_partial,
        sum(c.received_direct) AS received_direct,
        sum(c.received_postal) AS received_postal,
        sum(c.resolved_early) AS resolved_early,
        sum(c.resolved_ontime) AS resolved_ontime,
        sum(c.resolved_late) AS resolved_late,
        sum(c.withdrawn) AS withdrawn,
        sum(c.stopped) AS stopped,
        sum(c.overdue_started) AS overdue_started,
        sum(c.overdue_ended) AS overdue_ended,
        sum(c.awaiting) AS awaiting,
        sum(c.awaiting_overdue) AS awaiting_overdue
    FROM mart.dossier_cut AS c
    GROUP BY 1, 2, 3, 4
)
SELECT
    h.agency_id,
    h.day,
    coalesce(s.member_id, 0) AS member_id,
    coalesce(s.cut, 0::smallint) AS cut,
    coalesce(sum(s.submitted), 0)::integer AS submitted,
    coalesce(sum(s.received), 0)::integer AS received,
    coalesce(sum(s.received_online), 0)::integer AS received_online,
    coalesce(sum(s.received_online_full), 0)::integer AS received_online_full,
    coalesce(sum(s.received_online_partial), 0)::integer AS received_online_partial,
    coalesce(sum(s.received_direct), 0)::integer AS received_direct,
    coalesce(sum(s.received_postal), 0)::integer AS received_postal,
    coalesce(sum(s.resolved_early), 0)::integer AS resolved_early,
    coalesce(sum(s.resolved_ontime), 0)::integer AS resolved_ontime,
    coalesce(sum(s.resolved_late), 0)::integer AS resolved_late,
    coalesce(sum(s.withdrawn), 0)::integer AS withdrawn,
    coalesce(sum(s.stopped), 0)::integer AS stopped,
    coalesce(sum(s.overdue_started), 0)::integer AS overdue_started,
    coalesce(sum(s.overdue_ended), 0)::integer AS overdue_ended,
    coalesce(sum(s.awaiting), 0)::integer AS awaiting,
    coalesce(sum(s.awaiting_overdue), 0)::integer AS awaiting_overdue
FROM cutoff AS h
LEFT JOIN summed AS s ON s.agency_id = h.agency_id AND s.cutoff_day < h.day
GROUP BY 1, 2, 3, 4;

-- Written into a statement, the map is planned anew with it every time, which costs more than
-- working it out. As a function of its own its plan is kept for the session.
ALTER FUNCTION mart.map_on(date) SET search_path = pg_catalog ROWS 160;

-- Counters of dossiers over days first_day..last_day, both included, cut one way (of_cut: 0 agency,
-- 1 unit, 2 procedure), on the map of a day (NULL = as reported), of one agency on that map or of
-- all (NULL). Rows are to be summed up: of a version and member there may be one for what
-- lies between cut-off days, and one for the days at the period's ends. Counters are integers: sums of
-- integers are twice as fast as sums of bigints.
CREATE FUNCTION mart.dossier_sums(
    first_day date, last_day date, on_day date, of_cut integer, of_agency text
)
RETURNS TABLE (
    agency_id integer,
    map_code text,
    mark text,
    member_id integer,
    submitted integer,
    received_online integer,
    received_online_full integer,
    received_online_partial integer,
    received_direct integer,
    received_postal integer,
    received integer,
    carried_over integer,
    resolved_early integer,
    resolved_ontime integer,
    resolved_late integer,
    withdrawn integer,
    stopped integer,
    pending integer,
    pending_late integer,
    awaiting integer,
    awaiting_late integer
)
LANGUAGE sql STABLE ROWS 20000 SET search_path = pg_catalog SET work_mem = '64MB'
BEGIN ATOMIC
    WITH version AS MATERIALIZED (
        SELECT
            m.agency_id,
            m.map_code,
            m.mark,
            coalesce((
                SELECT max(b.day) FROM mart.dossier_before AS b
                WHERE b.agency_id = m.agency_id AND b.cut = 0 AND b.day <= first_day
            ), '-infinity') AS first_cutoff,
            coalesce((
                SELECT max(b.day) FROM mart.dossier_before AS b
                WHERE b.agency_id = m.agency_id AND b.cut = 0 AND b.day <= last_day + 1
            ), '-infinity') AS last_cutoff
        FROM mart.map_on(on_day) AS m
        WHERE of_agency IS NULL OR m.map_code = of_agency
    ),
    -- between cut-off days: all before the last one, less all before the first one. Sums only grow,
    -- so whoever stands before the first stands before the last, too
    whole AS (
        SELECT
            v.agency_id, v.map_code, v.mark, l.member_id,
            l.submitted - coalesce(f.submitted, 0) AS submitted,
            l.received_online - coalesce(f.received_online, 0) AS received_online,
            l.received_online_full - coalesce(f.received_online_full, 0) AS received_online_full,
            l.received_online_partial - coalesce(f.received_online_partial, 0) AS received_online_partial,
            l.received_direct - coalesce(f.received_direct, 0) AS received_direct,
            l.received_postal - coalesce(f.received_postal, 0) AS received_postal,
            l.received - coalesce(f.received, 0) AS received,
            l.resolved_early - coalesce(f.resolved_early, 0) AS resolved_early,
            l.resolved_ontime - coalesce(f.resolved_ontime, 0) AS resolved_ontime,
            l.resolved_late - coalesce(f.resolved_late, 0) AS resolved_late,
            l.withdrawn - coalesce(f.withdrawn, 0) AS withdrawn,
            l.stopped - coalesce(f.stopped, 0) AS stopped,
            coalesce(f.received - f.closed, 0) AS carried_over,
            l.received - l.closed AS pending,
            l.overdue_started - l.overdue_ended AS pending_late,
            l.awaiting, l.awaiting_overdue
        FROM version AS v
        JOIN mart.dossier_before AS l
            ON l.agency_id = v.agency_id AND l.cut = of_cut AND l.day = v.last_cutoff
        LEFT JOIN mart.dossier_before AS f
            ON f.agency_id = v.agency_id AND f.cut = of_cut AND f.day = v.first_cutoff
            AND f.member_id = l.member_id
        WHERE v.first_cutoff < v.last_cutoff
        UNION ALL -- no cut-off day lies between: only what is open counts
        SELECT
            v.agency_id, v.map_code, v.mark, l.member_id,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            l.received - l.closed, l.received - l.closed, l.overdue_started - l.overdue_ended,
            l.awaiting, l.awaiting_overdue
        FROM version AS v
        JOIN mart.dossier_before AS l
            ON l.agency_id = v.agency_id AND l.cut = of_cut AND l.day = v.last_cutoff
        WHERE v.first_cutoff = v.last_cutoff
            AND l.received
            <> l.resolved_early + l.resolved_ontime + l.resolved_late + l.withdrawn + l.stopped
    ),
    day AS (
        SELECT v.agency_id, v.map_code, v.mark, edge.sign, d.*
        FROM version AS v
        CROSS JOIN LATERAL (
            VALUES (-1, v.first_cutoff, first_day), (1, v.last_cutoff, last_day + 1)
        ) AS edge (sign, cutoff_day, until_day)
        CROSS JOIN LATERAL (
            SELECT
                c.submitted,
                c.received,
                c.received_online,
                c.received_online_full,
                c.received_online_partial,
                c.received_direct,
                c.received_postal,
                c.resolved_early,
                c.resolved_ontime,
                c.resolved_late,
                c.withdrawn,
                c.stopped,
                c.overdue_started,
                c.overdue_ended,
                c.awaiting,
                c.awaiting_overdue,
                c.member_id, c.closed
            FROM mart.dossier_cut AS c
            WHERE c.agency_id = v.agency_id AND c.cut = of_cut
                AND c.day >= edge.cutoff_day AND c.day < edge.until_day
            OFFSET 0 -- few days of each agency: never a scan of all days
        ) AS d
    ),
    rest AS (
        SELECT
            d.agency_id, d.map_code, d.mark, d.member_id,
            sum(d.sign * d.submitted) AS submitted,
            sum(d.sign * d.received_online) AS received_online,
            sum(d.sign * d.received_online_full) AS received_online_full,
            sum(d.sign * d.received_online_partial) AS received_online_partial,
            sum(d.sign * d.received_direct) AS received_direct,
            sum(d.sign * d.received_postal) AS received_postal,
            sum(d.sign * d.received) AS received,
            sum(d.sign * d.resolved_early) AS resolved_early,
            sum(d.sign * d.resolved_ontime) AS resolved_ontime,
            sum(d.sign * d.resolved_late) AS resolved_late,
            sum(d.sign * d.withdrawn) AS withdrawn,
            sum(d.sign * d.stopped) AS stopped,
            sum(d.received - d.closed) FILTER (WHERE d.sign = -1) AS carried_over,
            sum(d.received - d.closed) FILTER (WHERE d.sign = 1) AS pending,
            sum(d.overdue_started - d.overdue_ended) FILTER (WHERE d.sign = 1) AS pending_late,
            sum(d.awaiting) FILTER (WHERE d.sign = 1) AS awaiting,
            sum(d.awaiting_overdue) FILTER (WHERE d.sign = 1) AS awaiting_overdue
        FROM day AS d
        GROUP BY d.agency_id, d.map_code, d.mark, d.member_id
    )
    SELECT w.agency_id, w.map_code, w.mark, w.member_id,
        w.submitted::integer,
        w.received_online::integer,
        w.received_online_full::integer,
        w.received_online_partial::integer,
        w.received_direct::integer,
        w.received_postal::integer,
        w.received::integer,
        w.carried_over::integer,
        w.resolved_early::integer,
        w.resolved_ontime::integer,
        w.resolved_late::integer,
        w.withdrawn::integer,
        w.stopped::integer,
        w.pending::integer, w.pending_late::integer, w.awaiting::integer, w.awaiting_overdue::integer
    FROM whole AS w
    UNION ALL
    SELECT r.agency_id, r.map_code, r.mark, r.member_id,
        r.submitted::integer,
        r.received_online::integer,
        r.received_online_full::integer,
        r.received_online_partial::integer,
        r.received_direct::integer,
        r.received_postal::integer,
        r.received::integer,
        coalesce(r.carried_over, 0)::integer,
        r.resolved_early::integer,
        r.resolved_ontime::integer,
        r.resolved_late::integer,
        r.withdrawn::integer,
        r.stopped::integer,
        coalesce(r.pending, 0)::integer, coalesce(r.pending_late, 0)::integer,
        coalesce(r.awaiting, 0)::integer, coalesce(r.awaiting_overdue, 0)::integer
    FROM rest AS r;
END;

-- Succeeded payments, cut as dossiers are: all, and those made online.
CREATE TABLE mart.payment_cut (
    agency_id integer NOT NULL,
    day date NOT NULL,
    member_id integer NOT NULL,
    cut smallint NOT NULL,
    succeeded_count integer NOT NULL,
    online_count integer NOT NULL,
    PRIMARY KEY (agency_id, cut, day, member_id)
);
CREATE INDEX payment_cut_day ON mart.payment_cut (day) WHERE cut = 0;

-- One row per (agency, cut, member) and cut-off day, as in mart.dossier_before.
CREATE TABLE mart.payment_before (
    agency_id integer NOT NULL,
    day date NOT NULL,
    member_id integer NOT NULL,
    cut smallint NOT NULL,
    succeeded_count integer NOT NULL,
    online_count integer NOT NULL,
    PRIMARY KEY (agency_id, cut, day, member_id)
) WITH (fillfactor = 90);

-- One row as mart.payment_cut: the same from mart.payment_flow; loads fill the table from it.
CREATE VIEW mart.payment_cut_rebuilt WITH (security_invoker = true) AS
SELECT
    f.agency_id,
    f.day,
    m.member_id,
    m.cut,
    sum(f.payment_count)::integer AS succeeded_count,
    coalesce(sum(f.payment_count) FILTER (WHERE f.method_id = 1), 0)::integer AS online_count
FROM mart.payment_flow AS f
CROSS JOIN LATERAL (
    VALUES (0::smallint, 0), (1::smallint, f.unit_id), (2::smallint, f.procedure_id)
) AS m (cut, member_id)
WHERE f.status_id = 2
GROUP BY f.agency_id, f.day, m.member_id, m.cut;

-- One row as mart.payment_before: the same from mart.payment_cut and the ledger from scratch.
CREATE VIEW mart.payment_before_rebuilt WITH (security_invoker = true) AS
WITH cutoff AS (
    SELECT DISTINCT a.agency_id, n.day
    FROM ledger.head AS h
    JOIN core.dim_agency AS a
        ON a.agency_code = h.agency_code
        AND h.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    CROSS JOIN LATERAL mart.cutoffs(h.day, a.valid_to) AS n (day)
    WHERE h.feed = 'payments' AND h.applied > 0
),
summed AS (
    SELECT
        c.agency_id,
        c.cut,
        c.member_id,
        mart.cutoff(c.day) AS cutoff_day,
        sum(c.succeeded_count) AS succeeded_count,
        sum(c.online_count) AS online_count
    FROM mart.payment_cut AS c
    GROUP BY 1, 2, 3, 4
)
SELECT
    h.agency_id,
    h.day,
    coalesce(s.member_id, 0) AS member_id,
    coalesce(s.cut, 0::smallint) AS cut,
    coalesce(sum(s.succeeded_count), 0)::integer AS succeeded_count,
    coalesce(sum(s.online_count), 0)::integer AS online_count
FROM cutoff AS h
LEFT JOIN summed AS s ON s.agency_id = h.agency_id AND s.cutoff_day < h.day
GROUP BY 1, 2, 3, 4;

-- Succeeded payments of days first_day..last_day, as mart.dossier_sums.
CREATE FUNCTION mart.payment_sums(
    first_day date, last_day date, on_day date, of_cut integer, of_agency text
)
RETURNS TABLE (
    agency_id integer,
    map_code text,
    mark text,
    member_id integer,
    succeeded_count bigint,
    online_count bigint
)
LANGUAGE sql STABLE ROWS 1000 SET search_path = pg_catalog
BEGIN ATOMIC
    WITH map AS MATERIALIZED (
        SELECT
            m.agency_id,
            m.map_code,
            m.mark,
            edge.sign,
            edge.day,
            coalesce((
                SELECT max(b.day) FROM mart.payment_before AS b
                WHERE b.agency_id = m.agency_id AND b.cut = 0 AND b.day <= edge.day
            ), '-infinity') AS cutoff_day
        FROM mart.map_on(on_day) AS m
        CROSS JOIN (VALUES (-1, first_day), (1, last_day + 1)) AS edge (sign, day)
        WHERE of_agency IS NULL OR m.map_code = of_agency
    ),
    paid AS (
        SELECT m.agency_id, m.map_code, m.mark, m.sign, b.member_id, b.succeeded_count, b.online_count
        FROM map AS m
        JOIN mart.payment_before AS b
            ON b.agency_id = m.agency_id AND b.cut = of_cut AND b.day = m.cutoff_day
        UNION ALL
        SELECT m.agency_id, m.map_code, m.mark, m.sign, c.member_id, c.succeeded_count, c.online_count
        FROM map AS m
        CROSS JOIN LATERAL (
            SELECT * FROM mart.payment_cut AS d
            WHERE d.agency_id = m.agency_id AND d.cut = of_cut
                AND d.day >= m.cutoff_day AND d.day < m.day
            OFFSET 0 -- as in mart.dossier_sums
        ) AS c
    )
    SELECT
        p.agency_id,
        p.map_code,
        p.mark,
        p.member_id,
        sum(p.sign * p.succeeded_count)::bigint,
        sum(p.sign * p.online_count)::bigint
    FROM paid AS p
    GROUP BY p.agency_id, p.map_code, p.mark, p.member_id
    HAVING sum(p.sign * p.succeeded_count) <> 0;
END;

-- One row per (national procedure, agency): its field in the newest catalogue that the agency gave.
CREATE TABLE mart.procedure_field (
    procedure_code text COLLATE "C" NOT NULL,
    agency_code text COLLATE "C" NOT NULL,
    field_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (procedure_code, agency_code)
);
CREATE INDEX procedure_field_agency ON mart.procedure_field (agency_code);

-- One row per national procedure: its field, as the first agency by code that exists today has it.
CREATE VIEW mart.field_of_procedure WITH (security_invoker = true) AS
SELECT DISTINCT ON (f.procedure_code) f.procedure_code, f.field_code
FROM mart.procedure_field AS f
JOIN core.dim_agency AS a
    ON a.agency_code = f.agency_code
    AND current_date BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
ORDER BY f.procedure_code, f.agency_code;

-- One row as mart.procedure_field: the same from core from scratch; `hub verify` compares.
CREATE VIEW mart.procedure_field_rebuilt WITH (security_invoker = true) AS
SELECT p.procedure_code, n.agency_code, min(l.field_code) AS field_code
FROM mart.newest_shown('service_catalogue', '0001-01-01', '9999-12-31') AS n
JOIN core.dim_agency AS a ON a.agency_code = n.agency_code
JOIN core.catalogued_service AS s ON s.agency_id = a.agency_id AND s.day = n.day
JOIN core.dim_procedure AS p ON p.procedure_id = s.procedure_id
JOIN core.dim_field AS l ON l.field_id = s.field_id
GROUP BY 1, 2;

-- As in 0004, written so that the index of what is shown suffices.
CREATE OR REPLACE VIEW mart.coverage_day WITH (security_invoker = true) AS
SELECT
    e.feed,
    e.agency_code,
    e.day,
    1 AS expected_count,
    (h.day IS NOT NULL)::integer AS covered_count
FROM ledger.expected AS e
LEFT JOIN ledger.head AS h
    ON h.agency_code = e.agency_code AND h.feed = e.feed AND h.day = e.day AND h.applied > 0;

-- mart.dossier_day as in 0004, read from the cut by agency.
CREATE OR REPLACE VIEW mart.dossier_day WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    f.day,
    f.submitted::bigint AS submitted,
    f.received::bigint AS received,
    f.resolved_early::bigint AS resolved_early,
    f.resolved_ontime::bigint AS resolved_ontime,
    f.resolved_late::bigint AS resolved_late,
    f.withdrawn::bigint AS withdrawn,
    f.stopped::bigint AS stopped,
    (f.opened - f.closed)::bigint AS pending_change,
    (f.overdue_started - f.overdue_ended)::bigint AS overdue_change,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM mart.dossier_cut AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'dossiers' AND c.agency_code = a.agency_code AND c.day = f.day
WHERE f.cut = 0;

INSERT INTO mart.dossier_cut SELECT * FROM mart.dossier_cut_rebuilt
ORDER BY agency_id, day, cut, member_id; -- as loads write them: a day's rows lie together
INSERT INTO mart.dossier_before SELECT * FROM mart.dossier_before_rebuilt
ORDER BY agency_id, day, cut, member_id;
INSERT INTO mart.payment_cut SELECT * FROM mart.payment_cut_rebuilt
ORDER BY agency_id, day, cut, member_id;
INSERT INTO mart.payment_before SELECT * FROM mart.payment_before_rebuilt
ORDER BY agency_id, day, cut, member_id;
INSERT INTO mart.procedure_field SELECT * FROM mart.procedure_field_rebuilt;
ANALYZE mart.dossier_cut, mart.dossier_before, mart.payment_cut, mart.payment_before,
mart.procedure_field;

-- Coverage is counted from the two indexes alone: what is owed, and what of it is shown.
CREATE INDEX head_shown ON ledger.head (feed, agency_code, day) WHERE applied > 0;
CREATE INDEX expected_feed ON ledger.expected (feed, agency_code, day);

GRANT SELECT ON mart.dossier_cut, mart.dossier_before, mart.payment_cut, mart.payment_before,
mart.procedure_field, mart.field_of_procedure TO hub_loader, hub_operator, hub_auditor, hub_dashboard;
GRANT SELECT ON mart.dossier_cut_rebuilt, mart.dossier_before_rebuilt, mart.payment_cut_rebuilt,
mart.payment_before_rebuilt, mart.procedure_field_rebuilt
TO hub_loader, hub_operator, hub_auditor;
GRANT INSERT, UPDATE, DELETE ON mart.dossier_cut, mart.dossier_before, mart.payment_cut,
mart.payment_before, mart.procedure_field TO hub_loader;
RESET ROLE;
