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
shown AS MATERIALIZED ( -- by day at once: mart.coverage_day looks each partition up alone
    SELECT h.agency_code, h.feed, h.day
    FROM ledger.head AS h
    WHERE h.applied > 0 AND h.feed = ANY(%(feeds)s::text [])
        AND h.day BETWEEN (SELECT min(first_day) FROM asked) AND (SELECT max(last_day) FROM asked)
),
owed AS (
    SELECT
        coalesce(m.map_code, e.agency_code) AS code,
        coalesce(m.mark, '') AS mark,
        e.feed,
        e.day,
        (s.day IS NOT NULL)::integer AS covered_count
    FROM asked
    JOIN ledger.expected AS e
        ON e.feed = asked.feed AND e.day BETWEEN asked.first_day AND asked.last_day
    LEFT JOIN shown AS s
        ON s.agency_code = e.agency_code AND s.feed = e.feed AND s.day = e.day
    LEFT JOIN core.dim_agency AS a
        ON a.agency_code = e.agency_code
        AND e.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    LEFT JOIN map AS m ON m.agency_id = a.agency_id
),
days AS (
    SELECT code, mark, day, min(covered_count) AS is_whole
    FROM owed
    GROUP BY code, mark, day
)
SELECT code, mark, feed, count(*), sum(covered_count)::bigint
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
SELECT p.map_code, p.mark, sum(p.succeeded_count)::bigint, sum(p.online_count)::bigint
FROM mart.payment_sums(
    %(first_day)s::date, %(last_day)s::date, %(on_day)s::date, 0, NULL
) AS p
GROUP BY 1, 2;

