-- name: statistics
-- purpose: facts of what agencies count themselves: twelve feeds, one table each, and their dimensions
SET LOCAL ROLE hub_owner;

-- Dimensions whose members the facts bring along, of one shape with core.dim_unit.
CREATE TABLE core.dim_field (
    field_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field_code text COLLATE "C" NOT NULL,
    field_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (field_code, valid_from)
);
COMMENT ON TABLE core.dim_field IS 'lĩnh vực thủ tục / a field of procedures';
CREATE TABLE core.dim_service (
    service_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service_code text COLLATE "C" NOT NULL,
    service_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (service_code, valid_from)
);
COMMENT ON TABLE core.dim_service IS 'dịch vụ chia sẻ dữ liệu / a service of a data sharing platform';
CREATE TABLE core.dim_indicator (
    indicator_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    indicator_code text COLLATE "C" NOT NULL,
    indicator_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (indicator_code, valid_from)
);
COMMENT ON TABLE core.dim_indicator IS 'chỉ tiêu kinh tế - xã hội / a socio-economic indicator';
CREATE TABLE core.dim_area (
    area_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area_code text COLLATE "C" NOT NULL,
    area_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (area_code, valid_from)
);
COMMENT ON TABLE core.dim_area IS 'mã GSO của địa bàn, nghĩa theo ngày của số liệu / a GSO code of an area; what it means depends on the day (core.agency_code, system gso)';
CREATE TABLE core.dim_reporting_period (
    reporting_period_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reporting_period_code text COLLATE "C" NOT NULL,
    reporting_period_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (reporting_period_code, valid_from)
);
COMMENT ON TABLE core.dim_reporting_period IS 'kỳ báo cáo: 2020, 2020-Q2, 2020-04, 2020-01..2020-04 / a reporting period by name';
CREATE TABLE core.dim_unit_name (
    unit_name_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_name_code text COLLATE "C" NOT NULL,
    unit_name_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (unit_name_code, valid_from)
);
COMMENT ON TABLE core.dim_unit_name IS 'tên đơn vị tính / the name of a unit of measure';
CREATE TABLE core.dim_figure (
    figure_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    figure_code text COLLATE "C" NOT NULL,
    figure_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (figure_code, valid_from)
);
COMMENT ON TABLE core.dim_figure IS 'số liệu đã công bố / a published figure';
CREATE TABLE core.dim_publication (
    publication_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    publication_code text COLLATE "C" NOT NULL,
    publication_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (publication_code, valid_from)
);
COMMENT ON TABLE core.dim_publication IS 'văn bản công bố / the documents that state a figure';

