-- Statements of the index of Decision 766 per agency, beside the tally of dossiers.

-- name: spans
-- purpose: the days of each monthly feed that stand for a period: those owed within it, else the
--   newest one owed up to two months before it (a month that is not over has nothing yet)
-- grain: one row per feed that was owed
-- parameters: feeds, first_day, last_day
SELECT
    feed,
    coalesce(min(day) FILTER (WHERE day >= %(first_day)s), max(day)),
    max(day)
FROM mart.coverage_day
WHERE feed = ANY(%(feeds)s) AND day BETWEEN %(first_day)s::date - 62 AND %(last_day)s
GROUP BY feed;

-- name: coverage
-- purpose: what is there of what was owed, by agency: partitions of each feed, and (feed '') days
--   on which every feed owed is there
-- grain: one row per agency (on a map: per unit and mark) and feed, and one with an empty feed
-- parameters: feeds, first_days, last_days (arrays of one length), on_day (the map's; NULL = as
--   reported)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
),
asked AS (
    SELECT *
    FROM unnest(%(feeds)s::text [], %(first_days)s::date [], %(last_days)s::date [])
        AS t (feed, first_day, last_day)
),
owed AS (
    SELECT
        coalesce(m.map_code, c.agency_code) AS code,
        coalesce(m.mark, '') AS mark,
        c.feed,
        c.day,
        c.expected_count,
        c.covered_count
    FROM asked
    JOIN mart.coverage_day AS c
        ON c.feed = asked.feed AND c.day BETWEEN asked.first_day AND asked.last_day
    LEFT JOIN core.dim_agency AS a
        ON a.agency_code = c.agency_code
        AND c.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    LEFT JOIN map AS m ON m.agency_id = a.agency_id
),
days AS (
    SELECT code, mark, day, min(covered_count) AS is_whole
    FROM owed
    GROUP BY code, mark, day
)
SELECT code, mark, feed, sum(expected_count)::bigint, sum(covered_count)::bigint
FROM owed
GROUP BY code, mark, feed
UNION ALL
SELECT code, mark, '', count(*), sum(is_whole)::bigint
FROM days
GROUP BY code, mark;

-- name: results
-- purpose: results issued, and the electronic ones among them
-- grain: one row per agency (on a map: per unit and mark)
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported)
SELECT
    m.map_code, m.mark, sum(r.results_issued)::bigint, sum(r.results_electronic)::bigint
FROM mart.electronic_results AS r
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = r.agency_id
WHERE r.day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY 1, 2;

-- name: payments
-- purpose: payments that succeeded, and those of them paid online
-- grain: one row per agency (on a map: per unit and mark)
-- parameters: first_day, last_day, on_day (the map's; NULL = as reported)
SELECT
    m.map_code,
    m.mark,
    sum(f.payment_count)::bigint,
    coalesce(sum(f.payment_count) FILTER (WHERE f.method_id = (
        SELECT id FROM core.code WHERE list = 'payment_method' AND code = 'online'
    )), 0)::bigint
FROM mart.payment_flow AS f
JOIN mart.map_on(%(on_day)s::date) AS m ON m.agency_id = f.agency_id
WHERE f.day BETWEEN %(first_day)s AND %(last_day)s
    AND f.status_id = (
        SELECT id FROM core.code WHERE list = 'payment_status' AND code = 'succeeded'
    )
GROUP BY 1, 2;

-- name: services
-- purpose: national procedures of the newest catalogue: all, online, online ones that dossiers
--   came through online in the period, payable ones, payable ones paid for online in the period
-- grain: one row per agency (on a map: per unit and mark) that shows a catalogue
-- parameters: since_day, until_day (of the catalogue), first_day, last_day (of the period), on_day
--   (the map's; NULL = as reported)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
),
shown AS (
    SELECT
        m.map_code,
        m.mark,
        s.day,
        max(s.day) OVER (PARTITION BY m.map_code, m.mark) AS newest,
        left(s.procedure_code, 8) AS procedure,
        s.is_online,
        s.has_payment
    FROM mart.service_catalogue AS s
    JOIN mart.newest_shown('service_catalogue', %(since_day)s, %(until_day)s)
        USING (agency_code, day)
    JOIN map AS m ON m.agency_id = s.agency_id
),
paid AS (
    SELECT DISTINCT f.agency_id, f.procedure_id
    FROM mart.payment_flow AS f
    WHERE f.day BETWEEN %(first_day)s AND %(last_day)s
        AND f.status_id = (
            SELECT id FROM core.code WHERE list = 'payment_status' AND code = 'succeeded'
        )
        AND f.method_id = (
            SELECT id FROM core.code WHERE list = 'payment_method' AND code = 'online'
        )
),
told AS ( -- grouped instead of joined: nothing is known of how many of these there are
    SELECT
        map_code, mark, procedure, true AS is_listed, is_online,
        coalesce(has_payment, false) AS is_payable, false AS is_submitted, false AS is_paid
    FROM shown
    WHERE day = newest
    UNION ALL
    SELECT
        s.map_code, s.mark, left(p.procedure_code, 8), false, false, false, true, false
    FROM mart.dossier_sums(
        %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 2, NULL
    ) AS s
    JOIN core.dim_procedure AS p ON p.procedure_id = s.member_id
    WHERE s.received_online > 0
    UNION ALL
    SELECT
        m.map_code, m.mark, left(p.procedure_code, 8), false, false, false, false, true
    FROM paid AS u
    JOIN map AS m ON m.agency_id = u.agency_id
    JOIN core.dim_procedure AS p ON p.procedure_id = u.procedure_id
),
services AS (
    SELECT
        map_code,
        mark,
        bool_or(is_online) AS is_online,
        bool_or(is_payable) AS is_payable,
        bool_or(is_submitted) AS is_submitted,
        bool_or(is_paid) AS is_paid
    FROM told
    GROUP BY map_code, mark, procedure
    HAVING bool_or(is_listed)
)
SELECT
    map_code,
    mark,
    count(*),
    count(*) FILTER (WHERE is_online),
    count(*) FILTER (WHERE is_online AND is_submitted),
    count(*) FILTER (WHERE is_payable),
    count(*) FILTER (WHERE is_payable AND is_paid)
FROM services
GROUP BY 1, 2;
