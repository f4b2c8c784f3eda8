-- Measures: the vocabulary that indicators and published figures are made of (warehouse.measure).
-- Each reads marts alone and gives (organisation that it speaks of, level of government, value);
-- the nation is the sum. first_day and last_day are the days asked for; until_day is the last day
-- of the feed's period that last_day lies in, where its partition stands.

-- name: coverage
-- purpose: the partitions behind the measures of a feed, by level of who reports
-- grain: one row per level of government
-- parameters: feed, first_day, until_day
SELECT mart.government_level(agency_code), sum(expected_count), sum(covered_count)
FROM mart.coverage_day
WHERE feed = %(feed)s AND day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1;

-- name: services_online
-- purpose: services of level 3 or 4, full or partial, in the newest catalogue of the days
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT n.agency_code, mart.government_level(n.agency_code), count(*)
FROM mart.newest_shown('service_catalogue', %(first_day)s, %(until_day)s) AS n
JOIN core.dim_agency AS a ON a.agency_code = n.agency_code
CROSS JOIN LATERAL (
    SELECT s.service_level_id FROM core.catalogued_service AS s
    WHERE s.agency_id = a.agency_id AND s.day = n.day
    OFFSET 0 -- each agency's newest month alone, by its key
) AS s
WHERE s.service_level_id IN (
    SELECT id FROM core.code
    WHERE list = 'service_level'
        AND code IN ('submit_online', 'transact_online', 'full', 'partial')
)
GROUP BY 1, 2;

-- name: services_integrated
-- purpose: those of them that are on the national portal
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT n.agency_code, mart.government_level(n.agency_code), count(*)
FROM mart.newest_shown('service_catalogue', %(first_day)s, %(until_day)s) AS n
JOIN core.dim_agency AS a ON a.agency_code = n.agency_code
CROSS JOIN LATERAL (
    SELECT s.service_level_id FROM core.catalogued_service AS s
    WHERE s.agency_id = a.agency_id AND s.day = n.day
        AND s.integrated_id = (SELECT id FROM core.code WHERE list = 'yes_no' AND code = 'yes')
    OFFSET 0 -- each agency's newest month alone, by its key
) AS s
WHERE s.service_level_id IN (
    SELECT id FROM core.code
    WHERE list = 'service_level'
        AND code IN ('submit_online', 'transact_online', 'full', 'partial')
)
GROUP BY 1, 2;

-- name: portal_accounts
-- purpose: accounts made on the national portal
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, sum(new_accounts)
FROM mart.portal_usage
WHERE day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: portal_visits
-- purpose: visits of the national portal
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, sum(visits)
FROM mart.portal_usage
WHERE day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: dossiers_reported
-- purpose: dossiers newly received, columns 4 and 5 of form II.06a, as agencies report it
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, sum(received_online + received_direct_postal)
FROM mart.dossier_statistics
WHERE day BETWEEN %(first_day)s AND %(until_day)s AND form = 'ii06a'
GROUP BY 1, 2;

-- name: dossiers_resolved
-- purpose: dossiers resolved, column 7 of form II.06a, as agencies report it
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, sum(resolved_total)
FROM mart.dossier_statistics
WHERE day BETWEEN %(first_day)s AND %(until_day)s AND form = 'ii06a'
GROUP BY 1, 2;

-- name: dossiers_resolved_in_time
-- purpose: those of them in time, columns 8 and 9
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, sum(resolved_early + resolved_ontime)
FROM mart.dossier_statistics
WHERE day BETWEEN %(first_day)s AND %(until_day)s AND form = 'ii06a'
GROUP BY 1, 2;

-- name: dossiers_closed
-- purpose: dossiers closed, as the hub counts them from single dossiers
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT a.agency_code, mart.government_level(a.agency_code), sum(f.closed)
FROM mart.dossier_cut AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
WHERE f.cut = 0 AND f.day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: dossiers_closed_in_time
-- purpose: those of them in time; withdrawn and stopped ones as on form II.06a
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT a.agency_code, mart.government_level(a.agency_code), sum(f.closed - f.resolved_late)
FROM mart.dossier_cut AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
WHERE f.cut = 0 AND f.day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: work_files_total
-- purpose: work files, secret ones left out, by the level whose work it is
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, level, sum(files_total)
FROM mart.work_files
WHERE day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: work_files_online
-- purpose: those of them handled online
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, level, sum(files_online)
FROM mart.work_files
WHERE day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: cabinet_sessions
-- purpose: sessions held on the days
-- grain: one row per organisation and level
-- parameters: first_day, last_day, until_day
SELECT agency_code, government_level, count(*)
FROM mart.cabinet_sessions
WHERE day BETWEEN %(first_day)s AND %(until_day)s
    AND held_on BETWEEN %(first_day)s AND %(last_day)s AND kind = 'session'
GROUP BY 1, 2;

-- name: cabinet_papers
-- purpose: paper documents that these sessions replaced
-- grain: one row per organisation and level
-- parameters: first_day, last_day, until_day
SELECT agency_code, government_level, sum(papers_replaced)
FROM mart.cabinet_sessions
WHERE day BETWEEN %(first_day)s AND %(until_day)s
    AND held_on BETWEEN %(first_day)s AND %(last_day)s AND kind = 'session'
GROUP BY 1, 2;

