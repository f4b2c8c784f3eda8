-- name: catalogue
-- purpose: marts as BI tools meet them: names beside codes, calendars, and every view and column
--   described in the database itself; docs/catalogue.md is made from these comments
SET LOCAL ROLE hub_owner;

-- Dimensions: one view each, joined by the id or code that the facts carry.
CREATE VIEW mart.agencies WITH (security_invoker = true) AS
SELECT
    a.agency_id,
    a.agency_code,
    a.agency_name,
    a.full_name,
    a.level AS agency_level,
    a.kind AS agency_kind,
    a.valid_from,
    a.valid_to,
    m.map_code AS today_code,
    m.map_name AS today_name,
    m.mark AS today_mark
FROM core.dim_agency AS a
JOIN mart.map_on((now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS m ON m.agency_id = a.agency_id;

CREATE VIEW mart.units WITH (security_invoker = true) AS
SELECT u.unit_id, u.unit_code, u.unit_name FROM core.dim_unit AS u;

CREATE VIEW mart.procedures WITH (security_invoker = true) AS
SELECT
    p.procedure_id,
    p.procedure_code,
    left(p.procedure_code, 8) AS national_code,
    p.procedure_name
FROM core.dim_procedure AS p;

CREATE VIEW mart.fields WITH (security_invoker = true) AS
SELECT f.field_id, f.field_code, f.field_name FROM core.dim_field AS f;

CREATE VIEW mart.codes WITH (security_invoker = true) AS
SELECT c.list, c.id AS code_id, c.code, c.label_vi, c.label_en, c.valid_from, c.valid_to FROM core.code AS c;

-- One row per day from 2019 to the end of next year; the two calendars stand side by side. A
-- report month ends on the 14th. Source: NĐ 09/2019/NĐ-CP art. 12.
CREATE VIEW mart.days WITH (security_invoker = true) AS
WITH today AS (
    SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day
),
spans AS (
    SELECT
        generated::date AS day,
        CASE
            WHEN extract(DAY FROM generated) >= 15
                THEN date_trunc('month', generated) + interval '1 month'
            ELSE date_trunc('month', generated)
        END AS report_month
    FROM today
    CROSS JOIN generate_series(
        timestamp '2019-01-01',
        date_trunc('year', today.day)::timestamp + interval '2 years' - interval '1 day',
        interval '1 day'
    ) AS generated
)
SELECT
    s.day,
    to_char(s.day, 'YYYY-MM') AS month,
    to_char(s.day, 'YYYY"-Q"Q') AS quarter,
    to_char(s.day, 'YYYY') AS year,
    to_char(s.report_month, 'YYYY-MM') AS report_month,
    to_char(s.report_month, 'YYYY"-Q"Q') AS report_quarter,
    to_char(s.report_month, 'YYYY') AS report_year,
    extract(ISODOW FROM s.day)::integer AS weekday
FROM spans AS s;

-- Facts with names: what mart.*_flow hold by id.
CREATE VIEW mart.dossiers_daily WITH (security_invoker = true) AS
SELECT
    f.agency_id,
    a.agency_code,
    a.agency_name,
    f.day,
    coalesce(u.unit_code, '') AS unit_code,
    coalesce(u.unit_name, '') AS unit_name,
    coalesce(p.procedure_code, '') AS procedure_code,
    coalesce(p.procedure_name, '') AS procedure_name,
    coalesce(in_channel.code, '') AS channel,
    coalesce(in_channel.label_vi, '') AS channel_name,
    coalesce(in_level.code, '') AS service_level,
    coalesce(in_level.label_vi, '') AS service_level_name,
    f.submitted,
    f.received,
    f.resolved_early,
    f.resolved_ontime,
    f.resolved_late,
    f.withdrawn,
    f.stopped,
    f.opened - f.closed AS pending_change,
    f.overdue_started - f.overdue_ended AS overdue_change,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM mart.dossier_flow AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
LEFT JOIN core.dim_procedure AS p ON p.procedure_id = f.procedure_id
LEFT JOIN core.code AS in_channel ON in_channel.list = 'channel' AND in_channel.id = f.channel_id
LEFT JOIN core.code AS in_level
    ON in_level.list = 'service_level' AND in_level.id = f.service_level_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'dossiers' AND c.agency_code = a.agency_code AND c.day = f.day;

CREATE VIEW mart.payments_daily WITH (security_invoker = true) AS
SELECT
    f.agency_id,
    a.agency_code,
    a.agency_name,
    f.day,
    coalesce(u.unit_code, '') AS unit_code,
    coalesce(u.unit_name, '') AS unit_name,
    coalesce(p.procedure_code, '') AS procedure_code,
    coalesce(p.procedure_name, '') AS procedure_name,
    coalesce(in_kind.code, '') AS obligation,
    coalesce(in_kind.label_vi, '') AS obligation_name,
    in_status.code AS status,
    in_status.label_vi AS status_name,
    coalesce(in_method.code, '') AS method,
    coalesce(in_method.label_vi, '') AS method_name,
    m.currency_code,
    f.payment_count,
    trim_scale(f.amount_minor / power(10::numeric, m.exponent)) AS amount,
    trim_scale(f.fee_minor / power(10::numeric, m.exponent)) AS fee_amount,
    trim_scale(f.charge_minor / power(10::numeric, m.exponent)) AS charge_amount,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM mart.payment_flow AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.currency AS m ON m.currency_id = f.currency_id
JOIN core.code AS in_status ON in_status.list = 'payment_status' AND in_status.id = f.status_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
LEFT JOIN core.dim_procedure AS p ON p.procedure_id = f.procedure_id
LEFT JOIN core.code AS in_kind
    ON in_kind.list = 'obligation_kind' AND in_kind.id = f.obligation_kind_id
LEFT JOIN core.code AS in_method
    ON in_method.list = 'payment_method' AND in_method.id = f.method_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'payments' AND c.agency_code = a.agency_code AND c.day = f.day;

CREATE VIEW mart.documents_daily WITH (security_invoker = true) AS
SELECT
    f.agency_id,
    a.agency_code,
    a.agency_name,
    f.day,
    coalesce(u.unit_code, '') AS unit_code,
    coalesce(u.unit_name, '') AS unit_name,
    in_direction.code AS direction,
    in_direction.label_vi AS direction_name,
    coalesce(in_type.code, '') AS document_type,
    coalesce(in_type.label_vi, '') AS document_type_name,
    coalesce(in_business.code, '') AS business_type,
    coalesce(in_business.label_vi, '') AS business_type_name,
    coalesce(in_status.code, '') AS status,
    coalesce(in_status.label_vi, '') AS status_name,
    coalesce(in_priority.code, '') AS priority,
    coalesce(in_priority.label_vi, '') AS priority_name,
    f.movement_count,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count
FROM mart.document_flow AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
JOIN core.code AS in_direction
    ON in_direction.list = 'direction' AND in_direction.id = f.direction_id
LEFT JOIN core.dim_unit AS u ON u.unit_id = f.unit_id
LEFT JOIN core.code AS in_type
    ON in_type.list = 'document_type' AND in_type.id = f.document_type_id
LEFT JOIN core.code AS in_business
    ON in_business.list = 'business_type' AND in_business.id = f.business_type_id
LEFT JOIN core.code AS in_status
    ON in_status.list = 'document_status' AND in_status.id = f.status_id
LEFT JOIN core.code AS in_priority
    ON in_priority.list = 'priority' AND in_priority.id = f.priority_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'documents' AND c.agency_code = a.agency_code AND c.day = f.day;

CREATE VIEW mart.completeness_daily WITH (security_invoker = true) AS
SELECT
    c.feed,
    c.day,
    count(*)::integer AS expected_count,
    sum(c.covered_count)::integer AS covered_count
FROM mart.coverage_day AS c
GROUP BY c.feed, c.day;

-- What was signed, without the workbook and the printed rows; day is the last day of the period.
CREATE VIEW mart.signed_forms WITH (security_invoker = true) AS
SELECT
    s.signed_form_id,
    s.form,
    s.form_version,
    s.cut,
    s.agency_code,
    s.period,
    s.calendar,
    s.first_day,
    s.last_day AS day,
    s.basis,
    s.fingerprint,
    s.identity_count,
    s.expected_count,
    s.covered_count,
    s.file_sha256,
    s.signer,
    s.signed_at
FROM ledger.signed_form AS s;

-- Two meetings may fall on one day, so a row needs its key to be told apart.
CREATE OR REPLACE VIEW mart.cabinet_sessions WITH (security_invoker = true) AS
SELECT
    a.agency_code,
    f.agency_id,
    mart.government_level(a.agency_code) AS government_level,
    f.day,
    in_kind.code AS kind,
    f.held_on,
    f.papers_replaced,
    coalesce(c.expected_count, 0) AS expected_count,
    coalesce(c.covered_count, 0) AS covered_count,
    f.key::text AS meeting_key
FROM core.cabinet_meeting AS f
JOIN core.dim_agency AS a ON a.agency_id = f.agency_id
LEFT JOIN core.code AS in_kind
    ON in_kind.list = 'cabinet_kind' AND in_kind.id = f.kind_id
LEFT JOIN mart.coverage_day AS c
    ON c.feed = 'cabinet_sessions' AND c.agency_code = a.agency_code AND c.day = f.day;

GRANT SELECT ON mart.agencies, mart.units, mart.procedures, mart.fields, mart.codes, mart.days,
mart.dossiers_daily, mart.payments_daily, mart.documents_daily, mart.completeness_daily,
mart.signed_forms TO hub_loader, hub_operator, hub_auditor, hub_dashboard;
GRANT SELECT (
    signed_form_id, form, form_version, cut, agency_code, period, calendar, first_day, last_day,
    basis, fingerprint, identity_count, expected_count, covered_count, file_sha256, signer, signed_at
) ON ledger.signed_form TO hub_loader, hub_dashboard;

-- The dictionary: one name, one meaning, one unit, in every view that has the column. A comment is
-- 'tiếng Việt / English [unit]'; the unit is left out where there is none.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        WITH dictionary (name, meaning) AS (
            VALUES
            ('agency_id', 'đơn vị trong một thời kỳ, nối với mart.agencies / the agency in one span of days, joins mart.agencies'),
            ('agency_code', 'mã đơn vị (QĐ 20/2020) / code of the agency'),
            ('agency_name', 'tên đơn vị / name of the agency'),
            ('full_name', 'tên đầy đủ / full name'),
            ('agency_level', 'cấp: ministry, province, government_agency, interagency / level'),
            ('agency_kind', 'loại: city, province, ministry … / kind'),
            ('government_level', 'cấp của đơn vị báo cáo: ministry, province / level of the agency that reports'),
            ('valid_from', 'ngày đầu hiệu lực / first day of validity'),
            ('valid_to', 'ngày cuối hiệu lực; trống = còn hiệu lực / last day of validity; empty = still valid'),
            ('today_code', 'mã trên bản đồ hôm nay / code on the map of today'),
            ('today_name', 'tên trên bản đồ hôm nay / name on the map of today'),
            ('today_mark', 'vì sao không đúng một đơn vị hôm nay: not_divisible, not_on_map / why it is not simply that unit'),
            ('unit_id', 'đơn vị xử lý, nối với mart.units; 0 = không nêu / unit, joins mart.units; 0 = not stated'),
            ('unit_code', 'mã đơn vị xử lý; trống = không nêu / code of the unit; empty = not stated'),
            ('unit_name', 'tên đơn vị / name of the unit'),
            ('procedure_id', 'thủ tục, nối với mart.procedures; 0 = không nêu / procedure, joins mart.procedures; 0 = not stated'),
            ('procedure_code', 'mã thủ tục; trống = không nêu / code of the procedure; empty = not stated'),
            ('procedure_name', 'tên thủ tục / name of the procedure'),
            ('national_code', 'mã thủ tục quốc gia, không đuôi của đơn vị / national code, without the suffix of an agency'),
            ('field_id', 'lĩnh vực, nối với mart.fields / field of procedures, joins mart.fields'),
            ('field_code', 'mã lĩnh vực / code of the field of procedures'),
            ('field_name', 'tên lĩnh vực / name of the field of procedures'),
            ('day', 'ngày, giờ Việt Nam; của luồng tháng, năm là ngày cuối kỳ / day in Viet Nam; of a monthly or yearly feed the last day of its period'),
            ('first_day', 'ngày đầu kỳ / first day of the period'),
            ('month', 'tháng dương lịch / calendar month, 2026-11'),
            ('quarter', 'quý dương lịch / calendar quarter, 2026-Q4'),
            ('year', 'năm dương lịch / calendar year'),
            ('report_month', 'tháng báo cáo, đóng ngày 14 / reporting month, closes on the 14th'),
            ('report_quarter', 'quý báo cáo / reporting quarter'),
            ('report_year', 'năm báo cáo / reporting year'),
            ('weekday', 'thứ trong tuần, 1 = thứ Hai / day of the week, 1 = Monday'),
            ('list', 'danh mục / code list'),
            ('code_id', 'số của mã trong danh mục, như các cột _id / number of the code in its list, as in columns _id'),
            ('code', 'mã trong danh mục / code in the list'),
            ('label_vi', 'nhãn tiếng Việt / label in Vietnamese'),
            ('label_en', 'nhãn tiếng Anh / label in English'),
            ('feed', 'luồng dữ liệu / feed'),
            ('channel_id', 'kênh nộp; 0 = không nêu / channel, core.code list channel; 0 = not stated'),
            ('channel', 'kênh: direct, online, postal; cổng: web, mobile / channel'),
            ('channel_name', 'tên kênh / name of the channel'),
            ('service_level_id', 'mức độ dịch vụ; 0 = không nêu / service level, core.code list service_level; 0 = not stated'),
            ('service_level', 'mức độ: full, partial, info_only; trước 2022: info, forms, submit_online, transact_online / service level'),
            ('service_level_name', 'tên mức độ / name of the service level'),
            ('submitted', 'nộp trong ngày / submitted that day [dossiers]'),
            ('received', 'tiếp nhận / taken in [dossiers]'),
            ('resolved_early', 'xong trước hạn / resolved before the due day [dossiers]'),
            ('resolved_ontime', 'xong đúng hạn / resolved on the due day or without one [dossiers]'),
            ('resolved_late', 'xong quá hạn / resolved after the due day [dossiers]'),
            ('withdrawn', 'rút / withdrawn [dossiers]'),
            ('stopped', 'dừng / stopped [dossiers]'),
            ('overdue_started', 'bắt đầu quá hạn / became overdue [dossiers]'),
            ('overdue_ended', 'hết quá hạn / overdue ones that ended [dossiers]'),
            ('opened', 'mở = received / opened [dossiers]'),
            ('closed', 'đóng: năm cách kết thúc / ended in any of five ways [dossiers]'),
            ('pending_change', 'thay đổi số đang giải quyết; cộng dồn từ đầu là số tồn / change of the pending; its running sum is the stock [dossiers]'),
            ('overdue_change', 'thay đổi số quá hạn; cộng dồn từ đầu là số tồn / change of the overdue; its running sum is the stock [dossiers]'),
            ('expected_count', 'số phần (đơn vị, luồng, ngày) phải có / partitions that are owed [partitions]'),
            ('covered_count', 'số phần đã có; đừng dùng số liệu mà thiếu cột này / partitions behind the figures; never read a figure without it [partitions]'),
            ('obligation_kind_id', 'loại nghĩa vụ; 0 = không nêu / kind of obligation, core.code list obligation_kind; 0 = not stated'),
            ('obligation', 'nghĩa vụ: fee, charge, tax, fine … / kind of obligation'),
            ('obligation_name', 'tên nghĩa vụ / name of the obligation'),
            ('status_id', 'trạng thái; 0 = không nêu / status, core.code; 0 = not stated'),
            ('status', 'trạng thái; trống = không nêu / status; empty = not stated'),
            ('status_name', 'tên trạng thái / name of the status'),
            ('method_id', 'cách trả; 0 = không nêu / method, core.code list payment_method; 0 = not stated'),
            ('method', 'cách trả: online, cash, transfer / method of payment'),
            ('method_name', 'tên cách trả / name of the method'),
            ('currency_id', 'loại tiền, số ISO 4217 / currency, ISO 4217 number'),
            ('currency_code', 'loại tiền, ISO 4217; đừng cộng hai loại tiền / currency; never add two'),
            ('payment_count', 'số giao dịch / payments [payments]'),
            ('amount_minor', 'số tiền theo đơn vị nhỏ nhất / amount in minor units [minor units of currency]'),
            ('fee_minor', 'phí theo đơn vị nhỏ nhất / fees in minor units [minor units of currency]'),
            ('charge_minor', 'lệ phí theo đơn vị nhỏ nhất / charges in minor units [minor units of currency]'),
            ('amount', 'số tiền / amount [currency_code]'),
            ('fee_amount', 'phí / fees [currency_code]'),
            ('charge_amount', 'lệ phí / charges [currency_code]'),
            ('direction_id', 'chiều gửi nhận / direction, core.code list direction'),
            ('direction', 'chiều: sent, received / direction'),
            ('direction_name', 'tên chiều / name of the direction'),
            ('document_type_id', 'loại văn bản; 0 = không nêu / type of document, core.code; 0 = not stated'),
            ('document_type', 'loại văn bản / type of document'),
            ('document_type_name', 'tên loại văn bản / name of the type'),
            ('business_type_id', 'nghiệp vụ; 0 = không nêu / business type, core.code; 0 = not stated'),
            ('business_type', 'nghiệp vụ: new, revoke, update, replace / business type'),
            ('business_type_name', 'tên nghiệp vụ / name of the business type'),
            ('priority_id', 'độ khẩn; 0 = không nêu / priority, core.code; 0 = not stated'),
            ('priority', 'độ khẩn: normal, urgent, very_urgent, express / priority'),
            ('priority_name', 'tên độ khẩn / name of the priority'),
            ('movement_count', 'lượt gửi hoặc nhận / movements [movements]'),
            ('is_expected', 'có trong danh sách phải có / whether the partition is owed'),
            ('due_at', 'hạn / instant it is due at'),
            ('state', 'trạng thái: loaded, quarantine, running, rejected, failed, missing, not_due / what the partition shows'),
            ('applied', 'lượt chạy đang hiện, 0 = không có / run that it shows, 0 = none'),
            ('received_count', 'số dòng đã nhận = nạp + cách ly + trùng / rows received = loaded + quarantined + duplicates [rows]'),
            ('loaded_count', 'số dòng đã nạp / rows loaded [rows]'),
            ('quarantined_count', 'số dòng bị cách ly / rows in quarantine [rows]'),
            ('duplicate_count', 'số dòng trùng / duplicate rows [rows]'),
            ('applied_at', 'lúc nạp / instant of the load'),
            ('last_run', 'lượt chạy mới nhất / newest attempt'),
            ('last_state', 'kết quả lượt mới nhất / state of the newest attempt'),
            ('last_code', 'mã lý do của lượt mới nhất (docs/errors.md) / reason code of the newest attempt'),
            ('last_message', 'lời của lượt mới nhất / message of the newest attempt'),
            ('is_publishable', 'được công bố / may be published'),
            ('is_passed', 'đạt kiểm định / passed the audit'),
            ('audited_at', 'lúc kiểm định / instant of the audit'),
            ('form', 'biểu / form'),
            ('form_version', 'bản định nghĩa của biểu / version of the form''s definition'),
            ('cut', 'một dòng của biểu là gì / what a row of the form is'),
            ('period', 'kỳ / period'),
            ('calendar', 'lịch: civil, report / calendar'),
            ('basis', 'bản đồ: reported, today hay một ngày / map'),
            ('fingerprint', 'sha256 của các con số đã ký / sha256 of the signed figures'),
            ('identity_count', 'số phép cộng đã khớp / sums that were checked and hold'),
            ('file_sha256', 'sha256 của tệp đã ký / sha256 of the signed workbook'),
            ('signed_form_id', 'số của biểu đã ký / number of the signed form'),
            ('signer', 'người ký / who signed'),
            ('signed_at', 'lúc ký / instant of signing'),
            ('received_online', 'tiếp nhận trực tuyến (cột 4) / received online, column 4 [dossiers]'),
            ('received_direct_postal', 'tiếp nhận trực tiếp, bưu chính (cột 5) / received directly or by post, column 5 [dossiers]'),
            ('carried_over', 'kỳ trước chuyển qua (cột 6) / carried over, column 6 [dossiers]'),
            ('received_total', 'tiếp nhận, kể cả kỳ trước chuyển qua (cột 3) / received, carried over ones among them, column 3 [dossiers]'),
            ('resolved_total', 'đã giải quyết (cột 7) / resolved, column 7 [dossiers]'),
            ('pending_intime', 'đang giải quyết trong hạn (cột 12) / pending in time, column 12 [dossiers]'),
            ('pending_late', 'đang giải quyết quá hạn (cột 13) / pending and overdue, column 13 [dossiers]'),
            ('pending_total', 'đang giải quyết cuối kỳ (cột 11) / pending at the end, column 11 [dossiers]'),
            ('regime', 'thang mức độ: nd43 (NĐ 43/2011), nd42 (NĐ 42/2022) / scale of the level'),
            ('is_online', 'mức độ 3, 4, toàn trình, một phần / level 3 or 4, full or partial'),
            ('is_integrated', 'đã tích hợp Cổng DVC quốc gia / integrated into the national portal'),
            ('integrated_on', 'ngày tích hợp / day of integration'),
            ('has_payment', 'có thanh toán trực tuyến; trống = không nêu / payable online; empty = not stated'),
            ('new_accounts', 'tài khoản mới trong ngày / accounts made that day [accounts]'),
            ('visits', 'lượt truy cập trong ngày / visits of that day [visits]'),
            ('level', 'hồ sơ công việc của cấp nào: ministry, province, district, commune / level whose files they are'),
            ('files_total', 'hồ sơ công việc, không kể mật / work files without secret ones [files]'),
            ('files_online', 'trong đó xử lý trên mạng / handled online among them [files]'),
            ('files_secret', 'hồ sơ mật, ngoài tổng số / secret files, outside of the total [files]'),
            ('kind', 'loại: session (phiên họp), ballot (phiếu lấy ý kiến) / kind'),
            ('held_on', 'ngày họp / day of the meeting'),
            ('papers_replaced', 'văn bản giấy được thay / paper documents replaced [papers]'),
            ('meeting_key', 'khóa của phiên họp / key of the meeting'),
            ('evaluated_code', 'đơn vị được đánh giá / organisation that is evaluated'),
            ('evaluated_level', 'cấp của đơn vị được đánh giá / its level'),
            ('services_total', 'dịch vụ công trực tuyến / online services [services]'),
            ('services_level4', 'trong đó mức độ 4 / at level 4 among them [services]'),
            ('level4_share_pct', 'tỷ lệ mức độ 4, 0-100 / share at level 4, 0-100 [percent]'),
            ('platform_code', 'nền tảng / platform'),
            ('platform_level', 'cấp của nền tảng / level of the platform'),
            ('service_code', 'dịch vụ chia sẻ dữ liệu / service of the platform'),
            ('requests', 'lượt gọi trong ngày / calls of that day [requests]'),
            ('failures', 'lượt lỗi, thuộc requests / failed ones among requests [requests]'),
            ('connected_on', 'ngày kết nối / day of connection'),
            ('indicator_code', 'mã chỉ tiêu / code of the indicator'),
            ('area_code', 'mã GSO theo ngày; trống = cả nước / GSO code as of the day; empty = whole country'),
            ('province_code', 'mã GSO ấy hôm đó là tỉnh nào / which province the GSO code meant that day'),
            ('reporting_period', 'kỳ báo cáo: 2020, 2020-Q2, 2020-04, 2020-01..2020-04 / reporting period'),
            ('value_kind', 'plan (kế hoạch), estimate (ước), actual (thực hiện) / kind of value'),
            ('is_approved', 'đã duyệt / approved'),
            ('value', 'giá trị / value [unit_name]'),
            ('average_population_thousand', 'dân số trung bình / average population [thousand persons]'),
            ('results_issued', 'kết quả đã trả / results issued [results]'),
            ('results_electronic', 'trong đó bản điện tử / electronic ones among them [results]'),
            ('incident_kind', 'loại sự cố: all, phishing, malware, defacement / kind of incident'),
            ('incidents', 'số sự cố; trống = không nêu / incidents; empty = not stated [incidents]'),
            ('change_pct', 'thay đổi so với compared_period; trống = không nêu / change against compared_period; empty = not stated [percent]'),
            ('compared_period', 'kỳ so sánh / period compared with'),
            ('figure_code', 'mã số liệu / code of the figure'),
            ('document', 'văn bản nêu số / document that states it'),
            ('precision', 'exact, over (hơn), about (khoảng) / precision'),
            ('first_on', 'ngày đầu mà số nói tới; trống = không nêu / first day it speaks of; empty = not stated'),
            ('as_of', 'ngày cuối mà số nói tới / last day it speaks of'),
            ('key', 'khóa của hồ sơ: xxh3-64 của mã / key of the dossier: xxh3-64 of its code'),
            ('row_number', 'vị trí trong ngày nhận / position in the received day'),
            ('commune_id', 'xã / commune'),
            ('member_id', 'thành viên của lát cắt: 0, unit_id hay procedure_id / member of the cut: 0, a unit_id or a procedure_id'),
            ('received_online_full', 'tiếp nhận trực tuyến toàn trình, mức độ 4 / received online, full or level 4 [dossiers]'),
            ('received_online_partial', 'tiếp nhận trực tuyến một phần, mức độ 3 / received online, partial or level 3 [dossiers]'),
            ('received_direct', 'tiếp nhận trực tiếp / received directly [dossiers]'),
            ('received_postal', 'tiếp nhận qua bưu chính / received by post [dossiers]'),
            ('awaiting', 'thay đổi số chờ người nộp bổ sung / change of those whose applicant owes documents [dossiers]'),
            ('awaiting_overdue', 'trong đó quá hạn / overdue ones among them [dossiers]'),
            ('succeeded_count', 'giao dịch thành công / succeeded payments [payments]'),
            ('online_count', 'trong đó trả trực tuyến / paid online among them [payments]'),
            ('submitted_on', 'ngày nộp / day of submission'),
            ('received_on', 'ngày tiếp nhận / day of acceptance'),
            ('due_on', 'ngày hẹn trả / due day'),
            ('finished_on', 'ngày xong / day it was finished'),
            ('returned_on', 'ngày trả kết quả / day the result was given'),
            ('applicant_type_id', 'loại người nộp / type of applicant, core.code'),
            ('payment_flag_id', 'thanh toán trực tuyến / paid online, core.code')
        )
        SELECT c.relname, a.attname, d.meaning
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN dictionary AS d ON d.name = a.attname
        WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    LOOP
        EXECUTE format('COMMENT ON COLUMN mart.%I.%I IS %L', one.relname, one.attname, one.meaning);
    END LOOP;
END $$;
COMMENT ON COLUMN mart.published_figures.unit_name IS 'đơn vị tính / unit of measure';
COMMENT ON COLUMN mart.published_figures_latest.unit_name IS 'đơn vị tính / unit of measure';
COMMENT ON COLUMN mart.socioeconomic_indicators.unit_name IS 'đơn vị tính / unit of measure';
COMMENT ON COLUMN mart.dossier_statistics.form IS
'ii06a: theo lĩnh vực, ii06b: theo thủ tục; đừng cộng hai biểu / by field, by procedure; never add both';

COMMENT ON COLUMN mart.dossier_cut.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';
COMMENT ON COLUMN mart.dossier_before.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';
COMMENT ON COLUMN mart.payment_cut.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';
COMMENT ON COLUMN mart.payment_before.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';

-- What each view and table is: title, then grain, key (columns that tell rows apart; PostgreSQL
-- knows no keys of views), source (feeds) and an example, one line each.
COMMENT ON VIEW mart.agencies IS
'Đơn vị theo thời kỳ / Agencies and their validity
grain: một đơn vị trong một thời kỳ / an agency in one span of days
key: agency_id
source: contracts/lists (QĐ 20/2020)
example: SELECT agency_code, agency_name FROM mart.agencies WHERE valid_to IS NULL';
COMMENT ON VIEW mart.units IS
'Đơn vị xử lý / Units below agencies
grain: một đơn vị xử lý / a unit
key: unit_id
source: dossiers, documents
example: SELECT count(*) FROM mart.units';
COMMENT ON VIEW mart.procedures IS
'Thủ tục hành chính / Administrative procedures
grain: một mã thủ tục / a procedure code
key: procedure_id
source: dossiers, service_catalogue
example: SELECT count(DISTINCT national_code) FROM mart.procedures';
COMMENT ON VIEW mart.fields IS
'Lĩnh vực / Fields of procedures
grain: một lĩnh vực / a field
key: field_id
source: service_catalogue
example: SELECT field_code, field_name FROM mart.fields';
COMMENT ON VIEW mart.codes IS
'Danh mục mã / Code lists
grain: một mã của một danh mục / a code of a list
key: list, code_id
source: contracts/lists
example: SELECT code, label_vi FROM mart.codes WHERE list = ''channel''';
COMMENT ON VIEW mart.days IS
'Ngày và hai lịch / Days and both calendars
grain: một ngày / a day
key: day
source: NĐ 09/2019/NĐ-CP
example: SELECT min(day), max(day) FROM mart.days WHERE report_month = ''2026-11''';
COMMENT ON VIEW mart.dossiers_daily IS
'Hồ sơ từng ngày, đến thủ tục / Dossiers by day, down to the procedure
grain: một (đơn vị, ngày, đơn vị xử lý, thủ tục, kênh, mức độ) / one (agency, day, unit, procedure, channel, level)
key: agency_id, day, unit_code, procedure_code, channel, service_level
source: dossiers
example: SELECT agency_name, sum(received) FROM mart.dossiers_daily GROUP BY 1 ORDER BY 2 DESC';
COMMENT ON VIEW mart.dossier_day IS
'Hồ sơ từng ngày theo đơn vị / Dossiers by day and agency
grain: một đơn vị trong một ngày / an agency on a day
key: agency_id, day
source: dossiers
example: SELECT day, sum(received) FROM mart.dossier_day GROUP BY 1 ORDER BY 1';
COMMENT ON TABLE mart.dossier_flow IS
'Bước của hồ sơ, theo mã số / Steps of dossiers by id
grain: một (đơn vị, ngày, đơn vị xử lý, thủ tục, kênh, mức độ) / one (agency, day, unit, procedure, channel, level)
key: agency_id, day, unit_id, procedure_id, channel_id, service_level_id
source: dossiers
example: SELECT sum(opened - closed) FROM mart.dossier_flow WHERE day <= ''2026-11-20''';
COMMENT ON VIEW mart.payments_daily IS
'Thanh toán từng ngày / Payments by day
grain: một (đơn vị, ngày, đơn vị xử lý, thủ tục, nghĩa vụ, trạng thái, cách trả, loại tiền) / one (agency, day, unit, procedure, obligation, status, method, currency)
key: agency_id, day, unit_code, procedure_code, obligation, status, method, currency_code
source: payments
example: SELECT obligation_name, sum(amount) FROM mart.payments_daily WHERE status = ''succeeded'' AND currency_code = ''VND'' GROUP BY 1';
COMMENT ON TABLE mart.payment_flow IS
'Thanh toán, theo mã số / Payments by id
grain: một (đơn vị, ngày, đơn vị xử lý, thủ tục, nghĩa vụ, trạng thái, cách trả, loại tiền) / one (agency, day, unit, procedure, obligation, status, method, currency)
key: agency_id, day, unit_id, procedure_id, obligation_kind_id, status_id, method_id, currency_id
source: payments
example: SELECT sum(payment_count) FROM mart.payment_flow';
COMMENT ON VIEW mart.documents_daily IS
'Văn bản gửi, nhận từng ngày / Documents sent and received by day
grain: một (đơn vị, ngày, đơn vị gửi hoặc nhận, chiều, loại, nghiệp vụ, trạng thái, độ khẩn) / one (agency, day, own unit, direction, type, business, status, priority)
key: agency_id, day, unit_code, direction, document_type, business_type, status, priority
source: documents
example: SELECT direction, sum(movement_count) FROM mart.documents_daily GROUP BY 1';
COMMENT ON TABLE mart.document_flow IS
'Văn bản, theo mã số / Documents by id
grain: một (đơn vị, ngày, đơn vị gửi hoặc nhận, chiều, loại, nghiệp vụ, trạng thái, độ khẩn) / one (agency, day, own unit, direction, type, business, status, priority)
key: agency_id, day, unit_id, direction_id, document_type_id, business_type_id, status_id, priority_id
source: documents
example: SELECT sum(movement_count) FROM mart.document_flow WHERE direction_id = 1';
COMMENT ON VIEW mart.completeness_daily IS
'Độ đầy đủ từng ngày theo luồng / Completeness by day and feed
grain: một luồng trong một ngày, cả nước / a feed on a day, all agencies
key: feed, day
source: ledger
example: SELECT feed, sum(covered_count) * 100.0 / sum(expected_count) FROM mart.completeness_daily GROUP BY 1';
COMMENT ON VIEW mart.coverage_day IS
'Phần phải có, đã có hay chưa / Partitions owed, there or not
grain: một phần phải có / a partition that is owed
key: feed, agency_code, day
source: ledger
example: SELECT agency_code FROM mart.coverage_day WHERE feed = ''dossiers'' AND covered_count = 0';
COMMENT ON VIEW mart.partition_state IS
'Trạng thái từng phần / States of partitions
grain: một phần / a partition
key: agency_code, feed, day
source: ledger
example: SELECT state, count(*) FROM mart.partition_state GROUP BY 1';
COMMENT ON VIEW mart.publishable_day IS
'Ngày được công bố / Days that may be published
grain: một luồng trong một ngày / a feed on a day
key: feed, day
source: ledger
example: SELECT feed, count(*) FROM mart.publishable_day WHERE is_publishable GROUP BY 1';
COMMENT ON VIEW mart.signed_forms IS
'Biểu đã ký / Signed forms
grain: một biểu đã ký / a signed form
key: signed_form_id
source: ledger
example: SELECT form, period, signed_at FROM mart.signed_forms';
COMMENT ON VIEW mart.dossier_statistics IS
'Biểu II.06a, II.06b từng tháng, đơn vị báo cáo / Forms II.06a and II.06b by month, as agencies report
grain: một (đơn vị, tháng, biểu, đơn vị xử lý, lĩnh vực, thủ tục) / one (agency, month, form, unit, field, procedure)
key: agency_id, day, form, unit_code, field_code, procedure_code
source: dossier_statistics
example: SELECT day, sum(received_total) FROM mart.dossier_statistics WHERE form = ''ii06a'' GROUP BY 1';
COMMENT ON VIEW mart.service_catalogue IS
'Danh mục dịch vụ công cuối tháng / Service catalogue at the end of each month
grain: một thủ tục trong danh mục của một tháng / a procedure in the catalogue of a month
key: agency_id, day, procedure_code
source: service_catalogue
example: SELECT service_level, count(*) FROM mart.service_catalogue WHERE day = ''2026-10-31'' GROUP BY 1';
COMMENT ON VIEW mart.service_catalogue_latest IS
'Danh mục dịch vụ công mới nhất / The newest service catalogue
grain: một thủ tục trong danh mục mới nhất của đơn vị / a procedure in the newest catalogue of an agency
key: agency_id, day, procedure_code
source: service_catalogue
example: SELECT count(*) FROM mart.service_catalogue_latest WHERE is_online';
COMMENT ON VIEW mart.portal_usage IS
'Sử dụng Cổng DVC quốc gia từng ngày / Use of the national portal by day
grain: một kênh trong một ngày / a channel on a day
key: agency_id, day, channel
source: portal_usage
example: SELECT sum(new_accounts), sum(visits) FROM mart.portal_usage';
COMMENT ON VIEW mart.work_files IS
'Hồ sơ công việc từng tháng / Work files by month
grain: một cấp của một đơn vị trong một tháng / a level of a unit in a month
key: agency_id, day, unit_code, level
source: work_files
example: SELECT level, sum(files_online) * 100.0 / sum(files_total) FROM mart.work_files GROUP BY 1';
COMMENT ON VIEW mart.cabinet_sessions IS
'Phiên họp và phiếu lấy ý kiến e-Cabinet / Sessions and ballots on e-Cabinet
grain: một phiên họp hoặc phiếu / a session or ballot
key: agency_id, day, meeting_key
source: cabinet_sessions
example: SELECT kind, count(*), sum(papers_replaced) FROM mart.cabinet_sessions GROUP BY 1';
COMMENT ON VIEW mart.usage_evaluation IS
'Đánh giá dịch vụ công trực tuyến từng tháng / Evaluation of online services by month
grain: một đơn vị được đánh giá trong một tháng / an evaluated organisation in a month
key: agency_id, day, evaluated_code
source: usage_evaluation
example: SELECT evaluated_code, level4_share_pct FROM mart.usage_evaluation ORDER BY 2 DESC';
COMMENT ON VIEW mart.platform_traffic IS
'Lưu lượng nền tảng chia sẻ dữ liệu từng ngày / Traffic of sharing platforms by day
grain: một dịch vụ của một nền tảng trong một ngày / a service of a platform on a day
key: agency_id, day, platform_code, service_code
source: platform_traffic
example: SELECT platform_code, sum(requests) FROM mart.platform_traffic GROUP BY 1';
COMMENT ON VIEW mart.socioeconomic_indicators IS
'Chỉ tiêu kinh tế - xã hội / Socio-economic indicators
grain: một (đơn vị, tháng, chỉ tiêu, địa bàn, kỳ, loại giá trị) / one (agency, month, indicator, area, period, kind of value)
key: agency_id, day, indicator_code, area_code, reporting_period, value_kind
source: socioeconomic_indicators
example: SELECT indicator_code, value, unit_name FROM mart.socioeconomic_indicators WHERE value_kind = ''actual''';
COMMENT ON VIEW mart.population IS
'Dân số trung bình từng năm / Average population by year
grain: một địa bàn trong một năm / an area in a year
key: agency_id, day, area_code
source: population
example: SELECT day, sum(average_population_thousand) FROM mart.population GROUP BY 1';
COMMENT ON VIEW mart.population_latest IS
'Dân số của năm mới nhất / Population of the newest year
grain: một địa bàn / an area
key: agency_id, day, area_code
source: population
example: SELECT sum(average_population_thousand) FROM mart.population_latest';
COMMENT ON VIEW mart.electronic_results IS
'Kết quả giải quyết điện tử từng tháng / Electronic results by month
grain: một thủ tục của một đơn vị xử lý trong một tháng / a procedure of a unit in a month
key: agency_id, day, unit_code, procedure_code
source: electronic_results
example: SELECT sum(results_electronic) * 100.0 / sum(results_issued) FROM mart.electronic_results';
COMMENT ON VIEW mart.security_incidents IS
'Sự cố an toàn thông tin / Security incidents
grain: một loại sự cố trong một kỳ / a kind of incident in a period
key: agency_id, day, incident_kind, reporting_period
source: security_incidents
example: SELECT incident_kind, sum(incidents) FROM mart.security_incidents GROUP BY 1';
COMMENT ON VIEW mart.published_figures IS
'Số liệu đã công bố, theo từng lần nêu / Published figures, each time they were told
grain: một số liệu của một văn bản trong một năm / a figure of a document in a year
key: agency_id, day, figure_code, document
source: published_figures
example: SELECT figure_code, document, value FROM mart.published_figures';
COMMENT ON VIEW mart.published_figures_latest IS
'Số liệu đã công bố, lần nêu cuối / Published figures as last stated
grain: một số liệu của một văn bản / a figure of a document
key: figure_code, document
source: published_figures
example: SELECT figure_code, document, value, unit_name FROM mart.published_figures_latest';
COMMENT ON VIEW mart.dossier_state IS
'Lần thay đổi cuối của từng hồ sơ; chỉ nội bộ / Last change of every dossier; never open
grain: một hồ sơ / a dossier
key: agency_code, key
source: dossiers
example: SELECT status_id, count(*) FROM mart.dossier_state GROUP BY 1';
COMMENT ON VIEW mart.dossier_flow_rebuilt IS
'mart.dossier_flow tính lại từ đầu, để đối chiếu / mart.dossier_flow from scratch, to be compared
grain: như mart.dossier_flow / as mart.dossier_flow
key: agency_id, day, unit_id, procedure_id, channel_id, service_level_id
source: dossiers
example: SELECT count(*) FROM mart.dossier_flow_rebuilt';
COMMENT ON VIEW mart.payment_flow_rebuilt IS
'mart.payment_flow tính lại từ đầu, để đối chiếu / mart.payment_flow from scratch, to be compared
grain: như mart.payment_flow / as mart.payment_flow
key: agency_id, day, unit_id, procedure_id, obligation_kind_id, status_id, method_id, currency_id
source: payments
example: SELECT count(*) FROM mart.payment_flow_rebuilt';
COMMENT ON VIEW mart.document_flow_rebuilt IS
'mart.document_flow tính lại từ đầu, để đối chiếu / mart.document_flow from scratch, to be compared
grain: như mart.document_flow / as mart.document_flow
key: agency_id, day, unit_id, direction_id, document_type_id, business_type_id, status_id, priority_id
source: documents
example: SELECT count(*) FROM mart.document_flow_rebuilt';
COMMENT ON TABLE mart.dossier_cut IS
'Bước của hồ sơ, cắt một chiều / Steps of dossiers, cut one way
grain: một (đơn vị, lát cắt, thành viên, ngày) / one (agency, cut, member, day)
key: agency_id, cut, day, member_id
source: dossiers
example: SELECT sum(received) FROM mart.dossier_cut WHERE cut = 0';
COMMENT ON VIEW mart.dossier_cut_rebuilt IS
'mart.dossier_cut tính lại từ đầu, để đối chiếu / mart.dossier_cut from scratch, to be compared
grain: như mart.dossier_cut / as mart.dossier_cut
key: agency_id, cut, day, member_id
source: dossiers
example: SELECT count(*) FROM mart.dossier_cut_rebuilt';
COMMENT ON COLUMN mart.dossier_cut_rebuilt.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';
COMMENT ON TABLE mart.dossier_before IS
'Tổng mọi bước trước một ngày chốt / Sums of all steps before a cut-off day
grain: một (đơn vị, lát cắt, thành viên, ngày chốt 1, 8, 15, 22) / one (agency, cut, member, cut-off day 1, 8, 15, 22)
key: agency_id, cut, day, member_id
source: dossiers
example: SELECT day, sum(opened - closed) FROM mart.dossier_before WHERE cut = 0 GROUP BY 1';
COMMENT ON VIEW mart.dossier_before_rebuilt IS
'mart.dossier_before tính lại từ đầu, để đối chiếu / mart.dossier_before from scratch, to be compared
grain: như mart.dossier_before / as mart.dossier_before
key: agency_id, cut, day, member_id
source: dossiers
example: SELECT count(*) FROM mart.dossier_before_rebuilt';
COMMENT ON COLUMN mart.dossier_before_rebuilt.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';
COMMENT ON TABLE mart.payment_cut IS
'Giao dịch thành công, cắt một chiều / Succeeded payments, cut one way
grain: một (đơn vị, lát cắt, thành viên, ngày) / one (agency, cut, member, day)
key: agency_id, cut, day, member_id
source: payments
example: SELECT sum(online_count) FROM mart.payment_cut WHERE cut = 0';
COMMENT ON VIEW mart.payment_cut_rebuilt IS
'mart.payment_cut tính lại từ đầu, để đối chiếu / mart.payment_cut from scratch, to be compared
grain: như mart.payment_cut / as mart.payment_cut
key: agency_id, cut, day, member_id
source: payments
example: SELECT count(*) FROM mart.payment_cut_rebuilt';
COMMENT ON COLUMN mart.payment_cut_rebuilt.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';
COMMENT ON TABLE mart.payment_before IS
'Tổng giao dịch trước một ngày chốt / Sums of payments before a cut-off day
grain: một (đơn vị, lát cắt, thành viên, ngày chốt 1, 8, 15, 22) / one (agency, cut, member, cut-off day 1, 8, 15, 22)
key: agency_id, cut, day, member_id
source: payments
example: SELECT day, sum(succeeded_count) FROM mart.payment_before WHERE cut = 0 GROUP BY 1';
COMMENT ON VIEW mart.payment_before_rebuilt IS
'mart.payment_before tính lại từ đầu, để đối chiếu / mart.payment_before from scratch, to be compared
grain: như mart.payment_before / as mart.payment_before
key: agency_id, cut, day, member_id
source: payments
example: SELECT count(*) FROM mart.payment_before_rebuilt';
COMMENT ON COLUMN mart.payment_before_rebuilt.cut IS
'lát cắt: 0 đơn vị, 1 đơn vị xử lý, 2 thủ tục; đừng cộng hai lát / cut: 0 agency, 1 unit, 2 procedure; never add two';
COMMENT ON TABLE mart.procedure_field IS
'Lĩnh vực của thủ tục / Fields of procedures by agency
grain: một thủ tục của một đơn vị / a procedure of an agency
key: procedure_code, agency_code
source: service_catalogue
example: SELECT field_code, count(*) FROM mart.procedure_field GROUP BY 1';
COMMENT ON VIEW mart.procedure_field_rebuilt IS
'mart.procedure_field tính lại từ đầu, để đối chiếu / mart.procedure_field from scratch, to be compared
grain: như mart.procedure_field / as mart.procedure_field
key: procedure_code, agency_code
source: service_catalogue
example: SELECT count(*) FROM mart.procedure_field_rebuilt';
COMMENT ON VIEW mart.field_of_procedure IS
'Lĩnh vực của thủ tục quốc gia, mỗi thủ tục một lĩnh vực / Field of a national procedure, one for each
grain: một thủ tục quốc gia / a national procedure
key: procedure_code
source: service_catalogue
example: SELECT field_code, count(*) FROM mart.field_of_procedure GROUP BY 1';
RESET ROLE;
