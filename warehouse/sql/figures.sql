-- Statements that read figures; every figure stands in one row with its coverage.

-- name: matrix
-- purpose: the state of every expected or tried partition of some days
-- grain: one row per agency, feed and day
-- parameters: first_day, last_day, feed (NULL = all), agency (NULL = all)
SELECT
    agency_code, feed, day, state, is_expected, applied, received_count, loaded_count,
    quarantined_count, duplicate_count, last_run, last_state, last_code, last_message
FROM mart.partition_state
WHERE day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(feed)s::text IS NULL OR feed = %(feed)s)
    AND (%(agency)s::text IS NULL OR agency_code = %(agency)s)
ORDER BY agency_code, feed, day;

-- name: coverage
-- purpose: the share of expected partitions behind the figures of a period
-- grain: one row per feed
-- parameters: first_day, last_day
SELECT feed, count(*), sum(covered_count)::bigint
FROM mart.coverage_day
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY feed
ORDER BY feed;

-- name: runs
-- purpose: the newest attempts
-- grain: one row per run
-- parameters: agency, feed, day (NULL = all each), count
SELECT run_id
FROM ledger.run
WHERE (%(agency)s::text IS NULL OR agency_code = %(agency)s)
    AND (%(feed)s::text IS NULL OR feed = %(feed)s)
    AND (%(day)s::date IS NULL OR day = %(day)s)
ORDER BY run_id DESC
LIMIT %(count)s;

-- name: form_06a
-- purpose: form II.06a, columns 3 to 13 without the sums, per agency, with coverage. Pending and
--   carried over are running sums from the first day on; dossiers withdrawn or stopped count as
--   resolved on time (form II.06a, column 9)
-- grain: one row per agency (on a map: per unit and mark) that is expected in the period or has
--   dossiers up to its end
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
),
flow AS (
    SELECT
        s.map_code AS agency_code,
        s.mark,
        max(m.map_name) AS map_name,
        sum(s.received_online) AS online,
        sum(s.received - s.received_online) AS direct,
        sum(s.carried_over) AS carried_over,
        sum(s.resolved_early) AS resolved_early,
        sum(s.resolved_ontime + s.withdrawn + s.stopped) AS resolved_ontime,
        sum(s.resolved_late) AS resolved_late,
        sum(s.pending) AS pending,
        sum(s.pending_late) AS pending_late
    FROM mart.dossier_sums(
        %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 0, NULL
    ) AS s
    JOIN map AS m ON m.agency_id = s.agency_id
    GROUP BY s.map_code, s.mark
),
cover AS (
    SELECT
        coalesce(m.map_code, c.agency_code) AS agency_code,
        coalesce(m.mark, '') AS mark,
        max(m.map_name) AS map_name,
        count(*) AS expected_count,
        sum(c.covered_count) AS covered_count
    FROM mart.coverage_day AS c
    LEFT JOIN core.dim_agency AS a
        ON a.agency_code = c.agency_code
        AND c.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    LEFT JOIN map AS m ON m.agency_id = a.agency_id
    WHERE c.feed = 'dossiers' AND c.day BETWEEN %(first_day)s AND %(last_day)s
    GROUP BY coalesce(m.map_code, c.agency_code), coalesce(m.mark, '')
)
SELECT
    agency_code,
    coalesce(CASE WHEN %(on_day)s::date IS NULL THEN (
        SELECT n.agency_name FROM core.dim_agency AS n
        WHERE n.agency_code = coalesce(flow.agency_code, cover.agency_code)
            AND n.valid_from <= %(last_day)s
        ORDER BY n.valid_from DESC
        LIMIT 1
    ) END, flow.map_name, cover.map_name, agency_code),
    coalesce(online, 0)::bigint,
    coalesce(direct, 0)::bigint,
    coalesce(carried_over, 0)::bigint,
    coalesce(resolved_early, 0)::bigint,
    coalesce(resolved_ontime, 0)::bigint,
    coalesce(resolved_late, 0)::bigint,
    coalesce(pending - pending_late, 0)::bigint,
    coalesce(pending_late, 0)::bigint,
    coalesce(expected_count, 0)::bigint,
    coalesce(covered_count, 0)::bigint,
    mark
FROM flow
FULL JOIN cover USING (agency_code, mark)
ORDER BY agency_code, mark;

-- name: has_days_outside
-- purpose: tell whether dossiers were loaded for days outside of a period
-- grain: one boolean
-- parameters: first_day, last_day
SELECT EXISTS (
    SELECT FROM ledger.head
    WHERE feed = 'dossiers' AND loaded_count > 0
        AND day NOT BETWEEN %(first_day)s AND %(last_day)s
);

-- name: all_dossiers
-- purpose: how many dossiers the warehouse knows; each was submitted once
-- grain: one number
-- parameters: none
SELECT coalesce(sum(submitted), 0)::bigint FROM mart.dossier_cut WHERE cut = 0;

-- name: period_dossiers
-- purpose: how many dossiers had their status synced in a period, without those whose last change
--   of it says that their source deleted them
-- grain: one number
-- parameters: first_day, last_day
SELECT count(*) FROM (
    SELECT
    FROM core.dossier_change AS c
    JOIN core.dim_agency AS a ON a.agency_id = c.agency_id
    WHERE c.day BETWEEN %(first_day)s AND %(last_day)s
    GROUP BY a.agency_code, c.key
    HAVING max(c.day) FILTER (WHERE c.status_id = 11) IS DISTINCT FROM max(c.day)
) AS touched;

-- name: documents
-- purpose: documents sent and received in a period
-- grain: one row: sent, received
-- parameters: first_day, last_day
SELECT
    coalesce(sum(movement_count) FILTER (WHERE direction_id = 1), 0)::bigint,
    coalesce(sum(movement_count) FILTER (WHERE direction_id = 2), 0)::bigint
FROM mart.document_flow
WHERE day BETWEEN %(first_day)s AND %(last_day)s;

-- name: payments
-- purpose: succeeded payments of a period
-- grain: one row per obligation and currency
-- parameters: first_day, last_day
SELECT
    o.code, o.label_vi, o.label_en, c.currency_code, c.exponent::integer,
    sum(f.payment_count)::bigint, sum(f.amount_minor)::bigint
FROM mart.payment_flow AS f
JOIN core.code AS o ON o.list = 'obligation_kind' AND o.id = f.obligation_kind_id
JOIN core.code AS s ON s.list = 'payment_status' AND s.id = f.status_id
JOIN core.currency AS c ON c.currency_id = f.currency_id
WHERE f.day BETWEEN %(first_day)s AND %(last_day)s AND s.code = 'succeeded'
GROUP BY o.id, o.code, o.label_vi, o.label_en, c.currency_code, c.exponent
ORDER BY o.id, c.currency_code;

-- name: balance
-- purpose: where the received rows of a period went
-- grain: one row per feed
-- parameters: first_day, last_day
SELECT
    feed, sum(received_count)::bigint, sum(loaded_count)::bigint,
    sum(quarantined_count)::bigint, sum(duplicate_count)::bigint
FROM ledger.head
WHERE applied > 0 AND day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY feed
ORDER BY feed;

-- name: stated
-- purpose: figures that documents state
-- grain: one row per figure and document
-- parameters: none
SELECT figure_code, document, value, precision, first_on, as_of, unit_name
FROM mart.published_figures_latest
ORDER BY figure_code, document;
