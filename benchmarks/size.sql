-- The parts of a nation at size that are simplest said in SQL; run by benchmarks.size_fill.

-- step: lượt chạy / runs
CREATE TABLE public.size_head AS
WITH counted AS (
    SELECT 'dossiers' AS feed, agency_id, day, count(*) AS n FROM core.dossier_change GROUP BY 2, 3
    UNION ALL
    SELECT 'payments', agency_id, day, count(*) FROM core.payment GROUP BY 2, 3
    UNION ALL
    SELECT 'documents', agency_id, day, count(*) FROM core.document_movement GROUP BY 2, 3
)
SELECT
    e.agency_code, e.feed, e.day, e.due_at,
    CASE e.feed WHEN 'service_catalogue' THEN 300 ELSE coalesce(sum(c.n), 0) END AS n,
    CASE WHEN e.feed IN ('dossiers', 'payments', 'documents') AND hashtext(e.agency_code || e.feed || e.day) % 40 = 0 THEN 3 ELSE 0 END AS aside,
    row_number() OVER (ORDER BY e.day, e.agency_code, e.feed) AS run_id
FROM ledger.expected AS e
LEFT JOIN core.dim_agency AS a
    ON a.agency_code = e.agency_code
    AND e.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
LEFT JOIN counted AS c ON c.feed = e.feed AND c.agency_id = a.agency_id AND c.day = e.day
WHERE (e.day - DATE '1970-01-01' + coalesce(a.agency_id, 0) * 31) % 331 <> 0
GROUP BY 1, 2, 3, 4;

-- step: sổ cái / ledger
INSERT INTO ledger.run (
    run_id, agency_code, feed, day, state, contract, reason, manifest, content_digest, page_count,
    received_bytes, received_count, loaded_count, quarantined_count, started_at, landed_at, ended_at
)
OVERRIDING SYSTEM VALUE
SELECT
    run_id, agency_code, feed, day, 'loaded', feed || '/1.0.0', 'backfill',
    'runs/' || agency_code || '/' || feed || '/' || day || '/' || run_id || '.json',
    repeat(md5(run_id::text), 2), 1 + n / 1000, n * 300, n + aside, n, aside,
    due_at - interval '30 min', due_at - interval '29 min', due_at - interval '29 min'
FROM public.size_head;

-- step: con trỏ phần / heads
INSERT INTO ledger.head (
    agency_code, feed, day, applied, facts_run, contract, content_digest, received_count,
    loaded_count, quarantined_count, applied_at
)
SELECT
    agency_code, feed, day, run_id, run_id, feed || '/1.0.0', repeat(md5(run_id::text), 2),
    n + aside, n, aside, due_at - interval '29 min'
FROM public.size_head;
INSERT INTO ledger.series SELECT DISTINCT agency_code, feed FROM public.size_head;
SELECT setval(
    pg_get_serial_sequence('ledger.run', 'run_id'), (SELECT max(run_id) FROM public.size_head)
);
INSERT INTO ledger.contract_version
SELECT DISTINCT feed, feed || '/1.0.0' FROM public.size_head;

-- step: cách ly / quarantine
INSERT INTO ledger.quarantine
SELECT
    agency_code, feed, day, run_id, n + k,
    jsonb_build_object('MaHoSo', agency_code || '-' || k, 'TrangThaiHoSo', '99', 'MaTTHC', '1.007288'),
    jsonb_build_array(jsonb_build_object(
        'code', 'CODE-UNKNOWN', 'rule', 'status.code_list', 'field', 'status', 'seen', '99',
        'allowed', 'dossier_status'
    ))
FROM public.size_head
CROSS JOIN generate_series(1, 3) AS k
WHERE aside > 0;
INSERT INTO ledger.rule_count
SELECT run_id, 'status.code_list', 'CODE-UNKNOWN', n + aside, aside FROM public.size_head;

-- step: danh mục / catalogues
INSERT INTO core.catalogued_service (
    key, agency_id, day, row_number, procedure_id, unit_id, field_id, service_level_id, regime_id,
    integrated_id, has_payment_id
)
SELECT
    s.procedure_id, a.agency_id, h.day, row_number() OVER (PARTITION BY h.agency_code, h.day),
    s.procedure_id, s.unit_id, f.field_id, s.service_level_id, 2, 1, 1
FROM public.size_head AS h
JOIN core.dim_agency AS a
    ON a.agency_code = h.agency_code
    AND h.day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity')
JOIN public.size_catalogue AS s ON s.agency_code = h.agency_code
JOIN core.dim_field AS f ON f.field_code = s.field_code
WHERE h.feed = 'service_catalogue';

INSERT INTO mart.procedure_field SELECT * FROM mart.procedure_field_rebuilt;

-- step: thống kê / statistics
VACUUM (ANALYZE);
