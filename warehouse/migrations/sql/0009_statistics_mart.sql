-- name: statistics_mart
-- purpose: one view per feed that agencies count themselves: codes instead of keys, whole units
--   instead of 10^-n, and beside each row the coverage of its period; names are stable for BI
SET LOCAL ROLE hub_owner;

-- Level of government of an organisation by its code (QĐ 20/2020): G… ministry, H… province, with
-- its people's council K…; NULL where the code says nothing of it.
CREATE FUNCTION mart.government_level(of_code text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE left(of_code, 1)
    WHEN 'G' THEN 'ministry'
    WHEN 'H' THEN 'province'
    WHEN 'K' THEN 'province'
END;

-- One row per agency: the newest partition of a feed that it shows among some days. Of a snapshot
-- only this one may be counted: two months of a catalogue hold the same services twice.
CREATE FUNCTION mart.newest_shown(of_feed text, from_day date, to_day date)
RETURNS TABLE (agency_code text, day date)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT h.agency_code, max(h.day)
    FROM ledger.head AS h
    WHERE h.feed = of_feed AND h.applied > 0 AND h.day BETWEEN from_day AND to_day
    GROUP BY h.agency_code;
END;

CREATE VIEW mart.dossier_statistics WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    in_form.code AS form,
    u.unit_code,
    l.field_code,
    p.procedure_code,
    f.received_online,
    f.received_direct_postal,
    f.carried_over,
    f.received_total,
    f.resolved_early,
    f.resolved_ontime,
    f.resolved_late,
    f.resolved_total,
    f.pending_intime,
    f.pending_late,
    f.pending_total,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.dossier_statistic AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
JOIN core.dim_field AS l ON l.field_id = f.field_id
LEFT JOIN core.dim_procedure AS p ON p.procedure_id = f.procedure_id
LEFT JOIN core.code AS in_form
    ON in_form.list = 'statistics_form' AND in_form.id = f.form_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'dossier_statistics' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.dossier_statistics IS
'Biểu II.06a, II.06b từng tháng: số hồ sơ / forms II.06a and II.06b by month: dossiers. One row per (agency, month, form, unit, field, procedure)';
COMMENT ON COLUMN mart.dossier_statistics.day IS 'ngày cuối tháng / last day of the month';
COMMENT ON COLUMN mart.dossier_statistics.form IS
'ii06a: theo lĩnh vực / by field; ii06b: theo thủ tục / by procedure; đừng cộng hai biểu / never add both';
COMMENT ON COLUMN mart.dossier_statistics.received_total IS
'hồ sơ, kể cả kỳ trước chuyển qua / dossiers, carried over ones among them';
COMMENT ON COLUMN mart.dossier_statistics.pending_late IS
'hồ sơ cuối kỳ / dossiers at the end of the month';

CREATE VIEW mart.service_catalogue WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    p.procedure_code,
    u.unit_code,
    l.field_code,
    in_service_level.code AS service_level,
    in_regime.code AS regime,
    coalesce(in_service_level.code IN (
        'submit_online', 'transact_online', 'full', 'partial'
    ), false) AS is_online,
    coalesce(in_integrated.code = 'yes', false) AS is_integrated,
    f.integrated_on,
    in_has_payment.code = 'yes' AS has_payment,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.catalogued_service AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_procedure AS p ON p.procedure_id = f.procedure_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
LEFT JOIN core.dim_field AS l ON l.field_id = f.field_id
LEFT JOIN core.code AS in_service_level
    ON in_service_level.list = 'service_level' AND in_service_level.id = f.service_level_id
LEFT JOIN core.code AS in_regime
    ON in_regime.list = 'service_regime' AND in_regime.id = f.regime_id
LEFT JOIN core.code AS in_integrated
    ON in_integrated.list = 'yes_no' AND in_integrated.id = f.integrated_id
LEFT JOIN core.code AS in_has_payment
    ON in_has_payment.list = 'yes_no' AND in_has_payment.id = f.has_payment_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'service_catalogue' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.service_catalogue IS
'Danh mục dịch vụ công cuối từng tháng / services of the catalogue at each month''s end. One row per (agency, month, procedure); is_online: level 3 or 4, full or partial; regime keeps the original scale';
COMMENT ON COLUMN mart.service_catalogue.day IS
'ngày cuối tháng; mỗi tháng là cả danh mục / last day of the month; every month holds the whole catalogue';
COMMENT ON COLUMN mart.service_catalogue.is_online IS
'mức độ 3, 4, toàn trình, một phần / level 3 or 4, full or partial';
COMMENT ON COLUMN mart.service_catalogue.regime IS 'thang mức độ: nd43, nd42 / scale of the level';

CREATE VIEW mart.portal_usage WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    in_channel.code AS channel,
    f.new_accounts,
    f.visits,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.portal_usage AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
LEFT JOIN core.code AS in_channel
    ON in_channel.list = 'portal_channel' AND in_channel.id = f.channel_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'portal_usage' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.portal_usage IS
'Cổng DVC quốc gia từng ngày / national portal by day. One row per (agency, day, channel): accounts made, visits';
COMMENT ON COLUMN mart.portal_usage.new_accounts IS 'tài khoản mới trong ngày / accounts made that day';
COMMENT ON COLUMN mart.portal_usage.visits IS 'lượt / visits of that day';

CREATE VIEW mart.work_files WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    u.unit_code,
    in_level.code AS level,
    f.files_total,
    f.files_online,
    f.files_secret,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.work_file_count AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
LEFT JOIN core.code AS in_level
    ON in_level.list = 'government_level' AND in_level.id = f.level_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'work_files' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.work_files IS
'Hồ sơ công việc từng tháng / work files by month. One row per (agency, month, unit, level); level: whose work, not who reports; secret files stand apart from the total';
COMMENT ON COLUMN mart.work_files.level IS 'hồ sơ của cấp nào / level whose files they are';
COMMENT ON COLUMN mart.work_files.files_total IS 'hồ sơ, không kể mật / files without secret ones';
COMMENT ON COLUMN mart.work_files.files_secret IS
'hồ sơ mật, ngoài tổng số / secret files, outside of the total';

CREATE VIEW mart.cabinet_sessions WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    in_kind.code AS kind,
    f.held_on,
    f.papers_replaced,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.cabinet_meeting AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
LEFT JOIN core.code AS in_kind
    ON in_kind.list = 'cabinet_kind' AND in_kind.id = f.kind_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'cabinet_sessions' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.cabinet_sessions IS
'Phiên họp và phiếu lấy ý kiến e-Cabinet / sessions and ballots. One row per (agency, month, meeting); papers are paper documents replaced';
COMMENT ON COLUMN mart.cabinet_sessions.papers_replaced IS 'văn bản giấy / paper documents';

CREATE VIEW mart.usage_evaluation WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    u.unit_code AS evaluated_code,
    mart.government_level(u.unit_code) AS evaluated_level,
    f.services_total,
    f.services_level4,
    f.level4_share_pct_e2 * 0.01 AS level4_share_pct,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.usage_evaluation AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_unit AS u ON u.unit_id = f.evaluated_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'usage_evaluation' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.usage_evaluation IS
'Đánh giá dịch vụ công trực tuyến từng tháng / evaluation of online services by month. One row per (agency, month, evaluated organisation); level4_share_pct in percent';
COMMENT ON COLUMN mart.usage_evaluation.level4_share_pct IS 'phần trăm, 0-100 / percent';
COMMENT ON COLUMN mart.usage_evaluation.services_total IS 'dịch vụ / services';

CREATE VIEW mart.platform_traffic WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    u.unit_code AS platform_code,
    mart.government_level(u.unit_code) AS platform_level,
    s.service_code,
    f.requests,
    f.failures,
    f.connected_on,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.platform_traffic AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_unit AS u ON u.unit_id = f.platform_id
JOIN core.dim_service AS s ON s.service_id = f.service_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'platform_traffic' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.platform_traffic IS
'Giao dịch qua nền tảng chia sẻ dữ liệu từng ngày / requests over sharing platforms by day. One row per (agency, day, platform, service)';
COMMENT ON COLUMN mart.platform_traffic.requests IS 'lượt gọi trong ngày / calls of that day';
COMMENT ON COLUMN mart.platform_traffic.failures IS 'lượt lỗi, thuộc requests / failed ones among requests';

CREATE VIEW mart.socioeconomic_indicators WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    i.indicator_code,
    g.area_code,
    r.reporting_period_code AS reporting_period,
    in_value_kind.code AS value_kind,
    in_approved.code = 'yes' AS is_approved,
    f.value_e4 * 0.0001 AS value,
    n.unit_name_code AS unit_name,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.indicator_value AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_indicator AS i ON i.indicator_id = f.indicator_id
LEFT JOIN core.dim_area AS g ON g.area_id = f.area_id
JOIN core.dim_reporting_period AS r ON r.reporting_period_id = f.reporting_period_id
JOIN core.dim_unit_name AS n ON n.unit_name_id = f.unit_name_id
LEFT JOIN core.code AS in_value_kind
    ON in_value_kind.list = 'value_kind' AND in_value_kind.id = f.value_kind_id
LEFT JOIN core.code AS in_approved
    ON in_approved.list = 'yes_no' AND in_approved.id = f.approved_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'socioeconomic_indicators' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.socioeconomic_indicators IS
'Chỉ tiêu kinh tế - xã hội / socio-economic indicators. One row per (agency, month, indicator, area, reporting period, kind of value); area_code NULL = whole country; value in unit_name';
COMMENT ON COLUMN mart.socioeconomic_indicators.area_code IS
'mã GSO theo ngày; NULL = cả nước / GSO code as of the day; NULL = whole country';
COMMENT ON COLUMN mart.socioeconomic_indicators.value IS 'theo unit_name / in unit_name';

CREATE VIEW mart.population WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    g.area_code,
    q.agency_code AS province_code,
    f.average_population_thousand_e1 * 0.1 AS average_population_thousand,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.population AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_area AS g ON g.area_id = f.area_id
LEFT JOIN core.dim_agency AS q
    ON q.agency_id = core.agency_on(g.area_code, f.day, 'gso')
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'population' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.population IS
'Dân số trung bình từng năm / average population by year. One row per (agency, year, area) in thousand persons; province_code: what the GSO code meant on that day';
COMMENT ON COLUMN mart.population.average_population_thousand IS 'nghìn người / thousand persons';
COMMENT ON COLUMN mart.population.province_code IS
'mã GSO ấy hôm đó là tỉnh nào / which province the GSO code meant that day';

CREATE VIEW mart.electronic_results WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    u.unit_code,
    p.procedure_code,
    f.results_issued,
    f.results_electronic,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.electronic_result AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
JOIN core.dim_procedure AS p ON p.procedure_id = f.procedure_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'electronic_results' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.electronic_results IS
'Kết quả giải quyết điện tử từng tháng / electronic results by month. One row per (agency, month, unit, procedure)';
COMMENT ON COLUMN mart.electronic_results.results_issued IS 'kết quả / results';
COMMENT ON COLUMN mart.electronic_results.results_electronic IS
'bản điện tử, thuộc results_issued / electronic ones among them';

CREATE VIEW mart.security_incidents WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    in_incident_kind.code AS incident_kind,
    r.reporting_period_code AS reporting_period,
    f.incidents,
    f.change_pct_e1 * 0.1 AS change_pct,
    k.reporting_period_code AS compared_period,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.security_incident AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_reporting_period AS r ON r.reporting_period_id = f.reporting_period_id
LEFT JOIN core.dim_reporting_period AS k ON k.reporting_period_id = f.compared_period_id
LEFT JOIN core.code AS in_incident_kind
    ON in_incident_kind.list = 'incident_kind' AND in_incident_kind.id = f.incident_kind_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'security_incidents' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.security_incidents IS
'Sự cố an toàn thông tin / security incidents. One row per (agency, month, kind, reporting period); change_pct in percent against compared_period, perhaps without any count';
COMMENT ON COLUMN mart.security_incidents.incidents IS
'số sự cố; NULL = không nêu / count; NULL = not stated';
COMMENT ON COLUMN mart.security_incidents.change_pct IS
'phần trăm so với compared_period; NULL = không nêu / percent; NULL = not stated';

CREATE VIEW mart.published_figures WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    i.figure_code,
    b.publication_code AS document,
    f.value_e2 * 0.01 AS value,
    in_precision.code AS precision,
    f.first_on,
    f.as_of,
    n.unit_name_code AS unit_name,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM core.published_figure AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.dim_figure AS i ON i.figure_id = f.figure_id
JOIN core.dim_publication AS b ON b.publication_id = f.publication_id
JOIN core.dim_unit_name AS n ON n.unit_name_id = f.unit_name_id
LEFT JOIN core.code AS in_precision
    ON in_precision.list = 'precision' AND in_precision.id = f.precision_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'published_figures' AND c.agency_code = a.agency_code AND c.day = f.day;
COMMENT ON VIEW mart.published_figures IS
'Số liệu đã công bố / published figures. One row per (agency, year, figure, document); contradicting ones live side by side; value in unit_name';
COMMENT ON COLUMN mart.published_figures.value IS 'theo unit_name / in unit_name';
COMMENT ON COLUMN mart.published_figures.precision IS 'exact, over (hơn), about (khoảng)';
COMMENT ON COLUMN mart.published_figures.document IS 'văn bản nêu số / document that states it';

-- The newest catalogue of every agency that exists today.
CREATE VIEW mart.service_catalogue_latest WITH (security_invoker = true) AS
SELECT s.*
FROM mart.service_catalogue AS s
JOIN mart.newest_shown('service_catalogue', '0001-01-01', '9999-12-31') AS n
    ON n.agency_code = s.agency_code AND n.day = s.day
WHERE core.agency_on(s.agency_code, current_date) IS NOT NULL;
COMMENT ON VIEW mart.service_catalogue_latest IS
'Danh mục mới nhất của từng đơn vị / the newest catalogue of each agency. Rows as mart.service_catalogue; day says how new';

-- The newest year of population that anybody gave.
CREATE VIEW mart.population_latest WITH (security_invoker = true) AS
SELECT p.*
FROM mart.population AS p
WHERE p.day = (
    SELECT max(n.day) FROM mart.newest_shown('population', '0001-01-01', '9999-12-31') AS n
);
COMMENT ON VIEW mart.population_latest IS
'Dân số của năm mới nhất / population of the newest year. Rows as mart.population; day says which';

-- Every figure of every document, as last stated: what was published stays published.
CREATE VIEW mart.published_figures_latest WITH (security_invoker = true) AS
SELECT DISTINCT ON (f.figure_code, f.document) f.*
FROM mart.published_figures AS f
ORDER BY f.figure_code ASC, f.document ASC, f.day DESC;
COMMENT ON VIEW mart.published_figures_latest IS
'Số liệu đã công bố theo từng văn bản / each figure of each document, as last stated. Rows as mart.published_figures';


GRANT SELECT ON mart.dossier_statistics, mart.service_catalogue, mart.portal_usage,
mart.work_files, mart.cabinet_sessions, mart.usage_evaluation, mart.platform_traffic,
mart.socioeconomic_indicators, mart.population, mart.electronic_results,
mart.security_incidents, mart.published_figures, mart.service_catalogue_latest,
mart.population_latest, mart.published_figures_latest TO hub_loader, hub_operator, hub_auditor,
hub_dashboard;
RESET ROLE;
