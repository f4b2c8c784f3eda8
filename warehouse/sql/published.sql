-- Statements that read what published cuts are made of, by version of an agency: a month whole.

-- name: agencies
-- purpose: where every version of an agency stands on the maps that open data is published on
-- grain: one row per version of an agency
-- parameters: today, before_day (the last day of the map before the merger)
SELECT a.agency_id, a.agency_code, a.level, t.map_code, b.map_code
FROM core.dim_agency AS a
JOIN mart.map_on(%(today)s) AS t ON t.agency_id = a.agency_id
JOIN mart.map_on(%(before_day)s) AS b ON b.agency_id = a.agency_id
ORDER BY a.agency_code, a.valid_from;

-- name: names
-- purpose: what agencies are called, by code as last named
-- grain: one row per agency code
-- parameters: none
SELECT DISTINCT ON (agency_code) agency_code, agency_name, level
FROM core.dim_agency
ORDER BY agency_code, valid_from DESC;

-- name: fields
-- purpose: what fields of procedures are called
-- grain: one row per field code
-- parameters: none
SELECT field_code, max(field_name) FROM core.dim_field GROUP BY field_code ORDER BY field_code;

-- name: dossiers
-- purpose: dossiers of a month by field; what was withdrawn or stopped counts as resolved in time,
--   as in form II.06a
-- grain: one row per version of an agency and field
-- parameters: first_day, last_day
SELECT
    s.agency_id,
    coalesce(l.field_code, ''),
    sum(s.received_online)::bigint,
    sum(s.received - s.received_online)::bigint,
    sum(s.resolved_late)::bigint,
    sum(s.resolved_early + s.resolved_ontime + s.withdrawn + s.stopped)::bigint
FROM mart.dossier_sums(%(first_day)s::date, %(last_day)s::date, NULL, 2, NULL) AS s
LEFT JOIN core.dim_procedure AS p ON p.procedure_id = s.member_id
LEFT JOIN mart.field_of_procedure AS l ON l.procedure_code = left(p.procedure_code, 8)
GROUP BY 1, 2
HAVING sum(
    s.received + s.resolved_late + s.resolved_early + s.resolved_ontime + s.withdrawn + s.stopped
) > 0
ORDER BY 1, 2;

-- name: stocks
-- purpose: dossiers open when a month began and when it ended
-- grain: one row per version of an agency
-- parameters: first_day, last_day
SELECT s.agency_id, sum(s.carried_over)::bigint, sum(s.pending)::bigint
FROM mart.dossier_sums(%(first_day)s::date, %(last_day)s::date, NULL, 0, NULL) AS s
GROUP BY s.agency_id
ORDER BY s.agency_id;

-- name: payments
-- purpose: succeeded payments of a month by obligation
-- grain: one row per version of an agency and obligation
-- parameters: first_day, last_day
SELECT f.agency_id, o.code, sum(f.payment_count)::bigint
FROM core.dim_agency AS a
CROSS JOIN LATERAL (
    SELECT * FROM mart.payment_flow AS d
    WHERE d.agency_id = a.agency_id AND d.day BETWEEN %(first_day)s AND %(last_day)s
    OFFSET 0 -- the days of each agency by its key: the mart has no other way to days
) AS f
JOIN core.code AS o ON o.list = 'obligation_kind' AND o.id = f.obligation_kind_id
JOIN core.code AS s ON s.list = 'payment_status' AND s.id = f.status_id
WHERE s.code = 'succeeded'
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: documents
-- purpose: movements of documents of a month by direction
-- grain: one row per version of an agency and direction
-- parameters: first_day, last_day
SELECT f.agency_id, d.code, sum(f.movement_count)::bigint
FROM core.dim_agency AS a
CROSS JOIN LATERAL (
    SELECT * FROM mart.document_flow AS d
    WHERE d.agency_id = a.agency_id AND d.day BETWEEN %(first_day)s AND %(last_day)s
    OFFSET 0 -- the days of each agency by its key: the mart has no other way to days
) AS f
JOIN core.code AS d ON d.list = 'direction' AND d.id = f.direction_id
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: months
-- purpose: the calendar months that any partition of a feed is owed for, by feed
-- grain: one row per feed: its first and last day
-- parameters: none
SELECT feed, min(day), max(day) FROM mart.coverage_day GROUP BY feed ORDER BY feed;

-- name: changed
-- purpose: when the partitions of a month were last loaded, by feed
-- grain: one row per feed
-- parameters: first_day, last_day
SELECT feed, max(applied_at)
FROM ledger.head
WHERE applied > 0 AND day BETWEEN %(first_day)s AND %(last_day)s
GROUP BY feed
ORDER BY feed;

-- name: codes
-- purpose: what the codes of a list are called
-- grain: one row per code
-- parameters: code_list
SELECT code, label_vi, label_en FROM core.code WHERE list = %(code_list)s ORDER BY id;
