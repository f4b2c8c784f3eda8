-- Statements of the country in one page: lines over days and months; sums come from the tally,
-- the index and the indicators.

-- name: dossier_days
-- purpose: dossiers submitted, ended, and ended late, of all agencies
-- grain: one row per day with any, by day
-- parameters: first_day, last_day
SELECT
    c.day,
    sum(c.submitted)::bigint,
    sum(c.closed)::bigint,
    sum(c.resolved_late)::bigint
FROM core.dim_agency AS a
JOIN mart.dossier_cut AS c
    ON c.agency_id = a.agency_id AND c.cut = 0 AND c.day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY c.day
ORDER BY c.day;

-- name: payment_days
-- purpose: payments that succeeded, and those of them paid online
-- grain: one row per day with any, by day
-- parameters: first_day, last_day
SELECT day, sum(succeeded_count)::bigint, sum(online_count)::bigint
FROM mart.payment_cut
WHERE cut = 0 AND day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY day
ORDER BY day;

-- name: months
-- purpose: the measures (warehouse.measure) of monthly feeds, month by month
-- grain: one row per measure, level of government and month
-- parameters: first_day, last_day
WITH service AS (
    SELECT government_level, day, count(*) AS online, count(*) FILTER (WHERE is_integrated) AS integrated
    FROM mart.service_catalogue
    WHERE day BETWEEN %(first_day)s AND %(last_day)s AND is_online
    GROUP BY 1, 2
),
evaluated AS (
    SELECT evaluated_level, day, count(*) AS organisations, sum(level4_share_pct) AS share
    FROM mart.usage_evaluation
    WHERE day BETWEEN %(first_day)s AND %(last_day)s
    GROUP BY 1, 2
),
file AS (
    SELECT level, day, sum(files_total) AS total, sum(files_online) AS online
    FROM mart.work_files
    WHERE day BETWEEN %(first_day)s AND %(last_day)s
    GROUP BY 1, 2
),
result AS (
    SELECT
        government_level, day,
        sum(results_issued) AS issued, sum(results_electronic) AS electronic
    FROM mart.electronic_results
    WHERE day BETWEEN %(first_day)s AND %(last_day)s
    GROUP BY 1, 2
)
SELECT 'services_online' AS measure, government_level AS level, day, online::numeric FROM service
UNION ALL
SELECT 'services_integrated', government_level, day, integrated FROM service
UNION ALL
SELECT 'organisations_evaluated', evaluated_level, day, organisations FROM evaluated
UNION ALL
SELECT 'level4_share_sum', evaluated_level, day, share FROM evaluated
UNION ALL
SELECT 'work_files_total', level, day, total FROM file
UNION ALL
SELECT 'work_files_online', level, day, online FROM file
UNION ALL
SELECT 'results_issued', government_level, day, issued FROM result
UNION ALL
SELECT 'results_electronic', government_level, day, electronic FROM result;

-- name: months_version
-- purpose: a text that changes with every fact of monthly feeds in some days; tokens of facts only
--   grow, and so does their sum
-- grain: one text
-- parameters: feeds, first_day, last_day
SELECT coalesce(sum(facts_run), 0)::text
FROM ledger.head
WHERE feed = ANY(%(feeds)s) AND day BETWEEN %(first_day)s AND %(last_day)s;

-- name: updated
-- purpose: when the newest version was loaded
-- grain: one instant, or no row
-- parameters: none
SELECT ended_at
FROM ledger.run
WHERE state = 'loaded'
ORDER BY run_id DESC
LIMIT 1;

-- name: owed
-- purpose: the first and the newest of some days that anybody owes a feed of by now, and whether
--   any of it is there
-- grain: one row per feed that is owed
-- parameters: feeds, first_day, last_day
SELECT
    e.feed,
    min(e.day),
    max(e.day),
    EXISTS (
        SELECT FROM ledger.head AS h
        WHERE h.feed = e.feed AND h.applied > 0
            AND h.day BETWEEN %(first_day)s AND %(last_day)s
    )
FROM ledger.expected AS e
WHERE e.feed = ANY(%(feeds)s) AND e.day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY e.feed;