-- Facts. day: the last day of the calendar period that a partition speaks of. key: xxh3-64 of the
-- natural key. Columns ending in _e<n> are whole numbers of 10^-n units.
CREATE TABLE core.dossier_statistic (
    key bigint NOT NULL,
    received_online bigint NOT NULL,
    received_direct_postal bigint NOT NULL,
    carried_over bigint NOT NULL,
    received_total bigint NOT NULL,
    resolved_early bigint NOT NULL,
    resolved_ontime bigint NOT NULL,
    resolved_late bigint NOT NULL,
    resolved_total bigint NOT NULL,
    pending_intime bigint NOT NULL,
    pending_late bigint NOT NULL,
    pending_total bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    unit_id integer NOT NULL,
    field_id integer NOT NULL,
    procedure_id integer,
    form_id smallint NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX dossier_statistic_key ON core.dossier_statistic (agency_id, key, day);
CREATE INDEX dossier_statistic_day ON core.dossier_statistic (agency_id, day);
COMMENT ON TABLE core.dossier_statistic IS
'Số hồ sơ theo biểu II.06a, II.06b như đơn vị báo cáo / dossiers as agencies report them: one row per (agency, form, unit, field, procedure, month)';
COMMENT ON COLUMN core.dossier_statistic.received_online IS 'cột 4: tiếp nhận trực tuyến / received online';
COMMENT ON COLUMN core.dossier_statistic.received_direct_postal IS 'cột 5: trực tiếp, bưu chính / in person or by post';
COMMENT ON COLUMN core.dossier_statistic.carried_over IS 'cột 6: kỳ trước chuyển qua / carried over';
COMMENT ON COLUMN core.dossier_statistic.received_total IS 'cột 3 = 4 + 5 + 6';
COMMENT ON COLUMN core.dossier_statistic.resolved_early IS 'cột 8: trước hạn / before the due day';
COMMENT ON COLUMN core.dossier_statistic.resolved_ontime IS 'cột 9: đúng hạn / on the due day';
COMMENT ON COLUMN core.dossier_statistic.resolved_late IS 'cột 10: quá hạn / late';
COMMENT ON COLUMN core.dossier_statistic.resolved_total IS 'cột 7 = 8 + 9 + 10';
COMMENT ON COLUMN core.dossier_statistic.pending_intime IS 'cột 12: đang giải quyết trong hạn / pending in time';
COMMENT ON COLUMN core.dossier_statistic.pending_late IS 'cột 13: đang giải quyết quá hạn / pending late';
COMMENT ON COLUMN core.dossier_statistic.pending_total IS 'cột 11 = 12 + 13';
COMMENT ON COLUMN core.dossier_statistic.procedure_id IS 'có trong II.06b / stated in II.06b';
COMMENT ON COLUMN core.dossier_statistic.form_id IS 'danh mục statistics_form / list';

CREATE TABLE core.catalogued_service (
    key bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    procedure_id integer NOT NULL,
    unit_id integer,
    field_id integer,
    integrated_on date,
    service_level_id smallint NOT NULL,
    regime_id smallint NOT NULL,
    integrated_id smallint NOT NULL,
    has_payment_id smallint
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX catalogued_service_key ON core.catalogued_service (agency_id, key, day);
CREATE INDEX catalogued_service_day ON core.catalogued_service (agency_id, day);
COMMENT ON TABLE core.catalogued_service IS
'Dịch vụ công trong danh mục cuối kỳ / services of the catalogue at the period''s end: one row per (agency, procedure, month)';
COMMENT ON COLUMN core.catalogued_service.integrated_on IS 'ngày tích hợp lên Cổng DVC quốc gia / on the national portal since';
COMMENT ON COLUMN core.catalogued_service.service_level_id IS 'danh mục service_level / list';
COMMENT ON COLUMN core.catalogued_service.regime_id IS 'danh mục service_regime: NĐ 43/2011, NĐ 42/2022 / list';
COMMENT ON COLUMN core.catalogued_service.integrated_id IS 'danh mục yes_no / list';
COMMENT ON COLUMN core.catalogued_service.has_payment_id IS 'thanh toán trực tuyến được; danh mục yes_no / can be paid online';

CREATE TABLE core.portal_usage (
    key bigint NOT NULL,
    new_accounts bigint NOT NULL,
    visits bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    channel_id smallint NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX portal_usage_key ON core.portal_usage (agency_id, key, day);
CREATE INDEX portal_usage_day ON core.portal_usage (agency_id, day);
COMMENT ON TABLE core.portal_usage IS
'Lượt dùng Cổng DVC quốc gia / use of the national portal: one row per (agency, channel, day)';
COMMENT ON COLUMN core.portal_usage.new_accounts IS 'tài khoản mới / accounts made that day';
COMMENT ON COLUMN core.portal_usage.visits IS 'lượt truy cập / visits';
COMMENT ON COLUMN core.portal_usage.channel_id IS 'danh mục portal_channel / list';

CREATE TABLE core.work_file_count (
    key bigint NOT NULL,
    files_total bigint NOT NULL,
    files_online bigint NOT NULL,
    files_secret bigint,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    unit_id integer NOT NULL,
    level_id smallint NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX work_file_count_key ON core.work_file_count (agency_id, key, day);
CREATE INDEX work_file_count_day ON core.work_file_count (agency_id, day);
COMMENT ON TABLE core.work_file_count IS
'Hồ sơ công việc xử lý trên môi trường mạng / work files handled online: one row per (agency, unit, level, month)';
COMMENT ON COLUMN core.work_file_count.files_total IS 'không kể hồ sơ mật / without secret files';
COMMENT ON COLUMN core.work_file_count.files_online IS 'xử lý trên mạng / handled online';
COMMENT ON COLUMN core.work_file_count.files_secret IS 'hồ sơ mật, không thuộc tổng số / not part of the total';
COMMENT ON COLUMN core.work_file_count.level_id IS 'danh mục government_level / list';

CREATE TABLE core.cabinet_meeting (
    key bigint NOT NULL,
    papers_replaced bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    held_on date NOT NULL,
    kind_id smallint NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX cabinet_meeting_key ON core.cabinet_meeting (agency_id, key, day);
CREATE INDEX cabinet_meeting_day ON core.cabinet_meeting (agency_id, day);
COMMENT ON TABLE core.cabinet_meeting IS
'Phiên họp và phiếu lấy ý kiến trên e-Cabinet / sessions and ballots on e-Cabinet: one row per (agency, meeting, month)';
COMMENT ON COLUMN core.cabinet_meeting.papers_replaced IS 'văn bản giấy được thay / paper documents replaced';
COMMENT ON COLUMN core.cabinet_meeting.held_on IS 'ngày họp hoặc ngày lấy ý kiến / day held';
COMMENT ON COLUMN core.cabinet_meeting.kind_id IS 'danh mục cabinet_kind / list';

CREATE TABLE core.usage_evaluation (
    key bigint NOT NULL,
    services_total bigint NOT NULL,
    services_level4 bigint NOT NULL,
    level4_share_pct_e2 bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    evaluated_id integer NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX usage_evaluation_key ON core.usage_evaluation (agency_id, key, day);
CREATE INDEX usage_evaluation_day ON core.usage_evaluation (agency_id, day);
COMMENT ON TABLE core.usage_evaluation IS
'Đánh giá dịch vụ công trực tuyến / evaluation of online services: one row per (agency, evaluated organisation, month)';
COMMENT ON COLUMN core.usage_evaluation.services_level4 IS 'dịch vụ mức độ 4 / services at level 4';
COMMENT ON COLUMN core.usage_evaluation.level4_share_pct_e2 IS 'tỷ lệ mức độ 4, phần trăm x 100 / share in hundredths of a percent';
COMMENT ON COLUMN core.usage_evaluation.evaluated_id IS 'đơn vị được đánh giá (core.dim_unit) / who is evaluated';

CREATE TABLE core.platform_traffic (
    key bigint NOT NULL,
    requests bigint NOT NULL,
    failures bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    platform_id integer NOT NULL,
    service_id integer NOT NULL,
    connected_on date
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX platform_traffic_key ON core.platform_traffic (agency_id, key, day);
CREATE INDEX platform_traffic_day ON core.platform_traffic (agency_id, day);
COMMENT ON TABLE core.platform_traffic IS
'Giao dịch qua nền tảng tích hợp, chia sẻ dữ liệu / requests over the sharing platform: one row per (agency, platform, service, day)';
COMMENT ON COLUMN core.platform_traffic.failures IS 'số giao dịch lỗi, thuộc requests / failed ones among them';
COMMENT ON COLUMN core.platform_traffic.platform_id IS 'nền tảng của đơn vị nào (core.dim_unit) / whose platform';
COMMENT ON COLUMN core.platform_traffic.connected_on IS 'ngày kết nối / connected since';

CREATE TABLE core.indicator_value (
    key bigint NOT NULL,
    value_e4 bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    indicator_id integer NOT NULL,
    area_id integer,
    reporting_period_id integer NOT NULL,
    unit_name_id integer NOT NULL,
    value_kind_id smallint NOT NULL,
    approved_id smallint NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX indicator_value_key ON core.indicator_value (agency_id, key, day);
CREATE INDEX indicator_value_day ON core.indicator_value (agency_id, day);
COMMENT ON TABLE core.indicator_value IS
'Chỉ tiêu kinh tế - xã hội / socio-economic indicators: one row per (agency, indicator, area, reporting period, kind of value, month)';
COMMENT ON COLUMN core.indicator_value.value_e4 IS 'giá trị x 10.000 / value in 10^-4 units';
COMMENT ON COLUMN core.indicator_value.area_id IS 'không có = cả nước / absent = the whole country';
COMMENT ON COLUMN core.indicator_value.value_kind_id IS 'danh mục value_kind: kế hoạch, ước, chính thức / list';
COMMENT ON COLUMN core.indicator_value.approved_id IS 'danh mục yes_no / list';

CREATE TABLE core.population (
    key bigint NOT NULL,
    average_population_thousand_e1 bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    area_id integer NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX population_key ON core.population (agency_id, key, day);
CREATE INDEX population_day ON core.population (agency_id, day);
COMMENT ON TABLE core.population IS
'Dân số trung bình / average population: one row per (agency, area, year)';
COMMENT ON COLUMN core.population.average_population_thousand_e1 IS 'nghìn người x 10 / tenths of a thousand persons';
COMMENT ON COLUMN core.population.area_id IS 'mã GSO theo ngày / GSO code as of the day';

CREATE TABLE core.electronic_result (
    key bigint NOT NULL,
    results_issued bigint NOT NULL,
    results_electronic bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    unit_id integer NOT NULL,
    procedure_id integer NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX electronic_result_key ON core.electronic_result (agency_id, key, day);
CREATE INDEX electronic_result_day ON core.electronic_result (agency_id, day);
COMMENT ON TABLE core.electronic_result IS
'Kết quả giải quyết điện tử / electronic results: one row per (agency, unit, procedure, month)';
COMMENT ON COLUMN core.electronic_result.results_issued IS 'kết quả đã trả / results issued';
COMMENT ON COLUMN core.electronic_result.results_electronic IS 'trong đó bản điện tử / electronic ones among them';

CREATE TABLE core.security_incident (
    key bigint NOT NULL,
    incidents bigint,
    change_pct_e1 bigint,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    reporting_period_id integer NOT NULL,
    compared_period_id integer,
    incident_kind_id smallint NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX security_incident_key ON core.security_incident (agency_id, key, day);
CREATE INDEX security_incident_day ON core.security_incident (agency_id, day);
COMMENT ON TABLE core.security_incident IS
'Sự cố an toàn thông tin / security incidents: one row per (agency, kind, reporting period, month); a count, a change, or both';
COMMENT ON COLUMN core.security_incident.incidents IS 'số sự cố; có thể không công bố / may not be stated';
COMMENT ON COLUMN core.security_incident.change_pct_e1 IS 'thay đổi, phần trăm x 10; có thể không có gốc / tenths of a percent, perhaps without a base';
COMMENT ON COLUMN core.security_incident.compared_period_id IS 'kỳ so sánh (core.dim_reporting_period) / compared with';
COMMENT ON COLUMN core.security_incident.incident_kind_id IS 'danh mục incident_kind / list';

CREATE TABLE core.published_figure (
    key bigint NOT NULL,
    value_e2 bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    figure_id integer NOT NULL,
    publication_id integer NOT NULL,
    unit_name_id integer NOT NULL,
    first_on date,
    as_of date NOT NULL,
    precision_id smallint NOT NULL
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX published_figure_key ON core.published_figure (agency_id, key, day);
CREATE INDEX published_figure_day ON core.published_figure (agency_id, day);
COMMENT ON TABLE core.published_figure IS
'Số liệu đã công bố / published figures: one row per (agency, figure, document, year); contradicting ones live side by side';
COMMENT ON COLUMN core.published_figure.value_e2 IS 'giá trị x 100 / value in 10^-2 units';
COMMENT ON COLUMN core.published_figure.publication_id IS 'văn bản nêu số liệu / document that states it';
COMMENT ON COLUMN core.published_figure.first_on IS 'từ ngày / first day it speaks of';
COMMENT ON COLUMN core.published_figure.as_of IS 'đến ngày / as of';
COMMENT ON COLUMN core.published_figure.precision_id IS 'danh mục precision: đúng, hơn, khoảng / list';

-- As in 0003, for every table of core that is cut into months.
CREATE OR REPLACE FUNCTION core.ensure_month(fact text, some_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', some_day);
    leaf text := format('%s_%s', fact, to_char(first_day, 'YYYY_MM'));
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_class AS c
        WHERE c.relname = fact AND c.relkind = 'p' AND c.relnamespace = 'core'::regnamespace
    ) THEN
        RAISE EXCEPTION 'not a fact table: %', fact;
    END IF;
    IF core.has_month(fact, leaf) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('core.ensure_month/' || fact, 0));
    IF core.has_month(fact, leaf) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE core.%I (LIKE core.%I INCLUDING ALL)', leaf, fact);
    EXECUTE format(
        'ALTER TABLE core.%I ATTACH PARTITION core.%I FOR VALUES FROM (%L) TO (%L)',
        fact, leaf, first_day, (first_day + interval '1 month')::date
    );
    RETURN true;
END $$;

-- The dashboard reads these facts too: they are sums that agencies publish, and the views of mart
-- over them read with the reader's own rights. Single dossiers, payments, documents stay closed.
GRANT SELECT ON core.dossier_statistic, core.catalogued_service, core.portal_usage,
core.work_file_count, core.cabinet_meeting, core.usage_evaluation, core.platform_traffic,
core.indicator_value, core.population, core.electronic_result, core.security_incident,
core.published_figure, core.dim_field, core.dim_service, core.dim_indicator, core.dim_area,
core.dim_reporting_period, core.dim_unit_name, core.dim_figure, core.dim_publication TO
hub_loader, hub_operator, hub_auditor, hub_dashboard;
GRANT INSERT, DELETE ON core.dossier_statistic, core.catalogued_service, core.portal_usage,
core.work_file_count, core.cabinet_meeting, core.usage_evaluation, core.platform_traffic,
core.indicator_value, core.population, core.electronic_result, core.security_incident,
core.published_figure TO hub_loader;
GRANT INSERT ON core.dim_field, core.dim_service, core.dim_indicator, core.dim_area,
core.dim_reporting_period, core.dim_unit_name, core.dim_figure, core.dim_publication TO
hub_loader;
RESET ROLE;