-- name: service_versions
-- purpose: a text that changes with everything that the counts of services rest on: who stands
--   under a code, and the facts of its partitions. Facts of a day may hold steps of any other day,
--   so all days count. Tokens of facts only grow, and so does their sum
-- grain: one row per code on the map
-- parameters: feeds, on_day (the map's; NULL = as reported)
WITH shown AS (
    SELECT
        agency_code,
        sum(facts_run) AS facts
    FROM ledger.head
    WHERE feed = ANY(%(feeds)s)
    GROUP BY agency_code
)
SELECT
    m.map_code,
    string_agg(concat_ws(':', m.agency_id, m.mark, s.facts), ' ' ORDER BY m.agency_id)
FROM mart.map_on(%(on_day)s::date) AS m
JOIN core.dim_agency AS a ON a.agency_id = m.agency_id
LEFT JOIN shown AS s ON s.agency_code = a.agency_code
GROUP BY m.map_code;

-- name: services
-- purpose: national procedures of the newest catalogue: all, online, online ones that dossiers
--   came through online in the period, payable ones, payable ones paid for online in the period
-- grain: one row per agency (on a map: per unit and mark) that shows a catalogue
-- parameters: since_day, until_day (of the catalogue), first_day, last_day (of the period), on_day
--   (the map's; NULL = as reported), codes (on that map)
WITH map AS MATERIALIZED (
    SELECT * FROM mart.map_on(%(on_day)s::date)
    WHERE map_code = ANY(%(codes)s)
),
shown AS ( -- the table itself: the view looks up the coverage of every single service
    SELECT
        m.map_code,
        m.mark,
        f.day,
        max(f.day) OVER (PARTITION BY m.map_code, m.mark) AS newest,
        f.procedure_id,
        f.service_level_id,
        f.has_payment_id
    FROM mart.newest_shown('service_catalogue', %(since_day)s, %(until_day)s) AS n
    JOIN core.dim_agency AS a ON a.agency_code = n.agency_code
    JOIN map AS m ON m.agency_id = a.agency_id
    CROSS JOIN LATERAL (
        SELECT * FROM core.catalogued_service AS s
        WHERE s.agency_id = a.agency_id AND s.day = n.day
        OFFSET 0 -- each agency's newest month alone, by its key
    ) AS f
),
span AS MATERIALIZED ( -- the cut-off days within the period (mart.dossier_before)
    SELECT
        m.*,
        (
            SELECT min(b.day) FROM mart.dossier_before AS b
            WHERE b.agency_id = m.agency_id AND b.cut = 0 AND b.day >= %(first_day)s
        ) AS first_cutoff,
        (
            SELECT max(b.day) FROM mart.dossier_before AS b
            WHERE b.agency_id = m.agency_id AND b.cut = 0 AND b.day <= %(last_day)s::date + 1
        ) AS last_cutoff,
        (
            SELECT min(b.day) FROM mart.payment_before AS b
            WHERE b.agency_id = m.agency_id AND b.cut = 0 AND b.day >= %(first_day)s
        ) AS first_paid,
        (
            SELECT max(b.day) FROM mart.payment_before AS b
            WHERE b.agency_id = m.agency_id AND b.cut = 0 AND b.day <= %(last_day)s::date + 1
        ) AS last_paid
    FROM map AS m
),
used AS ( -- sums only grow: who stands higher at the last cut-off day than at the first was used
    SELECT v.map_code, v.mark, b.member_id, true AS is_submitted
    FROM span AS v
    JOIN mart.dossier_before AS b
        ON b.agency_id = v.agency_id AND b.cut = 2 AND b.day IN (v.first_cutoff, v.last_cutoff)
    WHERE v.first_cutoff < v.last_cutoff
    GROUP BY v.map_code, v.mark, v.agency_id, b.member_id
    HAVING max(b.received_online) > CASE count(*) WHEN 2 THEN min(b.received_online) ELSE 0 END
    UNION ALL
    SELECT v.map_code, v.mark, d.member_id, true
    FROM span AS v
    CROSS JOIN LATERAL (
        SELECT %(first_day)s::date, v.first_cutoff WHERE v.first_cutoff < v.last_cutoff
        UNION ALL
        SELECT v.last_cutoff, %(last_day)s::date + 1 WHERE v.first_cutoff < v.last_cutoff
        UNION ALL
        SELECT %(first_day)s, %(last_day)s::date + 1 WHERE (v.first_cutoff < v.last_cutoff) IS NOT TRUE
    ) AS edge (from_day, until_day)
    CROSS JOIN LATERAL (
        SELECT DISTINCT c.member_id FROM mart.dossier_cut AS c
        WHERE c.agency_id = v.agency_id AND c.cut = 2 AND c.received_online > 0
            AND c.day >= edge.from_day AND c.day < edge.until_day
        OFFSET 0
    ) AS d
    UNION ALL
    SELECT v.map_code, v.mark, b.member_id, false
    FROM span AS v
    JOIN mart.payment_before AS b
        ON b.agency_id = v.agency_id AND b.cut = 2 AND b.day IN (v.first_paid, v.last_paid)
    WHERE v.first_paid < v.last_paid
    GROUP BY v.map_code, v.mark, v.agency_id, b.member_id
    HAVING max(b.online_count) > CASE count(*) WHEN 2 THEN min(b.online_count) ELSE 0 END
    UNION ALL
    SELECT v.map_code, v.mark, d.member_id, false
    FROM span AS v
    CROSS JOIN LATERAL (
        SELECT %(first_day)s::date, v.first_paid WHERE v.first_paid < v.last_paid
        UNION ALL
        SELECT v.last_paid, %(last_day)s::date + 1 WHERE v.first_paid < v.last_paid
        UNION ALL
        SELECT %(first_day)s, %(last_day)s::date + 1 WHERE (v.first_paid < v.last_paid) IS NOT TRUE
    ) AS edge (from_day, until_day)
    CROSS JOIN LATERAL (
        SELECT DISTINCT c.member_id FROM mart.payment_cut AS c
        WHERE c.agency_id = v.agency_id AND c.cut = 2 AND c.online_count > 0
            AND c.day >= edge.from_day AND c.day < edge.until_day
        OFFSET 0
    ) AS d
),
told AS ( -- grouped instead of joined: nothing is known of how many of these there are
    SELECT
        s.map_code,
        s.mark,
        left(p.procedure_code, 8) AS procedure,
        true AS is_listed,
        coalesce(s.service_level_id IN (
            SELECT id FROM core.code
            WHERE list = 'service_level'
                AND code IN ('submit_online', 'transact_online', 'full', 'partial')
        ), false) AS is_online,
        coalesce(s.has_payment_id = (
            SELECT id FROM core.code WHERE list = 'yes_no' AND code = 'yes'
        ), false) AS is_payable,
        false AS is_submitted,
        false AS is_paid
    FROM shown AS s
    JOIN core.dim_procedure AS p ON p.procedure_id = s.procedure_id
    WHERE s.day = s.newest
    UNION ALL
    SELECT
        u.map_code,
        u.mark,
        left(p.procedure_code, 8),
        false, false, false,
        u.is_submitted,
        NOT u.is_submitted
    FROM (SELECT DISTINCT * FROM used) AS u
    JOIN core.dim_procedure AS p ON p.procedure_id = u.member_id
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