-- name: cabinet_ballots
-- purpose: written ballots held on the days
-- grain: one row per organisation and level
-- parameters: first_day, last_day, until_day
SELECT agency_code, government_level, count(*)
FROM mart.cabinet_sessions
WHERE day BETWEEN %(first_day)s AND %(until_day)s
    AND held_on BETWEEN %(first_day)s AND %(last_day)s AND kind = 'ballot'
GROUP BY 1, 2;

-- name: cabinet_ballot_papers
-- purpose: paper documents that these ballots replaced
-- grain: one row per organisation and level
-- parameters: first_day, last_day, until_day
SELECT agency_code, government_level, sum(papers_replaced)
FROM mart.cabinet_sessions
WHERE day BETWEEN %(first_day)s AND %(until_day)s
    AND held_on BETWEEN %(first_day)s AND %(last_day)s AND kind = 'ballot'
GROUP BY 1, 2;

-- name: organisations_evaluated
-- purpose: organisations in the newest evaluation of the days
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT s.evaluated_code, s.evaluated_level, count(*)
FROM mart.usage_evaluation AS s
JOIN mart.newest_shown('usage_evaluation', %(first_day)s, %(until_day)s) USING (agency_code, day)
GROUP BY 1, 2;

-- name: level4_share_sum
-- purpose: their shares of services at level 4, percent, added up
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT s.evaluated_code, s.evaluated_level, sum(s.level4_share_pct)
FROM mart.usage_evaluation AS s
JOIN mart.newest_shown('usage_evaluation', %(first_day)s, %(until_day)s) USING (agency_code, day)
GROUP BY 1, 2;

-- name: level4_under_10
-- purpose: those of them under 10 percent
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT s.evaluated_code, s.evaluated_level, count(*)
FROM mart.usage_evaluation AS s
JOIN mart.newest_shown('usage_evaluation', %(first_day)s, %(until_day)s) USING (agency_code, day)
WHERE s.level4_share_pct < 10
GROUP BY 1, 2;

-- name: level4_at_100
-- purpose: those of them at 100 percent
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT s.evaluated_code, s.evaluated_level, count(*)
FROM mart.usage_evaluation AS s
JOIN mart.newest_shown('usage_evaluation', %(first_day)s, %(until_day)s) USING (agency_code, day)
WHERE s.level4_share_pct = 100
GROUP BY 1, 2;

-- name: organisations
-- purpose: ministries and provinces that exist on the last day
-- grain: one row per organisation and level
-- parameters: last_day
SELECT agency_code, level, 1
FROM core.dim_agency
WHERE level IN ('ministry', 'province')
    AND %(last_day)s BETWEEN valid_from AND coalesce(valid_to, 'infinity');

-- name: platforms_connected
-- purpose: those of them whose platform was seen connected by the last day
-- grain: one row per organisation and level
-- parameters: first_day, last_day, until_day
SELECT a.agency_code, a.level, 1
FROM core.dim_agency AS a
WHERE a.level IN ('ministry', 'province')
    AND %(last_day)s BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
    AND EXISTS (
        SELECT FROM mart.platform_traffic AS t
        WHERE t.day BETWEEN %(first_day)s AND %(until_day)s
            AND left(t.platform_code, 3) = a.agency_code AND t.connected_on <= %(last_day)s
    );

-- name: indicator_reporters
-- purpose: agencies that reported socio-economic indicators
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, 1
FROM mart.socioeconomic_indicators
WHERE day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: population
-- purpose: average population of the newest year of the days, thousand persons
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT p.province_code, 'province', sum(p.average_population_thousand)
FROM mart.population AS p
WHERE p.day = (
    SELECT max(day) FROM mart.newest_shown('population', %(first_day)s, %(until_day)s)
)
GROUP BY 1;

-- name: results_issued
-- purpose: results issued
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, sum(results_issued)
FROM mart.electronic_results
WHERE day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: results_electronic
-- purpose: electronic ones among them
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT agency_code, government_level, sum(results_electronic)
FROM mart.electronic_results
WHERE day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: incidents_change
-- purpose: change of all incidents over exactly the months of the days, percent, as last told;
--   it stands without any count
-- grain: one row per organisation and level
-- parameters: first_day, last_day, until_day
SELECT agency_code, government_level, change_pct
FROM mart.security_incidents
WHERE day BETWEEN %(first_day)s AND %(until_day)s
    AND incident_kind = 'all' AND change_pct IS NOT NULL
    AND reporting_period = concat(
        to_char(%(first_day)s::date, 'YYYY-MM'), '..', to_char(%(last_day)s::date, 'YYYY-MM')
    )
ORDER BY day DESC
LIMIT 1;

-- name: payments_succeeded
-- purpose: payments that succeeded
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT a.agency_code, mart.government_level(a.agency_code), sum(f.succeeded_count)
FROM mart.payment_cut AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
WHERE f.cut = 0 AND f.day BETWEEN %(first_day)s AND %(until_day)s
GROUP BY 1, 2;

-- name: payments_online
-- purpose: those of them paid online
-- grain: one row per organisation and level
-- parameters: first_day, until_day
SELECT a.agency_code, mart.government_level(a.agency_code), sum(f.online_count)
FROM mart.payment_cut AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
WHERE f.cut = 0 AND f.day BETWEEN %(first_day)s AND %(until_day)s AND f.online_count > 0
GROUP BY 1, 2;
