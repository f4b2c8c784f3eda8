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
SELECT
    f.day,
    sum(f.payment_count)::bigint,
    coalesce(sum(f.payment_count) FILTER (WHERE f.method_id = (
        SELECT id FROM core.code WHERE list = 'payment_method' AND code = 'online'
    )), 0)::bigint
FROM mart.payment_flow AS f
WHERE f.day BETWEEN %(first_day)s AND %(last_day)s
    AND f.status_id = (
        SELECT id FROM core.code WHERE list = 'payment_status' AND code = 'succeeded'
    )
GROUP BY f.day
ORDER BY f.day;

-- name: months
-- purpose: the measures (warehouse.measure) of monthly feeds, month by month
-- grain: one row per measure, level of government and month
-- parameters: first_day, last_day
SELECT 'services_online' AS measure, government_level AS level, day, count(*)::numeric AS value
FROM mart.service_catalogue
WHERE day BETWEEN %(first_day)s AND %(last_day)s AND is_online
GROUP BY 2, 3
UNION ALL
SELECT 'services_integrated', government_level, day, count(*)
FROM mart.service_catalogue
WHERE day BETWEEN %(first_day)s AND %(last_day)s AND is_online AND is_integrated
GROUP BY 2, 3
UNION ALL
SELECT 'organisations_evaluated', evaluated_level, day, count(*)
FROM mart.usage_evaluation
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY 2, 3
UNION ALL
SELECT 'level4_share_sum', evaluated_level, day, sum(level4_share_pct)
FROM mart.usage_evaluation
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY 2, 3
UNION ALL
SELECT 'work_files_total', level, day, sum(files_total)
FROM mart.work_files
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY 2, 3
UNION ALL
SELECT 'work_files_online', level, day, sum(files_online)
FROM mart.work_files
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY 2, 3
UNION ALL
SELECT 'results_issued', government_level, day, sum(results_issued)
FROM mart.electronic_results
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY 2, 3
UNION ALL
SELECT 'results_electronic', government_level, day, sum(results_electronic)
FROM mart.electronic_results
WHERE day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY 2, 3;

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
-- purpose: the first and the newest day of some days that anybody owes dossiers of by now
-- grain: one row: two days, or NULLs
-- parameters: first_day, last_day
SELECT min(day), max(day)
FROM ledger.expected
WHERE feed = 'dossiers' AND day BETWEEN %(first_day)s AND %(last_day)s;
